-- What is to be handed to receivers, and what became of it. A row is written in
-- the transaction that makes its document filed.
CREATE TABLE deliveries (
    seq      {{serial}},
    receiver TEXT   NOT NULL,
    document TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    lane     TEXT   NOT NULL, -- what is sent in order: a hash of the patient, or the document
    state    TEXT   NOT NULL, -- waiting, sent, refused, overtaken
    said     TEXT   NOT NULL, -- what the receiver said when it refused; can be patient data
    record   TEXT   NOT NULL, -- JSON of postroom.Record as it was filed; '' once it was sent
    created  BIGINT NOT NULL,
    done     BIGINT NOT NULL,
    UNIQUE (receiver, document, version)
);
CREATE INDEX deliveries_lane ON deliveries (receiver, lane, state, seq);
CREATE INDEX deliveries_state ON deliveries (state, seq);
