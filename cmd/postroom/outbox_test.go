package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/store"
	"github.com/postroom/postroom/testdata/servers"
)

// Prepared stages for tests in which reading is not the point: a message is one
// letter, "NUMBER TEXT", about the patient with the number.
type letterUnpacker struct{}

func (letterUnpacker) Unpack(_ context.Context, m postroom.Message, raw io.Reader, dir string) (postroom.Contents, error) {
	b, err := io.ReadAll(raw)
	if err != nil {
		return postroom.Contents{}, err
	}
	path := filepath.Join(dir, "0")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return postroom.Contents{}, err
	}
	return postroom.Contents{Message: m, Attachments: []postroom.Attachment{{Hash: postroom.HashOf(b), Name: "letter.tif", Path: path, MediaType: postroom.TIFF, Size: int64(len(b))}}}, nil
}

type letterReader struct{}

func (letterReader) Version() string                                         { return "letters/1" }
func (letterReader) Count(context.Context, postroom.Attachment) (int, error) { return 1, nil }

func (letterReader) Read(_ context.Context, a postroom.Attachment, n int, _ func(postroom.Hash) (postroom.Page, bool)) (postroom.Page, error) {
	b, err := os.ReadFile(a.Path)
	p := postroom.Page{Attachment: a.Name, Hash: a.Hash, Number: n, Width: 100, Height: 100, DPIX: 100, DPIY: 100, Confidence: 0.99, Engine: "letters/1"}
	for i, w := range strings.Fields(string(b)) {
		p.Words = append(p.Words, postroom.Word{Text: w, Box: postroom.Box{i * 10, 0, i*10 + 9, 9}, Confidence: 0.99})
	}
	return p, err
}

func (letterReader) Searchable(ctx context.Context, w io.Writer, title string, _ time.Time, pages []pipeline.ReadPage) (map[int]string, error) {
	page, err := pages[0].Load(ctx)
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(w, "%%PDF-1.7 %s: %s\n%s", title, page.PlainText(), strings.Repeat("% as long as a short letter\n", 100))
	return nil, err
}

type letterSorter map[string]postroom.Patient

func (s letterSorter) Sort(ctx context.Context, _ postroom.Contents, pages postroom.Pages) (postroom.Sorted, error) {
	page, err := pages.Load(ctx, 0)
	if err != nil {
		return postroom.Sorted{}, err
	}
	who, ok := s[page.Words[0].Text]
	d := postroom.Document{Pages: []int{0}, Type: postroom.TypeGuess{Code: postroom.OutpatientLetter, Confidence: 0.99}, Fields: map[postroom.FieldName]postroom.Field{}}
	for name, v := range map[postroom.FieldName]string{postroom.PatientName: who.Family, postroom.BirthDate: who.BirthDate, postroom.LetterDate: "2026-03-11"} {
		d.Fields[name] = postroom.Field{Value: v, Text: v, Confidence: 0.99, Valid: true, Page: 1}
	}
	if ok {
		d.Match = postroom.Match{Kind: postroom.MatchExact, Patient: &who}
	}
	return postroom.Sorted{Documents: []postroom.Document{d}}, nil
}

func (letterSorter) Similar([]uint64, []uint64) float64            { return 0 }
func (letterSorter) SentAgain(_, _ postroom.Record) (bool, string) { return false, "" }

// lettersOf are so many patients of the test range.
func lettersOf(n int) []postroom.Patient {
	var out []postroom.Patient
	for i := 0; len(out) < n; i++ {
		digits := fmt.Sprintf("9991%05d", i)
		for c := range 10 {
			if _, err := postroom.ParseNHSNumber(fmt.Sprint(digits, c)); err == nil {
				number := fmt.Sprint(digits, c)
				out = append(out, postroom.Patient{ID: number, Number: number, Family: fmt.Sprintf("Family%d", i), Given: "Ann", BirthDate: "1948-03-02"})
			}
		}
	}
	return out
}

// letterParts joins the prepared stages with the real store and receivers.
func letterParts(t *testing.T, cfg *config, patients []postroom.Patient) pipeline.Parts {
	t.Helper()
	folder, err := store.OpenFolder(cfg.storeFolder())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { folder.Close() })
	rule := postroom.SafeRule()
	rule.Sample = 0
	parts := pipeline.Parts{Objects: folder, Unpack: letterUnpacker{}, Read: letterReader{}, Rule: rule,
		File: &store.Filer{Objects: folder, FHIR: cfg.fhirOptions()},
		Sorter: func([]postroom.Patient) (pipeline.Sorter, error) {
			s := letterSorter{}
			for _, p := range patients {
				s[p.Number] = p
			}
			return s, nil
		}}
	if parts.Receivers, err = cfg.receivers(folder); err != nil {
		t.Fatal(err)
	}
	return parts
}

func takeLetter(t *testing.T, pl *pipeline.Pipeline, n int, text string) {
	t.Helper()
	at := time.Date(2026, 3, 12, 9, 0, n, 0, time.UTC)
	if err := pl.Intake().Take(t.Context(), postroom.Arrival{ID: postroom.ArrivalID{Source: "test", Path: fmt.Sprint(n)}, Received: at}, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
}

// The outbox, the job queue, TLS and a wire that is cut, together: whatever was
// filed, corrected or moved arrives at an HL7 engine of others, in order for each
// patient, none missing, and a repeat carries the control id of the first.
func TestOutboxToAnEngineOfOthersThroughCuts(t *testing.T) {
	const cuts = 50
	engine := servers.HL7(t)
	wire := servers.CutWire(t, engine.Addr, cuts, 12000)
	cfg, err := parseConfig(fmt.Appendf(nil, `data: %q
deliver:
  - name: engine
    hl7: {address: %q, ca_file: %q, cert_file: %q, key_file: %q, timeout: 5s}
`, t.TempDir(), wire.Addr, engine.CA.CAFile, engine.CA.CertFile, engine.CA.KeyFile))
	if err != nil {
		t.Fatal(err)
	}
	patients := lettersOf(25)
	parts := letterParts(t, cfg, patients)
	ctx := t.Context()
	open := func() *pipeline.Pipeline {
		pl, err := pipeline.Open(ctx, parts, pipeline.Options{Database: cfg.databaseAddress(), Work: true, TempDir: t.TempDir()})
		if err == nil {
			_, err = pl.ImportPatients(ctx, patients)
		}
		if err == nil {
			err = pl.Start(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
		return pl
	}
	stop := func(pl *pipeline.Pipeline) {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		pl.Stop(end)
		pl.Close()
	}
	pl := open()
	const letters = 75
	for i := range letters {
		takeLetter(t, pl, i, fmt.Sprintf("%s letter %d", patients[i%len(patients)].Number, i))
	}
	filed := func(version int) (out []postroom.Record) {
		t.Helper()
		if err := pl.Records(ctx, func(r postroom.Record) error {
			if r.Status == postroom.Filed && r.Version >= version {
				out = append(out, r)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	wait := func(what string, ok func() bool) {
		t.Helper()
		for end := time.Now().Add(90 * time.Second); !ok(); time.Sleep(100 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("waiting for %s took too long", what)
			}
		}
	}
	wait("all letters being filed", func() bool { return len(filed(1)) == letters })
	// The process ends and another goes on, in the middle of it.
	stop(pl)
	pl = open()
	defer func() { stop(pl) }()
	all := filed(1)
	kind := postroom.DischargeSummary
	for i, r := range all[:10] {
		c := pipeline.Correction{By: "user:7", Why: "it is of another type", Type: &kind}
		if i%2 == 1 {
			who := patients[(i+7)%len(patients)]
			c = pipeline.Correction{By: "user:7", Why: "it was another's", Patient: &postroom.RecordPatient{Match: postroom.MatchExact, NHSNumber: who.Number, Family: who.Family, Given: who.Given, BirthDate: who.BirthDate}}
		}
		if _, err := pl.Correct(ctx, r.DocumentID, 1, c); err != nil {
			t.Fatal(err)
		}
	}
	wait("the corrections being filed", func() bool { return len(filed(2)) == 10 })
	wait("all deliveries", func() bool {
		waiting := 0
		if err := pl.Deliveries(ctx, pipeline.DeliveryWaiting, func(pipeline.Delivery) error { waiting++; return nil }); err != nil {
			t.Fatal(err)
		}
		return waiting == 0
	})
	if n := wire.CutsLeft(); n > 0 {
		t.Errorf("only %d cuts", cuts-n)
	}
	patientOf := map[string]string{} // whose a document was first: what follows it goes in the same order
	for _, r := range all {
		patientOf[r.DocumentID] = r.Patient.NHSNumber
	}
	want := map[string][]string{}
	sent := map[string]bool{}
	if err := pl.Deliveries(ctx, "", func(d pipeline.Delivery) error {
		if d.State != pipeline.DeliverySent {
			t.Errorf("version %d of document %s is %s: %s", d.Version, d.DocumentID, d.State, d.Said)
		}
		id := store.ControlID(postroom.Record{DocumentID: d.DocumentID, Version: d.Version})
		want[patientOf[d.DocumentID]] = append(want[patientOf[d.DocumentID]], id)
		sent[id] = true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(sent) != letters+10 {
		t.Errorf("%d deliveries, not %d", len(sent), letters+10)
	}
	first := map[string]servers.HL7Message{}
	var order []string
	heard := engine.Heard()
	for _, h := range heard {
		if !sent[h.Control] {
			t.Errorf("a message nobody sent: %s", h.Control)
		}
		if before, again := first[h.Control]; again {
			if before != h {
				t.Errorf("a repeat of %s is another message", h.Control)
			}
			continue
		}
		first[h.Control] = h
		order = append(order, h.Control)
		if pdf, err := base64.StdEncoding.DecodeString(h.Data); err != nil || !strings.HasPrefix(string(pdf), "%PDF-1.7 ") {
			t.Errorf("the PDF of %s did not arrive", h.Control)
		}
	}
	for _, ids := range want {
		var got []string
		for _, id := range order {
			if slices.Contains(ids, id) {
				got = append(got, id)
			}
		}
		if !slices.Equal(got, ids) {
			t.Errorf("a patient's documents arrived as %v, not as %v", got, ids)
		}
	}
	events := map[string]int{}
	for _, h := range first {
		events[h.Event]++
		if h.Event == "T10" && (h.Parent == "" || h.Parent == h.Unique) || h.Event == "T08" && (h.Parent != "" || !strings.HasSuffix(h.Unique, "-1")) {
			t.Errorf("%s: number %s, parent %s", h.Event, h.Unique, h.Parent)
		}
	}
	if events["T02"] != letters || events["T08"] != 5 || events["T10"] != 5 {
		t.Errorf("events: %v", events)
	}
	t.Logf("%d documents in order through %d cuts, %d repeats: %v", len(order), cuts, len(heard)-len(order), events)
}
