package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/review"
	"github.com/postroom/postroom/testdata/servers"
)

var deskDocuments = flag.Int("desk.documents", 1500, "how many documents TestDeskSpeed has in the database; docs/review.md has the figures for 100000")

func TestDeskSpeedSQLite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	testDeskSpeed(t, path, func(tables []seedTable) {
		db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(60000)")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			marks := strings.TrimSuffix(strings.Repeat("?, ", len(table.columns)), ", ")
			insert, err := tx.Prepare(`INSERT INTO ` + table.name + ` (` + strings.Join(table.columns, ", ") + `) VALUES (` + marks + `)`)
			if err != nil {
				t.Fatal(err)
			}
			for i := range table.rows {
				if _, err := insert.Exec(table.row(i)...); err != nil {
					t.Fatal(table.name, err)
				}
			}
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		// No ANALYZE, since Postroom has none: with the search's tables still empty, it would
		// make SQLite go through all of them at each merge later.
	})
}

func TestDeskSpeedPostgres(t *testing.T) {
	where := servers.Postgres(t).NewDatabase()
	testDeskSpeed(t, where, func(tables []seedTable) {
		conn, err := pgx.Connect(t.Context(), where)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		for _, table := range tables {
			rows := pgx.CopyFromSlice(table.rows, func(i int) ([]any, error) { return table.row(i), nil })
			if _, err := conn.CopyFrom(t.Context(), pgx.Identifier{table.name}, table.columns, rows); err != nil {
				t.Fatal(table.name, err)
			}
		}
		if _, err := conn.Exec(t.Context(), `ANALYZE`); err != nil {
			t.Fatal(err)
		}
	})
}

// A seedTable is rows that are put straight into the database.
type seedTable struct {
	name    string
	columns []string
	rows    int
	row     func(i int) []any
}

// deskSeed makes n documents as the pipeline would have left them, a tenth of which
// wait: letters of 250 words out of 4,000 of which a few make up most of the text, from
// five mailboxes over three years, about so many patients.
func deskSeed(t *testing.T, n int, patients []postroom.Patient) []seedTable {
	const variants = 50
	at := func(i int) time.Time {
		return time.Date(2024, 1, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(i) * 3 * 365 * 24 * time.Hour / time.Duration(n))
	}
	hash := func(kind string, i int) string { return string(postroom.HashOf(fmt.Appendf(nil, "%s %d", kind, i))) }
	pages := make([]postroom.Page, variants)
	readings := make([][]byte, variants)
	r := rand.New(rand.NewPCG(7, 7))
	common := rand.NewZipf(r, 1.1, 4, 3999)
	for v := range pages {
		p := postroom.Page{Attachment: "letter.tif", Hash: postroom.Hash(hash("file", v)), Number: 1, Width: 1728, Height: 2200, DPIX: 204, DPIY: 196, Confidence: 0.97, Engine: "letters/1"}
		for i := range 250 {
			x, y := 100+(i%10)*150, 100+(i/10)*60
			p.Words = append(p.Words, postroom.Word{Text: fmt.Sprintf("wort%s", strings.Repeat(string(rune('a'+common.Uint64()%26)), 2)+fmt.Sprint(common.Uint64())), Box: postroom.Box{x, y, x + 120, y + 40}, Confidence: 0.97, Line: i / 10})
		}
		pages[v] = p
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if err := json.NewEncoder(z).Encode(p); err != nil {
			t.Fatal(err)
		}
		z.Close()
		readings[v] = b.Bytes()
	}
	code := func(i int) postroom.TypeCode { return postroom.Types[i%12].Code }
	source := func(i int) string { return fmt.Sprint("mailbox ", i%5) }
	urgent := func(i int) int { return map[bool]int{true: 1}[i%97 == 0] }
	record := func(i int) string {
		who := patients[(i*7919)%len(patients)]
		p := pages[i%variants]
		box := func(w int) postroom.Box { return p.Words[w].Box }
		rec := postroom.Record{Schema: postroom.RecordSchema, DocumentID: hash("document", i)[:32], Version: 1, Status: postroom.Filed, Type: postroom.TypeGuess{Code: code(i), Confidence: 0.95, Why: []string{"discharge summary"}},
			Urgent: urgent(i) == 1, Pages: []postroom.RecordPage{{Attachment: p.Attachment, Hash: p.Hash, Page: 1, Confidence: 0.97, Width: p.Width, Height: p.Height, DPIX: p.DPIX, DPIY: p.DPIY}}, OtherPages: []postroom.OtherPage{},
			Fields: map[postroom.FieldName]postroom.Field{
				postroom.NHSNumberField:     {Value: who.Number, Text: who.Number, Confidence: 0.98, Valid: true, Page: 1, Box: box(3)},
				postroom.PatientName:        {Value: who.Family, Text: who.Family, Confidence: 0.97, Valid: true, Page: 1, Box: box(4)},
				postroom.BirthDate:          {Value: who.BirthDate, Text: who.BirthDate, Confidence: 0.97, Valid: true, Page: 1, Box: box(5)},
				postroom.LetterDate:         {Value: at(i).Format(time.DateOnly), Text: "x", Confidence: 0.7, Valid: true, Page: 1, Box: box(6)},
				postroom.SenderOrganisation: {Value: fmt.Sprintf("Hospital %d", i%300), Text: "x", Confidence: 0.9, Valid: true, Page: 1, Box: box(7)}},
			Patient: postroom.RecordPatient{Match: postroom.MatchExact, NHSNumber: who.Number, Family: who.Family, Given: who.Given, BirthDate: who.BirthDate},
			Reasons: []string{"the field letter_date is only 70% sure; 90% are needed"}, Text: []string{fmt.Sprintf("%s\nserial%d", p.PlainText(), i)}, DecidedBy: "postroom",
			Message: postroom.RecordMessage{ID: "<x@example>", Hash: postroom.Hash(hash("message", i)), Source: source(i), From: fmt.Sprintf("fax%d@example.org", i%40), Subject: "Fax", Received: at(i)},
			Objects: postroom.RecordObjects{Originals: []string{"originals/" + hash("message", i)}}, Engine: postroom.RecordEngine{OCR: "letters/1"}}
		if i%10 == 3 {
			rec.Status = postroom.InReview
		}
		b, err := json.Marshal(rec)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	state := func(i int) string {
		if i%10 == 3 {
			return "review"
		}
		return "filed"
	}
	us := func(i int) int64 { return at(i).UnixMicro() }
	return []seedTable{
		{"messages", []string{"seq", "id", "source", "name", "received", "size", "state", "outcome", "pages_left", "documents_left", "waits", "problem", "contents", "taken", "done"}, n, func(i int) []any {
			return []any{i + 1, hash("message", i), source(i), "", us(i), 9, "done", "processed", 0, 0, 1, 0, "", us(i), us(i)}
		}},
		{"attachments", []string{"message", "number", "sha256", "name", "media_type", "size", "pages", "problem"}, n, func(i int) []any {
			return []any{hash("message", i), 0, string(pages[i%variants].Hash), "letter.tif", "image/tiff", 9, 1, ""}
		}},
		{"pages", []string{"message", "attachment", "page", "state", "reason", "engine", "fate", "document"}, n, func(i int) []any {
			return []any{hash("message", i), 0, 1, "read", "", "letters/1", "document", hash("document", i)[:32]}
		}},
		{"readings", []string{"sha256", "page", "engine", "body", "image"}, variants, func(i int) []any {
			return []any{string(pages[i].Hash), 1, "letters/1", readings[i], ""}
		}},
		{"documents", []string{"id", "message", "message_seq", "number", "state", "type", "urgent", "version", "record", "fingerprint", "run", "created", "filed"}, n, func(i int) []any {
			return []any{hash("document", i)[:32], hash("message", i), i + 1, 0, state(i), string(code(i)), urgent(i), 1, record(i), "[]", "seed", us(i), us(i)}
		}},
	}
}

// testDeskSpeed asks a desk with many documents for what a clerk asks for all day, over
// HTTP, and holds the 95th percentile of the server's time against 100 ms.
func testDeskSpeed(t *testing.T, where string, seed func([]seedTable)) {
	ctx := t.Context()
	n := *deskDocuments
	patients := lettersOf(max(200, n/10))
	cfg, err := parseConfig(fmt.Appendf(nil, "data: %q\n", t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	open := func(work bool) *pipeline.Pipeline {
		t.Helper()
		pl, err := pipeline.Open(ctx, letterParts(t, cfg, patients), pipeline.Options{Database: where, Work: work, TempDir: t.TempDir(), UndoFor: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		return pl
	}
	first := open(false)
	if _, err := first.ImportPatients(ctx, patients); err != nil {
		t.Fatal(err)
	}
	first.Close()
	began := time.Now()
	seed(deskSeed(t, n, patients))
	pl := open(true)
	defer pl.Close()
	if err := pl.Start(ctx); err != nil {
		t.Fatal(err)
	}
	defer func() {
		end, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		pl.Stop(end)
	}()
	// The state notes what is new to the desk by itself; the last one is known at the end.
	for last := fmt.Sprintf("serial%d", n-1); ; time.Sleep(50 * time.Millisecond) {
		if hits, err := pl.Search(ctx, pipeline.DeskSearch{Words: last}); err != nil {
			t.Fatal(err)
		} else if len(hits) == 1 {
			break
		}
		if time.Since(began) > 30*time.Minute {
			t.Fatal("the documents are not all noted")
		}
	}
	t.Logf("%d documents were there after %s", n, time.Since(began).Round(time.Second))

	var handler http.Handler
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	defer srv.Close()
	access := review.NewLocalAccess(strings.TrimPrefix(srv.URL, "http://"), review.Person{ID: "ann", Name: "Ann"})
	d := &desk{pl: pl, images: map[string][]byte{}}
	handler = review.New(review.Config{Desk: d, Access: access})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	tries := 15
	if n >= 100_000 {
		tries = 200
	}
	// ask measures requests; the first few are not counted, as on any day but the first minute.
	ask := func(what string, most time.Duration, request func(i int) *http.Request, status int) {
		t.Helper()
		var took []time.Duration
		for i := range tries + 3 {
			req := request(i)
			began := time.Now()
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if i >= 3 {
				took = append(took, time.Since(began))
			}
			if res.StatusCode != status {
				t.Fatalf("%s: %s is %d: %.2000s", what, req.URL, res.StatusCode, b)
			}
		}
		slices.Sort(took)
		p95 := took[len(took)*95/100]
		t.Logf("%-34s median %6.1f ms, 95th percentile %6.1f ms", what, took[len(took)/2].Seconds()*1e3, p95.Seconds()*1e3)
		if p95 > most {
			t.Errorf("%s: the 95th percentile is %s", what, p95)
		}
	}
	get := func(path string) *http.Request {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return req
	}
	form := func(path, query string) *http.Request {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+path, strings.NewReader(query+"&token="+access.Token(ctx)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return req
	}
	// sealed is where a form leads that looks for something: it only seals what that is.
	sealed := func(path, query string) string {
		res, err := client.Do(form(path, query))
		if err != nil || res.StatusCode != http.StatusSeeOther {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.Header.Get("Location")
	}
	found := func(query string) *http.Request { return get(sealed("/search", query)) }
	if res, err := client.Get(access.Link()); err != nil || res.StatusCode != http.StatusSeeOther {
		t.Fatal(err)
	}
	// On a busy machine a figure says little; the large run is for the page.
	most := 100 * time.Millisecond
	if n < 100_000 {
		most = time.Second
	}
	r := rand.New(rand.NewPCG(1, 2))
	waiting, err := pl.Queue(ctx, pipeline.DeskFilter{Limit: 5 * (tries + 3)})
	if err != nil || len(waiting) < 2*(tries+3) {
		t.Fatal(err, len(waiting))
	}
	id := func(i int) string { return waiting[i%len(waiting)].Record.DocumentID }
	ask("queue", most, func(int) *http.Request { return get("/") }, 200)
	ask("queue of a type and mailbox", most, func(i int) *http.Request {
		return get(fmt.Sprintf("/?type=%s&source=mailbox+%d", postroom.Types[i%12].Code, i%5))
	}, 200)
	ask("next document", most, func(i int) *http.Request { return get("/next?after=" + id(i*13)) }, 303)
	ask("document", most, func(i int) *http.Request { return get("/document/" + id(i)) }, 200)
	ask("document, its words", most, func(i int) *http.Request { return get("/document/" + id(i) + "/words") }, 200)
	ask("document, all that is known", most, func(i int) *http.Request { return get(sealed("/filed/"+id(i)+"/look", "q=wort")) }, 200)
	for what, query := range map[string]func(i int) string{
		"search: the commonest word":        func(int) string { return "q=wortaa0" },
		"search: words, the last begun":     func(i int) string { return fmt.Sprintf("q=wort%c%c%d+wor", 'a'+i%5, 'a'+i%5, i%40) },
		"search: a rare word":               func(int) string { return fmt.Sprintf("q=serial%d", r.IntN(n)) },
		"search: a beginning that all have": func(int) string { return "q=wor" },
		"search: a number":                  func(int) string { return "patient=" + patients[r.IntN(len(patients))].Number },
		"search: a name and a type":         func(int) string { return "patient=Family" + fmt.Sprint(r.IntN(len(patients))) + "&type=fit_note" },
		"search: a birth date that all have": func(int) string {
			return "patient=2/3/1948"
		},
		"search: sender, type and days": func(i int) string {
			return fmt.Sprintf("sender=Hospital+%d&type=%s&from=1/2/2024&to=%d/12/2026", r.IntN(300), postroom.Types[i%12].Code, 1+i%28)
		},
		"search: what was filed, all days": func(int) string { return "state=filed&from=1/1/2024&to=31/12/2026" },
		"search: nothing":                  func(i int) string { return fmt.Sprintf("q=absent%d", i) },
	} {
		ask(what, most, func(i int) *http.Request { return found(query(i)) }, 200)
	}
	ask("patients offered while typing", most, func(i int) *http.Request {
		return form("/patients", "q=family"+fmt.Sprint(r.IntN(len(patients))))
	}, 200)
	ask("overdue", most, func(int) *http.Request { return get("/overdue") }, 200)
	ask("statistics", most, func(int) *http.Request { return get("/statistics") }, 200)
	accepted := waiting[len(waiting)/2:]
	if len(accepted) < tries+3 {
		t.Fatalf("%d documents are not enough to accept", len(accepted))
	}
	ask("accept", most, func(i int) *http.Request {
		time.Sleep(100 * time.Millisecond) // ten clerks could not be faster
		it := accepted[i]
		number := it.Record.Patient.NHSNumber
		code := it.Record.Type.Code
		if code == postroom.UnknownType || code == postroom.Junk || code == postroom.FaxCover {
			code = postroom.FitNote
		}
		form := url.Values{"token": {access.Token(ctx)}, "revision": {fmt.Sprint(it.Revision)}, "type": {string(code)}, "patient": {number},
			"field.nhs_number": {number}, "field.letter_date": {"1/3/2026"}, "field.patient_name": {it.Record.Patient.Family}, "field.birth_date": {it.Record.Patient.BirthDate}}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/document/"+it.Record.DocumentID+"/file", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return req
	}, 303)
}
