-- Deliveries are asked for by document.
CREATE INDEX deliveries_document ON deliveries (document, seq);
