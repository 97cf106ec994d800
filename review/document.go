package review

import (
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

type documentPage struct {
	Item   Item
	Others bool // somebody else has it open
	Left   int  // for so many minutes more, unless they go on with it
	Open   bool // it waits for a decision
	Fields []fieldRow
	Types  []postroom.DocumentType
	Type   postroom.TypeCode
	// TypeDoubtful says that the type is not sure, or none that a document can be filed as.
	TypeDoubtful bool
	Patient      choice
	In           template.URL // the filter with whose documents the person goes on
	MonthFirst   bool
	Sheets       sheets
	NoList       bool   // of patients, when it was read
	Next         string // the address of the document that comes next; "" for none
}

// A fieldRow is one value as the desk shows it.
type fieldRow struct {
	Name     postroom.FieldName
	Field    postroom.Field
	Value    string
	Doubtful bool
	Missing  bool
	Blind    bool   // two readings disagree: the clerk keys it without seeing either
	Keyed    string // so, the first time, which was neither of them
	List     bool
	Page     int
	Box      [4]float64 // in shares of the upright page
}

// doubt is the confidence below which a value is shown as doubtful.
const doubt = 0.90

var always = []postroom.FieldName{postroom.NHSNumberField, postroom.PatientName, postroom.BirthDate, postroom.LetterDate}

// otherNumbers are what a patient has elsewhere than in England and Wales.
var otherNumbers = []postroom.FieldName{postroom.CHINumberField, postroom.HCNumberField, postroom.MRN}

var lists = []postroom.FieldName{postroom.Diagnoses, postroom.Medications, postroom.Allergies, postroom.Actions}
var criticalFields = []postroom.FieldName{postroom.NHSNumberField, postroom.CHINumberField, postroom.HCNumberField, postroom.BirthDate}

func (s *server) document(w http.ResponseWriter, r *http.Request) {
	s.showDocument(w, r, Decision{}, "")
}

// showDocument shows a document; after a refusal, with what the clerk had typed.
func (s *server) showDocument(w http.ResponseWriter, r *http.Request, typed Decision, refusal string) {
	id, me := r.PathValue("id"), s.Access.Who(r.Context()).ID
	it, err := s.Desk.Document(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if refusal != "" && it.Revision != typed.Revision {
		s.fail(w, r, ErrChanged)
		return
	}
	d := documentPage{Item: it, Type: it.Record.Type.Code, In: s.filterOf(r).query(), MonthFirst: s.MonthFirst}
	d.Open = it.State == string(postroom.InReview) || it.State == string(postroom.Quarantined)
	// What is loaded ahead is not claimed: it is not open yet.
	ahead := refusal == "" && r.URL.Query().Get("ahead") != ""
	if d.Open && ahead {
		d.Others = it.ClaimedBy != "" && it.ClaimedBy != me
	} else if d.Open {
		if err := s.Desk.Claim(r.Context(), id, me); errors.Is(err, ErrClaimed) {
			d.Others, d.Left = true, 1+int(it.Until.Sub(s.Now()).Minutes())
		} else if err != nil {
			s.fail(w, r, err)
			return
		}
	}
	pages, err := s.Desk.Pages(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d.Fields, d.Sheets = s.shownRows(it.Record, pages), sheetsOf(it, pages)
	for _, t := range postroom.Types {
		if t.Code != postroom.UnknownType && t.Code != postroom.Junk && t.Code != postroom.FaxCover {
			d.Types = append(d.Types, t)
		}
	}
	d.TypeDoubtful = it.Record.Type.Confidence < doubt || !slices.ContainsFunc(d.Types, func(t postroom.DocumentType) bool { return t.Code == d.Type })
	d.NoList = slices.Contains(it.Record.Reasons, postroom.ReasonNoList)
	if n := it.Record.Patient.NHSNumber; n != "" {
		if found, err := s.Desk.Patients(r.Context(), n); err == nil && len(found) == 1 {
			d.Patient = s.choiceOf(found[0])
		}
	}
	if slices.ContainsFunc(d.Fields, func(f fieldRow) bool { return f.Blind }) {
		d.Patient = choice{} // found by a value that is in dispute, and would give it away
	}
	if d.Open && !d.Others && !ahead {
		next, err := s.after(r, s.filterOf(r), id)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if next != "" {
			d.Next = within("/document/"+next, s.filterOf(r))
		}
	}
	status := http.StatusOK
	if refusal != "" {
		status = http.StatusUnprocessableEntity
		d.Type = typed.Type
		for i := range d.Fields {
			if v, ok := typed.Fields[d.Fields[i].Name]; ok {
				d.Fields[i].Value = v
			}
			d.Fields[i].Keyed = typed.Again[d.Fields[i].Name]
		}
		if found, err := s.Desk.Patients(r.Context(), typed.Patient); err == nil && len(found) == 1 && typed.Patient != "" {
			d.Patient = s.choiceOf(found[0])
		}
	}
	s.show(w, r, status, "document", page{Title: typeTitle(d.Type), Error: refusal, Data: d})
}

// stay keeps the document for who types, and answers 409 when it is somebody else's by now.
func (s *server) stay(w http.ResponseWriter, r *http.Request) {
	if err := s.Desk.Claim(r.Context(), r.PathValue("id"), s.me(r)); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// sheet is the pages alone, for a window on a second screen.
func (s *server) sheet(w http.ResponseWriter, r *http.Request) {
	it, err := s.Desk.Document(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	pages, err := s.Desk.Pages(r.Context(), it.Record.DocumentID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "sheet", page{Title: "Pages: " + typeTitle(it.Record.Type.Code), Data: sheetsOf(it, pages)})
}

// sheets are a document's pages as images. Their sizes only say how wide and how high they are to
// each other, so that a page has its room before its image is there.
type sheets struct {
	Item  Item
	Sizes [][2]int
}

func sheetsOf(it Item, pages []postroom.Page) sheets {
	out := sheets{Item: it}
	for i := range it.Record.Pages {
		size := [2]int{1600, 2263} // A4
		if i < len(pages) && pages[i].Width > 0 && pages[i].Height > 0 {
			p := pages[i]
			x, y := max(p.DPIX, 1), max(p.DPIY, 1)
			w, h := float64(p.Width)/x, float64(p.Height)/y
			if p.Rotation == 90 || p.Rotation == 270 {
				w, h = h, w
			}
			size = [2]int{1600, int(1600 * h / w)}
		}
		out.Sizes = append(out.Sizes, size)
	}
	return out
}

// shownRows are the document's values as people here write them.
func (s *server) shownRows(rec postroom.Record, pages []postroom.Page) []fieldRow {
	rows := fieldRows(rec, pages)
	for i := range rows {
		rows[i].Value = s.shown(rows[i].Name, rows[i].Value)
	}
	return rows
}

func (s *server) shown(name postroom.FieldName, value string) string {
	if strings.HasSuffix(string(name), "_date") {
		return s.day(value)
	}
	if n, err := postroom.ParseNHSNumber(value); err == nil && slices.Contains(criticalFields, name) {
		return n.Spaced()
	}
	return value
}

// Lines are how many of a list are shown without scrolling in it.
func (r fieldRow) Lines() int { return min(max(2, 1+strings.Count(r.Value, "\n")), 8) }

// fieldRows are the document's values: those for which it waits first, then the other doubtful ones.
func fieldRows(rec postroom.Record, pages []postroom.Page) []fieldRow {
	var rows []fieldRow
	for _, name := range postroom.FieldNames {
		f, found := rec.Fields[name]
		if !found && (!slices.Contains(always, name) || name == postroom.NHSNumberField && slices.ContainsFunc(otherNumbers, func(n postroom.FieldName) bool { return rec.Fields[n].Valid })) {
			continue
		}
		row := fieldRow{Name: name, Field: f, Value: f.Value, Missing: !found, List: slices.Contains(lists, name)}
		row.Doubtful = !found || !f.Valid || f.Confidence < doubt
		if f.Page >= 1 && f.Page <= len(pages) && !f.Box.Empty() {
			row.Page, row.Box = f.Page, shares(pages[f.Page-1], f.Box)
			if slices.Contains(criticalFields, name) && readTwoWays(pages[f.Page-1], f.Box) {
				row.Blind, row.Doubtful, row.Value, row.Field.Text = true, true, "", ""
			}
		}
		rows = append(rows, row)
	}
	rank := func(r fieldRow) int {
		switch {
		case !r.Doubtful:
			return 2
		case r.Blind, slices.ContainsFunc(rec.Reasons, func(why string) bool { return strings.HasPrefix(why, "the field "+string(r.Name)+" ") }):
			return 0
		}
		return 1
	}
	slices.SortStableFunc(rows, func(a, b fieldRow) int { return rank(a) - rank(b) })
	return rows
}

// readTwoWays reports whether a second reading of a word in the box disagrees.
func readTwoWays(p postroom.Page, box postroom.Box) bool {
	for _, w := range p.Words {
		if w.Other == "" {
			continue
		}
		if touches(p.Original(w.Box), box) {
			return true
		}
	}
	return false
}

// shares turns a box of the page as it arrived into shares of its width and
// height after it is turned upright.
func shares(p postroom.Page, b postroom.Box) [4]float64 {
	if p.Width <= 0 || p.Height <= 0 {
		return [4]float64{}
	}
	w, h := float64(p.Width), float64(p.Height)
	l, t, r, m := float64(b[0])/w, float64(b[1])/h, float64(b[2])/w, float64(b[3])/h
	switch p.Rotation {
	case 90:
		return [4]float64{1 - m, l, 1 - t, r}
	case 180:
		return [4]float64{1 - r, 1 - m, 1 - l, 1 - t}
	case 270:
		return [4]float64{t, 1 - r, m, 1 - l}
	}
	return [4]float64{l, t, r, m}
}

// A shownWord is a word on the page's image.
type shownWord struct {
	Text string     `json:"t"`
	Box  [4]float64 `json:"b"`
	Line int        `json:"l"`
}

// words sends the words of all pages, to pick values from. Those that were read
// two ways are left out, and what tells a value that the clerk is to key from the image.
func (s *server) words(w http.ResponseWriter, r *http.Request) {
	it, err := s.Desk.Document(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	pages, err := s.Desk.Pages(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	shield := shieldOf(s.Desk, it, pages)
	out := make([][]shownWord, len(pages))
	for i, p := range pages {
		out[i] = []shownWord{}
		hidden := shield.hidden(i+1, p)
		for n, word := range p.Words {
			if word.Other == "" && !hidden[n] {
				out[i] = append(out[i], shownWord{word.Text, shares(p, p.Original(word.Box)), word.Line})
			}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(out)
}
