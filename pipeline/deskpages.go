package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// OneSorter is a Sorter that can read pages which a person has put together as the
// one document that they are.
type OneSorter interface {
	One(ctx context.Context, c postroom.Contents, pages []postroom.Page) (postroom.Document, error)
}

// TurnedReader is a Reader that can be told which way is up: turn is how many
// degrees clockwise bring the page upright.
type TurnedReader interface {
	ReadTurned(ctx context.Context, a postroom.Attachment, n, turn int) (postroom.Page, error)
}

// What a person can do with the pages of a document that waits.
const (
	PagesSplit = "split" // Page and those after it become a document of their own
	PagesMerge = "merge" // the pages of With come after those of Document
	PagesOrder = "order" // Order is the new order
	PagesMove  = "move"  // Page goes to the end of With
	PagesMark  = "mark"  // Page is no page of a document but Fate
	PagesTake  = "take"  // the message's other page Other comes to the end of Document
	PagesTurn  = "turn"  // Page is turned by Turn and read again
)

// A PageChange is what a person does with pages. Pages are counted from 1.
type PageChange struct {
	Document     string
	Revision     int64 // as the person saw it
	By           string
	Action       string
	Page         int
	With         string // another document of the same message
	WithRevision int64
	Order        []int
	Fate         postroom.Fate // cover, blank or junk
	Other        int           // index into the record's OtherPages
	Turn         int           // degrees clockwise: 90, 180 or 270
}

// A layout is the pages of one document as they shall be.
type layout struct {
	item   DeskItem // as it is; for a new document its parent, with isNew
	isNew  bool
	newID  string // what it would be called by its pages
	from   string // the document that it is split from
	pages  []postroom.RecordPage
	others []postroom.OtherPage
	again  bool // its pages changed: it is sorted again
	// What sorting made of it.
	document *postroom.Document
	read     []postroom.Page
}

// ChangePages changes which pages make which document. The documents are sorted again,
// keep exactly one fate for every page, wait for a person, and it can all be undone.
// It returns the document to look at next. Nothing happens and ErrChanged or
// ErrClaimed is returned when a document is not what the person saw, or is open at
// somebody else's desk.
func (p *Pipeline) ChangePages(ctx context.Context, c PageChange) (id string, err error) {
	if c.By == "" {
		return "", errors.New("a change does not say by whom it is")
	}
	item, err := p.waiting(ctx, c.Document, c.Revision)
	if err != nil {
		return "", err
	}
	r := item.Record
	here := &layout{item: item, pages: slices.Clone(r.Pages), others: slices.Clone(r.OtherPages), again: true}
	layouts := []*layout{here}
	page := func() (postroom.RecordPage, error) {
		if c.Page < 1 || c.Page > len(here.pages) {
			return postroom.RecordPage{}, postroom.Bad(nil, fmt.Sprintf("the document has no page %d", c.Page), "load the page again")
		}
		rp := here.pages[c.Page-1]
		here.pages = slices.Delete(here.pages, c.Page-1, c.Page)
		return rp, nil
	}
	with := func() (*layout, error) {
		other, err := p.waiting(ctx, c.With, c.WithRevision)
		if err != nil {
			return nil, err
		}
		if other.Record.Message.Hash != r.Message.Hash || c.With == c.Document {
			return nil, postroom.Bad(nil, "pages only move between the documents of one message", "file the two apart")
		}
		l := &layout{item: other, pages: slices.Clone(other.Record.Pages), others: slices.Clone(other.Record.OtherPages), again: true}
		layouts = append(layouts, l)
		return l, nil
	}
	var turned *turnedPage
	why := ""
	switch c.Action {
	case PagesSplit:
		if c.Page < 2 || c.Page > len(here.pages) {
			return "", postroom.Bad(nil, "a document is split before its second or a later page", "")
		}
		rest := &layout{item: item, isNew: true, from: c.Document, again: true, pages: slices.Clone(here.pages[c.Page-1:])}
		here.pages = here.pages[:c.Page-1]
		layouts = append(layouts, rest)
		why = fmt.Sprintf("before page %d", c.Page)
	case PagesMerge:
		other, err := with()
		if err != nil {
			return "", err
		}
		here.pages = append(here.pages, other.pages...)
		other.pages = nil
		why = "with " + shortID(c.With)
	case PagesMove:
		rp, err := page()
		if err != nil {
			return "", err
		}
		other, err := with()
		if err != nil {
			return "", err
		}
		other.pages = append(other.pages, rp)
		why = fmt.Sprintf("page %d to %s", c.Page, shortID(c.With))
	case PagesOrder:
		if len(c.Order) != len(here.pages) {
			return "", postroom.Bad(nil, "the order does not name every page", "load the page again")
		}
		seen := map[int]bool{}
		for i, n := range c.Order {
			if n < 1 || n > len(r.Pages) || seen[n] {
				return "", postroom.Bad(nil, "the order names a page twice or one that is not there", "load the page again")
			}
			seen[n] = true
			here.pages[i] = r.Pages[n-1]
		}
		why = fmt.Sprint(c.Order)
	case PagesMark:
		switch c.Fate {
		case postroom.FateCover, postroom.FateBlank, postroom.FateJunk:
		default:
			return "", postroom.Bad(nil, "a page is marked as a cover sheet, as blank or as junk", "")
		}
		rp, err := page()
		if err != nil {
			return "", err
		}
		here.others = append(here.others, postroom.OtherPage{Attachment: rp.Attachment, Hash: rp.Hash, Page: rp.Page, Fate: c.Fate, Reason: "a person said so"})
		why = fmt.Sprintf("page %d as %s", c.Page, c.Fate)
	case PagesTake:
		if c.Other < 0 || c.Other >= len(here.others) || here.others[c.Other].Page == 0 || here.others[c.Other].Fate == postroom.FateQuarantined {
			return "", postroom.Bad(nil, "this page cannot be put into a document", "load the page again")
		}
		o := here.others[c.Other]
		here.others = slices.Delete(here.others, c.Other, c.Other+1)
		here.pages = append(here.pages, postroom.RecordPage{Attachment: o.Attachment, Hash: o.Hash, Page: o.Page})
		why = fmt.Sprintf("a page that was %s", o.Fate)
	case PagesTurn:
		if c.Page < 1 || c.Page > len(here.pages) {
			return "", postroom.Bad(nil, fmt.Sprintf("the document has no page %d", c.Page), "load the page again")
		}
		if turned, err = p.turnPage(ctx, r, c.Page, c.Turn); err != nil {
			return "", err
		}
		why = fmt.Sprintf("page %d by %d degrees", c.Page, c.Turn)
	default:
		return "", postroom.Bad(nil, "pages cannot be changed in this way", "")
	}
	for _, l := range layouts {
		if len(l.pages) == 0 && l.item.Record.Replaces > 0 {
			return "", postroom.Bad(nil, "an earlier version of the document was filed, so it must keep a page", "merge the other way round")
		}
		if err := p.sortLayout(ctx, l, turned); err != nil {
			return "", err
		}
	}
	decision := DeskDecision{Document: c.Document, Revision: c.Revision, By: c.By}
	id = c.Document
	err = p.db.inTx(ctx, func(t tx) error {
		// In one order everywhere, so that two people never wait for each other.
		slices.SortFunc(layouts, func(a, b *layout) int { return strings.Compare(a.id(), b.id()) })
		var befores []deskBefore
		for _, l := range layouts {
			if l.isNew {
				continue
			}
			b, err := p.takeForDecision(ctx, t, l.id(), l.item.Revision, c.By)
			if err != nil {
				return err
			}
			befores = append(befores, b)
		}
		if turned != nil {
			i := slices.IndexFunc(befores, func(b deskBefore) bool { return b.id == c.Document })
			befores[i].engines = []pageEngine{turned.before}
			if err := turned.keep(ctx, t, string(r.Message.Hash)); err != nil {
				return err
			}
		}
		after := make([]deskBefore, 0, len(layouts))
		for _, l := range layouts {
			if l.isNew {
				b, err := p.insertSplit(ctx, t, l)
				if err != nil {
					return err
				}
				befores = append(befores, b)
			}
			record, err := p.redraft(ctx, t, l)
			if err != nil {
				return err
			}
			if err := p.putBack(ctx, t, string(record.Status), record); err != nil {
				return err
			}
			if err := p.putFingerprint(ctx, t, l); err != nil {
				return err
			}
			if l.id() == c.Document && len(l.pages) == 0 {
				id = ""
			}
			after = append(after, deskBefore{id: l.id(), record: record})
		}
		if err := p.settleFates(ctx, t, after); err != nil {
			return err
		}
		_, err := p.keepDecision(ctx, t, decision, c.Action, why, befores)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("change the pages of document %s: %w", shortID(c.Document), err)
	}
	if id == "" && c.With != "" {
		id = c.With
	}
	return id, nil
}

func (l *layout) id() string { return l.item.Record.DocumentID }

// waiting is a document that waits, at the revision that the person saw.
func (p *Pipeline) waiting(ctx context.Context, id string, revision int64) (DeskItem, error) {
	it, err := p.DeskDocument(ctx, id)
	if err != nil {
		return it, err
	}
	if it.Revision != revision || it.State != string(postroom.InReview) && it.State != string(postroom.Quarantined) {
		return it, ErrChanged
	}
	return it, nil
}

// sortLayout reads the pages of a document that a person put together as one.
func (p *Pipeline) sortLayout(ctx context.Context, l *layout, turned *turnedPage) error {
	if len(l.pages) == 0 {
		return nil
	}
	r := l.item.Record
	r.Pages = l.pages
	message := string(r.Message.Hash)
	pages, err := p.pagesOf(ctx, message, r)
	if err != nil {
		return err
	}
	if len(pages) != len(l.pages) {
		return postroom.Bad(nil, "what was read of a page is gone", "ask who runs Postroom to reconcile it")
	}
	for i := range pages {
		pages[i].Attachment = l.pages[i].Attachment
		if turned != nil && pages[i].Hash == turned.page.Hash && pages[i].Number == turned.page.Number {
			pages[i] = turned.page
		}
	}
	m, err := loadMessage(ctx, p.db, message)
	if err != nil {
		return err
	}
	contents := m.contents
	contents.Message.Received = m.received
	sorter, err := p.sorter(ctx)
	if err != nil {
		return err
	}
	one, ok := sorter.(OneSorter)
	if !ok {
		return errors.New("the sorter cannot read pages as one document")
	}
	d, err := one.One(ctx, contents, pages)
	if err != nil {
		return fmt.Errorf("sort the pages of document %s: %w", shortID(r.DocumentID), err)
	}
	l.document, l.read = &d, pages
	if l.isNew {
		ids, err := p.pageIDs(ctx, message, r.DocumentID, l.pages)
		if err != nil {
			return err
		}
		l.newID = postroom.DocumentID(r.Message.Hash, ids)
	}
	return nil
}

// pageIDs finds where the pages of a document stand in its message.
func (p *Pipeline) pageIDs(ctx context.Context, message, document string, pages []postroom.RecordPage) ([]postroom.PageID, error) {
	var out []postroom.PageID
	for _, rp := range pages {
		id := postroom.PageID{Page: rp.Page}
		if err := p.db.row(ctx, `SELECT q.attachment FROM pages q JOIN attachments a ON a.message = q.message AND a.number = q.attachment
			WHERE q.message = ? AND a.sha256 = ? AND q.page = ? AND q.document = ? ORDER BY q.attachment LIMIT 1`, message, string(rp.Hash), rp.Page, document).scan(&id.Attachment); errors.Is(err, errNoRows) {
			return nil, ErrChanged
		} else if err != nil {
			return nil, fmt.Errorf("find a page of document %s: %w", shortID(document), err)
		}
		out = append(out, id)
	}
	return out, nil
}

// insertSplit makes the row of a document that a person split off, or takes the one
// that an earlier split left. Taking the split back leaves it without pages.
func (p *Pipeline) insertSplit(ctx context.Context, t tx, l *layout) (deskBefore, error) {
	r := l.item.Record
	r.OtherPages, r.Leftovers = []postroom.OtherPage{}, nil
	r.Pages, r.Text, r.Fields = []postroom.RecordPage{}, []string{}, map[postroom.FieldName]postroom.Field{}
	r.Version, r.Replaces = 1, 0
	emptied(&r)
	l.item.Record.Leftovers, l.item.Record.Version, l.item.Record.Replaces = nil, 1, 0
	b := deskBefore{state: string(postroom.Discarded)}
	for try := 0; ; try++ {
		r.DocumentID = l.newID
		if try > 0 {
			// The name belongs to a document that was something else before.
			r.DocumentID = string(postroom.HashOf(fmt.Appendf(nil, "postroom.split/1\n%s\n%d", l.newID, try))[:32])
		}
		l.item.Record.DocumentID = r.DocumentID
		b.id, b.record = r.DocumentID, r
		var body string
		err := t.row(ctx, `SELECT record, revision FROM documents WHERE id = ?`, r.DocumentID).scan(&body, &b.after)
		if errors.Is(err, errNoRows) {
			break
		}
		if err != nil {
			return b, err
		}
		var there postroom.Record
		if err := json.Unmarshal([]byte(body), &there); err != nil {
			return b, err
		}
		if len(there.Pages) > 0 || there.Status != postroom.Discarded || r.DocumentID == l.from {
			continue
		}
		b.record, b.after = there, b.after+1
		l.item.Record.Version, l.item.Record.Replaces = there.Version, there.Replaces
		l.others, l.item.Record.Leftovers = slices.Clone(there.OtherPages), there.Leftovers
		_, err = t.exec(ctx, `UPDATE documents SET revision = revision + 1 WHERE id = ?`, r.DocumentID)
		return b, err
	}
	var seq, number int64
	if err := t.row(ctx, `SELECT MAX(message_seq), MAX(number) + 1 FROM documents WHERE message = ?`, string(r.Message.Hash)).scan(&seq, &number); err != nil {
		return b, err
	}
	_, err := t.exec(ctx, `INSERT INTO documents (id, message, message_seq, number, state, type, urgent, version, record, fingerprint, run, created, filed)
		VALUES (?, ?, ?, ?, ?, '', 0, 1, '', '[]', '', ?, 0)`, r.DocumentID, string(r.Message.Hash), seq, number, string(postroom.Discarded), micros(p.now()))
	b.after = 1
	return b, err
}

// emptied makes the record of a document whose pages are elsewhere now.
func emptied(r *postroom.Record) {
	r.Status, r.Reasons = postroom.Discarded, []string{"a person put its pages into other documents"}
	r.Pages, r.Text, r.Fields = []postroom.RecordPage{}, []string{}, map[postroom.FieldName]postroom.Field{}
	r.Type, r.Urgent, r.Return, r.DuplicateOf, r.Sampled = postroom.TypeGuess{Code: postroom.UnknownType}, false, nil, nil, false
	r.Patient = postroom.RecordPatient{Match: postroom.MatchNone}
}

// redraft makes the record that follows from a document's new pages.
func (p *Pipeline) redraft(ctx context.Context, t tx, l *layout) (postroom.Record, error) {
	r := l.item.Record
	r.OtherPages = l.others
	if r.OtherPages == nil {
		r.OtherPages = []postroom.OtherPage{}
	}
	if len(l.pages) == 0 {
		emptied(&r)
	} else {
		d := draft{Record: r, Document: l.document}
		fillDraft(&d, l.read)
		var body string
		if err := t.row(ctx, `SELECT contents FROM messages WHERE id = ?`, string(r.Message.Hash)).scan(&body); err != nil {
			return r, err
		}
		var contents postroom.Contents
		if err := json.Unmarshal([]byte(body), &contents); err != nil {
			return r, err
		}
		if contents.Exception != postroom.NoException && contents.Exception != postroom.NoDocument {
			d.Held = []string{contents.Reason}
		}
		decideDraft(&d, "", p.parts.Rule)
		if d.Record.Status != postroom.InReview || d.Record.Sampled {
			d.Record.Status, d.Record.Sampled, d.Record.Reasons = postroom.InReview, false, []string{"a person changed which pages belong to it"}
		}
		r = d.Record
	}
	r.Objects = plannedObjects(r, string(r.Message.Hash))
	return r, nil
}

// fillDraft puts what sorting found into a draft's record.
func fillDraft(d *draft, read []postroom.Page) {
	r, doc := &d.Record, d.Document
	r.Pages, r.Text = []postroom.RecordPage{}, []string{}
	for i := range read {
		p := &read[i]
		r.Pages = append(r.Pages, postroom.RecordPage{Attachment: p.Attachment, Hash: p.Hash, Page: p.Number, Rotation: p.Rotation, Confidence: round(p.Confidence),
			Width: p.Width, Height: p.Height, DPIX: p.DPIX, DPIY: p.DPIY, Notes: p.Notes})
		r.Text = append(r.Text, p.PlainText())
		bare := *p
		bare.Words = nil
		d.Pages = append(d.Pages, bare)
	}
	r.Type = doc.Type
	r.Type.Confidence = round(r.Type.Confidence)
	r.Urgent, r.Return, r.Fields, r.DuplicateOf, r.Sampled = doc.Urgent, doc.Return, roundFields(doc.Fields), nil, false
	r.Patient = postroom.RecordPatient{Match: postroom.MatchNone}
	if who := doc.Match.Patient; who != nil {
		r.Patient = postroom.RecordPatient{Match: doc.Match.Kind, NHSNumber: who.Number, Family: who.Family, Given: who.Given, BirthDate: who.BirthDate}
	}
}

// putFingerprint makes the document's entry among those that copies are found by.
func (p *Pipeline) putFingerprint(ctx context.Context, t tx, l *layout) error {
	rows := []uint64{}
	if l.document != nil && l.document.Fingerprint != nil {
		rows = l.document.Fingerprint
	}
	if _, err := t.exec(ctx, `UPDATE documents SET fingerprint = ? WHERE id = ?`, jsonOf(rows), l.id()); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `DELETE FROM fingerprints WHERE document = ?`, l.id()); err != nil {
		return err
	}
	for _, band := range bands(rows) {
		if _, err := t.exec(ctx, `INSERT INTO fingerprints (band, document) VALUES (?, ?) ON CONFLICT DO NOTHING`, band, l.id()); err != nil {
			return err
		}
	}
	return nil
}

// A turnedPage is a page that was read again the other way up.
type turnedPage struct {
	page   postroom.Page
	engine string
	before pageEngine
}

func (p *Pipeline) turnPage(ctx context.Context, r postroom.Record, n, turn int) (*turnedPage, error) {
	reader, ok := p.parts.Read.(TurnedReader)
	if !ok || turn != 90 && turn != 180 && turn != 270 {
		return nil, postroom.Bad(nil, "a page is turned by a quarter, a half or three quarters", "")
	}
	read, release, err := p.DeskPage(ctx, r.DocumentID, n)
	if err != nil {
		return nil, err
	}
	defer release()
	rp := r.Pages[n-1]
	before, err := read.Load(ctx)
	if err != nil {
		return nil, err
	}
	to := (before.Rotation + turn) % 360
	out := &turnedPage{engine: fmt.Sprintf("%s+turned%d", p.parts.Read.Version(), to)}
	message := string(r.Message.Hash)
	ids, err := p.pageIDs(ctx, message, r.DocumentID, []postroom.RecordPage{rp})
	if err != nil {
		return nil, err
	}
	out.before = pageEngine{Attachment: ids[0].Attachment, Page: rp.Page, State: "read"}
	if err := p.db.row(ctx, `SELECT engine FROM pages WHERE message = ? AND attachment = ? AND page = ?`, message, ids[0].Attachment, rp.Page).scan(&out.before.Engine); err != nil {
		return nil, err
	}
	if out.page, err = reader.ReadTurned(ctx, read.Attachment, rp.Page, to); err != nil {
		return nil, fmt.Errorf("read page %d of document %s again: %w", n, shortID(r.DocumentID), err)
	}
	out.page.Attachment, out.page.Hash, out.page.Number = rp.Attachment, rp.Hash, rp.Page
	return out, nil
}

// keep stores what was read and makes it the reading that counts.
func (u *turnedPage) keep(ctx context.Context, t tx, message string) error {
	body, err := packPage(u.page)
	if err != nil {
		return err
	}
	// Not under the image: a copy of the page is read for itself.
	if _, err := t.exec(ctx, `INSERT INTO readings (sha256, page, engine, image, body) VALUES (?, ?, ?, '', ?) ON CONFLICT DO NOTHING`,
		string(u.page.Hash), u.page.Number, u.engine, body); err != nil {
		return err
	}
	_, err = t.exec(ctx, `UPDATE pages SET engine = ? WHERE message = ? AND attachment = ? AND page = ?`, u.engine, message, u.before.Attachment, u.before.Page)
	return err
}

// Siblings are the other documents of a document's message that hold pages, in
// the order of their first pages.
func (p *Pipeline) Siblings(ctx context.Context, id string) (out []DeskItem, err error) {
	err = p.db.each(ctx, func(scan func(...any) error) error {
		it, err := p.scanDesk(scan)
		if err == nil && len(it.Record.Pages) > 0 {
			out = append(out, it)
		}
		return err
	}, deskColumns+` WHERE d.message = (SELECT message FROM documents WHERE id = ?) AND d.id <> ? ORDER BY d.number`, id, id)
	if err != nil {
		return nil, fmt.Errorf("load the other documents of a message: %w", err)
	}
	return out, nil
}
