-- What people confirmed or corrected; the last word about a document counts.
CREATE TABLE confirmations (
    seq      {{serial}},
    document TEXT   NOT NULL REFERENCES documents (id),
    by_whom  TEXT   NOT NULL,
    at       BIGINT NOT NULL, -- microseconds since 1970, UTC
    body     TEXT   NOT NULL  -- JSON of pipeline.Confirmation
);
CREATE INDEX confirmations_document ON confirmations (document, seq);

-- Models that were made of them. The one in use is named by the setting "model".
CREATE TABLE models (
    seq     {{serial}},
    version TEXT   NOT NULL UNIQUE,
    made    BIGINT NOT NULL,
    through BIGINT NOT NULL, -- the last confirmation that it learned from
    before  TEXT   NOT NULL, -- the version in use until it took over; '' is the one that the program ships
    trial   TEXT   NOT NULL, -- how it compared, one sentence
    body    {{blob}} NOT NULL
);
