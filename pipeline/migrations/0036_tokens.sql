-- What other systems sign their requests with. A token acts for an account, within its role
-- and mailboxes.
CREATE TABLE tokens (
	id        TEXT PRIMARY KEY,       -- as in token:<id>
	account   TEXT NOT NULL,
	secret    TEXT NOT NULL UNIQUE,   -- SHA-256 of what the other system has
	scopes    TEXT NOT NULL,          -- JSON list
	mailboxes TEXT NOT NULL,          -- JSON list of sources; '' for all that the account sees
	created   BIGINT NOT NULL,
	expires   BIGINT NOT NULL,
	used      BIGINT NOT NULL,        -- to the hour; 0 for never
	revoked   BIGINT NOT NULL
);
CREATE INDEX tokens_account ON tokens (account);
