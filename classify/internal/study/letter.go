package study

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A build is one document while it is being put together.
type build struct {
	*setter
	f      *facts
	w      *words
	pools  *pools
	fields map[postroom.FieldName]string
	lists  map[postroom.FieldName][]string

	colon  string // what stands between label and value
	upper  bool   // labels in capitals
	column int    // where values stand, from the left; 0 for right behind the label
	dated  bool
	form   bool

	headless bool // without a letterhead
	plain    bool // a letter of sentences: no title, no labelled rows, no headings
}

func (m *Maker) set(code postroom.TypeCode, long int) (Document, *setter, *facts) {
	r := m.r
	f := newFacts(r, m.pools, code, m.sent)
	s := newSetter(r)
	b := &build{setter: s, f: f, w: m.pools.types[code], pools: m.pools, fields: map[postroom.FieldName]string{}, lists: map[postroom.FieldName][]string{}}
	b.colon = pick(r, []string{": ", ": ", ": ", ":", " ", " : ", " - ", ". "})
	b.upper = chance(r, 0.15)
	if chance(r, 0.4) {
		b.column = 280 + r.IntN(260)
	}
	b.form = chance(r, 0.45)
	b.plain = m.pools.wide && !b.form && writtenPlainly[code] && chance(r, 0.35)
	b.header = b.later()
	if long == 0 && chance(r, 0.12) {
		long = 1 + r.IntN(2)
	}
	switch code {
	case postroom.PatientLetter:
		b.own()
	case postroom.Junk:
		b.junk()
	default:
		b.document(long)
	}
	b.numberPages()
	for slot, name := range map[string]postroom.FieldName{"event": postroom.EventDate, "admission": postroom.AdmissionDate, "discharge": postroom.DischargeDate} {
		if f.told[slot] && code != postroom.Junk {
			b.seen(name, map[string]time.Time{"event": f.event, "admission": f.admission, "discharge": f.discharge}[slot].Format(time.DateOnly))
		}
	}
	for name, l := range b.lists {
		b.fields[name] = strings.Join(l, "\n")
	}
	return Document{Type: code, Fields: b.fields, Practice: f.surgery, PracticePostcode: f.surgeryCode}, s, f
}

// writtenPlainly are the types that often come as a letter of a few sentences, with nothing that
// says what it is.
var writtenPlainly = map[postroom.TypeCode]bool{
	postroom.OutpatientLetter: true, postroom.ReferralLetter: true, postroom.ReferralUrgentCancer: true, postroom.DischargeSummary: true, postroom.MedicationRequest: true,
	postroom.MentalHealthLetter: true, postroom.Maternity: true, postroom.Safeguarding: true, postroom.SocialCare: true, postroom.ReportRequest: true,
	postroom.SubjectAccessRequest: true, postroom.DNALetter: true, postroom.AdminLetter: true, postroom.EDAttendance: true, postroom.ScreeningResult: true,
}

func (b *build) label(kind string) string {
	l := pick(b.r, b.f.pools.keep(labels[kind]))
	if b.upper {
		return strings.ToUpper(l)
	}
	return l
}

func (b *build) seen(name postroom.FieldName, value string) { b.fields[name] = value }

// pair sets "label: value" at x, the value perhaps in a column of its own.
func (b *build) pair(x int, label, value string) {
	b.room(b.size)
	if b.column > 0 && x == b.left {
		b.at(x, b.p.y, b.size, strings.TrimRight(label+b.colon, " "))
		for _, l := range wrap(value, b.right-x-b.column, b.size) {
			b.at(x+b.column, b.p.y, b.size, l)
			b.p.y += b.step(b.size)
		}
		return
	}
	if parts := strings.Split(value, ", "); len(parts) > 2 && contains(labels["address"], label) && chance(b.r, 0.3) {
		// An address of several lines, under its beginning or under its label.
		under := x
		if chance(b.r, 0.6) {
			under += long(label+b.colon, b.size)
		}
		b.line(x, label+b.colon+parts[0]+",")
		for _, p := range parts[1:] {
			b.line(under, p)
		}
		return
	}
	b.text(x, label+b.colon+value)
}

type entry struct{ label, value string }

func (b *build) document(long int) {
	r := b.r
	b.letterhead()
	title := ""
	if len(b.w.titles) > 0 && !chance(r, 0.12) && !b.plain {
		title = b.f.fill(pick(r, b.w.titles))
		if chance(r, 0.3) {
			title = strings.ToUpper(title)
		}
	}
	early := chance(r, 0.5)
	if title != "" && early {
		b.title(title)
	}
	order := r.IntN(4)
	if b.form {
		order = 3
	}
	switch order {
	case 0:
		b.addressee()
		b.date()
		b.patient()
	case 1:
		b.date()
		b.addressee()
		b.patient()
	case 2:
		b.patient()
		b.date()
		b.addressee()
	default:
		b.patient()
		if chance(r, 0.6) {
			b.date()
		}
		if chance(r, 0.4) {
			b.gpBlock()
		}
	}
	if title != "" && !early {
		b.title(title)
	}
	dear := !b.form && chance(r, 0.85)
	if dear {
		b.gap(0.6)
		b.line(b.left, pick(r, []string{"Dear " + surnameOf(b.f.gp), "Dear Dr", "Dear Colleague", "Dear Doctor", "Dear Sir/Madam", "Dear " + surnameOf(b.f.gp) + ",", "Dear GP"}))
		b.gap(0.4)
	}
	b.events()
	b.body(long, dear)
	b.sign(dear)
}

func surnameOf(name string) string {
	f := strings.Fields(name)
	return f[0] + " " + f[len(f)-1]
}

func (b *build) title(t string) {
	b.gap(0.5)
	size := b.size + pick(b.r, []int{0, 4, 8, 12})
	b.room(size)
	x := b.left
	if chance(b.r, 0.4) {
		x = max(b.left, (width-long(t, size))/2)
	}
	for _, l := range wrap(t, b.right-b.left, size) {
		b.at(x, b.p.y, size, l)
		b.p.y += b.step(size)
	}
	b.gap(0.4)
}

func (b *build) letterhead() {
	f, r := b.f, b.r
	if chance(r, 0.07) {
		b.headless = true // the signature says where it comes from
		return
	}
	b.seen(postroom.SenderOrganisation, f.org)
	big := b.size + pick(r, []int{0, 6, 12, 18})
	for long(f.org, big) > b.right-b.left-300 && big > 20 {
		big -= 2
	}
	org := f.org
	if chance(r, 0.2) {
		org = strings.ToUpper(org)
	}
	contact := []string{}
	if chance(r, 0.85) {
		contact = append(contact, pick(r, []string{"Tel: ", "Telephone: ", "T: ", "Tel ", "Phone: ", "Switchboard: "})+f.orgPhone)
	}
	if chance(r, 0.6) {
		contact = append(contact, pick(r, []string{"Fax: ", "F: ", "Fax "})+f.orgFax)
	}
	if chance(r, 0.3) {
		contact = append(contact, "www."+strings.ToLower(strings.Fields(f.org)[0])+".nhs.example")
	}
	if chance(r, 0.3) {
		contact = append(contact, "Email: enquiries@"+strings.ToLower(strings.Fields(f.org)[0])+".example")
	}
	dept := f.dept
	if chance(r, 0.3) {
		dept = pick(r, []string{"Department of ", "Dept of "}) + strings.TrimPrefix(f.dept, "Department of ")
	}
	if chance(r, 0.35) {
		dept = ""
	}
	small := max(b.size-4, 18)
	right := func(size int, text string) int { return b.right - long(text, size) }
	how := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 6}[r.IntN(16)]
	if b.w == nil && how > 7 {
		how = 0 // a cover sheet has no title of a document
	}
	switch how {
	case 7: // the department left, the body that runs it right, in one line
		l, rt, seen := dept, org, f.org
		if chance(r, 0.5) {
			l, rt = org, dept
		}
		if f.parent != "" && chance(r, 0.4) {
			l, rt, seen = org, f.parent, f.org
		}
		big = min(big, b.size+4)
		for long(l+rt, big) > b.right-b.left-60 && big > 18 {
			big--
		}
		b.at(b.left, b.p.y, big, l)
		b.at(right(big, rt), b.p.y, big, rt)
		b.p.y += b.step(big)
		b.seen(postroom.SenderOrganisation, seen)
		if l == "" || rt == "" {
			b.seen(postroom.SenderOrganisation, f.org)
		}
		x := b.left
		if chance(r, 0.5) {
			x = b.right - 330
		}
		for _, l := range append(append([]string{}, f.orgAddress...), contact...) {
			b.at(x, b.p.y, small, l)
			b.p.y += b.step(small)
		}
	case 8: // a system's own line: the name beside what the document is
		what := ""
		if len(b.w.titles) > 0 {
			what = f.fill(pick(r, b.w.titles))
		}
		if chance(r, 0.4) {
			what = strings.ToUpper(what)
		}
		line := []string{org, what}
		if chance(r, 0.35) {
			line = []string{what, org}
		}
		size := b.size
		for long(strings.Join(line, "   "), size) > b.right-b.left && size > 18 {
			size--
		}
		x := b.left + long(line[0], size) + pick(r, []int{size / 2, size, 2 * size, 4 * size})
		if chance(r, 0.3) {
			x = max(x, right(size, line[1]))
		}
		b.at(b.left, b.p.y, size, line[0])
		b.at(x, b.p.y, size, line[1])
		b.p.y += b.step(size)
		if dept != "" {
			b.at(b.left, b.p.y, small, dept)
			b.p.y += b.step(small)
		}
		if chance(r, 0.5) {
			b.at(b.left, b.p.y, small, strings.Join(append(append([]string{}, f.orgAddress...), contact...), ", "))
			b.p.y += b.step(small)
		}
	case 9: // a form says it in a row of its own
		if len(b.w.titles) > 0 && chance(r, 0.5) {
			b.title(f.fill(pick(r, b.w.titles)))
		}
		value := f.org
		if chance(r, 0.5) {
			value += ", " + strings.Join(f.orgAddress, ", ")
		}
		b.pair(b.left, pick(r, []string{"From", "Sender", "Organisation", "Provider", "Hospital", "Service", "Site", "Issued by", "Sent by", "Referring organisation", "Provider name", "Trust", "Unit", "Pharmacy", "Practice stamp", "Location", "Facility", "Reporting site"}), value)
		if dept != "" {
			b.pair(b.left, b.label("dept"), f.dept)
		}
		if len(contact) > 0 {
			b.line(b.left, contact[0])
		}
	case 0: // everything left
		b.at(b.left, b.p.y, big, org)
		b.p.y += b.step(big)
		for _, l := range append([]string{f.parent, dept}, append(f.orgAddress, contact...)...) {
			if l != "" {
				b.at(b.left, b.p.y, small, l)
				b.p.y += b.step(small)
			}
		}
	case 1: // right
		b.at(right(big, org), b.p.y, big, org)
		b.p.y += b.step(big)
		for _, l := range append([]string{f.parent, dept}, append(f.orgAddress, contact...)...) {
			if l != "" {
				b.at(right(small, l), b.p.y, small, l)
				b.p.y += b.step(small)
			}
		}
	case 2: // centred
		for i, l := range []string{org, f.parent, dept, strings.Join(f.orgAddress, ", "), strings.Join(contact, "  ")} {
			size := small
			if i == 0 {
				size = big
			}
			if l != "" {
				b.at(max((width-long(l, size))/2, 20), b.p.y, size, l)
				b.p.y += b.step(size)
			}
		}
	case 3: // name left, address right
		y := b.p.y
		b.at(b.left, y, big, org)
		left := y + b.step(big)
		for _, l := range []string{f.parent, dept} {
			if l != "" {
				b.at(b.left, left, small, l)
				left += b.step(small)
			}
		}
		x := b.right - 330
		for _, l := range append(append([]string{}, f.orgAddress...), contact...) {
			y += b.step(small)
			b.at(x, y, small, l)
		}
		b.p.y = max(left, y+b.step(small))
	case 4: // trust on top, then the hospital
		if f.parent != "" {
			b.at(right(b.size, f.parent), b.p.y, b.size, f.parent)
			b.p.y += b.step(b.size)
		}
		b.at(b.left, b.p.y, big, org)
		b.p.y += b.step(big)
		if dept != "" {
			b.at(b.left, b.p.y, b.size, dept)
			b.p.y += b.step(b.size)
		}
		b.at(b.left, b.p.y, small, strings.Join(append(append([]string{}, f.orgAddress...), contact...), ", "))
		b.p.y += b.step(small)
	case 5: // department first
		if dept != "" {
			b.at(b.left, b.p.y, big-4, dept)
			b.p.y += b.step(big)
		}
		b.at(b.left, b.p.y, big, org)
		b.p.y += b.step(big)
		if len(contact) > 0 {
			b.at(b.left, b.p.y, small, strings.Join(contact, " | "))
			b.p.y += b.step(small)
		}
	default: // name above, address at the foot
		b.at(b.left, b.p.y, big, org)
		b.p.y += b.step(big)
		if dept != "" {
			b.at(b.left, b.p.y, small, dept)
			b.p.y += b.step(small)
		}
		foot := strings.Join(append(append([]string{}, f.orgAddress...), contact...), ", ")
		b.at(max((width-long(foot, 18))/2, 20), height-90, 18, foot)
	}
	if dept != "" {
		b.seen(postroom.SenderDepartment, f.dept)
	}
	b.gap(1)
}

// date sets the letter's date and what stands with it.
func (b *build) date() {
	f, r := b.f, b.r
	today := f.date(f.letter)
	b.seen(postroom.LetterDate, f.letter.Format("2006-01-02"))
	b.dated = true
	var lines []string
	other := ""
	if chance(r, 0.12) { // printed or sent on later, by somebody who only passes it on
		later := f.letter.AddDate(0, 0, r.IntN(1+int(f.sent.Sub(f.letter).Hours()/24)))
		other = b.label("printed") + b.colon + f.date(later)
		if later.After(f.letter) && chance(r, 0.3) {
			other = pick(r, []string{"Received", "RECEIVED", "Date stamp", "Scanned", "Faxed to practice", "Forwarded"}) + " " + f.date(later)
		}
	}
	ref := b.label("ref") + b.colon + strings.ToUpper(f.family[:1]) + "X/" + digits(r, 5)
	switch r.IntN(10) {
	case 0, 8:
		lines = []string{today}
	case 1, 2, 3:
		lines = []string{b.label("letter") + b.colon + today}
	case 4:
		lines = []string{ref, b.label("letter") + b.colon + today}
	case 5:
		lines = []string{b.label("dictated") + b.colon + f.date(f.letter.AddDate(0, 0, -r.IntN(5))), b.label("typed") + b.colon + today}
		if chance(r, 0.4) {
			lines = []string{lines[0] + "   " + lines[1]}
		}
	case 6:
		lines = []string{b.label("dictated") + b.colon + f.date(f.letter.AddDate(0, 0, -r.IntN(5))) + pick(r, []string{"  ", " / ", " | ", "; "}) + b.label("typed") + b.colon + today}
	case 7:
		lines = []string{ref + pick(r, []string{" | ", " / ", "   ", " - "}) + today}
	default:
		lines = []string{ref + "     " + b.label("letter") + b.colon + today}
	}
	if other != "" {
		if chance(r, 0.5) {
			lines = append([]string{other}, lines...)
		} else {
			lines = append(lines, other)
		}
	}
	x := b.left
	if chance(r, 0.35) {
		x = b.right - 480
	}
	for _, l := range lines {
		b.line(min(x, max(b.right-long(l, b.size), b.left)), l)
	}
	b.gap(0.5)
}

func (b *build) addressee() {
	f, r := b.f, b.r
	lines := []string{f.gp, f.surgery, pick(r, streets), f.surgeryTown, f.surgeryCode}
	b.seen(postroom.Recipient, f.gp)
	if chance(r, 0.15) {
		lines = append([]string{pick(r, []string{"Private and Confidential", "CONFIDENTIAL", "PRIVATE & CONFIDENTIAL"})}, lines...)
	}
	if chance(r, 0.2) {
		lines[0] = b.label("recipient") + b.colon + lines[0]
		if strings.HasPrefix(lines[0], "Dear") {
			lines[0] = f.gp
		}
	}
	x := b.left
	for _, l := range lines {
		b.line(x, l)
	}
	b.gap(0.6)
}

func (b *build) gpBlock() {
	f := b.f
	b.pair(b.left, b.label("gp"), f.gp+", "+f.surgery)
	b.seen(postroom.Recipient, f.gp)
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if strings.EqualFold(x, s) {
			return true
		}
	}
	return false
}

// events sets the days on which things happened, and rows of the type's own.
func (b *build) events() {
	f, r := b.f, b.r
	var e []entry
	if f.code == postroom.DischargeSummary {
		at := func() string { return pick(r, []string{"", "", "", " " + f.slot("time"), " at " + f.slot("time")}) }
		if chance(r, 0.15) {
			stay := pick(r, []string{"Hospital encounter", "Inpatient stay", "Dates of stay", "Admission", "Admitted / discharged", "Episode", "Length of stay"})
			e = append(e, entry{stay, f.date(f.admission) + pick(r, []string{" - ", " to ", " – ", " until "}) + f.date(f.discharge)})
		} else {
			e = append(e, entry{b.label("admission"), f.date(f.admission) + at()}, entry{b.label("discharge"), f.date(f.discharge) + at()})
		}
		b.seen(postroom.AdmissionDate, f.admission.Format("2006-01-02"))
		b.seen(postroom.DischargeDate, f.discharge.Format("2006-01-02"))
	} else if key := "event " + string(f.code); labels[key] != nil && chance(r, 0.75) {
		e = append(e, entry{b.label(key), f.date(f.event) + pick(r, []string{"", "", " " + f.slot("time"), " at " + f.slot("time")})})
		b.seen(postroom.EventDate, f.event.Format("2006-01-02"))
	} else if chance(r, 0.3) && labels[key] == nil {
		e = append(e, entry{b.label("event"), f.date(f.event)})
		b.seen(postroom.EventDate, f.event.Format("2006-01-02"))
	}
	if !b.dated && chance(r, 0.8) {
		e = append(e, entry{b.label("letter"), f.date(f.letter)})
		b.seen(postroom.LetterDate, f.letter.Format("2006-01-02"))
		b.dated = true
	}
	if chance(r, 0.2) {
		e = append(e, entry{b.label("past"), f.fill("{past}")})
	}
	if chance(r, 0.2) {
		e = append(e, entry{b.label("future"), f.fill("{future}")})
	}
	rows := b.w.rows
	if len(rows) > 0 && !b.plain {
		for range r.IntN(1 + min(len(rows), 7)) {
			label, value, _ := strings.Cut(pick(r, rows), ": ")
			e = append(e, entry{b.f.fill(label), b.f.fill(value)})
		}
	}
	r.Shuffle(len(e), func(i, j int) { e[i], e[j] = e[j], e[i] })
	used := map[string]bool{}
	two := chance(r, 0.25)
	mid := b.left + (b.right-b.left)/2
	for i, x := range e {
		if used[x.label] {
			continue
		}
		used[x.label] = true
		if two && i%2 == 1 && long(x.label+b.colon+x.value, b.size) < b.right-mid {
			b.p.y -= b.step(b.size)
			b.at(mid, b.p.y, b.size, x.label+b.colon+x.value)
			b.p.y += b.step(b.size)
			continue
		}
		if two && long(x.label+b.colon+x.value, b.size) < mid-b.left-30 {
			b.line(b.left, x.label+b.colon+x.value)
			continue
		}
		b.pair(b.left, x.label, x.value)
	}
	b.gap(0.5)
}

// body sets lists, tables, headings and sentences.
func (b *build) body(pages int, dear bool) {
	f, r := b.f, b.r
	w := b.w
	type section func()
	var parts []section
	list := func(name postroom.FieldName, key string, items []string) {
		if len(w.lists[key]) == 0 || !chance(r, 0.6) || b.plain && !chance(r, 0.2) {
			return
		}
		parts = append(parts, func() { b.list(name, pick(r, b.pools.headsOf(r, w.lists[key], key)), items) })
	}
	several := func(first string, most int, make func(*rand.Rand) string) []string {
		items := []string{first}
		for range r.IntN(most) {
			if x := make(r); !contains(items, x) {
				items = append(items, x)
			}
		}
		return items
	}
	dx := several(f.dx, 4, b.pools.diagnosis)
	rx := several(f.drug, 7, b.pools.drug)
	ac := several(b.pools.ask(r), 4, b.pools.ask)
	list(postroom.Diagnoses, "dx", dx)
	list(postroom.Medications, "rx", rx)
	list(postroom.Allergies, "al", []string{b.pools.allergy(r)})
	list(postroom.Actions, "ac", ac)
	if len(w.tests) > 0 && chance(r, 0.9) {
		parts = append(parts, func() { b.table(w.tests) })
	}
	sentences := append([]string(nil), w.sentences...)
	r.Shuffle(len(sentences), func(i, j int) { sentences[i], sentences[j] = sentences[j], sentences[i] })
	n := 2 + r.IntN(7) + 8*pages
	if pages == 0 && chance(r, 0.2) {
		n = r.IntN(3) // hardly more than a note
	}
	for n > 0 && len(sentences) > 0 {
		k := min(1+r.IntN(4), n)
		var say []string
		for range k {
			i := r.IntN(len(sentences))
			say = append(say, f.fill(sentences[i]))
			if pages == 0 {
				sentences = append(sentences[:i], sentences[i+1:]...)
				if len(sentences) == 0 {
					break
				}
			} else if chance(r, 0.3) {
				say = append(say, f.fill(pick(r, filler)))
			}
		}
		n -= k
		headed := len(w.heads) > 0 && !b.plain && chance(r, 0.55)
		parts = append(parts, func() {
			if headed {
				h := f.fill(pick(r, w.heads))
				if chance(r, 0.3) {
					h = strings.ToUpper(h)
				}
				b.room(3 * b.size)
				b.line(b.left, h+pick(r, []string{"", ":", ""}))
			}
			b.text(b.left, strings.Join(say, " "))
			b.gap(0.6)
		})
	}
	r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	for _, p := range parts {
		p()
	}
	for i := 0; i < pages && len(b.papers) < pages+1; i++ {
		for len(b.papers) < i+2 {
			b.text(b.left, f.fill(strings.Join([]string{pick(r, w.sentences), pick(r, filler), pick(r, filler)}, " ")))
			b.gap(0.6)
		}
	}
}

// madeOn begins the sentence that tells when a document was made.
var madeOn = list(`This letter was produced by computer on ; This report was generated on ; Document created ; This summary was completed on ; Record closed ; Report generated electronically on ; Letter produced on ; Case closed ; This document was finalised on ; Electronically authorised by {doctor} on ; Approved electronically on ; Signed electronically by {doctor} ; Summary printed for the GP on `)

// filler are sentences of no type.
var filler = list(`Thank you for your continued help; This was discussed with the patient; {He} lives with {his} family; {He} does not smoke; {He} drinks alcohol occasionally; {He} is otherwise well; Please do not hesitate to contact us; A copy has been sent to the patient; {He} was accompanied today; We talked about what this might mean;
 There is a past history of {dx}; {He} takes {drug}; There were no other concerns; {His} weight is steady; {He} works part time; We will write again in due course; The family have been told; {He} is independent with daily activities; I hope that this is helpful; {He} understands and agrees`)

func (b *build) table(rows []string) {
	r := b.r
	x := []int{b.left, b.left + 420 + r.IntN(120), b.left + 680 + r.IntN(80), b.left + 960 + r.IntN(120)}
	if chance(r, 0.7) {
		for i, h := range pick(r, [][]string{{"Test", "Result", "Units", "Reference range"}, {"Investigation", "Value", "Unit", "Range"}, {"Analyte", "Result", "Units", "Normal range"}, {"", "Result", "", "Ref. interval"}}) {
			b.at(x[i], b.p.y, b.size, h)
		}
		b.p.y += b.step(b.size)
	}
	for range 3 + r.IntN(9) {
		b.room(b.size)
		for i, c := range strings.Split(b.f.fill(pick(r, rows)), " | ") {
			if i < len(x) {
				b.at(x[i], b.p.y, b.size, c)
			}
		}
		b.p.y += b.step(b.size)
	}
	b.gap(0.6)
}

func (b *build) sign(dear bool) {
	f, r := b.f, b.r
	b.room(6 * b.size)
	b.gap(0.6)
	role := f.role
	if len(b.w.signers) > 0 && chance(r, 0.75) {
		role = f.fill(pick(r, b.w.signers))
	}
	switch {
	case dear || chance(r, 0.4):
		b.line(b.left, pick(r, []string{"Yours sincerely", "Yours sincerely,", "Kind regards", "With best wishes", "Yours faithfully", "Best wishes", "Many thanks", "With kind regards"}))
		b.gap(float64(r.IntN(4)))
		b.line(b.left, f.author)
		b.line(b.left, role)
		if b.headless && f.code != postroom.Junk || chance(r, 0.1) {
			b.line(b.left, f.org)
			b.seen(postroom.SenderOrganisation, f.org)
		}
		if chance(r, 0.3) {
			b.line(b.left, b.label("gmc")+b.colon+f.gmc)
			b.seen(postroom.GMCNumber, f.gmc)
		}
		b.seen(postroom.SenderClinician, f.author)
	case chance(r, 0.8):
		l := f.author
		if chance(r, 0.4) {
			l += ", " + role
		}
		b.pair(b.left, b.label("author"), l)
		b.seen(postroom.SenderClinician, f.author)
	}
	if !b.dated && chance(r, 0.3) {
		b.gap(0.6)
		b.text(b.left, f.fill(pick(r, madeOn))+f.date(f.letter)+pick(r, []string{".", " and has not been signed.", "", " " + f.slot("time"), " to avoid delay."}))
		b.seen(postroom.LetterDate, f.letter.Format("2006-01-02"))
	} else if !b.dated {
		b.pair(b.left, b.label("letter"), f.date(f.letter))
		b.seen(postroom.LetterDate, f.letter.Format("2006-01-02"))
	} else if chance(r, 0.12) {
		b.pair(b.left, b.label("printed"), f.date(f.letter.AddDate(0, 0, r.IntN(2)))+" 08:14")
	}
	if chance(r, 0.08) { // the form's own age
		b.line(b.left, f.fill(pick(r, []string{"Version {n:1-9}, {past}", "Form revised {past}", "Template v{n:1-9}.{n:0-9} approved {past}", "Review date of this form: {future}"})))
	}
	if chance(r, 0.25) && dear {
		b.gap(0.5)
		b.text(b.left, pick(r, []string{"cc ", "Cc: ", "c.c. ", "Copies to: ", "cc: "})+pick(r, []string{f.name(), f.doctor(), f.gp, "Patient", f.doctor() + ", " + f.fill("{place} Hospital")}))
	}
}

// later returns what later pages say at their top, if anything.
func (b *build) later() func(*setter) {
	f, r := b.f, b.r
	style, x := r.IntN(5), b.left
	return func(s *setter) {
		switch style {
		case 0:
			s.line(x, f.name()+"   NHS No: "+f.nhs())
		case 1:
			s.line(x, "Re: "+f.name()+"  DOB: "+f.born())
		case 2:
			s.line(x, f.title+" "+f.given+" "+f.family+", "+f.nhs())
		default:
			return
		}
		s.gap(0.8)
	}
}

// numberPages prints page numbers as some do.
func (b *build) numberPages() {
	r := b.r
	if chance(r, 0.35) || len(b.papers) == 1 && chance(r, 0.6) {
		return
	}
	form := pick(r, []string{"Page %d of %d", "Page %d of %d", "Page %d/%d", "%d of %d", "%d/%d", "Pg %d of %d", "page %d", "- %d -", "Page: %d of %d"})
	top := chance(r, 0.2)
	x := pick(r, []int{b.left, width/2 - 60, b.right - 200})
	for i, p := range b.papers {
		text := fmt.Sprintf(form, i+1, len(b.papers))
		text, _, _ = strings.Cut(text, "%!")
		y := height - 60 - 24*r.IntN(2)
		if top {
			y = 45
		}
		b.p = p
		b.at(x, y, 22, text)
	}
}

// own sets a patient's own letter.
func (b *build) own() {
	f, r := b.f, b.r
	x := b.left
	if chance(r, 0.6) {
		x = b.right - 420
	}
	for _, l := range []string{f.street, f.town, f.code2} {
		b.line(x, l)
	}
	b.seen(postroom.Address, f.street+", "+f.town)
	b.seen(postroom.Postcode, f.code2)
	if chance(r, 0.4) {
		b.line(x, pick(r, []string{"Tel ", "Tel: ", "Mobile: ", ""})+f.phone)
		b.seen(postroom.PatientPhone, strings.ReplaceAll(f.phone, " ", ""))
	}
	b.gap(0.5)
	b.line(x, f.date(f.letter))
	b.seen(postroom.LetterDate, f.letter.Format("2006-01-02"))
	if chance(r, 0.5) {
		b.line(b.left, f.surgery)
	}
	b.gap(1)
	b.line(b.left, pick(r, []string{"Dear ", "Dear ", "To "})+pick(r, []string{surnameOf(f.gp), "Doctor", "Sir or Madam", "Practice Manager"}))
	b.gap(0.5)
	if chance(r, 0.6) {
		b.text(b.left, pick(r, []string{"My date of birth is ", "D.O.B. ", "(born ", "DOB: "})+f.born())
		b.seen(postroom.BirthDate, f.birth.Format("2006-01-02"))
	}
	var say []string
	for range 3 + r.IntN(6) {
		say = append(say, f.fill(pick(r, b.w.sentences)))
	}
	b.text(b.left, strings.Join(say, " "))
	if chance(r, 0.3) {
		b.text(b.left, "My NHS number is "+f.nhs())
		b.seen(postroom.NHSNumberField, f.number)
	}
	b.gap(0.6)
	b.line(b.left, pick(r, []string{"Yours sincerely", "Yours faithfully", "Yours truly", "Thank you", "Best wishes", "Regards"}))
	b.gap(1.5)
	b.line(b.left, pick(r, []string{f.given + " " + f.family, f.title + " " + f.given + " " + f.family, f.given + " " + f.family + " (" + f.title + ")"}))
	b.seen(postroom.PatientName, f.given+" "+f.family)
}

func (b *build) junk() {
	f, r := b.f, b.r
	if chance(r, 0.6) {
		b.letterhead()
	}
	b.title(strings.ToUpper(pick(r, b.w.titles)))
	for range 3 + r.IntN(8) {
		if chance(r, 0.3) {
			b.title(f.fill(pick(r, b.w.sentences)))
		} else {
			b.text(b.left, f.fill(pick(r, b.w.sentences)))
		}
	}
	b.text(b.left, "Call "+f.orgPhone)
	b.fields = map[postroom.FieldName]string{}
}

// cover sets the cover sheet of a fax.
func (m *Maker) cover(f *facts, pages, docs int) *setter {
	r := m.r
	s := newSetter(r)
	b := &build{setter: s, f: f, fields: map[postroom.FieldName]string{}, lists: map[postroom.FieldName][]string{}}
	b.colon = pick(r, []string{": ", ": ", ":", " "})
	if chance(r, 0.4) {
		b.column = 200 + r.IntN(200)
	}
	if chance(r, 0.6) {
		b.letterhead()
	}
	keep := m.pools.keep
	if chance(r, 0.85) {
		b.title(pick(r, keep(list(`FAX; Fax Cover Sheet; FACSIMILE; Facsimile Transmission; Fax Transmittal; FAX MESSAGE; Fax Header Sheet; Safe Haven Fax; FAX TRANSMISSION; Facsimile Cover Page; CONFIDENTIAL FAX; Fax; Secure Fax; Fax Front Sheet; Telefax; Medical Fax; Fax Transmission Sheet; Cover Page; Cover Sheet; Transmission Cover; Fax to GP Surgery; Document Transmission; Urgent Fax; Facsimile Message; Fax Memo; Send Sheet; Transmittal Sheet`))))
	}
	count := pick(r, []string{"%d", "%d", "%d", "%d pages", "%d (including this one)", "%d inc. this page", "%02d"})
	count = fmt.Sprintf(count, pages)
	e := []entry{
		{pick(r, keep(list(`To; TO; Attention; For the attention of; FAO; Recipient; Attn; Send to; For; Addressee; Deliver to; To (name); Destination; Company; Organisation; Practice; Surgery`))), pick(r, []string{f.gp, f.surgery, f.gp + ", " + f.surgery, "Practice Manager", "The Secretary"})},
		{pick(r, keep(list(`From; FROM; Sender; Sent by; Originator; From (name); Sender's name; Sent from; Contact; Our contact; Sending department`))), pick(r, []string{f.org, f.author, "Medical Secretary, " + f.org, f.dept})},
		{pick(r, keep(list(`Pages; No of pages; Number of pages; Pages (inc. cover); Total pages; No. of pages including this one; Number of pages (including cover sheet); Page count; Total number of pages including cover; Sheets; No. of sheets; Number of sheets; Pages to follow; Pages sent; Length; Total pages sent; This page plus; Pages following`))), count},
	}
	if chance(r, 0.8) {
		e = append(e, entry{pick(r, list(`Fax; Fax No; Fax number; Fax no.; To fax; Facsimile`)), "0" + digits(r, 10)})
	}
	if chance(r, 0.6) {
		e = append(e, entry{pick(r, list(`Tel; Phone; Telephone; Tel no`)), f.orgPhone})
	}
	if chance(r, 0.8) {
		e = append(e, entry{pick(r, list(`Date; DATE; Date sent; Date/time`)), f.date(f.letter)})
	}
	if chance(r, 0.6) {
		e = append(e, entry{pick(r, list(`Re; Subject; RE; Regarding; Ref`)), pick(r, []string{"Patient correspondence", "Clinic letter", f.title + " " + f.family, "Results", "As discussed", "Medical records", fmt.Sprintf("%d letters", docs)})})
	}
	if chance(r, 0.2) {
		e = append(e, entry{"CC", "File"})
	}
	if chance(r, 0.7) {
		r.Shuffle(len(e), func(i, j int) { e[i], e[j] = e[j], e[i] })
	}
	if chance(r, 0.3) {
		mid := b.left + (b.right-b.left)/2
		for i := 0; i < len(e); i += 2 {
			y := b.p.y
			b.at(b.left, y, b.size, e[i].label+b.colon+e[i].value)
			if i+1 < len(e) {
				b.at(max(mid, b.left+60+long(e[i].label+b.colon+e[i].value, b.size)), y, b.size, e[i+1].label+b.colon+e[i+1].value)
			}
			b.p.y += b.step(b.size) + 12
		}
	} else {
		for _, x := range e {
			b.pair(b.left, x.label, x.value)
			b.gap(0.5 * r.Float64())
		}
	}
	b.gap(1)
	if chance(r, 0.3) {
		b.line(b.left, pick(r, []string{"[ ] Urgent  [ ] For review  [ ] Please comment  [ ] Please reply", "Urgent   For Review   Please Reply   Please Recycle", "Routine / Urgent (delete as needed)"}))
	}
	if chance(r, 0.5) {
		b.line(b.left, pick(r, []string{"Message:", "Comments:", "Notes:", "MESSAGE", "Remarks"}))
		b.text(b.left, pick(r, keep(list(`Please find attached as requested; Letter to follow by post; Please confirm receipt; As per our telephone call; Please pass to the doctor; Copy of clinic letter attached; Please file in the patient's notes; With compliments; Please find letters as listed; Documents for scanning; For your records; Please see the following pages; Correspondence enclosed; Original will not follow; Hard copy to follow in the post; Kindly acknowledge; Information as discussed on the telephone; For the doctor today please; Records as requested; Letters dictated this week`))))
	}
	if chance(r, 0.8) {
		b.gap(2)
		b.text(b.left, pick(r, keep([]string{
			"This fax is confidential and intended only for the person named above. If you have received it in error please telephone us at once and destroy it.",
			"CONFIDENTIALITY NOTICE: The information contained in this facsimile message is privileged and confidential and intended for the use of the addressee only.",
			"If you are not the intended recipient, any copying or distribution of this communication is strictly prohibited.",
			"The documents accompanying this transmission contain confidential health information protected by law.",
			"This message contains patient identifiable information. If it has reached you by mistake contact the sender.",
			"Caution: private and confidential. In the event of incomplete or poor transmission please ring the number above.",
			"Please telephone immediately if any pages are missing or unreadable.",
			"If any page is missing or cannot be read please call us.",
			"Should this reach the wrong person, please ring the sender, and shred all pages.",
			"The pages that follow are about patients. They are for the named person alone.",
			"Anyone other than the addressee must not read, copy or use what is enclosed.",
			"If you are not the person named above please inform us straight away and do not keep a copy.",
			"Sent by a health care provider under its safe haven procedure.",
			"HIPAA notice: protected health information is enclosed; unauthorized use or disclosure is prohibited.",
			"Please confirm by telephone that all pages have arrived.",
		})))
	}
	return s
}
