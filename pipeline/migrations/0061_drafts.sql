-- The drafts of a message that gave very many documents, a row each: no step holds them all. Those of
-- other messages stay together in one row of drafts, as the version before reads them.
CREATE TABLE draft_parts (
    message TEXT    NOT NULL REFERENCES messages (id),
    number  INTEGER NOT NULL, -- in the message, from 1
    body    TEXT    NOT NULL,
    PRIMARY KEY (message, number)
);
