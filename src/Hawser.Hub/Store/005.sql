CREATE TABLE notary_key (               -- what statements are signed with, now and next
    secret BLOB NOT NULL PRIMARY KEY CHECK (length(secret) = 32),
    valid_from INTEGER NOT NULL,        -- seconds of Unix time
    valid_until INTEGER NOT NULL
) WITHOUT ROWID;
