package ocr

import (
	"cmp"
	"fmt"
	"image"
	"math"
	"slices"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// A stamp on a page without colours can't be told from the print by its ink, but it stands askew on the level
// page: by the lines of its frame, or by letters whose strokes are thicker than those of print. Frame and
// letters are taken out of the print, and what the stamp says is read in a picture of it that is turned level.
// What its frame is stands in blackframe.go, what it says in blackread.go; large outlines and rings that cross print
// are taken out as strokes (blackstrokes.go).

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

func white(p *tesseract.Pix) int {
	if p.Depth() == 1 {
		return 0
	}
	return 255
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
