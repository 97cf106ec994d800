package classify

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"

	"github.com/postroom/postroom"
)

// Known is what is really in one message, for scoring. Pages are indexes into
// the pages that were sorted.
type Known struct {
	Documents []KnownDocument
	Others    map[int]postroom.Fate
}

// A KnownDocument is one true document.
type KnownDocument struct {
	Pages  []int
	Type   postroom.TypeCode
	Fields map[postroom.FieldName]string // normal forms; a field that is not printed is not here
	// Number is that of the register's entry, empty when the patient is not in it.
	Number string
	Urgent bool
	// Hold is set when the document must never be filed without a person.
	Hold bool
	// PatientUnknown is set when nobody said whose the document is.
	PatientUnknown bool
	// Copy is set when it is an earlier document sent again.
	Copy bool
}

// A Report adds up how well messages were sorted. The zero Report is empty.
type Report struct {
	Messages, Documents int
	// Split counts documents whose pages are exactly right.
	SplitRight, SplitFound, SplitTrue int
	// Confusion counts true documents by true type and found type.
	Confusion map[postroom.TypeCode]map[postroom.TypeCode]int
	Fields    map[postroom.FieldName]*FieldScore
	Items     map[postroom.FieldName]*FieldScore // of the lists, each item for itself
	// Sure are answers about fields with a confidence above 0.95, and how many of them are wrong.
	Sure, SureWrong int
	TypeBins        [10]Bin
	FieldBins       [10]Bin
	Filed           int // by themselves
	FiledWrongType  int
	FiledWrong      int // to another patient than the right one
	FiledHeld       int // although the truth says that a person must see it
	UrgentTrue      int
	UrgentFound     int
	UrgentFalse     int
	CalmTrue        int
	FateRight       int
	FateTrue        int
	CopyTrue        int // documents that are copies of earlier ones
	CopyFound       int
	CopyFalse       int // documents held as copies that are none
	FiledFieldWrong int // with a required field that is wrong
	FieldECE        map[postroom.FieldName]*[10]Bin
	cases           []filingCase
	Mistakes        []string // up to 2000, for development; they hold values of generated patients
}

// A FieldScore counts one field.
type FieldScore struct{ Right, Wrong, Missed, Extra int }

// Precision is the share of found values that are right.
func (f *FieldScore) Precision() float64 { return ratio(f.Right, f.Right+f.Wrong) }

// Recall is the share of printed values that were found rightly.
func (f *FieldScore) Recall() float64 { return ratio(f.Right, f.Right+f.Wrong+f.Missed) }

// ItemRecall is Recall for items of lists: a wrong one stands for none that is printed.
func (f *FieldScore) ItemRecall() float64 { return ratio(f.Right, f.Right+f.Missed) }

// A Bin is a range of confidence with how many answers fell in it.
type Bin struct {
	N, Right int
	Sum      float64 // of the confidences
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

// ECE is the expected calibration error: how far confidence and truth lie
// apart, on average over the answers.
func ECE(bins []Bin) float64 {
	n, sum := 0, 0.0
	for _, b := range bins {
		if b.N > 0 {
			n += b.N
			sum += math.Abs(b.Sum - float64(b.Right))
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// ECEByChance is the calibration error that as many answers with these confidences show when every one of the confidences holds: the
// median of samples drawn so, and what one in twenty of them goes beyond (consistency resampling: Bröcker and Smith, Increasing the
// Reliability of Reliability Diagrams, 2007). Of a hundred answers it can't be zero. The same bins give the same values.
func ECEByChance(bins []Bin) (median, rarely float64) {
	const samples = 1000
	r := rand.New(rand.NewPCG(2007, 22))
	drawn := make([]float64, samples)
	sample := slices.Clone(bins)
	for k := range drawn {
		for i := range sample {
			b := &sample[i]
			b.Right = 0
			for range b.N {
				b.Right += btoi(r.Float64() < b.Sum/float64(b.N))
			}
		}
		drawn[k] = ECE(sample)
	}
	slices.Sort(drawn)
	return drawn[samples/2], drawn[samples*19/20]
}

func binned(bins *[10]Bin, confidence float64, right bool) {
	b := &bins[max(0, min(9, int(confidence*10)))]
	b.N++
	b.Sum += confidence
	if right {
		b.Right++
	}
}

// Add scores one message. rule says what would have been filed by itself.
func (r *Report) Add(name string, truth Known, pages []postroom.Page, got postroom.Sorted, rule postroom.Rule) {
	r.AddWithCopies(name, truth, pages, got, rule, nil)
}

// AddWithCopies is Add; copyOf names the document of which each of the
// message's documents is a copy, or is empty.
func (r *Report) AddWithCopies(name string, truth Known, pages []postroom.Page, got postroom.Sorted, rule postroom.Rule, copyOf []string) {
	if r.Confusion == nil {
		r.FieldECE = map[postroom.FieldName]*[10]Bin{}
		r.Confusion = map[postroom.TypeCode]map[postroom.TypeCode]int{}
		r.Fields = map[postroom.FieldName]*FieldScore{}
		r.Items = map[postroom.FieldName]*FieldScore{}
	}
	r.Messages++
	note := func(format string, args ...any) {
		if len(r.Mistakes) < 2000 {
			r.Mistakes = append(r.Mistakes, name+": "+fmt.Sprintf(format, args...))
		}
	}
	found := map[string]bool{}
	for _, d := range got.Documents {
		if !d.Junk { // what is taken for junk is found as no document
			found[pageSet(d.Pages)] = true
			r.SplitFound++
		}
	}
	fates := map[int]postroom.Fate{}
	for _, f := range got.Others {
		fates[f.Page] = f.Fate
	}
	for _, d := range got.Documents {
		for _, p := range d.Pages {
			if d.Junk {
				fates[p] = postroom.FateJunk
			} else {
				fates[p] = postroom.FateDocument
			}
		}
	}
	for p, want := range truth.Others {
		r.FateTrue++
		if fates[p] == want {
			r.FateRight++
		} else {
			note("page %d is %s, not %s", p, fates[p], want)
		}
	}
	for _, want := range truth.Documents {
		r.Documents++
		r.SplitTrue++
		if found[pageSet(want.Pages)] {
			r.SplitRight++
		} else {
			note("the document of pages %v was not split so", want.Pages)
		}
		d := closest(got.Documents, want.Pages)
		if d == nil {
			r.confuse(want.Type, "none")
			for f, w := range want.Fields {
				r.score(f).Missed++
				r.scoreItems(f, w, "")
			}
			continue
		}
		r.confuse(want.Type, d.Type.Code)
		right := d.Type.Code == want.Type
		if d.Type.Code != postroom.UnknownType {
			binned(&r.TypeBins, float64(d.Type.Confidence), right)
		}
		if !right {
			note("type %s, not %s (%.2f: %s)", d.Type.Code, want.Type, d.Type.Confidence, strings.Join(d.Type.Why, ", "))
		}
		r.scoreFields(want, d, note)
		if want.Urgent {
			r.UrgentTrue++
			if d.Urgent {
				r.UrgentFound++
			} else {
				note("not found urgent")
			}
		} else {
			r.CalmTrue++
			if d.Urgent {
				r.UrgentFalse++
				note("taken for urgent: %v", d.UrgentWhy)
			}
		}
	}
	for i := range got.Documents {
		d := &got.Documents[i]
		var own []postroom.Page
		for _, p := range d.Pages {
			own = append(own, pages[p])
		}
		original := ""
		if i < len(copyOf) {
			original = copyOf[i]
		}
		c := newCase(d, own, truth.Documents, original)
		r.cases = append(r.cases, c)
		if want := exactly(truth.Documents, d.Pages); want != nil {
			r.CopyTrue += btoi(want.Copy)
			r.CopyFound += btoi(want.Copy && original != "")
			r.CopyFalse += btoi(!want.Copy && original != "")
			if !want.Copy && original != "" {
				note("taken for a copy of %s", original)
			}
		}
		decision := postroom.Decide(*d, own, original, rule)
		if decision.Status != postroom.Filed {
			if want := exactly(truth.Documents, d.Pages); want != nil && !want.Hold {
				note("held: %s", strings.Join(decision.Reasons, "; "))
			}
			continue
		}
		r.Filed++
		switch {
		case c.wrongPatient:
			r.FiledWrong++
			note("FILED TO THE WRONG PATIENT")
		case c.mustHold:
			r.FiledHeld++
			note("filed although it must be held")
		case c.wrongType:
			r.FiledWrongType++
			note("filed with a wrong type")
		case c.wrongField:
			r.FiledFieldWrong++
			note("filed with a required field that is wrong")
		}
	}
}

func (r *Report) confuse(want, got postroom.TypeCode) {
	if r.Confusion[want] == nil {
		r.Confusion[want] = map[postroom.TypeCode]int{}
	}
	r.Confusion[want][got]++
}

func (r *Report) score(name postroom.FieldName) *FieldScore {
	if r.Fields[name] == nil {
		r.Fields[name] = &FieldScore{}
	}
	return r.Fields[name]
}

func (r *Report) scoreFields(want KnownDocument, d *postroom.Document, note func(string, ...any)) {
	for _, name := range postroom.FieldNames {
		w, printed := want.Fields[name]
		f, have := d.Fields[name]
		s := r.score(name)
		r.scoreItems(name, w, f.Value)
		if !printed {
			if have {
				s.Extra++
			}
			continue
		}
		if have && !f.Valid && SameField(name, w, f.Value) {
			s.Right++ // printed so, shown so, and said to break a rule: nothing is missed
			continue
		}
		if !have || !f.Valid {
			s.Missed++
			note("%s missed: %q", name, w)
			continue
		}
		right := SameField(name, w, f.Value)
		if right {
			s.Right++
		} else {
			s.Wrong++
			note("%s is %q, not %q (%.2f, %s)", name, f.Value, w, f.Confidence, f.Why)
		}
		if !listField(name) {
			binned(&r.FieldBins, float64(f.Confidence), right)
			if r.FieldECE[name] == nil {
				r.FieldECE[name] = &[10]Bin{}
			}
			binned(r.FieldECE[name], float64(f.Confidence), right)
			if f.Confidence > 0.95 {
				r.Sure++
				if !right {
					r.SureWrong++
				}
			}
		}
	}
}

// scoreItems counts the items of a list that were found among those that are printed, whatever their order. Items of
// a list of which nothing is printed are extra.
func (r *Report) scoreItems(name postroom.FieldName, want, got string) {
	if !listField(name) || want == "" && got == "" {
		return
	}
	if r.Items[name] == nil {
		r.Items[name] = &FieldScore{}
	}
	s := r.Items[name]
	found := itemsOf(got)
	if want == "" {
		s.Extra += len(found)
		return
	}
	for _, w := range itemsOf(want) {
		at := slices.IndexFunc(found, func(f string) bool { return SameField(name, w, f) })
		if at < 0 {
			s.Missed++
			continue
		}
		s.Right++
		found = slices.Delete(found, at, at+1)
	}
	s.Wrong += len(found)
}

// itemsOf are those of a list in its normal form.
func itemsOf(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, "\n")
}

func listField(n postroom.FieldName) bool { return slices.Contains(listFields[:], n) }

// SameField reports whether two normal forms of a field mean the same: names
// without regard to case, accents, order and middle names, text without
// regard to case, punctuation and lookalike characters.
func SameField(name postroom.FieldName, want, got string) bool {
	switch name {
	case postroom.PatientName:
		return sameTokens(want, got)
	case postroom.SenderOrganisation, postroom.SenderDepartment, postroom.SenderClinician, postroom.Recipient, postroom.Address:
		a, b := likeness(nameKey(want)), likeness(nameKey(got))
		return a == b || len(a) > 5 && len(b) > 5 && (strings.Contains(a, b) && 2*len(b) > len(a) || strings.Contains(b, a) && 2*len(a) > len(b)) || editDistance(a, b, 1+len(a)/12) <= 1+len(a)/12
	case postroom.Diagnoses, postroom.Medications, postroom.Allergies, postroom.Actions:
		a, b := likeness(nameKey(want)), likeness(nameKey(got))
		return editDistance(a, b, 2+len(a)/12) <= 2+len(a)/12
	case postroom.MRN, postroom.PatientPhone, postroom.ODSCode, postroom.Postcode:
		return nameKey(want) == nameKey(got)
	}
	return want == got
}

// sameTokens asks that the true name's first given name and its family name
// are among the found words.
func sameTokens(want, got string) bool {
	w, g := nameWords(want), nameWords(got)
	if len(w) == 0 || len(g) == 0 {
		return false
	}
	if strings.Join(w, "") == strings.Join(g, "") {
		return true
	}
	have := strings.Join(g, " ")
	return (strings.Contains(have, w[0])) && strings.Contains(strings.ReplaceAll(have, " ", ""), w[len(w)-1])
}

func pageSet(pages []int) string {
	p := append([]int(nil), pages...)
	sort.Ints(p)
	return fmt.Sprint(p)
}

func overlap(a, b []int) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}

func closest(docs []postroom.Document, pages []int) *postroom.Document {
	var best *postroom.Document
	most := 0
	for i := range docs {
		n := 0
		for _, p := range docs[i].Pages {
			for _, q := range pages {
				if p == q {
					n++
				}
			}
		}
		if n > most {
			best, most = &docs[i], n
		}
	}
	return best
}

func exactly(docs []KnownDocument, pages []int) *KnownDocument {
	for i := range docs {
		if pageSet(docs[i].Pages) == pageSet(pages) {
			return &docs[i]
		}
	}
	return nil
}

// SplitF1 is the harmonic mean of precision and recall of documents whose
// pages are exactly right.
func (r *Report) SplitF1() float64 {
	return 2 * float64(r.SplitRight) / math.Max(1, float64(r.SplitFound+r.SplitTrue))
}

// TypeF1 is the mean over the types that occur of their F1.
func (r *Report) TypeF1() (macro float64, each map[postroom.TypeCode]float64) {
	each = map[postroom.TypeCode]float64{}
	found := map[postroom.TypeCode]int{}
	for _, row := range r.Confusion {
		for got, n := range row {
			found[got] += n
		}
	}
	for want, row := range r.Confusion {
		all := 0
		for _, n := range row {
			all += n
		}
		each[want] = 2 * float64(row[want]) / float64(max(1, all+found[want]))
		macro += each[want]
	}
	if len(each) > 0 {
		macro /= float64(len(each))
	}
	return macro, each
}

// String is the report as text.
func (r *Report) String() string {
	var b strings.Builder
	macro, each := r.TypeF1()
	fmt.Fprintf(&b, "messages %d, documents %d\n", r.Messages, r.Documents)
	fmt.Fprintf(&b, "split F1 %.4f; other pages %d of %d right\n", r.SplitF1(), r.FateRight, r.FateTrue)
	fmt.Fprintf(&b, "type macro-F1 %.4f; ECE types %.4f, fields %.4f\n", macro, ECE(r.TypeBins[:]), ECE(r.FieldBins[:]))
	var codes []string
	for c := range each {
		codes = append(codes, string(c))
	}
	sort.Strings(codes)
	for _, c := range codes {
		if v := each[postroom.TypeCode(c)]; v < 0.99 {
			fmt.Fprintf(&b, "  %-24s F1 %.3f", c, v)
			for _, got := range allTypes {
				if n := r.Confusion[postroom.TypeCode(c)][got]; n > 0 && got != postroom.TypeCode(c) {
					fmt.Fprintf(&b, " %s:%d", got, n)
				}
			}
			if n := r.Confusion[postroom.TypeCode(c)][postroom.UnknownType]; n > 0 {
				fmt.Fprintf(&b, " unknown:%d", n)
			}
			b.WriteByte('\n')
		}
	}
	for _, name := range postroom.FieldNames {
		if s := r.Fields[name]; s != nil && s.Right+s.Wrong+s.Missed > 0 {
			fmt.Fprintf(&b, "  %-22s precision %.4f recall %.4f (right %d wrong %d missed %d, not printed but found %d)\n", name, s.Precision(), s.Recall(), s.Right, s.Wrong, s.Missed, s.Extra)
		}
	}
	for _, name := range listFields {
		if s := r.Items[name]; s != nil {
			fmt.Fprintf(&b, "  items of %-13s precision %.4f recall %.4f (right %d wrong %d missed %d, in lists that are not printed %d)\n", name, s.Precision(), s.ItemRecall(), s.Right, s.Wrong, s.Missed, s.Extra)
		}
	}
	fmt.Fprintf(&b, "fields above 0.95: %d, wrong %d\n", r.Sure, r.SureWrong)
	fmt.Fprintf(&b, "filed by themselves %d of %d (%.1f%%): wrong patient %d, must be held %d, wrong type %d\n",
		r.Filed, r.Documents, 100*ratio(r.Filed, max(r.Documents, 1)), r.FiledWrong, r.FiledHeld, r.FiledWrongType)
	fmt.Fprintf(&b, "urgent found %d of %d; others taken for urgent %d of %d\n", r.UrgentFound, r.UrgentTrue, r.UrgentFalse, r.CalmTrue)
	return b.String()
}
