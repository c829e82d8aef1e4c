CREATE TABLE ticket (
    number INTEGER PRIMARY KEY AUTOINCREMENT,   -- no number is given twice
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    service TEXT NOT NULL,                      -- empty: the acquaintance alone
    petname TEXT,                               -- what to call who joins; null leaves it to them
    expires INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0,
    redeemer BLOB CHECK (redeemer IS NULL OR length(redeemer) = 32),
    redeemed INTEGER,
    words TEXT,
    alarmed INTEGER                             -- when a second key first showed it
);
CREATE TABLE joining (
    host_key BLOB NOT NULL PRIMARY KEY CHECK (length(host_key) = 32),
    invitation TEXT NOT NULL,
    begun INTEGER NOT NULL
);
