package ocr

import (
	"cmp"
	"fmt"
	"image"
	"math"
	"slices"
	"strings"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// A stamp on a page without colours can't be told from the print by its ink, but it stands askew on the level
// page: by the lines of its frame, or by letters whose strokes are thicker than those of print. Frame and
// letters are taken out of the print, and what the stamp says is read in a picture of it that is turned level.
// Large outlines and rings that cross print are taken out as strokes (blackstrokes.go).

// Sizes are in inches, angles in degrees.
const (
	// Stamps are looked for in what is higher than letters of print and than what they hang together with,
	// without level and upright rules, which are longer than such lines of a frame that stands askew.
	tallLeast, tallThick = 0.19, 0.03
	ruleLeast            = 0.75
	// How far apart the letters of one stamp stand, and how large it is.
	tallGap                        = 0.2
	blackLeastWide, blackLeastHigh = 0.5, 0.2
	blackMostWide, blackMostHigh   = 8, 6
	// Parts of a page that lies level can be so far askew: signatures, tables on a bent sheet, bands.
	askewLeast, askewMost = 3.2, 33
	// A frame's lines come in pieces, of which one is so long; both lines of a frame are apart by so much.
	frameSide, frameLong, frameRow = 0.15, 0.35, 0.5
	frameThick, frameHigh          = 0.075, 0.18
	frameDouble, frameCorner       = 0.07, 0.12 // lines of a double frame; how far its sides may lie from its ends
	// The letters of a stamp without a frame: as many at least, as long a word, and as sure.
	thickLetters, stampWord, stampWordSure = 3, 4, 0.8
	// How thick strokes are where there is no print to ask.
	strokeUsual = 4
	// A word of the page that is as sure as this is none of a stamp's.
	printSure = 0.85
)

// A blackStamp is one that was taken out of the print.
type blackStamp struct {
	stampText
	area image.Rectangle // of the page
	turn float64         // degrees clockwise that make it level; 0 when that is not known
}

// takeBlackStamps takes the stamps out of the page that is to be read. They are looked for only where something is as high as
// a part of one, in a picture of half the size, and at full size only where one can be.
func (p *prepared) takeBlackStamps(engine recogniser) ([]blackStamp, error) {
	var b bench
	defer b.clear()
	var out []blackStamp
	stroke := 0
	for _, place := range p.tallPlaces() {
		tall, clusters, err := p.clustersOf(place)
		if err != nil {
			return nil, err
		}
		b.pix = append(b.pix, tall)
		for _, r := range clusters {
			part, err := tall.Crop(r)
			if err != nil {
				return nil, err
			}
			b.pix = append(b.pix, part)
			turn, _, _ := part.FindSkew(askewMost + 1)
			if stroke == 0 {
				if stroke, err = p.printStroke(); err != nil {
					return nil, err
				}
			}
			area := image.Rect(2*r.Min.X, 2*r.Min.Y, 2*r.Max.X, 2*r.Max.Y).Add(place.Min)
			text, err := p.withoutStamp(engine, area, turn, stroke)
			if err != nil {
				return nil, err
			}
			if text != nil {
				out = append(out, *text)
				continue
			}
			done, err := p.withoutStrokes(part, area)
			if err != nil {
				return nil, err
			}
			if done {
				out = append(out, blackStamp{area: area})
			}
		}
	}
	return out, nil
}

// tallPlaces returns the parts of the page where things stand near each other that are higher than letters of print.
func (p *prepared) tallPlaces() []image.Rectangle {
	w := &workpiece{dpiX: p.dpi, dpiY: p.dpi}
	gap := w.inches(tallGap) / 2
	var places []image.Rectangle
	for _, r := range p.tall {
		r = r.Inset(-gap)
		for i := 0; i < len(places); i++ {
			if places[i].Overlaps(r) {
				r = r.Union(places[i])
				places = slices.Delete(places, i, i+1)
				i = -1
			}
		}
		places = append(places, r)
	}
	page := image.Rect(0, 0, p.feed.Width(), p.feed.Height())
	out := places[:0]
	for _, r := range places {
		if w.stampSized(r.Inset(gap).Intersect(page)) {
			out = append(out, r.Intersect(page))
		}
	}
	return out
}

func (w *workpiece) stampSized(r image.Rectangle) bool {
	return max(r.Dx(), r.Dy()) >= w.inches(blackLeastWide) && min(r.Dx(), r.Dy()) >= w.inches(blackLeastHigh)
}

// clustersOf returns what is tall in a part of the page, without rules, in half the size, and where what hangs together there
// may be a stamp.
func (p *prepared) clustersOf(place image.Rectangle) (*tesseract.Pix, []image.Rectangle, error) {
	var b bench
	defer b.clear()
	w := &workpiece{dpiX: p.dpi / 2, dpiY: p.dpi / 2}
	rule, gap := w.inches(ruleLeast), w.inches(tallGap)
	page := b.put(func() (*tesseract.Pix, error) { return p.feed.Crop(place) })
	half := b.put(func() (*tesseract.Pix, error) { return halfOf(page) })
	rest := b.put(func() (*tesseract.Pix, error) { return half.WithoutRuns(rule, rule) })
	tall := b.put(func() (*tesseract.Pix, error) { return rest.Tall(w.inches(tallLeast)) })
	near := b.put(func() (*tesseract.Pix, error) { return tall.Join(gap, gap) })
	if b.err != nil {
		return nil, nil, b.err
	}
	clusters := slices.DeleteFunc(near.Components(), func(r image.Rectangle) bool {
		return !w.stampSized(r) || r.Dx() > w.inches(blackMostWide) || r.Dy() > w.inches(blackMostHigh)
	})
	return tall.Clone(), clusters, nil
}

// halfOf returns a picture in half its size, in black and white: black where a third of the place is.
func halfOf(p *tesseract.Pix) (*tesseract.Pix, error) {
	if p.Depth() == 1 {
		return p.Halve(1)
	}
	small, err := p.Reduce(0.5, 0.5)
	if err != nil {
		return nil, err
	}
	defer small.Close()
	return small.Threshold(175)
}

// printStroke returns how thick strokes of the page's print are, from a part in the midst of its letters.
func (p *prepared) printStroke() (int, error) {
	var b bench
	defer b.clear()
	w := &workpiece{dpiX: p.dpi, dpiY: p.dpi}
	xs, ys := make([]float64, len(p.letters)), make([]float64, len(p.letters))
	for i, l := range p.letters {
		xs[i], ys[i] = l.x, l.y
	}
	if len(xs) == 0 {
		return strokeUsual, nil
	}
	slices.Sort(xs)
	slices.Sort(ys)
	mid := letter{x: xs[len(xs)/2], y: ys[len(ys)/2]}
	far := func(l letter) float64 { return math.Hypot(l.x-mid.x, l.y-mid.y) }
	mid = slices.MinFunc(p.letters, func(a, b letter) int { return cmp.Compare(far(a), far(b)) })
	x, y, wide, high := int(mid.x), int(mid.y), w.inches(1.5), w.inches(0.75)
	part := image.Rect(x-wide, y-high, x+wide, y+high).Intersect(image.Rect(0, 0, p.feed.Width(), p.feed.Height()))
	print := b.put(func() (*tesseract.Pix, error) { return p.bitsOf(part) })
	if b.err == nil && print.Ink() == 0 {
		return strokeUsual, nil
	}
	stroke := strokeOf(&b, print)
	return stroke, b.err
}

// bitsOf returns a part of the page in black and white.
func (p *prepared) bitsOf(area image.Rectangle) (*tesseract.Pix, error) {
	part, err := p.feed.Crop(area)
	if err != nil || part.Depth() == 1 {
		return part, err
	}
	defer part.Close()
	return part.Threshold(160)
}

func isAskew(degrees float64) bool {
	return math.Abs(degrees) >= askewLeast && math.Abs(degrees) <= askewMost
}

// A turning leads from a part of the page to a picture of it that is turned, and back.
type turning struct {
	b         *bench
	area      image.Rectangle
	degrees   float64 // clockwise
	left, top int     // what the picture has more on each side
}

func newTurning(b *bench, area image.Rectangle, degrees float64) turning {
	sin := math.Sin(math.Abs(degrees) * math.Pi / 180)
	return turning{b, area, degrees, int(float64(area.Dy())/2*sin) + 2, int(float64(area.Dx())/2*sin) + 2}
}

func (t turning) there(p *tesseract.Pix) *tesseract.Pix {
	m := t.b.put(func() (*tesseract.Pix, error) { return p.Padded(t.left, t.top, t.left, t.top) })
	return t.b.put(func() (*tesseract.Pix, error) { return m.Rotate(t.degrees) })
}

func (t turning) back(p *tesseract.Pix) *tesseract.Pix {
	m := t.b.put(func() (*tesseract.Pix, error) { return p.Rotate(-t.degrees) })
	return t.b.put(func() (*tesseract.Pix, error) {
		return m.Crop(image.Rect(t.left, t.top, t.left+t.area.Dx(), t.top+t.area.Dy()))
	})
}

// way leads from the turned picture to the page.
func (t turning) way() affine {
	w, h := t.area.Dx()+2*t.left, t.area.Dy()+2*t.top
	return affine{1, 0, float64(t.area.Min.X - t.left), 0, 1, float64(t.area.Min.Y - t.top)}.after(unrotated(t.degrees, w, h))
}

// withoutStamp takes the stamp that lies in a part of the page out of it, nil when there is none. stroke is how thick
// strokes of print are.
func (p *prepared) withoutStamp(engine recogniser, cluster image.Rectangle, turn float64, stroke int) (*blackStamp, error) {
	var b bench
	defer b.clear()
	w := &workpiece{pix: p.feed, dpiX: p.dpi, dpiY: p.dpi}
	page := image.Rect(0, 0, p.feed.Width(), p.feed.Height())
	// Rules and print can cut off parts of a frame.
	wide, high := w.inches(0.6), w.inches(0.3)
	area := image.Rect(cluster.Min.X-wide, cluster.Min.Y-high, cluster.Max.X+wide, cluster.Max.Y+high).Intersect(page)
	gray := b.put(func() (*tesseract.Pix, error) { return p.feed.Crop(area) })
	whole := b.put(func() (*tesseract.Pix, error) { return p.bitsOf(area) })
	black := b.put(func() (*tesseract.Pix, error) { return whole.WithoutRuns(w.inches(ruleLeast), w.inches(ruleLeast)) })
	if b.err != nil {
		return nil, b.err
	}
	var flat, sides []image.Rectangle
	t := newTurning(&b, area, turn)
	// Corners of tables on a bent sheet are smaller than a frame.
	if isAskew(turn) && cluster.Dx() >= w.inches(frameRow) {
		level := t.there(black)
		if b.err != nil {
			return nil, b.err
		}
		if flat, sides = w.frameOf(&b, level); len(flat) > 0 {
			long := w.inches(frameSide)
			across, down := b.only(level, flat), b.only(level, sides)
			across = t.back(b.put(func() (*tesseract.Pix, error) { return longRuns(across, long, 1) }))
			down = t.back(b.put(func() (*tesseract.Pix, error) { return longRuns(down, 1, long) }))
			mask := w.withoutCrossing(&b, black, across, down, thickOf(across, length(flat, image.Rectangle.Dx)), thickOf(down, length(sides, image.Rectangle.Dy)))
			if b.err != nil {
				return nil, b.err
			}
			w.erase(&b, gray, whole, mask)
			black = b.put(func() (*tesseract.Pix, error) { return black.Minus(mask) })
		}
	}
	framed := len(flat) > 0
	inside := cluster.Inset(-w.inches(0.08)).Sub(area.Min)
	within := b.only(black, []image.Rectangle{inside})
	if framed {
		box := flat[0]
		for _, r := range append(flat, sides...) {
			box = box.Union(r)
		}
		level := t.there(black)
		sheet := b.put(func() (*tesseract.Pix, error) { return level.Minus(level) })
		sheet = b.put(sheet.Inverted)
		sheet = t.back(b.only(sheet, []image.Rectangle{box.Inset(2)}))
		within = b.put(func() (*tesseract.Pix, error) { return black.And(sheet) })
	}
	thick := w.thickLetters(&b, within, stroke, 5)
	if b.err != nil {
		return nil, b.err
	}
	letters := len(thick.Components())
	if !framed {
		if letters < thickLetters {
			return nil, nil
		}
		var err error
		if turn, err = bestTurn(thick); err != nil {
			return nil, err
		}
		if !isAskew(turn) {
			return nil, nil
		}
		t = newTurning(&b, area, turn)
	}
	var words []postroom.Word
	read := func(what *tesseract.Pix) error {
		found, err := p.readLevel(engine, t, gray, what)
		if err != nil {
			return err
		}
		line, block := 0, 0
		if n := len(words); n > 0 {
			line, block = words[n-1].Line+1, words[n-1].Block+1
		}
		for _, v := range found {
			if slices.ContainsFunc(words, func(q postroom.Word) bool { return overlapping(q.Box, v.Box) && q.Confidence >= v.Confidence }) {
				continue
			}
			words = slices.DeleteFunc(words, func(q postroom.Word) bool { return overlapping(q.Box, v.Box) })
			v.Line, v.Block = v.Line+line, v.Block+block
			words = append(words, v)
		}
		return nil
	}
	if letters >= thickLetters {
		if err := read(w.thickLetters(&b, within, stroke, 2*stroke+5)); err != nil { // with thin parts of these letters
			return nil, err
		}
		if framed {
			if err := read(within); err != nil {
				return nil, err
			}
		}
	}
	if !framed && !slices.ContainsFunc(words, func(v postroom.Word) bool { return len(v.Text) >= stampWord && v.Confidence > stampWordSure }) {
		return nil, nil
	}
	if letters >= thickLetters {
		w.erase(&b, gray, whole, thick)
		black = b.put(func() (*tesseract.Pix, error) { return black.Minus(thick) })
	}
	if b.err != nil {
		return nil, b.err
	}
	p.feed.Put(gray, area.Min)
	return &blackStamp{stampText{words, p.matrix.after(t.way()), p.dpi}, cluster, turn}, nil
}

// thickLetters returns what has the strokes of large letters, thicker than those of print.
func (w *workpiece) thickLetters(b *bench, black *tesseract.Pix, stroke, more int) *tesseract.Pix {
	brick := stroke + 2
	seed := b.put(func() (*tesseract.Pix, error) { return black.Open(brick, brick) })
	seed = b.put(func() (*tesseract.Pix, error) { return seed.Tall(w.inches(0.08)) })
	near := b.put(func() (*tesseract.Pix, error) { return seed.Grow(more, more) })
	near = b.put(func() (*tesseract.Pix, error) { return near.And(black) })
	return b.put(func() (*tesseract.Pix, error) { return near.Tall(w.inches(0.12)) })
}

// strokeOf returns how thick the strokes of nearly all print are.
func strokeOf(b *bench, print *tesseract.Pix) int {
	if b.err != nil {
		return 0
	}
	ink := print.Ink()
	for n := 2; n < 12; n++ {
		if p := b.put(func() (*tesseract.Pix, error) { return print.Open(n+1, n+1) }); p == nil || p.Ink() < 0.3*ink {
			return n
		}
	}
	return 12
}

// look reads what a stamp says where the page's words were read for certain.
func (p *prepared) look(engine recogniser, s blackStamp, words []postroom.Word) ([]postroom.Word, error) {
	var b bench
	defer b.clear()
	w := &workpiece{pix: p.feed, dpiX: p.dpi, dpiY: p.dpi}
	area := s.area.Inset(-w.inches(0.05)).Intersect(image.Rect(0, 0, p.feed.Width(), p.feed.Height()))
	gray := b.put(func() (*tesseract.Pix, error) { return p.feed.Crop(area) })
	if b.err != nil {
		return words, b.err
	}
	for _, v := range words {
		if v.Confidence >= printSure {
			gray.White(image.Rect(v.Box[0], v.Box[1], v.Box[2], v.Box[3]).Inset(-2).Sub(area.Min).Intersect(image.Rect(0, 0, area.Dx(), area.Dy())))
		}
	}
	bits := b.put(func() (*tesseract.Pix, error) { return gray.Threshold(160) })
	rule := w.inches(ruleLeast) / 2
	bits = b.put(func() (*tesseract.Pix, error) { return bits.WithoutRuns(rule, rule) })
	bits = b.put(func() (*tesseract.Pix, error) { return bits.Tall(w.inches(0.05)) })
	if b.err != nil || bits.Ink() == 0 {
		return words, b.err
	}
	if s.turn == 0 {
		var err error
		if s.turn, err = bestTurn(bits); err != nil || !isAskew(s.turn) {
			return words, err
		}
	}
	t := newTurning(&b, area, s.turn)
	found, err := p.readLevel(engine, t, gray, bits)
	if err != nil {
		return words, err
	}
	text := stampText{found, p.matrix.after(t.way()), p.dpi}
	// What was read askew in their place is none, or the same again.
	n := len(words)
	words = p.withStamp(words, s.stampText)
	first := len(words)
	words = p.withStamp(words, text)
	again := slices.DeleteFunc(slices.Clone(words[first:]), func(v postroom.Word) bool {
		return slices.ContainsFunc(words[n:first], func(q postroom.Word) bool { return overlapping(q.Box, v.Box) })
	})
	own := append(words[n:first:first], again...)
	kept := slices.DeleteFunc(slices.Clone(words[:n]), func(v postroom.Word) bool {
		return slices.ContainsFunc(own, func(q postroom.Word) bool {
			x, y := (v.Box[0]+v.Box[2])/2, (v.Box[1]+v.Box[3])/2
			return (v.Confidence < stampSure || strings.Contains(q.Text, v.Text)) && x >= q.Box[0] && x < q.Box[2] && y >= q.Box[1] && y < q.Box[3]
		})
	})
	return append(kept, own...), nil
}

// readLevel reads what is black in what, and nothing else, in a picture turned level: the words that stand level there.
func (p *prepared) readLevel(engine recogniser, t turning, gray, what *tesseract.Pix) ([]postroom.Word, error) {
	other := t.b.put(func() (*tesseract.Pix, error) { return what.Grow(3, 3) })
	other = t.b.put(other.Inverted)
	alone := t.b.put(gray.Copy)
	if t.b.err != nil {
		return nil, t.b.err
	}
	alone.Whiten(other, white(alone))
	picture, level := t.there(alone), t.there(what)
	if t.b.err != nil {
		return nil, t.b.err
	}
	picture.SetResolution(p.dpi, p.dpi)
	found, _, err := engine.Recognise(picture)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(arrange(found, picture.Width(), picture.Height()), func(v postroom.Word) bool {
		return v.Confidence < stampSure || !anyRead([]postroom.Word{v}) || !standsLevel(level, v.Box, t.degrees)
	}), nil
}

// bestTurn returns by how many degrees clockwise letters have to be turned to stand level.
func bestTurn(p *tesseract.Pix) (float64, error) {
	small, err := p.Halve(1, 2)
	if err != nil {
		return 0, err
	}
	defer small.Close()
	wide, err := small.Padded(small.Height()/3, small.Width()/3, small.Height()/3, small.Width()/3)
	if err != nil {
		return 0, err
	}
	defer wide.Close()
	best, most := 0.0, 0
	try := func(degrees float64) error {
		q, err := wide.Rotate(degrees)
		if err != nil {
			return err
		}
		defer q.Close()
		if s := sharpness(q.Rows()); s > most {
			best, most = degrees, s
		}
		return nil
	}
	for d := -askewMost - 1; d <= askewMost+1; d += 2 {
		if err := try(float64(d)); err != nil {
			return 0, err
		}
	}
	for _, step := range []float64{1, 0.5, 0.25} {
		for around, d := best, -step; d <= step; d += 2 * step {
			if err := try(around + d); err != nil {
				return 0, err
			}
		}
	}
	return best, nil
}

// frameOf returns the lines of the frame of a stamp that has been turned level: those across, and those down.
func (w *workpiece) frameOf(b *bench, level *tesseract.Pix) (lines, sides []image.Rectangle) {
	across := b.put(func() (*tesseract.Pix, error) { return longRuns(level, w.inches(frameSide), 1) })
	down := b.put(func() (*tesseract.Pix, error) { return longRuns(level, 1, w.inches(frameSide)) })
	if b.err != nil {
		return nil, nil
	}
	thick, near := w.inches(frameThick), w.inches(0.03)
	type row struct {
		box   image.Rectangle
		parts []image.Rectangle
		long  int
		seed  bool
	}
	var rows []row
	flat := slices.SortedFunc(slices.Values(across.Components()), func(a, b image.Rectangle) int { return cmp.Compare(b.Dx(), a.Dx()) })
	for _, r := range flat {
		if r.Dy() > thick {
			continue
		}
		i := slices.IndexFunc(rows, func(q row) bool { return abs(centre(q.parts[0]).Y-centre(r).Y) <= near })
		if i < 0 {
			rows = append(rows, row{box: r})
			i = len(rows) - 1
		}
		rows[i].box = rows[i].box.Union(r)
		rows[i].parts = append(rows[i].parts, r)
		rows[i].long += r.Dx()
		rows[i].seed = rows[i].seed || r.Dx() >= w.inches(frameLong)
	}
	rows = slices.DeleteFunc(rows, func(q row) bool { return !q.seed || q.long < w.inches(frameRow) })
	if len(rows) < 2 {
		return nil, nil
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.box.Min.Y, b.box.Min.Y) })
	first, last := rows[0].box, rows[len(rows)-1].box
	if last.Min.Y-first.Max.Y < w.inches(frameHigh) {
		return nil, nil
	}
	box := first.Union(last)
	// Bars of letters and edges of outlines stand in rows, too.
	if 2*min(rows[0].long, rows[len(rows)-1].long) < box.Dx() {
		return nil, nil
	}
	for _, q := range rows {
		// What is further inside is as long as the frame is, or no line of it.
		if y := centre(q.box).Y; y-box.Min.Y < w.inches(frameDouble) || box.Max.Y-y < w.inches(frameDouble) || 4*q.long > 3*box.Dx() {
			lines = append(lines, q.parts...)
		}
	}
	side := w.inches(frameCorner)
	for _, r := range down.Components() {
		x := centre(r).X
		if r.Dx() <= thick && (abs(x-box.Min.X) <= side || abs(x-box.Max.X) <= side) && r.Max.Y > box.Min.Y && r.Min.Y < box.Max.Y {
			sides = append(sides, r)
		}
	}
	if len(sides) == 0 {
		return nil, nil
	}
	return lines, sides
}

// withoutCrossing returns the ink of lines that run nearly across and nearly down, without that of letters that cross them.
func (w *workpiece) withoutCrossing(b *bench, black, across, down *tesseract.Pix, high, wide int) *tesseract.Pix {
	in := func(q *tesseract.Pix) *tesseract.Pix {
		wide := b.put(func() (*tesseract.Pix, error) { return q.Grow(3, 3) })
		return b.put(func() (*tesseract.Pix, error) { return wide.And(black) })
	}
	across, down = in(across), in(down)
	if b.err != nil {
		return nil
	}
	noDown := b.put(func() (*tesseract.Pix, error) { return black.Minus(down) })
	noAcross := b.put(func() (*tesseract.Pix, error) { return black.Minus(across) })
	through := b.put(func() (*tesseract.Pix, error) { return noDown.Open(1, high+5) })
	beside := b.put(func() (*tesseract.Pix, error) { return noAcross.Open(wide+5, 1) })
	across = b.put(func() (*tesseract.Pix, error) { return across.Minus(through) })
	down = b.put(func() (*tesseract.Pix, error) { return down.Minus(beside) })
	return b.put(func() (*tesseract.Pix, error) { return across.Or(down) })
}

// thickOf is how thick lines are that are so long together.
func thickOf(p *tesseract.Pix, long int) int {
	if p == nil {
		return 0
	}
	return int(p.Ink() * float64(p.Width()*p.Height()) / float64(max(1, long)))
}

// length is how long lines are together.
func length(lines []image.Rectangle, of func(image.Rectangle) int) (sum int) {
	for _, r := range lines {
		sum += of(r)
	}
	return sum
}

// erase makes white in the gray picture, with its gray edges, what the mask has of the black.
func (w *workpiece) erase(b *bench, gray, black, mask *tesseract.Pix) {
	stay := b.put(func() (*tesseract.Pix, error) { return black.Minus(mask) })
	wide := b.put(func() (*tesseract.Pix, error) { return mask.Grow(3, 3) })
	wide = b.put(func() (*tesseract.Pix, error) { return wide.Minus(stay) })
	if b.err == nil {
		gray.Whiten(wide, white(gray))
	}
}

func white(p *tesseract.Pix) int {
	if p.Depth() == 1 {
		return 0
	}
	return 255
}

// standsLevel tells of a word in a picture of a stamp, turned level, that it is none of the print, which lies askew there.
func standsLevel(level *tesseract.Pix, box postroom.Box, turn float64) bool {
	r := image.Rect(box[0], box[1], box[2], box[3]).Inset(-4).Intersect(image.Rect(0, 0, level.Width(), level.Height()))
	word, err := level.Crop(r)
	if err != nil {
		return false
	}
	defer word.Close()
	askew, err := word.Rotate(-turn)
	if err != nil {
		return false
	}
	defer askew.Close()
	return sharpness(word.Rows()) > sharpness(askew.Rows())
}

// sharpness is how much the rows of a picture differ from the next ones.
func sharpness(rows []int) (sum int) {
	for i := 1; i < len(rows); i++ {
		d := rows[i] - rows[i-1]
		sum += d * d
	}
	return sum
}

func overlapping(a, b postroom.Box) bool {
	return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

// placeTall returns where in the frame what is as high as a part of a stamp stands. fx, fy and back are those of placeLetters.
func placeTall(parts []image.Rectangle, fx, fy, dpi float64, back affine) (out []image.Rectangle) {
	there, ok := back.inverse()
	if !ok {
		return nil
	}
	for _, r := range parts {
		x, y := there.apply(float64(r.Min.X)*fx, float64(r.Min.Y)*fy)
		box := image.Rectangle{Min: image.Pt(int(x), int(y)), Max: image.Pt(int(x), int(y))}
		for _, c := range []image.Point{r.Max, {r.Min.X, r.Max.Y}, {r.Max.X, r.Min.Y}} {
			x, y := there.apply(float64(c.X)*fx, float64(c.Y)*fy)
			box = box.Union(image.Rect(int(x), int(y), int(x)+1, int(y)+1))
		}
		if float64(box.Dy()) > tallLeast*dpi && float64(box.Dx()) > tallThick*dpi {
			out = append(out, box)
		}
	}
	return out
}

func noteOfBlackStamps(n int) string {
	if n == 1 {
		return "a stamp taken out of the print"
	}
	return fmt.Sprintf("%d stamps taken out of the print", n)
}

func (b *bench) only(p *tesseract.Pix, boxes []image.Rectangle) *tesseract.Pix {
	return b.put(func() (*tesseract.Pix, error) { return p.Only(boxes) })
}
