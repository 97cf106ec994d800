package lstm

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
)

// A Char is a character that was read.
type Char struct {
	Text string
	// X is where it is surest, in pixels of the line as it was handed over.
	X float64
	// Sure is the probability that the network gives it there.
	Sure float64
}

// A Word is a run of characters between spaces.
type Word struct {
	Chars []Char
	// Known tells that the model's dictionary has the word, without the punctuation around it.
	Known bool
	// Space is how sure the network is of the space before the word, 1 for the first.
	Space float64
	// From and To are where the spaces around it are surest, in pixels of the line;
	// 0 and the line's width at its ends.
	From, To float64
}

// Text returns the word's characters.
func (w Word) Text() string {
	var b strings.Builder
	for _, c := range w.Chars {
		b.WriteString(c.Text)
	}
	return b.String()
}

// A View is what the network saw in a line.
type View struct {
	width   int
	columns []column
}

// Look has the network look at the lines, whose height is the model's.
func (m *Model) Look(lines []Line) ([]View, error) {
	in := make([]pixels, len(lines))
	for i, l := range lines {
		in[i] = normalise(l, m.Height())
	}
	columns, err := m.engine.run(in)
	if err != nil {
		return nil, err
	}
	out := make([]View, len(lines))
	for i := range out {
		out[i] = View{in[i].width, columns[i]}
	}
	return out, nil
}

// Words returns the most likely text of a view.
func (m *Model) Words(v View) []Word {
	s := search{m: m}
	out := s.read(v.columns)
	if n := len(out); n > 0 {
		out[n-1].To = float64(v.width)
	}
	return out
}

// Together returns the mean of views of pictures of the same line, of the same width: what they agree in.
func Together(views ...View) View {
	out := View{views[0].width, make([]column, len(views[0].columns))}
	weight := 1 / float32(len(views))
	type share struct {
		class uint16
		prob  float32
	}
	var all []share
	for t := range out.columns {
		all = all[:0]
		for _, v := range views {
			if t >= len(v.columns) {
				continue
			}
			for k, c := range v.columns[t].class {
				p := v.columns[t].prob[k] * weight
				if p == 0 {
					break
				}
				if i := slices.IndexFunc(all, func(s share) bool { return s.class == c }); i >= 0 {
					all[i].prob += p
				} else {
					all = append(all, share{c, p})
				}
			}
		}
		slices.SortStableFunc(all, func(a, b share) int { return cmp.Compare(b.prob, a.prob) })
		for k, s := range all[:min(top, len(all))] {
			out.columns[t].class[k], out.columns[t].prob[k] = s.class, s.prob
		}
	}
	return out
}

// beam is how many readings of a line are followed at the same time.
const beam = 10

// unlikely is the probability below which a class is not tried.
const unlikely = 1e-3

// ruled is how likely a bar is a character: pages have more ruled lines than bars. So is
// a small l behind two capitals, which is a capital I in fonts that draw both alike.
const ruled = 0.1

// abrupt is how likely a character begins in the very column after another: the network
// keeps them apart, and where it does not it wavers between two readings of the same one.
const abrupt = 0.2

// A word that the dictionary does not have has to be surer than one that it has: its probability
// counts with this exponent, and by so much less for each character. Names, and what faxes are about, are
// often not in it, so it decides only where the network sees more than one reading.
const (
	strange       = 2
	strangeLetter = 0.4
)

// A search finds the most likely text of a line: a prefix beam search over the network's
// columns (A. Graves, "Sequence transduction with recurrent neural networks", 2012,
// for outputs of connectionist temporal classification), with a preference for known words.
type search struct {
	m     *Model
	nodes []node
	live  []int32
	scale float64 // the logarithm of what probabilities have been divided by so far
}

// A node is a text, by its last character and the node before.
type node struct {
	parent, child, sibling int32
	class                  uint16
	at                     int32   // the column where the last character is surest
	sure                   float32 // and how sure it is there
	word                   wordState

	// The probabilities of all ways to this text that end in the character (full) and
	// after it (empty), at the column before and at this one.
	full, empty         float64
	nextFull, nextEmpty float64
	stamp               int32 // the column for which nextFull and nextEmpty hold

	factor float64 // what the dictionary says of all its words but the last
	began  float64 // the logarithm of the text's probability where the last word began
	length int32   // of the last word
}

func (s *search) read(columns []column) []Word {
	s.nodes = append(s.nodes[:0], node{parent: -1, child: -1, sibling: -1, empty: 1, factor: 1, class: math.MaxUint16, word: s.m.begin(), stamp: -1})
	s.live = append(s.live[:0], 0)
	s.scale = 0
	null := uint16(s.m.charset.null)
	var next []int32
	for t := range columns {
		c := &columns[t]
		stamp := int32(t)
		next = next[:0]
		touch := func(i int32) *node {
			n := &s.nodes[i]
			if n.stamp != stamp {
				n.stamp, n.nextFull, n.nextEmpty = stamp, 0, 0
				next = append(next, i)
			}
			return n
		}
		for _, i := range s.live {
			full, empty, class := s.nodes[i].full, s.nodes[i].empty, s.nodes[i].class
			for k := range c.class {
				p := float64(c.prob[k])
				if p < unlikely {
					break
				}
				x := c.class[k]
				if s.m.charset.text[x] == "|" || s.capitalsBefore(i, x) {
					p *= ruled
				}
				switch {
				case x == null:
					touch(i).nextEmpty += p * (full + empty)
				case x == class:
					n := touch(i)
					n.nextFull += p * full
					if float32(p) > n.sure {
						n.sure, n.at = float32(p), stamp
					}
					if empty*p > 1e-12 {
						j := s.extend(i, x, stamp, float32(p))
						touch(j).nextFull += p * empty
					}
				case s.m.charset.text[x] != "":
					j := s.extend(i, x, stamp, float32(p))
					touch(j).nextFull += p * (abrupt*full + empty)
				}
			}
		}
		// Keep the best, and bring their sum to 1, so that long lines don't fade away.
		s.live = s.best(next)
		var sum float64
		for _, i := range s.live {
			sum += s.nodes[i].nextFull + s.nodes[i].nextEmpty
		}
		if sum == 0 {
			// Only classes of no character are likely: as if there was nothing.
			for _, i := range s.live {
				n := &s.nodes[i]
				n.full, n.empty = 0, n.full+n.empty
			}
			continue
		}
		s.scale += math.Log(sum)
		for _, i := range s.live {
			n := &s.nodes[i]
			n.full, n.empty = n.nextFull/sum, n.nextEmpty/sum
		}
	}
	best, score := int32(0), -1.0
	for _, i := range s.live {
		n := &s.nodes[i]
		if p := (n.full + n.empty) * n.factor * n.doubt(n.word.end, s.scale+math.Log(n.full+n.empty)); p > score {
			best, score = i, p
		}
	}
	return s.words(best)
}

// capitalsBefore reports whether the class is a small l, and two capitals stand before it.
func (s *search) capitalsBefore(i int32, class uint16) bool {
	if s.m.charset.text[class] != "l" || s.nodes[i].length < 2 {
		return false
	}
	for range 2 {
		if r := []rune(s.m.charset.text[s.nodes[i].class])[0]; !unicode.IsUpper(r) {
			return false
		}
		i = s.nodes[i].parent
	}
	return true
}

// extend returns the node for the text of node i with one more character.
func (s *search) extend(i int32, class uint16, t int32, p float32) int32 {
	for j := s.nodes[i].child; j >= 0; j = s.nodes[j].sibling {
		if s.nodes[j].class == class {
			if n := &s.nodes[j]; p > n.sure && t-n.at < 8 {
				n.sure, n.at = p, t
			}
			return j
		}
	}
	from := &s.nodes[i]
	n := node{parent: i, child: -1, sibling: from.child, class: class, at: t, sure: p, stamp: -1, factor: from.factor}
	if int(class) == s.m.charset.space {
		now := s.scale + math.Log(from.full+from.empty)
		n.factor *= from.doubt(from.word.end, now)
		n.word, n.began = s.m.begin(), now
		n.word.code = from.word.code.beyond()
	} else {
		n.word, n.began, n.length = s.m.follow(from.word, s.m.charset.text[class]), from.began, from.length+1
	}
	j := int32(len(s.nodes))
	s.nodes = append(s.nodes, n)
	s.nodes[i].child = j
	return j
}

// best returns the most likely nodes. Words that can't become known ones count for less
// from where that shows, so that they don't crowd the others out.
func (s *search) best(nodes []int32) []int32 {
	var kept [beam]int32
	var scores [beam]float64
	n := 0
	for _, i := range nodes {
		x := &s.nodes[i]
		p := x.nextFull + x.nextEmpty
		if p > 0 {
			p *= x.factor * x.doubt(x.word.phase != foreign, s.scale+math.Log(p))
		}
		if p == 0 || n == beam && p <= scores[n-1] {
			continue
		}
		if n < beam {
			n++
		}
		j := n - 1
		for ; j > 0 && scores[j-1] < p; j-- {
			scores[j], kept[j] = scores[j-1], kept[j-1]
		}
		scores[j], kept[j] = p, i
	}
	for n > 1 && scores[n-1] < scores[0]*1e-5 {
		n--
	}
	return append(s.live[:0], kept[:n]...)
}

// words cuts the text of a node at its spaces.
func (s *search) words(i int32) []Word {
	var path []int32
	for ; s.nodes[i].parent >= 0; i = s.nodes[i].parent {
		path = append(path, i)
	}
	var out []Word
	w := Word{Space: 1}
	var last wordState
	finish := func() {
		if len(w.Chars) > 0 {
			w.Known = last.end
			out = append(out, w)
		}
	}
	for k := len(path) - 1; k >= 0; k-- {
		n := &s.nodes[path[k]]
		if int(n.class) == s.m.charset.space {
			x := 3*float64(n.at) + 1.5
			w.To = x
			finish()
			w = Word{Space: float64(n.sure), From: x}
			if len(out) == 0 {
				w.Space = 1
			}
			continue
		}
		last = n.word
		w.Chars = append(w.Chars, Char{Text: s.m.charset.text[n.class], X: 3*float64(n.at) + 1.5, Sure: float64(n.sure)})
	}
	finish()
	return out
}

// doubt returns the factor for the text's last word; now is the logarithm of the text's probability.
func (n *node) doubt(known bool, now float64) float64 {
	if known || n.length == 0 {
		return 1
	}
	return math.Exp((strange-1)*min(0, now-n.began) - strangeLetter*float64(n.length))
}

// A wordState is how far a word has been followed in the dictionary.
type wordState struct {
	phase  phase
	as, lo int32 // where its characters lead, as they are and in small letters
	small  bool  // it has small letters
	end    bool  // it may end here
	code   postcode
}

type phase uint8

const (
	opening phase = iota // nothing but punctuation yet
	letters
	numbers
	closing // punctuation after it
	foreign // no dictionary has it
)

func (m *Model) begin() wordState { return wordState{phase: opening, end: true} }

// follow returns the state after one more character.
func (m *Model) follow(w wordState, text string) wordState {
	r := []rune(text)[0]
	next := m.followWord(w, r, text)
	if next.code = w.code.follow(r); next.code == inwardLetter || next.code == inwardEnd {
		next.phase, next.end = numbers, next.code == inwardEnd
	} else if next.code == capitals {
		next.end = false
	}
	return next
}

// Knows reports whether the dictionary has the word that the characters make, as [Word] says it of a whole one.
func (m *Model) Knows(chars []Char) bool {
	w := m.begin()
	for _, c := range chars {
		w = m.follow(w, c.Text)
	}
	return w.end
}

// never are signs that ruled lines, dirt, and noughts with a stroke look like, far more often than they are printed.
const never = `|\_~{}^©®`

func (m *Model) followWord(w wordState, r rune, text string) wordState {
	lost := wordState{phase: foreign}
	if strings.ContainsRune(never, r) || r == '@' && w.phase != letters ||
		w.phase == opening && strings.ContainsRune("!)]", r) {
		return lost
	}
	switch w.phase {
	case opening, closing:
		switch {
		case unicode.IsLetter(r):
			if w.phase == closing && r != 's' && !w.end {
				return lost
			}
			return m.letter(wordState{phase: letters}, text)
		case unicode.IsDigit(r):
			return wordState{phase: numbers, end: true}
		}
		return wordState{phase: w.phase, end: true}
	case letters:
		if unicode.IsLetter(r) {
			return m.letter(w, text)
		}
		if next := m.letter(w, text); next.phase == letters {
			return next // an apostrophe or a hyphen that the dictionary has
		}
		if unicode.IsDigit(r) || !w.end {
			return lost
		}
		return wordState{phase: closing, end: true}
	case numbers:
		if unicode.IsLetter(r) {
			return lost
		}
		return w
	}
	return lost
}

func (m *Model) letter(w wordState, text string) wordState {
	if m.words == nil {
		return wordState{phase: letters, end: true}
	}
	var endAs, endLo bool
	next := wordState{phase: letters, as: dead, lo: dead, small: w.small || text != strings.ToUpper(text)}
	if id, ok := m.charset.ids[text]; ok {
		n, end := m.words.step(int(w.as), id)
		next.as, endAs = int32(n), end
	}
	// Capitals in the middle of a word are those that the dictionary has there.
	capital := w.small && text != strings.ToLower(text)
	if id, ok := m.charset.ids[strings.ToLower(text)]; ok && !capital {
		n, end := m.words.step(int(w.lo), id)
		next.lo, endLo = int32(n), end
	}
	next.end = endAs || endLo
	if next.as == dead && next.lo == dead && !next.end {
		return wordState{phase: foreign}
	}
	return next
}

// A postcode is how far a word has the shape of the first half of a British postcode, such as SW1A,
// or of the second half, such as 2AA, behind a word that has the shape of the first: no dictionary has them, and
// 5 and S, J and I look alike. The second half counts as a known word.
type postcode uint8

const (
	outward postcode = iota // nothing yet
	area
	areaWhole
	district
	districtWhole
	inward // nothing yet, and a first half before
	inwardDigit
	inwardLetter
	inwardEnd
	capital // instead of a second half, and two, and three, which then are no known word
	capitalTwo
	capitals
	noPostcode
)

// follow returns the state after one more character.
func (p postcode) follow(r rune) postcode {
	letter, digit := r >= 'A' && r <= 'Z', r >= '0' && r <= '9'
	switch {
	case letter && (p == outward || p == area || p == inwardDigit || p == inwardLetter || p == capital || p == capitalTwo):
		return p + 1
	case letter && p == inward:
		return capital
	case digit && (p == area || p == areaWhole):
		return district
	case (digit || letter) && p == district:
		return districtWhole
	case digit && p == inward:
		return inwardDigit
	case p == inwardEnd && !letter && !digit:
		return p // a comma
	}
	return noPostcode
}

// beyond returns the state at the beginning of the next word.
func (p postcode) beyond() postcode {
	if p == district || p == districtWhole {
		return inward
	}
	return outward
}
