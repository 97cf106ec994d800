package classify

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// dangerousDrugs are those whose stopping cannot wait.
var dangerousDrugs = set(`warfarin apixaban rivaroxaban edoxaban dabigatran anticoagulant anticoagulants anticoagulation heparin enoxaparin dalteparin
 tinzaparin doac noac methotrexate lithium priadel insulin lantus novorapid humulin`)

// negations take the urgency from a clinical word that follows in the same
// sentence; they never clear another cue.
var negations = []string{"no evidence of ", "nothing to suggest ", "nothing to indicate ", "nothing suggestive of ", "nothing suspicious of ", "nothing in keeping with ", "no sign of ", "no signs of ", "no ", "not ", "without ", "denies ", "denied ", "nil ", "negative for ", "excluded ", "ruled out ", "no history of ", "unlikely ", "absence of ", "never "}

// urgentIn returns the urgent phrases of a document's sheets with their page
// in the document. Names of services ("urgent care centre") and printed small
// print do not count; a denied clinical word ("no evidence of malignancy")
// does not count either, and clears nothing else.
//
// adult says that the patient is known to be one: "was not brought" is a
// warning about a child.
func urgentIn(sheets []*sheet, code postroom.TypeCode, what string, adult bool, config *Config) []string {
	var out []string
	seen := map[string]bool{}
	for page, s := range sheets {
		calm := make([]bool, len(s.tokens))
		for _, h := range s.hits {
			for _, n := range h.phrase.notes {
				if n.kind == kindCalm && !s.endsWithin(h) {
					for i := h.from; i < h.to; i++ {
						calm[i] = true
					}
				}
			}
		}
		say := func(phrase string) {
			if !seen[phrase] {
				seen[phrase] = true
				if what != "" {
					out = append(out, fmt.Sprintf("%s on %s", quote(phrase), what))
				} else {
					out = append(out, fmt.Sprintf("%s on page %d", quote(phrase), page+1))
				}
			}
		}
		longest := -1
		hits := slices.Concat(s.hits, s.garbled())
		slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.from, b.from) })
		for _, h := range hits {
			for _, n := range h.phrase.notes {
				if n.kind != kindUrgent {
					continue
				}
				covered := true
				for i := h.from; i < h.to; i++ {
					covered = covered && calm[i]
				}
				if adult && strings.Contains(h.phrase.text, "not brought") || adult && h.phrase.text == "wnb" {
					continue
				}
				first, last := &s.tokens[h.from], &s.tokens[h.to-1]
				if strings.HasPrefix(h.phrase.text, "urgent") && (s.markBefore(first.row, first.start) && !s.boxesBehind(first.row) || fullMark.MatchString(s.boxBehind(first.row, first.start, first.end))) {
					covered = false
				}
				covered = covered && !s.insisted(first.row, first.start, last.row, last.end)
				if n.code == 1 && s.longAgo(first.row, first.start, last.row, last.end) {
					continue
				}
				if code == postroom.EDAttendance && s.triageGrade(first.row, first.start) || namedInPassing(code, h.phrase.text) && !s.isNew(h) {
					continue
				}
				if s.soothed(first.row, first.start, last.row, last.end) {
					longest = max(longest, h.to)
					continue
				}
				if n.code == 0 && (s.standing(first.row, first.start) || code == postroom.OOH111Report && disposed(sheets, s, first.row, first.start)) {
					continue
				}
				if n.code > 0 && (s.inquired(first.row, first.start) || s.basalCell(first.row, last.end)) {
					continue
				}
				if n.code < 2 && (s.conditional(first.row, first.start, last.row, last.end) || s.untickedOption(first.row, first.start)) {
					continue
				}
				if covered || h.to <= longest || s.endsWithin(h) || n.code > 0 && s.denied(h) || s.emptyBox(h) || n.code == 2 && !finds(code) && !s.isNew(h) {
					continue
				}
				longest = h.to
				say(h.phrase.text)
			}
		}
		for _, phrase := range s.stoppedDrugs() {
			say(phrase)
		}
		for _, phrase := range s.moreUrgent(code, sheets, config) {
			say(phrase)
		}
	}
	return out
}

var (
	// condition begins what would have to happen first. Polite requests begin alike: "I would
	// be grateful if you could see her urgently".
	condition = regexp.MustCompile(`(?i)(?:^|[^a-z])(?:(?:[ilt1|]f|unless) (?:he|she|they|any|there|these|this|that|it|the|no|your?|symptoms?|pain|bleeding|worse|concerned|you (?:are|feel|have|develop|notice|become|get|experience|cannot|do|need|require|think|wish|see))|should (?:you|he|she|they|there|any|symptoms|these|the patient)|in the event) `)
	polite    = regexp.MustCompile(`(?i)(?:grateful|appreciate[d]?|helpful|kind|obliged|thankful|wonder(?:ed|ing)?|ask(?:ed|ing)?|see|check|know|even|as|sure|unsure|unclear|uncertain|assess|decide|determine|establish|question|query|concerned|worried|doubt) if |if (?:you|the practice|your (?:practice|surgery|team)) (?:could|would|can|might|were able)|if not (?:already|yet|done)|if (?:he|she|they|you|this|it|the \w+)\b[^.;]{0,60}(?:\bnot|n['’]t) (?:already |yet |been )*(?:done|repeated|seen|treated|arranged|made|checked)\b|if (?:it is|this is|that is)? ?(?:at all )?possible`)
	// politeAfter is none: "urgently if your diary allows", "urgently unless it has been done".
	politeAfter = regexp.MustCompile(`(?i)\b(?:if (?:it is|it['’]s|this is|that is)(?: at all)? possible|if (?:you|they|your (?:diary|practice|surgery|team|clinic|list|service|department|schedule)) (?:can|could|are able|allows?|permits?|has|have)|unless (?:he|she|they|it|this|these|that|those|you|the \w+) [^.;]{0,25}\b(?:already|done|had|made|seen|arranged|sent|taken))\b`)
	// conditionAfter is one that follows: "urgent advice if any mole should change".
	conditionAfter = regexp.MustCompile(`(?i)^[^.;:]{0,40}?[ ,](?:if|should|unless|in the event) (?:he|she|they|any|there|these|it|his|her|their|your|things|anything|matters|symptoms?|pain|bleeding|worse|you (?:feel|have|develop|notice|become|get|experience)|of|the (?:patient|pain|symptoms|wound|swelling|rash|lump|redness|condition|headaches?|fever|cough|vomiting|weakness))\b`)
)

// conditional reports whether a phrase is advice for a case that has not come: "If the
// pain gets worse go to hospital immediately".
func (s *sheet) conditional(row, start, lastRow, end int) bool {
	before := s.sentence(row, start)
	if condition.MatchString(before) && !polite.MatchString(before) {
		return true
	}
	after := s.rows[lastRow].text[end:]
	if lastRow+1 < len(s.rows) && len(after) < 60 {
		after += " " + s.rows[lastRow+1].text
	}
	return conditionAfter.MatchString(after) && !politeAfter.MatchString(after)
}

var (
	// historyBefore and yearsBefore stand before what lies back, and historyAfter behind it; the words
	// between must not say that it is now.
	historyBefore = regexp.MustCompile(`(?i)(?:\b(?:history of|previous(?:ly)?|prior|past)|(?:^|\b(?:an?|his|her|their|the|known|very|of|and) )old)((?: \w+){0,2}) $`)
	yearsBefore   = regexp.MustCompile(`(?i)\b(?:last year|years? (?:ago|before)|in (?P<year>(?:19|20)\d\d)|as a (?:child|teenager)|in (?:his|her|their) (?:teens|twenties|thirties|youth))\b([^.;]{0,50})$`)
	historyAfter  = regexp.MustCompile(`(?i)^([^.;]{0,25}?)\b(?:last year|(?:\d+|two|three|four|five|ten|many|several|some|a few) years? (?:ago|before)|in the past(?:\s*(?:$|[.,;)])|\s+(?:and|but|when|with)\b)|in (?P<year>(?:19|20)\d\d)|as a (?:child|teenager)|in (?:his|her|their) (?:teens|twenties|thirties|youth))`)
	// shortHistory is how long an illness has lasted that is there now: "a two day history of".
	shortHistory = regexp.MustCompile(`(?i)\b(?:hours?|days?|weeks?|months?|short|brief|recent|acute|current)['’]? history of(?: \w+){0,2} $`)
	ongoing      = regexp.MustCompile(`(?i)\b(?:now|today|current\w*|new\w*|again|present\w*|recent\w*|yesterday|this (?:week|morning|month)|is|has|well|fit|healthy|hours?|days?|weeks?|months?|nights?|so|who|to|should|please)\b`)
	stillSo      = regexp.MustCompile(`(?i)\b(?:again|as|like|than|since|worse|unlike)\b`)
)

// longAgo reports whether the words around a clinical phrase say that it lies years back:
// "since the spring of last year, when he took an overdose".
func (s *sheet) longAgo(row, start, lastRow, end int) bool {
	before := s.rows[row].text[:start]
	for i := row - 1; i >= max(0, row-1) && len(before) < 90; i-- {
		before = s.rows[i].text + " " + before
	}
	after := s.rows[lastRow].text[end:]
	if lastRow+1 < len(s.rows) && len(after) < 30 {
		after += " " + s.rows[lastRow+1].text
	}
	before = strings.ReplaceAll(before, "\t", " ")
	if m := historyBefore.FindStringSubmatch(before); m != nil && !ongoing.MatchString(m[1]) && !shortHistory.MatchString(before) {
		return true
	}
	if m := yearsBefore.FindStringSubmatch(before); m != nil && s.past(m[1]) && !ongoing.MatchString(m[2]) {
		return true
	}
	m := historyAfter.FindStringSubmatch(after)
	return m != nil && s.past(m[2]) && !stillSo.MatchString(m[1])
}

// past reports whether a year lies before the one ahead of the letter's; no year is none that does not.
func (s *sheet) past(year string) bool {
	if year == "" {
		return true
	}
	n, err := strconv.Atoi(year)
	return err == nil && n < s.year-1
}

// triage is what stands before the grade in which an emergency department put its patient when
// he came: how soon to see him there, on a day that is over when its record arrives.
var triage = regexp.MustCompile(`(?i)\b(?:triage|acuity|mts|manchester)(?: (?:category|level|priority|code|score|grade|scale|status))?[^a-z0-9]{1,12}(?:\d[^a-z0-9]{1,4})?(?:very )?$`)

func (s *sheet) triageGrade(row, start int) bool {
	return triage.MatchString(s.rows[row].text[:start])
}

var (
	coverOptions = regexp.MustCompile(`(?i)\b(?:urgent|routine|for ?review|review|[fi]or (?:your )?(?:information|comment|approval|action|use|records?)|please (?:comment|reply|recycle)|as requested|confidential|non.urgent)\b`)
	fullMark     = regexp.MustCompile(`(?:\[[xX✓/]\]|\([xX✓/]\)|[☒☑✓✔✗■●◉@&®©])\s?$`)
	// blackMark is what a full box is read as where it is taken for a letter.
	blackMark = regexp.MustCompile(`^[BMWXKxv8]$`)
	// roundMark is what an empty box is read as and a ticked one is not.
	roundMark = regexp.MustCompile(`^(?:[oO0CcDL(\[{]{0,2}[oiIl1J)\]}]?|☐|□|○)$`)
	// emptyMark is what an empty box or circle is read as.
	emptyMark = regexp.MustCompile(`^(?:[oO0CcDGLUQ(\[{]{0,2}[oiIl1J)\]}]?|☐|□|○)$`)
)

// untickedOption reports whether a word is one of a row of choices of which
// another is ticked and this one is not: "( ) Urgent  (x) For review".
func (s *sheet) untickedOption(row, start int) bool {
	text := s.rows[row].text
	options := coverOptions.FindAllStringIndex(text, -1)
	if len(options) < 3 {
		return false
	}
	if s.boxesBehind(row) {
		ticked, own := false, ""
		for _, o := range options {
			box := s.boxBehind(row, o[0], o[1])
			if o[0] == start {
				own = box
			}
			ticked = ticked || fullMark.MatchString(box)
		}
		return ticked && own != "" && !fullMark.MatchString(own)
	}
	ticked, without, own, last := false, false, "", 0
	var empty []string
	for _, o := range options {
		full := fullMark.MatchString(text[:o[0]]) || s.markBefore(row, o[0])
		mark := strings.Trim(text[last:o[0]], " \t")
		if o[0] == start {
			if full || !emptyMark.MatchString(mark) {
				return false
			}
			own = mark
		} else {
			ticked = ticked || full || blackMark.MatchString(mark)
			if mark != "" && emptyMark.MatchString(mark) {
				empty = append(empty, mark)
			}
			without = without || mark == ""
		}
		last = o[1]
	}
	// An empty box is read as a letter like those at the other choices; a full one often as nothing.
	return ticked || own != "" && without && len(empty) > 0 && (roundMark.MatchString(own) || slices.Contains(empty, own))
}

// markBefore reports whether a full box or circle stands before a word.
func (s *sheet) markBefore(row, start int) bool {
	for m := range strings.FieldsSeq(s.marksBefore(row, start)) {
		if fullMark.MatchString(m) {
			return true
		}
	}
	return false
}

// marksBefore are the words close before a word on the page: a mark of its own is no text, and no
// row has it.
func (s *sheet) marksBefore(row, start int) string {
	words := s.rows[row].wordsIn(start, start+1)
	if len(words) == 0 {
		return ""
	}
	b := words[0].Box
	marks := ""
	for _, w := range s.onLine(b) {
		if w.Box[2] <= b[0]+b.Height()/2 && b[0]-w.Box[2] <= 2*b.Height() {
			marks += " " + w.Text
		}
	}
	return marks
}

var (
	// dispositionBefore is how soon the triage of a call told its caller to turn to somebody,
	// with what its code ("Dx08") is read as.
	dispositionBefore = regexp.MustCompile(`(?i)(?:\bdisposition\b|\b[do0]x\s?[\d@o]{1,4}\b)[^.;]*$`)
	dispositionHead   = regexp.MustCompile(`(?i)^\W*(?:final |pathways )?disposition\W*$`)
	elsewhere         = regexp.MustCompile(`(?i)\b(?:dent(?:al|ist)|pharmac(?:y|ist)|chemist|optic(?:ian|al)|optometrist|midwife|maternity)\b`)
	callClosed        = regexp.MustCompile(`(?i)\boutcome\W{0,4}(?:no (?:further )?action|for information only)|\bno (?:further )?action (?:is |was )?(?:needed|required|requested)\b`)
)

// disposed reports whether a time is the disposition of a call that does not concern the
// practice any more: it sent the caller to a dentist or a pharmacy, or the report says itself
// that nothing is left to do. "Dx08 Speak to GP within 6 hours" alone is still to be done.
func disposed(sheets []*sheet, s *sheet, row, start int) bool {
	before := s.rows[row].text[:start]
	if !dispositionBefore.MatchString(before) && !(row > 0 && dispositionHead.MatchString(s.rows[row-1].text)) {
		return false
	}
	if elsewhere.MatchString(before) {
		return true
	}
	for _, sh := range sheets {
		for i := range sh.rows {
			if callClosed.MatchString(sh.rows[i].text) {
				return true
			}
		}
	}
	return false
}

var (
	// serviceName is the name of one: "Hilltop Urgent Primary Care".
	serviceName = regexp.MustCompile(`^(?:(?:Urgent|Rapid Access|Same Day) (?:[A-Z][A-Za-z]+ ){0,3}|Crisis )(?:Care|Centre|Services?|Hub|Clinic|Unit|Team|Response)(?:\s*$|\s*[\t,(|])`)
	// sends stands before the name of a service to which somebody is to go.
	sends = regexp.MustCompile(`(?i)\b(?:refer|referred|referring|send|book(?:ed)?|arrange[ds]?|transfer(?:red)?|direct(?:ed)?|admit(?:ted)?|needs?|please)\b[^.;]*$`)
	// whomToAsk says how to reach somebody, whatever the letter is about.
	whomToAsk    = regexp.MustCompile(`(?i)^urgent (?:quer(?:y|ies)|enquir(?:y|ies)|questions?|calls?|messages?|matters)\b[^.;]{0,60}?(?:\bbleep|\btel|phone|\bring\b|\bcall\b|\bcontact\b|\bpage\b|\bext|\d{4})`)
	criticalName = regexp.MustCompile(`(?i)^critical (?:view|incident|period|role|angle|appraisal|thinking)\b`)
)

// standing reports whether a word is part of a name or of what every letter of its sender says.
func (s *sheet) standing(row, start int) bool {
	text := s.rows[row].text
	c := s.rows[row].cells[s.rows[row].cellAt(start)]
	if serviceName.MatchString(text[start:]) && !strings.ContainsAny(text[min(c.start, start):start], ":.;") && !wantsCare.MatchString(text[:start]) && !sends.MatchString(s.sentence(row, start)) {
		return true
	}
	return whomToAsk.MatchString(text[start:]) || criticalName.MatchString(text[start:])
}

// question is one that somebody wants answered from the records; the answer is not in it.
var question = regexp.MustCompile(`(?i)\b(?:state|say|tell us|confirm|indicate|let us know)\b[^.?]{0,60}\b(?:whether|if)\b[^.?]{0,40}\b(?:records?|notes|patient|applicant|client|he|she|they)\b[^.?]*$`)

func (s *sheet) inquired(row, start int) bool {
	before := s.rows[row].text[:start]
	for i := row - 1; i >= max(0, row-2); i-- {
		before = s.rows[i].text + " " + before
	}
	return question.MatchString(before)
}

// basalCell reports whether a carcinoma is one that grows slowly and does not spread, which
// is referred as routine (NICE NG12, 1.7).
func (s *sheet) basalCell(row, end int) bool {
	return basal.MatchString(s.rows[row].text[:end])
}

var basal = regexp.MustCompile(`(?i)\bbasal cell (?:carcinoma|cancer)$`)

// namedInPassing reports whether a disease is only why somebody asks or certifies: what a
// fit note or a questionnaire names was found and told before.
func namedInPassing(code postroom.TypeCode, phrase string) bool {
	return (code == postroom.FitNote || code == postroom.ReportRequest) && (strings.Contains(phrase, "kidney") || strings.HasPrefix(phrase, "aki") || strings.HasSuffix(phrase, " aki") || strings.HasPrefix(phrase, "pulmonary"))
}

// endsWithin reports whether a sentence ends between the words of a phrase:
// "no changes were made today. Please check" asks for nothing today.
func (s *sheet) endsWithin(h hit) bool {
	for i := h.from; i+1 < h.to; i++ {
		a, b := &s.tokens[i], &s.tokens[i+1]
		after := s.rows[a.row].text[a.end:]
		if a.row == b.row {
			after = s.rows[a.row].text[a.end:b.start]
		}
		next := s.rows[b.row].text[b.start]
		// A speck is read as a full stop, too, but what follows is no capital then.
		if strings.HasPrefix(after, ".") && len(strings.TrimSpace(s.rows[a.row].text[a.start:a.end])) > 2 && next >= 'A' && next <= 'Z' {
			return true
		}
	}
	return false
}

// denied reports whether a negation stands before the phrase in its sentence.
func (s *sheet) denied(h hit) bool {
	first, last := &s.tokens[h.from], &s.tokens[h.to-1]
	return s.deniedAt(first.row, first.start, last.row, last.end)
}

func (s *sheet) deniedAt(row, start, lastRow, end int) bool {
	before := s.rows[row].text[:start]
	if row > 0 && len(before) < 25 {
		before = s.rows[row-1].text + " " + before
	}
	before = strings.ToLower(before[lostStop(before):])
	if i := strings.LastIndexAny(before, ".;:\t"); i >= 0 {
		before = before[i+1:]
	}
	if i := strings.LastIndex(before, " but "); i >= 0 {
		before = before[i+5:]
	}
	if at := assertion.FindAllStringIndex(before, -1); at != nil {
		before = before[at[len(at)-1][0]:]
	}
	if i := strings.LastIndex(before, ", "); i >= 0 && i+2 == len(before) && assertive.MatchString(s.rows[row].text[start:]) {
		before = "" // "No headache, suspected malignancy"
	}
	if (strings.HasSuffix(before, " and ") || strings.HasSuffix(before, ", ")) && (thereIs.MatchString(s.rows[lastRow].text[end:]) || isLikely.MatchString(s.rows[lastRow].text[:end])) {
		before = "" // "No dysplasia, and carcinoma is present"
	}
	if len(before) > 48 {
		before = before[len(before)-48:]
	}
	before = " " + notDenials.ReplaceAllString(before, "")
	for _, n := range negations {
		if strings.Contains(before, " "+n) {
			return true
		}
	}
	// "Safeguarding concerns: none"
	rest := strings.ToLower(s.rows[lastRow].text[end:])
	after := strings.TrimLeft(rest, " \t:.-?")
	after = strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(after, "concerns"), "concern"), " \t:.-?s")
	stopped := strings.Contains(rest[:len(rest)-len(after)], ".")
	if screened.MatchString(after) {
		return true
	}
	if wholeAnswer.MatchString(after) || !stopped && denies(after) {
		return true
	}
	cl := s.rows[lastRow].cells[s.rows[lastRow].cellAt(start)]
	if rest = strings.ToLower(s.rows[lastRow].text[min(end, cl.end):cl.end]); strings.Trim(strings.ReplaceAll(rest, "concern", ""), " s:.-?") == "" {
		// The head of a table's column, its value below.
		for _, b := range s.below(labelHit{row: lastRow, start: start, end: end}, 1) {
			if below := strings.ToLower(strings.TrimSpace(s.text(b))); wholeAnswer.MatchString(below) || denies(below) {
				return true
			}
		}
	}
	// "Risk to others low"; low results are another matter.
	if strings.HasPrefix(strings.ToLower(s.rows[row].text[start:]), "risk to ") {
		after = strings.TrimPrefix(strings.TrimPrefix(after, "is "), "was ")
		return lowRisk.MatchString(after) && !notOnlyLow.MatchString(after)
	}
	return false
}

// capital finds the words that begin with one, behind another word.
var capital = regexp.MustCompile(`(\w+),? ([A-Z][a-z]{2,} )`)

// lostStop is where the last sentence begins that only its capital tells, since its full stop was not read: "no odd beliefs
// Thoughts of self harm". Names behind a small word ("no evidence of Paget disease") begin none.
func lostStop(text string) int {
	at := 0
	for _, m := range capital.FindAllStringSubmatchIndex(text, -1) {
		if word := text[m[2]:m[3]]; len(word) > 3 && strings.ToLower(word) == word && !smallWords[word] {
			at = m[4]
		}
	}
	return at
}

var smallWords = set("without denies denied with from excluded exclude possible suspected known definite obvious further")

var (
	// assertion is where a sentence turns from what is not to what is: "no fever and is septic".
	assertion = regexp.MustCompile(`,\s+(?:and )?(?:then|later|today|now|since|still|again)\b|(?:,|\band\b|\bwith\b|[–-])\s+(?:(?:he|she|they|now|there|i|it|we|patient) )*(?:is|are|has|have|had|was|were|suspect\w*|probabl\w+|likely|confirmed|shows?|think|believe|concerned|worried)\b`)
	// notDenials begin like one and deny no illness.
	notDenials = regexp.MustCompile(`\b(?:not|no longer) den(?:y|ies|ied)\b|\b(?:not|isn['’]t) (?:sure|certain|clear|only|just|well|safe|coping|improv\w+|settling|responding|better|fully|completely|entirely|for discharge)\b|\bno (?:better|improvement|longer|appetite|response|relief|change|answer)\b|\b(?:(?:can|could|did|does|has|have|do|is|was)(?: ?not|n['’]t)|unable to|not|please|to) (?:\w+ ){0,3}?(?:exclude[ds]?|rule[ds]? out)\b`)
	thereIs    = regexp.MustCompile(`(?i)^ (?:is|are|was|were) (?:present|seen|found|identified|confirmed)\b|^ in (?:the|both|all|this)\b`)
	isLikely   = regexp.MustCompile(`(?i) (?:likely|probable|suspected|confirmed|found)$`)
	assertive  = regexp.MustCompile(`(?i)^(?:suspect|suspicio|probable|possible|likely|confirmed|highly)`)

	// wholeAnswer is an answer with nothing behind it; what follows a full stop is else a sentence of its own:
	// "He is suicidal. No concerns about the children".
	wholeAnswer = regexp.MustCompile(`^(?:no|none|nil|n/a|not (?:known|identified|seen)|excluded|negative)(?: (?:known|identified|noted|reported|raised|seen|disclosed|present|at present|currently|today))*\s*(?:$|[,;\t)]|\.(?:\s*$|\s))`)
	// denying begins an answer that may go on, and not that it does.
	denying    = regexp.MustCompile(`^(?:warning signs|red flag|advice|leaflet|information|precautions|not identified|not known|excluded|negative|not seen|no (?:\w+ ){0,2}(?:concerns?|issues?|disclosures?|problems?|risks?|evidence|indications?|signs?|history|thoughts?|features?|symptoms?)\b)`)
	notDenying = regexp.MustCompile(`^(?:advice|information) (?:is |was )?(?:sought|please|requested|needed|required|from|would)|^(?:none|nil) (?:of|in|by)|^not (?:known|seen) (?:to|by|yet|since)|^negative (?:impact|effect)`)

	lowRisk    = regexp.MustCompile(`^(?:currently |now )?(?:very )?(?:low|minimal)\b`)
	notOnlyLow = regexp.MustCompile(`^[^.;\t]*\b(?:medium|moderate|high|while|only|when|but|unless|otherwise)\b`)
)

func denies(answer string) bool {
	return denying.MatchString(answer) && !notDenying.MatchString(answer)
}

// screened is the answer to a question that everybody is asked: "Domestic abuse: asked alone;
// no disclosure".
var screened = regexp.MustCompile(`^(?:asked|screened|enquir(?:y|ed)|routine enquiry)(?: (?:alone|today|about|made|privately|in private)){0,3}[;,:\- –]+(?:no|none|nil|not|negative|denie[sd])\b`)

// finds reports whether documents of a type are about what was found now.
func finds(code postroom.TypeCode) bool {
	switch code {
	case postroom.HistologyReport, postroom.RadiologyReport, postroom.LabReport, postroom.ReferralUrgentCancer, postroom.UnknownType:
		return true
	}
	return false
}

// isNew reports whether the words before a finding say that it is new or
// suspected.
func (s *sheet) isNew(h hit) bool {
	t := &s.tokens[h.from]
	before := strings.ToLower(s.rows[t.row].text[:t.start])
	if len(before) < 30 && t.row > 0 {
		before = strings.ToLower(s.rows[t.row-1].text) + " " + before
	}
	if len(before) > 45 {
		before = before[len(before)-45:]
	}
	for _, w := range []string{"new ", "suspect", "suspicious", "suspicion", "possible", "probable", "likely", "confirm", "shows", "showed", "consistent with", "concern", "exclude", "?", "newly ", "recent", "query", "rule out", "diagnosed with"} {
		if strings.Contains(before, w) {
			return true
		}
	}
	return false
}

// emptyBox reports whether an empty tick box stands at the phrase while
// another choice in the row is ticked: "[ ] Urgent [x] Routine".
func (s *sheet) emptyBox(h hit) bool {
	t := &s.tokens[h.from]
	return s.emptyBoxAt(t.row, t.start)
}

func (s *sheet) emptyBoxAt(row, start int) bool {
	text := s.rows[row].text
	if s.boxesBehind(row) {
		own := s.boxBehind(row, start, start+1)
		return own != "" && !fullMark.MatchString(own) && slices.ContainsFunc(s.onLine(s.rows[row].box), func(w *postroom.Word) bool { return fullMark.MatchString(w.Text) })
	}
	return boxTicked.MatchString(text) && boxEmpty.MatchString(text[:start]+s.marksBefore(row, start))
}

var (
	boxEmpty  = regexp.MustCompile(`(?:\[ ?\]|\( ?\)|☐)\s*$`)
	boxTicked = regexp.MustCompile(`\[[xX✓]\]|\([xX✓]\)|[☒☑]`)
)

var (
	// keepTaking stands before a "stop" that is none.
	keepTaking = regexp.MustCompile(`(?i)(?:\b(?:not|never|dont|cannot|without) |n['’]t )(?:(?:to|be|been|have|just|suddenly|abruptly|ever|simply|yet) ){0,2}$`)
	stopping   = regexp.MustCompile(`(?i)\b(?:stop\w*|withhold|withheld|discontinued?|suspend(?:ed)?|cease[d]?|hold|held|omit(?:ted)?|pause[d]?)\b`)
)

// ofDrugs are what a drug's name belongs to that may stop or be held without it.
var ofDrugs = set("pump pen clinic service nurse book")

// stoppedDrugs are the dangerous drugs that a sheet stops now.
func (s *sheet) stoppedDrugs() []string {
	var out []string
	for i := range s.rows {
		text := s.rows[i].text
		for _, at := range stopping.FindAllStringIndex(text, -1) {
			if keepTaking.MatchString(s.sentence(i, at[0])) || s.longAgo(i, at[0], i, at[1]) {
				continue
			}
			before, after := cutWords(text[:at[0]]), cutWords(text[at[1]:])
			if len(before) < 4 && !strings.ContainsAny(text[:at[0]], ".;:\t") {
				before = cutWords(s.sentence(i, at[0]))
			}
			if len(after) < 5 && !strings.ContainsAny(text[at[1]:], ".;:\t") {
				after = cutWords(text[at[1]:] + s.runsOn(i))
			}
			around := append(before[max(0, len(before)-4):], after[:min(5, len(after))]...)
			for k, w := range around {
				if dangerousDrugs[w] && (k+1 == len(around) || !ofDrugs[around[k+1]]) {
					out = append(out, "stop "+w)
				}
			}
		}
	}
	return out
}

// isAdult reports whether a birth date says with some certainty that somebody is 18 or older.
func isAdult(birth postroom.Field, received time.Time) bool {
	t, err := time.Parse(time.DateOnly, birth.Value)
	return err == nil && birth.Valid && birth.Confidence >= 0.7 && !received.IsZero() && !t.AddDate(18, 0, 0).After(received)
}

// urgentByType reports whether a type wants a person at once by its nature.
func urgentByType(code postroom.TypeCode) bool {
	t, ok := postroom.TypeOf(code)
	return ok && t.Urgency == postroom.AtOnce
}
