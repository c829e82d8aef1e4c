CREATE TABLE entrusted (                -- reveals that claimants have handed over
    claim BLOB NOT NULL PRIMARY KEY CHECK (length(claim) = 32),
    due INTEGER NOT NULL,               -- to be logged once this height is certified
    entry BLOB NOT NULL
) WITHOUT ROWID;
