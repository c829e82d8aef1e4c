CREATE TABLE question (                 -- changes of the admins: that hubs asked for, that are voted on
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    change_hash BLOB NOT NULL UNIQUE CHECK (length(change_hash) = 32),
    change TEXT NOT NULL,
    asked INTEGER NOT NULL              -- milliseconds of Unix time
);
