package classify

import (
	"regexp"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// sender finds who wrote the document: organisation and department from the
// letterhead or the "From", the clinician from labels or the signature, and
// the recipient. The practice's own name is the recipient's, never the sender's.
func (c *collector) sender() {
	line := func(k *candidate, rule *reading) (reading, bool) {
		r := k.sheet.newReading(k.span, k.text, 0, "stands where senders name themselves")
		if rule != nil && (rule.start == k.start && !k.part || rule.why == whySignsFor || rule.why == whyClinic) {
			r = *rule
		}
		k.sheet.withoutNoise(&r)
		k.sheet.goOn(&r)
		return r, true
	}
	// A trust and its hospital are both the sender: the other readings do not
	// contradict the best one.
	put := func(name postroom.FieldName, list []reading) {
		if r := strongestReading(list); r != nil && r.strength > leastSender {
			if name == postroom.Recipient || name == postroom.SenderClinician {
				r = fullest(list, r)
			}
			c.fields[name] = c.field(r, c.surely(name, r, r.strength, 0)*doubt(r.conf))
			c.found(name, r)
		}
	}
	organisations := c.playing(slotLine, postroom.SenderOrganisation, 0.08, c.ruledSender[postroom.SenderOrganisation], 0.6, line)
	for i := range organisations {
		r := &organisations[i]
		if by, ok := r.sheet.behindPerson(r.span); ok {
			*r = r.sheet.newReading(by, r.sheet.text(by), r.strength, r.why)
		}
		r.nameAlone()
		r.withoutDepartment()
	}
	organisations = slices.DeleteFunc(organisations, func(r reading) bool {
		return letters(r.value)+len(onlyDigits(r.value)) < 3 || ofForm.MatchString(r.value) || dayIn.MatchString(r.value) || webAddress.MatchString(r.value) || r.value != "" && sameWords(r.value, c.fields[postroom.PatientName].Value) || namesDocument(r.value) && !r.sheet.named(r.span)
	})
	for i := range organisations {
		r := &organisations[i]
		r.sheet.startsAbove(r)
		switch {
		case strings.Contains(r.value, " ") && c.station(r.value): // names may be made of ordinary words
			r.strength, r.why = max(1-0.4*(1-r.strength), 0.6), r.why+" and in the fax header line"
		case r.more.end > r.more.start && r.row < 2:
			r.strength = max(r.strength, 0.6) // the model has seen only the first line of the name
		case !r.sheet.named(r.span) && !tellsApart(r.value):
			r.strength *= 0.5 // "NHS Trust", "Pharmacy": which?
		}
		switch {
		case !reachesPractices(c.code) || !isSurgery(r.value):
		case r.sheet == c.sheets[0] && r.row == 0 && r.strength >= 0.5:
			r.strength *= 0.7 // what heads a page is hardly whom it goes to
		default:
			r.strength *= 0.3 // such documents are written to practices
		}
		if sentTo.MatchString(r.sheet.rows()[r.row].text[r.sheet.rows()[r.row].cells[r.sheet.rows()[r.row].cellAt(r.start)].start:r.start]) {
			r.strength *= 0.2
		}
	}
	if r := strongestReading(organisations); r == nil || r.strength <= leastSender {
		organisations = append(organisations, c.likeliestSender()...)
	}
	put(postroom.SenderOrganisation, organisations)
	put(postroom.SenderDepartment, slices.DeleteFunc(c.playing(slotLine, postroom.SenderDepartment, 0.2, c.ruledSender[postroom.SenderDepartment], 0.6, line), func(r reading) bool {
		return listsPeople[nameKey(r.value)] || dayIn.MatchString(r.value)
	}))
	clinicians := c.playing(slotName, postroom.SenderClinician, 0.15, c.ruledSender[postroom.SenderClinician], 0.5, c.personReading)
	for i := range clinicians {
		r := &clinicians[i]
		if p, ok := r.sheet.partAt(r.row, r.sheet.rows()[r.row].cellAt(r.start)); ok && p == partGP {
			r.strength *= 0.4 // the patient's own doctor
		}
	}
	if slices.ContainsFunc(clinicians, func(r reading) bool { return completing.MatchString(r.why) }) {
		for i := range clinicians {
			if inCharge.MatchString(clinicians[i].why) {
				clinicians[i].strength *= 0.4 // who wrote it says so
			}
		}
	}
	put(postroom.SenderClinician, clinicians)
	recipients := c.playing(slotName, postroom.Recipient, 0.15, c.ruledSender[postroom.Recipient], 0.6, c.personReading)
	for _, rule := range c.ruledSender[postroom.Recipient] {
		for i := range recipients {
			// Whom the address names and the letter greets it goes to, whoever else has a copy.
			if r := &recipients[i]; rule.why == whyGreeted && r.sheet == rule.sheet && r.row == rule.row && r.start < rule.end && rule.start < r.end {
				r.strength, r.why = max(r.strength, rule.strength), rule.why
			}
		}
	}
	put(postroom.Recipient, recipients)
	put(postroom.Urgency, c.ruledSender[postroom.Urgency])
}

var (
	// completing and inCharge are the labels of who wrote a document and of whose patient it is about.
	completing = regexp.MustCompile(`(?i)label “(?:[a-z]+ )?(?:completed|written|prepared|authored|compiled|typed|person completing|author)\b`)
	inCharge   = regexp.MustCompile(`(?i)label “(?:[a-z]+ )?(?:consultant|under the care of|under care of|under)”`)
)

const (
	// leastSender is how much has to speak for a sender.
	leastSender = 0.2
	// weakSender is what speaks for a line of which nothing is known but that none is likelier to be the sender.
	weakSender = 0.3
)

// likeliestSender is the line for which most speaks where the model thinks little of all: senders name themselves in places that it has
// not seen, and nearly every document names its own.
func (c *collector) likeliestSender() []reading {
	var best *candidate
	most := 0.0
	for i := range c.candidates[slotLine] {
		k := &c.candidates[slotLine][i]
		if !k.sheet.named(k.span) && !tellsApart(k.text) || c.config.own(k.text) || len(strings.Fields(k.text)) > mostNameWords || noSender(k.text) ||
			strings.HasSuffix(k.text, ".") || person(k.text) || sameWords(k.text, c.fields[postroom.PatientName].Value) || reachesPractices(c.code) && isSurgery(k.text) {
			continue
		}
		if k.part && k.row > 3 && k.sheet.organisationIn(k.span) == 0 {
			continue // a part of a line is a name where a letterhead is
		}
		r := &k.sheet.rows()[k.row]
		ci := r.cellAt(k.start)
		if k.sheet.labelAt(k.row, ci) || k.sheet.aboutPatient(k.row, ci) || k.sheet.addressed(k.span) {
			continue
		}
		score := max(k.p[1], k.p[2]/2) // where nothing else is named, a service is the sender
		if k.sheet.organisationIn(k.span) >= 1.5 {
			score += leastSender / 2
		}
		if score > most {
			best, most = k, score
		}
	}
	if most < leastSender/4 {
		return nil
	}
	return []reading{best.sheet.newReading(best.span, best.text, weakSender, "is the likeliest to be the sender")}
}

// noSender reports whether a line names no body: it is the heading of a document, or tells of a day.
func noSender(text string) bool {
	return namesDocument(text) || dayIn.MatchString(text) || webAddress.MatchString(text)
}

// nameAlone takes what stands before a day, an address, whom it acts for, how it is reached or a part of it in the line of a name:
// "Example Hospital 10/03/2026", "Example Clinic 31 High Street", "Example Imaging on behalf of NHS Exampleshire", "Example Hospital Tel.
// 01632 960700", "Example Hospital imaging Department". A single word before it is none: "Clinic 10/03/2026".
func (r *reading) nameAlone() {
	for _, behind := range []*regexp.Regexp{dayIn, streetIn, actsFor, reachedBy, partOfBody} {
		at := behind.FindStringIndex(r.value)
		if behind == partOfBody && at != nil {
			at = []int{partOfBody.FindStringSubmatchIndex(r.value)[2], at[1]}
			if goesOn[strings.ToLower(strings.Fields(r.value[at[0]:])[0])] {
				continue
			}
		}
		if at == nil || partOfName.MatchString(r.value[:at[0]]) {
			continue
		}
		if name := strings.TrimRight(r.value[:at[0]], " ,;:-–|("); len(strings.Fields(name)) > 1 && strings.HasPrefix(r.sheet.text(r.span), name) {
			*r = r.sheet.newReading(span{r.row, r.start, r.start + len(name)}, name, r.strength, r.why)
		}
	}
}

// goesOn are words that go on with the name of a body behind what may end it: "Hospital for Neurodisability", "Hospice at Home".
var goesOn = set("for of at in and & group charity trust street square road lane house nhs foundation university")

// withoutDepartment cuts off a department that a line names right behind the body's last word: "Example Infirmary Urology Mill Street".
func (r *reading) withoutDepartment() {
	s := r.sheet
	if r.more.end > r.more.start {
		return
	}
	for _, h := range s.hits {
		f := &s.tokens()[h.from]
		if f.row != r.row || f.start <= r.start || f.start >= r.end || !slices.ContainsFunc(h.phrase.notes, func(n note) bool { return n.kind == kindOrg && n.code >= 2 }) {
			continue
		}
		if name := strings.TrimRight(s.rows()[r.row].text[r.start:f.start], " "); lastOfBody.MatchString(name) && len(strings.Fields(name)) > 1 {
			*r = s.newReading(span{r.row, r.start, r.start + len(name)}, name, r.strength, r.why)
			return
		}
	}
}

// lastOfBody ends the name of a body that has departments.
var lastOfBody = regexp.MustCompile(`(?i)\b(?:hospitals?|infirmary|trust)$`)

var (
	streetIn   = regexp.MustCompile(`\b\d{1,4}[A-Za-z]?,? (?:[A-Z][\w'’.-]+ ){1,3}(?:Road|Rd|Street|St|Lane|Ln|Avenue|Ave|Close|Drive|Row|Way|Place|Square|Terrace|Gardens|Court|Crescent|Hill|Park|Mews|Passage|Parade|Yard|Gate|Walk|Green)\b`)
	partOfName = regexp.MustCompile(`(?i)\b(?:unit|ward|building|suite|floor|block|hall|level|no)\.? $`)
	actsFor    = regexp.MustCompile(`(?i) (?:on behalf of|acting for) `)
	// reachedBy is how a body is reached and found, and partOfBody which part of it a line goes on to name without a mark between.
	reachedBy  = regexp.MustCompile(`(?i) (?:tel(?:ephone)?|phone|fax|open|direct line|ref line)\b[ .:]*(?:no\.? ?)?[(+]?\d.*$| (?:tel|fax)[ .:]*$| e-?mail\b[ .:]*\S+@.*$| \(?(?:0\d{2,4}|\+44)\)? ?\d.*$| [A-Z]{1,2}\d[\dA-Z]? ?\d[A-Z]{2}$`)
	partOfBody = regexp.MustCompile(`(?:^|[a-z] |NHS )(?i:hospitals?|infirmary|trust|hospice|maternity unit|kidney unit)( (?:[A-Z][\w'’]+ |[a-z]+ ){0,4}(?i:department|dept|unit|clinic|ward|team|services?|outpatients?|imaging|radiology|pathology|surgery|transfer|appointments?)\b.*)$`)
	webAddress = regexp.MustCompile(`(?i)\S@\S|\bwww\.|https?:`)
)

// dayIn is a day in figures.
var dayIn = regexp.MustCompile(`\b\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})\b|\b\d{1,2}(?:st|nd|rd|th)?[ -](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[ -]\d{2,4}\b`)

// reachesPractices reports whether documents of a type are written by others for a practice, so that a practice that one names is whom it goes to.
func reachesPractices(code postroom.TypeCode) bool {
	switch code {
	case postroom.LabReport, postroom.HistologyReport, postroom.RadiologyReport, postroom.ScreeningResult, postroom.DischargeSummary, postroom.OutpatientLetter, postroom.EDAttendance,
		postroom.OOH111Report, postroom.AmbulanceReport, postroom.OperationNote, postroom.MentalHealthLetter, postroom.Maternity, postroom.Safeguarding, postroom.SocialCare, postroom.DNALetter, postroom.ReportRequest:
		return true
	}
	return false
}

// tellsApart reports whether a name of words that forms are made of tells a body from others of its kind, as "Retinal Screening Centre"
// does and "NHS Foundation Trust" does not: three words and more, of which one is not of every such name.
func tellsApart(name string) bool {
	words, apart := strings.Fields(name), false
	for _, w := range words {
		lower := strings.ToLower(w)
		if lower == w && !betweenCapitals[lower] {
			return false // "Date of clinic" is no name
		}
		apart = apart || !anyBody[lower] && !betweenCapitals[lower]
	}
	return len(words) >= 3 && apart && !strings.Contains(name, ":") && !headings[strings.ToLower(words[len(words)-1])]
}

// ofForm is what a form asks for, and no name: "Clinic Date".
var ofForm = regexp.MustCompile(`(?i)\b(?:date|time|no|number|name|details)\W*$`)

var (
	headings        = set("survey review notice plan form list agreement assessment questionnaire statement history")
	betweenCapitals = set("the and of for at in &")
	anyBody         = set("nhs foundation trust university teaching hospital hospitals general community district royal health care healthcare board centre service services department unit clinic practice surgery group ltd limited medical partnership county council city day acute emergency surgical")
)

// twoSentences parts two sentences.
var twoSentences = regexp.MustCompile(`[a-z]{2}\. [A-Z]`)

// isSurgery reports whether a text names a practice. "Medical Center" is an American hospital, and the Drivers' Medical Group is the DVLA's.
func isSurgery(text string) bool {
	lower := strings.ToLower(text)
	return surgery.MatchString(text) && !strings.Contains(lower, "medical center") && !strings.Contains(lower, "drivers") && !operating.MatchString(text)
}

// operating is surgery that is no practice: "Day Surgery Unit".
var operating = regexp.MustCompile(`(?i)\b(?:day|general|oral|hand|minor|plastic|vascular|colorectal|breast|cardiac|thoracic|spinal|eye) surgery\b|\bsurgery (?:unit|ward|department|centre|clinic)\b`)

// mostNameWords is how many words the name of a body has at most; what is longer is a sentence.
const mostNameWords = 10

// sentTo stands before the name of who gets a document.
var sentTo = regexp.MustCompile(`(?i)^\W*(?:to|copy(?: to)?|cc|gp|(?:gp )?practice|surgery|primary care copy|requested by|requester|referr(?:er|ed by))\b[^,;]{0,30}$`)

// listsPeople are headings over a letterhead's list of doctors, which stand where departments do.
var listsPeople = map[string]bool{"partners": true, "thepartners": true, "gppartners": true, "doctors": true, "thedoctors": true, "associates": true, "salarieddoctors": true, "salariedgps": true}

// station reports whether the machine that sent the first page calls itself by this name, of
// which it may have room for the beginning only.
func (c *collector) station(name string) bool {
	if len(c.sheets) == 0 || c.config.own(name) {
		return false
	}
	return calls(c.sheets[0].station, name)
}

// calls reports whether a station's letters are those of a name, or of its beginning.
func calls(station, name string) bool {
	key := likeness(nameKey(strings.TrimPrefix(strings.ToLower(name), "the ")))
	if len(station) < 8 || len(key) < 8 {
		return false
	}
	if strings.Contains(station, key) {
		return true
	}
	n := min(len(station), len(key))
	return editDistance(station[:n], key[:n], n/6) <= n/6
}

// ruledSenders are the senders and recipients of which a label or a place says
// that they are.
func (c *collector) ruledSenders(code postroom.TypeCode) map[postroom.FieldName][]reading {
	var organisations, departments, clinicians, recipients, urgency []reading
	for order, s := range c.sheets {
		fade := 1.0
		if order > 0 {
			fade = 0.6
		}
		organisations = append(organisations, c.letterhead(s, fade)...)
		departments = append(departments, c.departments(s, fade)...)
		clinicians = append(clinicians, c.signature(s)...)
		clinicians = append(clinicians, c.signedBeside(s)...)
		for _, l := range s.labels {
			why := "stands after the label " + quote(s.rows()[l.row].text[l.start:l.end])
			switch l.label {
			case labelFrom, labelHospital:
				for _, r := range s.valueLines(l, 1, 0.72*fade, why) {
					if l.label == labelHospital && reports(code) && surgery.MatchString(r.value) {
						continue // "Location: Example Surgery" is where the sample was taken
					}
					if s.organisationIn(r.span) > 0 && !c.config.own(r.value) && len(strings.Fields(r.value)) <= mostNameWords && !twoSentences.MatchString(r.value) {
						organisations = append(organisations, r)
					}
					if by, ok := s.behindPerson(r.span); ok && l.label == labelFrom && !c.config.own(s.text(by)) {
						organisations = append(organisations, s.newReading(by, s.text(by), 0.55*fade, why))
					}
					if l.label == labelFrom && r.takePerson(true) {
						clinicians = append(clinicians, r)
					}
				}
			case labelRequester:
				if reports(code) { // who asked for a test is not who reports it, but whom the report is for
					for _, r := range s.valueLines(l, 1, 0.6, why) {
						if r.takePerson(true) {
							recipients = append(recipients, r)
							break
						}
					}
					break
				}
				for _, r := range s.valueLines(l, 1, 0.7, why) {
					if r.takePerson(true) {
						clinicians = append(clinicians, r)
						break
					}
				}
			case labelClinician:
				for _, r := range s.valueLines(l, 1, clinicianStrength(s.rows()[l.row].text[l.start:l.end]), why) {
					if r.takePerson(false) {
						clinicians = append(clinicians, r)
						break
					}
				}
			case labelTo, labelGP, labelPractice:
				if at, ok := s.postBehind(l); ok {
					recipients = append(recipients, s.newReading(at, strings.TrimSpace(s.text(at)), 0.8, why))
					continue
				}
				for _, r := range s.valueLines(l, 1, 0.8, why) {
					if noAddressee.MatchString(r.value) {
						continue
					}
					if len(r.value) > 3 && letters(r.value) > 2 {
						if n, ok := readName(r.value); ok && n.title != "" && n.end <= len(r.value) {
							r.start, r.end = r.start+nameStart(r.value, n), r.start+n.end
							r.value = strings.TrimSpace(s.text(r.span))
						}
						if n, ok := readName(r.value); !(ok && n.title != "") && !c.config.own(r.value) && !strings.HasPrefix(strings.TrimLeft(s.rows()[l.row].text[l.end:], " "), ":") {
							continue // "GP Partner" is a post, no addressee
						}
						recipients = append(recipients, r)
						break
					}
				}
			case labelUrgency:
				for _, r := range s.valueLines(l, 1, 0.85, why) {
					if letters(r.value) > 2 && len(r.value) < 40 {
						urgency = append(urgency, r)
						break
					}
				}
			case labelSpecialty:
				if order > 0 {
					break
				}
				for _, r := range s.valueLines(l, 1, specialtyStrength(s.rows()[l.row].text[l.start:l.end]), why) {
					if letters(r.value) > 2 && len(r.value) < 60 {
						departments = append(departments, r)
						break
					}
				}
			}
		}
		if order == 0 {
			recipients = append(recipients, c.addressee(s)...)
		}
	}
	return map[postroom.FieldName][]reading{
		postroom.SenderOrganisation: organisations, postroom.SenderDepartment: departments, postroom.SenderClinician: clinicians,
		postroom.Recipient: recipients, postroom.Urgency: urgency,
	}
}

// behindPerson is the body that is named behind whoever writes for it: "Gail Stothert, Tweedside Community Nursing".
func (s *sheet) behindPerson(sp span) (span, bool) {
	text := s.text(sp)
	who, body, found := strings.Cut(text, ", ")
	words := strings.Fields(strings.TrimRight(body, " ."))
	if n, ok := readName(who); !found || len(words) < 2 || len(words) > 6 || hasDigit(body) || !(ok && n.given != "" && n.end == len(who)) && !ofStaff.MatchString(who) {
		return span{}, false
	}
	for _, w := range words {
		if lower := strings.ToLower(w); lower == w && !betweenCapitals[lower] {
			return span{}, false
		}
	}
	by := span{sp.row, sp.start + len(who) + 2, sp.end}
	return by, s.named(by) && !ofStaff.MatchString(body)
}

// strongestReading returns the reading that says most, its strength raised by those
// that say the same.
func strongestReading(list []reading) *reading {
	says := make([]string, len(list))
	for i := range list {
		says[i] = likeness(nameKey(list[i].value))
	}
	var best *reading
	for i := range list {
		r := list[i]
		miss := 1 - r.strength*doubt(r.conf)
		top := r.strength * doubt(r.conf)
		for k := range list {
			if o := &list[k]; k != i && says[k] == says[i] {
				miss *= 1 - 0.5*o.strength*doubt(o.conf)
				top = max(top, o.strength*doubt(o.conf))
			}
		}
		r.strength = min(1-miss, 0.99)
		if best == nil || r.strength > best.strength {
			best = &r
		}
	}
	return best
}

func nameStart(text string, n personName) int {
	if n.title != "" {
		if i := strings.Index(text, n.title); i >= 0 && i < n.start {
			return i
		}
	}
	return n.start
}

// valueLines returns what stands right of a label, or else below it.
func (s *sheet) valueLines(l labelHit, under int, strength float64, why string) []reading {
	sp := s.right(l)
	text := s.rows()[sp.row].text[sp.start:sp.end]
	lead := len(text) - len(strings.TrimLeft(text, " \t:;.-–*"))
	body := text[lead:]
	if i := strings.IndexByte(body, '\t'); i >= 0 {
		body = body[:i]
	}
	body = strings.TrimRight(body, " ,;|(")
	if strings.HasPrefix(body, "(") && strings.HasSuffix(body, ")") {
		body = "" // "From (practice stamp)" has its value below
	}
	if body != "" {
		at := span{sp.row, sp.start + lead, sp.start + lead + len(body)}
		return []reading{s.newReading(at, body, strength, why)}
	}
	var out []reading
	for _, b := range s.below(l, under) {
		out = append(out, s.newReading(b, strings.TrimSpace(s.text(b)), strength-0.05, why))
	}
	return out
}

func reports(code postroom.TypeCode) bool {
	switch code {
	case postroom.LabReport, postroom.HistologyReport, postroom.RadiologyReport, postroom.ScreeningResult:
		return true
	}
	return false
}
