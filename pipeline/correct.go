package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/postroom/postroom"
)

// A Correction changes a document that was filed. What is nil stays as it is.
type Correction struct {
	// By is the person, as "user:<id>"; corrections are never made by the program.
	By string
	// Why is one plain sentence without patient data.
	Why string
	// Patient is whose the document is: another patient's when it was filed to
	// the wrong one, or the number that a merge kept.
	Patient *postroom.RecordPatient
	Type    *postroom.TypeCode
	// Fields replace the fields of the same name; they count as confirmed.
	Fields map[postroom.FieldName]postroom.Field
}

// Correct makes the next version of a filed document and queues its filing.
// The new record names the version that it replaces; its FHIR bundle
// marks the old one superseded, or entered in error when the patient was wrong, and
// every receiver is told. expect is the version that the person saw: when the
// document has gone on since, nothing happens and the error is a Problem.
//
// Until the new version's files are written the document is in review, as any
// other that is being filed; the old version stays in the store unchanged.
func (p *Pipeline) Correct(ctx context.Context, document string, expect int, c Correction) (postroom.Record, error) {
	bad := func(reason string) error {
		return postroom.Bad(nil, "document "+document+" cannot be corrected: "+reason, "look at it again")
	}
	var next postroom.Record
	if id, ok := strings.CutPrefix(c.By, "user:"); !ok || id == "" {
		return next, bad("no person is named")
	}
	if strings.TrimSpace(c.Why) == "" {
		return next, bad("no reason is given")
	}
	if c.Type != nil {
		if _, ok := postroom.TypeOf(*c.Type); !ok {
			return next, bad("there is no such type")
		}
	}
	if w := c.Patient; w != nil && w.NHSNumber != "" {
		if _, err := postroom.ParseNHSNumber(w.NHSNumber); err != nil {
			return next, bad("the patient's number is not valid")
		}
	}
	err := p.db.inTx(ctx, func(t tx) error {
		var state, body string
		err := t.row(ctx, `SELECT state, record FROM documents WHERE id = ?`, document).scan(&state, &body)
		if errors.Is(err, errNoRows) {
			return bad("there is no such document")
		}
		if err != nil {
			return fmt.Errorf("load document %s: %w", document, err)
		}
		var r postroom.Record
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			return fmt.Errorf("load document %s: %w", document, err)
		}
		if state != string(postroom.Filed) {
			return bad("it is not filed")
		}
		if r.Version != expect {
			return bad(fmt.Sprintf("it was changed meanwhile and is at version %d", r.Version))
		}
		// A manifest that is being written must come out the same after a crash.
		var open int
		if err := t.row(ctx, `SELECT COUNT(*) FROM runs JOIN documents d ON d.run = runs.id WHERE d.id = ? AND runs.manifest = ''`, document).scan(&open); err != nil {
			return err
		}
		if open > 0 {
			return &postroom.Problem{Kind: postroom.Temporary, Reason: "the list of the night's documents is being written", Hint: "try again in a minute"}
		}
		r.Replaces, r.Version = r.Version, r.Version+1
		r.DecidedBy, r.DecidedAt = c.By, p.now().UTC()
		r.Reasons = []string{c.Why}
		if c.Patient != nil {
			r.Patient = *c.Patient
		}
		if c.Type != nil {
			r.Type = postroom.TypeGuess{Code: *c.Type, Confidence: 1, Why: []string{"a person said so"}}
		}
		for name, f := range c.Fields {
			f.Valid, f.ConfirmedBy = true, c.By
			r.Fields[name] = f
		}
		r.Objects = postroom.RecordObjects{Originals: r.Objects.Originals}
		next = r
		p.audit(t, c.By, AuditCorrected, r.DocumentID, fmt.Sprintf("version %d becomes %d", r.Replaces, r.Version))
		return p.fileNext(ctx, t, r)
	})
	return next, err
}

// fileNext sets a filed document back to be filed in another version. Its message
// has one document more to wait for, so that its outcome is counted once.
func (p *Pipeline) fileNext(ctx context.Context, t tx, r postroom.Record) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	n, err := t.exec(ctx, `UPDATE documents SET state = ?, record = ?, version = ?, type = ?, run = '', revision = revision + 1 WHERE id = ? AND state = 'filed' AND version = ?`,
		stateDocumentFiling, string(body), r.Version, string(r.Type.Code), r.DocumentID, r.Replaces)
	if err != nil {
		return err
	}
	if n == 0 {
		return errAlreadyDone
	}
	if _, err := t.exec(ctx, `UPDATE messages SET documents_left = documents_left + 1 WHERE id = (SELECT message FROM documents WHERE id = ?)`, r.DocumentID); err != nil {
		return err
	}
	return t.enqueue(ctx, fileDocumentArgs{r.DocumentID})
}

// Merge moves every filed document of one patient to another: the practice's
// system has found that they are one person and keeps the second number. Each
// document becomes a new version; it returns how many. It may be repeated.
func (p *Pipeline) Merge(ctx context.Context, from string, into postroom.RecordPatient, by, why string) (int, error) {
	if from == "" || into.NHSNumber == "" || from == into.NHSNumber {
		return 0, postroom.Bad(nil, "a merge needs two different numbers", "")
	}
	var found []postroom.Record
	if err := p.Records(ctx, func(r postroom.Record) error {
		if r.Status == postroom.Filed && r.Patient.NHSNumber == from {
			found = append(found, postroom.Record{DocumentID: r.DocumentID, Version: r.Version})
		}
		return nil
	}); err != nil {
		return 0, err
	}
	for i, r := range found {
		if _, err := p.Correct(ctx, r.DocumentID, r.Version, Correction{By: by, Why: why, Patient: &into}); err != nil {
			return i, err
		}
	}
	return len(found), nil
}
