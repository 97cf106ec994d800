package classify

import (
	"strings"

	"github.com/postroom/postroom"
)

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
