package classify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// Config is what sorting needs to know about the practice.
type Config struct {
	// PracticeNames are the names under which letters reach the practice; they
	// are the recipient's and never the sender's.
	PracticeNames []string `yaml:"practice_names"`
	// PracticeCodes are the practice's ODS codes.
	PracticeCodes []string `yaml:"practice_codes"`
	// PracticePostcodes are the postcodes of its surgeries.
	PracticePostcodes []string `yaml:"practice_postcodes"`
	// DateOrder is "dmy" (the default, day first) or "mdy".
	DateOrder string `yaml:"date_order"`
	// UnknownBelow is the confidence below which a type is "unknown"; 0 means 0.35.
	UnknownBelow float64 `yaml:"unknown_below"`
	// UrgentResults are from where on a laboratory result wants a person at
	// once, by test; they stand in place of the built-in limits of that test.
	UrgentResults map[string]Limit `yaml:"urgent_results"`
}

// Check returns a Problem for a setting that cannot be.
func (c *Config) Check() error {
	bad := func(reason, hint string) error {
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: reason, Hint: hint}
	}
	switch c.DateOrder {
	case "", "dmy", "mdy":
	default:
		return bad("date_order is neither dmy nor mdy", "write dmy for day first, as in the UK, or mdy for month first")
	}
	if c.UnknownBelow < 0 || c.UnknownBelow >= 1 {
		return bad("unknown_below is not between 0 and 1", "leave it out for the default, 0.35")
	}
	if err := c.checkResults(); err != nil {
		return err
	}
	for _, p := range c.PracticePostcodes {
		if _, err := parsePostcode(p); err != nil {
			return bad("practice_postcodes holds something that is no UK postcode", "write them like AB1 2DE")
		}
	}
	return nil
}

// own reports whether text names the practice.
func (c *Config) own(text string) bool {
	key := likeness(nameKey(text))
	if key == "" {
		return false
	}
	for _, n := range c.PracticeNames {
		if k := likeness(nameKey(n)); len(k) > 3 && strings.Contains(key, k) {
			return true
		}
	}
	return false
}

func (c *Config) ownPostcode(normal string) bool {
	for _, p := range c.PracticePostcodes {
		if postcodeKey(p) == postcodeKey(normal) {
			return true
		}
	}
	return false
}

func (c *Config) ownPostcodeIn(text string) bool {
	key := postcodeKey(text)
	for _, p := range c.PracticePostcodes {
		if strings.Contains(key, postcodeKey(p)) {
			return true
		}
	}
	return false
}

// A Sorter makes documents of pages. It may be used by any number of
// goroutines.
type Sorter struct {
	config   Config
	register *Register
	model    *Model
	roles    *Roles
	items    *Items
	urgency  *Urgency
	memory   *Memory // of senders' layouts; may be nil
}

// New returns a Sorter. A nil register is an empty one: nobody is matched.
func New(config Config, register *Register) (*Sorter, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	if config.UnknownBelow == 0 {
		config.UnknownBelow = 0.35
	}
	model, err := ShippedModel()
	if err != nil {
		return nil, fmt.Errorf("read the model of the program: %w", err)
	}
	roles, err := ShippedRoles()
	if err != nil {
		return nil, fmt.Errorf("read the roles of the program: %w", err)
	}
	items, err := ShippedItems()
	if err != nil {
		return nil, fmt.Errorf("read the model of items of the program: %w", err)
	}
	urgency, err := ShippedUrgency()
	if err != nil {
		return nil, fmt.Errorf("read the model of urgency of the program: %w", err)
	}
	return &Sorter{config: config, register: register, model: model, roles: roles, items: items, urgency: urgency}, nil
}

// WithUrgency returns a Sorter like s that tells urgent sentences by another model.
func (s *Sorter) WithUrgency(m *Urgency) *Sorter {
	other := *s
	other.urgency = m
	return &other
}

// WithRoles returns a Sorter like s that tells parts by another model.
func (s *Sorter) WithRoles(m *Roles) *Sorter {
	other := *s
	other.roles = m
	return &other
}

// WithItems returns a Sorter like s that finds the items of lists by another model.
func (s *Sorter) WithItems(m *Items) *Sorter {
	other := *s
	other.items = m
	return &other
}

// WithModel returns a Sorter that uses another model.
func (s *Sorter) WithModel(m *Model) *Sorter {
	c := *s
	c.model = m
	return &c
}

// WithRegister returns a Sorter that uses another list of patients.
func (s *Sorter) WithRegister(r *Register) *Sorter {
	c := *s
	c.register = r
	return &c
}

// Model is the version of what sorts; every record names it.
func (s *Sorter) Model() string {
	v := rulesVersion + "+" + s.roles.Version() + "+" + s.items.Version() + "+" + s.urgency.Version() + "+" + s.model.Version()
	if m := s.memory.Version(); m != "" {
		v += "+" + m
	}
	return v
}

// rulesVersion changes with the cues and the rules.
const rulesVersion = "rules-2"

// Input is what is sorted: the pages of one message that could be read, in the
// order of its attachments.
type Input struct {
	Message postroom.Message
	Pages   postroom.Pages
	// Received bounds dates; the message's own time when zero.
	Received time.Time
}

// Sort makes documents of pages. Indexes in the result are those of in.Pages;
// each appears in one Document's Pages or in one PageFate. The only errors are
// those of ctx and of loading a page.
func (s *Sorter) Sort(ctx context.Context, in Input) (postroom.Sorted, error) {
	return s.sort(ctx, in, postroom.ManyPages)
}

func (s *Sorter) sort(ctx context.Context, in Input, holds int) (postroom.Sorted, error) {
	received := in.Received
	if received.IsZero() {
		received = in.Message.Received
	}
	now := received
	if now.IsZero() {
		now = time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC) // only bounds two-digit years
	}
	f, err := s.openSheaf(ctx, in.Pages, now, holds)
	if err != nil {
		return postroom.Sorted{}, err
	}
	out := postroom.Sorted{Model: s.Model()}
	groups, err := f.split(ctx, s.roles)
	if err != nil {
		return postroom.Sorted{}, err
	}
	for _, g := range groups {
		if err := ctx.Err(); err != nil {
			return postroom.Sorted{}, fmt.Errorf("sort document: %w", err)
		}
		its := append(slices.Clip(g.covers), g.sheets...)
		if err := f.open(its...); err != nil {
			return postroom.Sorted{}, err
		}
		if err := whole(func() { out.Documents = append(out.Documents, s.document(g, received)) }); err != nil {
			return postroom.Sorted{}, err
		}
		f.close(its...)
	}
	s.countPages(f.sheets, groups, in.Message.Pages, out.Documents)
	for _, sh := range f.sheets {
		fate := postroom.PageFate{Page: sh.index}
		switch sh.role {
		case roleBlank:
			fate.Fate, fate.Reason = postroom.FateBlank, "nothing is written on it"
		case roleSeparator:
			fate.Fate, fate.Reason = postroom.FateSeparator, "it is a separator sheet"
		case roleReport:
			fate.Fate, fate.Reason = postroom.FateJunk, "it is a fax machine's report that a fax went well"
		case roleCover:
			fate.Fate, fate.Reason = postroom.FateCover, "it is a fax cover sheet"
		default:
			continue
		}
		out.Others = append(out.Others, fate)
	}
	return out, nil
}

// document says everything about one group of sheets.
func (s *Sorter) document(g *group, received time.Time) postroom.Document {
	d := postroom.Document{SplitWhy: g.why, Notes: g.notes, Confidence: postroom.Confidence(g.conf)}
	for _, sh := range g.sheets {
		d.Pages = append(d.Pages, sh.index)
	}
	told := false
	for _, c := range g.covers {
		d.Covers = append(d.Covers, c.index)
		if c.message() {
			told = true
			d.Notes = append(d.Notes, fmt.Sprintf("the cover sheet (page %d of the message) says more than who sends what: read it, at the desk under Pages", c.index+1))
		}
	}
	ev := weigh(g.sheets)
	var maybe postroom.TypeCode
	d.Type, maybe = s.guessType(g.sheets, ev)

	c := &collector{sheets: g.sheets, covers: g.covers, config: &s.config, received: received, roles: s.roles, itemsBy: s.items}
	c.collect(d.Type.Code)
	c.remember(s.memory)
	c.support()
	if d.Type.Code == postroom.Junk {
		if len(c.subject.numbers) == 0 && len(c.subject.births) == 0 && len(c.subject.broken) == 0 && !clinicalWords(ev) && !told {
			d.Junk = true
		}
		// Advertising that names a patient is none.
		d.Type.Code = postroom.UnknownType
		if !d.Junk {
			d.Type.Why = []string{"it reads like advertising, but names a patient"}
		}
	}
	d.Fields, d.Conflicts = c.fields, c.conflict
	d.Notes = append(d.Notes, c.notes...)
	if !d.Junk {
		c.nameFromRegister(s.register)
		d.Fields = c.fields
		d.Match = s.register.match(c.subject)
		if d.Match.Kind == postroom.MatchExact {
			if why := c.anotherPerson(s.register, s.register.indexOf(d.Match.Patient), d.Type.Code); why != "" {
				d.Match.Kind, d.Match.Conflict, d.Match.Reasons = postroom.MatchProbable, true, []string{why}
				d.Match.Confidence = min(d.Match.Confidence, 0.97)
			}
		}
		s.confirm(&d, c)
	} else {
		d.Match = postroom.Match{Kind: postroom.MatchNone}
	}
	year := written(d.Fields[postroom.LetterDate], received)
	for _, sh := range slices.Concat(g.sheets, g.covers) {
		sh.year = year
	}
	adult := isAdult(d.Fields[postroom.BirthDate], received)
	if a := urgentIn(g.sheets, d.Type.Code, "", adult, &s.config, s.urgency); !s.urgency.calm(a, d.Type.Code) {
		d.UrgentWhy = a.why
	}
	if len(g.covers) > 0 {
		d.UrgentWhy = append(d.UrgentWhy, urgentIn(g.covers, "", "the cover sheet", adult, &s.config, s.urgency).why...)
	}
	if urgentByType(d.Type.Code) {
		t, _ := postroom.TypeOf(d.Type.Code)
		d.UrgentWhy = append(d.UrgentWhy, "documents of the type "+quote(t.Title)+" are urgent by nature")
	}
	if t, ok := postroom.TypeOf(maybe); ok && !urgentByType(d.Type.Code) {
		d.UrgentWhy = append(d.UrgentWhy, "it may be of the type "+quote(t.Title)+", which is urgent by nature")
	}
	if d.Junk {
		d.UrgentWhy = nil
	}
	d.Urgent = len(d.UrgentWhy) > 0
	d.Return = returned(&d, g.sheets, received)
	for _, sh := range g.sheets {
		switch {
		case sh.role == roleUnread:
			d.Notes = append(d.Notes, fmt.Sprintf("no word could be read on page %d of the document", c.pageOf(sh)))
		case !sh.legible():
			d.Notes = append(d.Notes, fmt.Sprintf("hardly a word on page %d of the document is one: it may be upside down or ruined, and may belong to another", c.pageOf(sh)))
		}
	}
	d.Fingerprint = fingerprintOf(g.sheets)
	return d
}

// written is the year of a document: of its date where that is known, else of the day it came.
func written(date postroom.Field, received time.Time) int {
	if t, err := time.Parse(time.DateOnly, date.Value); err == nil && date.Valid && date.Confidence >= 0.7 {
		return t.Year()
	}
	if received.IsZero() {
		return 0 // nothing is known to be past
	}
	return received.Year()
}

// guessType names the type, with the words that decided. maybe is a type that
// is urgent by nature and cannot be ruled out.
func (s *Sorter) guessType(sheets []*sheet, ev evidence) (guess postroom.TypeGuess, maybe postroom.TypeCode) {
	codes, p := s.model.join(ev.scores, features(sheets))
	c := best(p)
	most := 0.1
	for i, v := range evenly(codes, p) { // that a type is rare rules out none that is urgent
		if v > most && urgentByType(codes[i]) {
			maybe, most = codes[i], v
		}
	}
	words := 0
	for i := 0; i < len(sheets) && words < 4; i++ {
		words += len(sheets[i].tokens())
	}
	if words < 4 {
		return postroom.TypeGuess{Code: postroom.UnknownType, Confidence: 0.9, Why: []string{"hardly a word can be read"}}, ""
	}
	if p[c] < s.config.UnknownBelow {
		return postroom.TypeGuess{
			Code: postroom.UnknownType, Confidence: postroom.Confidence(1 - p[c]),
			Why: []string{"it could be " + string(codes[c]) + ", but too little speaks for it"},
		}, maybe
	}
	g := postroom.TypeGuess{Code: codes[c], Confidence: postroom.Confidence(p[c])}
	if c < len(ev.why) {
		g.Why = strongest(ev.why[c], 6)
	}
	if len(g.Why) < 4 {
		for _, w := range s.model.decisive(sheets, codes[c], 6) {
			if len(g.Why) < 6 && !contains(g.Why, w) {
				g.Why = append(g.Why, w)
			}
		}
	}
	return g, maybe
}

// clinicalWords reports whether some type other than advertising has strong
// evidence.
func clinicalWords(ev evidence) bool {
	junk := classOf(postroom.Junk)
	for c, v := range ev.scores {
		if c != junk && v > 0.7*ev.scores[junk] {
			return true
		}
	}
	return false
}

// confirm raises the confidence of what the register agrees with: a number, a
// birth date and a name that were read apart and belong to one person are
// hardly misread.
func (s *Sorter) confirm(d *postroom.Document, c *collector) {
	if d.Match.Kind != postroom.MatchExact && d.Match.Kind != postroom.MatchProbable || d.Match.Patient == nil {
		return
	}
	raise := func(name postroom.FieldName, agrees bool) {
		if f, ok := d.Fields[name]; ok && f.Valid && agrees {
			f.Confidence = max(f.Confidence, min(0.995, 1-(1-f.Confidence)*0.1))
			f.Why += "; agrees with the practice's list"
			d.Fields[name] = f
		}
	}
	p := d.Match.Patient
	id := s.register.indexOf(p)
	number := contains(c.subject.numbers, p.Number)
	day := len(c.subject.births) == 1 && c.subject.births[0].is(p.BirthDate)
	family, given := nameMissing, nameMissing
	if id >= 0 {
		family, given = s.register.compareName(id, c.subject)
	}
	name := family == nameEqual && given != nameDiffers
	if f, ok := d.Fields[postroom.BirthDate]; ok && day && f.Proposal == p.BirthDate && f.Value != p.BirthDate && number {
		// The list decides between the two readings of a two-digit year.
		f.Value, f.Proposal = p.BirthDate, f.Value
		d.Fields[postroom.BirthDate] = f
	}
	if agreed := btoi(number) + btoi(day) + btoi(name); agreed < 2 {
		return
	}
	for _, n := range []postroom.FieldName{postroom.NHSNumberField, postroom.CHINumberField, postroom.HCNumberField} {
		if f, ok := d.Fields[n]; ok {
			raise(n, f.Value == p.Number)
		}
	}
	raise(postroom.BirthDate, day && !c.subject.guessed)
	raise(postroom.PatientName, family == nameEqual && given == nameEqual)
	if f, ok := d.Fields[postroom.Postcode]; ok {
		raise(postroom.Postcode, postcodeKey(f.Value) == postcodeKey(p.Postcode))
	}
}

func (r *Register) indexOf(p *postroom.Patient) int32 {
	for _, id := range r.number[p.Number] {
		if &r.patients[id] == p {
			return id
		}
	}
	for _, id := range r.birth[p.BirthDate] {
		if &r.patients[id] == p {
			return id
		}
	}
	return -1
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// countPages compares the pages that came with the pages that the mail, the
// cover sheet and the fax header announce, and notes what is missing on every
// document that may lack them.
func (s *Sorter) countPages(sheets []*sheet, groups []*group, announced int, docs []postroom.Document) {
	if len(docs) == 0 {
		return
	}
	last := len(docs) - 1
	noteAll := func(text string) {
		for i := range docs {
			docs[i].Notes = append(docs[i].Notes, text)
		}
	}
	if announced > 0 && announced != len(sheets) {
		noteAll(fmt.Sprintf("the mail announces %d pages, %d could be read", announced, len(sheets)))
	}
	for i, g := range groups {
		for _, cv := range g.covers {
			told := cv.cover
			if told.pages == 0 {
				continue
			}
			// The cover speaks of everything up to the next cover.
			came := 0
			for k := i; k < len(groups); k++ {
				if k > i && len(groups[k].covers) > 0 {
					break
				}
				came += len(groups[k].sheets)
			}
			blank := 0
			for _, sh := range sheets {
				if sh.role == roleBlank || sh.role == roleSeparator || sh.role == roleReport {
					blank++
				}
			}
			if told.including {
				came++
			}
			if withZeros(told.pages) == came {
				continue
			}
			if told.pages != came && told.pages != came+blank && told.pages != came-1 {
				docs[i].Notes = append(docs[i].Notes, fmt.Sprintf("the cover sheet announces %d pages, %d came", told.pages, came))
			} else if told.pages == came-1 && !told.including {
				docs[i].Notes = append(docs[i].Notes, fmt.Sprintf("the cover sheet announces %d pages, %d came", told.pages, came))
			}
		}
	}
	// The fax header of each transmission.
	of, seen, guessed := 0, map[int]bool{}, true
	for _, sh := range sheets {
		if sh.header.of > 0 {
			if of != 0 && sh.header.of != of || seen[sh.header.n] {
				return // several transmissions: nothing certain can be said
			}
			of = sh.header.of
			seen[sh.header.n] = true
			guessed = guessed && sh.headerGuessed
		}
	}
	if of > 0 && !guessed && len(seen) < of && len(sheets) < of {
		lost := of - len(sheets)
		text := fmt.Sprintf("the fax header counts %d pages, %d came", of, of-lost)
		if !contains(docs[last].Notes, text) {
			noteAll(text)
		}
	}
}
