package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

// withOriginals returns a store that holds the originals of filedRecord.
func withOriginals(t *testing.T, objects Objects) Objects {
	mustPut(t, objects, postroom.OriginalKey(postroom.HashOf([]byte("message"))), []byte("message"))
	mustPut(t, objects, postroom.OriginalKey(postroom.HashOf([]byte("attachment"))), []byte("attachment"))
	return objects
}

func file(f *Filer, rec postroom.Record, pdf string) (postroom.Record, error) {
	return f.file(context.Background(), rec, strings.NewReader(pdf), int64(len(pdf)))
}

func testFiler(t *testing.T, open func(*testing.T) Objects) {
	day := "documents/2026/03/12/" + filedRecord().DocumentID + "/"

	t.Run("file", func(t *testing.T) {
		f := &Filer{Objects: withOriginals(t, open(t)), FHIR: FHIROptions{PracticeODS: "A81001"}}
		rec, err := file(f, filedRecord(), "%PDF-1")
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{day + "document.pdf", day + "fhir.json", day + "record.json"}; !slices.Equal(list(t, f.Objects, "documents/"), want) {
			t.Errorf("filed %v", list(t, f.Objects, "documents/"))
		}
		b := mustRead(t, f.Objects, day+"record.json")
		want, err := EncodeRecord(rec)
		if err != nil || !bytes.Equal(b, want) {
			t.Errorf("record.json is\n%s\nnot\n%s (%v)", b, want, err)
		}
		if err := Verify(t.Context(), f.Objects, rec.Objects.PDF, rec.Objects.PDFHash); err != nil {
			t.Error(err)
		}
		if err := Verify(t.Context(), f.Objects, rec.Objects.FHIR, rec.Objects.FHIRHash); err != nil {
			t.Error(err)
		}
		if fhir := mustRead(t, f.Objects, rec.Objects.FHIR); rec.Objects.PDFSize != 6 || rec.Objects.FHIRSize != int64(len(fhir)) {
			t.Errorf("sizes: %+v", rec.Objects)
		}
		again, err := file(f, filedRecord(), "%PDF-1")
		if err != nil || again.Objects.PDFHash != rec.Objects.PDFHash {
			t.Errorf("a second time: %v", err)
		}
		// The PDF was made again after the crash of a caller, with another date in it.
		again, err = file(f, filedRecord(), "%PDF-2")
		if err != nil || again.Objects.PDFHash != rec.Objects.PDFHash || len(list(t, f.Objects, "documents/")) != 3 {
			t.Errorf("with another PDF: %v, %v", err, list(t, f.Objects, "documents/"))
		}
		other := filedRecord()
		other.Patient.NHSNumber = "9990000026"
		if _, err := file(f, other, "%PDF-1"); !errors.Is(err, ErrExists) {
			t.Errorf("the same version for another patient: %v", err)
		}
		if got := mustRead(t, f.Objects, day+"record.json"); !bytes.Equal(got, b) {
			t.Error("the record was changed")
		}
	})

	t.Run("crash after each step", func(t *testing.T) {
		for step := range 4 {
			for _, second := range []string{"%PDF-1", "%PDF-2"} {
				objects := withOriginals(t, open(t))
				crashing := &Filer{Objects: &dyingObjects{Objects: objects, puts: step}}
				_, err := file(crashing, filedRecord(), "%PDF-1")
				if (err == nil) != (step == 3) {
					t.Fatalf("died at put %d: %v", step, err)
				}
				_, err = objects.Stat(t.Context(), day+"record.json")
				if (err == nil) != (step == 3) {
					t.Errorf("died at put %d: the record: %v", step, err)
				}
				f := &Filer{Objects: objects}
				rec, err := file(f, filedRecord(), second)
				if err != nil {
					t.Fatalf("died at put %d, then with %s: %v", step, second, err)
				}
				// The record, the PDF and the bundle that belong together.
				there, err := DecodeRecord(mustRead(t, objects, day+"record.json"))
				if err != nil || there.Objects.PDFHash != rec.Objects.PDFHash || there.Objects.FHIRHash != rec.Objects.FHIRHash {
					t.Errorf("died at put %d: %v", step, err)
				}
				pdf := mustRead(t, objects, there.Objects.PDF)
				if postroom.HashOf(pdf) != there.Objects.PDFHash {
					t.Error("the record names another PDF")
				}
				fhir := mustRead(t, objects, there.Objects.FHIR)
				var b struct {
					Entry []struct{ Resource documentRef }
				}
				if err := json.Unmarshal(fhir, &b); err != nil {
					t.Fatal(err)
				}
				data, err := readBase64(b.Entry[0].Resource.Content[0].Attachment.Data)
				if err != nil || !bytes.Equal(data, pdf) {
					t.Errorf("died at put %d, then with %s: the bundle holds another PDF", step, second)
				}
			}
		}
	})

	t.Run("two at once", func(t *testing.T) {
		objects := withOriginals(t, open(t))
		var wait sync.WaitGroup
		hashes := make([]postroom.Hash, 8)
		for i := range hashes {
			wait.Go(func() {
				rec, err := file(&Filer{Objects: objects}, filedRecord(), "%PDF-"+string(rune('0'+i)))
				if err != nil {
					t.Error(err)
				}
				hashes[i] = rec.Objects.PDFHash
			})
		}
		wait.Wait()
		if slices.Sort(hashes); hashes[0] != hashes[7] {
			t.Error("they were told of different records")
		}
	})

	t.Run("corrections", func(t *testing.T) {
		f := &Filer{Objects: withOriginals(t, open(t)), FHIR: FHIROptions{BaseURL: "https://objects.example/"}}
		second := filedRecord()
		second.Version, second.Replaces, second.DecidedBy = 2, 1, "user:7"
		second.Type.Code = postroom.OutpatientLetter
		if _, err := file(f, second, "%PDF-1"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a correction of nothing: %v", err)
		}
		if _, err := file(f, filedRecord(), "%PDF-1"); err != nil {
			t.Fatal(err)
		}
		rec, err := file(f, second, "%PDF-1")
		if err != nil {
			t.Fatal(err)
		}
		if rec.Objects.PDF != day+"document.pdf" || rec.Objects.FHIR != day+"fhir.v2.json" {
			t.Errorf("version 2 has %+v", rec.Objects)
		}
		if b := mustRead(t, f.Objects, rec.Objects.FHIR); !bytes.Contains(b, []byte(`"url":"https://objects.example/`+rec.Objects.PDF+`"`)) {
			t.Errorf("its bundle names another PDF: %s", b)
		}
		third := second
		third.Version, third.Replaces = 3, 2
		third.Patient = postroom.RecordPatient{Match: postroom.MatchExact, NHSNumber: "9990000026", Family: "Other", Given: "Bea", BirthDate: "1950-01-02"}
		if rec, err = file(f, third, "%PDF-3"); err != nil {
			t.Fatal(err)
		}
		want := []string{"document.pdf", "document.v3.pdf", "fhir.json", "fhir.v2.json", "fhir.v3.json", "record.json", "record.replaced.json", "record.v2.json", "record.v2.replaced.json", "record.v3.json"}
		got := list(t, f.Objects, day)
		for i := range got {
			got[i] = strings.TrimPrefix(got[i], day)
		}
		if !slices.Equal(got, want) {
			t.Errorf("objects %v", got)
		}
		if again, err := file(f, third, "%PDF-3"); err != nil || again.Objects.FHIRHash != rec.Objects.FHIRHash {
			t.Errorf("a correction a second time: %v", err)
		}
	})
}

func TestFilerFolder(t *testing.T) { testFiler(t, openFolder) }

// dyingObjects stands for a process that is killed after so many writes.
type dyingObjects struct {
	Objects
	puts int
}

func (d *dyingObjects) Put(ctx context.Context, key string, body io.Reader, size int64, sum postroom.Hash) error {
	if d.puts--; d.puts < 0 {
		return errors.New("killed")
	}
	return d.Objects.Put(ctx, key, body, size, sum)
}

func TestFilerRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*postroom.Record){
		"held":                   func(r *postroom.Record) { r.Status = postroom.InReview },
		"urgent, unseen":         func(r *postroom.Record) { r.Urgent = true },
		"patient probable":       func(r *postroom.Record) { r.Patient.Match = postroom.MatchProbable },
		"patient unknown":        func(r *postroom.Record) { r.Patient = postroom.RecordPatient{Match: postroom.MatchNone} },
		"version 0":              func(r *postroom.Record) { r.Version = 0 },
		"version 2 of nothing":   func(r *postroom.Record) { r.Version = 2 },
		"version 2 of itself":    func(r *postroom.Record) { r.Version, r.Replaces = 2, 2 },
		"a record that is wrong": func(r *postroom.Record) { r.Type.Confidence = 2 },
	} {
		f := &Filer{Objects: withOriginals(t, openFolder(t))}
		rec := filedRecord()
		spoil(&rec)
		if _, err := file(f, rec, "%PDF-1"); !postroom.IsBadInput(err) {
			t.Errorf("%s: %v", name, err)
		}
		if keys := list(t, f.Objects, "documents/"); len(keys) != 0 {
			t.Errorf("%s: it leaves %v", name, keys)
		}
	}

	f := &Filer{Objects: withOriginals(t, openFolder(t))}
	if _, err := file(f, filedRecord(), ""); !postroom.IsBadInput(err) {
		t.Errorf("an empty PDF: %v", err)
	}
	if _, err := f.file(t.Context(), filedRecord(), strings.NewReader("%PDF-1"), 7); !errors.Is(err, ErrBody) {
		t.Errorf("a PDF that ends early: %v", err)
	}
	rec := filedRecord()
	rec.Objects.Originals = append(rec.Objects.Originals, postroom.OriginalKey(postroom.HashOf([]byte("lost"))))
	if _, err := file(f, rec, "%PDF-1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an original is missing: %v", err)
	}
	urgent := filedRecord()
	urgent.Urgent, urgent.DecidedBy = true, "user:7"
	if _, err := file(f, urgent, "%PDF-1"); err != nil {
		t.Errorf("urgent, seen by a person: %v", err)
	}
}

// The time of the decision alone makes no other record: a caller that was
// killed may decide again.
func TestFilerLaterDecision(t *testing.T) {
	f := &Filer{Objects: withOriginals(t, openFolder(t))}
	first, err := file(f, filedRecord(), "%PDF-1")
	if err != nil {
		t.Fatal(err)
	}
	rec := filedRecord()
	rec.DecidedAt = rec.DecidedAt.Add(time.Hour)
	again, err := file(f, rec, "%PDF-1")
	if err != nil || !again.DecidedAt.Equal(first.DecidedAt) {
		t.Errorf("decided again: %v, at %s", err, again.DecidedAt)
	}
}

// The PDF comes as an open file, from its beginning wherever it stands.
func TestFilerTakesAFile(t *testing.T) {
	pdf, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer pdf.Close()
	if _, err := pdf.WriteString("%PDF-1"); err != nil {
		t.Fatal(err)
	}
	f := &Filer{Objects: withOriginals(t, openFolder(t))}
	rec, err := f.File(t.Context(), filedRecord(), pdf)
	if err != nil || rec.Objects.PDFHash != postroom.HashOf([]byte("%PDF-1")) {
		t.Fatalf("%v, %+v", err, rec.Objects)
	}
	key, err := f.Manifest(t.Context(), "run", day, records(rec))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := VerifyManifest(t.Context(), f.Objects, key); n != 3 || err != nil {
		t.Errorf("%d objects of the manifest, %v", n, err)
	}
}
