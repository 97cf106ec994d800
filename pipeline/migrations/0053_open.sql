-- The few messages that have no outcome are asked for all the time, in their
-- order; without this, a planner may walk through all that ever came.
CREATE INDEX messages_open ON messages (seq) WHERE state <> 'done';
