package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A Filer writes documents to an object store.
type Filer struct {
	Objects Objects
	FHIR    FHIROptions
}

// File writes the document's PDF, its FHIR bundle and, last, its record, and
// returns the record as it was filed, with the keys and hashes of its objects.
// A document is filed when its record is there, and not before.
//
// File may be repeated, by anybody at any time, after a crash at any point. A
// record that says the same is found and returned, even if the PDF was made
// anew with other bytes in between. A record that says something else is ErrExists: it
// needs a new version, which names the one that it replaces.
//
// Version 1 is document.pdf, fhir.json and record.json; version 2 is
// document.v2.pdf (or the PDF of version 1, when that has not changed),
// fhir.v2.json and record.v2.json. What an attempt left that never came to a
// record is not touched: the new file then has a part of its hash in its name. Only
// the record says which files count.
//
// File refuses to file what the rule for safe filing would not: without a
// person, nothing urgent and nothing for a patient who was not found by the strict rule.
func (f *Filer) File(ctx context.Context, rec postroom.Record, pdf *os.File) (postroom.Record, error) {
	info, err := pdf.Stat()
	if err != nil {
		return rec, fmt.Errorf("read the PDF of document %s: %w", rec.DocumentID, err)
	}
	return f.file(ctx, rec, pdf, info.Size())
}

// Manifest writes the manifest of a run, and the same as Parquet, and returns its key; see
// [WriteManifest] and [WriteParquet].
func (f *Filer) Manifest(ctx context.Context, run string, day time.Time, records iter.Seq2[postroom.Record, error]) (string, error) {
	o, err := WriteManifest(ctx, f.Objects, run, day, records)
	if err != nil {
		return o.Key, err
	}
	_, err = WriteParquet(ctx, f.Objects, o.Key)
	return o.Key, err
}

func (f *Filer) file(ctx context.Context, rec postroom.Record, pdf io.ReaderAt, size int64) (postroom.Record, error) {
	if err := fileable(rec); err != nil {
		return rec, err
	}
	key := RecordKey(rec)
	if done, err := f.filed(ctx, key, rec); err == nil || !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = f.linkForward(ctx, done)
		}
		return done, err
	}
	for _, original := range rec.Objects.Originals {
		if _, err := f.Objects.Stat(ctx, original); err != nil {
			return rec, fmt.Errorf("file document %s: its original: %w", rec.DocumentID, err)
		}
	}
	var before *postroom.Record
	var bundleBefore []byte
	if rec.Version > 1 {
		old, b, err := f.version(ctx, rec, rec.Replaces)
		if err != nil {
			return rec, fmt.Errorf("file version %d of document %s: version %d, which it replaces: %w", rec.Version, rec.DocumentID, rec.Replaces, err)
		}
		before, bundleBefore = &old, b
	}

	open := func() *io.SectionReader { return io.NewSectionReader(pdf, 0, size) }
	sum, n, err := postroom.HashReader(contextReader{ctx, open()})
	if err != nil {
		return rec, fmt.Errorf("read the PDF of document %s: %w", rec.DocumentID, err)
	}
	if n != size {
		return rec, fmt.Errorf("read the PDF of document %s: %w: %d bytes of %d", rec.DocumentID, ErrBody, n, size)
	}
	rec.Objects.PDFHash, rec.Objects.PDFSize = sum, size

	// The record is made once before anything is written, so that one that
	// breaks the schema leaves nothing behind.
	rec.Objects.PDF = fileKey(rec, "document", ".pdf", "")
	rec.Objects.FHIR = fileKey(rec, "fhir", ".json", "")
	b, err := FHIR(rec, open(), bundleBefore, f.FHIR)
	if err != nil {
		return rec, err
	}
	rec.Objects.FHIRHash, rec.Objects.FHIRSize = postroom.HashOf(b), int64(len(b))
	if _, err := EncodeRecord(rec); err != nil {
		return rec, err
	}

	if before != nil && before.Objects.PDFHash == sum {
		rec.Objects.PDF = before.Objects.PDF
	}
	key, err = f.put(ctx, rec.Objects.PDF, fileKey(rec, "document", ".pdf", sum), open(), size, sum)
	if err != nil {
		return rec, err
	}
	if key != rec.Objects.PDF || before != nil {
		rec.Objects.PDF = key
		if b, err = FHIR(rec, open(), bundleBefore, f.FHIR); err != nil {
			return rec, err
		}
		rec.Objects.FHIRHash, rec.Objects.FHIRSize = postroom.HashOf(b), int64(len(b))
	}
	rec.Objects.FHIR, err = f.put(ctx, rec.Objects.FHIR, fileKey(rec, "fhir", ".json", rec.Objects.FHIRHash),
		bytes.NewReader(b), int64(len(b)), rec.Objects.FHIRHash)
	if err != nil {
		return rec, err
	}

	line, err := EncodeRecord(rec)
	if err != nil {
		return rec, err
	}
	err = f.Objects.Put(ctx, RecordKey(rec), bytes.NewReader(line), int64(len(line)), postroom.HashOf(line))
	if errors.Is(err, ErrExists) {
		return f.filed(ctx, RecordKey(rec), rec) // somebody else filed it meanwhile
	}
	if err != nil {
		return rec, fmt.Errorf("file document %s: %w", rec.DocumentID, err)
	}
	return normal(rec), f.linkForward(ctx, rec)
}

// A Replacement stands beside the record of a version that was corrected, which is
// itself never changed, and names the version that replaces it.
type Replacement struct {
	Schema     string `json:"schema"`
	DocumentID string `json:"document_id"`
	Version    int    `json:"version"`
	ReplacedBy int    `json:"replaced_by"`
	Record     string `json:"record"` // key of the record of the version that replaces it
}

// ReplacementSchema names the form of a Replacement.
const ReplacementSchema = "postroom.replaced/1"

// ReplacementKey is the key of the Replacement of a version of a document.
func ReplacementKey(rec postroom.Record) string {
	return strings.TrimSuffix(RecordKey(rec), ".json") + ".replaced.json"
}

// linkForward writes the Replacement of the version that rec replaces.
func (f *Filer) linkForward(ctx context.Context, rec postroom.Record) error {
	if rec.Version < 2 {
		return nil
	}
	old := rec
	old.Version = rec.Replaces
	b, err := encodeJSON(Replacement{ReplacementSchema, rec.DocumentID, rec.Replaces, rec.Version, RecordKey(rec)})
	if err != nil {
		return err
	}
	if err := f.Objects.Put(ctx, ReplacementKey(old), bytes.NewReader(b), int64(len(b)), postroom.HashOf(b)); err != nil {
		return fmt.Errorf("link version %d of document %s to the next: %w", rec.Replaces, rec.DocumentID, err)
	}
	return nil
}

// RecordKey is the key of the record of the document's version.
func RecordKey(rec postroom.Record) string { return fileKey(rec, "record", ".json", "") }

// fileKey is the key of one of the document's files; sum marks one of several.
func fileKey(rec postroom.Record, name, extension string, sum postroom.Hash) string {
	if rec.Version > 1 {
		name = fmt.Sprintf("%s.v%d", name, rec.Version)
	}
	if sum != "" {
		name += "." + string(sum[:12])
	}
	return postroom.DocumentKey(rec.Message.Received, rec.DocumentID, name+extension)
}

// put writes under key, or under other when key is taken by other contents.
func (f *Filer) put(ctx context.Context, key, other string, body io.ReadSeeker, size int64, sum postroom.Hash) (string, error) {
	err := f.Objects.Put(ctx, key, body, size, sum)
	if errors.Is(err, ErrExists) {
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			return "", err
		}
		key = other
		err = f.Objects.Put(ctx, key, body, size, sum)
	}
	if err != nil {
		return "", fmt.Errorf("file %s: %w", key, err)
	}
	return key, nil
}

func fileable(rec postroom.Record) error {
	bad := func(reason string) error {
		return postroom.Bad(nil, "document "+rec.DocumentID+" cannot be filed: "+reason, "a person has to look at it")
	}
	switch {
	case rec.Status != postroom.Filed:
		return bad("its status is " + string(rec.Status))
	case rec.Version < 1, rec.Replaces < 0, rec.Replaces >= rec.Version, rec.Version > 1 && rec.Replaces == 0:
		return bad(fmt.Sprintf("version %d cannot replace version %d", rec.Version, rec.Replaces))
	case byPerson(rec):
		return nil
	case rec.Urgent:
		return bad("it is urgent and nobody has seen it")
	case rec.Patient.Match != postroom.MatchExact:
		return bad("its patient was not found by the strict rule and nobody has confirmed it")
	}
	return nil
}

// filed returns the record under key if it says what rec says; fs.ErrNotExist
// when there is none and ErrExists when it says something else.
func (f *Filer) filed(ctx context.Context, key string, rec postroom.Record) (postroom.Record, error) {
	there, err := f.record(ctx, key)
	if err != nil {
		return rec, err
	}
	said := func(rec postroom.Record) ([]byte, error) {
		rec = normal(rec)
		o := &rec.Objects
		o.PDF, o.PDFHash, o.PDFSize, o.FHIR, o.FHIRHash, o.FHIRSize = "", "", 0, "", "", 0
		rec.DecidedAt = moment(rec.Message.Received)
		return encodeJSON(rec)
	}
	a, err := said(there)
	if err != nil {
		return rec, err
	}
	b, err := said(rec)
	if err != nil {
		return rec, err
	}
	if !bytes.Equal(a, b) {
		return rec, fmt.Errorf("file version %d of document %s: %w", rec.Version, rec.DocumentID, taken(key))
	}
	return there, nil
}

// version reads an earlier version of the document and its bundle.
func (f *Filer) version(ctx context.Context, rec postroom.Record, number int) (postroom.Record, []byte, error) {
	rec.Version = number
	old, err := f.record(ctx, RecordKey(rec))
	if err != nil {
		return rec, nil, err
	}
	b, err := read(ctx, f.Objects, old.Objects.FHIR)
	if err == nil && postroom.HashOf(b) != old.Objects.FHIRHash {
		err = postroom.Bad(ErrBody, "the object "+old.Objects.FHIR+" is not what was written", "restore it from a backup or from an earlier version in the bucket")
	}
	return old, b, err
}

func (f *Filer) record(ctx context.Context, key string) (postroom.Record, error) {
	b, err := read(ctx, f.Objects, key)
	if err != nil {
		return postroom.Record{}, err
	}
	rec, err := DecodeRecord(b)
	if err != nil {
		return rec, fmt.Errorf("read %s: %w", key, err)
	}
	return rec, nil
}

// read reads a whole object into memory.
func read(ctx context.Context, objects Objects, key string) ([]byte, error) {
	r, err := objects.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	return b, nil
}
