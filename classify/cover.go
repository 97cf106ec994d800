package classify

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What is taken for a front sheet reaches nobody's record: a model says how much a page looks like one, and rules what no front sheet says.

const (
	likelyFront = 0.5
	surelyFront = 0.9 // of a page that has none of a front sheet's words
)

// frontSheet reports whether the model takes a page for one that goes in front of others and nothing on it speaks against.
func (s *sheet) frontSheet(m *Roles) bool {
	least := likelyFront
	if !s.carries() {
		least = surelyFront
	}
	return m.probabilities(slotPage, s.pageFeatures())[1] > least && !s.orders() && !s.tells() && !s.sells()
}

// message reports whether a front sheet says more than front sheets do: words in a row that are not known as theirs, outside the notice that
// it is confidential, or a figure as results have them. Somebody has to read it with the document that it brings.
func (s *sheet) message() bool {
	notice := false
	for i := range s.rows() {
		text := s.rows()[i].text
		if notice = noticeWords.MatchString(text) || notice && len(s.rows()[i].words) > 5; notice {
			continue
		}
		telling := 0
		for _, w := range strings.FieldsFunc(address.ReplaceAllString(text, " "), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '’' }) {
			lower := strings.ToLower(w)
			if n := utf8.RuneCountInString(w); n > 2 && n < 20 && lower == w && !coverWords[lower] && !carriedWords[lower] && !carriedWords[strings.TrimSuffix(lower, "s")] {
				telling++
			}
		}
		if telling > 1 || clinicalWord.MatchString(text) && !s.onlyNames(i) || about.MatchString(text) || tidings.MatchString(text) {
			return true
		}
	}
	return false
}

var (
	tidings     = regexp.MustCompile(`(?i)\b(?:death of|rip|critical|positive|lost to follow|did not attend|missing from|against advice|slipped away|passed peacefully)\b|\b[A-Za-z]{1,4} \d{1,3}\.\d(?:[ ,;]|\. |\.?$)`)
	address     = regexp.MustCompile(`(?i)\S*(?:www\.|@|https?:)\S*`)
	noticeWords = regexp.MustCompile(`(?i)\b(?:confiden\w+|intended|addressees?|privileged|in error|recipients?|disclos\w+|copying|distribut\w+|unauthori[sz]ed|liab\w+|charity|company number|registered (?:in|office|charity)|virus\w*|waste|recycle)\b`)
	// carriedWords are what front sheets call what they bring and where it comes from, beside those of any note that counts pages.
	carriedWords = set(`accompanying acknowledge acknowledgement action agreed always amended any appended arrange attachment attn authority away base been being bleed cabinet called care cc centre checked circulate clear clearly client clinical colleague comment compliments complete completed consent contact contents correct correspondence cover
 dated dear department deputy dictated digital direct discharge discussed duplicate each earlier email enclosure enclosures enquiries ext extension faithfully family file filing find following forward forwarded further fyi get going good grateful has have having head health held helpful her herewith hesitate his hope how however http immediately
 including info information initial internal its just kept kind kindly last late later leave list lists location look looking main make matter may medical memo mobile morning moving much must name near need needed needs next night nobody notes notify number nurse ours outside over overleaf own pack paperwork part past patient patients payment per perusal phone phoned photocopy plain please pleased post
 posted private programme promised promptly provided put quickly rang rather read reader receipt received receiver receiving record records ref refer reference referral regards registry rejection relating remaining reminder replacement require required respond response rest result returning review revised room round said same scan screening second section secure see sent separate
 separately service she should signed similar since sincerely some soon specialist spoke staff station still straight strictly subject such sure surname team telling than thanked the them there therefore these they thing think this those though title told took tray two type typed under unit unreadable urgent using via view ward was week weekend well what where while who whom whole wish working would writing wrong www yours`)
)

// titledCover reports whether a page calls itself a cover sheet or a compliments slip in so many words and says
// little more: labels and names of senders, at most a line that it brings something, and nothing of a patient.
func (s *sheet) titledCover(textual int) bool {
	if textual > 60 || s.hasPatient() || s.tells() || s.orders() || len(s.names) > 0 {
		return false
	}
	titled := false
	for _, h := range s.hits {
		for _, n := range h.phrase.notes {
			if n.kind == kindCover && n.code == 0 && h.to-h.from > 1 && s.tokens()[h.from].row < 8 && s.isTitle(h) {
				titled = true
			}
			if n.kind == kindUrgent && n.code > 0 {
				return false
			}
		}
	}
	slip := false
	for i := range s.rows() {
		text := s.rows()[i].text
		switch {
		case complimentsSlip.MatchString(text) && i < 4:
			slip = true
		case namesSomebody.MatchString(text):
			return false
		case len(strings.Fields(text)) > 6 && !brings.MatchString(text):
			return false // a sentence, and who knows of what
		}
	}
	return titled || slip
}

var (
	// complimentsSlip is the heading of a slip that goes with something else.
	complimentsSlip = regexp.MustCompile(`(?i)^\W*with (?:the )?compliments(?: of\b.*)?\W*$`)
	namesSomebody   = regexp.MustCompile(`(?i)\b(?:mrs?|miss|ms|master|baby|patient|child|re)\b[.:]? ?[^a-z]{0,2}[A-Z]`)
	// brings is in what somebody writes on a cover sheet: that something follows, and the notice that it is confidential.
	brings = regexp.MustCompile(`(?i)\b(?:here is|please find|please pass|attached|enclosed|following|follows|to follow|as (?:requested|discussed|agreed|asked)|you asked for|confiden\w+|addressee|intended|in error|privileged|delete|destroy|recipient|reg(?:istered)?\.? (?:office|charity)|tel(?:ephone)?|fax|www|including|pages)\b`)
)

// countsPages reports whether a page is a note that goes in front of others, whatever it looks like: few words that say how many pages or
// sheets come, and nothing besides what is said of faxes and their way, of who sends and who gets them. What is taken for a cover sheet
// reaches nobody's record, so each word has to be known as one of these.
func (s *sheet) countsPages(textual int) bool {
	if textual > 45 || s.hasPatient() || s.tells() || s.orders() || len(s.names) > 0 || s.printed.n > 1 {
		return false
	}
	counted := false
	for i := range s.rows() {
		text := s.rows()[i].text
		counted = counted || countOfPages.MatchString(text)
		named := s.namesOrganisation(i)
		for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
			lower := strings.ToLower(w)
			if coverWords[lower] || named && w != lower && len(s.rows()[i].words) <= 8 {
				continue
			}
			return false
		}
	}
	return counted
}

// namesOrganisation reports whether a row has a word for an organisation, or one who is greeted as a doctor.
func (s *sheet) namesOrganisation(row int) bool {
	for _, h := range s.hits {
		for _, n := range h.phrase.notes {
			if n.kind == kindOrg && s.tokens()[h.from].row == row {
				return true
			}
		}
	}
	return orgWord.MatchString(s.rows()[row].text)
}

var (
	orgWord      = regexp.MustCompile(`(?i)\b(?:hospital|surgery|practice|unit|clinics?|outpatients?|pathology|laboratory|radiology|trust|health cent(?:re|er)|medical (?:centre|group|secretar\w+)|council|ED|OOH|IUC)\b`)
	countOfPages = regexp.MustCompile(`(?i)\b[2-9]\d?\s*(?:pages|sheets|sides|pp)\b`)
	coverWords   = set(`a about above admin administrator after afternoon all also altogether am an and appointment appointments apr april are arrived as asked at attached attention aug august back be
 because been before below biomedical both but by can case clerk come comes coming concern copied copies copy could cover covering day dec december desk do doctor document documents
 does dr duty each electronic electronically enclosed error fail failed failure fault faulty fax faxed faxes feb february first five follow following follows for four friday from
 front further gone gp here if illegible in include included includes including into is it item items jan january jul july jun june kindly know legible let letter letters line link
 machine mail manager mar march may medical mended message missing monday more morning n new not note nothing nov november number oct october of office on one only or original
 originals other our out p page pages paper pass please plus post pp practice quality queries query re received reception receptionist rejected repeat reply report reports requested
 resend resent results returned ring same saturday scan scanned scientist scientists secretaries secretary send sender sending sent sep sept september set sheet sheets side sides
 since sorry stay summary sunday surgery system system's team tel telephone than thank thanks that the their them there these they third this three thursday time to today together
 total transmission tray trust tuesday two unclear unread until up us was way we wednesday were when which who whom will with within work working yesterday you your yours`)
)

// carries reports whether a page has a word of faxes, of who sends and who gets them, or of what comes with it. Few pages
// have none: it is hardly more than a check that something was read.
func (s *sheet) carries() bool {
	for _, l := range s.labels {
		switch l.label {
		case labelTo, labelFrom, labelPages, labelFax:
			return true
		}
	}
	for _, h := range s.hits {
		for _, n := range h.phrase.notes {
			if n.kind == kindCover {
				return true
			}
		}
	}
	for i := range s.rows() {
		if text := s.rows()[i].text; brings.MatchString(text) || announced.MatchString(text) || carrying.MatchString(text) {
			return true
		}
	}
	return false
}

var carrying = regexp.MustCompile(`(?i)\b(?:to|from|for|attn|attention|sen[dt]\w*|resen[dt]|herewith|cop(?:y|ies|ied)|post(?:ed)?|batch|bundle|scanned|scans?|sheets?|pages?|items?|letters|reports|compliments|for (?:filing|information))\b`)

// pagesSaid is how many pages a page says that there are: 0 where it says nothing, 1 where it says that it is the only one, 2 for more.
func (s *sheet) pagesSaid() int {
	c := s.readCover()
	if c.pages > 1 {
		return 2
	}
	said := c.pages
	labelled := map[int]bool{}
	for _, l := range s.labels {
		if l.label == labelPages {
			labelled[l.row] = true
		}
	}
	for i := range s.rows() {
		text := s.rows()[i].text
		only := onlyPage.MatchString(text)
		counts := only || announced.MatchString(text) || labelled[i] && hasDigit(text)
		switch {
		case countOfPages.MatchString(text), severalPages.MatchString(text), counts && pagesBehind.MatchString(text) && !nothingBehind.MatchString(text):
			return 2
		case only:
			return 1
		case counts && said != 1:
			said = 2
		}
	}
	return said
}

var (
	onlyPage     = regexp.MustCompile(`(?i)\b(?:pages|sheets|pgs|pp|pages?:)(?: ?\([^)]*\)| sent| in ?cl\w*(?: cover| this(?: one| page)?)?)?[^\w;]{0,8}(?:0{0,2}[1lI|]|one|single|just this|this only|this one|this page|only this)(?: ?\((?:one|1|only|this one only)\)| only)?\W*(?:$|\t\D)|\b(?:1|one|single)[ -]?(?:page|pg|sheet|side)\b|(?:^|[^/\d])1 ?(?:/|of) ?1(?:[^/\d]|$)|\bthe only page\b|\bthis page only\b|\bno (?:other|further|more) pages\b`)
	severalPages = regexp.MustCompile(`(?i)\b(?:two|three|four|five|six|seven|eight|nine|ten) (?:pages|sheets)\b|\bpages?\b[^\w]{0,4}1 ?(?:/|of) ?[2-9]`)
	// pagesBehind tells that the one page is another than this.
	pagesBehind   = regexp.MustCompile(`(?i)\b(?:follows?|following|attached|enclosed|plus|behind|herewith|exclud\w+|excl|not including|cover and|to come)\b|\+`)
	nothingBehind = regexp.MustCompile(`(?i)\b(?:nil|none|nothing)\b|\+ ?0\b`)
)

// sells reports whether a page advertises: what it asks to be faxed back brings nothing.
func (s *sheet) sells() bool {
	hits := 0
	for i := range s.rows() {
		hits += len(selling.FindAllString(s.rows()[i].text, -1))
	}
	return hits > 1
}

var selling = regexp.MustCompile(`(?i)\b(?:a month|per month|plus vat|\+ ?vat|prize|quotes?|offers?|win an?|discount|save up to|free (?:trial|quote|gift|delivery)|no obligation|limited time|order now|per cent off|fax back|unsubscribe|invest(?:ment|or)s?|loans?|leasing)\b|% off|£ ?\d+`)

// tells reports whether a page says something about a patient in a sentence. What is taken for
// a cover sheet reaches nobody's record.
func (s *sheet) tells() bool {
	for i := range s.rows() {
		if text := s.rows()[i].text; about.MatchString(text) || clinicalWord.MatchString(text) && !s.onlyNames(i) {
			return true
		}
	}
	return false
}

// onlyNames reports whether a row holds nothing but names: of a clinic, a ward, or somebody called Dr Faint.
func (s *sheet) onlyNames(row int) bool {
	text := s.rows()[row].text
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		if lower := strings.ToLower(w); lower == w && len(w) > 1 && !betweenCapitals[lower] {
			return false
		}
	}
	return s.namesOrganisation(row) || text != strings.ToUpper(text) && !strings.ContainsAny(text, ".?!")
}

// clinicalWord is what a page says of somebody's health; the names of clinics and wards hold such words, too.
var clinicalWord = regexp.MustCompile(`(?i)\b(?:abscess|allerg|an(?:a)?emi[ac]|antibiotic|arrhythm|asthma|bilirubin|bleed|blood culture|breathless|bruis|cancer|carcinom|catheter|chest pain|collaps|confused|convuls|creatinine|deteriorat|diagnos|diarrh|dizz|embol|epilep|faint|fell\b|fever|fibrillat|fractur|gallstone|glucose|h(?:a)?emoglobin|h(?:a)?emorrh|headache|hyp(?:er|o)(?:tens|glyc|kal)|infecti(?:on|ve)|inflam|insulin|ischa?em|jaundic|lesion|leuk|lump|lymph|malignan|melanom|metast|methotrexate|morphine|nausea|neutrop|o?edema|overdose|palpitat|paracetamol|\w+cillin\b|platelet|pneumon|potassium|pregnan|pyrexi|rash\b|relapse|seizure|sepsis|septic|sodium|steroid|suicid|self.?harm|delirium|celluliti|unconscious|h(?:a)?ematuria|stroke last|a fit in|heart attack|swollen|swelling|syncope|tablets?\b|temp(?:erature)? \d|thrombo|tumou?r|ulcer|unwell|vomit|warfarin|wheez|wound|please (?:visit|admit)\b|better off dead|\d+ ?(?:mg|mcg|ml|mmol)\b|(?:wcc|hb|inr|crp|bp|egfr|psa|ct|mri)\b\W{0,3}(?:of |is |was )?\d)`)

var about = regexp.MustCompile(`(?i)\b(?:this|your|our|the above) patient\b|\bthis (?:lady|gentleman|man|woman|boy|girl|child|baby)\b|\bI (?:have )?(?:reviewed|saw|seen|examined|visited|assessed)\b|\b(?:is|was|of) \d{1,3}\.\d\b`)

// orders reports whether a page gives a result or says what is to be done about somebody: no cover sheet does.
func (s *sheet) orders() bool {
	for i := range s.rows() {
		if ordering.MatchString(s.rows()[i].text) {
			return true
		}
	}
	return false
}

var ordering = regexp.MustCompile(`(?i)\b(?:inr|potassium|sodium|creatinine|ha?emoglobin|hb|crp|troponin|glucose|platelets|egfr|hba1c|psa)\b\W{0,3}(?:of |is |was )?\d|\b(?:stop(?:ped)?|start(?:ed)?|increase[d]?|reduce[d]?|restart(?:ed)?|admit(?:ted)?|withhold) (?:her|his|their|him|them|warfarin|insulin|methotrexate)\b|\bplease (?:stop|admit|repeat|restart|prescribe|refer urgently)\b|\bplease (?:see|refer|visit) (?:her|him|them|mrs?|miss|ms|this (?:patient|man|lady|woman|child|boy|girl))\b|\b(?:died|found dead|passed (?:away|peacefully)|slipped away|deceased)\b`)

// isCover reports whether a page is a fax cover sheet: its words and labels,
// and little besides.
func (s *sheet) isCover(textual int) bool {
	if textual > 260 {
		return false
	}
	title, weak := 0.0, map[string]bool{}
	to, from, pages, fax := false, false, false, false
	clinical := 0.0
	for _, h := range s.hits {
		first := &s.tokens()[h.from]
		for _, n := range h.phrase.notes {
			switch {
			case n.kind == kindCover && n.code == 0:
				if first.row < 12 && (s.isTitle(h) || h.to-h.from > 1) {
					title = max(title, 1)
					if h.to-h.from > 1 {
						title = 2
					}
				}
				fax = true
			case n.kind == kindCover:
				weak[h.phrase.text] = true
			case n.kind == kindType && n.weight == titleWeight && first.row < 12 && s.isTitle(h):
				clinical++
			}
		}
	}
	for _, l := range s.labels {
		switch l.label {
		case labelTo:
			to = true
		case labelFrom:
			from = true
		case labelPages:
			pages = true
		case labelFax:
			fax = true
		}
	}
	dear, prose := false, 0
	for i := range s.rows() {
		lower := strings.ToLower(s.rows()[i].text)
		if strings.HasPrefix(lower, "dear ") {
			dear = true
		}
		if len(lower) > 70 && !strings.Contains(lower, "confiden") && !strings.Contains(lower, "error") && !strings.Contains(lower, "addressee") && !strings.Contains(lower, "intended") && !strings.Contains(lower, "tel") {
			prose++
		}
		if announced.MatchString(s.rows()[i].shadow) {
			pages = true
		}
	}
	score := title * 2
	for _, b := range []bool{to, from, pages, fax} {
		if b {
			score++
		}
	}
	if to && from && pages {
		score += 2
	}
	notices := 0.0
	for _, notice := range []string{"intended only", "intended recipient", "intended for the", "confidentiality notice", "confidentiality", "received this fax in error", "if you have received this fax in error", "including cover", "including cover sheet", "including this page", "including this one", "this fax", "this facsimile", "privileged", "in error", "the information contained in this", "confidential", "please recycle", "for the attention of"} {
		if weak[notice] {
			notices++
		}
	}
	score += 0.7 * min(notices, 4)
	if dear {
		score -= 3
	}
	score -= 1.2 * min(clinical, 1) // a department's name on the cover is no document's heading
	if s.printed.n > 0 && s.printed.of > 1 && !pages {
		score -= 2
	}
	if len(s.numbers) > 0 {
		score--
	} else if len(s.births) > 0 && !(to && from) {
		score--
	}
	if textual > 140 {
		score--
	}
	score -= 0.7 * float64(max(prose-1, 0))
	switch {
	case score < 4.8:
		return false
	case to && from, title > 0 && (to || from):
		return true
	}
	// A cover with a layout of its own: a fax's title, a notice, and no patient.
	return title > 0 && (notices > 0 || pages) && textual < 160 && len(s.numbers) == 0 && len(s.births) == 0
}

// announced is a page count in words: "3 pages", "consists of 4 sheets".
var announced = regexp.MustCompile(`(?i)\b\d{1,3}\s*(?:pages?|sheets?|pp)\b|\b(?:pages?|sheets?)\s*(?:\([^)]{0,30}\))?\s*[:;.\-]?\s*\d{1,3}\b`)

// pagesFollow is how a cover sheet leaves itself out of the count. What else follows ("posted copy to follow") is none.
var pagesFollow = regexp.MustCompile(`\b(?:pages?|sheets?|pp|\d+)[^.;a-z]{0,6}to follow|\bto follow\W{0,4}\d`)

// A cover is what a cover sheet says.
type cover struct {
	pages     int // as announced
	including bool
}

func (s *sheet) readCover() cover {
	var c cover
	for _, l := range s.labels {
		if l.label != labelPages {
			continue
		}
		for i, sp := range append([]span{s.right(l)}, s.below(l, 1)...) {
			if i == 1 && (letters(s.text(s.right(l))) > 1 || letters(s.text(sp)) > 2) {
				break // "Pages one" has it beside the label, in words; what stands below is a day or an address
			}
			digits := ""
			for _, ch := range s.rows()[sp.row].shadow[sp.start:sp.end] {
				if ch >= '0' && ch <= '9' {
					digits += string(ch)
				} else if digits != "" {
					break
				}
			}
			if n, err := strconv.Atoi(digits); err == nil && n > 0 && n < 500 {
				c.pages = n
				break
			}
		}
		if c.pages > 0 {
			break
		}
	}
	c.including = true // the usual meaning when nothing is said
	for _, h := range s.hits {
		if t := h.phrase.text; strings.Contains(t, "pages to follow") {
			c.including = false
		}
	}
	for i := range s.rows() {
		lower := strings.ToLower(s.rows()[i].text)
		if strings.Contains(lower, "excl") && strings.Contains(lower, "cover") || strings.Contains(lower, "not including") || strings.Contains(lower, "plus cover") || pagesFollow.MatchString(lower) {
			c.including = false
		}
	}
	return c
}
