package classify

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/postroom/postroom"
)

// dates gives every date of the document its role. A date that was not found
// is missing: the day of arrival never stands in for it.
func (c *collector) dates() {
	for _, name := range []postroom.FieldName{postroom.EventDate, postroom.AdmissionDate, postroom.DischargeDate, postroom.LetterDate} {
		list := c.playing(slotDate, name, 0.05, c.ruledDays[name], 0.4, c.dayReading)
		if name == postroom.LetterDate {
			list = c.ownLabel(c.unstamped(c.issued(list)))
			weakenOthers(list)
			c.corroborate(list)
			c.lastDay(list)
		}
		if name == postroom.EventDate {
			c.corroborateOnly(list)
		}
		least := 0.1 // what a label says is kept, however strange its place
		if name == postroom.LetterDate {
			least = 0.3 // the latest day is the better guess
		}
		c.choose(name, list, sameValue, least)
	}
	if _, ok := c.fields[postroom.LetterDate]; !ok {
		c.latestDate()
	}
	c.doubtOrder()
	c.doubtAmerican()
}

// weakenOthers weakens days of which the words before say that they are another letter's, of what is to come, or of something that
// happened then.
func weakenOthers(list []reading) {
	for i := range list {
		r := &list[i]
		before := r.sheet.cellBefore(r.span)
		if ofElsewhere.MatchString(before) || r.sheet.foretold(dateHit{span: r.span}) || r.ruled == 0 && !r.sheet.mayBeOwn(r.span) && (happened.MatchString(before) || r.sheet.goesOnBehind(r.span)) {
			r.strength *= 0.4
		}
	}
}

// goesOnBehind reports whether a sentence goes on behind a day: "Nurse 04/03/2026 rang to say that she is well".
func (s *sheet) goesOnBehind(sp span) bool {
	r := &s.rows()[sp.row]
	small := 0
	for w := range strings.FieldsSeq(r.text[sp.end:max(sp.end, r.cells[r.cellAt(sp.start)].end)]) {
		small += btoi(w == strings.ToLower(w) && letters(w) > 1)
	}
	return small >= 3
}

// happened ends what stands before the day of an event: "Pacemaker fitted", "CQC rated".
var happened = regexp.MustCompile(`(?i)\b(?:[a-z]{2,}ed|began|begun|given|taken|went|fell|broke|held)(?: on)?[ :]*$`)

// cellBefore is what stands before a span in its cell.
func (s *sheet) cellBefore(sp span) string {
	r := &s.rows()[sp.row]
	return r.text[min(r.cells[r.cellAt(sp.start)].start, sp.start):sp.start]
}

var ofElsewhere = regexp.MustCompile(`(?i)(?:\b(?:your|their|his|her)|['’]s) (?:\w+ ){0,3}(?:letter|report|fax|e-?mail|referral|request|note)s?,? (?:from you )?(?:of|dated|received)\b[^.;:\d\t]{0,18}$|\b(?:hearing|tribunal|marac|court)(?: (?:on|date|is|at|for|listed|fixed|will|take|place|held|set))*\W{0,3}$|\b(?:expires?|expiring|expiry|runs out|lapses?)\b[^.;:\d\t]{0,14}$`)

// unstamped leaves out the day that the practice, or who else received the letter, has stamped on
// it where the letter has a date of its own: beside "Rec'd" or "Scanned", or as date stamps set it
// ("24 JUL 2026") where a label gives an earlier day, or, the very day of arrival, where an earlier one
// stands above the salutation.
func (c *collector) unstamped(list []reading) []reading {
	arrival := ""
	if !c.received.IsZero() {
		arrival = c.received.Format(time.DateOnly)
	}
	stamped := func(r *reading) bool {
		s := r.sheet
		for k := max(0, r.row-1); k <= min(len(s.rows())-1, r.row+1); k++ {
			for _, cl := range s.rows()[k].cells {
				box, _ := s.rows()[r.row].area(r.start, r.end)
				near := 6 * max(box.Height(), 8)
				if at := stampWords.FindStringIndex(s.rows()[k].text[cl.start:cl.end]); at != nil && cl.box[0] < box[2]+near && cl.box[2] > box[0]-near {
					return true
				}
			}
		}
		dear, _ := s.landmarks()
		if !stampDay.MatchString(strings.TrimSpace(s.text(r.span))) {
			return false
		}
		for _, o := range c.ruledDays[postroom.LetterDate] {
			if o.valid && o.strength >= 0.95 && o.value < r.value && r.ruled < 0.95 {
				return true // a label says which day the letter is of
			}
		}
		if r.value != arrival || dear < 0 {
			return false
		}
		for i := range list {
			if o := &list[i]; o.sheet == s && o.value < r.value && o.row >= dear-3 && o.row < dear {
				return true
			}
		}
		return false
	}
	var out []reading
	for i := range list {
		if !stamped(&list[i]) {
			out = append(out, list[i])
		}
	}
	if len(out) == 0 {
		out = list
	}
	if arrival == "" {
		return out
	}
	// Nobody posts a letter that is a generation old: a day so far back is somebody's birth.
	past := c.received.AddDate(-15, 0, 0).Format(time.DateOnly)
	return slices.DeleteFunc(out, func(r reading) bool { return r.value < past && !strings.Contains(r.why, "label") })
}

// ownLabel believes the label that dates a document where no later day has a claim to be its: what it tells of comes before it is written.
func (c *collector) ownLabel(list []reading) []reading {
	own := ""
	for i := range list {
		if r := &list[i]; r.valid && r.ruled >= 0.95 && r.value > own {
			own = r.value
		}
	}
	latest := ""
	if !c.received.IsZero() {
		latest = c.received.AddDate(0, 0, 1).Format(time.DateOnly)
	}
	if own == "" || latest != "" && own > latest || slices.ContainsFunc(list, func(r reading) bool { return r.value > own && (latest == "" || r.value <= latest) }) {
		return list
	}
	for i := range list {
		if r := &list[i]; r.value == own {
			r.strength = max(r.strength, 0.95*r.ruled)
		} else {
			r.strength *= 0.4
		}
	}
	return list
}

var stampDay = regexp.MustCompile(`^\d{1,2}[ \-.]?[A-Z]{3}[ \-.]?(?:20)?\d\d$`)

var stampWords = regexp.MustCompile(`(?i)\b(?:rec['’]?d|scanned|date ?stamp)\b`)

// issued leaves the day of dictation out where the day of typing, or the letter's own, is said
// too: they do not compete, a letter has both.
func (c *collector) issued(list []reading) []reading {
	typed, dated := "", ""
	for _, s := range c.sheets {
		for _, l := range s.labels {
			if d, ok := s.dateOf(l); ok && l.label == labelTyped && d.iso != "" {
				typed = d.iso
			}
		}
	}
	for _, r := range c.ruledDays[postroom.LetterDate] {
		if r.valid && r.strength >= 0.95 && r.value > dated && slices.ContainsFunc(list, func(o reading) bool { return o.value == r.value }) {
			dated = r.value // "Date: 18 July" beside "Dictated: 17 July"
		}
	}
	if typed == "" {
		typed = dated
	}
	if typed == "" {
		return list
	}
	var out []reading
	for _, r := range list {
		dictated := false
		for _, l := range r.sheet.labels {
			if d, ok := r.sheet.dateOf(l); ok && l.label == labelDictated && d.span == r.span {
				dictated = true
			}
		}
		if !dictated || r.value > typed || r.value == typed {
			out = append(out, r)
		}
	}
	return out
}

// ruledDates are the dates of which a label, a place or the words before say
// which they are.
func (c *collector) ruledDates(code postroom.TypeCode) map[postroom.FieldName][]reading {
	lists := map[postroom.FieldName][]reading{}
	for order, s := range c.sheets {
		used := map[[2]int]bool{}
		for _, l := range s.labels {
			name, strength := dateRole(l.label, code)
			if text := strings.ToLower(s.rows()[l.row].text[l.start:l.end]); name == postroom.EventDate && strings.Contains(text, "received") && !strings.Contains(text, "call") {
				strength = 0.6 // the day a specimen came, not the day it was taken
			}
			if name == "" {
				if l.label == labelBirth || l.label == labelFaxDate || l.label == labelReferralDate || l.label == labelEDD || l.label == labelDeath {
					if d, ok := s.dateOf(l); ok {
						used[[2]int{d.row, d.start}] = true
					}
				}
				continue
			}
			d, ok := s.dateOf(l)
			if !ok || used[[2]int{d.row, d.start}] && !l.strong {
				continue
			}
			if name == postroom.LetterDate {
				if order > 0 {
					strength -= 0.12
				}
				if s.depth(l.row) > 0.6 && l.label == labelLetterDate && len(s.rows()[l.row].text[l.start:l.end]) < 7 {
					strength -= 0.08 // a "Date" beside a signature
				}
				after := strings.ToLower(strings.TrimLeft(s.rows()[l.row].text[l.end:], " \t"))
				if strings.HasPrefix(after, "of ") || strings.HasPrefix(after, "for ") || strings.HasPrefix(after, "and ") {
					strength -= 0.3 // "Date of" something that has no role here
				}
				if d.row > l.row && len(s.rows()[l.row].cells) > 2 && !ownDay.MatchString(s.rows()[l.row].text[l.start:l.end]) {
					strength -= 0.35 // the head of a table's column
				}
				if between := strings.Trim(s.rows()[l.row].text[l.end:max(l.end, min(d.start, len(s.rows()[l.row].text)))], " \t:.,-–"); d.row == l.row && l.label == labelLetterDate && between != "" && !weekday(between) && between == strings.ToLower(between) && letters(between) == len(between) {
					strength -= 0.35 // "Date booked" is the day of that
				}
				if p, ok := s.partAt(l.row, l.cell); ok && (p == partKin) {
					strength -= 0.3
				}
			}
			used[[2]int{d.row, d.start}] = true
			lists[name] = append(lists[name], c.dateReading(s, d, strength, "stands after the label "+quote(s.rows()[l.row].text[l.start:l.end])))
		}
		for _, d := range s.dates {
			if used[[2]int{d.row, d.start}] {
				continue
			}
			if name, strength, why := s.dateInProse(d); name != "" {
				used[[2]int{d.row, d.start}] = true
				lists[name] = append(lists[name], c.dateReading(s, d, strength, why))
			}
		}
		if order > 0 {
			continue
		}
		// A date that stands alone at the top of the first page.
		for _, d := range s.dates {
			if used[[2]int{d.row, d.start}] || s.depth(d.row) > 0.5 {
				continue
			}
			r := &s.rows()[d.row]
			cl := r.cells[r.cellAt(d.start)]
			before := r.text[cl.start:d.start]
			rest := strings.Trim(before+r.text[min(d.end, cl.end):cl.end], " ,.:-–")
			if letters(rest) > 0 && !weekday(rest) && !s.isReference(d, cl) {
				continue
			}
			if s.belowDateHead(d) {
				continue
			}
			strength := 0.94
			if s.depth(d.row) > 0.4 {
				strength = 0.6
			}
			if ci := r.cellAt(d.start); ci > 0 {
				// Beside a text that may be a label that is not known.
				if s.labelBeside(d.row, ci-1) && !c.config.own(r.cellText(ci-1)) {
					strength = 0.35
				}
			}
			lists[postroom.LetterDate] = append(lists[postroom.LetterDate], c.dateReading(s, d, strength, "stands alone at the top of the first page"))
		}
	}
	if len(lists[postroom.EventDate]) == 0 && len(c.sheets) > 0 {
		lists[postroom.EventDate] = c.looseDates(c.sheets[0])
	}
	// The day of the signature is the letter's where no label gives another.
	named := slices.ContainsFunc(lists[postroom.LetterDate], func(r reading) bool { return r.valid && r.strength >= 0.9 && strings.Contains(r.why, "label") })
	if named {
		lists[postroom.LetterDate] = slices.DeleteFunc(lists[postroom.LetterDate], func(r reading) bool { return r.why == whySigned })
	}
	return lists
}

// ownDay is a label of a document's own day that no column of a table has.
var ownDay = regexp.MustCompile(`(?i)\b(?:letter|typed|dictated|report date|date of report)\b`)

// latestDate takes the latest day that the document names, up to the day of its
// arrival, for the letter's: letters are written after what they tell.
func (c *collector) latestDate() {
	birth := c.fields[postroom.BirthDate].Value
	var best *reading
	for _, s := range c.sheets {
		for _, d := range s.dates {
			if d.iso == "" || d.iso == birth || s.foretold(d) || d.other == birth && birth != "" || !c.received.IsZero() && d.iso > c.received.AddDate(0, 0, 1).Format(time.DateOnly) {
				continue
			}
			if best == nil || d.iso > best.value {
				r := c.dateReading(s, d, 0.45, "no letter date was found; this is the latest day that the document names")
				best = &r
			}
		}
	}
	if best != nil && c.isLastDay(best, unreadDay) && c.onlyDay(best) {
		best.strength, best.why = 0.85, "no letter date was found; this is the only day that the document names"
	}
	if best != nil {
		c.fields[postroom.LetterDate] = c.field(best, best.strength*doubt(best.conf))
	}
}

// How sure the last day of a well read document is its own where the model of parts half believes it, and where it hardly does. Of such
// days on letters of others and of two seeds 46 of 48 were right, and 18 of 20, before the words in front of them were asked as well and days to come in sentences were told from misread ones.
const (
	likelyLastDay = 0.86
	lastDayAtAll  = 0.8
	// mostLooked are the pages of a document that are looked through for days that were not read.
	mostLooked = 8
)

// lastDay strengthens a reading of the last day that a document names, where nothing else has a claim to be its date: letters
// are written after what they tell, and sent soon.
func (c *collector) lastDay(list []reading) {
	if len(c.sheets) > mostLooked {
		return
	}
	for i := range list {
		r := &list[i]
		if slices.ContainsFunc(list, func(o reading) bool {
			return o.value != r.value && (o.strength >= r.strength || o.ruled >= 0.85 && o.strength >= 0.3)
		}) || !c.isLastDay(r, c.rivals) {
			continue
		}
		sure := lastDayAtAll
		if r.strength >= 0.3 {
			sure = likelyLastDay
		}
		r.strength = max(r.strength, sure)
	}
}

// onlyDay reports whether the other days of a document lie a year and more before its last one, on which somebody was seen or something written.
func (c *collector) onlyDay(last *reading) bool {
	at, err := time.Parse(time.DateOnly, last.value)
	if err != nil {
		return false
	}
	days := c.daysSaid()
	return len(days) < 2 || days[len(days)-2] <= at.AddDate(-1, 0, 0).Format(time.DateOnly)
}

// isLastDay reports whether a day is the last that a well read document names, and the words before it do not say that it is the
// day of something else.
func (c *collector) isLastDay(r *reading, rivals func(s *sheet, row int, last string) bool) bool {
	return r.sheet.ofOwnDay(r.span) && c.nothingLater(r, wellRead, rivals)
}

// ofOwnDay reports whether nothing stands before a day in its row, or that somebody was seen then or something written, and not that it
// is the day of something else.
func (s *sheet) ofOwnDay(sp span) bool {
	before := s.rows()[sp.row].text[:sp.start]
	return ofTheDay.MatchString(before) && !ofAnother.MatchString(before) && !ofElsewhere.MatchString(before)
}

// mayBeOwn reports whether a day may be the document's own by what stands before it.
func (s *sheet) mayBeOwn(sp span) bool {
	r := &s.rows()[sp.row]
	return s.ofOwnDay(sp) || s.signedOn(sp) || s.isReference(dateHit{span: sp}, r.cells[r.cellAt(sp.start)])
}

// signedOn reports whether a day stands behind whoever wrote the document, "Julie Mawson, midwife 4/3/26", or behind nothing but that it
// was written: "Summary written".
func (s *sheet) signedOn(sp span) bool {
	before := s.cellBefore(sp)
	if strings.TrimSpace(before) == "" {
		if ci := s.rows()[sp.row].cellAt(sp.start); ci > 0 {
			before = s.rows()[sp.row].cellText(ci-1) + " "
		}
	}
	if onlyWritten.MatchString(before) {
		return true
	}
	at := whoSigned.FindStringIndex(before)
	if at == nil {
		return false
	}
	name := 0
	for w := range strings.FieldsSeq(signingBy.ReplaceAllString(strings.TrimSpace(before[:at[0]]), "")) {
		switch w = strings.Trim(w, ".,:;()"); {
		case letters(w) < 2, titles[strings.ToLower(w)]:
		case !isUpper(w[0]):
			return false
		default:
			name++
		}
	}
	return name >= 2
}

var (
	onlyWritten = regexp.MustCompile(`(?i)^\W*(?:(?:our |this )?(?:letter|report|summary|document|record|note) )?(?:submitted|notified|dated|written(?: up)?)(?: on)?[ \t.,:)–-]*$`)
	whoSigned   = regexp.MustCompile(`(?i)[ ,](?:(?:consultant|surgeon|dentist|registrar|nurse|sister|midwife|secretary|solicitor|officer|manager|therapist|physiotherapist|dieti(?:tian|cian)|paramedic|practitioner|optometrist|optician|pharmacist|audiologist|podiatrist|radiologist|radiographer|sonographer|scientist|pathologist|psychiatrist|psychologist|physician|doctor|sho|spr|ct ?\d|st ?\d|f ?[12]|fy ?[12]|[fm]rc[a-z]+|[fm]coptom|bsc|bds|rgn|rmn|anp|enp|acp)[ \t.,:)–-]*(?:on )?)+$`)
	signingBy   = regexp.MustCompile(`^(?i:(?:signed|reported|report|written|completed|prepared)(?: by)?|from|by)[: ]+`)
)

// labelBeside reports whether a cell may be a label that is not known for what stands on its right.
func (s *sheet) labelBeside(row, ci int) bool {
	left := strings.TrimSpace(s.rows()[row].cellText(ci))
	return strings.HasSuffix(left, ":") || s.depth(row) > 0.2 && !hasDigit(left) && len(strings.Fields(left)) < 5 && !person(left) && !strings.Contains(left, ",")
}

// Pages read as well as this have no days that nobody could read, as good as always, and those in between seldom.
const (
	wellRead = 0.85
	halfRead = 0.7
)

// nothingLater reports whether a day is the last that a document names before it came, and a recent one, no row has what rivals it, and
// its pages were read well enough to say so.
func (c *collector) nothingLater(r *reading, read postroom.Confidence, rivals func(s *sheet, row int, last string) bool) bool {
	days := c.daysSaid()
	if len(days) == 0 || !r.valid || r.other != "" || r.value != days[len(days)-1] || r.value < c.received.AddDate(0, 0, -recentLetter).Format(time.DateOnly) {
		return false
	}
	for _, s := range c.sheets {
		if s.page.Text == postroom.TextOCR && s.page.Confidence < read {
			return false
		}
		for _, d := range s.dates {
			if d.iso > c.received.AddDate(0, 0, 1).Format(time.DateOnly) && !s.foretold(d) && !s.liesAhead(d) {
				return false // misread, or not
			}
		}
		for _, l := range s.labels {
			if _, ok := s.dateOf(l); !ok && (l.label == labelLetterDate || l.label == labelTyped || l.label == labelDictated) {
				return false
			}
		}
		for i := range s.rows() {
			if rivals(s, i, r.value) {
				return false
			}
		}
	}
	return true
}

// liesAhead reports whether a day stands in running text that tells of what is to come.
func (s *sheet) liesAhead(d dateHit) bool {
	r := &s.rows()[d.row]
	cl := r.cells[r.cellAt(d.start)]
	text := r.text[cl.start:max(d.end, cl.end)]
	small := 0
	for w := range strings.FieldsSeq(text) {
		small += btoi(w == strings.ToLower(w) && letters(w) > 1)
	}
	return small >= 3 && toCome.MatchString(text) && !done.MatchString(text)
}

var (
	toCome = regexp.MustCompile(`(?i)\b(?:will|shall|next|appointment|from|until|till|due|begins?|starts?|please|booked|before)\b`)
	done   = regexp.MustCompile(`(?i)\b(?:dictated|typed|sent|signed|signature|released|checked|printed|issued|written|saw|seen|attended)\b`)
)

// unreadDay reports whether a row has what looks like a day, or what is left of one, and is none that was read.
func unreadDay(s *sheet, row int, _ string) bool {
	return len(s.unreadDays(row)) > 0
}

// unreadDays are the pieces of a row that look like a day, or what is left of one, and are none that was read.
func (s *sheet) unreadDays(row int) []string {
	var out []string
	text := s.rows()[row].shadow
	for _, m := range dayLike.FindAllStringIndex(text, -1) {
		if !slices.ContainsFunc(s.dates, func(d dateHit) bool { return d.row == row && d.iso != "" && d.start < m[1] && m[0] < d.end }) {
			from, to := m[0], m[1]
			for from > 0 && isDigit(text[from-1]) {
				from--
			}
			for to < len(text) && isDigit(text[to]) {
				to++
			}
			out = append(out, text[from:to])
		}
	}
	return out
}

// rivals reports whether a row has what may be a day between the last that was read and the document's arrival. A day and a month
// without a year ("9 February") are one of that year, and a month with a year is one as a whole; figures that are no day ("38.2.")
// are none.
func (c *collector) rivals(s *sheet, row int, last string) bool {
	at, err := time.Parse(time.DateOnly, last)
	if err != nil {
		return true
	}
	arrival := c.received.AddDate(0, 0, 1)
	between := func(from, to time.Time) bool { return to.After(at) && !from.After(arrival) }
	on := func(month, day int) bool { // in that year, or in the one in which it came
		one, other := time.Date(at.Year(), time.Month(month), day, 0, 0, 0, 0, time.UTC), time.Date(arrival.Year(), time.Month(month), day, 0, 0, 0, 0, time.UTC)
		return between(one, one) || between(other, other)
	}
	for _, m := range dayAndMonth.FindAllStringSubmatch(s.rows()[row].shadow, -1) {
		if d, m := number(m[1]), number(m[2]); d <= 31 && m <= 12 && on(m, d) {
			return true // "rang on 9/3"
		}
	}
	for _, piece := range s.unreadDays(row) {
		figures, month := strings.FieldsFunc(piece, func(r rune) bool { return r < '0' || r > '9' }), 0
		for _, w := range strings.FieldsFunc(piece, func(r rune) bool { return !unicode.IsLetter(r) }) {
			month = max(month, monthOf(w))
		}
		switch n := len(figures); {
		case month > 0 && n == 1 && len(figures[0]) <= 2:
			if number(figures[0]) > 31 || on(month, number(figures[0])) {
				return true
			}
		case month > 0 && n == 1 && len(figures[0]) == 4:
			first := time.Date(number(figures[0]), time.Month(month), 1, 0, 0, 0, 0, time.UTC)
			if between(first, first.AddDate(0, 1, -1)) {
				return true
			}
		case month == 0 && n >= 2 && len(figures[0]) <= 2 && len(figures[1]) <= 2:
			d, m := number(figures[0]), number(figures[1])
			if m > 12 || d > 31 || d == 0 || m == 0 {
				continue // a temperature, a grade
			}
			if n > 2 || on(m, d) {
				return true
			}
		default:
			return true
		}
	}
	return false
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits) // digits only, and few
	return n
}

var (
	// dayLike is a month beside a figure ("10th March", "March 26", "Sunday March 2026"), two figures like a day and a month
	// ("10.3.", "9/3"), or a year behind a stroke ("25.0.2.2026").
	dayLike = regexp.MustCompile(`\b(?i:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)(?i:uary|ruary|ch|il|e|y|ust|ember|tember|ober)?\b\.?,? ?\d|\bMay,? \d|\d(?:st|nd|rd|th)?(?: of)? (?:(?i:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)(?i:uary|ruary|ch|il|e|y|ust|ember|tember|ober)?|May)\b|\b\d{1,2}\s?[./]\s?\d{1,2}\s?[./](?:\s|$|\s?\d)|[./-]\s?20[12]\d\b`)
	// ofTheDay stands before a day on which somebody was seen or something written, and ofAnother before one that lies
	// further back, or ahead, of what the document tells.
	ofTheDay  = regexp.MustCompile(`(?i)^\W*$|\b(?:seen|attend\w*|visit\w*|contact|date|call(?:ed)?|consult\w*|clinic|review(?:ed)?|assess\w*|examin\w*|report\w*|signed|authori[sz]ed|printed|saw|arriv\w*|completed|issued|generated|typed|dictated|verified|sent|on)\b[^.;]{0,30}$`)
	ofAnother = regexp.MustCompile(`(?i)\b(?:referr\w*|referral|scan\w*|x-?ray|ct|mri|ultrasound|bloods?|sample|specimen|collected|taken|lmp|period|start\w*|received|since|until|from|due|admi\w+|discharg\w+|operat\w+|surgery|born|birth|next|previous|last|deliver(?:y|ed)|svd|rec|injur\w*|married|letter|appointment|offered|invited|expires?|hospital|echo|hba1c)\b[^.;]{0,40}$`)
)

// dayAndMonth is a day without its year, in figures.
var dayAndMonth = regexp.MustCompile(`(?:^|[ \t(,;])(\d{1,2})/(\d{1,2})(?:[ \t),;:.]|$)`)

// untilDay ends what stands before a day to come: "Open access until Thu 02 Jul 2026".
var untilDay = regexp.MustCompile(`(?i)\b(?:until|till|expir(?:y|es|ing)(?: on| date)?|valid to|next(?: appointment| review| due)?|due(?: on)?)[ :]{0,3}(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? )?$`)

// foretold reports whether the words or the label before a date say that it lies ahead.
func (s *sheet) foretold(d dateHit) bool {
	if untilDay.MatchString(strings.ReplaceAll(s.rows()[d.row].text[:d.start], "\t", " ")) {
		return true
	}
	nearest, ahead := -1, false
	for _, l := range s.labels {
		if l.row == d.row && l.end <= d.start && l.end > nearest {
			nearest, ahead = l.end, l.label == labelEDD
		}
	}
	return ahead
}

// looseDates are the days in the text of a letter that "on" introduces: weak
// readings of the day that it is about.
func (c *collector) looseDates(s *sheet) []reading {
	for _, d := range s.dates {
		before := strings.ToLower(strings.TrimRight(s.rows()[d.row].text[:d.start], " "))
		for _, day := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
			before = strings.TrimRight(strings.TrimSuffix(before, day), " ")
		}
		if (strings.HasSuffix(before, " on") || strings.HasSuffix(before, " on the")) && !strings.HasSuffix(before, "born on") && d.iso != "" {
			if !c.received.IsZero() && d.iso > c.received.Format(time.DateOnly) {
				continue
			}
			return []reading{c.dateReading(s, d, 0.7, "the first day that the letter's text names")}
		}
	}
	return nil
}

// isReference reports whether what stands before a date in its cell is a
// reference and no label of the date: "Our ref: AB/12 10/03/2026".
func (s *sheet) isReference(d dateHit, cl cell) bool {
	if d.end < cl.end-1 {
		return false
	}
	for _, l := range s.labels {
		if l.row == d.row && l.start == cl.start && l.label == labelOther {
			words := strings.Fields(strings.Trim(s.rows()[d.row].text[l.end:d.start], " :."))
			if len(words) == 2 && weekday(words[1]) {
				words = words[:1]
			}
			return len(words) == 1 && hasDigit(words[0])
		}
	}
	return false
}

func (c *collector) dateReading(s *sheet, d dateHit, strength float64, why string) reading {
	r := s.newReading(d.span, d.iso, strength, why)
	r.guessed(d)
	if d.iso == "" {
		r.valid = false
		r.value = strings.TrimSpace(s.text(d.span))
	}
	return r
}

// dateRole is the field that a labelled date belongs to, and how sure that is.
func dateRole(l label, code postroom.TypeCode) (postroom.FieldName, float64) {
	switch l {
	case labelLetterDate:
		return postroom.LetterDate, 0.97
	case labelTyped:
		return postroom.LetterDate, 0.94
	case labelDictated:
		return postroom.LetterDate, 0.72
	case labelReported:
		switch code {
		case postroom.LabReport, postroom.RadiologyReport, postroom.HistologyReport, postroom.ScreeningResult:
			return postroom.LetterDate, 0.95
		}
		return postroom.LetterDate, 0.9
	case labelPrinted:
		return postroom.LetterDate, 0.72
	case labelEvent:
		return postroom.EventDate, 0.93
	case labelAdmission:
		return postroom.AdmissionDate, 0.96
	case labelDischarge:
		return postroom.DischargeDate, 0.96
	}
	return "", 0
}

// dateInProse reads the role of a date from the words before it.
func (s *sheet) dateInProse(d dateHit) (postroom.FieldName, float64, string) {
	r := &s.rows()[d.row]
	before := r.text[:d.start]
	if len(before) < 40 && d.row > 0 {
		before = s.rows()[d.row-1].text + " " + before
	}
	before = strings.ToLower(before)
	if len(before) > 70 {
		before = before[len(before)-70:]
	}
	best, at := postroom.FieldName(""), -1
	for _, cue := range []struct {
		words string
		name  postroom.FieldName
	}{
		{"admitted", postroom.AdmissionDate}, {"admission", postroom.AdmissionDate},
		{"discharged", postroom.DischargeDate}, {"discharge", postroom.DischargeDate},
		{"in clinic", postroom.EventDate}, {"clinic on", postroom.EventDate}, {"seen on", postroom.EventDate}, {"attended", postroom.EventDate}, {"reviewed", postroom.EventDate},
		{"appointment on", postroom.EventDate}, {"operation on", postroom.EventDate}, {"performed on", postroom.EventDate}, {"assessed on", postroom.EventDate}, {"did not attend", postroom.EventDate},
		{"appointment", postroom.EventDate}, {"vaccinated on", postroom.EventDate}, {"conference on", postroom.EventDate}, {"underwent", postroom.EventDate},
		{"produced by computer on", postroom.LetterDate}, {"letter was produced on", postroom.LetterDate}, {"report was produced on", postroom.LetterDate}, {"generated on", postroom.LetterDate}, {"document created", postroom.LetterDate}, {"record created", postroom.LetterDate}, {"record closed", postroom.LetterDate},
		{"signed by", postroom.LetterDate}, {"signed electronically by", postroom.LetterDate}, {"authorised", postroom.LetterDate}, {"verified", postroom.LetterDate}, {"validated", postroom.LetterDate}, {"approved", postroom.LetterDate},
		{"completed by", postroom.LetterDate}, {"filled in by", postroom.LetterDate}, {"written by", postroom.LetterDate}, {"reported by", postroom.LetterDate},
		// Dates that are somebody else's business.
		{"letter of", ""}, {"letter dated", ""}, {"born", ""}, {"dob", ""}, {"since", ""}, {"until", ""}, {"from", ""}, {"next", ""}, {"referral", ""}, {"expir", ""}, {"review on", ""}, {"diagnosed", ""},
	} {
		if i := strings.LastIndex(before, cue.words); i > at {
			best, at = cue.name, i
		}
	}
	if best == "" || len(before)-at > 60 {
		return "", 0, ""
	}
	if signing.MatchString(before[at:]) {
		return best, 0.87, whySigned
	}
	if len(before)-at > 48 || strings.ContainsAny(before[at:], ".;") {
		return "", 0, ""
	}
	return best, 0.8, "named so in the letter's text"
}

const whySigned = "the day on which somebody signed or released it"

// signing is what stands between the beginning of such a line and its day: who it was, and nothing else.
var signing = regexp.MustCompile(`^(?:(?:signed(?: electronically)?|completed|filled in|written|reported) by|(?:authorised|verified|validated|approved)(?: electronically)?(?: by)?)(?:[ :,\t]+(?:dr|mrs?|ms|miss|prof|professor|sister|nurse)?\.?[^.;:]{0,44}?)?(?: on| at)?[ :,\t]{0,3}(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?$`)

// belowDateHead reports whether a date stands in the column of a label that
// gives it another role.
func (s *sheet) belowDateHead(d dateHit) bool {
	box, _ := s.rows()[d.row].area(d.start, d.end)
	for _, l := range s.labels {
		if l.row >= d.row || l.row < d.row-3 {
			continue
		}
		name, _ := dateRole(l.label, "")
		if name == postroom.LetterDate || name == "" && l.label != labelBirth && l.label != labelFaxDate && l.label != labelReferralDate {
			continue
		}
		at, _ := s.rows()[l.row].area(l.start, l.end)
		if at[0] < box[2] && box[0] < at[2] {
			return true
		}
	}
	return false
}

func letters(s string) int {
	n := 0
	for i := range len(s) {
		if isLetter(s[i]) {
			n++
		}
	}
	return n
}

func weekday(s string) bool {
	switch strings.ToLower(strings.Trim(s, " ,.")) {
	case "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "th", "st", "nd", "rd":
		return true
	}
	return false
}

// checkDates asks for birth <= admission <= discharge <= letter <= received + 1 day.
func (c *collector) checkDates() {
	day := func(name postroom.FieldName) (string, bool) {
		f, ok := c.fields[name]
		return f.Value, ok && f.Valid && (f.Confidence > 0.5 || c.labelled(name, f.Value))
	}
	order := []struct {
		name postroom.FieldName
		text string
	}{{postroom.BirthDate, "birth"}, {postroom.AdmissionDate, "admission"}, {postroom.DischargeDate, "discharge"}, {postroom.LetterDate, "the letter"}}
	for i := range order {
		a, ok := day(order[i].name)
		if !ok {
			continue
		}
		for k := i + 1; k < len(order); k++ {
			if b, ok := day(order[k].name); ok && b < a {
				c.conflict = append(c.conflict, "the dates contradict: "+order[k].text+" lies before "+order[i].text)
			}
		}
	}
	if c.received.IsZero() {
		return
	}
	latest := c.received.AddDate(0, 0, 1).Format(time.DateOnly)
	for _, o := range order[1:] {
		d, ok := day(o.name)
		if f := c.fields[o.name]; !ok && f.Valid && c.labelled(o.name, f.Value) {
			// A day to come makes the model doubt the label beside it, and the
			// contradiction is to be said all the same.
			d, ok = f.Value, true
		}
		if ok && d > latest {
			c.conflict = append(c.conflict, "the dates contradict: the date of "+o.text+" lies after the day on which the document came")
		}
	}
}

// labelled reports whether a label says outright that a day plays a part.
func (c *collector) labelled(name postroom.FieldName, day string) bool {
	for _, r := range c.ruledDays[name] {
		if r.value == day && r.valid && r.strength >= 0.9 {
			return true
		}
	}
	return false
}
