CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE identity_key (
    purpose TEXT NOT NULL PRIMARY KEY,  -- admin, channel
    secret BLOB NOT NULL CHECK (length(secret) = 32)
);
CREATE TABLE leaf (                     -- of every admin's log, our own among them
    admin TEXT NOT NULL,
    number INTEGER NOT NULL,
    entry BLOB NOT NULL,
    PRIMARY KEY (admin, number)
) WITHOUT ROWID;
CREATE TABLE machine_state (            -- what a machine asked to keep under a name of its own: votes
    name TEXT NOT NULL PRIMARY KEY,
    state BLOB NOT NULL
);
CREATE TABLE certificate (
    height INTEGER NOT NULL PRIMARY KEY,
    tick TEXT NOT NULL UNIQUE,
    file BLOB NOT NULL
);
CREATE TABLE tickets (                  -- how many were issued of a timestamp
    timestamp TEXT NOT NULL PRIMARY KEY,
    issued INTEGER NOT NULL
);
CREATE TABLE user (
    sign_on_key BLOB NOT NULL PRIMARY KEY CHECK (length(sign_on_key) = 32),
    own_secret BLOB NOT NULL CHECK (length(own_secret) = 32),  -- our half of the pair
    channel_key BLOB NOT NULL CHECK (length(channel_key) = 32),
    since INTEGER NOT NULL,             -- times: milliseconds of Unix time
    seen INTEGER NOT NULL,
    blocked INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
);
