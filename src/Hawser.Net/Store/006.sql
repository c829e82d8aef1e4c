ALTER TABLE ticket ADD COLUMN only_key BLOB;   -- the only channel key that may redeem it
