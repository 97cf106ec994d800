package ocr

import (
	"cmp"
	"image"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/postroom/postroom/ocr/internal/lstm"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// The network reads by what stands before and behind. A strip of two or three letters (1/1 at a page's foot, a value in a table, its
// unit) gives it nothing to go by, not even how high the letters are, and it sees wi where 1/1 stands. So short strips that it is not
// sure of are read again, each behind another strip of the page that it read well.
const (
	besideShort = 4 // a short strip is no longer than so many times its height
	besideLeast = 4 // those that lead in are longer, and have letters and figures when there are such
	besideMost  = 20
	besideSure  = 0.95 // how sure the network is of those
	besideLeads = 3    // so many lead in, and most of them agree on what is read behind them
	besideGap   = 14   // pixels of white between the two
	besideGain  = 0.05 // surer by so much than before
	besideFloor = 0.6
	besideDirt  = 100 // more short strips than this are a picture's or dirt
)

// readBeside reads short strips once more that are hard to read. read is what the model made of the strips.
func readBeside(m *lstm.Model, p *tesseract.Pix, letters []image.Rectangle, strips []strip, lines []lstm.Line, read [][]lstm.Word) error {
	var short []int
	for i, s := range strips {
		if len(read[i]) > 0 && least(read[i]) < doubtful && s.area.Dx() <= besideShort*s.area.Dy() {
			short = append(short, i)
		}
	}
	if len(short) == 0 || len(short) > besideDirt {
		return nil
	}
	leads := leadsOf(strips, lines, read, m.Height())
	if len(leads) < 2 {
		return nil
	}
	type trial struct {
		strip int
		area  image.Rectangle
		from  int // pixels: where the strip begins in the picture
	}
	var trials []trial
	var pictures []lstm.Line
	for _, i := range short {
		s := strips[i]
		box := inkIn(lines[i], s.area, m.Height())
		// The letters alone where none is missing: dirt and rules are ink, too.
		if own, ok := lettersIn(letters, s.area); ok && 10*own.Dx() >= 7*box.Dx() {
			box = own
		}
		if box.Empty() {
			continue
		}
		for _, k := range leadsFor(leads, s.area) {
			// As high as the letters of the other strip, and on the same line.
			shape := k.shape
			scale := float64(shape.base-shape.capital) / float64(box.Dy())
			top := float64(box.Max.Y) - float64(shape.base)/scale
			area := image.Rect(box.Min.X-margin, int(math.Round(top)), box.Max.X+margin, int(math.Round(top+float64(m.Height())/scale)))
			area = area.Intersect(image.Rect(0, 0, p.Width(), p.Height()))
			if area.Empty() {
				continue
			}
			own, err := cut(p, []strip{{area: area}}, m.Height())
			if err != nil {
				return err
			}
			trials = append(trials, trial{i, area, k.picture.Width + besideGap})
			pictures = append(pictures, inOneRow(k.picture, own[0], m.Height()))
		}
	}
	views, err := m.Look(pictures)
	if err != nil {
		return err
	}
	shapes, texts := make([]lineShape, len(trials)), make([][]lstm.Word, len(trials))
	for i, l := range pictures {
		shapes[i] = shapeOf(l, m.Height())
		views[i] = m.Correct(views[i], shapes[i].strokes())
		texts[i] = m.Words(views[i])
	}
	respace(m, views, shapes, texts)
	for i, t := range trials {
		texts[i] = behind(withLostPoints(withMiddleDots(withoutRules(m, texts[i]), &shapes[i]), &shapes[i]), float64(t.from))
	}
	for from := 0; from < len(trials); {
		i, to := trials[from].strip, from
		for to < len(trials) && trials[to].strip == i {
			to++
		}
		if at := from + agreed(texts[from:to]); at >= from && sureness(texts[at]) >= max(besideFloor, sureness(read[i])+besideGain) {
			placeWithin(texts[at], trials[at].area, strips[i].area, m.Height())
			read[i] = texts[at]
		}
		from = to
	}
	return nil
}

// inkIn returns where in a strip's area its letters stand.
func inkIn(l lstm.Line, area image.Rectangle, height int) image.Rectangle {
	var box image.Rectangle
	for _, r := range shapeOf(l, height).runs {
		if r.bottom-r.top >= height/8 {
			box = box.Union(image.Rect(r.from, r.top, r.to, r.bottom))
		}
	}
	scale := float64(area.Dy()) / float64(height)
	page := func(x int) int { return int(math.Round(float64(x) * scale)) }
	return image.Rect(page(box.Min.X), page(box.Min.Y), page(box.Max.X), page(box.Max.Y)).Add(area.Min)
}

// A lead is the end of a strip that was read well.
type lead struct {
	area    image.Rectangle // of its strip
	shape   lineShape
	picture lstm.Line
	figures bool // and letters
}

func leadsOf(strips []strip, lines []lstm.Line, read [][]lstm.Word, height int) []lead {
	var out []lead
	mixed := 0
	for i, s := range strips {
		words := read[i]
		if len(words) == 0 || lines[i].Width < besideLeast*height || least(words) < doubtful || sureness(words) < besideSure {
			continue
		}
		l := lead{area: s.area, shape: shapeOf(lines[i], height)}
		if l.shape.base <= l.shape.capital {
			continue
		}
		k := len(words) - 1
		for k > 0 && float64(lines[i].Width)-words[k].From < float64(besideLeast*height) {
			k--
		}
		text := spoken(words[k:])
		if l.figures = strings.ContainsFunc(text, unicode.IsDigit) && strings.ContainsFunc(text, unicode.IsLetter); l.figures {
			mixed++
		}
		from := int(words[k].From)
		if lines[i].Width-from > besideMost*height {
			continue
		}
		l.picture = pictureFrom(lines[i], from, height)
		out = append(out, l)
	}
	if mixed >= 2 {
		out = slices.DeleteFunc(out, func(l lead) bool { return !l.figures })
	}
	return out
}

// pictureFrom returns the picture of a line from a column on.
func pictureFrom(l lstm.Line, from, height int) lstm.Line {
	out := lstm.Line{Width: l.Width - from}
	for y := range height {
		out.Gray = append(out.Gray, l.Gray[y*l.Width+from:(y+1)*l.Width]...)
	}
	return out
}

// leadsFor returns the leads whose print is most like that of a strip: as high, and near it.
func leadsFor(leads []lead, area image.Rectangle) []lead {
	far := func(l lead) float64 {
		return math.Abs(math.Log(float64(l.area.Dy())/float64(area.Dy())))*2000 + math.Abs(float64(centre(l.area).Y-centre(area).Y))
	}
	sorted := slices.SortedStableFunc(slices.Values(leads), func(a, b lead) int { return cmp.Compare(far(a), far(b)) })
	return sorted[:min(besideLeads, len(sorted))]
}

// inOneRow returns the picture of two lines in a row.
func inOneRow(a, b lstm.Line, height int) lstm.Line {
	width := a.Width + besideGap + b.Width
	out := lstm.Line{Width: width, Gray: make([]byte, width*height)}
	for y := range height {
		row := out.Gray[y*width : (y+1)*width]
		for x := range row {
			row[x] = 255
		}
		copy(row, a.Gray[y*a.Width:(y+1)*a.Width])
		copy(row[a.Width+besideGap:], b.Gray[y*b.Width:(y+1)*b.Width])
	}
	return out
}

// behind returns the words that stand behind a column, counted from there.
func behind(words []lstm.Word, from float64) []lstm.Word {
	var out []lstm.Word
	for _, w := range words {
		if len(w.Chars) == 0 || w.Chars[0].X < from-besideGap/2 {
			continue
		}
		w.From, w.To = max(0, w.From-from), w.To-from
		w.Chars = slices.Clone(w.Chars)
		for k := range w.Chars {
			w.Chars[k].X -= from
		}
		out = append(out, w)
	}
	return out
}

// agreed returns which of the readings most others are like, the surest of those; -1 when no two are alike.
func agreed(readings [][]lstm.Word) int {
	best, most, sure := -1, 1, 0.0
	for i, r := range readings {
		n := 0
		for _, other := range readings {
			if spoken(other) == spoken(r) {
				n++
			}
		}
		if s := sureness(r); len(r) > 0 && (n > most || n == most && n > 1 && s > sure) {
			best, most, sure = i, n, s
		}
	}
	return best
}

// spoken returns the words' texts with a space between them.
func spoken(words []lstm.Word) string {
	var texts []string
	for _, w := range words {
		texts = append(texts, w.Text())
	}
	return strings.Join(texts, " ")
}
