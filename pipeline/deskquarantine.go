package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"github.com/postroom/postroom"
)

// A PageLooker is a Reader that can say how large a page is without reading it.
type PageLooker interface {
	// Look returns the page without words; a page that cannot even be shown is a Problem.
	Look(ctx context.Context, a postroom.Attachment, n int) (postroom.Page, error)
}

// readAgainArgs asks for another try at what a quarantined record could not read.
type readAgainArgs struct {
	Document string `json:"document"`
	Revision int64  `json:"revision"`
	By       string `json:"by"`
}

func (readAgainArgs) Kind() string { return "read_again" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (readAgainArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueMessages, MaxAttempts: maxAttempts}
}

// RetryQuarantined tries once more what went wrong with a quarantined document. One
// whose files could not be written waits for a person again at once. What could not
// be read is read again in the background: what that gives becomes documents that
// wait for a person, the rest stays in quarantine, and a note says how it ended.
func (p *Pipeline) RetryQuarantined(ctx context.Context, d DeskDecision) error {
	it, err := p.DeskDocument(ctx, d.Document)
	if err != nil {
		return err
	}
	if it.State != string(postroom.Quarantined) || it.Revision != d.Revision {
		return ErrChanged
	}
	if len(it.Record.Pages) > 0 {
		err := p.decideAtDesk(ctx, d, "retry", "", func(t tx, r *postroom.Record) error {
			r.Status, r.DecidedBy, r.DecidedAt = postroom.InReview, "postroom", time.Time{}
			r.Reasons = append([]string{"it could not be filed before; a person asked for another try"}, r.Reasons...)
			return p.putBack(ctx, t, string(postroom.InReview), *r)
		})
		if err != nil {
			return fmt.Errorf("try document %s again: %w", shortID(d.Document), err)
		}
		return nil
	}
	err = p.db.inTx(ctx, func(t tx) error {
		if _, err := t.exec(ctx, `INSERT INTO desk_notes (document, by_whom, at, note) VALUES (?, ?, ?, 'asked for another try')`, d.Document, d.By, micros(p.now())); err != nil {
			return err
		}
		p.audit(t, "user:"+d.By, "desk_retry", d.Document, fmt.Sprintf("saw revision %d", d.Revision))
		return t.enqueueAt(ctx, priorityUrgent, readAgainArgs{d.Document, d.Revision, d.By})
	})
	if err != nil {
		return fmt.Errorf("try document %s again: %w", shortID(d.Document), err)
	}
	return nil
}

// A secondTry gathers what another try at a quarantined record gave.
type secondTry struct {
	message  messageRow
	record   postroom.Record
	opened   opened
	readings []pageReading
	// What the state must learn with it.
	fresh   []int        // attachments that could not be opened before
	engines []pageEngine // of the pages that were read now, as they were
	engine  map[postroom.PageID]string
	bodies  map[postroom.PageID][]byte
	read    int
}

// beginTry loads what a quarantined record could not read.
func (p *Pipeline) beginTry(ctx context.Context, id string, revision int64) (*secondTry, error) {
	it, err := p.DeskDocument(ctx, id)
	if err != nil {
		return nil, err
	}
	if it.State != string(postroom.Quarantined) || it.Revision != revision || len(it.Record.Pages) > 0 {
		return nil, ErrChanged
	}
	s := &secondTry{record: it.Record, engine: map[postroom.PageID]string{}, bodies: map[postroom.PageID][]byte{}}
	if s.message, err = loadMessage(ctx, p.db, string(it.Record.Message.Hash)); err != nil {
		return nil, err
	}
	if s.opened, s.readings, err = p.loadReadings(ctx, s.message, false); err != nil {
		return nil, err
	}
	// Only the pages that this record lists as unread are its matter. Those that were
	// never tried, because the whole message was given up, are tried too.
	var mine []pageReading
	for _, r := range s.readings {
		a := s.message.contents.Attachments[r.id.Attachment]
		if slices.ContainsFunc(it.Record.OtherPages, func(o postroom.OtherPage) bool {
			return o.Fate == postroom.FateQuarantined && o.Hash == a.Hash && o.Page == r.id.Page
		}) {
			mine = append(mine, r)
		}
	}
	s.readings = mine
	s.opened.contents.Leftovers = nil
	for _, l := range it.Record.Leftovers {
		if l.Problem {
			s.opened.contents.Leftovers = append(s.opened.contents.Leftovers, l)
		}
	}
	return s, nil
}

// attachment is one of the message's files on this machine.
func (p *Pipeline) attachment(ctx context.Context, a postroom.Attachment) (postroom.Attachment, func(), error) {
	path, release, err := p.files.get(ctx, a.Hash)
	a.Path = path
	return a, release, err
}

// keep notes that a page was read.
func (s *secondTry) keep(r *pageReading, page postroom.Page, engine string) error {
	a := s.opened.contents.Attachments[r.id.Attachment]
	page.Attachment, page.Hash, page.Number = a.Name, a.Hash, r.id.Page
	body, err := packPage(page)
	if err != nil {
		return err
	}
	r.page, r.reason = &page, ""
	s.engine[r.id], s.bodies[r.id] = engine, body
	s.read++
	return nil
}

// readAgain works a readAgainArgs.
func (p *Pipeline) readAgain(ctx context.Context, a readAgainArgs) error {
	s, err := p.beginTry(ctx, a.Document, a.Revision)
	if errors.Is(err, ErrChanged) || errors.Is(err, ErrNoDocument) {
		return nil // somebody decided about it meanwhile
	}
	if err != nil {
		return err
	}
	if err := p.openAgain(ctx, s); err != nil {
		return err
	}
	for i := range s.readings {
		r := &s.readings[i]
		at, release, err := p.attachment(ctx, s.opened.contents.Attachments[r.id.Attachment])
		if err != nil {
			return err
		}
		page, err := p.parts.Read.Read(ctx, at, r.id.Page, func(postroom.Hash) (postroom.Page, bool) { return postroom.Page{}, false })
		release()
		switch {
		case postroom.IsBadInput(err):
			r.reason = postroom.ReasonOf(err, "")
			continue
		case err != nil:
			return fmt.Errorf("read page %d of document %s again: %w", r.id.Page, shortID(a.Document), err)
		}
		if err := s.keep(r, page, p.parts.Read.Version()); err != nil {
			return err
		}
	}
	if s.read == 0 {
		return p.endTry(ctx, a, "another try ended the same way")
	}
	sorter, err := p.sorter(ctx)
	if err != nil {
		return err
	}
	contents := s.opened.contents
	contents.Message.Received = s.message.received
	sorted, err := sorter.Sort(ctx, contents, readableOf(s.readings, nil))
	if err != nil {
		return fmt.Errorf("sort document %s again: %w", shortID(a.Document), err)
	}
	_, err = p.putTry(ctx, s, sorted, DeskDecision{Document: a.Document, Revision: a.Revision, By: a.By}, "retry", "it was read at another try")
	if errors.Is(err, ErrChanged) || errors.Is(err, ErrClaimed) {
		return p.endTry(ctx, a, "another try was given up: somebody had the document open or decided about it")
	}
	return err
}

func (p *Pipeline) endTry(ctx context.Context, a readAgainArgs, how string) error {
	_, err := p.db.exec(ctx, `INSERT INTO desk_notes (document, by_whom, at, note) VALUES (?, ?, ?, ?)`, a.Document, "postroom", micros(p.now()), how)
	return err
}

// openAgain opens what could not be opened before: the message itself, or files in it.
func (p *Pipeline) openAgain(ctx context.Context, s *secondTry) error {
	whole := slices.ContainsFunc(s.record.Leftovers, func(l postroom.Leftover) bool { return l.Problem && l.Hash == s.message.id })
	if whole && len(s.message.contents.Attachments) == 0 {
		raw, release, err := p.files.get(ctx, s.message.id)
		if err != nil {
			return err
		}
		defer release()
		dir, err := os.MkdirTemp(p.files.dir, "unpack-")
		if err != nil {
			return &postroom.Problem{Kind: postroom.Temporary, Reason: "the temporary folder cannot be written", Err: err}
		}
		defer os.RemoveAll(dir)
		o, err := openAttachments(ctx, p.parts, s.message.message(), raw, dir)
		if postroom.IsBadInput(err) {
			return nil
		}
		if err != nil {
			return err
		}
		for i, a := range o.contents.Attachments {
			if a.Hash != s.message.id {
				if err := p.storeOriginal(ctx, a); err != nil {
					return err
				}
			}
			o.contents.Attachments[i].Path = ""
			s.fresh = append(s.fresh, i)
		}
		s.opened = o
	} else {
		for i, a := range s.opened.contents.Attachments {
			if s.opened.problems[i] == "" {
				continue
			}
			at, release, err := p.attachment(ctx, a)
			if err != nil {
				return err
			}
			n, err := p.parts.Read.Count(ctx, at)
			release()
			switch {
			case postroom.IsBadInput(err):
				s.opened.problems[i] = postroom.ReasonOf(err, "")
			case err != nil:
				return err
			case n > 0:
				s.opened.pages[i], s.opened.problems[i] = n, ""
				s.fresh = append(s.fresh, i)
			}
		}
	}
	for _, i := range s.fresh {
		for n := 1; n <= s.opened.pages[i]; n++ {
			s.readings = append(s.readings, pageReading{id: postroom.PageID{Attachment: i, Page: n}})
		}
	}
	return nil
}

// ReleaseQuarantined makes documents that wait for a person of the pages that could not be
// read but can be shown: each file's pages one document, without words. It returns the
// first of them.
func (p *Pipeline) ReleaseQuarantined(ctx context.Context, d DeskDecision) (string, error) {
	looker, ok := p.parts.Read.(PageLooker)
	if !ok {
		return "", postroom.Bad(nil, "pages cannot be shown here", "")
	}
	s, err := p.beginTry(ctx, d.Document, d.Revision)
	if err != nil {
		return "", err
	}
	var sorted postroom.Sorted
	of, at := map[int]int{}, 0
	for i := range s.readings {
		r := &s.readings[i]
		a, release, err := p.attachment(ctx, s.opened.contents.Attachments[r.id.Attachment])
		if err != nil {
			return "", err
		}
		page, err := looker.Look(ctx, a, r.id.Page)
		release()
		if postroom.IsBadInput(err) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("look at page %d of document %s: %w", r.id.Page, shortID(d.Document), err)
		}
		page.Words, page.Notes = []postroom.Word{}, []string{"it could not be read; a person released it as it is"}
		if err := s.keep(r, page, p.parts.Read.Version()+"+unread"); err != nil {
			return "", err
		}
		n, ok := of[r.id.Attachment]
		if !ok {
			n, of[r.id.Attachment] = len(sorted.Documents), len(sorted.Documents)
			sorted.Documents = append(sorted.Documents, postroom.Document{Type: postroom.TypeGuess{Code: postroom.UnknownType}, Fields: map[postroom.FieldName]postroom.Field{}})
		}
		sorted.Documents[n].Pages = append(sorted.Documents[n].Pages, at)
		at++
	}
	if s.read == 0 {
		return "", postroom.Bad(nil, "there is no page that could be shown", "look at the original, and put it away with the reason")
	}
	return p.putTry(ctx, s, sorted, d, "release", "a person released it as it is")
}

// putTry writes down what another try gave: documents that wait for a person, and what
// is left of the quarantined record. It returns the first new document.
func (p *Pipeline) putTry(ctx context.Context, s *secondTry, sorted postroom.Sorted, d DeskDecision, action, why string) (first string, err error) {
	var drafts []draft
	err = draftRecords(ctx, s.message.message(), s.opened, s.readings, readableOf(s.readings, nil), sorted, p.parts.Read.Version(), func(d draft) error {
		drafts = append(drafts, d)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("sort document %s again: %w", shortID(d.Document), err)
	}
	message := string(s.message.id)
	err = p.db.inTx(ctx, func(t tx) error {
		first = ""
		before, err := p.takeForDecision(ctx, t, d.Document, d.Revision, d.By)
		if err != nil {
			return err
		}
		if err := s.write(ctx, t, message); err != nil {
			return err
		}
		before.engines = s.engines
		before.record = s.withPages(before.record)
		befores := []deskBefore{before}
		if _, err := t.exec(ctx, `UPDATE pages SET fate = '', document = '' WHERE message = ? AND (document = ? OR document = '')`, message, d.Document); err != nil {
			return err
		}
		var seq, number int64
		if err := t.row(ctx, `SELECT MAX(message_seq), MAX(number) FROM documents WHERE message = ?`, message).scan(&seq, &number); err != nil {
			return err
		}
		rest := before.record
		emptied(&rest)
		rest.Reasons, rest.OtherPages, rest.Leftovers = []string{why}, []postroom.OtherPage{}, nil
		rest.DecidedBy, rest.DecidedAt = "user:"+d.By, p.now().UTC()
		for i := range drafts {
			one := &drafts[i]
			if one.Document == nil {
				rest = one.Record
				rest.DocumentID, rest.Version, rest.Replaces = before.record.DocumentID, before.record.Version, before.record.Replaces
				continue
			}
			duplicateOf, how, err := p.findOriginal(ctx, t, one, newSiblings())
			if err != nil {
				return err
			}
			if how != "" {
				one.Document.Notes = append(one.Document.Notes, "it is the earlier one "+how)
			}
			decideDraft(one, duplicateOf, p.parts.Rule)
			r := &one.Record
			if r.Status == postroom.Filed {
				r.Reasons = nil
			}
			r.Status, r.Sampled, r.Reasons = postroom.InReview, false, append([]string{why}, r.Reasons...)
			r.Objects = plannedObjects(*r, message)
			number++
			if b, err := p.insertOrRevive(ctx, t, one, message, seq, number); err != nil {
				return err
			} else {
				befores = append(befores, b)
			}
			if first == "" {
				first = r.DocumentID
			}
		}
		rest.Objects = plannedObjects(rest, message)
		if err := p.putBack(ctx, t, string(rest.Status), rest); err != nil {
			return err
		}
		if err := markFates(ctx, t, message, rest); err != nil {
			return err
		}
		_, err = p.keepDecision(ctx, t, d, action, why, befores)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("%s document %s: %w", action, shortID(d.Document), err)
	}
	return first, nil
}

// write keeps what was opened and read.
func (s *secondTry) write(ctx context.Context, t tx, message string) error {
	s.engines = nil
	for _, i := range s.fresh {
		a := s.opened.contents.Attachments[i]
		if _, err := t.exec(ctx, `INSERT INTO attachments (message, number, sha256, name, media_type, size, pages, problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (message, number) DO UPDATE SET pages = excluded.pages, problem = excluded.problem`,
			message, i, string(a.Hash), a.Name, a.MediaType, a.Size, s.opened.pages[i], s.opened.problems[i]); err != nil {
			return err
		}
		for n := 1; n <= s.opened.pages[i]; n++ {
			if _, err := t.exec(ctx, `INSERT INTO pages (message, attachment, page, state, reason, engine, fate, document)
				VALUES (?, ?, ?, 'failed', '', '', '', '') ON CONFLICT DO NOTHING`, message, i, n); err != nil {
				return err
			}
		}
	}
	if len(s.message.contents.Attachments) == 0 && len(s.fresh) > 0 {
		kept := s.opened.contents
		if _, err := t.exec(ctx, `UPDATE messages SET contents = ? WHERE id = ?`, jsonOf(kept), message); err != nil {
			return err
		}
	}
	for _, r := range s.readings {
		if r.page == nil {
			if _, err := t.exec(ctx, `UPDATE pages SET reason = ? WHERE message = ? AND attachment = ? AND page = ?`, r.reason, message, r.id.Attachment, r.id.Page); err != nil {
				return err
			}
			continue
		}
		b := pageEngine{Attachment: r.id.Attachment, Page: r.id.Page}
		if err := t.row(ctx, `SELECT engine, state FROM pages WHERE message = ? AND attachment = ? AND page = ?`, message, r.id.Attachment, r.id.Page).scan(&b.Engine, &b.State); err != nil {
			return err
		}
		s.engines = append(s.engines, b)
		if _, err := t.exec(ctx, `INSERT INTO readings (sha256, page, engine, image, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			string(r.page.Hash), r.page.Number, s.engine[r.id], imageOf(s.engine[r.id], *r.page), s.bodies[r.id]); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `UPDATE pages SET state = 'read', reason = '', engine = ? WHERE message = ? AND attachment = ? AND page = ?`,
			s.engine[r.id], message, r.id.Attachment, r.id.Page); err != nil {
			return err
		}
	}
	return nil
}

// withPages is the record as taking the try back makes it: a file that can be opened
// now is listed page by page, so that each of its pages has its fate.
func (s *secondTry) withPages(r postroom.Record) postroom.Record {
	others := []postroom.OtherPage{}
	for _, o := range r.OtherPages {
		if o.Page > 0 || !slices.ContainsFunc(s.fresh, func(i int) bool { return s.opened.contents.Attachments[i].Hash == o.Hash && s.opened.pages[i] > 0 }) {
			others = append(others, o)
		}
	}
	for _, i := range s.fresh {
		a := s.opened.contents.Attachments[i]
		reason := "it could not be opened before"
		if n := slices.IndexFunc(r.OtherPages, func(o postroom.OtherPage) bool { return o.Hash == a.Hash && o.Page == 0 }); n >= 0 {
			reason = r.OtherPages[n].Reason
		}
		for n := 1; n <= s.opened.pages[i]; n++ {
			others = append(others, postroom.OtherPage{Attachment: a.Name, Hash: a.Hash, Page: n, Fate: postroom.FateQuarantined, Reason: reason})
		}
	}
	r.OtherPages = others
	return r
}

// imageOf is the image under which a reading is found for copies of the page; one that
// has no words must not be.
func imageOf(engine string, p postroom.Page) string {
	if strings.HasSuffix(engine, "+unread") {
		return ""
	}
	return string(p.Image)
}

// insertOrRevive makes the row of a document that another try gave, or takes the one that
// such a try left when it was taken back.
func (p *Pipeline) insertOrRevive(ctx context.Context, t tx, d *draft, message string, seq, number int64) (deskBefore, error) {
	none := d.Record
	emptied(&none)
	none.OtherPages, none.Leftovers = []postroom.OtherPage{}, nil
	b := deskBefore{id: d.Record.DocumentID, state: string(postroom.Discarded), record: none, after: 1}
	var body string
	err := t.row(ctx, `SELECT record, revision FROM documents WHERE id = ?`, b.id).scan(&body, &b.after)
	if errors.Is(err, errNoRows) {
		b.after = 1
		return b, p.insertDocument(ctx, t, d, message, seq, int(number), string(d.Record.Status))
	}
	if err != nil {
		return b, err
	}
	if err := json.Unmarshal([]byte(body), &b.record); err != nil {
		return b, err
	}
	if len(b.record.Pages) > 0 {
		return b, fmt.Errorf("document %s is there already", shortID(b.id))
	}
	b.after++
	if _, err := t.exec(ctx, `UPDATE documents SET revision = revision + 1 WHERE id = ?`, b.id); err != nil {
		return b, err
	}
	d.Record.Version, d.Record.Replaces = b.record.Version, b.record.Replaces
	if err := p.putBack(ctx, t, string(d.Record.Status), d.Record); err != nil {
		return b, err
	}
	return b, markFates(ctx, t, message, d.Record)
}
