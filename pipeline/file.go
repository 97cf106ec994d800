package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// fileDocument writes a document's files and its record, then notes that it is filed.
func (p *Pipeline) fileDocument(ctx context.Context, id string) error {
	r, message, ok, err := p.beginFiling(ctx, id)
	if err != nil {
		return fmt.Errorf("begin to file document %s: %w", id, err)
	}
	if !ok {
		return nil
	}
	pages, release, err := p.readPages(ctx, message, r)
	if err != nil {
		return err
	}
	defer release()
	pdf, err := os.CreateTemp(p.files.dir, "document-*.pdf")
	if err != nil {
		return &postroom.Problem{Kind: postroom.Temporary, Reason: "the temporary folder cannot be written", Err: err}
	}
	defer os.Remove(pdf.Name())
	defer pdf.Close()
	drawn, err := p.parts.Read.Searchable(ctx, pdf, p.documentTitle(r), r.Message.Received, pages)
	if err != nil {
		return fmt.Errorf("make the searchable PDF of document %s: %w", id, err)
	}
	noteDrawn(&r, drawn)
	if _, err := pdf.Seek(0, io.SeekStart); err != nil {
		return err
	}
	filed, err := p.parts.File.File(ctx, r, pdf)
	if postroom.IsBadInput(err) {
		if next, mendErr := p.overLeftRecord(ctx, r); mendErr != nil || next {
			return mendErr
		}
	}
	if err != nil {
		return fmt.Errorf("file document %s: %w", id, err)
	}
	return p.documentDone(ctx, id, string(postroom.Filed), filed)
}

// noteDrawn says of the record's pages which of them stand in the PDF as pictures of what was sent.
func noteDrawn(r *postroom.Record, drawn map[int]string) {
	const told = "the sender's page is drawn in the PDF"
	r.Pages = slices.Clone(r.Pages)
	for i := range r.Pages {
		notes := slices.DeleteFunc(slices.Clone(r.Pages[i].Notes), func(n string) bool { return strings.HasPrefix(n, told) })
		if why, ok := drawn[i]; ok {
			notes = append(notes, told+": "+why)
		}
		r.Pages[i].Notes = notes
	}
}

// overLeftRecord mends the filing of a document whose record is in the store with other
// contents already: an earlier filing got that far, was given up before the state knew,
// and then a person decided otherwise. What they decided becomes the next version, which
// replaces that record, as if it had been known. Without a person nothing is replaced.
func (p *Pipeline) overLeftRecord(ctx context.Context, r postroom.Record) (bool, error) {
	if !strings.HasPrefix(r.DecidedBy, "user:") {
		return false, nil
	}
	body, err := p.parts.Objects.Open(ctx, recordKey(r))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer body.Close()
	var left postroom.Record
	if err := json.NewDecoder(io.LimitReader(body, 64<<20)).Decode(&left); err != nil ||
		left.DocumentID != r.DocumentID || left.Version != r.Version || left.Message.Hash != r.Message.Hash {
		return false, nil // it is not ours to replace
	}
	r.Replaces, r.Version = r.Version, r.Version+1
	err = p.db.inTx(ctx, func(t tx) error {
		n, err := t.exec(ctx, `UPDATE documents SET record = ?, version = ?, revision = revision + 1 WHERE id = ? AND state = ? AND version = ?`,
			jsonOf(r), r.Version, r.DocumentID, stateDocumentFiling, r.Replaces)
		if err != nil || n == 0 {
			return err
		}
		if _, err := t.exec(ctx, `INSERT INTO desk_notes (document, by_whom, at, note) VALUES (?, 'postroom', ?, ?)`, r.DocumentID, micros(p.now()),
			fmt.Sprintf("version %d was in the store from an attempt that was given up; this is version %d", r.Replaces, r.Version)); err != nil {
			return err
		}
		return t.enqueue(ctx, fileDocumentArgs{r.DocumentID})
	})
	if err != nil {
		return false, fmt.Errorf("file document %s in the next version: %w", r.DocumentID, err)
	}
	return true, nil
}

// documentTitle is the PDF's title: type and date, and the patient only where
// the practice wants that.
func (p *Pipeline) documentTitle(r postroom.Record) string {
	title := "Document"
	if t, ok := postroom.TypeOf(r.Type.Code); ok {
		title = t.Title
	}
	if f, ok := r.Fields[postroom.LetterDate]; ok && f.Valid {
		title += ", " + f.Value
	}
	if who := r.Patient; p.opt.PatientInTitle && who.Family != "" {
		title += ", " + strings.Join(strings.Fields(who.Family+" "+who.Given), " ")
	}
	return title
}

// readPages gathers a record's pages with their originals on this machine; release
// must be called.
func (p *Pipeline) readPages(ctx context.Context, message string, r postroom.Record) (pages []ReadPage, release func(), err error) {
	var releases []func()
	release = func() {
		for _, f := range releases {
			f()
		}
	}
	embed, err := p.embeddable(ctx, message, r)
	if err != nil {
		return nil, release, err
	}
	for _, rp := range r.Pages {
		var a postroom.Attachment
		var engine string
		err := p.db.row(ctx, `SELECT a.name, a.media_type, a.size, q.engine FROM attachments a
			JOIN pages q ON q.message = a.message AND q.attachment = a.number
			JOIN readings r ON r.sha256 = a.sha256 AND r.page = q.page AND r.engine = q.engine
			WHERE a.message = ? AND a.sha256 = ? AND q.page = ? ORDER BY a.number LIMIT 1`, message, string(rp.Hash), rp.Page).
			scan(&a.Name, &a.MediaType, &a.Size, &engine)
		if err != nil {
			release()
			return nil, nil, fmt.Errorf("load page %d of document %s: %w", rp.Page, r.DocumentID, err)
		}
		load := func(ctx context.Context) (postroom.Page, error) {
			var body []byte
			err := p.db.row(ctx, `SELECT body FROM readings WHERE sha256 = ? AND page = ? AND engine = ?`, string(rp.Hash), rp.Page, engine).scan(&body)
			if err != nil {
				return postroom.Page{}, fmt.Errorf("load page %d of document %s: %w", rp.Page, r.DocumentID, err)
			}
			return unpackPage(body)
		}
		path, done, err := p.files.get(ctx, rp.Hash)
		if err != nil {
			release()
			return nil, nil, err
		}
		releases = append(releases, done)
		a.Hash, a.Path = rp.Hash, path
		pages = append(pages, ReadPage{Attachment: a, Number: rp.Page, Load: load, Embed: slices.Contains(embed, rp.Hash)})
	}
	return pages, release, nil
}

// documentDone ends a document's filing; with the last one its message is done.
func (p *Pipeline) documentDone(ctx context.Context, id, state string, r postroom.Record) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	err = p.db.inTx(ctx, func(t tx) error {
		n, err := t.exec(ctx, `UPDATE documents SET state = ?, record = ?, filed = ? WHERE id = ? AND state = ? AND version = ?`,
			state, string(body), micros(p.now()), id, stateDocumentFiling, r.Version) // a later version is another job's
		if err != nil {
			return err
		}
		if n == 0 {
			return errAlreadyDone
		}
		if err := p.addDeliveries(ctx, t, r); err != nil {
			return err
		}
		p.audit(t, r.DecidedBy, state, r.DocumentID, fmt.Sprintf("version %d", r.Version))
		if err := p.noteDocument(ctx, t, state, r); err != nil {
			return err
		}
		if state == string(postroom.Filed) {
			if err := p.countFiled(ctx, t, r); err != nil {
				return err
			}
		}
		if _, err := t.exec(ctx, `UPDATE messages SET documents_left = documents_left - 1,
			problem = CASE WHEN ? = 'quarantined' THEN 1 ELSE problem END
			WHERE id = (SELECT message FROM documents WHERE id = ?)`, state, id); err != nil {
			return err
		}
		_, err = t.exec(ctx, `UPDATE messages SET state = ?, done = ?, outcome = CASE problem WHEN 1 THEN 'problem' ELSE 'processed' END
			WHERE id = (SELECT message FROM documents WHERE id = ?) AND state = ? AND documents_left = 0`,
			stateDone, micros(p.now()), id, stateFiling)
		return err
	})
	if err == nil {
		p.observer().Count(countOf(postroom.Status(state)), 1)
		p.wakeSources()
	}
	return ignoreDone(err)
}

// quarantineDocument ends the filing of a document that cannot be filed.
func (p *Pipeline) quarantineDocument(ctx context.Context, id, reason string) error {
	var body string
	if err := p.db.row(ctx, `SELECT record FROM documents WHERE id = ?`, id).scan(&body); err != nil {
		return err
	}
	var r postroom.Record
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		return err
	}
	r.Status, r.Reasons = postroom.Quarantined, []string{reason}
	return p.documentDone(ctx, id, string(postroom.Quarantined), r)
}

// quarantineMessage ends the reading or sorting of a message that cannot go on.
// All its pages go into one record with the fate "quarantined". from are the
// states that the job which gives up leads away from: a message that is past
// them was brought on by another attempt and keeps what that made of it.
func (p *Pipeline) quarantineMessage(ctx context.Context, id, reason string, from ...string) error {
	m, err := loadMessage(ctx, p.db, id)
	if err != nil {
		return err
	}
	if !slices.Contains(from, m.state) {
		return p.decide(ctx, "")
	}
	o := opened{contents: m.contents}
	o.contents.Leftovers = append(o.contents.Leftovers, postroom.Leftover{
		Name: m.name, MediaType: "message/rfc822", Hash: m.id, Size: m.size, Problem: true, Reason: reason})
	var readings []pageReading
	if m.state != stateTaken {
		loaded, rs, err := p.loadReadings(ctx, m, false)
		if err != nil {
			return err
		}
		o.pages, o.problems = loaded.pages, loaded.problems
		for _, r := range rs {
			if r.page != nil || r.reason == "" {
				r.page, r.reason = nil, reason
			}
			readings = append(readings, r)
		}
	} else {
		o.contents.Attachments = nil
	}
	if err := p.saveDrafts(ctx, m.id, m.state, func(_ tx, put func(draft) error) error {
		return draftRecords(ctx, m.message(), o, readings, readable{}, postroom.Sorted{}, "", put)
	}); err != nil {
		return err
	}
	return p.decide(ctx, id)
}
