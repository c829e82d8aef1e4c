-- Meeting on a ledger: chain.md.
CREATE TABLE chain_key (                        -- generations of keys with one contact; number 0 is that of the cards
    channel_key BLOB NOT NULL CHECK (length(channel_key) = 32),
    number INTEGER NOT NULL,
    secret BLOB CHECK (secret IS NULL OR length(secret) = 32),  -- null: the key of this node's card
    peer_key BLOB NOT NULL CHECK (length(peer_key) = 33),
    psk BLOB NOT NULL CHECK (length(psk) = 32),
    confirmed INTEGER NOT NULL,
    PRIMARY KEY (channel_key, number)
);
CREATE TABLE chain_meeting (
    number INTEGER NOT NULL PRIMARY KEY,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    profile TEXT NOT NULL,
    contact BLOB CHECK (contact IS NULL OR length(contact) = 32),
    stranger BLOB CHECK (stranger IS NULL OR length(stranger) = 33),
    generation INTEGER NOT NULL,
    invitation BLOB NOT NULL,                   -- o, ID and hash: 96 bytes
    answer BLOB NOT NULL,
    inputs BLOB NOT NULL,                       -- of the peer's transaction, 36 bytes each
    own TEXT,
    peer TEXT,
    raw BLOB NOT NULL,                          -- the transaction that we sent, or are to send
    fee INTEGER NOT NULL,
    automatic INTEGER NOT NULL,
    since INTEGER NOT NULL,
    height INTEGER,
    failures INTEGER NOT NULL,
    trouble TEXT,
    begun INTEGER NOT NULL,
    changed INTEGER NOT NULL
);
CREATE TABLE chain_block (                      -- the last blocks that were read, to see when they are replaced
    height INTEGER NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
);
CREATE TABLE chain_coin (
    outpoint BLOB NOT NULL PRIMARY KEY CHECK (length(outpoint) = 36),
    value INTEGER NOT NULL,
    key INTEGER NOT NULL,
    height INTEGER
);
