-- A contact is a user at a site: a site may have several.
CREATE TABLE contact_next (
    petname TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
    channel_key BLOB CHECK (channel_key IS NULL OR length(channel_key) = 32),
    user_key BLOB UNIQUE CHECK (user_key IS NULL OR length(user_key) = 32),
    routing_id TEXT UNIQUE,
    addresses TEXT NOT NULL,
    hubs TEXT NOT NULL,
    blocked INTEGER NOT NULL,
    added INTEGER NOT NULL
);
INSERT INTO contact_next (petname, channel_key, routing_id, addresses, hubs, blocked, added)
    SELECT petname, channel_key, routing_id, addresses, hubs, blocked, added FROM contact;
DROP TABLE contact;
ALTER TABLE contact_next RENAME TO contact;
CREATE INDEX contact_site ON contact (channel_key);
ALTER TABLE ticket ADD COLUMN for_user TEXT NOT NULL DEFAULT '';    -- the user of this site who invites
ALTER TABLE ticket ADD COLUMN files TEXT;                           -- lists: what send offers by it
ALTER TABLE joining ADD COLUMN for_user TEXT NOT NULL DEFAULT '';
ALTER TABLE joining ADD COLUMN petname TEXT;                        -- what to call who invites
CREATE TABLE tally (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    state TEXT NOT NULL,
    own_user BLOB NOT NULL CHECK (length(own_user) = 32),
    partner BLOB CHECK (partner IS NULL OR length(partner) = 32),
    partner_site BLOB NOT NULL CHECK (length(partner_site) = 32),
    partner_card BLOB,
    text BLOB,
    terms TEXT NOT NULL,
    confirmed INTEGER NOT NULL,
    closing BLOB,
    reason TEXT NOT NULL,
    changed INTEGER NOT NULL,
    read_to INTEGER NOT NULL DEFAULT 0  -- messages up to this seq were read
);
CREATE TABLE series (
    tally INTEGER NOT NULL REFERENCES tally (number),
    outgoing INTEGER NOT NULL,
    series INTEGER NOT NULL,            -- a u64, as the i64 of the same bits
    done TEXT NOT NULL,                 -- numbers that are delivered, or kept: 12 15-17
    last INTEGER NOT NULL,              -- the highest number given; outgoing only
    PRIMARY KEY (tally, outgoing, series)
) WITHOUT ROWID;
CREATE TABLE message (
    tally INTEGER NOT NULL,
    seq INTEGER NOT NULL,               -- rises over all tallies: rows are added at the end of their tally's
    outgoing INTEGER NOT NULL,
    series INTEGER NOT NULL,
    number INTEGER NOT NULL,
    sent INTEGER NOT NULL,              -- by the sender's clock
    kept INTEGER NOT NULL,              -- by ours
    type TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (tally, seq)
) WITHOUT ROWID;
