-- A password that somebody else chose holds for one thing: choosing another.
ALTER TABLE accounts ADD COLUMN once BIGINT NOT NULL DEFAULT 0;
