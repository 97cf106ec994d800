package review

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/postroom/postroom"
)

type filedPage struct {
	Item       Item
	Terms      string
	Pages      []shownPage
	Fields     []fieldRow
	Versions   []postroom.Record
	History    []Event
	Deliveries []Delivery
	Originals  []Original
	Return     *Returned
	Waits      bool // for a decision
	Blind      bool // a value is to be keyed without seeing it, and so is what was found by it
	Filed      bool
	Mine       bool // the last thing that was done to it is this person's
	Me         string
}

// A shownPage is a page's image with what is lit up on it.
type shownPage struct {
	Number int
	Marks  [][4]float64 // left, top, width, height in shares
}

// filed shows a document with all that became of it, whatever its state.
func (s *server) filed(w http.ResponseWriter, r *http.Request) {
	ctx, id := r.Context(), r.PathValue("id")
	it, err := s.Desk.Document(ctx, id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	looked, _ := s.sealed(r)
	d := filedPage{Item: it, Terms: looked.Get("q"), Me: s.me(r)}
	d.Filed = it.State == string(postroom.Filed)
	d.Waits = it.State == string(postroom.InReview) || it.State == string(postroom.Quarantined)
	pages, err := s.Desk.Pages(ctx, id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	shield := shieldOf(s.Desk, it, pages)
	var marks [][]int
	if d.Terms != "" {
		marks = s.Desk.Marks(SearchQuery{Words: d.Terms}, pages)
	}
	for i := range it.Record.Pages {
		one := shownPage{Number: i + 1}
		if i < len(marks) && i < len(pages) {
			hidden := shield.hidden(i+1, pages[i])
			one.Marks = marksOf(pages[i], slices.DeleteFunc(marks[i], func(n int) bool { return hidden[n] }))
		}
		d.Pages = append(d.Pages, one)
	}
	for _, row := range fieldRows(it.Record, pages) {
		if !row.Missing {
			row.Value = s.shown(row.Name, row.Value)
			row.Blind = row.Blind && d.Waits
			d.Blind = d.Blind || row.Blind
			if !d.Waits {
				row.Value = s.shown(row.Name, row.Field.Value)
			}
			d.Fields = append(d.Fields, row)
		}
	}
	slices.SortStableFunc(d.Fields, func(a, b fieldRow) int {
		return slices.Index(postroom.FieldNames, a.Name) - slices.Index(postroom.FieldNames, b.Name)
	})
	if d.History, err = s.Desk.History(ctx, id); err != nil {
		s.fail(w, r, err)
		return
	}
	for _, e := range slices.Backward(d.History) {
		if e.Action != "note" {
			d.Mine = e.By == d.Me && !e.Undone && e.Action != "undo"
			break
		}
	}
	if d.Versions, err = s.Desk.Versions(ctx, id); err != nil {
		s.Log.Error("the versions of a document", "document", id, "error", err) // shown as far as they are there
	}
	d.Versions = slices.Clone(d.Versions)
	for i, v := range d.Versions {
		d.Versions[i] = shield.Record(v)
	}
	if d.Deliveries, err = s.Desk.Deliveries(ctx, id); err != nil {
		s.fail(w, r, err)
		return
	}
	arrival, err := s.Desk.Arrival(ctx, id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d.Originals = arrival.Originals
	if back, err := s.Desk.ReturnOf(ctx, id); err == nil {
		d.Return = &back
	}
	s.show(w, r, http.StatusOK, "filed", page{Title: typeTitle(it.Record.Type.Code), Data: d})
}

// The reasons for changing what is filed are fixed, so that no patient's name gets
// into records and messages; what there is more to say goes into a note.
var filedReasons = []struct{ Code, Text string }{
	{"misread", "a value was misread"},
	{"type", "it is another kind of document than it was filed as"},
	{"wrong_patient", "it was filed to the wrong patient"},
	{"merged", "two entries of the list are one person"},
	{"not_ours", "it is about none of the practice's patients"},
	{"sender", "the sender asked for it"},
}

func filedReason(code string) string {
	for _, r := range filedReasons {
		if r.Code == code {
			return r.Text
		}
	}
	return ""
}

type changePage struct {
	Item    Item
	Fields  []fieldRow
	Types   []postroom.DocumentType
	Type    postroom.TypeCode
	Reasons []struct{ Code, Text string }
	Why     string
	// For another patient:
	Find    string
	Found   []choice
	Chosen  choice
	Old     string // of whom it is now
	OldID   string
	Confirm bool // the second step
	Told    []string
}

// changeData is what the forms for a filed document show.
func (s *server) changeData(r *http.Request) (changePage, error) {
	it, err := s.Desk.Document(r.Context(), r.PathValue("id"))
	if err != nil {
		return changePage{}, err
	}
	if it.State != string(postroom.Filed) {
		return changePage{}, postroom.Bad(nil, "only a filed document can be corrected, and this one is not filed", "wait until it is, or decide about it in the queue")
	}
	d := changePage{Item: it, Type: it.Record.Type.Code, Fields: s.shownRows(it.Record, nil), Reasons: filedReasons}
	for _, t := range postroom.Types {
		if t.Code != postroom.UnknownType && t.Code != postroom.Junk && t.Code != postroom.FaxCover {
			d.Types = append(d.Types, t)
		}
	}
	d.Old = s.patientText(it.Record.Patient)
	if n := it.Record.Patient.NHSNumber; n != "" {
		if found, err := s.Desk.Patients(r.Context(), n); err == nil && len(found) == 1 {
			d.OldID = found[0].ID
		}
	} else if p := it.Record.Patient; p.Family != "" {
		found, err := s.Desk.Patients(r.Context(), p.Family+" "+p.Given)
		if err == nil {
			for _, one := range found {
				if one.Number == "" && one.Family == p.Family && one.Given == p.Given && one.BirthDate == p.BirthDate {
					d.OldID = one.ID
				}
			}
		}
	}
	deliveries, err := s.Desk.Deliveries(r.Context(), it.Record.DocumentID)
	for _, x := range deliveries {
		if x.State == "sent" && !slices.Contains(d.Told, x.Receiver) {
			d.Told = append(d.Told, x.Receiver)
		}
	}
	return d, err
}

func (s *server) patientText(p postroom.RecordPatient) string {
	if p.Family == "" && p.NHSNumber == "" {
		return "nobody"
	}
	return s.choiceOf(postroom.Patient{Number: p.NHSNumber, Family: p.Family, Given: p.Given, BirthDate: p.BirthDate}).Text
}

// typed puts what a person typed back into the form.
func (d *changePage) typed(c FiledChange) {
	if c.Type != "" {
		d.Type = c.Type
	}
	for i := range d.Fields {
		if v, ok := c.Fields[d.Fields[i].Name]; ok {
			d.Fields[i].Value = v
		}
	}
}

func (s *server) correctForm(w http.ResponseWriter, r *http.Request) {
	d, err := s.changeData(r)
	if err != nil {
		s.afterFail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "filed-correct", page{Title: "Correct a filed document", Data: d})
}

// filedChange is the decision of a form, with what is fixed in it.
func (s *server) filedChange(r *http.Request, action string) (FiledChange, error) {
	d, err := s.decision(r)
	return FiledChange{Decision: d, Action: action, Why: filedReason(r.PostFormValue("why"))}, err
}

func (s *server) correct(w http.ResponseWriter, r *http.Request) {
	s.change(w, r, "correct", "filed-correct", "Correct a filed document")
}

// change carries a form out, or shows it again beside what is wrong.
func (s *server) change(w http.ResponseWriter, r *http.Request, action, template, title string) {
	c, err := s.filedChange(r, action)
	if err == nil {
		err = s.Desk.ChangeFiled(r.Context(), c)
	}
	if err == nil {
		done(w, r, filedPath(c.Document))
		return
	}
	if !postroom.IsBadInput(err) {
		s.afterFail(w, r, err)
		return
	}
	d, loadErr := s.changeData(r)
	if loadErr != nil {
		s.afterFail(w, r, loadErr)
		return
	}
	if d.Item.Revision != c.Revision {
		s.fail(w, r, ErrChanged)
		return
	}
	d.typed(c)
	d.Why = r.PostFormValue("why")
	if action == "refile" {
		s.choose(r, &d, c.Patient)
	}
	s.show(w, r, http.StatusUnprocessableEntity, template, page{Title: title, Error: postroom.ReasonOf(err, ""), Data: d})
}

const refileTitle = "File to another patient"

// identity are the values that tell one patient from another: they are put right together
// with the patient, or they go on contradicting.
var identity = []postroom.FieldName{postroom.NHSNumberField, postroom.CHINumberField, postroom.HCNumberField, postroom.PatientName, postroom.BirthDate}

func onlyIdentity(rows []fieldRow) []fieldRow {
	return slices.DeleteFunc(rows, func(f fieldRow) bool { return !slices.Contains(identity, f.Name) })
}

func (s *server) choose(r *http.Request, d *changePage, id string) {
	d.Fields = onlyIdentity(d.Fields)
	if id == "" {
		return
	}
	found, err := s.Desk.Patients(r.Context(), id)
	if err != nil {
		return
	}
	for _, p := range found {
		if p.ID == id {
			d.Chosen = s.choiceOf(p)
		}
	}
}

// refileForm is the first step: who it shall be.
func (s *server) refileForm(w http.ResponseWriter, r *http.Request) {
	d, err := s.changeData(r)
	if err != nil {
		s.afterFail(w, r, err)
		return
	}
	s.choose(r, &d, "")
	p := page{Title: refileTitle}
	looked, lost := s.sealed(r)
	if lost {
		p.Error = lostSearch
	}
	if d.Find = strings.TrimSpace(looked.Get("find")); d.Find != "" {
		found, err := s.Desk.Patients(r.Context(), d.Find)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		for _, one := range found {
			if one.ID != d.OldID {
				d.Found = append(d.Found, s.choiceOf(one))
			}
		}
	}
	p.Data = d
	s.show(w, r, http.StatusOK, "filed-refile", p)
}

// refileFind takes whom to find out of the form.
func (s *server) refileFind(w http.ResponseWriter, r *http.Request) {
	s.lookFor(w, r, filedPath(r.PathValue("id"))+"/refile", "find")
}

// filedLook lights up what the form asks for on a document's pages.
func (s *server) filedLook(w http.ResponseWriter, r *http.Request) {
	s.lookFor(w, r, filedPath(r.PathValue("id")), "q")
}

// refile shows the second step, both patients side by side, and carries it out only when
// that was confirmed.
func (s *server) refile(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("confirmed") == "yes" {
		s.change(w, r, "refile", "filed-refile", refileTitle)
		return
	}
	c, err := s.filedChange(r, "refile")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d, err := s.changeData(r)
	if err != nil {
		s.afterFail(w, r, err)
		return
	}
	if d.Item.Revision != c.Revision {
		s.fail(w, r, ErrChanged)
		return
	}
	d.typed(c)
	d.Why = r.PostFormValue("why")
	s.choose(r, &d, c.Patient)
	p := page{Title: refileTitle, Data: &d}
	status := http.StatusOK
	switch {
	case d.Chosen.ID == "":
		status, p.Error = http.StatusUnprocessableEntity, "No patient is chosen; find the other patient and choose them"
	case c.Why == "":
		status, p.Error = http.StatusUnprocessableEntity, "The reason is missing; say why it goes to another patient"
	default:
		d.Confirm = true
	}
	p.Data = d
	s.show(w, r, status, "filed-refile", p)
}

func (s *server) withdrawForm(w http.ResponseWriter, r *http.Request) {
	d, err := s.changeData(r)
	if err != nil {
		s.afterFail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "filed-withdraw", page{Title: "It is about none of our patients", Data: d})
}

func (s *server) withdraw(w http.ResponseWriter, r *http.Request) {
	c, err := s.filedChange(r, "withdraw")
	if err == nil && r.PostFormValue("confirmed") != "yes" {
		err = postroom.Bad(nil, "it was not confirmed", "tick the box, or leave the document as it is")
	}
	if err == nil {
		c.Why = filedReason("not_ours")
		err = s.Desk.ChangeFiled(r.Context(), c)
	}
	if err != nil {
		s.afterFail(w, r, err)
		return
	}
	done(w, r, "/returns/"+c.Document)
}

func (s *server) undoFiled(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if err := s.Desk.UndoOf(r.Context(), s.me(r), id); err != nil {
		s.afterFail(w, r, err)
		return
	}
	done(w, r, filedPath(id))
}

func (s *server) filedPDF(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	version, err := strconv.Atoi(r.PathValue("version"))
	if err != nil {
		s.fail(w, r, ErrNoDocument)
		return
	}
	f, err := s.Desk.FiledPDF(r.Context(), id, version)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer f.Close()
	download(w, fmt.Sprintf("document-%.8s-v%d.pdf", id, version), "application/pdf")
	if _, err := io.Copy(w, f); err != nil {
		s.Log.Warn("a download broke off", "document", id, "error", err)
	}
}
