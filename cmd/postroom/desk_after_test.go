package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/review"
	"github.com/postroom/postroom/store"
)

// A deskVisit is a person in front of a desk over the real pipeline and store.
type deskVisit struct {
	t      *testing.T
	pl     *pipeline.Pipeline
	access *review.LocalAccess
	base   string
	client *http.Client
}

func visitDesk(t *testing.T, pl *pipeline.Pipeline) *deskVisit {
	t.Helper()
	var handler http.Handler
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	v := &deskVisit{t: t, pl: pl, base: srv.URL, access: review.NewLocalAccess(strings.TrimPrefix(srv.URL, "http://"), review.Person{ID: "ann", Name: "Ann"})}
	handler = review.New(review.Config{Desk: &desk{pl: pl, images: map[string][]byte{}}, Access: v.access})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if res, err := v.client.Get(v.access.Link()); err != nil || res.StatusCode != http.StatusSeeOther {
		t.Fatal(err)
	}
	return v
}

func (v *deskVisit) see(path string) string {
	v.t.Helper()
	res, err := v.client.Get(v.base + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		v.t.Fatalf("%s: %d, %v: %.500s", path, res.StatusCode, err, b)
	}
	return string(b)
}

// sealed is where a form leads that looks for something.
func (v *deskVisit) sealed(to, query string) string {
	v.t.Helper()
	form, err := url.ParseQuery(query)
	if err != nil {
		v.t.Fatal(err)
	}
	form.Set("token", v.access.Token(v.t.Context()))
	res, err := v.client.PostForm(v.base+to, form)
	if err != nil {
		v.t.Fatal(err)
	}
	res.Body.Close()
	return res.Header.Get("Location")
}

// send fills the form that stands at path, with its revision, and expects to be led on.
func (v *deskVisit) send(path, to string, pairs ...string) {
	v.t.Helper()
	rev := regexp.MustCompile(`name="revision" value="(\d+)"`).FindStringSubmatch(v.see(path))
	if rev == nil {
		v.t.Fatalf("%s has no form", path)
	}
	form := url.Values{"token": {v.access.Token(v.t.Context())}, "revision": {rev[1]}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	res, err := v.client.PostForm(v.base+to, form)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	if b, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusSeeOther {
		v.t.Fatalf("%s: %d: %s", to, res.StatusCode, regexp.MustCompile(`(?s)class="error.*?</div>`).Find(b))
	}
}

func (v *deskVisit) filed(id string, version int) postroom.Record {
	v.t.Helper()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		it, err := v.pl.DeskDocument(v.t.Context(), id)
		if err != nil {
			v.t.Fatal(err)
		}
		if it.State == string(postroom.Filed) && it.Record.Version == version {
			return it.Record
		}
		if time.Since(began) > 20*time.Second || it.State == string(postroom.Quarantined) {
			v.t.Fatalf("the document is %s at version %d: %v", it.State, it.Record.Version, it.Record.Reasons)
		}
	}
}

// What a person decides, corrects, moves and withdraws at the desk stands in the store in
// that way, every version with its files, the wrong ones marked so.
func TestADocumentsWayThroughTheDeskAndTheStore(t *testing.T) {
	ctx := t.Context()
	cfg, err := parseConfig(fmt.Appendf(nil, "data: %q\n", t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	patients := lettersOf(2)
	patients[1].BirthDate = "1960-04-05"
	parts := letterParts(t, cfg, patients)
	parts.Rule.FileTypes = nil
	pl, err := pipeline.Open(ctx, parts, pipeline.Options{Database: cfg.databaseAddress(), Work: true, TempDir: t.TempDir(), UndoFor: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer pl.Close()
	if _, err := pl.ImportPatients(ctx, patients); err != nil {
		t.Fatal(err)
	}
	if err := pl.Start(ctx); err != nil {
		t.Fatal(err)
	}
	defer stopWorking(pl)
	takeLetter(t, pl, 1, patients[0].Number+" a letter about the heart")
	var id string
	for began := time.Now(); id == ""; time.Sleep(20 * time.Millisecond) {
		queue, err := pl.Queue(ctx, pipeline.DeskFilter{})
		if err != nil || time.Since(began) > 20*time.Second {
			t.Fatal("nothing waits", err)
		}
		if len(queue) == 1 {
			id = queue[0].Record.DocumentID
		}
	}
	v := visitDesk(t, pl)
	v.send("/document/"+id, "/document/"+id+"/file", "type", "outpatient_letter", "patient", patients[0].ID, "field.patient_name", patients[0].Family, "field.birth_date", "2/3/1948", "field.letter_date", "12/3/2026")
	first := v.filed(id, 1)
	if f := first.Fields[postroom.LetterDate]; f.Value != "2026-03-12" || f.ConfirmedBy != "user:ann" {
		t.Errorf("the letter's date: %+v", f)
	}
	at := "/filed/" + id
	v.send(at+"/correct", at+"/correct", "type", "fit_note", "patient", patients[0].ID, "why", "type", "field.letter_date", "13/3/2026")
	if r := v.filed(id, 2); r.Type.Code != "fit_note" || r.Replaces != 1 {
		t.Errorf("corrected: %+v", r.Type)
	}
	v.send(v.sealed(at+"/refile/find", "find="+patients[1].Number), at+"/refile", "type", "fit_note", "patient", patients[1].ID, "why", "wrong_patient", "confirmed", "yes",
		"field.patient_name", patients[1].Family, "field.birth_date", "5/4/1960")
	third := v.filed(id, 3)
	if third.Patient.NHSNumber != patients[1].Number {
		t.Errorf("moved: %+v", third.Patient)
	}
	v.send(at+"/withdraw", at+"/withdraw", "confirmed", "yes")
	if r := v.filed(id, 4); r.Patient.NHSNumber != "" || r.Return == nil {
		t.Errorf("withdrawn: %+v", r)
	}
	page := v.see(at)
	for version := 1; version <= 4; version++ {
		if !strings.Contains(page, fmt.Sprintf("%s/pdf/%d", at, version)) {
			t.Errorf("version %d is not shown", version)
		}
		if body := v.see(fmt.Sprintf("%s/pdf/%d", at, version)); !strings.HasPrefix(body, "%PDF-") {
			t.Errorf("the PDF of version %d: %.20q", version, body)
		}
	}
	folder, err := store.OpenFolder(cfg.storeFolder())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	for version, want := range map[int]string{2: `"superseded"`, 3: `"entered-in-error"`, 4: `"entered-in-error"`} {
		r := first
		r.Version = version
		f, err := folder.Open(ctx, strings.Replace(store.RecordKey(r), "record", "fhir", 1))
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(f)
		f.Close()
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("version %d does not say that the one before is %s", version, want)
		}
	}
	if body := v.see(v.sealed("/search", "q=heart")); !strings.Contains(body, at+"?find=") || !strings.Contains(body, "<mark>heart</mark>") {
		t.Error("the document is not found")
	}
	if body := v.see("/returns"); !strings.Contains(body, "/returns/"+id) {
		t.Error("it is not among what goes back")
	}
	a, err := pl.Reconcile(ctx, pipeline.ReconcileOptions{Deep: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Findings {
		t.Errorf("reconcile: %+v", f)
	}
}

// A record that an earlier filing left, which was given up before the state knew of it, is
// replaced by what a person then decides; and only by that.
func TestFilingOverARecordThatWasLeft(t *testing.T) {
	ctx := t.Context()
	cfg, err := parseConfig(fmt.Appendf(nil, "data: %q\n", t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	patients := lettersOf(1)
	parts := letterParts(t, cfg, patients)
	parts.Rule.FileTypes = nil
	pl, err := pipeline.Open(ctx, parts, pipeline.Options{Database: cfg.databaseAddress(), Work: true, TempDir: t.TempDir(), UndoFor: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer pl.Close()
	if _, err := pl.ImportPatients(ctx, patients); err != nil {
		t.Fatal(err)
	}
	if err := pl.Start(ctx); err != nil {
		t.Fatal(err)
	}
	defer stopWorking(pl)
	takeLetter(t, pl, 1, patients[0].Number+" a letter about the heart")
	var waiting postroom.Record
	for began := time.Now(); waiting.DocumentID == ""; time.Sleep(20 * time.Millisecond) {
		queue, err := pl.Queue(ctx, pipeline.DeskFilter{})
		if err != nil || time.Since(began) > 20*time.Second {
			t.Fatal("nothing waits", err)
		}
		if len(queue) == 1 {
			waiting = queue[0].Record
		}
	}
	left := waiting
	left.Status, left.DecidedBy, left.Reasons = postroom.Filed, "user:bob", []string{"a person checked it"}
	left.Type = postroom.TypeGuess{Code: postroom.FitNote, Confidence: 1}
	left.Objects = postroom.RecordObjects{Originals: waiting.Objects.Originals}
	pdf, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer pdf.Close()
	fmt.Fprint(pdf, "%PDF-1.7 of that attempt")
	if _, err := parts.File.File(ctx, left, pdf); err != nil {
		t.Fatal(err)
	}
	id := waiting.DocumentID
	v := visitDesk(t, pl)
	v.send("/document/"+id, "/document/"+id+"/file", "type", "outpatient_letter", "patient", patients[0].ID, "field.patient_name", patients[0].Family, "field.birth_date", "2/3/1948", "field.letter_date", "12/3/2026")
	if r := v.filed(id, 2); r.Replaces != 1 || r.Type.Code != "outpatient_letter" {
		t.Errorf("version %d replaces %d, %s", r.Version, r.Replaces, r.Type.Code)
	}
	a, err := pl.Reconcile(ctx, pipeline.ReconcileOptions{Deep: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Findings {
		t.Errorf("reconcile: %+v", f)
	}
}

// A page that nobody has read can be shown as it is, with its size.
func TestLookingAtAPage(t *testing.T) {
	r, err := openReader(&config{Data: t.TempDir()}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	img := image.NewGray(image.Rect(0, 0, 827, 1169))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for x := range 300 {
		img.Set(100+x, 200, color.Black)
	}
	path := filepath.Join(t.TempDir(), "page.png")
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	a := postroom.Attachment{Hash: postroom.HashOf(b.Bytes()), Name: "page.png", Path: path, MediaType: postroom.PNG, Size: int64(b.Len())}
	p, err := reader{Reader: r}.Look(t.Context(), a, 1)
	if err != nil || p.Width != 827 || p.Height != 1169 || p.DPIX != 100 {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := (reader{Reader: r}).Look(t.Context(), a, 2); err == nil {
		t.Error("a page that is not there")
	}
}
