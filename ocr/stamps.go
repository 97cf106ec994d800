package ocr

import (
	"image"
	"math"
	"slices"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// A stamp in coloured ink over black print is taken apart from it: the print is read without the ink's
// strokes, and what the stamp says is read in the ink alone. Where the ink crosses no print nothing
// is done: coloured headings, logos and letters are read with the rest of the page.

const (
	// Ink has strokes, wider than the fringes that scanners give to print, whose colours are so far apart;
	// where they are thin it is less, but gray paper and black print stay below that.
	inkColour, inkThin = 50, 30
	inkStroke          = 0.009  // inches
	inkLeast           = 0.0003 // of the page: less is no stamp
	// Ink is darker than this part of the paper: a highlighter is not.
	inkDark = 0.68
	// Print is black in all three colours: darker than this part of the paper.
	printDark = 0.4
	// What is smaller, in inches, is no letter.
	printLeast = 0.05
	// A stamp's size in inches.
	stampLeastWide, stampLeastHigh = 0.6, 0.25
	stampMostWide, stampMostHigh   = 5, 3
	// How far apart in inches the strokes of one stamp stand.
	stampGap = 0.12
	// So many letters are crossed by a stamp that has to be taken out.
	stampCrosses = 4
	// A word in a stamp that is less sure than this is not one: letters under the ink leave gaps in it.
	stampSure = 0.5
	// What stamps are read in, and how far askew they may stand, in degrees.
	stampDPI  = 250
	stampSkew = 20
)

// A stamp is the ink of one: a gray picture of it alone, and the way from there to the page as it arrived.
type stamp struct {
	pix        *tesseract.Pix
	back       affine
	dpiX, dpiY float64
}

// takeStamps makes a page in colour gray, without the ink of stamps, which it returns.
func (w *workpiece) takeStamps() []stamp {
	colour := w.pix.Clone()
	defer func() { colour.Close() }()
	w.step((*tesseract.Pix).Gray)
	if w.err != nil {
		return nil
	}
	stamps, err := w.separate(colour)
	if err != nil {
		w.err = err
		closeStamps(stamps)
		return nil
	}
	switch len(stamps) {
	case 0:
	case 1:
		w.note("a stamp in colour read apart from the print")
	default:
		w.note("%d stamps in colour read apart from the print", len(stamps))
	}
	return stamps
}

func closeStamps(stamps []stamp) {
	for _, s := range stamps {
		s.pix.Close()
	}
}

// A bench keeps the pictures that a step makes on its way, and the first error.
type bench struct {
	pix []*tesseract.Pix
	err error
}

// put runs a step unless one failed before, and returns what it makes.
func (b *bench) put(step func() (*tesseract.Pix, error)) *tesseract.Pix {
	if b.err != nil {
		return nil
	}
	p, err := step()
	if b.err = err; err != nil {
		return nil
	}
	b.pix = append(b.pix, p)
	return p
}

func (b *bench) clear() {
	for _, p := range b.pix {
		p.Close()
	}
}

// inches is a length in pixels.
func (w *workpiece) inches(n float64) int { return max(1, int(n*min(w.dpiX, w.dpiY))) }

// separate whitens, in the gray page, the ink of stamps in the same page in colour.
func (w *workpiece) separate(colour *tesseract.Pix) ([]stamp, error) {
	var b bench
	defer b.clear()
	paper := float64(w.pix.Median())
	hue := b.put(colour.Colour)
	if b.err != nil || hue.Between(inkColour, 256) < inkLeast {
		return nil, b.err
	}
	thin, ink := w.ink(&b, hue, paper)
	light := b.put(colour.Light)
	black := b.put(func() (*tesseract.Pix, error) { return light.Threshold(int(printDark * paper)) })
	print := b.put(func() (*tesseract.Pix, error) { return black.Minus(thin) }) // the dark cores of coloured letters are none
	boxes, err := w.stampBoxes(&b, ink, print)
	if err != nil || len(boxes) == 0 {
		return nil, err
	}
	ink = b.put(func() (*tesseract.Pix, error) { return ink.Only(boxes) })
	reach := w.inches(0.02)/2*2 + 1
	mask := b.put(func() (*tesseract.Pix, error) { return ink.Grow(reach, reach) })
	if b.err != nil {
		return nil, b.err
	}
	// As light as the ink is in its lightest colour it becomes paper, and what is black below it stays dark.
	level := float64(light.Rank(ink, 0.3))
	if level < (printDark+0.05)*paper {
		return nil, nil // hardly another than black
	}
	alone, err := w.inkAlone(&b, hue, ink, mask, print)
	if err != nil {
		return nil, err
	}
	light.Times(paper / level)
	var stamps []stamp
	for _, r := range boxes {
		if err := w.withoutInk(light, mask, r); err != nil {
			return stamps, err
		}
		r = r.Inset(-w.inches(0.1)).Intersect(image.Rect(0, 0, alone.Width(), alone.Height()))
		c, err := alone.Crop(r)
		if err != nil {
			return stamps, err
		}
		stamps = append(stamps, stamp{c, w.back.after(affine{1, 0, float64(r.Min.X), 0, 1, float64(r.Min.Y)}), w.dpiX, w.dpiY})
	}
	return stamps, nil
}

// ink returns what is coloured and dark, and of that the strokes: no areas, and no fringes of print.
func (w *workpiece) ink(b *bench, hue *tesseract.Pix, paper float64) (thin, ink *tesseract.Pix) {
	gray := b.put(hue.Inverted)
	dark := b.put(func() (*tesseract.Pix, error) { return w.pix.Threshold(int(inkDark * paper)) })
	coloured := func(least int) *tesseract.Pix {
		p := b.put(func() (*tesseract.Pix, error) { return gray.Threshold(256 - least) })
		return b.put(func() (*tesseract.Pix, error) { return p.And(dark) })
	}
	vivid, thin := coloured(inkColour), coloured(inkThin)
	stroke, solid := w.inches(inkStroke), w.inches(solidLeast)
	seed := b.put(func() (*tesseract.Pix, error) { return vivid.Open(stroke, stroke) })
	all := b.put(func() (*tesseract.Pix, error) { return thin.Connected(seed) })
	seed = b.put(func() (*tesseract.Pix, error) { return all.Open(solid, solid) })
	areas := b.put(func() (*tesseract.Pix, error) { return all.Connected(seed) })
	return thin, b.put(func() (*tesseract.Pix, error) { return all.Minus(areas) })
}

// stampBoxes returns where ink of a stamp's size crosses print. No two boxes overlap.
func (w *workpiece) stampBoxes(b *bench, ink, print *tesseract.Pix) ([]image.Rectangle, error) {
	gap := w.inches(stampGap)
	near := b.put(func() (*tesseract.Pix, error) { return ink.Join(gap, gap) })
	around := b.put(func() (*tesseract.Pix, error) { return ink.Grow(3, 3) })
	seed := b.put(func() (*tesseract.Pix, error) { return print.And(around) })
	crossed := b.put(func() (*tesseract.Pix, error) { return print.Connected(seed) })
	if b.err != nil {
		return nil, b.err
	}
	letters := slices.DeleteFunc(crossed.Components(), func(r image.Rectangle) bool { return max(r.Dx(), r.Dy()) < w.inches(printLeast) })
	var boxes, others []image.Rectangle
	for _, r := range near.Components() {
		wide, high := float64(r.Dx())/w.dpiX, float64(r.Dy())/w.dpiY
		if max(wide, high) > stampMostWide || min(wide, high) > stampMostHigh {
			continue
		}
		crosses := 0
		for _, l := range letters {
			if l.Overlaps(r) {
				crosses++
			}
		}
		if crosses >= stampCrosses && max(wide, high) >= stampLeastWide && min(wide, high) >= stampLeastHigh {
			boxes = joined(boxes, r)
		} else {
			others = append(others, r)
		}
	}
	// Print hides parts of a frame, and cuts off others.
	for _, r := range others {
		if i := slices.IndexFunc(boxes, func(b image.Rectangle) bool { return b.Inset(-2 * gap).Overlaps(r) }); i >= 0 {
			boxes = joined(boxes, r.Union(boxes[i]))
		}
	}
	return boxes, nil
}

// inkAlone returns a gray picture of the ink, and of the print that has ink on both sides of it.
func (w *workpiece) inkAlone(b *bench, hue, ink, mask, print *tesseract.Pix) (*tesseract.Pix, error) {
	whole := b.put(func() (*tesseract.Pix, error) { return ink.Join(w.inches(0.03), w.inches(0.03)) })
	through := b.put(func() (*tesseract.Pix, error) { return print.And(whole) })
	outside := b.put(mask.Inverted)
	strong := b.put(hue.Copy)
	if b.err != nil {
		return nil, b.err
	}
	strong.Times(255 / float64(max(1, hue.Rank(ink, 0.5))))
	alone := b.put(strong.Inverted)
	if b.err != nil {
		return nil, b.err
	}
	alone.Whiten(outside, 255)
	alone.Whiten(through, 0)
	return alone, nil
}

// withoutInk takes over, under the mask, a stamp's place from a picture in which its ink is no
// darker than the paper, nor to be lighter.
func (w *workpiece) withoutInk(light, mask *tesseract.Pix, r image.Rectangle) error {
	here, err := w.pix.Crop(r)
	if err != nil {
		return err
	}
	defer here.Close()
	paper := here.Median()
	under, err := light.Threshold(paper)
	if err != nil {
		return err
	}
	defer under.Close()
	over, err := under.Inverted()
	if err != nil {
		return err
	}
	defer over.Close()
	only, err := mask.Only([]image.Rectangle{r})
	if err != nil {
		return err
	}
	defer only.Close()
	light.Whiten(over, paper)
	w.pix.Combine(light, only)
	return nil
}

// joined adds a box to others of which no two overlap: a frame and what stands in it are one stamp.
func joined(boxes []image.Rectangle, r image.Rectangle) []image.Rectangle {
	for i, b := range boxes {
		if b.Overlaps(r) {
			return joined(slices.Delete(boxes, i, i+1), b.Union(r))
		}
	}
	return append(boxes, r)
}

// readStamps reads what the page's stamps say, in the page's frame, behind all other words.
func (p *prepared) readStamps(engine recogniser, words []postroom.Word) ([]postroom.Word, error) {
	for _, s := range p.stamps {
		read, err := s.read(engine, p.rotation)
		if err != nil {
			return words, err
		}
		words = p.withStamp(words, read)
	}
	return renumber(words), nil
}

// withStamp adds the words of a stamp, where they stand, behind all others.
func (p *prepared) withStamp(words []postroom.Word, read stampText) []postroom.Word {
	there, ok := p.matrix.inverse()
	if !ok {
		return words
	}
	line, block := 0, 0
	if n := len(words); n > 0 {
		line, block = words[n-1].Line+1, words[n-1].Block+1
	}
	for _, v := range read.words {
		if v.Confidence < stampSure || !anyRead([]postroom.Word{v}) {
			continue
		}
		b := v.Box
		x, y := read.way.apply(float64(b[0]+b[2])/2, float64(b[1]+b[3])/2)
		x, y = there.apply(x, y)
		wide, high := float64(b.Width())*p.dpi/read.dpi/2, float64(b.Height())*p.dpi/read.dpi/2
		v.Box = postroom.Box{max(0, int(x-wide)), max(0, int(y-high)), min(p.feed.Width(), int(math.Ceil(x+wide))), min(p.feed.Height(), int(math.Ceil(y+high)))}
		if v.Box.Empty() {
			continue
		}
		v.Line += line
		v.Block += block
		words = append(words, v)
	}
	return words
}

// A stampText is what a stamp says, and the way from its words to the page as it arrived.
type stampText struct {
	words []postroom.Word
	way   affine
	dpi   float64
}

func (s stamp) read(engine recogniser, rotation int) (stampText, error) {
	w := &workpiece{pix: s.pix.Clone(), back: s.back, dpiX: s.dpiX, dpiY: s.dpiY}
	defer func() { w.pix.Close() }()
	skew, err := s.skew(rotation)
	if err != nil {
		return stampText{}, err
	}
	if k := stampDPI / min(w.dpiX, w.dpiY); k > 1 {
		w.scale(k, k, (*tesseract.Pix).Resample)
	}
	w.feed(rotation, skew)
	if w.err != nil {
		return stampText{}, w.err
	}
	found, _, err := engine.Recognise(w.pix)
	if err != nil {
		return stampText{}, err
	}
	return stampText{arrange(found, w.pix.Width(), w.pix.Height()), w.back, w.dpiX}, nil
}

// skew returns by how many degrees clockwise the stamp has to be turned further to stand level.
func (s stamp) skew(rotation int) (float64, error) {
	w := &workpiece{pix: s.pix.Clone(), dpiX: s.dpiX, dpiY: s.dpiY}
	defer func() { w.pix.Close() }()
	w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Threshold(128) })
	w.square()
	if rotation != 0 {
		w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Turn(rotation) })
	}
	if w.err != nil {
		return 0, w.err
	}
	degrees, sure, _ := w.pix.FindSkew(stampSkew)
	if sure < 2 {
		return 0, nil
	}
	return degrees, nil
}
