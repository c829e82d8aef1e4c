CREATE TABLE registry_title (           -- the state of the registry, where leaves before it are not kept
    id TEXT NOT NULL PRIMARY KEY,
    title BLOB NOT NULL,
    text BLOB                           -- in force: deed, or last record
) WITHOUT ROWID;
CREATE TABLE registry_claim (           -- in flight
    identity BLOB NOT NULL PRIMARY KEY CHECK (length(identity) = 32),
    claim BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE registry_rest (            -- all else of it, and the height whose state it is
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    height INTEGER NOT NULL,
    rest BLOB NOT NULL
);
CREATE TABLE forgotten_tile (           -- 256 leaves of which only the hashes are left
    admin TEXT NOT NULL,
    number INTEGER NOT NULL,
    hashes BLOB NOT NULL CHECK (length(hashes) = 8192),
    PRIMARY KEY (admin, number)
) WITHOUT ROWID;
CREATE TABLE held_share (               -- of reveals, until their claim window has closed
    claim BLOB NOT NULL PRIMARY KEY CHECK (length(claim) = 32),
    kept INTEGER NOT NULL,              -- the height at which it came
    entry BLOB NOT NULL
) WITHOUT ROWID;
