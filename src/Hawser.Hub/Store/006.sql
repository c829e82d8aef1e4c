ALTER TABLE identity_key ADD COLUMN mark BLOB; -- of the secret: KeyMarks
