package classify

import (
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// gather finds the candidates of every slot on all sheets, with the rules' own
// readings as part of what is known of them.
func (c *collector) gather(code postroom.TypeCode) {
	c.code = code
	c.ruledDays = c.ruledDates(code)
	c.ruledSender = c.ruledSenders(code)
	newest, latest := "", ""
	if !c.received.IsZero() {
		latest = c.received.AddDate(0, 0, 1).Format(time.DateOnly)
	}
	for _, s := range c.sheets {
		for _, d := range s.dates {
			if d.iso > newest && (latest == "" || d.iso <= latest) {
				newest = d.iso
			}
		}
	}
	c.newest = newest
	var births, names []reading
	of := func(list []reading, s *sheet) []reading {
		var out []reading
		for i := range list {
			if list[i].sheet == s {
				out = append(out, list[i])
			}
		}
		return out
	}
	dayFields := []postroom.FieldName{postroom.LetterDate, postroom.EventDate, postroom.AdmissionDate, postroom.DischargeDate}
	add := func(s slot, list []candidate) {
		if c.roles != nil {
			c.ask(s, list)
			if s == slotLine {
				list = slices.DeleteFunc(list, c.unlikely)
			}
		}
		c.candidates[s] = append(c.candidates[s], list...)
	}
	for order, s := range c.sheets {
		births, names = s.births, s.names
		byRule := map[postroom.FieldName][]reading{}
		for _, name := range dayFields {
			byRule[name] = of(c.ruledDays[name], s)
		}
		for _, name := range []postroom.FieldName{postroom.SenderClinician, postroom.Recipient, postroom.SenderOrganisation, postroom.SenderDepartment} {
			byRule[name] = of(c.ruledSender[name], s)
		}
		days := s.dayCandidates(order, c.received, newest)
		for i := range days {
			f := featureBag(days[i].x)
			ruled(&f, days[i].span, postroom.BirthDate, births)
			for _, name := range dayFields {
				ruled(&f, days[i].span, name, byRule[name])
			}
			days[i].x = f
		}
		people := s.nameCandidates(order)
		for i := range people {
			f := featureBag(people[i].x)
			ruled(&f, people[i].span, postroom.PatientName, names)
			for _, name := range []postroom.FieldName{postroom.SenderClinician, postroom.Recipient} {
				ruled(&f, people[i].span, name, byRule[name])
			}
			people[i].x = f
		}
		lines := s.lineCandidates(order, c.config)
		for i := range lines {
			f := featureBag(lines[i].x)
			for _, name := range []postroom.FieldName{postroom.SenderOrganisation, postroom.SenderDepartment} {
				ruled(&f, lines[i].span, name, byRule[name])
			}
			lines[i].x = f
		}
		add(slotDate, days)
		add(slotName, people)
		add(slotLine, lines)
		c.findItems(s, order)
		add(slotCode, s.codeCandidates(order, c.config))
	}
}

// unlikely reports whether a line behind the first page is one that neither the model nor a rule takes for a sender's: a long letter has
// many of them.
func (c *collector) unlikely(k candidate) bool {
	if k.sheet == c.sheets[0] || k.p[1] >= leastSender/4 || k.p[2] >= leastSender/4 {
		return false
	}
	for _, name := range []postroom.FieldName{postroom.SenderOrganisation, postroom.SenderDepartment} {
		for i := range c.ruledSender[name] {
			if r := &c.ruledSender[name][i]; r.sheet == k.sheet && r.row == k.row && r.start < k.end && k.start < r.end {
				return false
			}
		}
	}
	return true
}

// ask has the model judge candidates. Their features, which take most of their room, are not
// needed any more then.
func (c *collector) ask(s slot, list []candidate) {
	for i := range list {
		k := &list[i]
		k.p, k.x = c.roles.probabilities(s, k.x), nil
	}
}

// playing are readings of the candidates that may play a part, each as strong
// as the model says. value makes the reading of a candidate; readings of the
// rules that no candidate covers come along with a share of their strength.
func (c *collector) playing(s slot, name postroom.FieldName, least float64, rules []reading, share float64, value func(k *candidate, rule *reading) (reading, bool)) []reading {
	at := roleAt(s, name)
	var out []reading
	covered := make([]bool, len(rules))
	for i := range c.candidates[s] {
		k := &c.candidates[s][i]
		var rule *reading
		for j := range rules {
			if r := &rules[j]; r.sheet == k.sheet && r.row == k.row && r.start < k.end && k.start < r.end {
				covered[j] = true
				if rule == nil || r.strength > rule.strength {
					rule = r
				}
			}
		}
		p := k.p[at]
		if rule != nil && rule.strength > 0.5 {
			// What a label says is kept, though not as sure, where the model has
			// never seen the like.
			kept := 0.55
			if rule.why == whyLetterhead { // no label says it
				kept = 0.25
			}
			p = max(p, kept*rule.strength)
		}
		if p < least {
			continue
		}
		r, ok := value(k, rule)
		if !ok {
			continue
		}
		r.strength, r.ruled = p, 0
		if rule != nil {
			r.ruled = rule.strength
		}
		out = append(out, r)
	}
	for j, r := range rules {
		if !covered[j] {
			r.ruled = r.strength
			r.strength *= share
			out = append(out, r)
		}
	}
	return out
}

// Labels such as "Discharge date" say outright which day stands behind them, and no letter means another by them. Where nothing
// else has a claim to be it, plainLabel is how sure that is, however strange the letter's look is to the model.
const plainLabel = 0.9

func plainly(name postroom.FieldName, r *reading, other float64) bool {
	switch name {
	case postroom.EventDate, postroom.AdmissionDate, postroom.DischargeDate:
		return r.valid && r.ruled >= 0.93 && other < 0.3
	}
	return false
}

// weighed picks the value for which most speaks and how sure that is: that it is
// right and the next best is not, against the reverse and against neither.
func (c *collector) weighed(name postroom.FieldName, list []reading, same func(a, b *reading) bool) (*reading, float64) {
	type heap struct {
		top        *reading
		miss, best float64
	}
	var heaps []heap
	for i := range list {
		r := &list[i]
		p := min(r.strength, 0.998)
		if !r.valid {
			p *= 0.5
		}
		found := false
		for k := range heaps {
			if same(heaps[k].top, r) {
				heaps[k].miss *= 1 - 0.8*p
				if q := p * doubt(r.conf); q > heaps[k].best {
					heaps[k].top, heaps[k].best = r, q
				}
				found = true
				break
			}
		}
		if !found {
			heaps = append(heaps, heap{r, 1 - p, p * doubt(r.conf)})
		}
	}
	if len(heaps) == 0 {
		return nil, 0
	}
	sort.SliceStable(heaps, func(i, j int) bool { return heaps[i].miss < heaps[j].miss })
	one, two := 1-heaps[0].miss, 0.0
	if len(heaps) > 1 {
		two = 1 - heaps[1].miss
	}
	p := one * (1 - two) / (one*(1-two) + two*(1-one) + (1-one)*(1-two) + 1e-9)
	top := heaps[0].top
	p = c.surely(name, top, p, two)
	if plainly(name, top, two) {
		p = max(p, plainLabel)
	}
	p *= doubt(top.conf)
	switch {
	case top.mended && name == postroom.LetterDate && strokesOnly.MatchString(top.sheet.text(top.span)):
		p *= 0.8
	case top.mended:
		p *= 0.7
	}
	return top, min(p, 0.985)
}

// strokesOnly is an ordinal of which only ones were read as letters; an S may be a 5 or an 8.
var strokesOnly = regexp.MustCompile(`^[\dIil|!]{1,2} ?[\dIil|!]?(?:st|nd|rd|th)\b`)

// surely is the confidence that readings give a field, before recognition's own doubt; other is what the readings of the next best
// value say together.
func (c *collector) surely(name postroom.FieldName, top *reading, p, other float64) float64 {
	last := name == postroom.LetterDate && other < 0.5 && len(c.sheets) <= mostLooked &&
		top.sheet.mayBeOwn(top.span) && c.nothingLater(top, halfRead, c.rivals)
	if c.said != nil { // while the calibration is fitted
		c.said[name] = saying{top.value, p, last}
	}
	return c.roles.sure(name, p, last)
}

// A saying is what readings say of a field together.
type saying struct {
	value string
	p     float64
	last  bool // a letter's date that nothing contradicts
}

// choose settles a field from its readings.
func (c *collector) choose(name postroom.FieldName, list []reading, same func(a, b *reading) bool, least float64) {
	if r, p := c.weighed(name, list, same); r != nil && p > least {
		c.fields[name] = c.field(r, p)
		c.found(name, r)
	}
}

// whyRole says how a candidate without a rule's reading was found.
func whyRole(k *candidate) string {
	r := &k.sheet.rows()[k.row]
	cl := r.cells[r.cellAt(k.start)]
	left := strings.TrimSpace(r.text[min(cl.start, k.start):k.start])
	if left == "" {
		if i := r.cellAt(k.start); i > 0 {
			left = strings.TrimSpace(r.cellText(i - 1))
		}
	}
	words := strings.Fields(left)
	if n := len(words); n > 0 && !hasDigit(left) {
		// Labels are no patient data, but what stands left may be a name: only
		// words that the lexicon knows are repeated.
		known := true
		for _, w := range words[max(0, n-3):] {
			id, _ := lexiconWord(w)
			known = known && id
		}
		if known {
			return "stands after " + quote(strings.Join(words[max(0, n-3):], " "))
		}
	}
	return "by its place and the words around it"
}

func lexiconWord(w string) (known, exact bool) {
	for _, piece := range cutWords(w) {
		if id, _ := words().find(piece); id < 0 {
			return false, false
		}
	}
	return true, true
}

// dayReading is the reading of a date candidate.
func (c *collector) dayReading(k *candidate, rule *reading) (reading, bool) {
	if rule != nil && rule.span == k.span {
		return *rule, true
	}
	for _, d := range k.sheet.dates {
		if d.span == k.span {
			return c.dateReading(k.sheet, d, 0, whyRole(k)), true
		}
	}
	return reading{}, false
}

// personReading is the reading of a clinician or addressee: with the title, as printed.
func (c *collector) personReading(k *candidate, rule *reading) (reading, bool) {
	why := whyRole(k)
	if rule != nil {
		why = rule.why
	}
	sp := k.span
	if t := k.name.title; t != "" {
		r := &k.sheet.rows()[k.row]
		if i := strings.LastIndex(r.text[max(0, k.start-14):k.start], t); i >= 0 {
			sp.start = max(0, k.start-14) + i
		}
	}
	return k.sheet.newReading(sp, strings.TrimSpace(k.sheet.text(sp)), 0, why), true
}
