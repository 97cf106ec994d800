package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// A DeskDecision is what a person decided about a document that waits.
type DeskDecision struct {
	Document string
	Revision int64  // of the document as the person saw it
	By       string // the person's id, without "user:"
	Type     postroom.TypeCode
	// Patient is the key in the practice's list of whom the document is about.
	Patient string
	// Fields are the values that the person saw and left or put right. One that
	// is empty was struck out; one that is missing was not looked at.
	Fields map[postroom.FieldName]string
}

// FileByPerson files a document as a person decided: the record, the job that
// writes its files, and the example to learn from commit together. Nothing
// happens and ErrChanged or ErrClaimed is returned when the document is not what the
// person saw, or is open at somebody else's desk. A value that breaks a rule, and a
// patient who is not the one that the document names, are Problems.
func (p *Pipeline) FileByPerson(ctx context.Context, d DeskDecision) error {
	if _, ok := postroom.TypeOf(d.Type); !ok || d.Type == postroom.UnknownType || d.Type == postroom.Junk || d.Type == postroom.FaxCover {
		return postroom.Bad(nil, "the document has no type", "choose what it is")
	}
	values, err := p.typedFields(d.Fields)
	if err != nil {
		return err
	}
	err = p.decideAtDesk(ctx, d, "file", "", func(t tx, r *postroom.Record) error {
		if len(r.Pages) == 0 {
			return postroom.Bad(nil, "there is no page that could be filed", "discard it, or ask the sender to send it again")
		}
		who, found, err := patientByID(ctx, t, d.Patient)
		if err != nil {
			return err
		}
		if !found {
			return postroom.Bad(nil, "no patient is chosen", "choose one of the practice's list, or say that it is about none of your patients")
		}
		if err := p.countDecision(ctx, t, *r, d.Type, values); err != nil {
			return err
		}
		applyFields(r, values)
		if err := agrees(r, who); err != nil {
			return err
		}
		if r.Type.Code != d.Type {
			r.Type = postroom.TypeGuess{Code: d.Type}
		}
		r.Type.Confidence = 1
		r.Patient = postroom.RecordPatient{Match: postroom.MatchExact, NHSNumber: who.Number, Family: who.Family, Given: who.Given, BirthDate: who.BirthDate}
		r.Return, r.Status, r.Reasons = nil, postroom.Filed, []string{"a person checked it"}
		record, err := json.Marshal(r)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, `UPDATE documents SET state = ?, type = ?, record = ?, version = ?, run = '', begun = 0 WHERE id = ?`, stateDocumentFiling, string(d.Type), string(record), r.Version, d.Document); err != nil {
			return err
		}
		if err := p.noteDocument(ctx, t, stateDocumentFiling, *r); err != nil {
			return err
		}
		// Filing takes one off again; a message that is done stays so.
		if _, err := t.exec(ctx, `UPDATE messages SET documents_left = documents_left + 1 WHERE id = (SELECT message FROM documents WHERE id = ?)`, d.Document); err != nil {
			return err
		}
		patient := who.Number
		if patient == "" {
			patient = who.ID
		}
		c := Confirmation{DocumentID: d.Document, Type: d.Type, Patient: patient, PatientKnown: true, Fields: values, By: r.DecidedBy, At: r.DecidedAt}
		body, err := json.Marshal(c)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, `INSERT INTO confirmations (document, by_whom, at, body) VALUES (?, ?, ?, ?)`, d.Document, c.By, micros(c.At), string(body)); err != nil {
			return err
		}
		if p.opt.UndoFor < 0 {
			return t.enqueueAt(ctx, priorityUrgent, fileDocumentArgs{d.Document})
		}
		return t.enqueueAt(ctx, priorityUrgent, fileLaterArgs{Document: d.Document, at: p.now().Add(p.opt.UndoFor)})
	})
	if err != nil {
		return fmt.Errorf("file document %s: %w", shortID(d.Document), err)
	}
	return nil
}

// DiscardByPerson ends a document that is nothing to file. why is shown with
// it and must hold no patient data.
func (p *Pipeline) DiscardByPerson(ctx context.Context, d DeskDecision, why string) error {
	if strings.TrimSpace(why) == "" {
		return postroom.Bad(nil, "the reason is missing", "say why there is nothing to file")
	}
	if err := p.discard(ctx, d, why, func(tx, *postroom.Record) error { return nil }); err != nil {
		return fmt.Errorf("discard document %s: %w", shortID(d.Document), err)
	}
	return nil
}

// discard ends a document that waits; also is done with its record before.
func (p *Pipeline) discard(ctx context.Context, d DeskDecision, why string, also func(tx, *postroom.Record) error) error {
	return p.decideAtDesk(ctx, d, "discard", why, func(t tx, r *postroom.Record) error {
		if r.Replaces > 0 {
			return postroom.Bad(nil, "an earlier version of it was filed, so it cannot just be put away", "file it to the right patient, with the right values")
		}
		r.Status, r.Reasons = postroom.Discarded, []string{why}
		if err := also(t, r); err != nil {
			return err
		}
		record, err := json.Marshal(r)
		if err != nil {
			return err
		}
		if _, err = t.exec(ctx, `UPDATE documents SET state = ?, record = ? WHERE id = ?`, string(postroom.Discarded), string(record), d.Document); err != nil {
			return err
		}
		return p.noteDocument(ctx, t, string(postroom.Discarded), *r)
	})
}

// decideAtDesk runs f with the document's record in a transaction that has made
// sure that the person saw exactly this version and nobody else has it open.
func (p *Pipeline) decideAtDesk(ctx context.Context, d DeskDecision, action, why string, f func(tx, *postroom.Record) error) error {
	if d.By == "" {
		return errors.New("a decision does not say by whom it is")
	}
	return p.db.inTx(ctx, func(t tx) error {
		before, err := p.takeForDecision(ctx, t, d.Document, d.Revision, d.By)
		if err != nil {
			return err
		}
		if _, err := p.keepDecision(ctx, t, d, action, why, []deskBefore{before}); err != nil {
			return err
		}
		r := before.record
		r.DecidedBy, r.DecidedAt = "user:"+d.By, p.now().UTC()
		r.Fields = maps.Clone(r.Fields)
		return f(t, &r)
	})
}

// A deskBefore is a document as it was before a decision.
type deskBefore struct {
	id      string
	state   string
	saw     int64 // the revision that was decided about; known once it is kept
	after   int64 // the revision that the decision makes
	record  postroom.Record
	engines []pageEngine // the readings that counted, where that changes
	run     string       // the manifest that listed it when it was filed
}

// A pageEngine says which reading of a page counts.
type pageEngine struct {
	Attachment int    `json:"attachment"`
	Page       int    `json:"page"`
	Engine     string `json:"engine"`
	State      string `json:"state"`
}

// takeForDecision locks a document that waits, and makes sure that the person saw
// exactly this version and nobody else has it open.
func (p *Pipeline) takeForDecision(ctx context.Context, t tx, id string, revision int64, by string) (b deskBefore, err error) {
	return p.takeIn(ctx, t, id, revision, by, string(postroom.InReview), string(postroom.Quarantined))
}

// takeIn is takeForDecision for a document in one of the states.
func (p *Pipeline) takeIn(ctx context.Context, t tx, id string, revision int64, by string, states ...string) (b deskBefore, err error) {
	// The update comes first because it locks the document: of two decisions at once
	// the second one waits here and then finds another revision.
	n, err := t.exec(ctx, `UPDATE documents SET revision = revision + 1, claimed_by = '', claimed_until = 0
		WHERE id = ? AND revision = ? AND state IN ('`+strings.Join(states, "', '")+`') AND (claimed_by = ? OR claimed_by = '' OR claimed_until <= ?)`,
		id, revision, by, micros(p.now()))
	if err != nil {
		return b, err
	}
	var body string
	b.id = id
	err = t.row(ctx, `SELECT record, state, revision FROM documents WHERE id = ?`, id).scan(&body, &b.state, &b.after)
	if errors.Is(err, errNoRows) {
		return b, ErrNoDocument
	}
	if err != nil {
		return b, err
	}
	if n == 0 {
		if b.after == revision && slices.Contains(states, b.state) {
			return b, ErrClaimed
		}
		return b, ErrChanged
	}
	return b, json.Unmarshal([]byte(body), &b.record)
}

// keepDecision writes down who decided what, and what was there before.
func (p *Pipeline) keepDecision(ctx context.Context, t tx, d DeskDecision, action, why string, befores []deskBefore) (seq int64, err error) {
	err = t.row(ctx, `INSERT INTO desk_decisions (document, revision, by_whom, at, action, why) VALUES (?, ?, ?, ?, ?, ?) RETURNING seq`,
		d.Document, d.Revision, d.By, micros(p.now()), action, why).scan(&seq)
	if err != nil {
		return 0, err
	}
	p.audit(t, "user:"+d.By, "desk_"+action, d.Document, fmt.Sprintf("saw revision %d", d.Revision))
	for _, b := range befores {
		if b.id != d.Document {
			p.audit(t, "user:"+d.By, "desk_"+action, b.id, "together with "+d.Document)
		}
	}
	for _, b := range befores {
		engines := ""
		if len(b.engines) > 0 {
			engines = jsonOf(b.engines)
		}
		if _, err := t.exec(ctx, `INSERT INTO desk_befores (decision, document, saw, after, state, record, engines, run) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			seq, b.id, b.after-1, b.after, b.state, jsonOf(b.record), engines, b.run); err != nil {
			return 0, err
		}
	}
	return seq, nil
}

// applyFields puts a person's values into the record. A value that they left as
// it was keeps the place where it stands; one that they typed has none.
func applyFields(r *postroom.Record, values map[postroom.FieldName]string) {
	if r.Fields == nil {
		r.Fields = map[postroom.FieldName]postroom.Field{}
	}
	for name, value := range values {
		f, had := r.Fields[name]
		switch {
		case value == "":
			delete(r.Fields, name)
			continue
		case !had || f.Value != value:
			f = postroom.Field{Value: value, Text: f.Text, Page: f.Page, Box: f.Box, Why: "a person put it in"}
		}
		f.Confidence, f.Valid, f.Proposal, f.ConfirmedBy = 1, true, "", r.DecidedBy
		r.Fields[name] = f
	}
}

// agrees refuses a patient who is not the one that the document names.
func agrees(r *postroom.Record, who postroom.Patient) error {
	for _, name := range []postroom.FieldName{postroom.NHSNumberField, postroom.CHINumberField, postroom.HCNumberField} {
		if f, ok := r.Fields[name]; ok && f.Valid && who.Number != "" && f.Value != who.Number {
			return postroom.Bad(nil, "the number in the document is not the number of the patient chosen", "choose the other patient, or put the number right")
		}
	}
	if f, ok := r.Fields[postroom.BirthDate]; ok && f.Valid && who.BirthDate != "" && f.Value != who.BirthDate {
		return postroom.Bad(nil, "the birth date in the document is not that of the patient chosen", "choose the other patient, or put the birth date right")
	}
	return nil
}
