package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// What a person does with a document that was filed.
const (
	FiledCorrect  = "correct"  // its type or values
	FiledRefile   = "refile"   // it is about another patient
	FiledWithdraw = "withdraw" // it is about nobody of the practice's and goes back to its sender
)

// A FiledChange is what a person changes of a document that was filed.
type FiledChange struct {
	DeskDecision        // Patient is not looked at for FiledWithdraw
	Action       string // FiledCorrect, FiledRefile or FiledWithdraw
	Why          string // one plain sentence without patient data
}

// ChangeFiled makes the next version of a filed document as a person decided. The
// old version stays in the store as it is; receivers are told of the new one when it is
// filed. It can be taken back with Undo. Nothing happens and ErrChanged or
// ErrClaimed is returned when the document is not what the person saw, or is open at
// somebody else's desk. Another patient than before is a Problem except with FiledRefile.
func (p *Pipeline) ChangeFiled(ctx context.Context, c FiledChange) error {
	if c.By == "" {
		return fmt.Errorf("a correction does not say by whom it is")
	}
	if strings.TrimSpace(c.Why) == "" {
		return postroom.Bad(nil, "the reason is missing", "say why the filed document is changed")
	}
	if _, ok := postroom.TypeOf(c.Type); (!ok || c.Type == postroom.UnknownType || c.Type == postroom.Junk || c.Type == postroom.FaxCover) && c.Action != FiledWithdraw {
		return postroom.Bad(nil, "the document has no type", "choose what it is")
	}
	values, err := p.typedFields(c.Fields)
	if err != nil {
		return err
	}
	err = p.db.inTx(ctx, func(t tx) error {
		before, err := p.takeIn(ctx, t, c.Document, c.Revision, c.By, string(postroom.Filed))
		if err != nil {
			return err
		}
		open, err := p.inOpenManifest(ctx, t, c.Document)
		if err != nil {
			return err
		}
		if open {
			return &postroom.Problem{Kind: postroom.Temporary, Reason: "the list of the night's documents is being written", Hint: "try again in a minute"}
		}
		if err := t.row(ctx, `SELECT run FROM documents WHERE id = ?`, c.Document).scan(&before.run); err != nil {
			return err
		}
		r := before.record
		r.Fields = maps.Clone(r.Fields)
		r.DecidedBy, r.DecidedAt = "user:"+c.By, p.now().UTC()
		said := Confirmation{DocumentID: c.Document, Type: c.Type, PatientKnown: true, Fields: values, By: r.DecidedBy, At: r.DecidedAt}
		if c.Action == FiledWithdraw {
			said.Type = r.Type.Code
			r.Return, r.Patient = returnOf(r), postroom.RecordPatient{Match: postroom.MatchNone}
			if err := p.addReturn(ctx, t, r, c.By); err != nil {
				return err
			}
		} else if said.Patient, err = p.changeValues(ctx, t, &r, c, values); err != nil {
			return err
		}
		r.Replaces, r.Version = r.Version, r.Version+1
		r.Reasons = []string{c.Why}
		if err := p.fileAgain(ctx, t, r); err != nil {
			return err
		}
		if _, err := p.keepDecision(ctx, t, c.DeskDecision, c.Action, c.Why, []deskBefore{before}); err != nil {
			return err
		}
		if err := p.count(ctx, t, StatCorrected, c.Action, 1, boolInt(before.record.DecidedBy == "postroom")); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `INSERT INTO confirmations (document, by_whom, at, body) VALUES (?, ?, ?, ?)`, c.Document, said.By, micros(said.At), jsonOf(said)); err != nil {
			return err
		}
		if p.opt.UndoFor < 0 {
			return t.enqueueAt(ctx, priorityUrgent, fileDocumentArgs{c.Document})
		}
		return t.enqueueAt(ctx, priorityUrgent, fileLaterArgs{Document: c.Document, at: p.now().Add(p.opt.UndoFor)})
	})
	if err != nil {
		return fmt.Errorf("change the filed document %s: %w", shortID(c.Document), err)
	}
	return nil
}

// changeValues puts a person's corrections into the record of a filed document, and
// returns the patient as a confirmation names them.
func (p *Pipeline) changeValues(ctx context.Context, t tx, r *postroom.Record, c FiledChange, values map[postroom.FieldName]string) (string, error) {
	who, found, err := patientByID(ctx, t, c.Patient)
	if err != nil {
		return "", err
	}
	if !found {
		return "", postroom.Bad(nil, "no patient is chosen", "choose one of the practice's list, or say that it is about none of your patients")
	}
	same := who.Number == r.Patient.NHSNumber && who.Family == r.Patient.Family && who.Given == r.Patient.Given && who.BirthDate == r.Patient.BirthDate
	switch {
	case c.Action == FiledRefile && same:
		return "", postroom.Bad(nil, "the document is filed to this patient already", "choose the other patient")
	case c.Action == FiledCorrect && !same:
		return "", postroom.Bad(nil, "this patient is not the one to whom the document is filed", "use the form for another patient")
	case c.Action != FiledRefile && c.Action != FiledCorrect:
		return "", postroom.Bad(nil, "a filed document cannot be changed in this way", "")
	}
	changed := r.Type.Code != c.Type || !same
	for name, value := range values {
		changed = changed || r.Fields[name].Value != value
	}
	if !changed {
		return "", postroom.Bad(nil, "nothing was changed", "put a value right, or leave the document as it is")
	}
	applyFields(r, values)
	if err := agrees(r, who); err != nil {
		return "", err
	}
	if r.Type.Code != c.Type {
		r.Type = postroom.TypeGuess{Code: c.Type, Confidence: 1, Why: []string{"a person said so"}}
	}
	r.Patient = postroom.RecordPatient{Match: postroom.MatchExact, NHSNumber: who.Number, Family: who.Family, Given: who.Given, BirthDate: who.BirthDate}
	r.Return = nil
	if _, err := t.exec(ctx, `DELETE FROM desk_returns WHERE document = ? AND sent = 0`, r.DocumentID); err != nil {
		return "", err
	}
	if who.Number != "" {
		return who.Number, nil
	}
	return who.ID, nil
}

// fileAgain sets a document back to be filed in the version that r is, which a person
// can take back until it begins. The caller enqueues the filing.
func (p *Pipeline) fileAgain(ctx context.Context, t tx, r postroom.Record) error {
	r.Objects = postroom.RecordObjects{Originals: r.Objects.Originals}
	if _, err := t.exec(ctx, `UPDATE documents SET state = ?, record = ?, version = ?, type = ?, urgent = ?, run = '', begun = 0 WHERE id = ?`,
		stateDocumentFiling, jsonOf(r), r.Version, string(r.Type.Code), boolInt(r.Urgent), r.DocumentID); err != nil {
		return err
	}
	if err := p.noteDocument(ctx, t, stateDocumentFiling, r); err != nil {
		return err
	}
	_, err := t.exec(ctx, `UPDATE messages SET documents_left = documents_left + 1 WHERE id = (SELECT message FROM documents WHERE id = ?)`, r.DocumentID)
	return err
}

// takeBackFiled makes a document that a person had corrected what it was when it was
// filed: as if nothing had been, or, once the correction is filed itself, in a
// version of its own.
func (p *Pipeline) takeBackFiled(ctx context.Context, t tx, b, now deskBefore, by string) error {
	r := b.record
	if now.state == stateDocumentFiling && now.record.Replaces == r.Version {
		if err := p.putBack(ctx, t, b.state, r); err != nil {
			return err
		}
		_, err := t.exec(ctx, `UPDATE documents SET run = ? WHERE id = ?`, b.run, b.id)
		return err
	}
	switch now.state {
	case string(postroom.Filed):
		r.Replaces, r.Version = now.record.Version, now.record.Version+1
	case stateDocumentFiling: // in the place of what had not begun
		r.Replaces, r.Version = now.record.Replaces, now.record.Version
	default: // files of that version may be there
		r.Replaces, r.Version = now.record.Replaces, now.record.Version+1
	}
	r.DecidedBy, r.DecidedAt = "user:"+by, p.now().UTC()
	r.Reasons = []string{"a correction was taken back"}
	if err := p.fileAgain(ctx, t, r); err != nil {
		return err
	}
	return t.enqueueAt(ctx, priorityUrgent, fileDocumentArgs{b.id})
}

// UndoOf is Undo, where the person's last decision is about the document; else
// nothing happens and ErrNothingToUndo is returned.
func (p *Pipeline) UndoOf(ctx context.Context, by, document string) error {
	_, err := p.undo(ctx, by, document, nil)
	return err
}

// Versions returns the versions of a document that were filed, the last one first:
// what the state holds of the present one, and the records that the store keeps of
// those before. It is empty for a document that never was filed.
func (p *Pipeline) Versions(ctx context.Context, id string) (out []postroom.Record, err error) {
	it, err := p.DeskDocument(ctx, id)
	if err != nil {
		return nil, err
	}
	r := it.Record
	next := r.Replaces
	if it.State == string(postroom.Filed) {
		out = append(out, r)
	}
	for next > 0 {
		r.Version = next
		body, err := p.object(ctx, recordKey(r))
		if err != nil {
			return out, fmt.Errorf("load version %d of document %s: %w", next, shortID(id), err)
		}
		var earlier postroom.Record
		if err := json.Unmarshal(body, &earlier); err != nil {
			return out, fmt.Errorf("load version %d of document %s: %w", next, shortID(id), err)
		}
		if earlier.Replaces >= next {
			return out, fmt.Errorf("version %d of document %s replaces a later one", next, shortID(id))
		}
		out, next = append(out, earlier), earlier.Replaces
	}
	return out, nil
}

// mostRecord bounds a record that is read from the store, in bytes.
const mostRecord = 64 << 20

func (p *Pipeline) object(ctx context.Context, key string) ([]byte, error) {
	f, err := p.parts.Objects.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, mostRecord))
}

// FiledPDF opens the PDF of one version of a document. ErrNoDocument is returned when
// that version was never filed.
func (p *Pipeline) FiledPDF(ctx context.Context, id string, version int) (io.ReadCloser, error) {
	versions, err := p.Versions(ctx, id)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(versions, func(r postroom.Record) bool { return r.Version == version })
	if i < 0 || versions[i].Objects.PDF == "" {
		return nil, ErrNoDocument
	}
	f, err := p.parts.Objects.Open(ctx, versions[i].Objects.PDF)
	if err != nil {
		return nil, fmt.Errorf("open the PDF of document %s: %w", shortID(id), err)
	}
	return f, nil
}

// DeliveriesOf returns what was handed to receivers of a document, in order.
func (p *Pipeline) DeliveriesOf(ctx context.Context, id string) (out []Delivery, err error) {
	err = p.db.each(ctx, func(scan func(...any) error) error {
		d := Delivery{DocumentID: id}
		var created, done int64
		err := scan(&d.Seq, &d.Receiver, &d.Version, &d.State, &d.Said, &created, &done)
		if d.Created = fromMicros(created); done > 0 {
			d.Done = fromMicros(done)
		}
		out = append(out, d)
		return err
	}, `SELECT seq, receiver, version, state, said, created, done FROM deliveries WHERE document = ? ORDER BY seq`, id)
	if err != nil {
		return nil, fmt.Errorf("load the deliveries of document %s: %w", shortID(id), err)
	}
	return out, nil
}
