-- What the review desk keeps of a document: a number that grows with every decision,
-- so that none is applied to what the clerk did not see, and who has it open.
ALTER TABLE documents ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE documents ADD COLUMN claimed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN claimed_until BIGINT NOT NULL DEFAULT 0;
-- The queue is asked for with every document that a clerk finishes.
CREATE INDEX documents_desk ON documents (urgent DESC, message_seq, number) WHERE state IN ('review', 'quarantined');

-- Every decision of a person, in its order.
CREATE TABLE desk_decisions (
    seq      {{serial}},
    document TEXT   NOT NULL REFERENCES documents (id),
    revision BIGINT NOT NULL, -- that the person saw
    by_whom  TEXT   NOT NULL,
    at       BIGINT NOT NULL, -- microseconds since 1970, UTC
    action   TEXT   NOT NULL, -- file, discard
    why      TEXT   NOT NULL
);
CREATE INDEX desk_decisions_document ON desk_decisions (document, seq);
