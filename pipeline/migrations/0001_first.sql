-- {{serial}} and {{blob}} are written by the migrator for the database at hand.
CREATE TABLE messages (
    seq           {{serial}},             -- the order of arrival: sorting follows it
    id            TEXT   NOT NULL UNIQUE, -- SHA-256 of the raw bytes
    source        TEXT   NOT NULL,
    name          TEXT   NOT NULL,        -- of the file, when it is no mail
    received      BIGINT NOT NULL,        -- microseconds since 1970, UTC
    size          BIGINT NOT NULL,
    state         TEXT   NOT NULL,        -- taken, reading, read, filing, done
    outcome       TEXT   NOT NULL,        -- '', processed, problem
    pages_left    BIGINT NOT NULL,
    documents_left BIGINT NOT NULL,
    waits         BIGINT NOT NULL,        -- 1 while later messages wait for it to be decided first
    problem       BIGINT NOT NULL,        -- 1 when part of it was quarantined
    contents      TEXT   NOT NULL,        -- JSON of postroom.Contents
    taken         BIGINT NOT NULL,
    done          BIGINT NOT NULL
);
CREATE INDEX messages_state ON messages (state, seq);

CREATE TABLE arrivals (
    source      TEXT   NOT NULL,
    folder      TEXT   NOT NULL,
    uidvalidity BIGINT NOT NULL,
    uid         BIGINT NOT NULL,
    path        TEXT   NOT NULL,
    message     TEXT   NOT NULL REFERENCES messages (id),
    settled     BIGINT NOT NULL,
    PRIMARY KEY (source, folder, uidvalidity, uid, path)
);
CREATE INDEX arrivals_message ON arrivals (message);
CREATE INDEX arrivals_open ON arrivals (source, settled);

CREATE TABLE attachments (
    message    TEXT   NOT NULL REFERENCES messages (id),
    number     BIGINT NOT NULL, -- from 0, in the order of the message
    sha256     TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    media_type TEXT   NOT NULL,
    size       BIGINT NOT NULL,
    pages      BIGINT NOT NULL, -- 0 when it could not be opened
    problem    TEXT   NOT NULL,
    PRIMARY KEY (message, number)
);
CREATE INDEX attachments_sha256 ON attachments (sha256);

CREATE TABLE pages (
    message    TEXT   NOT NULL REFERENCES messages (id),
    attachment BIGINT NOT NULL,
    page       BIGINT NOT NULL, -- from 1
    state      TEXT   NOT NULL, -- waiting, read, failed
    reason     TEXT   NOT NULL,
    engine     TEXT   NOT NULL,
    fate       TEXT   NOT NULL, -- '' until sorted
    document   TEXT   NOT NULL, -- the document whose record lists it
    PRIMARY KEY (message, attachment, page)
);

-- What was read is kept by content and engine, so nothing is read twice.
CREATE TABLE readings (
    sha256 TEXT   NOT NULL, -- of the attachment
    page   BIGINT NOT NULL,
    engine TEXT   NOT NULL,
    body   {{blob}} NOT NULL, -- gzip of the JSON of postroom.Page
    PRIMARY KEY (sha256, page, engine)
);

CREATE TABLE documents (
    id         TEXT   NOT NULL PRIMARY KEY,
    message    TEXT   NOT NULL REFERENCES messages (id),
    message_seq BIGINT NOT NULL,
    number     BIGINT NOT NULL, -- in the message, from 0
    state      TEXT   NOT NULL, -- filing, or a postroom.Status
    type       TEXT   NOT NULL,
    urgent     BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    record     TEXT   NOT NULL, -- JSON of postroom.Record
    fingerprint TEXT  NOT NULL, -- JSON list
    run        TEXT   NOT NULL, -- the manifest that lists it
    created    BIGINT NOT NULL,
    filed      BIGINT NOT NULL
);
CREATE INDEX documents_order ON documents (message_seq, number);
CREATE INDEX documents_message ON documents (message);
CREATE INDEX documents_run ON documents (run, state);

-- Bands of each document's fingerprint find the same letter sent again.
CREATE TABLE fingerprints (
    band     BIGINT NOT NULL,
    document TEXT   NOT NULL REFERENCES documents (id),
    PRIMARY KEY (band, document)
);

-- What sorting made of a message, until its turn to be decided.
CREATE TABLE drafts (
    message TEXT NOT NULL PRIMARY KEY REFERENCES messages (id),
    body    TEXT NOT NULL
);

CREATE TABLE patients (
    id   TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL -- JSON of postroom.Patient
);

CREATE TABLE leases (
    name    TEXT   NOT NULL PRIMARY KEY,
    holder  TEXT   NOT NULL,
    expires BIGINT NOT NULL
);

CREATE TABLE workers (
    id   TEXT   NOT NULL PRIMARY KEY,
    seen BIGINT NOT NULL
);

CREATE TABLE runs (
    id       TEXT   NOT NULL PRIMARY KEY,
    started  BIGINT NOT NULL,
    manifest TEXT   NOT NULL -- object key, once written
);

-- Small values that must outlive a restart: the register's version, rotated
-- refresh tokens.
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
