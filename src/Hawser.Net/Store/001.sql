CREATE TABLE identity_key (
    purpose TEXT NOT NULL PRIMARY KEY,  -- channel, claim, signon:HUB
    secret BLOB NOT NULL CHECK (length(secret) = 32)
);
CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE contact (
    petname TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
    channel_key BLOB UNIQUE CHECK (channel_key IS NULL OR length(channel_key) = 32),
    routing_id TEXT UNIQUE,
    addresses TEXT NOT NULL,            -- lists: one item a line
    hubs TEXT NOT NULL,
    blocked INTEGER NOT NULL,
    added INTEGER NOT NULL              -- times: milliseconds of Unix time
);
CREATE TABLE exposure (
    name TEXT NOT NULL PRIMARY KEY,
    target TEXT NOT NULL,
    allowed TEXT NOT NULL
);
CREATE TABLE signed_on_hub (
    channel_key BLOB NOT NULL PRIMARY KEY CHECK (length(channel_key) = 32),
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    url TEXT NOT NULL,
    addresses TEXT NOT NULL,
    admin_key BLOB NOT NULL CHECK (length(admin_key) = 32),
    genesis BLOB NOT NULL CHECK (length(genesis) = 32),
    routing_id TEXT,
    since INTEGER NOT NULL
);
CREATE TABLE transfer (
    id TEXT NOT NULL PRIMARY KEY,
    incoming INTEGER NOT NULL,
    peer TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 BLOB,
    state TEXT NOT NULL,
    moved INTEGER NOT NULL,
    changed INTEGER NOT NULL
);
CREATE TABLE claim (
    seal_key TEXT NOT NULL PRIMARY KEY,
    routing_id TEXT,
    stage TEXT NOT NULL,
    state BLOB NOT NULL,
    changed INTEGER NOT NULL
);
CREATE TABLE federation (
    genesis BLOB NOT NULL PRIMARY KEY CHECK (length(genesis) = 32),
    text TEXT NOT NULL,
    height INTEGER NOT NULL,
    header BLOB
);
CREATE TABLE past_dial (
    routing_id TEXT NOT NULL PRIMARY KEY,
    channel_key BLOB NOT NULL CHECK (length(channel_key) = 32),
    last INTEGER NOT NULL
);
CREATE TABLE machine_state (
    name TEXT NOT NULL PRIMARY KEY,
    state BLOB NOT NULL
);
