-- Whether an admin certified the address that the peer of a meeting named.
ALTER TABLE chain_meeting ADD COLUMN proven INTEGER NOT NULL DEFAULT 0;
