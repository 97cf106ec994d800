package classify

import (
	"regexp"
	"slices"
	"strings"
)

// ofSeveral are words by which a letter is about several patients.
var ofSeveral = regexp.MustCompile(`(?i)\b(?:following|list) (?:of )?(?:your |registered )?patients\b|\bpatients (?:listed|named) (?:below|above|overleaf)\b|\bpatients of your(?:s| practice| surgery)\b|\bthese patients (?:did|failed|need)\b|\byour patients who (?:did|have|has|failed|missed)\b|^\W*patients who (?:did|have|has|failed|missed) not\b|\b(?:each|all) of (?:these|the) patients\b|\b(?:two|three|four|five|six|several|some|\d) of your patients\b`)

// listsPatients reports whether a sheet lists people: it says so, or has a row with the name and the
// birth date or number of somebody else.
func (s *sheet) listsPatients(w *theOne) bool {
	for i := range s.rows() {
		r := &s.rows()[i]
		if ofSeveral.MatchString(r.text + s.runsOn(i)) {
			return true
		}
		n, ok := readName(listMark.ReplaceAllString(r.cellText(0), ""))
		if !ok && len(r.cells) > 1 {
			if n, ok = readName(r.cellText(1)); !ok && nameLike(r.cellText(0)) && nameLike(r.cellText(1)) {
				n, ok = personName{family: r.cellText(0), given: r.cellText(1)}, true
			}
		}
		if !ok || n.given == "" || doctor[strings.ToLower(n.title)] || !w.isnt(n) || !strangers(n) {
			continue
		}
		if p := &w.r.patients[w.id]; s.hasNumber(i, p.Number) && slices.ContainsFunc(s.dates, func(d dateHit) bool { return d.row == i && d.iso == p.BirthDate }) {
			continue // the patient's own row, with a name that a narrow column breaks
		}
		for _, d := range s.dates {
			if d.row == i && !s.askedBeside(i) && d.iso != "" && !d.twoDigitYear && plausibleBirth(d.iso, w.grown) {
				return true
			}
		}
	}
	return false
}

// hasNumber reports whether a row holds a patient's number.
func (s *sheet) hasNumber(row int, number string) bool {
	return number != "" && slices.ContainsFunc(s.numbers, func(h numberHit) bool { return h.row == row && h.valid && h.digits == number })
}

// askedBeside reports whether a row's second column asks for a birth date: it goes with what stands there, not with
// a name in the first.
func (s *sheet) askedBeside(row int) bool {
	for _, l := range s.labels {
		if l.row == row && l.label == labelBirth && l.cell > 0 {
			return true
		}
	}
	return false
}

var listMark = regexp.MustCompile(`^\W*(?:(?:bed|bay|no\.?|patient)? ?\d{1,2}[.):]?\s+)?`)

// secondLetter reports whether another letter begins below the end of the first.
func (s *sheet) secondLetter() bool {
	closed := false
	for i := range s.rows() {
		switch {
		case s.isClosing(i):
			closed = true
		case closed && strings.HasPrefix(s.rows()[i].text, "Dear "):
			return true
		}
	}
	return false
}

var (
	// seeing stands before the name of whom a letter is about, having been behind its subject.
	seeing = regexp.MustCompile(`(?i)\b(?:i|we|(?:dr|mr|mrs|miss|ms|prof)\.? [a-z'-]+|thank(?:s| you) for|pleasure(?: of| to)?|ask(?:ed|ing) (?:me|us) to|delighted to|pleased to|nice to)\b[^.;:]{0,30}?\b(?:saw|seeing|see|seen|review(?:ed|ing)?|met|meet(?:ing)?|assess(?:ed|ing)?|examin(?:ed|ing)|visit(?:ed|ing)|refer(?:red|ring)|sending|bringing|operated on)(?: (?:me|us|again|your|this|the|above|patient|client|pleasant|man|woman|lady|gentleman|boy|girl|child|year|old|\d+))*,? $|\byour (?:above )?(?:patient|client),? $`)
	// tellsOf follows the name of whom a letter is about.
	tellsOf = regexp.MustCompile(`(?i)^,?(?: \(?aged? \d+\)?,?)? (?:(?:attended|presented|underwent|came to (?:clinic|us|see)|was (?:seen|reviewed|admitted|brought|referred|discharged|born|assessed|screened|treated|diagnosed)|has been (?:seen|reviewed|admitted|referred|discharged|treated|diagnosed|unwell|well))\b|(?:is|was|remains|feels) (?:now )?(?:well|better|frail|stable|an? \d|on (?:dialysis|treatment)|doing|very|not|still|unwell|pregnant|taking|under|discharged|fit|now)\b|(?:has|had) (?:done|made|managed|completed|an?|no|some|been|angina|asthma|diabetes|type|had|recently|now|not|high|low|severe|mild|ongoing|chronic)\b|(?:lives|takes|tolerates|tolerated|reports|describes|complains|denies|suffers|smokes|drinks|walks|tells (?:me|us)|told (?:me|us)|is keen|continues|returned (?:to|for))\b)`)
	// ofStaff are words beside the name of somebody who works there.
	ofStaff = regexp.MustCompile(`(?i)\b(?:consultant|surgeon|dentist|registrar|nurse|midwife|secretary|solicitor|worker|officer|manager|therapist|physiotherapist|teacher|interpreter|advocate|chaperone|pharmacist|optometrist|frcs|assistant)\b|['’]s (?:clinic|list|team|office|care)\b`)
)

// anotherIsSeen reports whether the sentences of a document tell of somebody else as those of a letter
// do of its patient, and never so of the one of the list.
func (w *theOne) anotherIsSeen() bool {
	said := map[string]int{}
	for _, s := range w.sheets {
		for i := range s.rows() {
			if s.isClosing(i) && s.depth(i) > 0.3 {
				break
			}
			text := s.rows()[i].text
			for _, at := range capitalWord.FindAllStringIndex(text, -1) {
				n, ok := readNameAs(text[at[0]:], titleIn(text[at[0]:]) == 0)
				if first := text[at[0]:at[1]]; !ok && nameLike(first) && !particles[strings.ToLower(first)] && n.family != "" {
					ok = true // "I saw Toby today"
				}
				if !ok || doctor[strings.ToLower(n.title)] || !strangers(n) || at[0] > 0 && isLetter(text[at[0]-1]) {
					continue
				}
				end := at[0] + n.end
				if n.given == "" && n.title != "" && strings.Trim(text[end:], " ") == "" {
					continue // it may go on in the next line
				}
				before := s.sentence(i, at[0])
				around := text[max(0, at[0]-30):at[0]] + " " + text[end:min(len(text), end+30)]
				seen, told := seeing.MatchString(before), tellsOf.MatchString(text[end:]+s.runsOn(i))
				if !seen && !told || ofStaff.MatchString(around) || s.kinOf(i, at[0]) || s.related(i, end) || roleAhead.MatchString(before) {
					continue
				}
				if !w.isnt(n) {
					return false
				}
				weight := 1
				if seen {
					weight = 2
				}
				said[likeness(nameKey(n.family))] += weight
			}
		}
	}
	for _, times := range said {
		if times > 1 {
			return true
		}
	}
	return false
}

var capitalWord = regexp.MustCompile(`[A-Z][A-Za-z'’-]+`)
