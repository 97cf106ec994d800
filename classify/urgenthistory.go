package classify

import (
	"regexp"
	"strconv"
	"strings"
)

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
	after := s.rows()[lastRow].text[end:]
	if lastRow+1 < len(s.rows()) && len(after) < 60 {
		after += " " + s.rows()[lastRow+1].text
	}
	return conditionAfter.MatchString(after) && !politeAfter.MatchString(after)
}

var (
	// historyBefore and yearsBefore stand before what lies back, and historyAfter behind it; the words
	// between must not say that it is now.
	historyBefore = regexp.MustCompile(`(?i)(?:\b(?:history of|previous(?:ly)?|prior|past)|(?:^|\b(?:an?|his|her|their|the|known|very|of|and) )old)((?: \w+){0,2}) $`)
	yearsBefore   = regexp.MustCompile(`(?i)\b(?:last year|years? (?:ago|before)|in (?P<year>(?:19|20)\d\d)|as a (?:child|teenager)|in (?:his|her|their) (?:teens|twenties|thirties|youth)|in (?:her|the|their|a) (?:last|previous|earlier|other) pregnanc(?:y|ies))\b([^.;]{0,50})$`)
	historyAfter  = regexp.MustCompile(`(?i)^([^.;]{0,25}?)\b(?:last year|(?:\d+|two|three|four|five|ten|many|several|some|a few) years? (?:ago|before)|in the past(?:\s*(?:$|[.,;)])|\s+(?:and|but|when|with)\b)|in (?P<year>(?:19|20)\d\d)|as a (?:child|teenager)|in (?:his|her|their) (?:teens|twenties|thirties|youth))`)
	// shortHistory is how long an illness has lasted that is there now: "a two day history of".
	shortHistory = regexp.MustCompile(`(?i)\b(?:hours?|days?|weeks?|months?|short|brief|recent|acute|current)['’]? history of(?: \w+){0,2} $`)
	ongoing      = regexp.MustCompile(`(?i)\b(?:now|today|current\w*|new\w*|again|present\w*|recent\w*|yesterday|this (?:week|morning|month)|is|has|well|fit|healthy|hours?|days?|weeks?|months?|nights?|so|who|to|should|please)\b`)
	stillSo      = regexp.MustCompile(`(?i)\b(?:again|as|like|than|since|worse|unlike)\b`)
)

// longAgo reports whether the words around a clinical phrase say that it lies years back:
// "since the spring of last year, when he took an overdose".
func (s *sheet) longAgo(row, start, lastRow, end int) bool {
	before := s.rows()[row].text[:start]
	for i := row - 1; i >= max(0, row-1) && len(before) < 90; i-- {
		before = s.rows()[i].text + " " + before
	}
	after := s.rows()[lastRow].text[end:]
	if lastRow+1 < len(s.rows()) && len(after) < 30 {
		after += " " + s.rows()[lastRow+1].text
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
