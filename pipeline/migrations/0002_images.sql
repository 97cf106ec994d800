-- A page that comes again in another file, a fax first as TIFF and then as PDF, is
-- known by its image.
ALTER TABLE readings ADD COLUMN image TEXT NOT NULL DEFAULT '';
CREATE INDEX readings_image ON readings (image, engine);
