package classify

import (
	"regexp"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// anotherPerson says why a document that gives number, birth date and name of one person of the list may
// all the same be about another, or about several: a letter names donors, contacts, parents and partners in
// full, a sticker or a template's text is another's, a list has many. "" where nothing says so.
func (c *collector) anotherPerson(r *Register, id int32, code postroom.TypeCode) string {
	who := theOne{r: r, id: id, code: code, sheets: c.sheets, grown: c.now().AddDate(-1, 0, 0)}
	for _, n := range c.subject.announced {
		if who.isnt(n) && strangers(n) {
			return "another name is given as the patient's, too"
		}
	}
	own, others := 0, 0
	for _, s := range c.sheets {
		if s.headedFor(&who) {
			return "another name is given as the patient's, too"
		}
		for _, sp := range who.namedOn(s) {
			switch {
			case who.joined(s, sp):
				return "another person is named together with the patient"
			case who.inAnotherRole(s, sp):
				others++
			default:
				own++
			}
		}
	}
	if others > 0 && own == 0 {
		return "the name of the person with this number stands on the document as that of somebody else than its patient"
	}
	for _, s := range c.sheets {
		if s.listsPatients(&who) {
			return "several patients are listed"
		}
		if s.secondLetter() {
			return "a second letter begins after the first has ended"
		}
	}
	if why := who.aboutAnother(); why != "" {
		return why
	}
	switch {
	case who.anotherAge(c.now()):
		return "the text is about somebody of another age"
	case who.anotherIsSeen():
		return "the text is about somebody with another name"
	case c.anotherSex(r.patients[id].Given):
		return "the patient's title or given name and the text do not agree whether a man or a woman was seen"
	}
	return ""
}

// theOne is the person of the list whose number a document gives.
type theOne struct {
	r      *Register
	id     int32
	code   postroom.TypeCode
	sheets []*sheet
	grown  time.Time // the last day that is taken for one of birth
}

// isnt reports whether a name is that of somebody else, and no misreading.
func (w *theOne) isnt(n personName) bool {
	family, given := w.r.compareName(w.id, subject{names: []personName{n}})
	if family != nameDiffers && given != nameDiffers {
		return false
	}
	p := &w.r.patients[w.id]
	if family == nameDiffers && given != nameEqual && (strings.EqualFold(nameKey(n.family), nameKey(p.Given)) || contains(nameWords(p.Given), nameKey(n.family)) && n.given == "") {
		return false // called by the given name
	}
	misread := func(a, b string) bool {
		a, b = likeness(nameKey(a)), likeness(nameKey(b))
		return a != "" && b != "" && editDistance(a, b, 2) <= min(2, len(b)/3)
	}
	if family == nameDiffers && !misread(n.family, p.Family) && !misread(n.String(), p.Given+p.Family) {
		return true
	}
	return given == nameDiffers && !misread(n.given, p.Given) && !misread(strings.Fields(n.given)[0], strings.Fields(p.Given + " x")[0])
}

// headedFor reports whether a line such as "Re: Mr Finch" says that a sheet is about somebody else.
func (s *sheet) headedFor(w *theOne) bool {
	for _, l := range s.labels {
		if p, in := s.partAt(l.row, l.cell); l.label != labelPatient || in && p != partPatient || s.kinBefore(l) {
			continue
		}
		sp := s.right(l)
		n, ok := readNameAs(strings.ReplaceAll(s.text(sp), "\t", " "), true)
		if ok && (n.title != "" || n.given != "") && s.asPatient(sp, n) && w.isnt(n) && strangers(n) && !ofStaff.MatchString(s.text(sp)) && !s.related(sp.row, sp.start+n.end) {
			return true
		}
	}
	return false
}

// namedOn are the places where a sheet has the person's whole name.
func (w *theOne) namedOn(s *sheet) []span {
	p := &w.r.patients[w.id]
	given := nameWords(p.Given)
	var out []span
	for _, f := range append([]string{p.Family}, p.OtherNames...) {
		family := strings.Fields(plain(strings.NewReplacer("-", " ", "'", "").Replace(f)))
		if len(family) == 0 || len(given) == 0 {
			continue
		}
		for row := range s.rows() {
			out = append(out, s.wholeNames(row, given[0], family)...)
		}
	}
	return out
}

// wholeNames are the places in a row where a given name, or its initial behind a title, stands beside a family name.
func (s *sheet) wholeNames(row int, given string, family []string) []span {
	words := s.rowWords(row)
	var out []span
	for k := range words {
		if !words[k].is(given) {
			continue
		}
		for gap := 1; gap <= 2 && k+gap < len(words); gap++ {
			if end := familyAt(words[k+gap:], family); end > 0 {
				out = append(out, span{row, words[k].start, end})
				break
			}
		}
		if from := k - len(family); from >= 0 && familyAt(words[from:], family) > 0 {
			out = append(out, span{row, words[from].start, words[k].end})
		}
	}
	return out
}

// joined reports whether another person's name is joined to a name: "Jude and Amara Okafor", "Amara Okafor & Jude Okafor".
func (w *theOne) joined(s *sheet, sp span) bool {
	text := s.rows()[sp.row].text
	if m := andBehind.FindString(text[sp.end:]); m != "" {
		if n, ok := readName(text[sp.end+len(m):]); ok && (n.given != "" || n.title != "") && !doctor[strings.ToLower(n.title)] && w.isnt(n) && strangers(n) {
			return true
		}
	}
	m := andAhead.FindStringSubmatchIndex(text[:sp.start])
	if m == nil {
		return false
	}
	n, ok := readName(text[m[2]:m[3]])
	if !ok && titles[strings.ToLower(strings.Fields(text[m[2]:m[3]])[0])] {
		return true // "Mr & Mrs Okafor"
	}
	return ok && !doctor[strings.ToLower(n.title)] && w.isnt(n) && strangers(n)
}

var (
	doctor    = set("dr prof professor")
	andBehind = regexp.MustCompile(`(?i)^,?(?: ?\([^()]*\))?,? ?(?:and|&|\+|/) ?(?:twin (?:\d|one|two|ii?) |baby )?`)
	andAhead  = regexp.MustCompile(`((?:[A-Z][A-Za-z'’.-]*\s+){1,4}),?(?:and|&|\+|/) ?(?:(?:Mrs?|Ms|Miss|Master|Twin|Baby)\.? (?:\d )?)?$`)
)

// strangers reports whether no word of a name is one that letters use otherwise: "Chest Pain" is none.
func strangers(n personName) bool {
	if n.title != "" {
		return true
	}
	for _, w := range nameWords(n.String()) {
		if known, _ := lexiconWord(w); known || notNames[w] {
			return false
		}
	}
	return true
}

var (
	// roleAhead is what stands right before the name of somebody whom a document names for the patient's sake.
	roleAhead = regexp.MustCompile(`(?i)(?:^|[^a-z])(?:` + helperWords + `|` + kinWords + `)(?:['’]?s)?(?: (?:full |first )?(?:names?|details|is|was))*[ :=–(-]*(?:(?:mrs?|ms|miss|dr)\.? )?$`)
	// broughtBy are words of a sentence by which whoever is named behind them is not its patient.
	broughtBy      = regexp.MustCompile(`(?i)\b(?:by|b ?/ ?o|on behalf of|(?:contact|relative|carer|friend|colleague|care|death|loss|donation|gift|kidney|cells|sperm|eggs?) (?:of|for|to|from)|(?:infant|baby|child|twins?|newborn|fetus|foetus|pregnancy|placenta)(?: boy| girl)? of|(?:came|come|comes|attend(?:s|ed|ing)?|li(?:ve|ves|ved|ving)|together|along|here|accompanied|contact|stay(?:s|ed|ing)?|relationship|partnership|married|fight|argument) (?:with|to)|accompanied by)[,:]? (?:(?:mrs?|ms|miss)\.? )?$`)
	roleHead       = regexp.MustCompile(`(?i)^\W*(?:` + helperWords + `|` + kinWords + `)(?:['’]?s)?(?: (?:details?|information|particulars|data))?\W*$`)
	donorIsPatient = regexp.MustCompile(`(?i)\b(?:power of attorney|lpa|(?:give|given|giving|donate[ds]?|donating) blood|blood (?:donors?|donations?|service)|donor (?:centre|session))\b`)
	// ofNewborn are papers about a baby that have its mother's number.
	ofNewborn = regexp.MustCompile(`(?i)\b(?:neonatal|newborn (?:and infant|hearing|blood|screen\w*|infant|examination)|hearing screen\w*|blood ?spot|nipe)\b`)
	// roleBehind follows such a name: "Amara Okafor, wife", "holds power of attorney for Mr Finch".
	roleBehind = regexp.MustCompile(`(?i)^,? ?\(?` + kinWords + `\)?\s*(?:$|[\t,;)])|^[^.;]{0,70}\b(?:holds?|has|is|as|acts?|acting)\b[^.;]{0,30}\b(?:attorney|deputy|executor|guardian|carer|advocate) (?:for|of)\b|^[^.;]{0,70}\b(?:gave|donated|donates|is donating|will donate|offered)\b[^.;]{0,20}\b(?:kidney|liver|lobe|marrow|cells|eggs?|sperm)\b[^.;]{0,12}\bto\b`)
)

// helperWords are those of whom a document speaks beside its patient, but for relatives.
const helperWords = `donor|index(?: (?:case|patient|person))?|proband|source(?: (?:case|patient))?|affected (?:relative|individual|person|member)|deceased|parents?|attorney|deputy|informant|(?:main |primary |usual |foster )?carer|carer for|(?:person )?cared for|perpetrator|suspect|accused|victim|emergency contact|contact person|accompanied by|escort|witness|interpreter|surrogate|intended (?:mother|father|parents?)|complainant|claimant|defendant|caller|driver|employer|policy.?holder|applicant(?: to \w+)?|appointee|tenant|(?:person )?raising (?:the )?concern|implicated donor|complainant|proposer|account holder|(?:line )?manager|landlord|previous patient|(?:found|reported|called|rung|brought|witnessed|made|completed|referred) (?:in )?by`

// inAnotherRole reports whether a name stands where somebody else than the patient is named.
func (w *theOne) inAnotherRole(s *sheet, sp span) bool {
	r := &s.rows()[sp.row]
	if s.kinOf(sp.row, sp.start) || s.related(sp.row, sp.end) || roleBehind.MatchString(r.text[sp.end:]+s.runsOn(sp.row)) || broughtBy.MatchString(s.sentence(sp.row, sp.start)) {
		return true
	}
	cell := r.cellAt(sp.start)
	before := r.text[r.cells[cell].start:sp.start]
	if strings.Trim(before, " :.-–") == "" && cell > 0 && s.labelled(sp.row, cell-1) {
		before = r.cellText(cell - 1)
	}
	m := roleAhead.FindString(before)
	for _, l := range s.labels {
		if l.row == sp.row && l.end <= sp.start && l.cell == cell && (l.label == labelName || l.label == labelFamily || l.label == labelGiven) && s.kinBefore(l) {
			return true
		}
	}
	if m == "" {
		// "Parent details" above "Name: ...".
		for up := sp.row - 1; up >= 0 && up >= sp.row-2; up-- {
			for _, cl := range s.rows()[up].cells {
				if abs(cl.box[0]-r.cells[cell].box[0]) <= max(r.box.Height(), 8) && roleHead.MatchString(s.rows()[up].text[cl.start:cl.end]) {
					m = s.rows()[up].text[cl.start:cl.end]
				}
			}
			if m != "" || strings.Contains(s.rows()[up].text, ":") {
				break
			}
		}
	}
	switch lower := strings.ToLower(m); {
	case m == "":
		return false
	case strings.Contains(lower, "intended"):
		return true
	case strings.Contains(lower, "donor"):
		return !w.says(donorIsPatient)
	case strings.Contains(lower, "mother"):
		return w.code != postroom.Maternity || w.says(ofNewborn)
	}
	return true
}

// labelled reports whether a cell ends as a label does, or is one.
func (s *sheet) labelled(row, cell int) bool {
	return strings.HasSuffix(strings.TrimRight(s.rows()[row].cellText(cell), " "), ":") || roleHead.MatchString(s.rows()[row].cellText(cell))
}

func (w *theOne) says(what *regexp.Regexp) bool {
	for _, s := range w.sheets {
		for i := range s.rows() {
			if what.MatchString(s.rows()[i].text) {
				return true
			}
		}
	}
	return false
}
