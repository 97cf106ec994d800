package classify

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// dangerousDrugs are those whose stopping cannot wait.
var dangerousDrugs = set(`warfarin apixaban rivaroxaban edoxaban dabigatran anticoagulant anticoagulants anticoagulation heparin enoxaparin dalteparin
 tinzaparin doac noac methotrexate lithium priadel insulin lantus novorapid humulin`)

// urgentIn finds the urgent phrases of a document's sheets, with their page
// in the document. Names of services ("urgent care centre") and printed small
// print do not count; a denied clinical word ("no evidence of malignancy")
// does not count either, and clears nothing else.
//
// A phrase does not count either in a sentence that the model takes for calm, and a sentence that it takes
// for urgent counts without any. adult says that the patient is known to be one: "was not brought" is a
// warning about a child.
func urgentIn(sheets []*sheet, code postroom.TypeCode, what string, adult bool, config *Config, model *Urgency) alarm {
	var out alarm
	seen := map[string]bool{}
	for page, s := range sheets {
		s.weigh(model)
		calm := make([]bool, len(s.tokens()))
		for _, h := range s.hits {
			for _, n := range h.phrase.notes {
				if n.kind == kindCalm && !s.endsWithin(h) {
					for i := h.from; i < h.to; i++ {
						calm[i] = true
					}
				}
			}
		}
		say := func(m mark) {
			out.weigh(s, m, code)
			if !seen[m.phrase] {
				seen[m.phrase] = true
				if what != "" {
					out.why = append(out.why, fmt.Sprintf("%s on %s", quote(m.phrase), what))
				} else {
					out.why = append(out.why, fmt.Sprintf("%s on page %d", quote(m.phrase), page+1))
				}
			}
		}
		longest, foot := -1, s.footFrom()
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
				if adult && aboutChild(h.phrase.text) || s.printedOnAll(h.phrase.text, s.tokens()[h.from].row, foot) {
					continue
				}
				first, last := &s.tokens()[h.from], &s.tokens()[h.to-1]
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
				if n.code > 0 && (s.inquired(first.row, first.start) || s.requested(first.row, first.start, code) || s.basalCell(first.row, last.end)) {
					continue
				}
				if n.code < 2 && (s.conditional(first.row, first.start, last.row, last.end) || s.untickedOption(first.row, first.start)) {
					continue
				}
				if covered || h.to <= longest || s.endsWithin(h) || n.code > 0 && s.denied(h) || s.emptyBox(h) || n.code == 2 && !finds(code) && !s.isNew(h) {
					continue
				}
				if code == postroom.HistologyReport && anyGrowth.MatchString(h.phrase.text) && onlyBasal(sheets) {
					continue
				}
				longest = h.to
				if aboutChild(h.phrase.text) || !s.calmly(first.row, first.start, h.phrase.text, n.code > 0) {
					say(mark{h.phrase.text, first.row, first.start, true})
				}
			}
		}
		for _, m := range s.stoppedDrugs() {
			say(m)
		}
		for _, m := range s.moreUrgent(code, sheets, config, foot) {
			say(m)
		}
		if pressing := s.pressing(model, code, foot); len(pressing) > 0 {
			out.certain = true
			if len(out.why) == 0 { // the phrases say it better
				for _, m := range pressing {
					say(m)
				}
			}
		}
		for i := range s.said {
			out.said = append(out.said, s.said[i].p)
		}
		s.said = nil
	}
	return out
}

// aboutChild reports whether a phrase is one about a child that nobody brought to be seen.
func aboutChild(phrase string) bool {
	return strings.Contains(phrase, "not brought") || phrase == "wnb"
}

// triage is what stands before the grade in which an emergency department put its patient when
// he came: how soon to see him there, on a day that is over when its record arrives.
var triage = regexp.MustCompile(`(?i)\b(?:triage|acuity|mts|manchester)(?: (?:category|level|priority|code|score|grade|scale|status))?[^a-z0-9]{1,12}(?:\d[^a-z0-9]{1,4})?(?:very )?$`)

func (s *sheet) triageGrade(row, start int) bool {
	return triage.MatchString(s.rows()[row].text[:start])
}

var (
	// dispositionBefore is how soon the triage of a call told its caller to turn to somebody,
	// with what its code ("Dx08") is read as.
	dispositionBefore = regexp.MustCompile(`(?i)(?:\bdisposition\b|\b[do0]x\s?[\d@o]{1,4}\b)[^.;]*$`)
	dispositionHead   = regexp.MustCompile(`(?i)^\W*(?:final |pathways )?disposition\W*$`)
	elsewhere         = regexp.MustCompile(`(?i)\b(?:dent(?:al|ist)|pharmac(?:y|ist)|chemist|optic(?:ian|al)|optometrist|midwife|maternity)\b`)
	callClosed        = regexp.MustCompile(`(?i)\boutcome\W{0,4}(?:no (?:further )?action|for information only)|\bno (?:further )?action (?:is |was )?(?:needed|required|requested)\b`)
)

// daysAhead is a time in which a call is to be followed up that lies days ahead.
var daysAhead = regexp.MustCompile(`(?i)^within (?:the next )?(?:72|96|120|168) ?h`)

// disposed reports whether a time is the disposition of a call that does not concern the
// practice any more: it sent the caller to a dentist or a pharmacy, or the report says itself
// that nothing is left to do. "Dx08 Speak to GP within 6 hours" alone is still to be done.
func disposed(sheets []*sheet, s *sheet, row, start int) bool {
	before := s.rows()[row].text[:start]
	if !dispositionBefore.MatchString(before) && !(row > 0 && dispositionHead.MatchString(s.rows()[row-1].text)) {
		return false
	}
	if elsewhere.MatchString(before) || daysAhead.MatchString(s.rows()[row].text[start:]) {
		return true
	}
	for _, sh := range sheets {
		for i := range sh.rows() {
			if callClosed.MatchString(sh.rows()[i].text) {
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
	text := s.rows()[row].text
	c := s.rows()[row].cells[s.rows()[row].cellAt(start)]
	if serviceName.MatchString(text[start:]) && !strings.ContainsAny(text[min(c.start, start):start], ":.;") && !wantsCare.MatchString(text[:start]) && !sends.MatchString(s.sentence(row, start)) {
		return true
	}
	return whomToAsk.MatchString(text[start:]) || criticalName.MatchString(text[start:])
}

// question is one that somebody wants answered from the records; the answer is not in it.
var question = regexp.MustCompile(`(?i)\b(?:state|say|tell us|confirm|indicate|let us know)\b[^.?]{0,60}\b(?:whether|if)\b[^.?]{0,40}\b(?:records?|notes|patient|applicant|client|he|she|they)\b[^.?]*$`)

func (s *sheet) inquired(row, start int) bool {
	before := s.rows()[row].text[:start]
	for i := row - 1; i >= max(0, row-2); i-- {
		before = s.rows()[i].text + " " + before
	}
	return question.MatchString(before)
}

var (
	// requestHead is the heading or label of why a test was asked for.
	requestHead = regexp.MustCompile(`(?i)^\W*(?:(?:clinical|relevant) )?(?:indications?|details|information|history|question|data|query|request(?:ed for)?|reason for (?:the )?(?:request|scan|test|examination|referral|investigation))(?: (?:for|of) (?:the )?\w+)?\s*(?:[:\t]|$)|^\W*clinical(?::| (?:details|indications?|information|history|question)\b)`)
	// answerHead is that of what was found.
	answerHead = regexp.MustCompile(`(?i)^\W*(?:findings?|report|results?|conclusions?|impression|opinion|diagnosis|comments?|summary|technique|macro\w*|micro\w*|appearances?|interpretation)\b`)
)

// requestRows is how far below its heading a request is looked for: what was found must never count as one.
const requestRows = 3

// requested reports whether a place of a report is where it repeats why it was asked for: "Clinical details:
// ?malignancy" is the question, and the answer stands elsewhere.
func (s *sheet) requested(row, start int, code postroom.TypeCode) bool {
	switch code {
	case postroom.RadiologyReport, postroom.LabReport, postroom.HistologyReport:
	default:
		return false
	}
	for i := row; i >= max(0, row-requestRows); i-- {
		r := &s.rows()[i]
		text := r.text
		if i == row {
			text = text[r.cells[r.cellAt(start)].start:start]
			if c := r.cellAt(start); c > 0 && requestHead.MatchString(r.cellText(c-1)) {
				return true
			}
		}
		switch {
		case answerHead.MatchString(text):
			return false
		case requestHead.MatchString(text):
			return true
		}
	}
	return false
}

// basalCell reports whether a carcinoma is one that grows slowly and does not spread, which
// is referred as routine (NICE NG12, 1.7).
func (s *sheet) basalCell(row, end int) bool {
	return basal.MatchString(s.rows()[row].text[:end])
}

var basal = regexp.MustCompile(`(?i)\bbasal cell (?:carcinoma|cancer)$`)

var (
	anyGrowth   = regexp.MustCompile(`^(?:tumour|neoplasm|carcinoma|cancer|malignan\w+)$`)
	basalNamed  = regexp.MustCompile(`(?i)\bbasal cell (?:carcinoma|cancer)\b`)
	otherGrowth = regexp.MustCompile(`(?i)\b(?:melano\w+|squamous|adeno\w*carcinoma|sarcoma|lymphoma|leuka?emia|metasta\w+|merkel|carcinoma in situ|scc|myeloma|mesothelioma|spread|two week|2ww|suspected cancer|brain|lung|liver|pancrea\w*|kidney|renal|bowel|colon\w*|rect\w+|breast|prostate|bladder|ovar\w+|stomach|gastric|oesoph\w+|uter\w+|cervi\w+|thyroid|node|nodes|ct|mri)\b`)
)

// onlyBasal reports whether a report on skin names such a carcinoma, and no other growth nor another organ: its "tumour" is no other.
func onlyBasal(sheets []*sheet) bool {
	named := false
	for _, s := range sheets {
		for i := range s.rows() {
			if text := s.rows()[i].text; otherGrowth.MatchString(text) {
				return false
			} else if basalNamed.MatchString(text) {
				named = true
			}
		}
	}
	return named
}

// namedInPassing reports whether a disease is only why somebody asks or certifies: what a
// fit note or a questionnaire names was found and told before.
func namedInPassing(code postroom.TypeCode, phrase string) bool {
	if code == postroom.DischargeSummary && strings.HasPrefix(phrase, "pulmonary embol") {
		return true // for which the stay was
	}
	return (code == postroom.FitNote || code == postroom.ReportRequest) && (strings.Contains(phrase, "kidney") || strings.HasPrefix(phrase, "aki") || strings.HasSuffix(phrase, " aki") || strings.HasPrefix(phrase, "pulmonary"))
}

// endsWithin reports whether a sentence ends between the words of a phrase:
// "no changes were made today. Please check" asks for nothing today.
func (s *sheet) endsWithin(h hit) bool {
	for i := h.from; i+1 < h.to; i++ {
		a, b := &s.tokens()[i], &s.tokens()[i+1]
		after := s.rows()[a.row].text[a.end:]
		if a.row == b.row {
			after = s.rows()[a.row].text[a.end:b.start]
		}
		next := s.rows()[b.row].text[b.start]
		// A speck is read as a full stop, too, but what follows is no capital then.
		if strings.HasPrefix(after, ".") && len(strings.TrimSpace(s.rows()[a.row].text[a.start:a.end])) > 2 && next >= 'A' && next <= 'Z' {
			return true
		}
	}
	return false
}

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
	t := &s.tokens()[h.from]
	before := strings.ToLower(s.rows()[t.row].text[:t.start])
	if len(before) < 30 && t.row > 0 {
		before = strings.ToLower(s.rows()[t.row-1].text) + " " + before
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

var (
	// keepTaking stands before a "stop" that is none.
	keepTaking = regexp.MustCompile(`(?i)(?:\b(?:not|never|dont|cannot|without) |n['’]t )(?:(?:to|be|been|have|just|suddenly|abruptly|ever|simply|yet) ){0,2}$`)
	// sickDay follows what is to be stopped in a case that has not come.
	sickDay = regexp.MustCompile(`(?i)^(?: (?:it|them|the|his|her|their|these|this|doses?|tablets?|[a-z]{4,}))*,? (?:if|whenever|when (?:he|she|they|you|unwell|ill)|while (?:unwell|ill)|during (?:any|an|intercurrent)) ?(?:[^t.;]|t[^h])`)
	// stoppedBefore and restarted stand around one that is over.
	stoppedBefore = regexp.MustCompile(`(?i)\b(?:had|was|were|having|been)(?: \w+ly)? (?:been )?$`)
	restarted     = regexp.MustCompile(`(?i)^[^;]{0,120}\b(?:and|since|now|then|was|has been)? ?(?:re.?started|resumed|back on)\b`)
	stopping      = regexp.MustCompile(`(?i)\b(?:stop\w*|withhold|withheld|discontinued?|suspend(?:ed)?|cease[d]?|hold|held|omit(?:ted)?|pause[d]?)\b`)
)

// ofDrugs are what a drug's name belongs to that may stop or be held without it.
var ofDrugs = set("pump pen clinic service nurse book")

// stoppedDrugs are the dangerous drugs that a sheet stops now.
func (s *sheet) stoppedDrugs() []mark {
	var out []mark
	for i := range s.rows() {
		text := s.rows()[i].text
		for _, at := range stopping.FindAllStringIndex(text, -1) {
			if keepTaking.MatchString(s.sentence(i, at[0])) || sickDay.MatchString(text[at[1]:]+s.runsOn(i)) || s.longAgo(i, at[0], i, at[1]) || stoppedBefore.MatchString(s.sentence(i, at[0])) && restarted.MatchString(text[at[1]:]+s.runsOn(i)) {
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
					out = append(out, mark{"stop " + w, i, at[0], false})
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
