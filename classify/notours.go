package classify

import (
	"time"

	"github.com/postroom/postroom"
)

// returned says what is needed to send a document back that is about nobody of
// the practice; nil for every other document.
func returned(d *postroom.Document, sheets []*sheet, received time.Time) *postroom.Return {
	if d.Match.NotOurs == "" {
		return nil
	}
	value := func(name postroom.FieldName) string {
		if f, ok := d.Fields[name]; ok && f.Valid {
			return f.Value
		}
		return ""
	}
	out := &postroom.Return{
		Why: d.Match.NotOurs, Organisation: value(postroom.SenderOrganisation), Department: value(postroom.SenderDepartment),
		Clinician: value(postroom.SenderClinician), LetterDate: value(postroom.LetterDate),
		Priority: postroom.Priority(d.Type.Code, d.Urgent),
	}
	if !received.IsZero() {
		out.Received = received.UTC().Format(time.DateOnly)
	}
	if len(sheets) > 0 {
		out.Phone, out.Fax = sheets[0].letterheadNumbers(value(postroom.PatientPhone))
	}
	return out
}

// letterheadNumbers are the sender's telephone and fax numbers in the upper
// part of the first page; the patient's own is none of them.
func (s *sheet) letterheadNumbers(patients string) (phone, fax string) {
	for _, l := range s.labels {
		if l.label != labelPhone && l.label != labelFax || s.depth(l.row) > 0.4 {
			continue
		}
		if p, ok := s.partAt(l.row, l.cell); ok && (p == partPatient || p == partGP || p == partKin) {
			continue
		}
		sp := s.right(l)
		m := phonePattern.FindStringSubmatchIndex(s.rows()[sp.row].shadow[sp.start:sp.end])
		if m == nil {
			continue
		}
		n := normalPhone(s.rows()[sp.row].shadow[sp.start+m[2] : sp.start+m[3]])
		switch {
		case len(n) < 10 || len(n) > 11 || n == patients:
		case l.label == labelFax && fax == "":
			fax = n
		case l.label == labelPhone && phone == "":
			phone = n
		}
	}
	return phone, fax
}
