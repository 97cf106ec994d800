package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/riverqueue/river"

	"github.com/postroom/postroom"
)

// sortMessage makes drafts of a message's pages and decides whatever is next in turn.
func (p *Pipeline) sortMessage(ctx context.Context, id string) error {
	m, err := loadMessage(ctx, p.db, id)
	if err != nil {
		return err
	}
	if m.state == stateRead {
		if err := p.draftMessage(ctx, m); err != nil {
			return err
		}
	}
	return p.decide(ctx, id)
}

func (p *Pipeline) draftMessage(ctx context.Context, m messageRow) error {
	o, readings, err := p.loadReadings(ctx, m, true)
	if err != nil {
		return err
	}
	pages := readableOf(readings, p.wordsIn(p.db, m, readings))
	sorter, err := p.sorter(ctx)
	if err != nil {
		return err
	}
	contents := o.contents
	contents.Message.Received = m.received
	sorted, err := sorter.Sort(ctx, contents, pages)
	if err != nil {
		return fmt.Errorf("sort message %s: %w", m.id, err)
	}
	return p.saveDrafts(ctx, m.id, stateRead, func(t tx, put func(draft) error) error {
		pages.words = p.wordsIn(t, m, readings)
		return draftRecords(ctx, m.message(), o, readings, pages, sorted, p.parts.Read.Version(), put)
	})
}

// loadReadings gathers what reading left of a message, of a long one without its words; with
// read unset the pages themselves are left out, for a message that is given up.
func (p *Pipeline) loadReadings(ctx context.Context, m messageRow, read bool) (o opened, readings []pageReading, err error) {
	o.contents = m.contents
	o.pages = make([]int, len(m.contents.Attachments))
	o.problems = make([]string, len(m.contents.Attachments))
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var number, pages int
		var problem string
		if err := scan(&number, &pages, &problem); err != nil {
			return err
		}
		if number < len(o.pages) {
			o.pages[number], o.problems[number] = pages, problem
		}
		return nil
	}, `SELECT number, pages, problem FROM attachments WHERE message = ? ORDER BY number`, string(m.id))
	if err != nil {
		return o, nil, err
	}
	all := 0
	for _, n := range o.pages {
		all += n
	}
	many := all > postroom.ManyPages
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var r pageReading
		var state string
		var body []byte
		if err := scan(&r.id.Attachment, &r.id.Page, &state, &r.reason, &body); err != nil {
			return err
		}
		if state == "read" && read {
			if body == nil {
				return fmt.Errorf("what was read of page %s of message %s is gone", r.id, m.id)
			}
			page, err := unpackPage(body)
			if err != nil {
				return fmt.Errorf("load what was read of page %s of message %s: %w", r.id, m.id, err)
			}
			r.keep(page, m.contents.Attachments[r.id.Attachment], many)
		}
		readings = append(readings, r)
		return nil
	}, `SELECT p.attachment, p.page, p.state, p.reason, r.body FROM pages p
		JOIN attachments a ON a.message = p.message AND a.number = p.attachment
		LEFT JOIN readings r ON r.sha256 = a.sha256 AND r.page = p.page AND r.engine = p.engine
		WHERE p.message = ? ORDER BY p.attachment, p.page`, string(m.id))
	return o, readings, err
}

// wordsIn loads pages of a message that are not held whole; nil when all are.
func (p *Pipeline) wordsIn(q queries, m messageRow, readings []pageReading) func(context.Context, *pageReading) (postroom.Page, error) {
	if len(readings) <= postroom.ManyPages {
		return nil
	}
	return func(ctx context.Context, r *pageReading) (postroom.Page, error) {
		var body []byte
		err := q.row(ctx, `SELECT r.body FROM pages p JOIN attachments a ON a.message = p.message AND a.number = p.attachment
			JOIN readings r ON r.sha256 = a.sha256 AND r.page = p.page AND r.engine = p.engine
			WHERE p.message = ? AND p.attachment = ? AND p.page = ?`, string(m.id), r.id.Attachment, r.id.Page).scan(&body)
		if err != nil {
			return postroom.Page{}, err
		}
		return unpackPage(body)
	}
}

// What messages.waits says.
const (
	waitsApart = -1 // deciding it went wrong: only a job of its own decides it
	waitsNot   = 0  // later messages pass it until it is sorted
	waitsTurn  = 1  // later messages wait until it is decided
)

// nextInTurn is the first message that may be decided, or is waited for.
const nextInTurn = `SELECT id, state FROM messages WHERE state <> 'done' AND state IN ('taken', 'reading', 'read', 'sorted')
	AND (waits = 1 OR state = 'sorted' AND waits = 0) ORDER BY seq LIMIT 1`

// decide decides all messages that are next in the order of arrival, and the
// one whose job asks for it if it was set apart.
//
// Only deciding follows that order, reading and sorting do not: which of two
// like letters is the copy must not depend on which was read faster. A
// message that must be tried again later is not waited for.
func (p *Pipeline) decide(ctx context.Context, own string) error {
	if err := p.decideApart(ctx, own); err != nil {
		return fmt.Errorf("decide: %w", err)
	}
	for {
		id := ""
		err := p.inTurn(ctx, func(t tx) error {
			var state string
			err := t.row(ctx, nextInTurn).scan(&id, &state)
			if errors.Is(err, errNoRows) || err == nil && state != stateSorted {
				id = ""
				return nil
			}
			if err != nil {
				return err
			}
			return p.decideMessage(ctx, t, id)
		})
		if err != nil && id != "" && id != own && ctx.Err() == nil && !isTemporary(err) {
			// It is another message's fault, so it must not cost this one.
			p.log.Warn("a message cannot be decided; it is set apart", "error", err)
			if err := p.setApart(ctx, id); err != nil {
				return fmt.Errorf("decide: %w", err)
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("decide: %w", err)
		}
		if id == "" {
			return nil
		}
		p.countDecided(ctx, id)
		p.wakeSources()
	}
}

// inTurn runs f in a transaction, one at a time over all processes.
func (p *Pipeline) inTurn(ctx context.Context, f func(tx) error) error {
	return p.db.inTx(ctx, func(t tx) error {
		// The lock is the settings row.
		if _, err := t.exec(ctx, `INSERT INTO settings (name, value) VALUES ('turn', '') ON CONFLICT (name) DO UPDATE SET value = ''`); err != nil {
			return err
		}
		return f(t)
	})
}

// setApart takes a sorted message out of the turn and gives it a job of its own.
func (p *Pipeline) setApart(ctx context.Context, id string) error {
	return p.db.inTx(ctx, func(t tx) error {
		n, err := t.exec(ctx, `UPDATE messages SET waits = ? WHERE id = ? AND state = ? AND waits <> ?`, waitsApart, id, stateSorted, waitsApart)
		if err != nil || n == 0 {
			return err
		}
		return t.enqueue(ctx, sortMessageArgs{id})
	})
}

// decideApart decides a message that was set apart, and does nothing to others.
func (p *Pipeline) decideApart(ctx context.Context, id string) error {
	decided := false
	err := p.inTurn(ctx, func(t tx) error {
		var n int
		if err := t.row(ctx, `SELECT COUNT(*) FROM messages WHERE id = ? AND state = ? AND waits = ?`, id, stateSorted, waitsApart).scan(&n); err != nil || n == 0 {
			return err
		}
		decided = true
		return p.decideMessage(ctx, t, id)
	})
	if err == nil && decided {
		p.countDecided(ctx, id)
		p.wakeSources()
	}
	return err
}

// stopWaitingFor lets later messages pass one that will be tried again.
func (p *Pipeline) stopWaitingFor(ctx context.Context, id string) error {
	if _, err := p.db.exec(ctx, `UPDATE messages SET waits = CASE WHEN state = ? THEN ? ELSE ? END WHERE id = ? AND waits <> ?`,
		stateSorted, waitsApart, waitsNot, id, waitsApart); err != nil {
		return err
	}
	return p.decide(ctx, "")
}

func (p *Pipeline) decideMessage(ctx context.Context, t tx, id string) error {
	var seq int64
	var priority int
	if err := t.row(ctx, `SELECT seq, priority FROM messages WHERE id = ?`, id).scan(&seq, &priority); err != nil {
		return err
	}
	var jobs []river.JobArgs
	problem, number := false, 0
	beside := newSiblings()
	err := eachDraft(ctx, t, id, func(d *draft) error {
		duplicateOf := ""
		if d.Document != nil {
			var how string
			var err error
			if duplicateOf, how, err = p.findOriginal(ctx, t, d, beside); err != nil {
				return err
			}
			if how != "" {
				d.Document.Notes = append(d.Document.Notes, "it is the earlier one "+how)
			}
			beside.add(d.Record)
		}
		decideDraft(d, duplicateOf, p.parts.Rule)
		d.Record.Objects = plannedObjects(d.Record, id)
		state := string(d.Record.Status)
		switch d.Record.Status {
		case postroom.Filed:
			state = stateDocumentFiling
			jobs = append(jobs, fileDocumentArgs{d.Record.DocumentID})
		case postroom.Quarantined:
			problem = true
		}
		number++
		return p.insertDocument(ctx, t, d, id, seq, number-1, state)
	})
	if err != nil {
		return err
	}
	state, done := stateFiling, int64(0)
	if len(jobs) == 0 {
		state, done = stateDone, micros(p.now())
	}
	if _, err := t.exec(ctx, `UPDATE messages SET state = ?, documents_left = ?, problem = ?, done = ?, outcome = ? WHERE id = ?`,
		state, len(jobs), boolInt(problem), done, outcomeOf(state, problem), id); err != nil {
		return err
	}
	if err := dropDrafts(ctx, t, id); err != nil {
		return err
	}
	return t.enqueueAt(ctx, priority, jobs...)
}

func outcomeOf(state string, problem bool) string {
	switch {
	case state != stateDone:
		return ""
	case problem:
		return outcomeProblem
	default:
		return outcomeProcessed
	}
}

// plannedObjects are the keys that a record names from the start: the
// originals exist already, the document's files once it is filed.
func plannedObjects(r postroom.Record, message string) postroom.RecordObjects {
	o := postroom.RecordObjects{Originals: []string{postroom.OriginalKey(postroom.Hash(message))}}
	seen := map[postroom.Hash]bool{postroom.Hash(message): true}
	add := func(h postroom.Hash) {
		if h != "" && !seen[h] {
			seen[h] = true
			o.Originals = append(o.Originals, postroom.OriginalKey(h))
		}
	}
	for _, p := range r.Pages {
		add(p.Hash)
	}
	for _, p := range r.OtherPages {
		add(p.Hash)
	}
	return o
}

func (p *Pipeline) insertDocument(ctx context.Context, t tx, d *draft, message string, seq int64, number int, state string) error {
	record, err := json.Marshal(d.Record)
	if err != nil {
		return err
	}
	fingerprint := "[]"
	if d.Document != nil {
		b, err := json.Marshal(d.Document.Fingerprint)
		if err != nil {
			return err
		}
		fingerprint = string(b)
	}
	id := d.Record.DocumentID
	if _, err := t.exec(ctx, `INSERT INTO documents (id, message, message_seq, number, state, type, urgent, version, record, fingerprint, run, created, filed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, 0)`,
		id, message, seq, number, state, string(d.Record.Type.Code), boolInt(d.Record.Urgent), d.Record.Version, string(record), fingerprint, micros(p.now())); err != nil {
		return err
	}
	if d.Document != nil {
		for _, band := range append(bands(d.Document.Fingerprint), letterKeys(d.Record)...) {
			if _, err := t.exec(ctx, `INSERT INTO fingerprints (band, document) VALUES (?, ?) ON CONFLICT DO NOTHING`, band, id); err != nil {
				return err
			}
		}
	}
	if err := p.noteDocument(ctx, t, state, d.Record); err != nil {
		return err
	}
	if where := markupIn(d.Record); len(where) > 0 {
		p.audit(t, "postroom", AuditMarkup, id, "taken as text: "+strings.Join(where, ", "))
	}
	return markFates(ctx, t, message, d.Record)
}

// markFates writes each page's one fate beside the page.
func markFates(ctx context.Context, t tx, message string, r postroom.Record) error {
	mark := func(h postroom.Hash, page int, f postroom.Fate) error {
		// The same bytes can be attached twice under two numbers; the first
		// that has no fate yet is meant.
		_, err := t.exec(ctx, `UPDATE pages SET fate = ?, document = ? WHERE message = ? AND page = ? AND fate = '' AND attachment = (
				SELECT MIN(a.number) FROM attachments a JOIN pages q ON q.message = a.message AND q.attachment = a.number AND q.page = ? AND q.fate = ''
				WHERE a.message = ? AND a.sha256 = ?)`, string(f), r.DocumentID, message, page, page, message, string(h))
		return err
	}
	for _, p := range r.Pages {
		if err := mark(p.Hash, p.Page, postroom.FateDocument); err != nil {
			return err
		}
	}
	for _, p := range r.OtherPages {
		if p.Page == 0 {
			continue
		}
		if err := mark(p.Hash, p.Page, p.Fate); err != nil {
			return err
		}
	}
	return nil
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// bands cuts the fingerprint (minhash) of each page into groups of three rows:
// two pages of which 70% is alike share one of 21 groups with a probability of
// 0.9998, of which half is alike with 0.94.
func bands(fingerprint []uint64) []int64 {
	const page, rows = 64, 3
	var out []int64
	for from := 0; from < len(fingerprint); from += page {
		of := fingerprint[from:min(from+page, len(fingerprint))]
		for i := 0; i+rows <= len(of); i += rows {
			out = append(out, band(append([]uint64{uint64(i)}, of[i:i+rows]...)...))
		}
	}
	return out
}

// band is FNV-1a over what two documents must share.
func band(values ...uint64) int64 {
	h := uint64(1469598103934665603)
	for _, v := range values {
		for range 8 {
			h = (h ^ v&0xff) * 1099511628211
			v >>= 8
		}
	}
	return int64(h)
}

// letterKeys find what is about one patient with one letter date, however
// badly either copy was read: the number with the date, and the birth date
// with it. They stand among the bands and hold no patient data in the clear.
func letterKeys(r postroom.Record) []int64 {
	date, ok := r.Fields[postroom.LetterDate]
	if !ok || !date.Valid {
		return nil
	}
	var out []int64
	for _, name := range []postroom.FieldName{postroom.NHSNumberField, postroom.BirthDate} {
		if f, ok := r.Fields[name]; ok && f.Valid {
			sum := sha256.Sum256([]byte(string(name) + "\x00" + f.Value + "\x00" + date.Value))
			out = append(out, int64(binary.BigEndian.Uint64(sum[:8])))
		}
	}
	return out
}

// mostCompared bounds how many documents are compared word by word with a new
// one. Copies are the likest of all that share a form.
const mostCompared = 24

// siblings are the documents of one message that are decided already. One of them can only be
// the original of another when the same file came twice; comparing each with all others of a
// long message would take its square in time.
type siblings struct {
	ids   map[string]bool
	first map[postroom.Hash]string // the first document with these pages
}

func newSiblings() *siblings {
	return &siblings{ids: map[string]bool{}, first: map[postroom.Hash]string{}}
}

func (s *siblings) add(r postroom.Record) {
	s.ids[r.DocumentID] = true
	if key := pagesKey(r.Pages); s.first[key] == "" {
		s.first[key] = r.DocumentID
	}
}

// notCopied reports whether the document is a sibling of which r is no copy.
func (s *siblings) notCopied(id string, r postroom.Record) bool {
	return s.ids[id] && s.first[pagesKey(r.Pages)] != id
}

func pagesKey(pages []postroom.RecordPage) postroom.Hash {
	var b strings.Builder
	for _, p := range pages {
		fmt.Fprintf(&b, "%s/%d\n", p.Hash, p.Page)
	}
	return postroom.HashOf([]byte(b.String()))
}

// A likeness is an earlier document that may be the same as a new one.
type likeness struct {
	seq, number int64
	id          string
	original    string // when it is a copy itself
	how         string
	similarity  float64
	strong      bool // it holds one of the same files, or has the same patient and date
}

// findOriginal returns the earliest document of which d is a copy, or "", and
// how they differ.
func (p *Pipeline) findOriginal(ctx context.Context, t tx, d *draft, beside *siblings) (original, how string, err error) {
	near, err := p.findLikenesses(ctx, t, d, beside)
	if err != nil {
		return "", "", err
	}
	sorter, err := p.sorterNow()
	if err != nil {
		return "", "", err
	}
	var copies []likeness
	for _, f := range near {
		var body string
		if err := t.row(ctx, `SELECT message_seq, number, record FROM documents WHERE id = ?`, f.id).scan(&f.seq, &f.number, &body); err != nil {
			return "", "", err
		}
		var other postroom.Record
		if err := json.Unmarshal([]byte(body), &other); err != nil {
			return "", "", err
		}
		same := samePages(other.Pages, d.Record.Pages)
		if len(other.Pages) == 0 || other.DocumentID == d.Record.DocumentID || other.Message.Hash == d.Record.Message.Hash && !same {
			continue
		}
		if !same {
			if same, f.how = sorter.SentAgain(other, d.Record); !same {
				continue
			}
		}
		if other.DuplicateOf != nil {
			f.original = *other.DuplicateOf
		}
		copies = append(copies, f)
	}
	if len(copies) == 0 {
		return "", "", nil
	}
	sort.Slice(copies, func(i, j int) bool {
		if copies[i].seq != copies[j].seq {
			return copies[i].seq < copies[j].seq
		}
		return copies[i].number < copies[j].number
	})
	if copies[0].original != "" {
		return copies[0].original, copies[0].how, nil
	}
	return copies[0].id, copies[0].how, nil
}

// findLikenesses returns the documents that are worth comparing with d, those
// with the same files first, then the likest.
func (p *Pipeline) findLikenesses(ctx context.Context, t tx, d *draft, beside *siblings) ([]likeness, error) {
	strong := map[string]bool{}
	collect := func(sure bool) func(scan func(...any) error) error {
		return func(scan func(...any) error) error {
			var id string
			if err := scan(&id); err != nil {
				return err
			}
			strong[id] = strong[id] || sure
			return nil
		}
	}
	// A band that very many documents share (a form's printed text) tells
	// nothing; the bound keeps its price flat.
	for _, band := range bands(d.Document.Fingerprint) {
		if err := t.each(ctx, collect(false), `SELECT document FROM fingerprints WHERE band = ? ORDER BY document LIMIT 200`, band); err != nil {
			return nil, err
		}
	}
	for _, key := range letterKeys(d.Record) {
		if err := t.each(ctx, collect(true), `SELECT document FROM fingerprints WHERE band = ? ORDER BY document LIMIT 200`, key); err != nil {
			return nil, err
		}
	}
	files := map[postroom.Hash]bool{}
	for _, page := range d.Record.Pages {
		files[page.Hash] = true
	}
	for h := range files {
		if err := t.each(ctx, collect(true), `SELECT d.id FROM attachments a JOIN documents d ON d.message = a.message
			WHERE a.sha256 = ? ORDER BY d.message_seq, d.number LIMIT 200`, string(h)); err != nil {
			return nil, err
		}
	}
	sorter, err := p.sorterNow()
	if err != nil {
		return nil, err
	}
	var out []likeness
	for id, sure := range strong {
		if beside.notCopied(id, d.Record) {
			continue
		}
		var fingerprint string
		if err := t.row(ctx, `SELECT fingerprint FROM documents WHERE id = ?`, id).scan(&fingerprint); err != nil {
			return nil, err
		}
		var rows []uint64
		if err := json.Unmarshal([]byte(fingerprint), &rows); err != nil {
			return nil, err
		}
		// Most only share a form's printed text: their records, which are far
		// longer than their fingerprints, are not worth loading.
		if s := sorter.Similar(rows, d.Document.Fingerprint); sure || s >= leastSimilar {
			out = append(out, likeness{id: id, similarity: s, strong: sure})
		}
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := &out[i], &out[j]
		switch {
		case a.strong != b.strong:
			return a.strong
		case a.similarity != b.similarity:
			return a.similarity > b.similarity
		}
		return a.id < b.id
	})
	return out[:min(len(out), mostCompared)], nil
}

// A registerCache keeps the sorter for the register as it was last read.
type registerCache struct {
	mu      sync.Mutex
	version string
	sorter  Sorter
	listed  string // the version of list
	list    []postroom.Patient
}

// sorter returns a sorter for the register as it is now.
func (p *Pipeline) sorter(ctx context.Context) (Sorter, error) {
	var version string
	if err := p.db.row(ctx, `SELECT value FROM settings WHERE name = 'register'`).scan(&version); err != nil && !errors.Is(err, errNoRows) {
		return nil, err
	}
	model, err := p.Setting(ctx, modelSetting)
	if err != nil {
		return nil, err
	}
	version += "\x00" + model
	p.register.mu.Lock()
	defer p.register.mu.Unlock()
	if p.register.sorter != nil && p.register.version == version {
		return p.register.sorter, nil
	}
	patients, err := p.Patients(ctx)
	if err != nil {
		return nil, err
	}
	s, err := p.parts.Sorter(patients)
	if err != nil {
		return nil, err
	}
	if model != "" && p.parts.Taught != nil {
		_, body, err := p.Model(ctx)
		if err == nil && body != nil {
			s, err = p.parts.Taught(s, body)
		}
		if err != nil {
			return nil, err
		}
	}
	p.register.sorter, p.register.version = s, version
	return s, nil
}

// sorterNow returns whatever sorter there is, for what does not depend on the register.
func (p *Pipeline) sorterNow() (Sorter, error) {
	p.register.mu.Lock()
	defer p.register.mu.Unlock()
	if p.register.sorter != nil {
		return p.register.sorter, nil
	}
	s, err := p.parts.Sorter(nil)
	if err != nil {
		return nil, err
	}
	p.register.sorter, p.register.version = s, "\x00none"
	return s, nil
}
