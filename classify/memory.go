package classify

import (
	"encoding/json"
	"math"
	"sort"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A Memory is what confirmed letters taught about their senders' layouts: by
// which words a layout is known again, and where on it each field stands. It
// only helps reading: a patient whose number was read with its help still has
// to pass the strict rule.
type Memory struct {
	Layouts []*layoutMemory `json:"layouts"`
	version string
}

// A layoutMemory is one layout of one sender.
type layoutMemory struct {
	// Words stand on every first page seen, in the letterhead or as labels.
	Words  []string                         `json:"words"`
	Seen   int                              `json:"seen"`
	Places map[postroom.FieldName][]*placed `json:"places"`
}

// A placed is where a field's value stood.
type placed struct {
	Page  int     `json:"page"`            // from 0; -1 is the last of several
	Left  string  `json:"left,omitempty"`  // the words before it in its row, folded
	Above string  `json:"above,omitempty"` // the words above it, folded, when nothing stands before it
	X     float64 `json:"x"`               // as shares of the page's width and height
	Y     float64 `json:"y"`
	Words int     `json:"words"`          // how long the value was
	Text  string  `json:"text,omitempty"` // the sender's own name as it is printed, folded
	Right int     `json:"right"`
	Wrong int     `json:"wrong"`
}

const (
	leastLayoutWords = 6
	mostLayouts      = 5000
	sameLayout       = 0.7 // share of a layout's words that a page must have
	mostPlaces       = 6   // of a field in a layout
)

func newMemory() *Memory { return &Memory{} }

// Len is how many layouts are remembered.
func (m *Memory) Len() int {
	if m == nil {
		return 0
	}
	return len(m.Layouts)
}

// Version names the memory by its content; empty when it is empty.
func (m *Memory) Version() string {
	if m.Len() == 0 {
		return ""
	}
	return m.version
}

// constant are the fields whose value belongs to the sender, not to a patient.
func constant(name postroom.FieldName) bool {
	switch name {
	case postroom.SenderOrganisation, postroom.SenderDepartment, postroom.Recipient, postroom.ODSCode:
		return true
	}
	return false
}

// ofPatient are the fields that tell whose record a document belongs in.
func ofPatient(name postroom.FieldName) bool {
	switch name {
	case postroom.NHSNumberField, postroom.CHINumberField, postroom.HCNumberField, postroom.MRN, postroom.PatientName, postroom.BirthDate, postroom.Postcode:
		return true
	}
	return false
}

// layoutWords are the words by which a first page is known: those of its
// letterhead, and its labels. Words with digits and the values of the
// document's own fields are none.
func layoutWords(s *sheet, values map[postroom.FieldName]string) map[string]bool {
	own := map[string]bool{}
	for name, v := range values {
		if !constant(name) {
			for _, w := range cutWords(v) {
				own[likeness(w)] = true
			}
		}
	}
	out := map[string]bool{}
	for i := range s.rows() {
		for c, cl := range s.rows()[i].cells {
			text := s.rows()[i].cellText(c)
			top := s.depth(i) < 0.25
			if k := strings.IndexByte(text, ':'); !top && (k < 2 || k > 40) {
				continue
			} else if !top {
				text = text[:k]
			}
			_ = cl
			for _, w := range cutWords(text) {
				if len(w) < 3 || hasDigit(w) {
					continue
				}
				if w = likeness(w); !own[w] {
					out[w] = true
				}
			}
		}
	}
	return out
}

// find returns the layout that a first page has, or nil.
func (m *Memory) find(words map[string]bool) *layoutMemory {
	if m == nil {
		return nil
	}
	var best *layoutMemory
	most := 0.0
	for _, l := range m.Layouts {
		n := 0
		for _, w := range l.Words {
			if words[w] {
				n++
			}
		}
		share := float64(n) / float64(len(l.Words))
		if share < sameLayout || n < leastLayoutWords {
			continue
		}
		if score := share + 0.01*float64(min(n, 40)); score > most {
			best, most = l, score
		}
	}
	return best
}

// learn takes one confirmed document into the memory.
func (m *Memory) learn(pages []postroom.Page, values map[postroom.FieldName]string, config *Config) {
	if len(pages) == 0 || len(values) == 0 {
		return
	}
	var sheets []*sheet
	for i := range pages {
		sh := newSheet(&pages[i], i)
		sh.read(config.DateOrder == "mdy", time.Now())
		sheets = append(sheets, sh)
	}
	words := layoutWords(sheets[0], values)
	if len(words) < leastLayoutWords {
		return
	}
	l := m.find(words)
	if l == nil {
		if len(m.Layouts) >= mostLayouts {
			return
		}
		l = &layoutMemory{Places: map[postroom.FieldName][]*placed{}}
		for w := range words {
			l.Words = append(l.Words, w)
		}
		sort.Strings(l.Words)
		m.Layouts = append(m.Layouts, l)
	} else {
		var both []string
		for _, w := range l.Words {
			if words[w] {
				both = append(both, w)
			}
		}
		if len(both) >= leastLayoutWords {
			l.Words = both
		}
	}
	l.Seen++
	for _, name := range postroom.FieldNames {
		value, ok := values[name]
		if !ok || value == "" || listField(name) || name == postroom.Address || name == postroom.Urgency {
			continue
		}
		if name == postroom.SenderOrganisation && SameField(name, value, values[postroom.SenderDepartment]) {
			continue // a line such as "General Practice", which stands on other organisations' letters too
		}
		for _, p := range l.Places[name] {
			if r, ok := p.readFrom(sheets, name, config); ok {
				if SameField(name, value, r.value) {
					p.Right++
				} else {
					p.Wrong++
				}
			}
		}
		if len(l.Places[name]) >= mostPlaces {
			continue
		}
		for _, p := range places(sheets, name, value) {
			known := false
			for _, q := range l.Places[name] {
				known = known || q.Page == p.Page && q.Left == p.Left && q.Above == p.Above && q.Text == p.Text && math.Abs(q.Y-p.Y) < 0.1
			}
			if !known && len(l.Places[name]) < mostPlaces {
				l.Places[name] = append(l.Places[name], p)
			}
		}
	}
}

// settle forgets the places that were wrong as often as right, and names the memory.
func (m *Memory) settle() {
	for _, l := range m.Layouts {
		for name, list := range l.Places {
			var kept []*placed
			for _, p := range list {
				if p.Right > 2*p.Wrong {
					kept = append(kept, p)
				}
			}
			if len(kept) == 0 {
				delete(l.Places, name)
				continue
			}
			l.Places[name] = kept
		}
	}
	m.name()
}

func (m *Memory) name() {
	b, err := json.Marshal(m.Layouts)
	if err != nil {
		panic(err) // plain strings and numbers
	}
	m.version = "layouts-" + string(postroom.HashOf(b)[:8])
}

// places finds where a value stands.
func places(sheets []*sheet, name postroom.FieldName, value string) []*placed {
	var out []*placed
	for i, s := range sheets {
		for _, sp := range s.occurrences(name, value) {
			p := s.placeOf(sp)
			p.Page = i
			if i > 0 && i == len(sheets)-1 {
				p.Page = -1
			}
			if constant(name) {
				p.Text = likeness(nameKey(s.text(sp)))
			}
			if p.Left == "" && p.Above == "" && p.Text == "" {
				continue
			}
			out = append(out, p)
			if len(out) >= mostPlaces {
				return out
			}
		}
	}
	return out
}

// occurrences are the spans of a sheet that hold a value of a field.
func (s *sheet) occurrences(name postroom.FieldName, value string) []span {
	var out []span
	switch name {
	case postroom.BirthDate, postroom.LetterDate, postroom.EventDate, postroom.AdmissionDate, postroom.DischargeDate:
		for _, d := range s.dates {
			if d.iso == value || d.other == value {
				out = append(out, d.span)
			}
		}
		return out
	}
	key := likeness(nameKey(value))
	if len(key) < 3 {
		return nil
	}
	long := len(strings.Fields(value))
	for i := range s.rows() {
		type piece struct {
			key        string
			start, end int
		}
		var words []piece
		eachWord(s.rows()[i].text, func(start, end int) {
			words = append(words, piece{likeness(nameKey(s.rows()[i].text[start:end])), start, end})
		})
		for from := range words {
			text := ""
			for to := from; to < len(words) && to < from+max(long+3, 5); to++ {
				text += words[to].key
				sp := span{i, words[from].start, words[to].end}
				found := text == key
				if !found && name == postroom.PatientName && to-from+1 == long {
					found = sameWords(s.text(sp), value)
				}
				if found {
					out = append(out, sp)
				}
				if len(text) > len(key)+8 {
					break
				}
			}
		}
	}
	return out
}

// sameWords reports whether two names have the same words in any order.
func sameWords(a, b string) bool {
	wa, wb := nameWords(a), nameWords(b)
	sort.Strings(wa)
	sort.Strings(wb)
	return strings.Join(wa, " ") == strings.Join(wb, " ")
}

func (s *sheet) placeOf(sp span) *placed {
	r := &s.rows()[sp.row]
	box, _ := r.area(sp.start, sp.end)
	width := max(s.page.Frame.Width, 1)
	p := &placed{X: float64(box[0]) / float64(width), Y: s.depth(sp.row), Words: len(strings.Fields(r.text[sp.start:sp.end])), Right: 1}
	p.Left = lastWords(r.text[:sp.start], 3)
	if p.Left == "" {
		p.Above = s.above(sp.row, box[0])
	}
	return p
}

// lastWords folds the last words before a value; what looks like a value
// itself, a word with a digit, ends them.
func lastWords(text string, n int) string {
	words := strings.Fields(strings.ReplaceAll(text, "\t", " "))
	var out []string
	for i := len(words) - 1; i >= 0 && len(out) < n; i-- {
		if hasDigit(words[i]) {
			break
		}
		if w := likeness(nameKey(words[i])); w != "" {
			out = append([]string{w}, out...)
		}
	}
	return strings.Join(out, " ")
}

// above folds the first words of the cell that stands over a place.
func (s *sheet) above(row, x int) string {
	for i := row - 1; i >= 0 && i >= row-2; i-- {
		for c, cl := range s.rows()[i].cells {
			if x >= cl.box[0]-30 && x <= cl.box[2]+10 {
				words := cutWords(s.rows()[i].cellText(c))
				var out []string
				for _, w := range words {
					if hasDigit(w) || len(out) == 3 {
						break
					}
					out = append(out, likeness(w))
				}
				return strings.Join(out, " ")
			}
		}
	}
	return ""
}

// readFrom reads a field at a remembered place.
func (p *placed) readFrom(sheets []*sheet, name postroom.FieldName, config *Config) (reading, bool) {
	at := p.Page
	if at < 0 {
		at = len(sheets) - 1
	}
	if at >= len(sheets) || p.Page < 0 && at == 0 {
		return reading{}, false
	}
	s := sheets[at]
	var best reading
	found, nearest := false, 0.35
	for i := range s.rows() {
		away := math.Abs(s.depth(i) - p.Y)
		if away >= nearest {
			continue
		}
		for _, sp := range p.spans(s, i) {
			if r, ok := s.valueAt(sp, name, p, config); ok {
				best, found, nearest = r, true, away
				break
			}
		}
	}
	return best, found
}

// spans are the pieces of a row in which the value may begin.
func (p *placed) spans(s *sheet, i int) []span {
	r := &s.rows()[i]
	if p.Text != "" {
		return []span{{i, 0, len(r.text)}}
	}
	if p.Left == "" {
		var out []span
		for _, cl := range r.cells {
			x := float64(cl.box[0]) / float64(max(s.page.Frame.Width, 1))
			if math.Abs(x-p.X) < 0.06 && sameLabel(s.above(i, cl.box[0]), p.Above) {
				out = append(out, span{i, cl.start, cl.end})
			}
		}
		return out
	}
	want := strings.Fields(p.Left)
	var keys []string
	var ends []int
	eachWord(r.text, func(start, end int) {
		keys, ends = append(keys, likeness(nameKey(r.text[start:end]))), append(ends, end)
	})
	for k := len(want) - 1; k < len(keys); k++ {
		if sameLabel(strings.Join(keys[k-len(want)+1:k+1], " "), p.Left) {
			// A label before it in the row would make it another one, unless
			// more words were remembered.
			if len(want) < 3 && k >= len(want) && !hasDigit(keys[k-len(want)]) && r.cellAt(ends[k]-1) == r.cellAt(ends[k-len(want)]-1) {
				continue
			}
			return []span{{i, ends[k], len(r.text)}}
		}
	}
	return nil
}

func sameLabel(a, b string) bool {
	if a == b {
		return true
	}
	return len(b) >= 5 && editDistance(a, b, 1+len(b)/10) <= 1+len(b)/10
}

// valueAt reads a value of the field's kind at the beginning of a span.
func (s *sheet) valueAt(sp span, name postroom.FieldName, p *placed, config *Config) (reading, bool) {
	const why = "stands where letters of this sender that a person confirmed have it"
	text := s.text(sp)
	lead := len(text) - len(strings.TrimLeft(text, " \t:;.,-–_#*"))
	sp.start += lead
	if sp.start >= sp.end {
		return reading{}, false
	}
	text = s.text(sp)
	if tab := strings.IndexByte(text, '\t'); tab > 0 && p.Text == "" {
		sp.end = sp.start + tab
		text = s.text(sp)
	}
	take := func(from, to int, value string) (reading, bool) {
		if value == "" {
			return reading{}, false
		}
		return s.newReading(span{sp.row, sp.start + from, sp.start + to}, value, 0, why), true
	}
	switch name {
	case postroom.BirthDate, postroom.LetterDate, postroom.EventDate, postroom.AdmissionDate, postroom.DischargeDate:
		for _, d := range s.datesIn(sp) {
			if d.iso == "" || d.start-sp.start > 12 {
				return reading{}, false
			}
			r := s.newReading(d.span, d.iso, 0, why)
			r.other, r.mended = d.other, d.mended
			return r, !d.mended && (name != postroom.BirthDate || d.other == "")
		}
	case postroom.NHSNumberField, postroom.CHINumberField, postroom.HCNumberField:
		n := 0
		for i := 0; i < len(text) && i < 20; i++ {
			if isDigit(text[i]) {
				n++
			} else if text[i] != ' ' && text[i] != '-' {
				break
			}
			if n == 10 && (i+1 == len(text) || !isDigit(text[i+1])) {
				number, err := postroom.ParseNHSNumber(text[:i+1])
				if err != nil {
					return reading{}, false
				}
				return take(0, i+1, number.Digits())
			}
		}
	case postroom.PatientName, postroom.SenderClinician:
		n, ok := readNameAs(text, true)
		if !ok || n.family == "" || n.given == "" {
			return reading{}, false
		}
		r, ok := take(n.start, n.end, n.String())
		r.name = n
		return r, ok
	case postroom.MRN:
		if m := mrnPattern.FindStringSubmatchIndex(text); m != nil {
			return take(m[2], m[3], text[m[2]:m[3]])
		}
	case postroom.GMCNumber:
		if m := gmcPattern.FindStringSubmatchIndex(text); m != nil {
			return take(m[2], m[3], text[m[2]:m[3]])
		}
	case postroom.Postcode:
		if m := postcodePattern.FindStringIndex(text); m != nil && m[0] < 4 {
			if v, err := parsePostcode(text[m[0]:m[1]]); err == nil && !config.ownPostcode(v) {
				return take(m[0], m[1], v)
			}
		}
	case postroom.PatientPhone:
		if m := phonePattern.FindStringSubmatchIndex(text); m != nil {
			return take(m[2], m[3], normalPhone(text[m[2]:m[3]]))
		}
	default:
		if p.Text != "" {
			return s.textAt(sp, p, why)
		}
	}
	return reading{}, false
}

// textAt finds the sender's own name as it was printed before.
func (s *sheet) textAt(sp span, p *placed, why string) (reading, bool) {
	type piece struct {
		key        string
		start, end int
	}
	var words []piece
	text := s.text(sp)
	eachWord(text, func(start, end int) {
		words = append(words, piece{likeness(nameKey(text[start:end])), start, end})
	})
	limit := len(p.Text) / 10
	for from := range words {
		key := ""
		for to := from; to < len(words) && len(key) <= len(p.Text)+limit; to++ {
			key += words[to].key
			if editDistance(key, p.Text, limit) <= limit {
				at := span{sp.row, sp.start + words[from].start, sp.start + words[to].end}
				return s.newReading(at, s.text(at), 0, why), true
			}
		}
	}
	return reading{}, false
}

// remember betters what was collected by what the sender's letters taught.
func (c *collector) remember(m *Memory) {
	if m.Len() == 0 || len(c.sheets) == 0 {
		return
	}
	l := m.find(layoutWords(c.sheets[0], nil))
	if l == nil {
		return
	}
	for _, name := range postroom.FieldNames {
		var best reading
		most, proven := 0.0, false
		for _, p := range l.Places[name] {
			r, ok := p.readFrom(c.sheets, name, c.config)
			if !ok {
				continue
			}
			if v := 0.97 * float64(p.Right+1) / float64(p.Right+p.Wrong+2) * doubt(r.conf); v > most {
				best, most, proven = r, v, p.Right >= 3 && p.Wrong == 0
			}
		}
		if most < 0.5 {
			continue
		}
		c.rememberField(name, &best, most, proven)
	}
}

// rememberField takes a remembered place's reading where it is surer than what was read
// without it, or proven: a place that people have confirmed again and again tells which of two dates
// is the letter's better than what holds for letters of any sender. Who the patient is never hangs on that.
func (c *collector) rememberField(name postroom.FieldName, r *reading, sure float64, proven bool) {
	f, have := c.fields[name]
	switch {
	case have && f.Valid && SameField(name, r.value, f.Value):
		f.Confidence = postroom.Confidence(max(float64(f.Confidence), min(0.99, 1-(1-float64(f.Confidence))*(1-0.7*sure))))
		f.Why += "; " + r.why
		c.fields[name] = f
		return
	case have && f.Valid && float64(f.Confidence) >= sure && (!proven || ofPatient(name)):
		return
	}
	switch name {
	case postroom.NHSNumberField, postroom.CHINumberField, postroom.HCNumberField:
		if len(c.subject.numbers) > 0 {
			return // what was found by its label stands
		}
		c.subject.numbers = []string{r.value}
	case postroom.BirthDate:
		if len(c.subject.births) > 0 || !plausibleBirth(r.value, time.Now()) {
			return
		}
		c.subject.births = []birth{{iso: r.value}}
	case postroom.PatientName:
		if len(c.subject.names) > 0 && have {
			return
		}
		c.subject.names = []personName{r.name}
	case postroom.Postcode:
		c.subject.postcode = r.value
	}
	if have && f.Valid {
		sure *= 0.9 // somebody is wrong
	}
	c.fields[name] = c.field(r, sure)
}
