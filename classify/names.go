package classify

import (
	"regexp"
	"strings"
)

// A personName is a name taken apart.
type personName struct {
	title      string
	given      string
	family     string
	start, end int // in the text that was read
	tail       int // where reading stopped, behind a title in brackets
}

// String is the normal form of a name: the given names, then the family name,
// spelled as they are printed, without title.
func (n personName) String() string { return strings.TrimSpace(n.given + " " + n.family) }

var titles = set("mr mrs ms miss master dr prof professor rev revd reverend sir dame lady lord mx fr father sr sister capt captain major col mstr baby")

var particles = set("de van der von da la le du del di bin bint al el ap st ten ter dos den")

// notNames are words that never are part of a name but stand next to names on
// forms and letters.
var notNames = set(`date dob nhs no number born hospital address tel telephone phone mobile sex gender male female age years year old
 patient name surname forename forenames given family first last details title department clinic consultant doctor ward dear re regarding the and of to from for in on at with by
 this that is was were has have had be been not a an gp practice surgery centre center medical health trust foundation general report letter summary discharge referral
 result results urgent fax page pages ref our your mrn chi unit d.o.b ref. hosp postcode post code road street avenue lane close drive court house way crescent
 place gardens terrace grove park hill view flat nee aka who whom seen reviewed attended admitted diagnosis history medication allergies plan copy cc
 yours sincerely faithfully specimen sample requested reported date: january february march april june july august september october november december
 pupil student employee tenant
 occupation religion ethnicity marital status email interpreter next kin relationship verified known unknown none n/a na nil usual registered dr. consultant:
 thank you referring please would i he she his her they their it as your our we me my who's lives resident appointment confidential private
 frcs mrcp frcp mrcgp mbbs mbchb md phd ba bsc mrcpsych frcr frcpath rgn rmn msc frca mrcs frcog mrcog frcophth frcpch mrcpch frcem mrcem dm bm mb chb fds bds rn srn do mch frcgp ma
 surgeon physician psychiatrist paediatrician radiologist radiographer pathologist histopathologist cardiologist anaesthetist optometrist paramedic practitioner record
 nurse midwife physiotherapist pharmacist administrator secretary registrar specialist team service services manager officer signature signed print designation role`)

// alsoNames are words of that list that are surnames as well: behind a label
// or a given name they are taken for one.
var alsoNames = set(`ward close court house way park hill view flat road street avenue lane drive crescent place gardens terrace grove march may april june august
 first last given family private single english day may nurse page male`)

// opensFamily are particles that are no given names.
var opensFamily = set("de der von du del da di dos ap bin bint st")

func set(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}

// A namePiece is one word of a possible name.
type namePiece struct {
	text       string
	start, end int
	comma      bool // a comma follows
	caps       bool
	ends       bool // something that ends a name follows
}

// readName reads a name at the beginning of text. It stops at the first word
// that is none.
func readName(text string) (personName, bool) { return readNameAs(text, false) }

// readNameAs is readName; labelled says that a label announces the name, so
// that ordinary words may be part of it.
func readNameAs(text string, labelled bool) (personName, bool) {
	var pieces []namePiece
	var n personName
	at := 0
	for at < len(text) && strings.IndexByte(" :;.,-–_\t*'\"|[(", text[at]) >= 0 && len(pieces) == 0 {
		at++
	}
	for at < len(text) && len(pieces) < 6 {
		for at < len(text) && text[at] == ' ' {
			at++
		}
		start := at
		for at < len(text) && !strings.ContainsRune(" \t,;:()[]/_|", rune(text[at])) {
			at++
		}
		word := strings.TrimRight(text[start:at], ".")
		// A comma is read as a full stop: "Waddington. Miss Susan".
		stopForComma := len(pieces) == 0 && len(word) > 2 && strings.HasSuffix(text[start:at], ".") && titleAhead.MatchString(text[at:])
		if at == start {
			if at < len(text) && (text[at] == '(' || text[at] == '[') {
				// "(Mr)" belongs to the name, anything else ends it.
				if end := strings.IndexAny(text[at:], ")]"); end > 0 && titles[strings.ToLower(strings.Trim(text[at+1:at+end], ". "))] {
					n.title = strings.Trim(text[at+1:at+end], ". ")
					at += end + 1
					if len(pieces) > 0 {
						continue
					}
				}
			}
			break
		}
		lower := strings.ToLower(word)
		if titles[lower] && len(pieces) == 0 {
			if lower == "baby" || n.title == "" {
				n.title = word
			}
			continue
		}
		if titles[lower] && len(pieces) > 0 {
			if n.title == "" {
				n.title = word
			}
			if at < len(text) && text[at] == ',' {
				at++
			}
			if lower == "mr" || lower == "mrs" || lower == "ms" || lower == "miss" || lower == "dr" || lower == "master" {
				if pieces[len(pieces)-1].comma {
					continue // "SMITH, Mr John"
				}
				break // "SMITH John Mr"
			}
		}
		if i := withCapitalI(word); i != "" && (labelled || n.title != "" || len(pieces) > 0) {
			word, lower = i, strings.ToLower(i)
		}
		if labelled && len(pieces) == 0 {
			if i := misreadGiven(word, text[at:]); i != "" {
				word, lower = i, strings.ToLower(i)
			}
		}
		if labelled && len(pieces) > 0 {
			if i := misreadFamily(word, strings.Trim(text[at:], " .,") == ""); i != "" {
				word, lower = i, strings.ToLower(i)
			}
		}
		if !nameLike(word) && !(labelled && misreadName(word)) && !(labelled && (len(pieces) > 0 || n.title != "" || at < len(text) && text[at] == ',' && allCaps(word)) && alsoNames[lower] && word != lower) {
			break
		}
		p := namePiece{text: word, start: start, end: start + len(word), caps: allCaps(word)}
		if stopForComma {
			p.comma = true
		} else if at < len(text) && text[at] == ',' {
			p.comma = true
			at++
		} else if at < len(text) && text[at] != ' ' {
			p.ends = true
		}
		pieces = append(pieces, p)
		if p.ends {
			break
		}
		if p.comma && commas(pieces) > 1 {
			break
		}
	}
	n.tail = min(at, len(text))
	return arrange(n, pieces)
}

var titleAhead = regexp.MustCompile(`^ (?:Mr|Mrs|Ms|Miss|Dr|Master|Mstr)\b\.? [A-Z]`)

func commas(pieces []namePiece) int {
	n := 0
	for _, p := range pieces {
		if p.comma {
			n++
		}
	}
	return n
}

// arrange tells the family name from the given names.
func arrange(n personName, pieces []namePiece) (personName, bool) {
	// A comma after the last word, or after a second part, is punctuation.
	for i := range pieces {
		if pieces[i].comma && i == len(pieces)-1 {
			pieces[i].comma = false
		}
	}
	if len(pieces) == 0 {
		return n, false
	}
	n.start, n.end = pieces[0].start, pieces[len(pieces)-1].end
	join := func(ps []namePiece) string {
		var parts []string
		for _, p := range ps {
			parts = append(parts, p.text)
		}
		return strings.Join(parts, " ")
	}
	for i := range pieces {
		if pieces[i].comma {
			// "SMITH, John": but "John SMITH, Flat 2" ends at the comma.
			if i > 0 && !pieces[0].caps && pieces[i].caps {
				n.end = pieces[i].end
				return arrange(n, pieces[:i+1])
			}
			if i > 0 && !pieces[i].caps && !particles[strings.ToLower(pieces[0].text)] {
				for k := range pieces[:i+1] {
					pieces[k].comma = false
				}
				return arrange(n, pieces[:i+1])
			}
			n.family, n.given = join(pieces[:i+1]), join(pieces[i+1:])
			return n, true
		}
	}
	if len(pieces) == 1 {
		n.family = pieces[0].text
		return n, n.title != ""
	}
	caps := 0
	for _, p := range pieces {
		if p.caps && len(p.text) > 1 {
			caps++
		}
	}
	if caps > 0 && caps < len(pieces) {
		// The capitals are the family name, wherever they stand.
		if pieces[0].caps && len(pieces[0].text) > 1 {
			i := 0
			for i < len(pieces) && pieces[i].caps && len(pieces[i].text) > 1 {
				i++
			}
			n.family, n.given = join(pieces[:i]), join(pieces[i:])
			return n, true
		}
		i := len(pieces)
		for i > 0 && pieces[i-1].caps && len(pieces[i-1].text) > 1 {
			i--
		}
		if i < len(pieces) {
			for i > 1 && particles[strings.ToLower(pieces[i-1].text)] {
				i--
			}
			n.given, n.family = join(pieces[:i]), join(pieces[i:])
			return n, true
		}
	}
	i := len(pieces) - 1
	for i > 1 && particles[strings.ToLower(pieces[i-1].text)] {
		i--
	}
	if i == 1 && n.title != "" && len(pieces) == 2 && opensFamily[strings.ToLower(pieces[0].text)] {
		i = 0 // "Ms De Souza"
	}
	n.given, n.family = join(pieces[:i]), join(pieces[i:])
	return n, true
}

// withCapitalI returns a name whose capital I was read as the like letter that
// no name begins with, "lan", "lrene" or "lonescu", as it is printed, or "".
func withCapitalI(w string) string {
	i := capitalI(w)
	if i == "" {
		return ""
	}
	switch rest := w[1:]; {
	case strings.IndexByte("bcdfgkmnpqrstvwxz", rest[0]) >= 0, len(rest) > 4 && vowelI.MatchString(rest):
		return i
	case rest == "an" || rest == "ain" || rest == "oana" || rest == "ona" || rest == "yer" || rest == "yengar":
		return i
	}
	return ""
}

// vowelI is how names go on behind a capital I that is followed by a vowel, and words behind an l hardly do: Ionescu, Iordache.
var vowelI = regexp.MustCompile(`^o(?:n[^dge]|ne[^lr]|rdach)`)

// capitalI returns a word that begins with what a capital I may be read as with it, or "".
func capitalI(w string) string {
	if len(w) < 3 || w[0] != 'l' && w[0] != '|' && w[0] != '1' || strings.ToLower(w[1:]) != w[1:] {
		return ""
	}
	for i := 1; i < len(w); i++ {
		if !isLetter(w[i]) {
			return ""
		}
	}
	return "I" + w[1:]
}

// misreadFamily mends the last word of a labelled name: "Arthur johnson" has a capital that is
// shaped as the small letter is, "Pate!" ends with an l. Empty when nothing is to mend.
func misreadFamily(w string, last bool) string {
	if len(w) < 4 || notNames[strings.ToLower(strings.TrimRight(w, "!|"))] {
		return ""
	}
	mended := w
	if c := w[len(w)-1]; c == '!' || c == '|' {
		mended = w[:len(w)-1] + "l"
	}
	for i := range len(mended) {
		if !isLetter(mended[i]) {
			return ""
		}
	}
	if last && strings.IndexByte("cijkopsuvwxyz", mended[0]) >= 0 && strings.ToLower(mended) == mended {
		mended = strings.ToUpper(mended[:1]) + mended[1:]
	}
	if mended == w {
		return ""
	}
	return mended
}

// misreadGiven mends the first word of a labelled name, "imogen Chapple", of which the capital I was read as a small one, before another
// word with a capital. Empty when nothing is to mend.
func misreadGiven(w, rest string) string {
	next := strings.TrimLeft(rest, " ")
	if len(w) < 4 || w[0] != 'i' || next == "" || next == rest || !isUpper(next[0]) || notNames[w] || w == "infant" {
		return ""
	}
	if known, _ := lexiconWord(w); known || titles[strings.ToLower(strings.TrimRight(strings.Fields(next)[0], "."))] {
		return ""
	}
	for i := range len(w) {
		if w[i] < 'a' || w[i] > 'z' {
			return ""
		}
	}
	return strings.ToUpper(w[:1]) + w[1:]
}

// misreadName allows one digit among the letters of a labelled name: it stays
// as it was read.
func misreadName(w string) bool {
	digits := 0
	for i := range len(w) {
		if isDigit(w[i]) {
			digits++
		} else if !isLetter(w[i]) && w[i] != '-' && w[i] != '\'' {
			return false
		}
	}
	return digits == 1 && len(w) >= 4 && isUpper(w[0])
}

// nameLike reports whether a word can be part of a name as it is printed.
func nameLike(w string) bool {
	if len(w) == 1 && isUpper(w[0]) {
		return true // an initial
	}
	if w == "" || len(w) > 24 || notNames[strings.ToLower(w)] {
		return false
	}
	letters := 0
	for i, r := range w {
		switch {
		case r == '\'' || r == '’' || r == '-' || r == '.' || r == '`':
		case r >= '0' && r <= '9':
			return false
		case r >= 'A' && r <= 'Z' || r >= 0xC0 && r < 0x250:
			letters++
		case r >= 'a' && r <= 'z':
			if i == 0 && !particles[w] {
				return false
			}
			letters++
		default:
			return false
		}
	}
	return letters > 0
}

func allCaps(w string) bool {
	lower, upper := 0, 0
	for i := range len(w) {
		if w[i] >= 'a' && w[i] <= 'z' {
			lower++
		}
		if isUpper(w[i]) {
			upper++
		}
	}
	return upper > 0 && (lower == 0 || lower == 1 && upper > 2 && (strings.HasPrefix(w, "Mc") || strings.HasPrefix(w, "O'"))) || strings.HasPrefix(w, "Mac") && upper > 3
}

// nameKey folds a name for comparison: capitals, no accents, no hyphen, space
// or apostrophe.
func nameKey(s string) string {
	var b strings.Builder
	for _, r := range plain(s) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
	}
	return b.String()
}
