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
	a.Objects = len(stored)
	// has notes that an object is referred to, and finds it missing or altered.
	has := func(key string, want postroom.Hash) bool {
		if o, ok := stored[key]; ok {
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
	if err := p.reconcileRecords(ctx, &a, opt, find, has); err != nil {
		return a, err
	}
	if err := p.reconcileManifests(ctx, find, has); err != nil {
		return a, err
	}
	var workers int
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM workers WHERE seen >= `+p.db.clock()+` - ?`, p.deadAfter().Microseconds()).scan(&workers); err != nil {
		return a, err
	}
	for key, o := range stored {
		if o.used {
			continue
		}
		referred, err := p.referredTo(ctx, key)
		if err != nil {
			return a, err
		}
		if referred {
			continue
		}
		earlier, leftover, err := p.leftOver(ctx, key)
		if err != nil {
			return a, err
		}
		if earlier {
			continue
		}
		if known, err := p.noted(ctx, key); err != nil {
			return a, err
		} else if known {
			continue
		}
		// Objects are stored before the database says so.
		if workers > 0 && p.now().Sub(o.Modified) < justStored {
			find(Unended, key, "it is being stored: nothing in the database refers to it yet")
			continue
		}
		f := Finding{Kind: Orphaned, What: key, Why: "nothing in the database refers to it"}
		if leftover {
			f.Why = "no record names it: an interrupted filing left it, and it does not count"
			if opt.Repair {
				if err := p.note(ctx, key); err != nil {
					return a, err
				}
				f.Mended = "noted; it stays where it is and is not told of again"
			}
		}
		a.Findings = append(a.Findings, f)
	}
	if opt.Repair {
		if err := p.adopt(ctx, a.Findings, stored); err != nil {
			return a, fmt.Errorf("take in what nothing refers to: %w", err)
		}
	}
	return a, nil
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

// A storedObject is what the store holds; used once something refers to it.
type storedObject struct {
	Size     int64
	Modified time.Time
	used     bool
}

func (p *Pipeline) listStore(ctx context.Context) (map[string]*storedObject, error) {
	out := map[string]*storedObject{}
	for _, prefix := range []string{"originals/", "documents/", "manifests/"} {
		if err := p.parts.Objects.List(ctx, prefix, func(o postroom.Object) error {
			out[o.Key] = &storedObject{Size: o.Size, Modified: o.Modified}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *Pipeline) hashObject(ctx context.Context, key string) (postroom.Hash, error) {
	body, err := p.parts.Objects.Open(ctx, key)
	if err != nil {
		return "", err
	}
	defer body.Close()
	h, _, err := postroom.HashReader(body)
	return h, err
}

func (p *Pipeline) reconcileMessages(ctx context.Context, a *Account, opt ReconcileOptions, find func(FindingKind, string, string, ...any), has func(string, postroom.Hash) bool) error {
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM arrivals`).scan(&a.Arrivals); err != nil {
		return err
	}
	type message struct{ id, state string }
	var messages []message
	if err := p.db.each(ctx, func(scan func(...any) error) error {
		var m message
		err := scan(&m.id, &m.state)
		messages = append(messages, m)
		return err
	}, `SELECT id, state FROM messages ORDER BY seq`); err != nil {
		return err
	}
	for _, m := range messages {
		a.Messages++
		if m.state == stateDone {
			a.MessagesDone++
		} else {
			find(Unended, "message "+m.id, "it has no outcome yet (%s)", m.state)
		}
		if !has(postroom.OriginalKey(postroom.Hash(m.id)), postroom.Hash(m.id)) {
			find(Missing, "message "+m.id, "its original bytes are not in the object store")
			if opt.Repair {
				f := &a.Findings[len(a.Findings)-1]
				if err := p.restoreOriginal(ctx, opt.Sources, postroom.Hash(m.id)); err != nil {
					f.Why += "; " + postroom.ReasonOf(err, err.Error())
				} else {
					f.Mended = "fetched once more from its source"
				}
			}
		}
	}
	var originals []string
	if err := p.db.each(ctx, func(scan func(...any) error) error {
		var sha string
		err := scan(&sha)
		originals = append(originals, sha)
		return err
	}, `SELECT DISTINCT sha256 FROM attachments`); err != nil {
		return err
	}
	for _, sha := range originals {
		if !has(postroom.OriginalKey(postroom.Hash(sha)), postroom.Hash(sha)) {
			find(Missing, "attachment "+sha, "its original bytes are not in the object store")
		}
	}
	return nil
}

// reconcileRecords checks that the records account for every page once.
func (p *Pipeline) reconcileRecords(ctx context.Context, a *Account, opt ReconcileOptions, find func(FindingKind, string, string, ...any), has func(string, postroom.Hash) bool) error {
	type pageKey struct {
		message, sha string
		page         int
	}
	// What the attachments hold, each page as often as its bytes are attached,
	// and what the records list.
	type balance struct {
		want, got int
		done      bool
	}
	pages := map[pageKey]*balance{}
	page := func(k pageKey) *balance {
		b := pages[k]
		if b == nil {
			b = &balance{}
			pages[k] = b
		}
		return b
	}
	if err := p.db.each(ctx, func(scan func(...any) error) error {
		var k pageKey
		var state, message, fate string
		if err := scan(&message, &k.sha, &k.page, &state, &fate); err != nil {
			return err
		}
		a.Pages++
		k.message = message
		if state == stateDone {
			if fate == "" {
				find(Missing, fmt.Sprintf("page %d of attachment %s of message %s", k.page, k.sha, message), "it has no fate")
			}
			a.Fates[postroom.Fate(fate)]++
			b := page(k)
			b.want, b.done = b.want+1, true
		}
		return nil
	}, `SELECT p.message, a.sha256, p.page, m.state, p.fate FROM pages p
		JOIN attachments a ON a.message = p.message AND a.number = p.attachment
		JOIN messages m ON m.id = p.message`); err != nil {
		return err
	}
	// Asked before the records, which others may add to meanwhile.
	var done []string
	if err := p.db.each(ctx, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		done = append(done, id)
		return err
	}, `SELECT id FROM messages WHERE state = 'done'`); err != nil {
		return err
	}
	records := map[string]int{}
	err := p.Records(ctx, func(r postroom.Record) error {
		a.Documents[r.Status]++
		message := string(r.Message.Hash)
		records[message]++
		for _, listed := range r.Pages {
			page(pageKey{message, string(listed.Hash), listed.Page}).got++
		}
		for _, listed := range r.OtherPages {
			if listed.Page > 0 {
				page(pageKey{message, string(listed.Hash), listed.Page}).got++
			}
		}
		if r.Status == postroom.Filed {
			p.reconcileFiled(ctx, a, r, opt, find, has)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for k, b := range pages {
		if !b.done || b.got == b.want {
			continue
		}
		what := fmt.Sprintf("page %d of attachment %s of message %s", k.page, k.sha, k.message)
		if b.got < b.want {
			find(Missing, what, "no record lists it")
		} else {
			find(Double, what, "%d records list it", b.got)
		}
	}
	for _, id := range done {
		if records[id] == 0 {
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
		}
		return nil
	}, `SELECT id, manifest FROM runs`)
}
