package classify

import (
	"regexp"
	"strings"
)

// negations take the urgency from a clinical word that follows in the same
// sentence; they never clear another cue.
var negations = []string{"no evidence of ", "nothing to suggest ", "nothing to indicate ", "nothing suggestive of ", "nothing suspicious of ", "nothing in keeping with ", "no sign of ", "no signs of ", "no ", "not ", "without ", "denies ", "denied ", "nil ", "negative for ", "excluded ", "ruled out ", "no history of ", "unlikely ", "absence of ", "never "}

// denied reports whether a negation stands before the phrase in its sentence.
func (s *sheet) denied(h hit) bool {
	first, last := &s.tokens()[h.from], &s.tokens()[h.to-1]
	return s.deniedAt(first.row, first.start, last.row, last.end)
}

func (s *sheet) deniedAt(row, start, lastRow, end int) bool {
	before := s.rows()[row].text[:start]
	if row > 0 && len(before) < 25 {
		before = s.rows()[row-1].text + " " + before
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
	if i := strings.LastIndex(before, ", "); i >= 0 && i+2 == len(before) && assertive.MatchString(s.rows()[row].text[start:]) {
		before = "" // "No headache, suspected malignancy"
	}
	if (strings.HasSuffix(before, " and ") || strings.HasSuffix(before, ", ")) && (thereIs.MatchString(s.rows()[lastRow].text[end:]) || isLikely.MatchString(s.rows()[lastRow].text[:end])) {
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
	rest := strings.ToLower(s.rows()[lastRow].text[end:])
	after := strings.TrimLeft(rest, " \t:.-?")
	after = strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(after, "concerns"), "concern"), " \t:.-?s")
	stopped := strings.Contains(rest[:len(rest)-len(after)], ".")
	if screened.MatchString(after) {
		return true
	}
	if wholeAnswer.MatchString(after) || !stopped && denies(after) {
		return true
	}
	cl := s.rows()[lastRow].cells[s.rows()[lastRow].cellAt(start)]
	if rest = strings.ToLower(s.rows()[lastRow].text[min(end, cl.end):cl.end]); strings.Trim(strings.ReplaceAll(rest, "concern", ""), " s:.-?") == "" {
		// The head of a table's column, its value below.
		for _, b := range s.below(labelHit{row: lastRow, start: start, end: end}, 1) {
			if below := strings.ToLower(strings.TrimSpace(s.text(b))); wholeAnswer.MatchString(below) || denies(below) {
				return true
			}
		}
	}
	// "Risk to others low"; low results are another matter.
	if strings.HasPrefix(strings.ToLower(s.rows()[row].text[start:]), "risk to ") {
		after = after[len(beforeRisk.FindString(after)):]
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

	beforeRisk = regexp.MustCompile(`^(?:(?:(?:and|or) |/ ?)(?:to )?others? )?(?:(?:is|are|was|were) )?(?:(?:assessed|rated|judged|deemed|considered|felt|thought) )?(?:as |to be )?`)
	lowRisk    = regexp.MustCompile(`^(?:currently |now )?(?:very )?(?:low|minimal)\b`)
	notOnlyLow = regexp.MustCompile(`^[^.;\t]*\b(?:medium|moderate|high|while|only|when|but|unless|otherwise)\b`)
)

func denies(answer string) bool {
	return denying.MatchString(answer) && !notDenying.MatchString(answer)
}

// screened is the answer to a question that everybody is asked: "Domestic abuse: asked alone;
// no disclosure".
var screened = regexp.MustCompile(`^(?:asked|screened|enquir(?:y|ed)|routine enquiry)(?: (?:alone|today|about|made|privately|in private)){0,3}[;,:\- –]+(?:no|none|nil|not|negative|denie[sd])\b`)
