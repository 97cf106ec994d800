package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"time"

	"github.com/postroom/postroom"
)

// ManifestSchema names the form of a manifest.
const ManifestSchema = "postroom.manifest/1"

// A ManifestLine tells of one document of a run. Held, quarantined and discarded documents
// are listed too, without objects.
type ManifestLine struct {
	DocumentID string            `json:"document_id"`
	Version    int               `json:"version"`
	Replaces   int               `json:"replaces,omitempty"`
	Status     postroom.Status   `json:"status"`
	Type       postroom.TypeCode `json:"type"`
	Urgent     bool              `json:"urgent"`
	Received   time.Time         `json:"received"` // UTC
	Record     *ManifestObject   `json:"record,omitempty"`
	PDF        *ManifestObject   `json:"pdf,omitempty"`
	FHIR       *ManifestObject   `json:"fhir,omitempty"`
}

// A ManifestObject is an object that a reader may fetch, and what it must be.
type ManifestObject struct {
	Key  string        `json:"key"`
	Hash postroom.Hash `json:"sha256"`
	Size int64         `json:"size"` // bytes
}

// A ManifestEnd is the last line of a manifest; without it the manifest is not whole.
type ManifestEnd struct {
	Schema    string        `json:"schema"`
	Run       string        `json:"run"`
	Day       string        `json:"day"` // ISO 8601, UTC
	Documents int           `json:"documents"`
	Filed     int           `json:"filed"`
	Hash      postroom.Hash `json:"sha256"` // of all lines before this one, with their newlines
}

// WriteManifest writes the list of a run's documents: NDJSON, one ManifestLine
// for each record, as File returned it, and a ManifestEnd. It appears when it is complete and not before. The
// same records in the same order give the same bytes, so a repeat is harmless.
// It holds no patient data.
func WriteManifest(ctx context.Context, objects Objects, runID string, day time.Time, records iter.Seq2[postroom.Record, error]) (postroom.Object, error) {
	key := postroom.ManifestKey(day, runID)
	if err := checkKey(key); err != nil {
		return postroom.Object{}, err
	}
	// The hash is wanted before the object is written, and a run can be long.
	temp, err := os.CreateTemp("", "postroom-manifest-")
	if err != nil {
		return postroom.Object{}, fmt.Errorf("write manifest %s: %w", key, diskProblem(err))
	}
	defer os.Remove(temp.Name())
	defer temp.Close()

	total := sha256.New()
	w := &countingWriter{w: io.MultiWriter(temp, total)}
	lines := sha256.New()
	end := ManifestEnd{Schema: ManifestSchema, Run: runID, Day: day.UTC().Format(time.DateOnly)}
	for rec, err := range records {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return postroom.Object{}, fmt.Errorf("write manifest %s: %w", key, err)
		}
		line, err := manifestLine(rec)
		if err != nil {
			return postroom.Object{}, fmt.Errorf("write manifest %s: %w", key, err)
		}
		end.Documents++
		if line.Record != nil {
			end.Filed++
		}
		if err := writeLine(io.MultiWriter(w, lines), line); err != nil {
			return postroom.Object{}, fmt.Errorf("write manifest %s: %w", key, diskProblem(err))
		}
	}
	end.Hash = sumOf(lines)
	if err := writeLine(w, end); err != nil {
		return postroom.Object{}, fmt.Errorf("write manifest %s: %w", key, diskProblem(err))
	}
	if _, err := temp.Seek(0, io.SeekStart); err != nil {
		return postroom.Object{}, fmt.Errorf("write manifest %s: %w", key, err)
	}
	sum := sumOf(total)
	if err := objects.Put(ctx, key, temp, w.n, sum); err != nil {
		return postroom.Object{}, fmt.Errorf("write manifest %s: %w", key, err)
	}
	o, err := objects.Stat(ctx, key)
	o.Hash = sum
	return o, err
}

func manifestLine(rec postroom.Record) (ManifestLine, error) {
	rec = normal(rec)
	line := ManifestLine{
		DocumentID: rec.DocumentID, Version: rec.Version, Replaces: rec.Replaces, Status: rec.Status,
		Type: rec.Type.Code, Urgent: rec.Urgent, Received: rec.Message.Received,
	}
	if rec.Status != postroom.Filed {
		return line, nil
	}
	b, err := EncodeRecord(rec)
	if err != nil {
		return line, err
	}
	line.Record = &ManifestObject{RecordKey(rec), postroom.HashOf(b), int64(len(b))}
	line.PDF = &ManifestObject{rec.Objects.PDF, rec.Objects.PDFHash, rec.Objects.PDFSize}
	line.FHIR = &ManifestObject{rec.Objects.FHIR, rec.Objects.FHIRHash, rec.Objects.FHIRSize}
	return line, nil
}

// ReadManifest reads a manifest and calls each for its documents. It
// returns an error when the manifest is not whole or was altered; what each was called for
// before that is then not to be relied on.
func ReadManifest(r io.Reader, each func(ManifestLine) error) (ManifestEnd, error) {
	bad := func(n int, why string) (ManifestEnd, error) {
		return ManifestEnd{}, postroom.Bad(fmt.Errorf("line %d: %s", n, why), "the manifest is not whole", "fetch it again; a manifest in the store never changes")
	}
	lines := newLines(r)
	sum := sha256.New()
	var count ManifestEnd
	for {
		b, err := lines.next()
		if err == io.EOF {
			return bad(lines.number, "the end is missing")
		}
		if err != nil {
			return ManifestEnd{}, fmt.Errorf("read line %d of the manifest: %w", lines.number, err)
		}
		var line struct {
			ManifestLine
			Schema string `json:"schema"`
		}
		if err := json.Unmarshal(b, &line); err != nil {
			return bad(lines.number, "it is not JSON")
		}
		if line.Schema != "" {
			var end ManifestEnd
			if err := json.Unmarshal(b, &end); err != nil || end.Schema != ManifestSchema {
				return bad(lines.number, "another kind of manifest")
			}
			switch {
			case end.Documents != count.Documents, end.Filed != count.Filed:
				return bad(lines.number, "lines are missing")
			case end.Hash != sumOf(sum):
				return bad(lines.number, "a line was altered")
			}
			if _, err := lines.next(); err != io.EOF {
				return bad(lines.number, "there is more after its end")
			}
			return end, nil
		}
		sum.Write(b)
		count.Documents++
		if line.Record != nil {
			count.Filed++
		}
		if err := each(line.ManifestLine); err != nil {
			return ManifestEnd{}, err
		}
	}
}

func sumOf(h hash.Hash) postroom.Hash { return postroom.Hash(hex.EncodeToString(h.Sum(nil))) }

func writeLine(w io.Writer, v any) error {
	b, err := encodeJSON(v)
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// VerifyManifest reads the manifest under key and compares every object that
// it lists with its hash. It returns the number of objects that are as they
// were written, and one error for each that is not.
func VerifyManifest(ctx context.Context, objects Objects, key string) (int, error) {
	r, err := objects.Open(ctx, key)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	good := 0
	var wrong []error
	if _, err := ReadManifest(r, func(line ManifestLine) error {
		for _, o := range []*ManifestObject{line.Record, line.PDF, line.FHIR} {
			if o == nil {
				continue
			}
			if err := Verify(ctx, objects, o.Key, o.Hash); err != nil {
				wrong = append(wrong, err)
				continue
			}
			good++
		}
		return ctx.Err()
	}); err != nil {
		wrong = append(wrong, fmt.Errorf("read manifest %s: %w", key, err))
	}
	return good, errors.Join(wrong...)
}
