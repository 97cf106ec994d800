// Package simulate makes pages of words as recognition would give them from
// the truth about generated papers, without drawing and recognising them: for
// training and testing what comes after recognition.
package simulate

import (
	"math"
	"math/rand/v2"
	"strings"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

// A Noise says how badly words are read.
type Noise struct {
	Confused float64 // chance that a character is read as a lookalike
	Lost     float64 // chance that a word is lost
	Torn     float64 // chance that a word is read as two, or two as one
	Jitter   float64 // pixels by which boxes wander
}

// Noises by the generator's names for quality. They were set beside Tesseract
// 5.3 on generated faxes: typical pages have a character error rate of about
// half a percent, bad ones of about three.
var Noises = map[string]Noise{
	"":        {},
	"clean":   {Confused: 0.0005, Jitter: 1},
	"typical": {Confused: 0.004, Lost: 0.001, Torn: 0.002, Jitter: 1.5},
	"bad":     {Confused: 0.025, Lost: 0.01, Torn: 0.01, Jitter: 3},
	"poor":    {Confused: 0.07, Lost: 0.06, Torn: 0.03, Jitter: 4}, // the worst of the bad ones
}

const dpi = 200

// Page makes the page of which t is the truth.
func Page(t generate.TruePage, n Noise, r *rand.Rand) postroom.Page {
	width, height := 1654, 2339
	if t.DPIX > 0 && t.DPIY > 0 {
		width, height = int(float64(t.Width)/t.DPIX*dpi), int(float64(t.Height)/t.DPIY*dpi)
	}
	var pieces []piece
	for header := range strings.SplitSeq(t.Header, "\n") {
		if header != "" {
			pieces = append(pieces, piece{header, postroom.Box{width / 12, 8 + 30*len(pieces), width * 10 / 12, 30 + 30*len(pieces)}})
		}
	}
	for _, l := range t.Lines {
		b := l.Box
		pieces = append(pieces, piece{l.Text, postroom.Box{b[0] * width / 10000, b[1] * height / 10000, b[2] * width / 10000, b[3] * height / 10000}})
	}
	return page(t.Attachment, t.Page, width, height, pieces, n, r)
}

// Paper makes the page of a generated paper.
func Paper(p *generate.Paper, attachment string, number int, n Noise, r *rand.Rand) postroom.Page {
	scale := dpi / 72.0
	var pieces []piece
	for _, m := range p.Marks {
		if m.Kind != generate.TextMark || strings.TrimSpace(m.Text) == "" || m.Turn != 0 {
			continue
		}
		x, y := m.X*scale, m.Y*scale
		w := generate.Width(m.Face, m.Size, m.Text) * scale
		pieces = append(pieces, piece{m.Text, postroom.Box{int(x), int(y - m.Size*0.75*scale), int(x + w), int(y + m.Size*0.22*scale)}})
	}
	return page(attachment, number, int(p.W*scale), int(p.H*scale), pieces, n, r)
}

// A Line is a piece of text with its place in pixels.
type Line struct {
	Text string
	Box  postroom.Box
}

// Lines makes a page of lines of text.
func Lines(attachment string, number, width, height int, lines []Line, n Noise, r *rand.Rand) postroom.Page {
	pieces := make([]piece, len(lines))
	for i, l := range lines {
		pieces[i] = piece{l.Text, l.Box}
	}
	return page(attachment, number, width, height, pieces, n, r)
}

type piece struct {
	text string
	box  postroom.Box
}

func page(attachment string, number, width, height int, pieces []piece, n Noise, r *rand.Rand) postroom.Page {
	p := postroom.Page{
		Attachment: attachment, Hash: postroom.HashOf([]byte(attachment)), Number: number, Width: width, Height: height, DPIX: dpi, DPIY: dpi,
		Frame: postroom.Frame{Width: width, Height: height, DPI: dpi}, Text: postroom.TextOCR, Engine: "simulated",
	}
	sum := 0.0
	for line, pc := range pieces {
		fields := strings.Fields(pc.text)
		chars := 0
		for _, f := range fields {
			chars += len([]rune(f)) + 1
		}
		if chars < 2 {
			continue
		}
		each := float64(pc.box.Width()) / float64(chars-1)
		x := float64(pc.box[0])
		for i := 0; i < len(fields); i++ {
			f := fields[i]
			w := each * float64(len([]rune(f)))
			if r.Float64() < n.Lost {
				x += w + each
				continue
			}
			read, wrong := misread(f, n, r)
			conf := 0.955 - math.Abs(r.NormFloat64())*0.025 - 2*n.Confused
			if wrong {
				conf -= 0.1 + 0.35*r.Float64()
			}
			jitter := func() int { return int(r.NormFloat64() * n.Jitter) }
			box := postroom.Box{int(x) + jitter(), pc.box[1] + jitter(), int(x+w) + jitter(), pc.box[3] + jitter()}
			box = postroom.Box{max(box[0], 0), max(box[1], 0), min(max(box[2], box[0]+2), max(width, box[0]+2)), min(max(box[3], box[1]+4), max(height, box[1]+4))}
			word := postroom.Word{Text: read, Box: box, Confidence: postroom.Confidence(max(0.05, conf)), Line: line, Block: line}
			if len(read) > 6 && r.Float64() < n.Torn {
				cut := 2 + r.IntN(len(read)-4)
				left, right := word, word
				left.Text, right.Text = read[:cut], read[cut:]
				mid := (box[0] + box[2]) / 2
				left.Box[2], right.Box[0] = mid, mid+3
				if left.Box[2] > left.Box[0] && right.Box[2] > right.Box[0] {
					p.Words = append(p.Words, left)
					word = right
				}
			}
			p.Words = append(p.Words, word)
			sum += float64(word.Confidence)
			x += w + each
		}
	}
	if len(p.Words) > 0 {
		p.Confidence = postroom.Confidence(sum / float64(len(p.Words)))
		p.Ink = 0.05
	} else {
		p.Blank, p.Confidence = true, 1
	}
	return p
}

// misreadings are what recognition makes of characters, by what stands there.
var misreadings = map[rune][]string{
	'0': {"O", "8", "6"}, 'O': {"0", "Q"}, 'o': {"c", "0"}, '1': {"l", "I", "7"}, 'l': {"1", "I", "i"}, 'I': {"l", "1", "|"}, 'i': {"l", "1", "j"}, '5': {"S", "6", "3"}, 'S': {"5", "8"},
	's': {"5", "a"}, '8': {"B", "3", "6"}, 'B': {"8", "R"}, '6': {"8", "5"}, '3': {"8", "5"}, '2': {"Z", "7"}, 'Z': {"2"}, '9': {"g", "8"}, 'g': {"9", "q"}, '4': {"A"}, '7': {"1", "T"}, 'm': {"rn", "n"}, 'n': {"r", "h"},
	'h': {"b", "n"}, 'e': {"c", "o"}, 'c': {"e", "o"}, 'a': {"s", "o"}, 'u': {"ii", "v"}, 'v': {"y", "u"}, 'w': {"vv"}, 'f': {"t"}, 't': {"f", "l"}, 'd': {"cl", "o"}, 'r': {"n", ""}, ',': {"."}, '.': {",", ""}, ':': {";", "."}, '/': {"7", "|"}, '-': {"", "~"},
	'T': {"I"}, 'H': {"I1"}, 'N': {"H"}, 'D': {"O", "0"}, 'G': {"C", "6"}, 'y': {"v"}, 'b': {"h", "6"}, 'p': {"n"}, 'k': {"lc"}, 'E': {"F"}, 'C': {"G"}, 'R': {"B"}, 'A': {"4"},
}

func misread(word string, n Noise, r *rand.Rand) (string, bool) {
	wrong := false
	var b strings.Builder
	for _, c := range word {
		if r.Float64() < n.Confused {
			if like, ok := misreadings[c]; ok {
				b.WriteString(like[r.IntN(len(like))])
				wrong = true
				continue
			}
		}
		b.WriteRune(c)
	}
	if b.Len() == 0 {
		return word, false
	}
	return b.String(), wrong
}
