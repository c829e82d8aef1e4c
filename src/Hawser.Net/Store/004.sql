CREATE TABLE holding (
    routing_id TEXT NOT NULL PRIMARY KEY,
    stage TEXT NOT NULL,
    state BLOB NOT NULL,
    changed INTEGER NOT NULL
);
ALTER TABLE contact ADD COLUMN claim_key BLOB CHECK (claim_key IS NULL OR length(claim_key) = 32);   -- who held the ID when it was added
ALTER TABLE contact ADD COLUMN new_owner BLOB CHECK (new_owner IS NULL OR length(new_owner) = 32);   -- who holds it now, if that is another
