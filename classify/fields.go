package classify

import (
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A collector gathers the readings of a document's sheets and settles on one
// value for each field.
type collector struct {
	sheets   []*sheet
	covers   []*sheet
	config   *Config
	received time.Time
	fields   map[postroom.FieldName]postroom.Field
	subject  subject
	conflict []string
	notes    []string

	roles       *Roles
	itemsBy     *Items // nil while the parts are learned
	items       [len(listFields)][]postroom.Field
	said        map[postroom.FieldName]saying
	ruledBy     map[postroom.FieldName]ruling
	code        postroom.TypeCode // the document's type, when it is known
	days        []string          // those that daysSaid has found, and the birth date that it left out
	daysBut     string
	newest      string // the latest day that it names up to the day of its arrival, ISO 8601
	candidates  [slotCount][]candidate
	ruledDays   map[postroom.FieldName][]reading
	ruledSender map[postroom.FieldName][]reading
}

// doubt is how much of a reading's strength recognition leaves: words read
// with 0.9 and more are almost always right, those with 0.85 rather more often
// than not all of their characters.
func doubt(conf float64) float64 {
	switch {
	case conf >= 0.9:
		return 1
	case conf >= 0.85:
		return 0.96 + 0.04*(conf-0.85)/0.05
	case conf <= 0.2:
		return 0.35
	}
	return 0.35 + 0.61*(conf-0.2)/0.65
}

// settle picks the value for which most speaks. Readings of the same value
// strengthen it, readings of another weaken it.
func (c *collector) settle(list []reading, same func(a, b *reading) bool) (*reading, float64) {
	type heap struct {
		top  *reading
		miss float64 // the probability that all its readings are wrong
		best float64
	}
	var heaps []heap
	for i := range list {
		r := &list[i]
		p := r.strength * doubt(r.conf)
		if r.mended {
			p *= 0.6
		}
		if !r.valid {
			p *= 0.4
		}
		found := false
		for k := range heaps {
			if same(heaps[k].top, r) {
				heaps[k].miss *= 1 - 0.7*p
				if p > heaps[k].best {
					heaps[k].top, heaps[k].best = r, p
				}
				found = true
				break
			}
		}
		if !found {
			heaps = append(heaps, heap{r, 1 - p, p})
		}
	}
	if len(heaps) == 0 {
		return nil, 0
	}
	sort.SliceStable(heaps, func(i, j int) bool { return heaps[i].miss < heaps[j].miss })
	p := 1 - heaps[0].miss
	if len(heaps) > 1 {
		p *= 1 - 0.6*(1-heaps[1].miss)*heaps[0].miss/(heaps[0].miss+0.02)
	}
	return heaps[0].top, min(p, 0.995)
}

func sameValue(a, b *reading) bool { return a.value == b.value }

// field makes a field of a reading.
func (c *collector) field(r *reading, confidence float64) postroom.Field {
	box, _ := r.sheet.original(r.span)
	text := r.sheet.text(r.span)
	if r.more.end > r.more.start {
		rest, _ := r.sheet.original(r.more)
		box, text = box.Union(rest), text+" "+r.sheet.text(r.more)
	}
	why := r.why
	if other := r.sheet.otherText(r.span); other != "" {
		why += "; a second reading says " + other
	}
	return postroom.Field{
		Value: r.value, Text: text, Confidence: postroom.Confidence(confidence),
		Page: c.pageOf(r.sheet), Box: box, Valid: r.valid, Why: why, Proposal: r.other,
	}
}

// otherText returns what a second reading saw in a part of a row where it disagrees with
// the first one, and "" where both agree or there was none.
func (s *sheet) otherText(sp span) string {
	var out []string
	differs := false
	for _, w := range s.rows()[sp.row].wordsIn(sp.start, sp.end) {
		switch {
		case w.Other == "":
			out = append(out, w.Text)
		case !slices.Contains(out, w.Other): // it may stand with each of the words
			differs = true
			out = append(out, w.Other)
		}
	}
	if !differs {
		return ""
	}
	return strings.Join(out, " ")
}

func (c *collector) pageOf(s *sheet) int {
	for i := range c.sheets {
		if c.sheets[i] == s {
			return i + 1
		}
	}
	return 1
}

// put settles a field from its readings.
func (c *collector) put(name postroom.FieldName, list []reading) {
	if r, p := c.settle(list, sameValue); r != nil && p > 0.12 {
		c.fields[name] = c.field(r, p)
		c.found(name, r)
	}
}

// collect reads all fields of a document.
func (c *collector) collect(code postroom.TypeCode) {
	c.fields = map[postroom.FieldName]postroom.Field{}
	if code == postroom.PatientLetter {
		c.writer()
	}
	c.gather(code)
	c.numbers()
	c.births()
	c.names()
	c.identifiers()
	c.address(code)
	c.dates()
	c.sender()
	c.lists()
	c.checkDates()
}

// now bounds two-digit years when the day of arrival is not known.
func (c *collector) now() time.Time {
	if c.received.IsZero() {
		return time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return c.received
}

func (c *collector) numbers() {
	byKind := map[postroom.FieldName][]reading{}
	broken := map[string]string{}
	for _, s := range c.sheets {
		for _, n := range s.numbers {
			name := postroom.NHSNumberField
			switch n.label {
			case labelCHI:
				name = postroom.CHINumberField
			case labelHC:
				name = postroom.HCNumberField
			}
			strength, why := 0.985, "ten digits with a right check digit after the label"
			if !n.labelled {
				strength, why = 0.88, "ten digits with a right check digit, printed 3 3 4"
			}
			if !n.valid {
				why = "stands after the label, but its check digit does not hold"
				if n.mended {
					why = "stands after the label, but not all characters are digits"
				}
			}
			r := s.newReading(n.span, n.digits, strength, why)
			r.valid, r.other, r.mended, r.more = n.valid, n.proposal, n.mended, n.more
			if name == postroom.HCNumberField && n.valid {
				if _, err := postroom.ParseHC(n.digits); err != nil {
					r.valid, r.why = false, "an H&C number lies between 320 000 001x and 399 999 999x"
				}
			}
			byKind[name] = append(byKind[name], r)
			if r.valid {
				if !contains(c.subject.numbers, n.digits) {
					c.subject.numbers = append(c.subject.numbers, n.digits)
				}
			} else {
				broken[n.digits] = n.proposal
			}
		}
	}
	for digits, proposal := range broken {
		c.subject.broken = append(c.subject.broken, digits)
		if proposal != "" {
			c.subject.proposed = append(c.subject.proposed, proposal)
		}
	}
	sort.Strings(c.subject.broken)
	sort.Strings(c.subject.proposed)
	for _, name := range []postroom.FieldName{postroom.NHSNumberField, postroom.CHINumberField, postroom.HCNumberField} {
		c.put(name, byKind[name])
	}
}

// ofKin reports whether a place stands under a heading of the next of kin.
func (s *sheet) ofKin(sp span) bool {
	p, ok := s.partAt(sp.row, s.rows()[sp.row].cellAt(sp.start))
	return ok && p == partKin
}

func (c *collector) births() {
	var ruled []reading
	for _, s := range c.sheets {
		ruled = append(ruled, s.births...)
	}
	list := c.playing(slotDate, postroom.BirthDate, 0.2, ruled, 0.8, func(k *candidate, rule *reading) (reading, bool) {
		if rule == nil && (k.sheet.relative(k.row, k.start) || k.sheet.ofKin(k.span)) || k.sheet.bornOther(k.span) {
			return reading{}, false
		}
		if rule != nil && rule.span == k.span {
			return *rule, true
		}
		for _, d := range k.sheet.dates {
			if d.span == k.span {
				return k.sheet.birthReading(d, 0, whyRole(k), c.now()), true
			}
		}
		return reading{}, false
	})
	same := func(a, b *reading) bool {
		return a.value == b.value || a.other != "" && a.other == b.value || b.other != "" && b.other == a.value
	}
	r, p := c.weighed(postroom.BirthDate, list, same)
	if r == nil || p < 0.1 {
		return
	}
	// A four-digit year elsewhere settles a two-digit one.
	for i := range list {
		if o := &list[i]; r.other != "" && o.other == "" && same(r, o) {
			r, p = o, max(p, o.strength*doubt(o.conf))
		}
	}
	if r.other != "" {
		p *= 0.75
	}
	c.fields[postroom.BirthDate] = c.field(r, p)
	for i := range list {
		o := &list[i]
		if o != r && o.strength < 0.4 {
			continue // hardly the patient's
		}
		if !o.valid {
			c.subject.badBirth = true
			continue
		}
		known := false
		for k := range c.subject.births {
			b := &c.subject.births[k]
			if b.is(o.value) || o.other != "" && b.is(o.other) {
				known = true
				if o.other == "" {
					b.iso, b.other = o.value, ""
				}
			}
		}
		if !known {
			c.subject.births = append(c.subject.births, birth{o.value, o.other})
		}
	}
	c.subject.guessed = r.guess && !slices.ContainsFunc(list, func(o reading) bool { return o.valid && !o.guess && o.value == r.value && o.strength >= 0.4 })
	// A Scottish number begins with the birth date.
	if f, ok := c.fields[postroom.CHINumberField]; ok && f.Valid && r.valid {
		if _, err := postroom.ParseCHI(f.Value, r.value); err != nil {
			f.Valid, f.Why = false, "the first six digits of a CHI number are the birth date, and are not here"
			c.fields[postroom.CHINumberField] = f
			c.conflict = append(c.conflict, "the CHI number does not begin with the birth date")
		}
	}
}

func (c *collector) names() {
	var ruled []reading
	for _, s := range c.sheets {
		ruled = append(ruled, s.names...)
	}
	list := c.playing(slotName, postroom.PatientName, 0.2, ruled, 1, func(k *candidate, rule *reading) (reading, bool) {
		if rule != nil {
			return *rule, true
		}
		// Who signs a letter is not whom it is about, however alike the two places look.
		if k.sheet.signed(k.row) || k.sheet.relative(k.row, k.start) || k.sheet.related(k.row, k.end) || k.sheet.kinOf(k.row, k.start) {
			return reading{}, false
		}
		r := k.sheet.newReading(k.span, k.name.String(), 0, whyRole(k))
		r.name = k.name
		return r, true
	})
	same := func(a, b *reading) bool { return sameName(a.name, b.name) }
	for i := range list {
		if list[i].name.given == "" {
			list[i].strength = min(list[i].strength, 0.6)
		}
	}
	r, p := c.weighed(postroom.PatientName, list, same)
	if r == nil {
		return
	}
	// Of the readings of one name the fullest is shown.
	for i := range list {
		if o := &list[i]; same(r, o) && r.name.given == "" && o.name.given != "" {
			r = o
		}
	}
	if p > 0.12 {
		c.fields[postroom.PatientName] = c.field(r, p)
	}
	c.subject.names = append(c.subject.names, r.name)
	for i := range list {
		if o := &list[i]; o.announced && !signs.MatchString(o.sheet.rows()[o.row].text) && (same(r, o) || o.strength >= 0.3 && o.conf >= 0.6) {
			c.subject.announced = append(c.subject.announced, o.name)
		}
	}
	for i := range list {
		o := &list[i]
		if o.strength < 0.9 || o.conf < 0.6 || same(r, o) {
			continue
		}
		if r.strength >= 0.9 && o.name.given != "" && r.name.given != "" &&
			editDistance(likeness(nameKey(o.name.family)), likeness(nameKey(r.name.family)), 3) > 2 &&
			nameKey(o.name.family) != nameKey(r.name.given) {
			c.subject.twoNames = true
		}
		c.subject.names = append(c.subject.names, o.name)
	}
}

// signs is what stands on the row of a name with which somebody signs a form.
var signs = regexp.MustCompile(`(?i)\b(?:position|designation|job title|signature|signed)\b`)

// signed reports whether a row stands in the few lines after "Yours sincerely".
func (s *sheet) signed(row int) bool {
	for i := max(0, row-6); i < row; i++ {
		if s.isClosing(i) && s.depth(i) > 0.2 {
			return true
		}
	}
	return false
}

// writer takes the first signature of a patient's own letter for the patient's name: what is signed behind it was sent with it.
func (c *collector) writer() {
	for _, s := range c.sheets {
		found := false
		for _, r := range c.signature(s) {
			n, ok := readName(r.value)
			if !ok || n.family == "" || strings.EqualFold(n.title, "dr") || n.given == "" {
				continue
			}
			r.name, r.value, r.strength, r.why = n, n.String(), 0.85, "signs the letter"
			s.names = append(s.names, r)
			found = true
		}
		if found {
			return
		}
	}
}

// sameName compares two printings of a name: initials and missing given names
// do not part them, nor does the order.
func sameName(a, b personName) bool {
	fa, fb := likeness(nameKey(a.family)), likeness(nameKey(b.family))
	if fa != fb {
		return fa == likeness(nameKey(b.given)) && fb == likeness(nameKey(a.given))
	}
	if a.given == "" || b.given == "" {
		return true
	}
	ga, gb := nameWords(a.given), nameWords(b.given)
	return likeness(ga[0]) == likeness(gb[0]) || len(ga[0]) == 1 && ga[0] == gb[0][:1] || len(gb[0]) == 1 && gb[0] == ga[0][:1] || shortForms(ga[0], gb[0])
}

var (
	mrnPattern      = regexp.MustCompile(`^[\s:;.,#\-]*([A-Za-z$]{0,4}[/\-]?\d[\dA-Za-z/\-]{2,13}|\d{2,4} \d{2,4} \d{2,4})`)
	gmcPattern      = regexp.MustCompile(`^[\s:;.,#\-]*(\d{7})(?:\D|$)`)
	odsPattern      = regexp.MustCompile(`^[\s:;.,#\-(]*([A-Z]\d{5}|[A-Z]\d[A-Z0-9]{1,3}|[A-Z]{2}\d{3}|[A-Z0-9]{3})(?:[\s),.;]|$)`)
	postcodePattern = regexp.MustCompile(`\b(GIR ?0AA|(?:ZZ99|[A-PR-UWYZ][A-HK-Y]?[0-9][0-9A-HJKMNPRSTUVWXY]?) ?[0-9][ABD-HJLNP-UW-Z]{2})\b`)
	phonePattern    = regexp.MustCompile(`^[\s:;.,(\-]*((?:\+44|0044|0)[\d \-()]{8,15}\d)`)
)

// identifiers reads what is known by its form after its label.
func (c *collector) identifiers() {
	lists := map[postroom.FieldName][]reading{}
	for _, s := range c.sheets {
		for _, l := range s.labels {
			var name postroom.FieldName
			var pattern *regexp.Regexp
			strength := 0.93
			switch l.label {
			case labelMRN:
				name, pattern = postroom.MRN, mrnPattern
			case labelGMC:
				name, pattern = postroom.GMCNumber, gmcPattern
			case labelNPI:
				name, pattern = postroom.NPIField, regexpTen
			case labelODS:
				name, pattern = postroom.ODSCode, odsPattern
			default:
				continue
			}
			for k, sp := range append([]span{s.right(l)}, s.below(l, 1)...) {
				if k > 0 && strings.Trim(s.text(s.right(l)), " \t:;.-") != "" {
					break
				}
				text := s.rows()[sp.row].text[sp.start:sp.end]
				m := pattern.FindStringSubmatchIndex(text)
				if m == nil {
					continue
				}
				at := span{sp.row, sp.start + m[2], sp.start + m[3]}
				r := s.newReading(at, strings.TrimSpace(s.text(at)), strength, "stands after the label "+quote(s.rows()[l.row].text[l.start:l.end]))
				switch name {
				case postroom.NPIField:
					r.value = onlyDigits(r.value)
					r.valid = postroom.ValidNPI(r.value)
				case postroom.MRN:
					if strings.Contains(r.value, "$") {
						r.value, r.mended = strings.ReplaceAll(r.value, "$", "S"), true
					}
					if v, err := postroom.ParseNHSNumber(r.value); err == nil && contains(c.subject.numbers, v.Digits()) {
						continue
					}
				}
				lists[name] = append(lists[name], r)
				break
			}
		}
	}
	for _, name := range []postroom.FieldName{postroom.MRN, postroom.GMCNumber, postroom.NPIField, postroom.ODSCode} {
		c.put(name, lists[name])
	}
}

var regexpTen = regexp.MustCompile(`^[\s:;.,#\-]*(\d{10})(?:\D|$)`)
