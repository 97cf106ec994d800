package classify

import (
	"math"
	"sort"
	"strings"

	"github.com/postroom/postroom"
)

// A subject is what a document says about its patient.
type subject struct {
	numbers  []string     // distinct and valid
	broken   []string     // read where a number should stand, and not valid
	proposed []string     // what the broken ones may have been
	births   []birth      // distinct
	badBirth bool         // a birth date that is none
	names    []personName // distinct, surest first
	postcode string
	phone    string
	twoNames bool // two strong, contradicting names
}

type birth struct{ iso, other string }

func (b birth) is(iso string) bool { return iso != "" && (b.iso == iso || b.other == iso) }

// match finds the document's patient by the practice's rules: a patient is
// certain only by number, birth date and name together; anything less is a
// suggestion, and what contradicts itself stops.
func (r *Register) match(d subject) postroom.Match {
	if r.Len() == 0 {
		return postroom.Match{Kind: postroom.MatchNone, Reasons: []string{"there is no list of patients to compare with"}}
	}
	m := postroom.Match{Kind: postroom.MatchNone, Candidates: r.candidates(d)}
	stop := func(reason string) postroom.Match {
		m.Kind, m.Patient, m.Conflict = postroom.MatchNone, nil, true
		m.Reasons = append(m.Reasons, reason)
		return m
	}
	hold := func(reason string) postroom.Match {
		m.Kind, m.Patient = postroom.MatchNone, nil
		m.Reasons = append(m.Reasons, reason)
		return m
	}
	switch {
	case len(d.numbers) > 1:
		return stop("two different valid patient numbers stand in one document")
	case len(d.births) > 1:
		return stop("two different birth dates of the patient stand in one document")
	case d.twoNames:
		return stop("two different patients' names stand in one document")
	}
	if len(d.numbers) == 0 {
		if len(d.broken) > 0 {
			return hold("the patient's number fails its check digit: compare it with the page, or return the document to its sender")
		}
		return r.withoutNumber(d, m)
	}

	hits := r.number[d.numbers[0]]
	switch {
	case len(hits) == 0:
		if twin := r.byNameAndBirth(d); len(twin) > 0 {
			return stop("the number is not in the practice's list, but name and birth date are those of somebody who is")
		}
		return hold("the number is valid but not in the practice's list: not our patient, return to sender")
	case len(hits) > 1:
		return stop("the number stands twice in the practice's list")
	}
	p := &r.patients[hits[0]]
	name, given := r.compareName(hits[0], d)
	sameDay, nearDay, haveDay := false, false, len(d.births) == 1
	if haveDay {
		sameDay, nearDay = d.births[0].is(p.BirthDate), nearDate(d.births[0], p.BirthDate)
	}
	suggest := func(reasons ...string) postroom.Match {
		m.Kind, m.Patient = postroom.MatchProbable, p
		m.Confidence = r.confidenceIn(m.Candidates, p, 0.97)
		m.Reasons = append(m.Reasons, reasons...)
		return m
	}
	switch {
	case haveDay && !sameDay && !nearDay:
		return stop("the number belongs to somebody with another birth date")
	case name == nameDiffers:
		return stop("the number belongs to somebody with another surname")
	case given == nameDiffers:
		return stop("the number belongs to somebody with another given name")
	case p.Deceased:
		m = suggest("the patient has died according to the practice's list: a person decides, or the document goes back to its sender")
		m.Conflict = true
		return m
	case p.Left:
		m = suggest("the patient has left the practice: return the document to its sender")
		m.Conflict = true
		return m
	case p.Restricted:
		m = suggest("access to the patient's record is restricted: a person decides")
		m.Conflict = true
		return m
	case d.badBirth && !sameDay:
		return suggest("the number is in the practice's list, but the birth date on the document is not a possible one")
	case !haveDay:
		return suggest("the number is in the practice's list, but the document gives no birth date")
	case name == nameMissing:
		return suggest("number and birth date agree with the practice's list, but the name was not found")
	case nearDay && !sameDay:
		return suggest("the number is in the practice's list; the birth date agrees only in part")
	case name == nameNear:
		return suggest("number and birth date agree with the practice's list; the surname agrees only in part")
	case given == nameNear:
		return suggest("number, birth date and surname agree with the practice's list; the given name agrees only in part")
	case r.twinOf(hits[0]):
		m = suggest("somebody else in the practice's list has the same birth date, surname and postcode (a twin?)")
		m.Conflict = true
		return m
	}
	m.Kind, m.Patient = postroom.MatchExact, p
	m.Confidence = r.confidenceIn(m.Candidates, p, 0.999)
	m.Reasons = []string{"the patient's number passes its check digit and is in the practice's list; birth date and surname agree, the given name does not contradict"}
	return m
}

// withoutNumber suggests the one patient with the document's surname, given
// name and birth date.
func (r *Register) withoutNumber(d subject, m postroom.Match) postroom.Match {
	hits := r.byNameAndBirth(d)
	if len(hits) > 1 && d.postcode != "" {
		var there []int32
		for _, id := range hits {
			if postcodeKey(r.patients[id].Postcode) == postcodeKey(d.postcode) {
				there = append(there, id)
			}
		}
		if len(there) == 1 {
			hits = there
		}
	}
	switch {
	case len(hits) > 1:
		m.Conflict = true
		m.Reasons = []string{"two people in the practice's list fit the name and birth date"}
		return m
	case len(hits) == 0:
		switch {
		case len(d.births) == 0 && len(d.names) == 0:
			m.Reasons = []string{"the document names no patient that could be read"}
		case len(d.births) == 0:
			m.Reasons = []string{"the document gives no number and no birth date, and a name alone is not enough"}
		case len(d.names) == 0:
			m.Reasons = []string{"the document gives no number and no name that could be read"}
		default:
			m.Reasons = []string{"the document gives no number, and nobody in the practice's list has this name and birth date"}
		}
		return m
	}
	p := &r.patients[hits[0]]
	m.Kind, m.Patient = postroom.MatchProbable, p
	m.Confidence = r.confidenceIn(m.Candidates, p, 0.9)
	m.Reasons = []string{"the document gives no number; surname, given name and birth date fit exactly one person in the practice's list"}
	if d.postcode != "" && postcodeKey(d.postcode) == postcodeKey(p.Postcode) {
		m.Reasons = []string{"the document gives no number; surname, given name, birth date and postcode fit exactly one person in the practice's list"}
	}
	switch {
	case p.Deceased, p.Left, p.Restricted:
		m.Conflict = true
		m.Reasons = append(m.Reasons, "the practice's list marks this person as deceased, left or restricted")
	case r.twinOf(hits[0]):
		m.Conflict = true
		m.Reasons = append(m.Reasons, "somebody else in the practice's list has the same birth date, surname and postcode (a twin?)")
	}
	return m
}

// byNameAndBirth returns the patients whose surname and birth date are the
// document's and whose given name is compatible.
func (r *Register) byNameAndBirth(d subject) []int32 {
	if len(d.births) != 1 || len(d.names) == 0 {
		return nil
	}
	days := []string{d.births[0].iso}
	if d.births[0].other != "" {
		days = append(days, d.births[0].other)
	}
	var out []int32
	for _, day := range days {
		for _, id := range r.birth[day] {
			if family, given := r.compareName(id, d); family == nameEqual && given == nameEqual && d.names[0].given != "" {
				out = append(out, id)
			}
		}
	}
	return out
}

type agreement int

const (
	nameMissing agreement = iota
	nameDiffers
	nameNear
	nameEqual
)

// compareName compares the document's name with a patient's: surname (with
// previous names) and given name.
func (r *Register) compareName(id int32, d subject) (family, given agreement) {
	if len(d.names) == 0 {
		return nameMissing, nameMissing
	}
	n := d.names[0]
	f, g := compareNames(n, &r.patients[id])
	if f != nameEqual && n.given != "" {
		// Without capitals or a comma the order of a printed name is a guess.
		turned := personName{family: n.given, given: n.family}
		if tf, tg := compareNames(turned, &r.patients[id]); tf == nameEqual && tg == nameEqual {
			return tf, tg
		}
		// "Anna Maria Lopez Garcia": the family name may be the last two words.
		if words := strings.Fields(n.given); len(words) > 1 {
			longer := personName{family: words[len(words)-1] + " " + n.family, given: strings.Join(words[:len(words)-1], " ")}
			if lf, lg := compareNames(longer, &r.patients[id]); lf == nameEqual {
				return lf, lg
			}
		}
	}
	return f, g
}

func compareNames(n personName, p *postroom.Patient) (family, given agreement) {
	key := nameKey(n.family)
	family = nameDiffers
	for _, name := range append([]string{p.Family}, p.OtherNames...) {
		other := nameKey(name)
		if other == "" {
			continue
		}
		if key == other {
			family = nameEqual
			break
		}
		if len(key) >= 3 && len(other) >= 3 && key[:3] == other[:3] || likeness(key) == likeness(other) {
			family = nameNear
		}
	}
	given = compareGiven(n.given, p.Given)
	if family == nameNear && given != nameMissing && first(nameKey(n.given)) != first(nameKey(p.Given)) {
		family = nameDiffers // the rule asks for the initial as well
	}
	return family, given
}

// compareGiven says whether two given names contradict: initials, short
// forms and further names do not.
func compareGiven(a, b string) agreement {
	ka, kb := nameKey(a), nameKey(b)
	if ka == "" || kb == "" {
		return nameMissing
	}
	if ka == kb {
		return nameEqual
	}
	wa, wb := nameWords(a), nameWords(b)
	fa, fb := wa[0], wb[0]
	switch {
	case fa == fb, ka == fb, fa == kb:
		return nameEqual
	case len(fa) == 1 && fa == fb[:1], len(fb) == 1 && fb == fa[:1]:
		return nameEqual
	case shortForms(fa, fb):
		return nameEqual
	case likeness(fa) == likeness(fb):
		return nameNear
	case len(fa) >= 5 && len(fb) >= 5 && nearlyEqual(fa, fb):
		return nameNear // one character misread or misspelled
	case len(fa) >= 4 && len(fb) >= 4 && (strings.HasPrefix(fa, fb) || strings.HasPrefix(fb, fa)):
		return nameNear
	}
	for _, x := range wa {
		for _, y := range wb {
			if len(x) > 2 && x == y {
				return nameNear // known by a middle name
			}
		}
	}
	return nameDiffers
}

func nameWords(s string) []string {
	var out []string
	for w := range strings.FieldsSeq(strings.NewReplacer("-", " ", ".", " ").Replace(s)) {
		if k := nameKey(w); k != "" {
			out = append(out, k)
		}
	}
	if len(out) == 0 {
		return []string{nameKey(s)}
	}
	return out
}

// shortNames are groups of given names that are used for each other.
var shortNames = func() map[string][]int {
	m := map[string][]int{}
	for i, line := range strings.Split(`elizabeth liz lizzie beth betty eliza lisa libby bess
margaret maggie peggy meg marge madge rita
catherine katherine kathryn kate katie cathy kathy kath cath
william bill will billy willie liam
robert bob rob bobby robbie bert
richard rick dick rich ricky
james jim jimmy jamie
john jack johnny jon
jonathan jon jonny
michael mike mick micky
thomas tom tommy
david dave davy
edward ed ted eddie teddy ned
edwin ed eddie
charles charlie chuck chas
joseph joe joey
anthony tony antony
andrew andy drew
christopher chris kit
christine chris christina chrissie tina
daniel dan danny
matthew matt
nicholas nick nicky nicolas
stephen steve steven
peter pete
philip phil phillip
patrick pat paddy
patricia pat patty tricia trish
timothy tim
samuel sam sammy
samantha sam
benjamin ben
alexander alex alec sandy al
alexandra alex sandra
alan allan allen al
albert bert al
alfred alf fred
frederick fred freddie
george georgie
gerald gerry jerry
gillian gill jill jillian
geoffrey geoff jeffrey jeff
gregory greg
harold harry
henry harry hal
kenneth ken kenny
lawrence larry laurence
leonard len lenny
raymond ray
ronald ron ronnie
susan sue susie suzanne
deborah debbie deb debra
barbara barb babs
dorothy dot dottie
florence flo
frances fran frankie
francis frank
jennifer jen jenny jennie
jacqueline jackie jacqui
janet jan
jessica jess jessie
josephine jo josie
judith judy
kimberly kim
mary molly polly maria
mohammed mohammad muhammad mohamed mohamad
pamela pam
penelope penny
rebecca becky becca
sarah sally sara
theresa teresa terry tess
terence terry
victoria vicky vicki tori
virginia ginny
winifred win winnie
amanda mandy
ann anne anna annie
angela angie
caroline carol carrie
dennis denis
eleanor ellie nell nora
ellen nell ellie
emily em emma
isabel isabella bella isobel
martin marty
maureen mo
natalie nat
abigail abby
zachary zac zach
walter wally walt
douglas doug
donald don donny
derek del
graham grahame graeme`, "\n") {
		for w := range strings.FieldsSeq(line) {
			m[w] = append(m[w], i)
		}
	}
	return m
}()

func shortForms(a, b string) bool {
	for _, x := range shortNames[a] {
		for _, y := range shortNames[b] {
			if x == y {
				return true
			}
		}
	}
	return false
}

// nearDate reports whether two of the three parts agree, or day and month are
// exchanged.
func nearDate(b birth, iso string) bool {
	for _, d := range []string{b.iso, b.other} {
		if len(d) != 10 || len(iso) != 10 {
			continue
		}
		if datesDiffer(d, iso) <= 1 || d[:4] == iso[:4] && d[5:7] == iso[8:] && d[8:] == iso[5:7] {
			return true
		}
	}
	return false
}

// confidenceIn is the probability that the patient is meant, by the weights of
// all candidates, and never above limit.
func (r *Register) confidenceIn(list []postroom.Candidate, p *postroom.Patient, limit float64) postroom.Confidence {
	for _, c := range list {
		if c.Patient.ID == p.ID && c.Patient.Number == p.Number {
			return min(c.Confidence, postroom.Confidence(limit))
		}
	}
	return postroom.Confidence(min(limit, 0.5))
}

// candidates ranks the patients who may be meant by the weight of the evidence
// (Fellegi and Sunter, A Theory for Record Linkage, 1969): each field adds the
// logarithm of how much likelier its agreement is for the right patient than
// for a chance one.
func (r *Register) candidates(d subject) []postroom.Candidate {
	ids := map[int32]bool{}
	take := func(list []int32) {
		if len(list) <= 400 {
			for _, id := range list {
				ids[id] = true
			}
		}
	}
	for _, n := range d.numbers {
		take(r.number[n])
	}
	for _, n := range append(append([]string(nil), d.broken...), d.proposed...) {
		take(r.number[n])
		for _, near := range nearNumbers(n) {
			take(r.number[near])
		}
	}
	if len(d.numbers) == 1 && len(r.number[d.numbers[0]]) == 0 {
		for _, near := range nearNumbers(d.numbers[0]) {
			take(r.number[near])
		}
	}
	for _, b := range d.births {
		take(r.birth[b.iso])
		take(r.birth[b.other])
	}
	for i, n := range d.names {
		if i > 1 {
			break
		}
		initial := first(nameKey(n.given))
		take(r.family[nameKey(n.family)+initial])
		take(r.sound[sound(nameKey(n.family))+initial])
	}
	if d.phone != "" {
		take(r.phone[phoneKey(d.phone)])
	}
	if d.postcode != "" {
		take(r.postcode[postcodeKey(d.postcode)])
	}
	type weighed struct {
		id     int32
		weight float64
		why    []string
	}
	prior := -math.Log2(float64(len(r.patients)) + 1)
	var list []weighed
	for id := range ids {
		w, why := r.weigh(id, d)
		if w+prior > -6 && w > 4 {
			list = append(list, weighed{id, w + prior, why})
		}
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].weight != list[j].weight {
			return list[i].weight > list[j].weight
		}
		return list[i].id < list[j].id
	})
	if len(list) > 5 {
		list = list[:5]
	}
	total := 1.0 // nobody in the list
	for _, c := range list {
		total += math.Exp2(min(c.weight, 60))
	}
	var out []postroom.Candidate
	for _, c := range list {
		out = append(out, postroom.Candidate{
			Patient:    r.patients[c.id],
			Confidence: postroom.Confidence(min(math.Exp2(min(c.weight, 60))/total, 0.999)),
			Why:        c.why,
		})
	}
	return out
}

func (r *Register) weigh(id int32, d subject) (float64, []string) {
	p := &r.patients[id]
	w := 0.0
	var why []string
	say := func(weight float64, reason string) {
		w += weight
		why = append(why, reason)
	}
	if p.Number != "" {
		switch {
		case contains(d.numbers, p.Number):
			say(16, "the number agrees")
		case contains(d.proposed, p.Number):
			say(10, "the number agrees but for a misread digit")
		case nearAny(d.broken, p.Number):
			say(9, "the number agrees but for one digit or two exchanged ones")
		case nearAny(d.numbers, p.Number):
			say(2, "the number differs in one digit or two exchanged ones")
		case len(d.numbers) > 0:
			say(-8, "the number differs")
		}
	}
	if len(d.births) > 0 && p.BirthDate != "" {
		exact, near := false, false
		for _, b := range d.births {
			exact = exact || b.is(p.BirthDate)
			near = near || nearDate(b, p.BirthDate)
		}
		switch {
		case exact:
			say(13, "the birth date agrees")
		case near:
			say(4, "the birth date agrees in part")
		default:
			say(-7, "the birth date differs")
		}
	}
	if len(d.names) > 0 {
		family, given := r.compareName(id, d)
		switch family {
		case nameEqual:
			say(9, "the surname agrees")
		case nameNear:
			say(4, "the surname agrees in part")
		case nameDiffers:
			if sound(nameKey(d.names[0].family)) == sound(r.keys[id].family) {
				say(2, "the surname sounds alike")
			} else {
				say(-5, "the surname differs")
			}
		}
		switch given {
		case nameEqual:
			say(6, "the given name agrees")
		case nameNear:
			say(3, "the given name agrees in part")
		case nameDiffers:
			say(-5, "the given name differs")
		}
	}
	if d.postcode != "" && p.Postcode != "" {
		if postcodeKey(d.postcode) == postcodeKey(p.Postcode) {
			say(9, "the postcode agrees")
		} else {
			say(-1.5, "the postcode differs")
		}
	}
	if k := phoneKey(d.phone); k != "" && k == phoneKey(p.Phone) {
		say(9, "the telephone number agrees")
	}
	return w, why
}

// nearNumbers are the numbers that a misread digit or two exchanged
// neighbours would make.
func nearNumbers(n string) []string {
	if len(n) != 10 || onlyDigits(n) != n {
		return nil
	}
	var out []string
	b := []byte(n)
	for i := range b {
		was := b[i]
		for c := byte('0'); c <= '9'; c++ {
			if c != was {
				b[i] = c
				out = append(out, string(b))
			}
		}
		b[i] = was
		if i+1 < len(b) && b[i] != b[i+1] {
			b[i], b[i+1] = b[i+1], b[i]
			out = append(out, string(b))
			b[i], b[i+1] = b[i+1], b[i]
		}
	}
	return out
}

func nearAny(list []string, n string) bool {
	for _, x := range list {
		if len(x) == len(n) && nearlyEqual(x, n) {
			return true
		}
	}
	return false
}
