-- The manifest that listed a document before a person corrected it, so that taking
-- the correction back brings it back too.
ALTER TABLE desk_befores ADD COLUMN run TEXT NOT NULL DEFAULT '';

-- Documents about nobody of the practice's, which go back to their senders.
CREATE TABLE desk_returns (
    document TEXT   NOT NULL PRIMARY KEY REFERENCES documents (id),
    source   TEXT   NOT NULL,
    by_whom  TEXT   NOT NULL,
    at       BIGINT NOT NULL, -- when a person said so: microseconds since 1970, UTC
    due      BIGINT NOT NULL, -- when it ought to be sent back
    sent     BIGINT NOT NULL, -- 0 while it was not
    sent_by  TEXT   NOT NULL,
    how      TEXT   NOT NULL  -- post, email, fax, telephone, portal
);
CREATE INDEX desk_returns_open ON desk_returns (due) WHERE sent = 0;
