package review

import (
	"context"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// A Shield is what of a document that waits nobody may be shown before they have keyed it: the
// values that two readings disagree about, wherever they stand. The image is all there is to key
// them from. The zero value hides nothing.
type Shield struct {
	Names    []postroom.FieldName
	readings []string // what was read, in normal form
	boxes    map[int][]postroom.Box
	normal   func(postroom.FieldName, string) (string, error)
}

// ShieldOf is a document's.
func ShieldOf(ctx context.Context, d Desk, it Item) (Shield, error) {
	if !mayBeShielded(it) {
		return Shield{}, nil
	}
	pages, err := d.Pages(ctx, it.Record.DocumentID)
	return shieldOf(d, it, pages), err
}

// mayBeShielded spares asking for the pages of most documents.
func mayBeShielded(it Item) bool {
	return waits(it) && slices.ContainsFunc(criticalFields, func(name postroom.FieldName) bool {
		f := it.Record.Fields[name]
		return f.Page >= 1 && !f.Box.Empty()
	})
}

func waits(it Item) bool {
	return it.State == string(postroom.InReview) || it.State == string(postroom.Quarantined)
}

func shieldOf(d Desk, it Item, pages []postroom.Page) Shield {
	s := Shield{boxes: map[int][]postroom.Box{}, normal: d.Normal}
	if !waits(it) {
		return s
	}
	for _, row := range fieldRows(it.Record, pages) {
		if row.Blind {
			s.Names = append(s.Names, row.Name)
			s.readings = append(s.readings, readings(d, row, pages[row.Page-1])...)
			s.boxes[row.Page] = append(s.boxes[row.Page], row.Field.Box)
		}
	}
	return s
}

// Any reports whether anything is hidden.
func (s Shield) Any() bool { return len(s.Names) > 0 }

// Record is the record without them, without the patient whom they found, and without the text
// in which they stand.
func (s Shield) Record(r postroom.Record) postroom.Record {
	if !s.Any() {
		return r
	}
	fields := map[postroom.FieldName]postroom.Field{}
	for name, f := range r.Fields {
		switch {
		case slices.Contains(s.Names, name):
			f.Value, f.Text, f.Why, f.Proposal, f.Items = "", "", "", "", nil
		case s.tells(f.Value), s.tells(f.Text):
			continue
		}
		fields[name] = f
	}
	r.Fields, r.Patient, r.Text = fields, postroom.RecordPatient{Match: r.Patient.Match}, make([]string, len(r.Text))
	return r
}

// Item is the item with such a record.
func (s Shield) Item(it Item) Item {
	it.Record = s.Record(it.Record)
	return it
}

// Pages are the pages without the words that tell them.
func (s Shield) Pages(pages []postroom.Page) []postroom.Page {
	if !s.Any() {
		return pages
	}
	out := slices.Clone(pages)
	for i, p := range out {
		words := []postroom.Word{}
		for n, hidden := range s.hidden(i+1, p) {
			if !hidden {
				words = append(words, p.Words[n])
			}
		}
		out[i].Words = words
		out[i].Barcodes = slices.DeleteFunc(slices.Clone(p.Barcodes), func(b postroom.Barcode) bool { return s.tells(b.Text) })
	}
	return out
}

// longestRun is in how many words a number or a date can stand.
const longestRun = 5

// hidden says of each word of page n whether it tells what is to be keyed.
func (s Shield) hidden(n int, p postroom.Page) []bool {
	out := make([]bool, len(p.Words))
	if !s.Any() {
		return out
	}
	for i, w := range p.Words {
		box := p.Original(w.Box)
		if slices.ContainsFunc(s.boxes[n], func(b postroom.Box) bool { return touches(box, b) }) {
			out[i] = true
		}
		run := ""
		for k := i; k < len(p.Words) && k < i+longestRun && p.Words[k].Line == w.Line; k++ {
			run += " " + p.Words[k].Text
			if s.tells(run) {
				for j := i; j <= k; j++ {
					out[j] = true
				}
				break
			}
		}
	}
	return out
}

// tells reports whether a text is one of the readings, or holds one in figures.
func (s Shield) tells(text string) bool {
	if !strings.ContainsAny(text, "0123456789") {
		return false
	}
	text = strings.Trim(text, " .,;:()[]")
	figures := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
	for _, reading := range s.readings {
		if len(reading) >= 10 && !strings.Contains(reading, "-") && strings.Contains(figures, reading) {
			return true
		}
	}
	for _, name := range s.Names {
		if v, err := s.normal(name, text); err == nil && slices.Contains(s.readings, v) {
			return true
		}
	}
	return false
}
