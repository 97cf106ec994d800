-- What may not be purged, whatever its age: a document, everything of a patient, or all.
CREATE TABLE holds (
    seq       {{serial}},
    document  TEXT   NOT NULL, -- '' for a patient's, or for all
    patient   TEXT   NOT NULL, -- the patient's number; '' for a document's, or for all
    why       TEXT   NOT NULL,
    by_whom   TEXT   NOT NULL,
    at        BIGINT NOT NULL, -- microseconds since 1970, UTC
    lifted    BIGINT NOT NULL, -- 0 while it holds
    lifted_by TEXT   NOT NULL
);

-- Every purge, with who asked for it.
CREATE TABLE purges (
    seq       {{serial}},
    at        BIGINT NOT NULL,
    by_whom   TEXT   NOT NULL,
    why       TEXT   NOT NULL,
    documents BIGINT NOT NULL,
    messages  BIGINT NOT NULL,
    objects   BIGINT NOT NULL
);

-- What is left of a purged document: enough to account for its pages, and nothing of
-- what stood in it.
CREATE TABLE purged (
    document    TEXT   NOT NULL PRIMARY KEY,
    message     TEXT   NOT NULL REFERENCES messages (id),
    message_seq BIGINT NOT NULL,
    type        TEXT   NOT NULL,
    status      TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    prefix      TEXT   NOT NULL, -- of its objects' keys
    pages       TEXT   NOT NULL, -- JSON: the pages that its record listed, by hash and number
    purge       BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    gone        BIGINT NOT NULL  -- 0 until its objects are removed, too
);
CREATE INDEX purged_message ON purged (message_seq);
CREATE INDEX purged_open ON purged (document) WHERE gone = 0;

-- 1 once every document of a message was purged, 2 once its originals are removed, too.
ALTER TABLE messages ADD COLUMN purged BIGINT NOT NULL DEFAULT 0;
CREATE INDEX messages_purged ON messages (seq) WHERE purged = 1;
