-- Who may sign in at the review desk.
CREATE TABLE accounts (
	id        TEXT PRIMARY KEY,       -- as in user:<id>
	name      TEXT NOT NULL,
	role      TEXT NOT NULL,
	mailboxes TEXT NOT NULL,          -- JSON list of sources; '' for all
	password  TEXT NOT NULL,          -- PHC string; '' for none
	subject   TEXT NOT NULL,          -- issuer and subject at the OpenID provider; '' before the first sign-in there
	disabled  BIGINT NOT NULL,
	created   BIGINT NOT NULL,
	changed   BIGINT NOT NULL
);
CREATE TABLE sessions (
	id      TEXT PRIMARY KEY,         -- SHA-256 of the key that the browser has
	account TEXT NOT NULL,
	token   TEXT NOT NULL,            -- that each form carries
	begun   BIGINT NOT NULL,
	seen    BIGINT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account);
CREATE TABLE sign_in_failures (
	what     TEXT PRIMARY KEY,        -- account:<id> or address:<address>
	failures BIGINT NOT NULL,
	last     BIGINT NOT NULL
);
