-- How many mails wait to be moved is asked every few seconds, whatever the source.
CREATE INDEX arrivals_unsettled ON arrivals (message) WHERE settled = 0;
-- What came in and what became of it since yesterday is asked every night.
CREATE INDEX messages_taken ON messages (taken);
CREATE INDEX documents_created ON documents (created);
