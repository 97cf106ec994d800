package pipeline

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

var scaleDocuments = flag.Int("scale.documents", 4000, "how many documents TestCostStaysFlat files before it measures again; docs/scale.md has the figures for 200000")

// A busyReader takes a while for each page and knows who read how many.
type busyReader struct {
	*lineReader
	took  time.Duration
	pages *pageClock
	mine  atomic.Int64
}

// A pageClock knows when the first page was begun and the last one ended.
type pageClock struct {
	mu          sync.Mutex
	first, last time.Time
	read        int
}

func (r *busyReader) Read(ctx context.Context, a postroom.Attachment, n int, known func(postroom.Hash) (postroom.Page, bool)) (postroom.Page, error) {
	r.pages.mu.Lock()
	if r.pages.first.IsZero() {
		r.pages.first = time.Now()
	}
	r.pages.mu.Unlock()
	select {
	case <-ctx.Done():
		return postroom.Page{}, ctx.Err()
	case <-time.After(r.took):
	}
	page, err := r.lineReader.Read(ctx, a, n, known)
	r.mine.Add(1)
	r.pages.mu.Lock()
	r.pages.last, r.pages.read = time.Now(), r.pages.read+1
	r.pages.mu.Unlock()
	return page, err
}

// longFax is one attachment of so many pages, no two alike.
func longFax(name string, pages int) string {
	var b strings.Builder
	for i := range pages {
		fmt.Fprintf(&b, "%s page %d\n", name, i+1)
	}
	return strings.TrimSpace(b.String())
}

// workTogether lets n processes read one fax of so many pages and returns how
// long that took from the first page to the last, and how many each read.
func workTogether(t *testing.T, where string, n, pages int, took time.Duration) (time.Duration, []int64) {
	t.Helper()
	w := newWorld(where)
	looking := w.open(t, Options{})
	newBox(longFax("fax", pages)).fill(t, looking)
	if err := looking.readMessage(t.Context(), string(postroom.HashOf([]byte(longFax("fax", pages))))); err != nil {
		t.Fatal(err)
	}
	clock := &pageClock{}
	var readers []*busyReader
	var workers []*Pipeline
	for range n {
		r := &busyReader{lineReader: w.reader, took: took, pages: clock}
		one := *w
		one.parts.Read = r
		p, err := Open(t.Context(), one.parts, Options{Work: true, Database: where, TempDir: t.TempDir(), Readers: 2})
		if err != nil {
			t.Fatal(err)
		}
		readers, workers = append(readers, r), append(workers, p)
	}
	for _, p := range workers {
		go p.Start(context.WithoutCancel(t.Context()))
	}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
		clock.mu.Lock()
		read := clock.read
		clock.mu.Unlock()
		if read >= pages {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d pages are read", read, pages)
		}
	}
	for _, p := range workers {
		p.Stop(t.Context())
		p.Close()
	}
	var each []int64
	for _, r := range readers {
		each = append(each, r.mine.Load())
	}
	return clock.last.Sub(clock.first), each
}

// Where the work is not bound by this machine's processors, two and four
// processes do it almost two and four times as fast, without being told of each other.
func TestWorkersShareTheWork(t *testing.T) {
	t.Parallel()
	pg := servers.Postgres(t)
	const pages, took = 96, 400 * time.Millisecond // about what reading a page takes
	var best [3]float64
	for range 6 { // the best of some rounds: whatever else runs here makes workers slower, never faster
		one, _ := workTogether(t, pg.NewDatabase(), 1, pages, took)
		two, _ := workTogether(t, pg.NewDatabase(), 2, pages, took)
		four, _ := workTogether(t, pg.NewDatabase(), 4, pages, took)
		best[1], best[2] = max(best[1], float64(one)/float64(two)), max(best[2], float64(one)/float64(four))
		t.Logf("1 worker %s; 2 workers %s: %.2f times; 4 workers %s: %.2f times", one.Round(time.Millisecond), two.Round(time.Millisecond), float64(one)/float64(two), four.Round(time.Millisecond), float64(one)/float64(four))
		if best[1] >= 1.9 && best[2] >= 3.6 {
			return
		}
	}
	t.Errorf("2 workers are %.2f times as fast as one, 4 workers %.2f times", best[1], best[2])
}

// A fax of 500 pages is read by all, not by the one that took it apart.
func TestALongFaxIsSpread(t *testing.T) {
	t.Parallel()
	_, each := workTogether(t, servers.Postgres(t).NewDatabase(), 3, 500, 10*time.Millisecond)
	t.Logf("pages read by each: %v", each)
	for _, n := range each {
		if n < 80 {
			t.Errorf("of 500 pages the three read %v", each)
		}
	}
}

// What calls itself urgent is read before what came earlier, and decided
// without waiting for it.
func testPriorities(t *testing.T, where string) {
	w := newWorld(where)
	w.parts.Unpack = subjectUnpacker{}
	nightly := w.open(t, Options{Nightly: true})
	var long []string
	for i := range 30 {
		long = append(long, longFax(fmt.Sprintf("night%d", i), 2))
	}
	newBox(long...).fill(t, nightly)
	byDay := w.open(t, Options{})
	day := newBox("by day", "URGENT please read at once", "non-urgent note")
	day.name = "day"
	day.fill(t, byDay)

	var mu sync.Mutex
	var order []string
	release := make(chan struct{})
	w.reader.fail = func(line string) error {
		mu.Lock()
		order = append(order, line)
		mu.Unlock()
		if strings.HasPrefix(line, "night29") {
			select { // the oldest of them would be waited for
			case <-release:
			case <-time.After(30 * time.Second):
			}
		}
		return nil
	}
	p := w.open(t, Options{Work: true, Readers: 2})
	urgent := string(postroom.HashOf([]byte("URGENT please read at once")))
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		var n int
		if err := p.db.row(t.Context(), `SELECT COUNT(*) FROM documents WHERE message = ?`, urgent).scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the urgent message is not decided")
		}
	}
	close(release)
	mu.Lock()
	at := func(prefix string) int {
		return slices.IndexFunc(order, func(s string) bool { return strings.HasPrefix(s, prefix) })
	}
	// Some of the others were under way already.
	if i := at("URGENT"); i < 0 || i > 12 {
		t.Errorf("it was page number %d to be read: %q", i+1, order)
	}
	mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := p.Batch(ctx, nil, time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	nights := 0
	for i, s := range order {
		if strings.HasPrefix(s, "night") && i < at("by day") {
			nights++
		}
	}
	if nights > 20 {
		t.Errorf("%d pages of the night were read before that of the day", nights)
	}
}

// A subjectUnpacker takes the first line for the mail's subject.
type subjectUnpacker struct{ lineUnpacker }

func (u subjectUnpacker) Unpack(ctx context.Context, m postroom.Message, raw io.Reader, dir string) (postroom.Contents, error) {
	b, err := io.ReadAll(raw)
	if err != nil {
		return postroom.Contents{}, err
	}
	m.Subject, _, _ = strings.Cut(string(b), "\n")
	return u.lineUnpacker.Unpack(ctx, m, strings.NewReader(string(b)), dir)
}

func TestUrgentBeforeNightlySQLite(t *testing.T) {
	t.Parallel()
	testPriorities(t, t.TempDir()+"/state.db")
}
func TestUrgentBeforeNightlyPostgres(t *testing.T) {
	t.Parallel()
	testPriorities(t, servers.Postgres(t).NewDatabase())
}

// Sources wait while a later stage is slow, and go on when it is not.
func TestASlowStageHoldsUpTheMailbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t.TempDir() + "/state.db")
	var mails []string
	for i := range 60 {
		mails = append(mails, fmt.Sprintf("mail %d", i))
	}
	gate := make(chan struct{})
	w.reader.fail = func(string) error { <-gate; return nil }
	p := w.open(t, Options{Work: true, MostOpen: 10})
	box := newBox(mails...)
	received := make(chan error, 1)
	go func() { received <- box.Receive(t.Context(), p.Intake()) }()
	time.Sleep(2 * time.Second)
	open, err := p.openMessages(t.Context())
	if err != nil || open != 10 {
		t.Errorf("%v, %d messages are open, not 10", err, open)
	}
	close(gate)
	select {
	case err := <-received:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("the source does not go on")
	}
	if box.took != 60 {
		t.Errorf("%d mails were taken", box.took)
	}
}

// seedFiled files documents from..to-1 straight into the database, as if the
// pipeline had: one page each, with everything that belongs to it.
func seedFiled(t *testing.T, p *Pipeline, w *world, from, to int) {
	t.Helper()
	const h = "@H@" // 64 digits: the number of the message
	r := postroom.Record{Schema: postroom.RecordSchema, DocumentID: "@D@", Version: 1, Status: postroom.Filed, Type: postroom.TypeGuess{Code: postroom.LabReport, Confidence: 0.99},
		Pages: []postroom.RecordPage{{Attachment: "letter.pdf", Hash: "@A@", Page: 1, Confidence: 0.98, Width: 1728, Height: 2200, DPIX: 204, DPIY: 196}}, OtherPages: []postroom.OtherPage{},
		Fields:  map[postroom.FieldName]postroom.Field{postroom.PatientName: {Value: "Example", Text: "Example", Confidence: 0.99, Valid: true, Page: 1}},
		Patient: postroom.RecordPatient{Match: postroom.MatchExact, NHSNumber: "9990000018", Family: "Example", Given: "Ann", BirthDate: "1948-03-02"},
		Reasons: []string{"the rule for safe filing holds"}, Text: []string{strings.Repeat("a line of the letter as it was read from the page\n", 30)},
		Message: postroom.RecordMessage{ID: "<x@example>", Hash: h, Source: "inbox", Received: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}, DecidedBy: "postroom",
		Objects: postroom.RecordObjects{PDF: "documents/2026/03/02/@D@/document.pdf", FHIR: "documents/2026/03/02/@D@/fhir.json", Originals: []string{"originals/" + h, "originals/@A@"}},
	}
	body, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := p.db.exec(t.Context(), `WITH RECURSIVE n(i) AS (SELECT CAST(? AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < ?),
			k(i, h, a, d) AS (SELECT i, SUBSTR('`+strings.Repeat("0", 64)+`' || i, LENGTH('`+strings.Repeat("0", 64)+`' || i) - 63),
				SUBSTR('1`+strings.Repeat("0", 63)+`' || i, LENGTH('`+strings.Repeat("0", 64)+`' || i) - 63), SUBSTR('`+strings.Repeat("0", 32)+`' || i, LENGTH('`+strings.Repeat("0", 32)+`' || i) - 31) FROM n) `+sql,
			append([]any{int64(from), int64(to - 1)}, args...)...); err != nil {
			t.Fatal(err)
		}
	}
	insert := func(table, columns, values string, args ...any) {
		t.Helper()
		exec(`INSERT INTO `+table+` (`+columns+`) SELECT `+values+` FROM k`, args...)
	}
	at := fmt.Sprint(micros(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)))
	insert("messages", "id, source, name, received, size, state, outcome, pages_left, documents_left, waits, problem, contents, taken, done", "h, 'inbox', '', "+at+", 9, 'done', 'processed', 0, 0, 1, 0, '', "+at+" + i, "+at)
	insert("arrivals", "source, folder, uidvalidity, uid, path, message, settled", "'inbox', 'INBOX', 1, i, '', h, 1")
	insert("attachments", "message, number, sha256, name, media_type, size, pages, problem", "h, 0, 'f' || SUBSTR(h, 2), 'letter.pdf', 'application/pdf', 9, 1, ''")
	insert("pages", "message, attachment, page, state, reason, engine, fate, document", "h, 0, 1, 'read', '', 'lines/1', 'document', d")
	template := strings.ReplaceAll(string(body), "@A@", "@F@")
	insert("documents", "id, message, message_seq, number, state, type, urgent, version, record, fingerprint, run, created, filed",
		"d, h, (SELECT seq FROM messages WHERE messages.id = h), 0, 'filed', 'lab_report', 0, 1, REPLACE(REPLACE(REPLACE(CAST(? AS TEXT), '@H@', h), '@D@', d), '@F@', 'f' || SUBSTR(h, 2)), '[1,2,3]', 'seed', "+at+" + i, "+at, template)
	for band := 0; band < 21; band++ {
		insert("fingerprints", "band, document", fmt.Sprintf("i * 21 + %d, d", band))
	}
	if _, err := p.db.exec(t.Context(), `INSERT INTO runs (id, started, manifest) VALUES ('seed', 1, 'manifests/2026/03/02/seed.ndjson') ON CONFLICT DO NOTHING`); err != nil {
		t.Fatal(err)
	}
	w.objects.mu.Lock()
	defer w.objects.mu.Unlock()
	some := []byte("x")
	w.objects.m["manifests/2026/03/02/seed.ndjson"] = some
	for i := from; i < to; i++ {
		d, m := fmt.Sprintf("%032d", i), fmt.Sprintf("%064d", i)
		for _, key := range []string{"originals/" + m, "originals/f" + m[1:], "documents/2026/03/02/" + d + "/document.pdf", "documents/2026/03/02/" + d + "/fhir.json", "documents/2026/03/02/" + d + "/record.json"} {
			w.objects.m[key] = some
		}
	}
}

// sortedObjects lists what a store lists: sorted, and without sorting anew each
// time, so that reconciling alone is measured. It must only grow.
type sortedObjects struct {
	*memoryObjects
	sorted []postroom.Object
}

func (o *sortedObjects) List(ctx context.Context, prefix string, f func(postroom.Object) error) error {
	o.mu.Lock()
	n := len(o.m)
	o.mu.Unlock()
	if len(o.sorted) != n {
		o.sorted = nil
		if err := o.memoryObjects.List(ctx, "", func(one postroom.Object) error { o.sorted = append(o.sorted, one); return nil }); err != nil {
			return err
		}
	}
	i, _ := slices.BinarySearchFunc(o.sorted, prefix, func(one postroom.Object, prefix string) int { return strings.Compare(one.Key, prefix) })
	for ; i < len(o.sorted) && strings.HasPrefix(o.sorted[i].Key, prefix); i++ {
		if err := f(o.sorted[i]); err != nil {
			return err
		}
	}
	return nil
}

// A filedWorld is an installation with so many documents filed.
type filedWorld struct {
	t     *testing.T
	p     *Pipeline
	n     int
	round int
	// The least time seen of each.
	state, duplicates, export, reconcile time.Duration
}

func newFiledWorld(t *testing.T, where string, n int) *filedWorld {
	t.Helper()
	w := newWorld(where)
	w.parts.Objects = &sortedObjects{memoryObjects: w.objects}
	p := w.open(t, Options{Work: true})
	if _, err := p.ImportPatients(t.Context(), []postroom.Patient{{ID: "1", Number: "9990000018"}}); err != nil {
		t.Fatal(err)
	}
	for from := 1; from <= n; from += 20_000 {
		seedFiled(t, p, w, from, min(from+20_000, n+1))
	}
	tidy := `ANALYZE`
	if !p.db.exclusive() {
		tidy = `VACUUM ANALYZE` // as autovacuum does by itself
	}
	if _, err := p.db.exec(t.Context(), tidy); err != nil {
		t.Fatal(err)
	}
	return &filedWorld{t: t, p: p, n: n}
}

func least(of *time.Duration, d time.Duration) {
	if *of == 0 || d < *of {
		*of = d
	}
}

// work measures the time from taking 50 mails in to all of them being filed,
// the look-up of duplicates included, and 20 such look-ups apart.
func (f *filedWorld) work() {
	t := f.t
	t.Helper()
	f.round++
	var mails []string
	for i := range 50 {
		mails = append(mails, fmt.Sprintf("round %d letter %d of %d words", f.round, i, 7*i))
	}
	box := newBox(mails...)
	box.name = fmt.Sprint("round ", f.round)
	began := time.Now()
	box.fill(t, f.p)
	for {
		if n, err := f.p.openMessages(t.Context()); err != nil {
			t.Fatal(err)
		} else if n == 0 {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	least(&f.state, time.Since(began))

	d := &draft{Document: &postroom.Document{}, Record: postroom.Record{DocumentID: "new", Pages: []postroom.RecordPage{{Hash: "none", Page: 1}}, Fields: map[postroom.FieldName]postroom.Field{}}}
	for i := range 64 {
		d.Document.Fingerprint = append(d.Document.Fingerprint, uint64(i*f.round+1))
	}
	began = time.Now()
	for range 20 {
		if err := f.p.db.inTx(t.Context(), func(x tx) error { _, _, err := f.p.findOriginal(t.Context(), x, d, newSiblings()); return err }); err != nil {
			t.Fatal(err)
		}
	}
	least(&f.duplicates, time.Since(began))
}

// goThrough measures what goes through everything, for each document: so many
// times in a row, so that few documents are measured for as long as many.
func (f *filedWorld) goThrough(times int) {
	t := f.t
	t.Helper()
	runtime.GC()
	began, seen := time.Now(), 0
	for range times {
		if err := f.p.RecordsSince(t.Context(), 0, func(r postroom.Record) error { seen++; return nil }); err != nil || seen < f.n {
			t.Fatalf("%v, %d records", err, seen)
		}
	}
	least(&f.export, time.Since(began)/time.Duration(seen))
	runtime.GC()
	began, seen = time.Now(), 0
	for range times {
		a, err := f.p.Reconcile(t.Context(), ReconcileOptions{})
		if err != nil || a.Messages < f.n {
			t.Fatalf("%v, %d messages", err, a.Messages)
		}
		for _, f := range a.Findings {
			if f.Kind != Unended {
				t.Fatalf("%+v", f)
			}
		}
		seen += a.Messages
	}
	least(&f.reconcile, time.Since(began)/time.Duration(seen))
}

// testCost compares what one more costs with few and with many documents
// filed, in turns, so that a machine's good and bad moments meet both.
func testCost(t *testing.T, few, many string) {
	const first = 1000
	a, b := newFiledWorld(t, few, first), newFiledWorld(t, many, *scaleDocuments)
	rounds, slack := 12, 1.10
	if *scaleDocuments < 100_000 {
		// On a busy machine one figure says little; the flag's large run is for
		// docs/scale.md. A step that goes through all of them would cost four times as much.
		rounds, slack = 3, 2.5
	}
	for i := range rounds {
		a.work()
		b.work()
		if rounds > 3 && i%3 != 0 { // it takes the longest and varies the least, but once is no measurement
			continue
		}
		a.goThrough(*scaleDocuments / first)
		b.goThrough(1)
	}
	for _, c := range []struct {
		what string
		a, b time.Duration
	}{{"50 mails from arrival to filing", a.state, b.state}, {"20 look-ups of duplicates", a.duplicates, b.duplicates},
		{"export, a document", a.export, b.export}, {"reconcile, a document", a.reconcile, b.reconcile}} {
		ratio := float64(c.b) / float64(c.a)
		t.Logf("%-32s %10s with %d documents, %10s with %d: %.2f", c.what, c.a.Round(time.Microsecond/10), first, c.b.Round(time.Microsecond/10), *scaleDocuments, ratio)
		if ratio > slack {
			t.Errorf("%s: %.2f times with %d documents", c.what, ratio, *scaleDocuments)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("memory taken from the system: %d MiB", m.Sys>>20)
}

func TestCostStaysFlatSQLite(t *testing.T) {
	testCost(t, t.TempDir()+"/state.db", t.TempDir()+"/state.db")
}
func TestCostStaysFlatPostgres(t *testing.T) {
	pg := servers.Postgres(t)
	testCost(t, pg.NewDatabase(), pg.NewDatabase())
}
