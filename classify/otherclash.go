package classify

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

var (
	// ageOf is how old a letter says that its patient is: "This 34 year old teacher". A daughter is "her 34 year old
	// daughter", an illness is not old.
	ageOf = regexp.MustCompile(`(?i)\b(?:this|your|pleasant|delightful|charming|patient is an?|(?:he|she) is an?) (?:[a-z-]+,? ){0,3}?(\d{1,3}|` + numerals + `)[- ]?(year|month|week|day)s?[- ]?old (?:[a-z-]+ ){0,3}?(?:man|woman|lady|gentleman|boy|girl|child|infant|baby|patient|male|female|teacher|[a-z]+er\b|[a-z]+ist\b|[a-z]+or\b|student|nurse|retired|primi\w+|who\b|with\b|was\b|is\b|has\b|presented|attended)`)
	// ageLabel is how old its patient was by a label of its own.
	ageLabel = regexp.MustCompile(`(?i)(?:^|\t)\W*(?:patient'?s? )?age(?: at (?:visit|referral|scan))?\s*[:=]\s*(\d{1,3})\s*(?:y(?:ea)?rs?|y/?o|$|\t)`)
	// ageAsked is how old somebody is for whom a test was asked: "Clinical details: 34 yrs. Irregular cycles".
	ageAsked = regexp.MustCompile(`(?i)(?:^|\t|: ?)\W*(\d{1,3}) ?(?:yrs?|y/o|yo|year[- ]old)\b ?(?:[.,;]|$|[mf]\b|male|female|man|woman|with\b)`)
	// childRange is a range of a laboratory that holds for children, and childOnly what only they are given.
	childRange = regexp.MustCompile(`(?i)\b(?:child(?:ren)?|paediatric|infants?|neonates?)\b[^.;]{0,14}\d+ ?(?:-|–|to) ?\d+ ?(?:y|yrs?|years?|m|months?)\b`)
	childOnly  = regexp.MustCompile(`(?i)\b(?:fluenz|laiv|live attenuated (?:flu|influenza)|nasal (?:flu|influenza)|flu(?:enza)? nasal spray|rotarix|menitorix|red book)\b`)
	// atSchool is somebody who is a pupil.
	atSchool = regexp.MustCompile(`(?i)\b(?:is|now|currently|pupil|he's|she's) in (?:year (?:[1-9]|1[0-3])|reception)\b|\b(?:at|by) the school (?:vision|hearing|height) (?:screening|check)|\bschool (?:vision|hearing) screening\b`)
	// schoolYear is the year at school in which somebody is, in England: one is five or six in the first.
	schoolYear = regexp.MustCompile(`\b(?:in|start of|end of|into) Year (\d{1,2})\b(?: [a-z]+)?`)
	kinSaid    = regexp.MustCompile(`(?i)\b` + kinWords + `\b`)
	// withChild are words about somebody who expects a child, and onChart those about one who grows.
	withChild = regexp.MustCompile(`(?i)\b(?:is|now|currently|at) (?:\d{1,2}(?:\+\d)? )?weeks?['’]? pregnant\b|\bprimi(?:gravida|parous)|\bantenatal clinic\b|\bher pregnancy is\b|\bthe fetus\b`)
	onChart   = regexp.MustCompile(`(?i)\b(?:weight|height|growth|growing|grows|head circumference|and)\b[^.;]{0,40}\b(?:[0-8]?\d|9[0-8])(?:st|nd|rd|th) centile`) // the 99th is a laboratory's limit
)

// numerals are numbers in words up to a hundred.
const numerals = `(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)`

func inWords(text string) int {
	sum := 0
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == ' ' || r == '-' }) {
		for i, n := range strings.Fields("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen") {
			if n == w {
				sum += i + 1
			}
		}
		for i, n := range strings.Fields("twenty thirty forty fifty sixty seventy eighty ninety") {
			if n == w {
				sum += 10 * (i + 2)
			}
		}
	}
	return sum
}

// anotherAge reports whether a document is about somebody of quite another age than the person of the list. Two years
// are let pass: letters are written from memory, and late. That a woman of 70 expects a child would be one more sign;
// generated letters have such, and it is not used.
func (w *theOne) anotherAge(now time.Time) bool {
	born, err := time.Parse(time.DateOnly, w.r.patients[w.id].BirthDate)
	if err != nil {
		return false
	}
	years := now.Sub(born).Hours() / 24 / 365.25
	expecting := w.says(withChild)
	for _, s := range w.sheets {
		for i := range s.rows() {
			text := s.rows()[i].text + s.runsOn(i)
			for _, m := range ageOf.FindAllStringSubmatch(text, -1) {
				n, err := strconv.ParseFloat(m[1], 64)
				if err != nil {
					n = float64(inWords(m[1]))
				}
				n /= map[string]float64{"year": 1, "month": 12, "week": 52, "day": 365}[strings.ToLower(m[2])]
				if n < years-3 || n > years+2 {
					return true
				}
			}
			if m := ageLabel.FindStringSubmatch(s.rows()[i].text); m != nil {
				if n, _ := strconv.ParseFloat(m[1], 64); n < years-3 || n > years+2 {
					return true
				}
			}
			if m := ageAsked.FindStringSubmatch(s.rows()[i].text); m != nil && reports(w.code) && (requestHead.MatchString(s.rows()[i].text) || i > 0 && requestHead.MatchString(s.rows()[i-1].text)) {
				if n, _ := strconv.ParseFloat(m[1], 64); n < years-3 || n > years+2 {
					return true
				}
			}
			if m := schoolYear.FindStringSubmatchIndex(s.rows()[i].text); m != nil && !strings.HasSuffix(s.rows()[i].text[m[0]:m[1]], " of") && !kinSaid.MatchString(s.sentence(i, m[0])) {
				if n, _ := strconv.ParseFloat(s.rows()[i].text[m[2]:m[3]], 64); n <= 13 && (years < n+3 || years > n+7) {
					return true
				}
			}
			at := atSchool.FindStringIndex(text)
			if years > 20 && (at != nil && !kinSaid.MatchString(text[max(0, at[0]-60):at[0]]) || w.code == postroom.LabReport && childRange.MatchString(s.rows()[i].text) || w.code == postroom.ImmunisationRecord && childOnly.MatchString(s.rows()[i].text)) {
				return true
			}
			if years > 20 && !expecting && w.code != postroom.Maternity && onChart.MatchString(text) {
				return true
			}
		}
	}
	return expecting && years < 11
}

var (
	// mistakenFor says that a paper is, or was, about somebody else than whose name it has.
	mistakenFor = regexp.MustCompile(`(?i)\b(?:belongs?|belonging|concerns?|relates?|refers?|pertains?|meant|intended|about|(?:was|were|is|are) for|from|notes of|record of|that of|result of) (?:to |for |is |was )?(?:another|a different|the wrong|a different|some(?:body|one) else) ?(?:patient|person|individual)?\b|\b(?:wrong|another|different) (?:patient|person)['’]?s? (?:notes?|letters?|labels?|records?|details|number|results?|stickers?|name|file|form)\b|\bin error\b[^.;]{0,40}\b(?:should have been|was about|concern\w*|belong\w*|relat\w+|meant)\b|\b(?:mis-?|wrongly |incorrectly )(?:labell?ed|identified|attributed)\b`)
	smallPrint  = regexp.MustCompile(`(?i)\b(?:if|unless|should (?:you|this|it)|in case|not the intended|addressee|confidential\w*|destroy|disclos\w+)\b`)
	// alsoYours tells of somebody else of the practice, for whom something is asked.
	alsoYours = regexp.MustCompile(`(?i)\bwho (?:is|are) also (?:your patients?|(?:an? patients? of|registered|on (?:the|your) list|known|under)\b)|\b` + kinWords + `\b[^.;]{0,50}\bwho (?:is|are) (?:registered with you|your patients?|patients? of yours|an? patient of yours|on your list)\b`)
	// severalSeen are words by which more than one was seen. Families of an inpatient are met, too.
	severalSeen = regexp.MustCompile(`(?i)\b(?:i|we|to|and) (?:have |had |was |were |then |also )?(?:saw|see|seen|met|review(?:ed)?|visit(?:ed)?|assess(?:ed)?|examin(?:ed)?)(?: with)? (?:this family|(?:this|the|your|these) (?:\w+ )?(?:couple|twins|siblings|brothers|sisters)|both (?:patients|children|brothers|sisters|siblings|of them|partners|spouses)|(?:him|her) and (?:his|her) (?:\w+ )?(?:brother|sister|twin|siblings?) (?:today|together|in clinic))|\beach (?:contact|sibling|household member|family member) (?:needs?|should|must|has)\b|\b(?:all (?:three|four|five|of them)|both of them) (?:should|needs?|must|could|to|can|ought to) (?:please )?(?:be )?(?:treated|tested|vaccinated|seen|screened|given)\b|\b(?:could|please|should|must) (?:treat |test |see )?all (?:three|four|of them)\b`)
	// anotherRole labels somebody as whom a document is about.
	anotherRole = regexp.MustCompile(`(?i)^\W*(?:(?:person|adult|child|vulnerable adult|individual) (?:at risk|of concern|affected)|(?:life|person|lives) (?:to be )?(?:assured|insured)|(?:insured|assured)(?: person)?|customer|occupant[\w ]{0,30}|household member|service user|passenger|recipient|deceased|the late|subject of (?:the )?(?:report|concern|enquiry|referral)|person being assessed|assessed person|cared.for person|injured (?:party|person|worker)|applicant's partner|patient referred|person referred|child referred|resident|pupil|student)\s*:\s*`)
)

// aboutAnother reports whether a document says in so many words that it is about somebody else, or about several.
func (w *theOne) aboutAnother() string {
	for _, s := range w.sheets {
		for i := range s.rows() {
			text := s.rows()[i].text + s.runsOn(i)
			switch {
			case mistakenFor.MatchString(text) && !smallPrint.MatchString(text):
				return "the text says that something was about another patient"
			case severalSeen.MatchString(text), alsoYours.MatchString(text), w.bothSeen(s, i):
				return "the text is about several people"
			}
			for _, c := range s.rows()[i].cells {
				cell := s.rows()[i].text[c.start:c.end]
				if at := anotherRole.FindStringIndex(cell); at != nil {
					if n, ok := readName(cell[at[1]:]); ok && w.isnt(n) && strangers(n) {
						return "another name is given as the patient's, too"
					}
				}
			}
		}
	}
	return ""
}

var (
	// iSaw is a sentence that tells whom somebody saw.
	iSaw = regexp.MustCompile(`(?i)\b(?:i|we) (?:have |had |then |also |both )*(?:saw|seen|reviewed|met|visited|assessed|examined|called on)\b`)
	// nextSeen stands before the second whom a sentence tells of, and ofWhom behind.
	nextSeen = regexp.MustCompile(`(?i)(?:,|\band|\bthen|\bas well as|\bafter(?:wards)?)(?: (?:also|then|later|after that|next|finally))? $`)
	ofWhom   = regexp.MustCompile(`(?i)^\s*(?:$|[.,;]? ?(?:who|whose)\b|\(|,|\.|this (?:morning|afternoon|evening)|today|yesterday|later|at\b|in (?:the|clinic|room|bed)|next door|and (?:lastly|then)\b|on the|the same)`)
	titled   = regexp.MustCompile(`\b(?:Mrs?|Ms|Miss)\.? [A-Z]`)
)

// bothSeen reports whether a sentence has somebody else beside a person as whom its writer saw: "I saw Mrs Okafor this
// morning and Mr Finch this afternoon".
func (w *theOne) bothSeen(s *sheet, row int) bool {
	text := s.rows()[row].text + s.runsOn(row)
	for _, at := range titled.FindAllStringIndex(text, -1) {
		if at[0] >= len(s.rows()[row].text) {
			break
		}
		n, ok := readName(text[at[0]:])
		before := s.sentence(row, at[0])
		if !ok || !w.isnt(n) || !strangers(n) || !iSaw.MatchString(before) || !titled.MatchString(before) || !nextSeen.MatchString(before) {
			continue
		}
		after := text[min(len(text), at[0]+n.end):]
		if ofWhom.MatchString(after) && !ofStaff.MatchString(after[:min(len(after), 40)]) && !s.kinOf(row, at[0]) && !s.related(row, min(len(s.rows()[row].text), at[0]+n.end)) {
			return true
		}
	}
	return false
}
