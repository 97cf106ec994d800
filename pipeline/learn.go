package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/postroom/postroom"
)

// A Confirmation is what a person said about a document: a labelled example to
// learn from, and the measure of what was filed by itself. The last one about a
// document counts.
type Confirmation struct {
	DocumentID string            `json:"document_id"`
	Type       postroom.TypeCode `json:"type"`
	// Patient is the register's number, or its key where it has none, of whom
	// the document is about; empty when it is nobody of the practice's.
	Patient string `json:"patient"`
	// PatientKnown is false when the person said nothing about the patient.
	PatientKnown bool `json:"patient_known"`
	// Fields are the values that the person saw and left or put right, in
	// normal form; a field that is not here was not looked at.
	Fields map[postroom.FieldName]string `json:"fields"`
	By     string                        `json:"by"` // "user:<id>"
	At     time.Time                     `json:"at"`
}

// Confirm keeps what a person said about a document. It is a Problem when
// there is no such document or the type does not exist.
func (p *Pipeline) Confirm(ctx context.Context, c Confirmation) error {
	if _, ok := postroom.TypeOf(c.Type); !ok && c.Type != postroom.Junk {
		return postroom.Bad(nil, fmt.Sprintf("there is no type %q", c.Type), "a type of the practice's own belongs into the configuration, under types")
	}
	if c.By == "" {
		return postroom.Bad(nil, "a confirmation does not say by whom it is", `write "by": "user:<id>"`)
	}
	for name := range c.Fields {
		known := false
		for _, f := range postroom.FieldNames {
			known = known || f == name
		}
		if !known {
			return postroom.Bad(nil, fmt.Sprintf("there is no field %q", name), "the record schema lists the fields")
		}
	}
	if c.At.IsZero() {
		c.At = p.now().UTC()
	}
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	err = p.db.inTx(ctx, func(t tx) error {
		var state string
		if err := t.row(ctx, `SELECT state FROM documents WHERE id = ?`, c.DocumentID).scan(&state); errors.Is(err, errNoRows) {
			return postroom.Bad(nil, "there is no document "+shortID(c.DocumentID), "the confirmation belongs to another postroom, or to a document that was never taken in")
		} else if err != nil {
			return err
		}
		// The same words again are no new decision.
		var last string
		err := t.row(ctx, `SELECT body FROM confirmations WHERE document = ? ORDER BY seq DESC LIMIT 1`, c.DocumentID).scan(&last)
		if err != nil && !errors.Is(err, errNoRows) {
			return err
		}
		if err == nil && sameConfirmation(last, c) {
			return nil
		}
		_, err = t.exec(ctx, `INSERT INTO confirmations (document, by_whom, at, body) VALUES (?, ?, ?, ?)`, c.DocumentID, c.By, micros(c.At), string(body))
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a confirmation: %w", err)
	}
	return nil
}

func sameConfirmation(body string, c Confirmation) bool {
	var last Confirmation
	if json.Unmarshal([]byte(body), &last) != nil {
		return false
	}
	last.By, last.At = c.By, c.At
	a, _ := json.Marshal(last) // plain values
	b, _ := json.Marshal(c)
	return string(a) == string(b)
}

func shortID(id string) string {
	if len(id) > 12 {
		return id[:12]
	}
	return id
}

// A Decided is a confirmed document with what Postroom had made of it.
type Decided struct {
	Confirmation
	Seq     int64 // the order of the confirmations
	Record  postroom.Record
	Message string          // the message's hash
	Pages   []postroom.Page // with their words; empty when what was read is gone
}

// Decisions calls f for each confirmed document, in the order of the last word
// about each, after the confirmation `after`.
func (p *Pipeline) Decisions(ctx context.Context, after int64, f func(Decided) error) error {
	type row struct {
		d     Decided
		state string
	}
	for {
		var batch []row
		err := p.db.each(ctx, func(scan func(...any) error) error {
			var r row
			var body, record string
			if err := scan(&r.d.Seq, &body, &r.d.Message, &r.state, &record); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(body), &r.d.Confirmation); err != nil {
				return err
			}
			var err error
			r.d.Record, err = recordOf(r.state, record)
			batch = append(batch, r)
			return err
		}, `SELECT c.seq, c.body, d.message, d.state, d.record FROM confirmations c JOIN documents d ON d.id = c.document
			WHERE c.seq > ? AND c.seq = (SELECT MAX(seq) FROM confirmations WHERE document = c.document) ORDER BY c.seq LIMIT 100`, after)
		if err != nil {
			return fmt.Errorf("load confirmations: %w", err)
		}
		if len(batch) == 0 {
			return nil
		}
		for _, r := range batch {
			after = r.d.Seq
			if r.d.Pages, err = p.pagesOf(ctx, r.d.Message, r.d.Record); err != nil {
				return err
			}
			if err := f(r.d); err != nil {
				return err
			}
		}
	}
}

// pagesOf loads what was read of a record's pages.
func (p *Pipeline) pagesOf(ctx context.Context, message string, r postroom.Record) ([]postroom.Page, error) {
	var out []postroom.Page
	for _, rp := range r.Pages {
		var body []byte
		err := p.db.row(ctx, `SELECT r.body FROM attachments a
			JOIN pages q ON q.message = a.message AND q.attachment = a.number
			JOIN readings r ON r.sha256 = a.sha256 AND r.page = q.page AND r.engine = q.engine
			WHERE a.message = ? AND a.sha256 = ? AND q.page = ? ORDER BY a.number LIMIT 1`, message, string(rp.Hash), rp.Page).scan(&body)
		if errors.Is(err, errNoRows) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("load page %d of document %s: %w", rp.Page, r.DocumentID, err)
		}
		page, err := unpackPage(body)
		if err != nil {
			return nil, err
		}
		out = append(out, page)
	}
	return out, nil
}

// A KeptModel is a model that was made of confirmations.
type KeptModel struct {
	Version string    `json:"version"`
	Made    time.Time `json:"made"`
	Through int64     `json:"through"` // the last confirmation that it learned from
	Before  string    `json:"before"`  // the version in use until it took over; empty for the shipped one
	Trial   string    `json:"trial"`
	InUse   bool      `json:"in_use"`
}

const modelSetting = "model"

// Models returns the models that were made, the newest first.
func (p *Pipeline) Models(ctx context.Context) ([]KeptModel, error) {
	use, err := p.Setting(ctx, modelSetting)
	if err != nil {
		return nil, fmt.Errorf("load the models: %w", err)
	}
	var out []KeptModel
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var m KeptModel
		var made int64
		if err := scan(&m.Version, &made, &m.Through, &m.Before, &m.Trial); err != nil {
			return err
		}
		m.Made, m.InUse = fromMicros(made), m.Version == use
		out = append(out, m)
		return nil
	}, `SELECT version, made, through, before, trial FROM models ORDER BY made DESC, seq DESC`)
	if err != nil {
		return nil, fmt.Errorf("load the models: %w", err)
	}
	return out, nil
}

// Model returns the model in use and its bytes; empty for the shipped one.
func (p *Pipeline) Model(ctx context.Context) (KeptModel, []byte, error) {
	version, err := p.Setting(ctx, modelSetting)
	if err != nil || version == "" {
		return KeptModel{}, nil, err
	}
	m := KeptModel{Version: version, InUse: true}
	var made int64
	var body []byte
	if err := p.db.row(ctx, `SELECT made, through, before, trial, body FROM models WHERE version = ?`, version).scan(&made, &m.Through, &m.Before, &m.Trial, &body); err != nil {
		return m, nil, fmt.Errorf("load the model %s: %w", version, err)
	}
	m.Made = fromMicros(made)
	return m, body, nil
}

// TakeOver keeps a model and puts it in use. Every process sorts with it from
// its next message on. keep is how many older ones stay to go back to.
func (p *Pipeline) TakeOver(ctx context.Context, m KeptModel, body []byte, keep int) error {
	err := p.db.inTx(ctx, func(t tx) error {
		var before string
		if err := t.row(ctx, `SELECT value FROM settings WHERE name = ?`, modelSetting).scan(&before); err != nil && !errors.Is(err, errNoRows) {
			return err
		}
		if before == m.Version {
			_, err := t.exec(ctx, `UPDATE models SET through = ? WHERE version = ?`, m.Through, m.Version)
			return err
		}
		if _, err := t.exec(ctx, `DELETE FROM models WHERE version = ?`, m.Version); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `INSERT INTO models (version, made, through, before, trial, body) VALUES (?, ?, ?, ?, ?, ?)`,
			m.Version, micros(p.now()), m.Through, before, m.Trial, body); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `DELETE FROM models WHERE version <> ? AND seq NOT IN (SELECT seq FROM models ORDER BY seq DESC LIMIT ?)`, m.Version, max(keep, 1)+1); err != nil {
			return err
		}
		return setSetting(ctx, t, modelSetting, m.Version)
	})
	if err != nil {
		return fmt.Errorf("take over the model %s: %w", m.Version, err)
	}
	return nil
}

// Rollback puts the model back in use that the present one took over from, and
// returns its version; empty is the one that the program ships.
func (p *Pipeline) Rollback(ctx context.Context) (from, to string, err error) {
	err = p.db.inTx(ctx, func(t tx) error {
		if err := t.row(ctx, `SELECT value FROM settings WHERE name = ?`, modelSetting).scan(&from); errors.Is(err, errNoRows) || err == nil && from == "" {
			return postroom.Bad(nil, "the model that the program ships is in use", "there is nothing to go back to")
		} else if err != nil {
			return err
		}
		if err := t.row(ctx, `SELECT before FROM models WHERE version = ?`, from).scan(&to); err != nil {
			return err
		}
		if to != "" {
			var n int
			if err := t.row(ctx, `SELECT COUNT(*) FROM models WHERE version = ?`, to).scan(&n); err != nil {
				return err
			}
			if n == 0 { // it is no longer kept
				to = ""
			}
		}
		return setSetting(ctx, t, modelSetting, to)
	})
	if err != nil {
		return from, "", fmt.Errorf("go back to the model before: %w", err)
	}
	return from, to, nil
}

// A SampleResult is the true error of filing without a person, measured on the
// documents that were drawn at random.
type SampleResult struct {
	Drawn        int `json:"drawn"`
	Checked      int `json:"checked"` // of those, by a person
	WrongPatient int `json:"wrong_patient"`
	WrongType    int `json:"wrong_type"`
	WrongField   int `json:"wrong_field"` // documents with a field that was corrected
	Right        int `json:"right"`
}

// Sample measures what people said about the documents that were drawn at
// random of those that would have been filed. same says whether two values of a
// field mean the same.
func (p *Pipeline) Sample(ctx context.Context, same func(name postroom.FieldName, a, b string) bool) (s SampleResult, err error) {
	err = p.Records(ctx, func(r postroom.Record) error {
		if r.Sampled {
			s.Drawn++
		}
		return nil
	})
	if err != nil {
		return s, err
	}
	err = p.Decisions(ctx, 0, func(d Decided) error {
		if !d.Record.Sampled {
			return nil
		}
		s.Checked++
		wrong := false
		if d.PatientKnown && d.Patient != d.Record.Patient.NHSNumber {
			s.WrongPatient++
			wrong = true
		}
		if d.Type != d.Record.Type.Code {
			s.WrongType++
			wrong = true
		}
		for name, value := range d.Fields {
			if f, ok := d.Record.Fields[name]; ok && !same(name, value, f.Value) {
				s.WrongField++
				wrong = true
				break
			}
		}
		if !wrong {
			s.Right++
		}
		return nil
	})
	return s, err
}
