package classify

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/postroom/postroom"
)

// urgentPatterns are urgent words that no list of phrases can hold, because
// something stands between them.
var urgentPatterns = regexp.MustCompile(`(?i)(?:^|\b|[\s(])(?:` +
	`w[i1l]t[hbn][i1l]n\s+(?:the\s+next\s+)?(?:\d{1,2}|one|two|three|four|twelve|twenty.four|forty.eight)\s*(?:h|hr|hrs|ho?u?rs?|hous|/24)\b` +
	`|(?:must|needs?|should|to|please|(?:please\s+)?(?:could|would|can)\s+you)\s+(?:be\s+)?(?:seen|reviewed|contacted|admitted|assessed|visited|see|review|call|ring|contact|visit|assess|admit)\s+(?:\w+\s+){0,3}today|(?:please|could|can|must|should|needs? to)\s+(?:\w+\s+){0,3}(?:actioned|done|dealt with|looked at)\s+today|within\s+a\s+day\b` +
	`|a\s?\.\s?s\s?\.\s?a\s?\.\s?p\b|u\s+r\s+g\s+e\s+n\s+t\b|ur[g69q][e3c]nt\b|at the earliest opportunity|expedite[ds]?\b|without delay` +
	`|(?:28|62).day (?:fds|pathway|standard)|emergency (?:admission|referral|transfer|review|appointment) (?:is |was )?(?:advised|required|needed|arranged|recommended)` +
	`|(?:results?|report|findings?)\s+(?:\w+\s+){0,3}(?:tele)?phoned|(?:tele)?phoned\s+(?:(?:the |this )?(?:results?|report)\s+)?(?:through\s+)?to|(?:discussed|communicated)\s+by\s+(?:tele)?phone|verbal(?:ly)?\s+(?:report(?:ed)?|communicated)` +
	`|aki\W{1,3}(?:alert|warning|stage|score)?\W{0,4}(?:stage\W{0,2})?[23]\b` +
	`|(?:ending|taking|end|take) (?:his|her|their|my) (?:own )?life|kill(?:ing)? (?:him|her|them|my)self|(?:deliberate )?[s5$][ecoa]lf.?har(?:m|n|rn|nn|in|rm|rrn)(?:ing|ed)?\b|risk to (?:self|life|others)|life.?threatening` +
	`|deteriorat(?:ing|ed|ion) rapid(?:ly)?|rapid(?:ly)? deteriorat(?:ing|ed|ion)|missing from home|female genital mutilation|fgm\b|radicalisation|fabricated (?:or induced )?illness` +
	`|(?:has|have|had|with|are|were) red flags?\b|red flags? (?:symptoms?|signs?|present|features?)|positive blood cultures?|blood cultures? (?:\w+\s+){0,2}(?:positive|grown|grew)|troponin (?:is |was )?(?:raised|elevated|positive)` +
	`|(?:severe|marked|critical)(?:ly)? (?:hyper|hypo)(?:kal|natr|calc|glyc)a?emia|malignant cells|metastatic (?:disease|deposits?|spread)` +
	`|(?:suspected|suspicion of|possible|probable|likely|confirmed|acute|new|query)\s*(?:aortic dissection|ectopic(?: pregnancy)?|giant cell arteritis|temporal arteritis|meningitis|encephalitis|(?:testicular )?torsion|cauda equina(?: syndrome)?|dvt|deep vein thrombosis|pe\b|pulmonary embol(?:ism|us)|subarachnoid ha?emorrhage|stroke|myocardial infarction|bowel obstruction|cord compression)` +
	`|\b(?:dvt|pe|gca|pulmonary embol(?:ism|us)|deep vein thrombosis|giant cell arteritis|cauda equina|torsion|ectopic pregnancy) (?:was |is |has been )?(?:confirmed|suspected|diagnosed|found|likely|probable)\b|\b(?:cancer|malignancy|carcinoma|lymphoma|melanoma) (?:(?:was |is |has been )?(?:suspected|likely|probable)|(?:was |has been )found)\b|\b(?:cancer|malignancy|carcinoma|lymphoma|melanoma|dvt|pe|pulmonary embol(?:ism|us)) (?:has |have |is |was )?(?:cannot|can ?['’]?t|can not|could not|not|needs? to|has to|must) (?:yet )?(?:be |been )?(?:excluded|ruled out)|biops(?:y|ies)[^.;]{0,40}\b(?:carcinoma|cancer|melanoma|lymphoma)\b` +
	`|\?\s?(?:dvt|pe|aaa|gca|sah|cancer|ca|malignan\w+|stroke|tia|torsion|ectopic|sepsis|meningitis|cauda equina)\b` +
	`|(?:features|diagnosis|evidence|in keeping with|consistent with)\s+(?:of\s+)?(?:an?\s+)?(?:\w+\s+){0,2}(?:carcinoma|adenocarcinoma|lymphoma|melanoma|leukaemia|sarcoma|malignancy|metastas[ei]s)` +
	`)`)

// clinicalPattern tells the patterns that name an illness from those that ask for haste: an illness
// may lie years back.
var clinicalPattern = regexp.MustCompile(`(?i)^aki|harm|life|dvt|thrombosis|embol|stroke|infarction|arteritis|carcinoma|lymphoma|melanoma|metasta|malignan|ruptur|troponin|blood culture`)

// A Limit is from where on a result wants a person at once.
type Limit struct {
	Below *float64 `yaml:"below"`
	Above *float64 `yaml:"above"`
}

// A resultLimit is a Limit with the names of the test and the largest number
// that can be one at all: what lies beyond is a code or a date.
type resultLimit struct {
	name         string
	pattern      *regexp.Regexp
	below, above float64
	top          float64
	// treated is set for what a hospital acts on while the patient is there: in its report of the stay it is over.
	treated bool
}

// resultLimits are where laboratories telephone a result to a practice (Royal
// College of Pathologists, The communication of critical and unexpected
// pathology results, 2017), rounded to the careful side. Each practice's
// clinicians choose their own in the configuration.
var resultLimits = []resultLimit{
	limit("potassium", `potassium|k\+?`, 2.8, 6.2, 15),
	limit("sodium", `sodium|na\+?`, 122, 155, 200),
	limit("calcium", `(?:adjusted |corrected )?calcium`, 1.8, 3.2, 6),
	limit("glucose", `(?:random |fasting |plasma |blood )?glucose`, 2.5, 25, 120).whereTreated(),
	limit("creatinine", `creatinine`, 0, 354, 3000),
	limit("haemoglobin", `ha?emoglobin|hb`, 70, 220, 260),
	limit("platelets", `platelets?(?: count)?|plt`, 30, 1000, 4000),
	limit("neutrophils", `neutrophils?(?: count)?`, 0.6, 50, 300),
	limit("inr", `inr`, 0, 6.5, 30),
	limit("crp", `crp|c.reactive protein`, 0, 250, 900),
	limit("digoxin", `digoxin`, 0, 2.4, 20),
	limit("lithium", `lithium(?: level)?`, 0, 1.4, 10),
	limit("phenytoin", `phenytoin(?: level)?`, 0, 25, 100),
	limit("theophylline", `theophylline(?: level)?`, 0, 25, 100),
	limit("carbamazepine", `carbamazepine(?: level)?`, 0, 25, 100),
	limit("ketones", `(?:blood )?ketones?`, 0, 3, 10).whereTreated(),
	limit("troponin", `(?:high sensitivity |hs[- ]?)?troponin(?: [it])?`, 0, 100, 99999).whereTreated(),
	limit("magnesium", `magnesium`, 0.4, 3, 10).whereTreated(),
	limit("amylase", `amylase`, 0, 500, 20000).whereTreated(),
	limit("creatine kinase", `creatine kinase|ck`, 0, 5000, 200000).whereTreated(),
}

// unitAhead is a unit that stands between a test's name and its result:
// "Platelets (10*9/L) 303". Its numbers are no results.
const unitAhead = `(?:\s*(?:[(\[][^()\[\]\d]*(?:1[0o6]\s?[*^x+.]?\s?\d{1,2})?[^()\[\]\d]{0,4}[a-z/%][^()\[\]]{0,6}[)\]]|1[0o]\s?[*^x]\s?\d{1,2}\s?/\s?l\b|(?:[mun]?mol|m?g|iu|u)/d?l\b))?`

func limit(name, words string, below, above, top float64) resultLimit {
	return resultLimit{name: name, pattern: regexp.MustCompile(`(?i)(?:^|[\s\t(*])(?:serum |plasma |blood )?(?:` + words + `)` + unitAhead + `(?:[\s:=*()]+(?:levels?|results?|count|is|was|of|now|today|only|h|l|hh|ll|high|low|has|had|have|been|come|came|back|as|at|gone|fallen|dropped|risen|rose|fell|down|up|to|from \d{1,4}(?:\.\d)? to|this (?:morning|afternoon|evening|week)|yesterday|last night|still|again|with))*[\s:=*()]+([<>]?\s?\d{1,6}(?:[.,]\d{1,2})?)(?:[^\d./\-]|\.\s|\.$|$)`), below: below, above: above, top: top}
}

func (l resultLimit) whereTreated() resultLimit {
	l.treated = true
	return l
}

// notResult is what follows a number that is a time or a dose.
var notResult = regexp.MustCompile(`(?i)^\s?(?:weeks?|wks?|months?|days?|hours?|hrs?|am\b|pm\b|years?|minutes?|times|mg\b|mcg|micrograms?|ml\b|tablets?|st\b|nd\b|th\b)`)

var (
	perUnit     = regexp.MustCompile(`(?i)^\s?m[gl1]\s?/\s?d?[l1i|]`)
	decilitre   = regexp.MustCompile(`(?i)\bmg\s?/\s?d[l1i|]`)
	rangeBeside = regexp.MustCompile(`^\s*[(\[]?\s*(\d{1,4}(?:\.\d{1,2})?)\s?[-–]\s?(\d{1,4}(?:\.\d{1,2})?)\b`)
)

// inSI are what turns the milligrams in a decilitre, in which American laboratories report,
// into the unit of the limits.
var inSI = map[string]float64{"glucose": 1 / 18.016, "calcium": 1 / 4.008, "creatinine": 88.4, "crp": 10}

func perDecilitre(name, text string) float64 {
	if f, ok := inSI[name]; ok && decilitre.MatchString(text) {
		return f
	}
	return 1
}

// withinRange reports whether a result lies in the range that stands beside it.
func withinRange(result, after string) bool {
	m := rangeBeside.FindStringSubmatch(after)
	v, err := strconv.ParseFloat(strings.TrimSpace(result), 64)
	if m == nil || err != nil {
		return false
	}
	low, _ := strconv.ParseFloat(m[1], 64)
	high, _ := strconv.ParseFloat(m[2], 64)
	return low < high && v >= low && v <= high
}

// urgentResults are the results beyond their limits that stand on a row of a document, which may report a stay that is over.
func (c *Config) urgentResults(text string, over bool) []string {
	var out []string
	for _, l := range resultLimits {
		if l.treated && over {
			continue
		}
		below, above := l.below, l.above
		if own, ok := c.UrgentResults[l.name]; ok {
			below, above = 0, 0
			if own.Below != nil {
				below = *own.Below
			}
			if own.Above != nil {
				above = *own.Above
			}
		}
		at := l.pattern.FindStringSubmatchIndex(text)
		if at == nil || notResult.MatchString(text[at[3]:]) && !perUnit.MatchString(text[at[3]:]) {
			continue
		}
		m := []string{text[at[0]:at[1]], text[at[2]:at[3]]}
		v, err := strconv.ParseFloat(strings.TrimLeft(strings.ReplaceAll(m[1], ",", "."), "<> "), 64)
		if err != nil {
			continue
		}
		v *= perDecilitre(l.name, text[at[0]:min(len(text), at[3]+40)])
		if v > l.top || withinRange(text[at[2]:at[3]], text[at[3]:]) {
			continue
		}
		// Haemoglobin in g/dL, as older reports have it.
		if l.name == "haemoglobin" && v < 25 && strings.Contains(m[1], ".") {
			v *= 10
		}
		switch {
		case below > 0 && v < below:
			out = append(out, fmt.Sprintf("%s below %g", l.name, below))
		case above > 0 && v >= above:
			out = append(out, fmt.Sprintf("%s of %g or more", l.name, above))
		}
	}
	return out
}

// checkResults refuses limits for tests that are not known.
func (c *Config) checkResults() error {
	for name := range c.UrgentResults {
		known := false
		var names []string
		for _, l := range resultLimits {
			known = known || l.name == name
			names = append(names, l.name)
		}
		if !known {
			return &postroom.Problem{Kind: postroom.Misconfigured, Reason: fmt.Sprintf("urgent_results names %q, which is no test that is known", name), Hint: "write one of " + strings.Join(names, ", ")}
		}
	}
	return nil
}

// moreUrgent are the urgent cues of a sheet beyond the lexicon: patterns and
// results. Its small print begins at the row foot.
func (s *sheet) moreUrgent(code postroom.TypeCode, sheets []*sheet, c *Config, foot int) []mark {
	var out []mark
	for i := range s.rows() {
		text := s.rows()[i].text
		over := text + s.runsOn(i)
		for _, m := range urgentPatterns.FindAllStringIndex(over, -1) {
			for over[m[0]] == ' ' || over[m[0]] == '\t' || over[m[0]] == '(' {
				m[0]++
			}
			if s.printedOnAll(strings.ToLower(over[m[0]:m[1]]), i, foot) {
				continue
			}
			clinical := clinicalPattern.MatchString(over[m[0]:m[1]])
			if m[0] < len(text) && !s.calmly(i, m[0], "", clinical) && !s.calmAt(i, m, over, code, sheets, clinical) { // else it is the next row's own
				out = append(out, mark{strings.ToLower(strings.Join(strings.Fields(over[m[0]:m[1]]), " ")), i, m[0], false})
			}
		}
		out = append(out, s.acuteIn(i, code, sheets)...)
		for _, result := range c.urgentResults(text, settledIn(code)) {
			out = append(out, mark{phrase: result, row: noPlace})
		}
	}
	return out
}

// calmAt reports whether the words around a pattern on a row, or on that and the next, take its urgency. over is the
// row with what runs on, m where the pattern stands in it; clinical patterns may lie years back.
func (s *sheet) calmAt(i int, m []int, over string, code postroom.TypeCode, sheets []*sheet, clinical bool) bool {
	last, end := i, m[1]
	if length := len(s.rows()[i].text); m[1] > length {
		last, end = i+1, m[1]-length-1
	}
	if code == postroom.EDAttendance && s.triageGrade(i, m[0]) || superseding.MatchString(over[m[0]:m[1]]) {
		return true
	}
	if s.standing(i, m[0]) || s.inquired(i, m[0]) || s.requested(i, m[0], code) || s.basalCell(last, end) || code == postroom.OOH111Report && disposed(sheets, s, i, m[0]) {
		return true
	}
	if s.soothed(i, m[0], last, end) || s.emptyBoxAt(i, m[0]) || clinical && s.longAgo(i, m[0], last, end) {
		return true
	}
	if last == i && s.isService(i, m[0], m[1]) && !s.insisted(i, m[0], i, m[1]) || s.conditional(i, m[0], last, end) || s.untickedOption(i, m[0]) {
		return true
	}
	return s.deniedAt(i, m[0], last, end) || findsNone.MatchString(over[m[0]:m[1]]) || calmWords.MatchString(over[max(0, m[0]-24):min(len(over), m[1]+24)])
}

// superseding is in what laboratories print at the end of each report.
var superseding = regexp.MustCompile(`(?i)\bsupersedes? (?:any|all)\b`)

// findsNone ends a pattern that finds no cancer: "the biopsy shows no cancer".
var findsNone = regexp.MustCompile(`(?i)\b(?:no|without|not|free of|negative for|exclude[sd]?) (?:(?:evidence|signs?|trace|features?|residual|recurrent|further|invasive)(?: of)? ){0,2}(?:cancers?|carcinoma|adenocarcinoma|melanoma|sarcoma|lymphoma|leuk\S+|myeloma|malignan\w+)$`)

// runsOn is the beginning of the next row where a sentence may run on into it, behind a space.
func (s *sheet) runsOn(row int) string {
	if row+1 >= len(s.rows()) {
		return ""
	}
	next, _, _ := strings.Cut(s.rows()[row+1].text, "\t")
	return " " + next[:min(len(next), runOn)]
}

// runOn is how much of the next row is looked at, in bytes.
const runOn = 60

// calmWords around a pattern make it small print.
var calmWords = regexp.MustCompile(`(?i)\b(?:if you|in error|in case of|should you|non.urgent|not urgent|urgent (?:care|treatment) (?:centre|service)|threatening (?:questions|(?:conditions?|symptoms?) (?:excluded|ruled out))|leaflet|advised? to (?:call|ring|attend))`)

// isService reports whether the word is part of a service's name: within a phrase that
// says so, which is long ("urgent and emergency care") or written with capitals ("ValeDoc
// Urgent Care"). "She needs urgent care" and "URGENT CARE NEEDED" are none.
func (s *sheet) isService(row, start, end int) bool {
	text := s.rows()[row].text
	for _, h := range s.hits {
		first, last := &s.tokens()[h.from], &s.tokens()[h.to-1]
		if first.row != row || last.row != row || first.start > start || last.end < end {
			continue
		}
		if (text[start] < 'A' || text[start] > 'Z') && h.to-h.from < 3 {
			continue
		}
		for _, n := range h.phrase.notes {
			if n.kind == kindCalm && !s.endsWithin(h) {
				return !wantsCare.MatchString(text[last.end:]) && !wantsCare.MatchString(text[:start])
			}
		}
	}
	return false
}

// wantsCare are words beside "urgent care" that ask for it.
var wantsCare = regexp.MustCompile(`(?i)^\s*(?:is |was )?(?:need|requir|wanted|please|plan\b|asap)|(?:need|needs|needing|require|requires|arrange|provide|for|please|in)\s+$`)
