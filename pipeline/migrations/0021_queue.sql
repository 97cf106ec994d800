-- What the queue is narrowed and counted by stands beside each document, so that
-- no record has to be opened for it. source and why are filled in for documents
-- that were there before while the program works on.
ALTER TABLE documents ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN why BIGINT NOT NULL DEFAULT 0;      -- bits of pipeline.DeskWhy
ALTER TABLE documents ADD COLUMN due BIGINT NOT NULL DEFAULT 0;      -- when it is overdue: microseconds since 1970, UTC
ALTER TABLE documents ADD COLUMN assigned TEXT NOT NULL DEFAULT '';  -- the person it was given to
ALTER TABLE documents ADD COLUMN opened BIGINT NOT NULL DEFAULT 0;   -- when it was claimed first by whom it is claimed
ALTER TABLE documents ADD COLUMN begun BIGINT NOT NULL DEFAULT 1;    -- 0 while a person's decision to file can be taken back as if it never was
ALTER TABLE documents ADD COLUMN noted BIGINT NOT NULL DEFAULT 0;    -- 1 once the columns above and the search know it
UPDATE documents SET source = (SELECT m.source FROM messages m WHERE m.id = documents.message);
DROP INDEX documents_desk;
CREATE INDEX documents_desk ON documents (urgent DESC, message_seq, number, type, source, why, assigned, claimed_until, due) WHERE state IN ('review', 'quarantined');
CREATE INDEX documents_counts ON documents (source, type, state, urgent, why) WHERE state IN ('review', 'quarantined');
CREATE INDEX documents_due ON documents (due) WHERE state IN ('review', 'quarantined');
CREATE INDEX documents_unnoted ON documents (message_seq, number) WHERE noted = 0;

-- What a decision changed, so that it can be taken back.
ALTER TABLE desk_decisions ADD COLUMN undone BIGINT NOT NULL DEFAULT 0;
CREATE INDEX desk_decisions_person ON desk_decisions (by_whom, seq);
CREATE TABLE desk_befores (
    decision BIGINT NOT NULL,
    document TEXT   NOT NULL REFERENCES documents (id),
    saw      BIGINT NOT NULL, -- the revision that was decided about
    after    BIGINT NOT NULL, -- the revision that it made; of a decision whose successors were taken back, the present one
    state    TEXT   NOT NULL,
    record   TEXT   NOT NULL, -- JSON of postroom.Record as it was
    engines  TEXT   NOT NULL, -- JSON: which reading of its pages counted; '' where that did not change
    PRIMARY KEY (decision, document)
);

CREATE TABLE desk_notes (
    seq      {{serial}},
    document TEXT   NOT NULL REFERENCES documents (id),
    by_whom  TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    note     TEXT   NOT NULL
);
CREATE INDEX desk_notes_document ON desk_notes (document, seq);

-- Filters of the queue that a person keeps under a name.
CREATE TABLE desk_views (
    by_whom TEXT NOT NULL,
    name    TEXT NOT NULL,
    filter  TEXT NOT NULL, -- as in the queue's address
    PRIMARY KEY (by_whom, name)
);

-- Counters by day, for the statistics.
CREATE TABLE desk_stats (
    day  TEXT   NOT NULL, -- ISO 8601, UTC
    kind TEXT   NOT NULL,
    name TEXT   NOT NULL,
    n    BIGINT NOT NULL,
    part BIGINT NOT NULL,
    PRIMARY KEY (day, kind, name)
);
