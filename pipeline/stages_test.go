package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

// The stages of these tests are small and exact, so that every page's way can
// be followed; the real ones are joined in cmd/postroom's tests.
//
// A message is lines of text. "page WORDS" is a page, "bad" a page that cannot
// be read, "locked" an attachment that cannot be opened, "blank" a blank page,
// "same NAME" makes pages like those of NAME. Each page is a document of its own.

type memoryObjects struct {
	mu   sync.Mutex
	m    map[string][]byte
	fail func(key string) error
}

func (o *memoryObjects) Put(_ context.Context, key string, body io.Reader, size int64, sum postroom.Hash) error {
	b, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		if err := o.fail(key); err != nil {
			return err
		}
	}
	if int64(len(b)) != size || postroom.HashOf(b) != sum {
		return errors.New("wrong size or hash")
	}
	if old, ok := o.m[key]; ok && !bytes.Equal(old, b) {
		return fmt.Errorf("put %s: other bytes are there", key)
	}
	o.m[key] = b
	return nil
}

func (o *memoryObjects) Open(_ context.Context, key string) (io.ReadCloser, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	b, ok := o.m[key]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (o *memoryObjects) Stat(_ context.Context, key string) (postroom.Object, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	b, ok := o.m[key]
	if !ok {
		return postroom.Object{}, fs.ErrNotExist
	}
	return postroom.Object{Key: key, Size: int64(len(b))}, nil
}

func (o *memoryObjects) List(_ context.Context, prefix string, f func(postroom.Object) error) error {
	o.mu.Lock()
	var keys []string
	for k := range o.m {
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	o.mu.Unlock()
	slices.Sort(keys)
	for _, k := range keys {
		if err := f(postroom.Object{Key: k, Size: int64(len(o.m[k]))}); err != nil {
			return err
		}
	}
	return nil
}

type lineUnpacker struct{}

func (lineUnpacker) Unpack(_ context.Context, m postroom.Message, raw io.Reader, dir string) (postroom.Contents, error) {
	b, err := io.ReadAll(raw)
	if err != nil {
		return postroom.Contents{}, err
	}
	c := postroom.Contents{Message: m}
	for i, line := range strings.Split(strings.TrimSpace(string(b)), "\n\n") {
		if line == "" {
			continue
		}
		if line == "panic" {
			panic("with patient data")
		}
		path := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(path, []byte(line), 0o600); err != nil {
			return c, err
		}
		c.Attachments = append(c.Attachments, postroom.Attachment{Hash: postroom.HashOf([]byte(line)), Name: fmt.Sprintf("%d.txt", i), Path: path, MediaType: "text/plain", Size: int64(len(line))})
	}
	if len(c.Attachments) == 0 {
		c.Exception, c.Reason = postroom.NoDocument, "there is nothing in it"
	}
	return c, nil
}

type lineReader struct {
	mu    sync.Mutex
	reads int
	fail  func(line string) error
	// images says that a line is an image, and the same line the same image.
	images bool
}

func (*lineReader) Version() string { return "lines/1" }

func (*lineReader) Count(_ context.Context, a postroom.Attachment) (int, error) {
	b, err := os.ReadFile(a.Path)
	if err != nil {
		return 0, err
	}
	if string(b) == "locked" {
		return 0, postroom.Bad(nil, "it is locked", "ask the sender")
	}
	return len(strings.Split(string(b), "\n")), nil
}

func (r *lineReader) Read(_ context.Context, a postroom.Attachment, n int, known func(postroom.Hash) (postroom.Page, bool)) (postroom.Page, error) {
	b, err := os.ReadFile(a.Path)
	if err != nil {
		return postroom.Page{}, err
	}
	line := strings.Split(string(b), "\n")[n-1]
	var image postroom.Hash
	if r.images {
		image = postroom.HashOf([]byte(line))
		if p, ok := known(image); ok {
			p.Attachment, p.Hash, p.Number = a.Name, a.Hash, n
			return p, nil
		}
	}
	r.mu.Lock()
	r.reads++
	fail := r.fail
	r.mu.Unlock()
	if fail != nil {
		if err := fail(line); err != nil {
			return postroom.Page{}, err
		}
	}
	if line == "bad" {
		return postroom.Page{}, postroom.Bad(nil, "this page is broken", "")
	}
	p := postroom.Page{Attachment: a.Name, Hash: a.Hash, Number: n, Image: image, Width: 100, Height: 100, Confidence: 0.9, Blank: line == "blank"}
	for i, w := range strings.Fields(line) {
		p.Words = append(p.Words, postroom.Word{Text: w, Box: postroom.Box{i * 10, 0, i*10 + 9, 9}, Confidence: 0.9})
	}
	return p, nil
}

func (*lineReader) Searchable(ctx context.Context, w io.Writer, title string, _ time.Time, pages []ReadPage) (map[int]string, error) {
	fmt.Fprintln(w, title)
	for _, p := range pages {
		page, err := p.Load(ctx)
		if err != nil {
			return nil, err
		}
		fmt.Fprintln(w, page.PlainText())
	}
	return nil, nil
}

type lineSorter struct{ patients int }

func (s lineSorter) Sort(ctx context.Context, c postroom.Contents, pages postroom.Pages) (postroom.Sorted, error) {
	var out postroom.Sorted
	for i := range pages.Len() {
		p, err := pages.Load(ctx, i)
		if err != nil {
			return out, err
		}
		if p.Blank {
			out.Others = append(out.Others, postroom.PageFate{Page: i, Fate: postroom.FateBlank, Reason: "nothing on it"})
			continue
		}
		if p.PlainText() == "cover" {
			out.Others = append(out.Others, postroom.PageFate{Page: i, Fate: postroom.FateCover})
			continue
		}
		d := postroom.Document{
			Pages: []int{i}, Type: postroom.TypeGuess{Code: postroom.LabReport, Confidence: 0.99},
			Fields: map[postroom.FieldName]postroom.Field{},
		}
		for _, f := range []postroom.FieldName{postroom.PatientName, postroom.BirthDate, postroom.LetterDate} {
			d.Fields[f] = postroom.Field{Value: p.Words[0].Text, Confidence: 0.99, Valid: true, Page: 1}
		}
		if s.patients > 0 && !strings.Contains(p.PlainText(), "stranger") {
			d.Match = postroom.Match{Kind: postroom.MatchExact, Patient: &postroom.Patient{Number: "9990000018"}}
		}
		for _, w := range p.Words {
			h := postroom.HashOf([]byte(w.Text))
			var v uint64
			fmt.Sscanf(string(h[:15]), "%x", &v)
			d.Fingerprint = append(d.Fingerprint, v)
		}
		out.Documents = append(out.Documents, d)
	}
	return out, nil
}

func (lineSorter) Similar(a, b []uint64) float64 {
	if len(a) > 0 && slices.Equal(a, b) {
		return 1
	}
	return 0
}

func (lineSorter) SentAgain(earlier, later postroom.Record) (bool, string) {
	return slices.Equal(earlier.Text, later.Text), ""
}

type plainFiler struct{ objects *memoryObjects }

func (f plainFiler) File(ctx context.Context, r postroom.Record, pdf *os.File) (postroom.Record, error) {
	b, err := io.ReadAll(pdf)
	if err != nil {
		return r, err
	}
	version := ""
	if r.Version > 1 {
		version = fmt.Sprintf(".v%d", r.Version)
	}
	r.Objects.PDF = postroom.DocumentKey(r.Message.Received, r.DocumentID, "document"+version+".pdf")
	r.Objects.FHIR = postroom.DocumentKey(r.Message.Received, r.DocumentID, "fhir"+version+".json")
	r.Objects.PDFHash, r.Objects.FHIRHash = postroom.HashOf(b), postroom.HashOf([]byte("{}"))
	for key, body := range map[string][]byte{r.Objects.PDF: b, r.Objects.FHIR: []byte("{}")} {
		if err := f.objects.Put(ctx, key, bytes.NewReader(body), int64(len(body)), postroom.HashOf(body)); err != nil {
			return r, err
		}
	}
	body := mustJSON(r)
	return r, f.objects.Put(ctx, recordKey(r), bytes.NewReader(body), int64(len(body)), postroom.HashOf(body))
}

func (f plainFiler) Manifest(ctx context.Context, run string, day time.Time, records iter.Seq2[postroom.Record, error]) (string, error) {
	key := postroom.ManifestKey(day, run)
	var b bytes.Buffer
	for r, err := range records {
		if err != nil {
			return "", err
		}
		b.WriteString(r.DocumentID + "\n")
	}
	return key, f.objects.Put(ctx, key, bytes.NewReader(b.Bytes()), int64(b.Len()), postroom.HashOf(b.Bytes()))
}

// A boxSource holds messages in memory, as a mailbox would.
type boxSource struct {
	name string
	mu   sync.Mutex
	mail map[uint32]string
	done map[uint32]postroom.ArrivalState
	took int
}

func (s *boxSource) Name() string { return s.name }

func (s *boxSource) Receive(ctx context.Context, in postroom.Intake) error {
	s.mu.Lock()
	var uids []uint32
	for uid := range s.mail {
		uids = append(uids, uid)
	}
	s.mu.Unlock()
	slices.Sort(uids)
	for _, uid := range uids {
		id := postroom.ArrivalID{Source: s.name, Folder: "INBOX", UIDValidity: 7, UID: uid}
		states, err := in.States(ctx, []postroom.ArrivalID{id})
		if err != nil {
			return err
		}
		switch states[0] {
		case postroom.ArrivalNew:
			s.mu.Lock()
			body := s.mail[uid]
			s.took++
			s.mu.Unlock()
			if err := in.Take(ctx, postroom.Arrival{ID: id, Received: time.Date(2026, 3, 12, 9, int(uid)%60, 0, 0, time.UTC)}, strings.NewReader(body)); err != nil {
				return err
			}
		case postroom.ArrivalProcessed, postroom.ArrivalProblem:
			s.mu.Lock()
			delete(s.mail, uid)
			s.done[uid] = states[0]
			s.mu.Unlock()
			if err := in.Settled(ctx, []postroom.ArrivalID{id}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *boxSource) Watch(ctx context.Context, in postroom.Intake, wake <-chan struct{}) error {
	for {
		if err := s.Receive(ctx, in); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-time.After(50 * time.Millisecond):
		}
	}
}

type world struct {
	objects *memoryObjects
	reader  *lineReader
	parts   Parts
	where   string
}

func newWorld(where string) *world {
	w := &world{objects: &memoryObjects{m: map[string][]byte{}}, reader: &lineReader{}, where: where}
	w.parts = Parts{Objects: w.objects, Unpack: lineUnpacker{}, Read: w.reader, File: plainFiler{w.objects}, Rule: postroom.SafeRule(),
		Sorter: func(ps []postroom.Patient) (Sorter, error) { return lineSorter{len(ps)}, nil }}
	return w
}

func (w *world) open(t *testing.T, opt Options) *Pipeline {
	t.Helper()
	opt.Database, opt.TempDir = w.where, t.TempDir()
	p, err := Open(t.Context(), w.parts, opt)
	if err != nil {
		t.Fatal(err)
	}
	if opt.Work {
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if opt.Work {
			p.Stop(ctx)
		}
		p.Close()
	})
	return p
}

func (w *world) keys(prefix string) []string {
	var keys []string
	w.objects.List(context.Background(), prefix, func(o postroom.Object) error { keys = append(keys, o.Key); return nil })
	return keys
}

func newBox(messages ...string) *boxSource {
	s := &boxSource{name: "inbox", mail: map[uint32]string{}, done: map[uint32]postroom.ArrivalState{}}
	for i, m := range messages {
		s.mail[uint32(i+1)] = m
	}
	return s
}
