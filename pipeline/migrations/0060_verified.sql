-- When the trail was verified last is looked up by what was done.
CREATE INDEX audit_action ON audit (action, seq);
