package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A Finding is one thing that does not add up.
type Finding struct {
	Kind FindingKind `json:"kind"`
	// What is a message, page, document or object, named without patient data.
	What string `json:"what"`
	// Why says in one sentence what is wrong, and Mended what was done about it.
	Why    string `json:"why"`
	Mended string `json:"mended,omitempty"`
}

// A FindingKind groups findings.
type FindingKind string

const (
	Missing  FindingKind = "missing"  // something that must be there is not
	Double   FindingKind = "double"   // something is there twice
	Altered  FindingKind = "altered"  // bytes are not what they were
	Orphaned FindingKind = "orphaned" // something is there that nothing refers to
	Stuck    FindingKind = "stuck"    // unfinished work that nothing in the queue leads on
	Unended  FindingKind = "unended"  // work that is still going on: no fault, but not accounted for yet
)

// An Account is what reconciling found: totals that add up, and what does not.
type Account struct {
	Messages, MessagesDone int
	Arrivals               int
	Pages                  int
	Fates                  map[postroom.Fate]int
	Documents              map[postroom.Status]int
	Objects                int
	Findings               []Finding
}

// Sound reports whether every message and every page is accounted for.
func (a Account) Sound() bool {
	for _, f := range a.Findings {
		if f.Mended == "" {
			return false
		}
	}
	return true
}

// ReconcileOptions say how far reconciling goes.
type ReconcileOptions struct {
	// Deep reads every object back and compares its SHA-256.
	Deep bool
	// Repair mends what is safe to mend: an original without a message is taken
	// in as one, stuck work gets its job again, files of a filed document that are
	// missing are made again if they come out the same, a missing original is
	// fetched once more from its source, and what an interrupted filing left is noted.
	Repair bool
	// Sources, when given, are compared too: what stands in them.
	Sources []Source
}

// Reconcile compares the database and the object store and accounts for
// every message and every page.
func (p *Pipeline) Reconcile(ctx context.Context, opt ReconcileOptions) (Account, error) {
	a := Account{Fates: map[postroom.Fate]int{}, Documents: map[postroom.Status]int{}}
	find := func(kind FindingKind, what, format string, args ...any) {
		a.Findings = append(a.Findings, Finding{Kind: kind, What: what, Why: fmt.Sprintf(format, args...)})
	}
	stored, err := p.listStore(ctx)
	if err != nil {
		return a, fmt.Errorf("list the object store: %w", err)
	}
	a.Objects = len(stored.all)
	// has notes that an object is referred to, and finds it missing or altered.
	has := func(key string, want postroom.Hash) bool {
		if o := stored.find(key); o != nil {
			if o.used {
				return true // by another that has the same bytes
			}
			o.used = true
		} else {
			// It may have been stored since the listing: others go on working.
			if _, err := p.parts.Objects.Stat(ctx, key); err != nil {
				return false
			}
		}
		if opt.Deep && want != "" {
			got, err := p.hashObject(ctx, key)
			switch {
			case err != nil:
				find(Missing, key, "it cannot be read back: %v", err)
			case got != want:
				find(Altered, key, "its SHA-256 is not what it was when it was stored")
			}
		}
		return true
	}

	stuck, err := p.leadOn(ctx, opt.Repair)
	if err != nil {
		return a, fmt.Errorf("look for stuck work: %w", err)
	}
	a.Findings = append(a.Findings, stuck...)
	if err := p.reconcileMessages(ctx, &a, opt, find, has); err != nil {
		return a, err
	}
	if err := p.reconcileSources(ctx, opt.Sources, find); err != nil {
		return a, err
	}
	if err := p.reconcileManifests(ctx, find, has); err != nil {
		return a, err
	}
	var workers int
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM workers WHERE seen >= `+p.db.clock()+` - ?`, p.deadAfter().Microseconds()).scan(&workers); err != nil {
		return a, err
	}
	if err := stored.unused(func(o postroom.Object) error {
		f, err := p.explainUnused(ctx, o, workers > 0, opt.Repair)
		if f != nil {
			a.Findings = append(a.Findings, *f)
		}
		return err
	}); err != nil {
		return a, err
	}
	if opt.Repair {
		if err := p.adopt(ctx, a.Findings, stored); err != nil {
			return a, fmt.Errorf("take in what nothing refers to: %w", err)
		}
	}
	return a, nil
}

// explainUnused says what an object is that nothing referred to; nil when that is
// in order.
func (p *Pipeline) explainUnused(ctx context.Context, o postroom.Object, working, repair bool) (*Finding, error) {
	if strings.HasPrefix(o.Key, auditMarks) {
		return nil, nil // postroom audit verify looks at them
	}
	referred, err := p.referredTo(ctx, o.Key)
	if err != nil || referred {
		return nil, err
	}
	earlier, leftover, err := p.leftOver(ctx, o.Key)
	if err != nil || earlier {
		return nil, err
	}
	known, err := p.noted(ctx, o.Key)
	if err != nil || known {
		return nil, err
	}
	// Objects are stored before the database says so.
	if working && p.now().Sub(o.Modified) < justStored {
		return &Finding{Kind: Unended, What: o.Key, Why: "it is being stored: nothing in the database refers to it yet"}, nil
	}
	f := &Finding{Kind: Orphaned, What: o.Key, Why: "nothing in the database refers to it"}
	if leftover {
		f.Why = "no record names it: an interrupted filing left it, and it does not count"
		if repair {
			if err := p.note(ctx, o.Key); err != nil {
				return nil, err
			}
			f.Mended = "noted; it stays where it is and is not told of again"
		}
	}
	return f, nil
}

// referredTo asks once more for an object that nothing referred to: others may
// have worked on meanwhile.
func (p *Pipeline) referredTo(ctx context.Context, key string) (bool, error) {
	var n int
	switch parts := strings.Split(key, "/"); {
	case parts[0] == "originals" && len(parts) == 2:
		if err := p.db.row(ctx, `SELECT (SELECT COUNT(*) FROM messages WHERE id = ?) + (SELECT COUNT(*) FROM attachments WHERE sha256 = ?)`, parts[1], parts[1]).scan(&n); err != nil {
			return false, err
		}
	case parts[0] == "documents" && len(parts) == 6:
		// Of a filed document the record names every object.
		if err := p.db.row(ctx, `SELECT COUNT(*) FROM documents WHERE id = ? AND state = ?`, parts[4], stateDocumentFiling).scan(&n); err != nil {
			return false, err
		}
	}
	return n > 0, nil
}

// justStored is longer than a stage takes between storing and committing.
const justStored = 10 * time.Minute

func (p *Pipeline) hashObject(ctx context.Context, key string) (postroom.Hash, error) {
	body, err := p.parts.Objects.Open(ctx, key)
	if err != nil {
		return "", err
	}
	defer body.Close()
	h, _, err := postroom.HashReader(body)
	return h, err
}

// messagesAtOnce bounds what is held in memory of the accounts.
const messagesAtOnce = 500

// reconcileMessages checks that the original of every message is there, and that the
// records account for every page once.
func (p *Pipeline) reconcileMessages(ctx context.Context, a *Account, opt ReconcileOptions, find func(FindingKind, string, string, ...any), has func(string, postroom.Hash) bool) error {
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM arrivals`).scan(&a.Arrivals); err != nil {
		return err
	}
	told := map[string]bool{} // attachments that are missing: the same bytes may be attached often
	for from := int64(0); ; {
		some, err := p.someMessages(ctx, from)
		if err != nil {
			return err
		}
		if len(some.order) == 0 {
			return nil
		}
		for _, id := range some.order {
			m := some.of[id]
			a.Messages++
			if m.done {
				a.MessagesDone++
			} else {
				find(Unended, "message "+id, "it has no outcome yet (%s)", m.state)
			}
			if m.purged || has(postroom.OriginalKey(postroom.Hash(id)), postroom.Hash(id)) {
				continue
			}
			find(Missing, "message "+id, "its original bytes are not in the object store")
			if opt.Repair {
				f := &a.Findings[len(a.Findings)-1]
				if err := p.restoreOriginal(ctx, opt.Sources, postroom.Hash(id)); err != nil {
					f.Why += "; " + postroom.ReasonOf(err, err.Error())
				} else {
					f.Mended = "fetched once more from its source"
				}
			}
		}
		if err := p.reconcilePages(ctx, a, some, find); err != nil {
			return err
		}
		for _, sha := range some.originals {
			if !told[sha] && !has(postroom.OriginalKey(postroom.Hash(sha)), postroom.Hash(sha)) {
				told[sha] = true
				find(Missing, "attachment "+sha, "its original bytes are not in the object store")
			}
		}
		if err := p.reconcileRecords(ctx, a, some, opt, find, has); err != nil {
			return err
		}
		from = some.last
	}
}

// someMessages are the accounts of messages that follow each other.
type someMessages struct {
	after, last int64    // message_seq
	order       []string // by arrival
	of          map[string]*messageAccount
	originals   []string // SHA-256 of their attachments
}

// A messageAccount is what a message's attachments hold and its records list.
type messageAccount struct {
	state   string
	done    bool
	purged  bool // its originals went, too
	records int
	pages   map[pageOfBytes]balance
}

// A pageOfBytes is a page by the bytes that it stands in.
type pageOfBytes struct {
	sha  string
	page int
}

// A balance counts a page as often as its bytes are attached, and as often as
// records list it.
type balance struct{ attached, listed int }

func (p *Pipeline) someMessages(ctx context.Context, after int64) (*someMessages, error) {
	some := &someMessages{after: after, of: map[string]*messageAccount{}}
	err := p.db.each(ctx, func(scan func(...any) error) error {
		var id string
		m := &messageAccount{pages: map[pageOfBytes]balance{}}
		if err := scan(&some.last, &id, &m.state, &m.purged); err != nil {
			return err
		}
		m.done = m.state == stateDone
		some.order, some.of[id] = append(some.order, id), m
		return nil
	}, `SELECT seq, id, state, purged > 0 FROM messages WHERE seq > ? ORDER BY seq LIMIT `+fmt.Sprint(messagesAtOnce), after)
	if err != nil {
		return nil, fmt.Errorf("load messages: %w", err)
	}
	return some, nil
}

// reconcilePages counts the pages. It follows someMessages: what a message's
// state says of its pages was so when it was asked for.
func (p *Pipeline) reconcilePages(ctx context.Context, a *Account, some *someMessages, find func(FindingKind, string, string, ...any)) error {
	return p.db.each(ctx, func(scan func(...any) error) error {
		var message, fate string
		var k pageOfBytes
		if err := scan(&message, &k.sha, &k.page, &fate); err != nil {
			return err
		}
		if n := len(some.originals); !some.of[message].purged && (n == 0 || some.originals[n-1] != k.sha) {
			some.originals = append(some.originals, k.sha)
		}
		if k.page == 0 { // an attachment without pages
			return nil
		}
		a.Pages++
		m := some.of[message]
		if !m.done {
			return nil
		}
		if fate == "" {
			find(Missing, fmt.Sprintf("page %d of attachment %s of message %s", k.page, k.sha, message), "it has no fate")
		}
		a.Fates[postroom.Fate(fate)]++
		b := m.pages[k]
		b.attached++
		m.pages[k] = b
		return nil
	}, `SELECT m.id, a.sha256, COALESCE(p.page, 0), COALESCE(p.fate, '') FROM messages m
		JOIN attachments a ON a.message = m.id
		LEFT JOIN pages p ON p.message = a.message AND p.attachment = a.number
		WHERE m.seq > ? AND m.seq <= ? ORDER BY m.seq, a.number`, some.after, some.last)
}

// reconcileRecords checks that the records list every page once. It follows
// reconcilePages: others may add records meanwhile, but not to what was done.
func (p *Pipeline) reconcileRecords(ctx context.Context, a *Account, some *someMessages, opt ReconcileOptions, find func(FindingKind, string, string, ...any), has func(string, postroom.Hash) bool) error {
	if err := p.recordsBetween(ctx, some.after, some.last, func(r postroom.Record) error {
		a.Documents[r.Status]++
		m := some.of[string(r.Message.Hash)]
		if m == nil {
			find(Altered, "document "+r.DocumentID, "its record names another message than the database")
			return nil
		}
		m.records++
		list := func(h postroom.Hash, page int) {
			k := pageOfBytes{string(h), page}
			b := m.pages[k]
			b.listed++
			m.pages[k] = b
		}
		for _, listed := range r.Pages {
			list(listed.Hash, listed.Page)
		}
		for _, listed := range r.OtherPages {
			if listed.Page > 0 {
				list(listed.Hash, listed.Page)
			}
		}
		if r.Status == postroom.Filed {
			p.reconcileFiled(ctx, a, r, opt, find, has)
		}
		return nil
	}); err != nil {
		return err
	}
	// What is left of a purged document still accounts for its pages.
	if err := p.tombstones(ctx, some.after, some.last, func(message string, pages []purgedPage) {
		if m := some.of[message]; m != nil {
			m.records++
			for _, q := range pages {
				k := pageOfBytes{string(q.Hash), q.Page}
				b := m.pages[k]
				b.listed++
				m.pages[k] = b
			}
		}
	}); err != nil {
		return err
	}
	for _, id := range some.order {
		m := some.of[id]
		if !m.done {
			continue
		}
		for k, b := range m.pages {
			what := fmt.Sprintf("page %d of attachment %s of message %s", k.page, k.sha, id)
			switch {
			case b.attached == 0 || b.listed == b.attached:
			case b.listed < b.attached:
				find(Missing, what, "no record lists it")
			default:
				find(Double, what, "%d records list it", b.listed)
			}
		}
		if m.records == 0 {
			find(Missing, "message "+id, "it is done but has no record")
		}
	}
	return nil
}

// reconcileFiled checks the objects of one filed document.
func (p *Pipeline) reconcileFiled(ctx context.Context, a *Account, r postroom.Record, opt ReconcileOptions, find func(FindingKind, string, string, ...any), has func(string, postroom.Hash) bool) {
	key, whole := recordKey(r), true
	before := len(a.Findings)
	for _, o := range []struct {
		key  string
		hash postroom.Hash
	}{{r.Objects.PDF, r.Objects.PDFHash}, {r.Objects.FHIR, r.Objects.FHIRHash}, {key, ""}} {
		if !has(o.key, o.hash) {
			find(Missing, "document "+r.DocumentID, "%s is not in the object store", o.key)
			whole = false
		}
	}
	if !whole && opt.Repair {
		said, mended := "", ""
		if err := p.refile(ctx, r); err != nil {
			said = "; it could not be made again: " + postroom.ReasonOf(err, err.Error())
		} else {
			said, mended = "", "made again, with the same bytes"
		}
		for i := before; i < len(a.Findings); i++ {
			if a.Findings[i].Kind == Missing {
				a.Findings[i].Why += said
				a.Findings[i].Mended = mended
			}
		}
	}
	if !opt.Deep || !whole {
		return
	}
	body, err := p.parts.Objects.Open(ctx, key)
	if err != nil {
		find(Missing, key, "it cannot be read back: %v", err)
		return
	}
	defer body.Close()
	raw, err := io.ReadAll(body)
	var stored postroom.Record
	if err == nil {
		err = json.Unmarshal(raw, &stored)
	}
	if err != nil {
		find(Altered, key, "it cannot be read back as a record")
		return
	}
	x, _ := json.Marshal(stored)
	y, _ := json.Marshal(r)
	if string(x) != string(y) {
		find(Altered, key, "it is not the record that the database holds")
	}
}

func recordKey(r postroom.Record) string {
	name := "record.json"
	if r.Version > 1 {
		name = fmt.Sprintf("record.v%d.json", r.Version)
	}
	return postroom.DocumentKey(r.Message.Received, r.DocumentID, name)
}

func (p *Pipeline) reconcileManifests(ctx context.Context, find func(FindingKind, string, string, ...any), has func(string, postroom.Hash) bool) error {
	return p.db.each(ctx, func(scan func(...any) error) error {
		var id, key string
		if err := scan(&id, &key); err != nil {
			return err
		}
		switch {
		case key == "":
			find(Unended, "run "+id, "its manifest is not written yet; the next batch writes it")
		case !has(key, ""):
			find(Missing, "run "+id, "its manifest %s is not in the object store", key)
		default:
			// The same for analysts; manifests of earlier versions have none.
			has(strings.TrimSuffix(key, ".ndjson")+".parquet", "")
		}
		return nil
	}, `SELECT id, manifest FROM runs`)
}
