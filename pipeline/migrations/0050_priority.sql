-- Which work goes first: 1 what a person waits for or what calls itself urgent,
-- 2 what comes by day, 3 what a nightly job took in.
ALTER TABLE messages ADD COLUMN priority BIGINT NOT NULL DEFAULT 2;
