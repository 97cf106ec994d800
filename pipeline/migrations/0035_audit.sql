-- The audit trail: who saw, changed, filed or exported what. Rows are only ever added, each
-- with the hash of all before it.
CREATE TABLE audit (
	seq      BIGINT PRIMARY KEY,
	at       BIGINT NOT NULL,
	person   TEXT NOT NULL,   -- user:<id>, shell:<id>, postroom, or '' for nobody who is known
	action   TEXT NOT NULL,
	document TEXT NOT NULL,   -- '' when it is about none
	detail   TEXT NOT NULL,   -- never patient data
	hash     TEXT NOT NULL
);
CREATE INDEX audit_document ON audit (document, seq);
CREATE INDEX audit_person ON audit (person, seq);
CREATE TABLE audit_head (
	one  BIGINT PRIMARY KEY,
	seq  BIGINT NOT NULL,
	hash TEXT NOT NULL,
	kept BIGINT NOT NULL      -- the last row whose hash is in the object store
);
INSERT INTO audit_head (one, seq, hash, kept) VALUES (1, 0, '', 0);
