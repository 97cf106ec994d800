package ocr

import (
	"fmt"
	"image"
	"math"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// A prepared is a page ready to be recognised.
type prepared struct {
	feed     *tesseract.Pix // upright, straight, clean, square pixels
	dpi      float64        // of feed
	matrix   affine         // from feed to the page as it arrived
	rotation int            // degrees clockwise
	skew     float64        // degrees clockwise
	ink      float64
	blank    bool
	coarse   bool // scanned with few dots, and enlarged
	topOnly  bool // nothing but dirt stands below the top edge
	letters  []letter
	codes    []postroom.Barcode // in feed
	stamps   []stamp
	tall     []image.Rectangle // in feed: what is higher than letters of print are
	notes    []string
}

func (p *prepared) close() {
	p.feed.Close()
	closeStamps(p.stamps)
}

// A letter is something on the page that has the size of one: its middle in
// feed, and its area in pixels of the page as it arrived.
type letter struct{ x, y, area float64 }

// What is fed to Tesseract has about this many dots per inch. Its network brings each
// line to a height of 36 pixels by itself, so more costs time in the layout's analysis and gives nothing.
//
// Scans of fewer dots than feedCoarse are enlarged further and made lighter, since
// their strokes are a pixel of gray: that finds 76 of 100 words on office
// forms of 100 dots per inch where 150 dots found 71.
const (
	feedLeast    = 200
	feedMost     = 320
	feedCoarse   = 150
	feedEnlarged = 250
)

// prepare makes a page ready to be recognised; it takes the scan's image over.
//
// Two images are worked on. What is found out about a page (edges, specks, which
// way is up, skew) is found in one of black and white. What is fed to Tesseract
// is gray, even when the page came in black and white: smoothed after
// enlarging, a fax has about a third fewer errors than with its hard pixels.
func prepare(s scan) (*prepared, error) {
	w := &workpiece{pix: s.pix, back: inPlace, dpiX: s.dpiX, dpiY: s.dpiY, notes: s.notes}
	defer func() { w.pix.Close(); w.tiled.Close() }()
	stamps := w.shrink()
	defer func() { closeStamps(stamps) }()
	ink := w.rightWayRound()
	bits, err := w.bits()
	if err != nil {
		return nil, err
	}
	across, down := float64(bits.Width()), float64(bits.Height())
	a := &workpiece{pix: bits, dpiX: w.dpiX * across / float64(w.pix.Width()), dpiY: w.dpiY * down / float64(w.pix.Height())}
	defer func() { a.pix.Close() }()
	if ink == 0 {
		ink = a.pix.Ink()
	}

	whole := a.pix.Clone()
	defer func() { whole.Close() }()
	if w.pix.Depth() == 1 {
		// Rows of a screen of dots look like lines that were lost, and small codes like dots.
		dithered := a.removeDither()
		a.mendLines()
		if !dithered {
			whole.Close()
			whole = a.pix.Clone()
		}
	}
	codes, err := findCodes(whole, a.dpiX, a.dpiY)
	if err == nil && w.tiled != nil {
		codes, err = w.codesBesides(codes, a.dpiX, a.dpiY)
	}
	if err != nil {
		return nil, err
	}
	edges := a.removeBorder()
	// What is decoded is not read as letters too.
	for _, c := range codes {
		a.pix.White(c.box)
		edges = append(edges, c.box)
	}
	reversed := a.turnReversed()
	defer func() {
		for _, r := range reversed {
			r.shape.Close()
		}
	}()
	dotted := &workpiece{pix: a.pix.Clone(), dpiX: a.dpiX, dpiY: a.dpiY}
	defer func() { dotted.pix.Close() }()
	known := len(a.notes)
	parts := a.removeSpecks()
	letters := letterBoxes(parts, a.dpiX, a.dpiY)
	if len(letters) < 3*fewLetters && dotted.joinFaint() {
		if joined := letterBoxes(dotted.pix.Components(), a.dpiX, a.dpiY); len(joined) > len(letters) {
			letters = joined
			a.pix, dotted.pix = dotted.pix, a.pix
			a.notes = append(a.notes[:known], dotted.notes...)
		}
	}
	if rest := withoutStreaks(letters, a.dpiX, a.dpiY); len(rest) < fewLetters {
		letters = rest
	}
	edge, err := dotted.onlyEdge(parts)
	if err != nil {
		return nil, err
	}
	p := &prepared{ink: ink, blank: len(letters) == 0 && len(codes) == 0 && len(stamps) == 0}
	if w.err == nil && a.err == nil {
		w.take(a, edges, reversed)
	}
	if !p.blank {
		a.square()
		switch {
		case s.turn != nil:
			p.rotation, p.skew = a.turnBy(*s.turn, s.why)
		case edge == 0:
			// Fax machines print their line at the top whichever way the paper lay, and figures
			// and capitals alone read nearly as well upside down.
			p.rotation, p.skew = a.turnBy(0, "")
		default:
			p.rotation, p.skew = a.turnUpright(len(letters), s.glance)
		}
		if p.skew != 0 {
			a.note("straightened by %.1f degrees", p.skew)
		}
	}
	if a.err != nil {
		return nil, a.err
	}
	w.feed(p.rotation, p.skew)
	w.removeCells()
	if w.err != nil {
		return nil, w.err
	}
	p.topOnly, p.coarse = edge == p.rotation, w.coarse
	p.dpi, p.matrix, p.notes = w.dpiX, w.back, append(w.notes, a.notes...)
	p.tall = placeTall(parts, float64(s.width)/across, float64(s.height)/down, p.dpi, w.back)
	p.letters = placeLetters(letters, float64(s.width)/across, float64(s.height)/down, w.back)
	p.codes = placeCodes(codes, float64(s.width)/across, float64(s.height)/down, w.back, w.pix.Width(), w.pix.Height())
	p.notes = append(p.notes, noteOfCodes(len(codes))...)
	p.feed, w.pix = w.pix, nil
	p.stamps, stamps = stamps, nil
	return p, nil
}

// A workpiece is an image on its way through the steps of preparation, with the
// way back to the page as it arrived.
type workpiece struct {
	pix        *tesseract.Pix
	back       affine
	dpiX, dpiY float64
	notes      []string
	err        error

	tiled  *tesseract.Pix // before shadows were made white; nil when none were
	coarse bool           // a scan of few dots that was enlarged
}

// step replaces the image by what do makes of it. After an error, nothing more is done.
func (w *workpiece) step(do func(*tesseract.Pix) (*tesseract.Pix, error)) {
	if w.err != nil {
		return
	}
	next, err := do(w.pix)
	if err != nil {
		w.err = err
		return
	}
	w.pix.Close()
	w.pix = next
}

func (w *workpiece) note(format string, args ...any) {
	w.notes = append(w.notes, fmt.Sprintf(format, args...))
}

// scale enlarges or shrinks the image by what do makes of the factors.
func (w *workpiece) scale(sx, sy float64, do func(p *tesseract.Pix, sx, sy float64) (*tesseract.Pix, error)) {
	if w.err != nil || sx == 1 && sy == 1 {
		return
	}
	width, height := w.pix.Width(), w.pix.Height()
	w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return do(p, sx, sy) })
	if w.err != nil {
		return
	}
	// The true factors: sizes are whole pixels.
	tx, ty := float64(w.pix.Width())/float64(width), float64(w.pix.Height())/float64(height)
	w.back = w.back.after(unscaled(tx, ty))
	// The resolution follows the factor that was asked for, so that square pixels stay square.
	w.dpiX, w.dpiY = w.dpiX*sx, w.dpiY*sy
}

// shrink makes images of more than 450 dots per inch smaller, and colour gray:
// nothing is read better for either, but stamps, which it returns.
func (w *workpiece) shrink() (stamps []stamp) {
	if w.pix.Depth() == 32 {
		stamps = w.takeStamps()
	}
	if w.dpiX > 450 && w.dpiY > 450 {
		w.scale(300/w.dpiX, 300/w.dpiY, (*tesseract.Pix).Reduce)
	}
	return stamps
}

// rightWayRound makes white on black black on white. It returns the share of dark
// pixels that the page had; 0 when it is as it came.
func (w *workpiece) rightWayRound() float64 {
	if w.err != nil {
		return 0
	}
	ink := 0.0
	if w.pix.Depth() == 1 {
		ink = w.pix.Ink()
	} else if w.pix.Median() < 90 {
		dark, err := w.pix.Threshold(128)
		if err != nil {
			w.err = err
			return 0
		}
		ink = dark.Ink()
		dark.Close()
	}
	if ink < 0.7 {
		return 0
	}
	w.step((*tesseract.Pix).Inverted)
	w.note("white on black: turned into black on white")
	return ink
}

// bits returns the page in black and white, enlarged when it is coarse.
func (w *workpiece) bits() (*tesseract.Pix, error) {
	if w.err != nil {
		return nil, w.err
	}
	if w.pix.Depth() == 1 {
		return w.pix.Copy()
	}
	w.evenBackground()
	if w.err != nil {
		return nil, w.err
	}
	return blackAndWhite(w.pix, w.dpiX, w.dpiY)
}

// blackAndWhite returns a gray page in black and white, enlarged when it is coarse.
func blackAndWhite(p *tesseract.Pix, dpiX, dpiY float64) (*tesseract.Pix, error) {
	b := &workpiece{pix: p.Clone(), dpiX: dpiX, dpiY: dpiY}
	if k := feedLeast / min(dpiX, dpiY); k > 1.2 {
		b.scale(k, k, (*tesseract.Pix).Resample)
	}
	gray := b.pix.Clone()
	defer gray.Close()
	b.step((*tesseract.Pix).Otsu)
	if b.err != nil {
		b.pix.Close()
		return nil, b.err
	}
	return withoutGrain(gray, b.pix)
}

// take hands over to the page what was cleaned in its copy of black and white.
func (w *workpiece) take(a *workpiece, edges []image.Rectangle, reversed []reversedBox) {
	if w.pix.Depth() == 1 {
		w.pix.Close()
		w.pix = a.pix.Clone()
		return
	}
	fx, fy := float64(w.pix.Width())/float64(a.pix.Width()), float64(w.pix.Height())/float64(a.pix.Height())
	for _, r := range edges {
		w.pix.White(image.Rect(int(float64(r.Min.X)*fx), int(float64(r.Min.Y)*fy),
			int(math.Ceil(float64(r.Max.X)*fx)), int(math.Ceil(float64(r.Max.Y)*fy))))
	}
	for _, r := range reversed {
		w.turnOver(r, scaled(r.area, fx, fy))
	}
}

// solidLeast is how wide and high solid black is at least, in inches: no letter's stroke is as thick.
const solidLeast = 0.125

// removeBorder takes away the black edges that scanners and copiers leave, and punch holes, and
// returns where they were.
func (w *workpiece) removeBorder() []image.Rectangle {
	if w.err != nil {
		return nil
	}
	width, height := w.pix.Width(), w.pix.Height()
	parts, err := w.solidParts()
	if err != nil {
		w.err = err
		return nil
	}
	// Solid black that touches an edge.
	var edges []image.Rectangle
	for _, r := range parts {
		if r.Min.X <= 2 || r.Min.Y <= 2 || r.Max.X >= width-2 || r.Max.Y >= height-2 {
			// What reaches far into the page is no border: a photograph, say.
			if float64(min(r.Dx(), r.Dy())) > 1.5*max(w.dpiX, w.dpiY) {
				continue
			}
			r = image.Rect(max(0, r.Min.X-5), max(0, r.Min.Y-5), min(width, r.Max.X+5), min(height, r.Max.Y+5))
			w.pix.White(r)
			edges = append(edges, r)
		}
	}
	if len(edges) > 0 {
		w.note("black edges removed")
	}
	holes := w.punchHoles(parts)
	for _, r := range holes {
		w.pix.White(r)
	}
	if len(holes) > 0 {
		w.note("%d punch holes removed", len(holes))
	}
	return append(edges, holes...)
}

// solidParts returns the boxes of what is solid black.
func (w *workpiece) solidParts() ([]image.Rectangle, error) {
	across, down := max(3, int(w.dpiX*solidLeast)), max(3, int(w.dpiY*solidLeast))
	// Most pages have nothing solid, which shows at a quarter of the size: wherever a brick lies,
	// so many tiles of four by four pixels are within it.
	tiles, err := w.pix.Halve(4, 4)
	if err != nil {
		return nil, err
	}
	defer tiles.Close()
	full, err := tiles.Open(max(1, (across-3)/4), max(1, (down-3)/4))
	if err != nil {
		return nil, err
	}
	defer full.Close()
	if across >= 7 && down >= 7 && full.Ink() == 0 {
		return nil, nil
	}
	solid, err := w.pix.Morph(fmt.Sprintf("o%d.%d", across, down))
	if err != nil {
		return nil, err
	}
	defer solid.Close()
	return solid.Components(), nil
}

// removeSpecks takes away dots of one or two pixels where there are so many
// that they are no dots of letters, and returns the boxes of what is left. It has
// to come before any enlarging, which makes specks as large as dots.
func (w *workpiece) removeSpecks() []image.Rectangle {
	if w.err != nil {
		return nil
	}
	parts := w.pix.Components()
	var rest []image.Rectangle
	for _, r := range parts {
		if r.Dx() > 2 || r.Dy() > 2 {
			rest = append(rest, r)
		}
	}
	specks := len(parts) - len(rest)
	inches := float64(w.pix.Width()) / w.dpiX * float64(w.pix.Height()) / w.dpiY
	if float64(specks) < 3*inches || float64(specks) < 0.1*float64(len(parts)) {
		return parts
	}
	w.step(withoutLoneSpecks)
	w.note("%d specks removed", specks)
	return rest
}

// withoutLoneSpecks removes the specks that touch nothing larger within reach: those beside
// letters are often parts of them, dots and the rest of thin strokes.
func withoutLoneSpecks(p *tesseract.Pix) (*tesseract.Pix, error) {
	large, err := p.WithoutSpecks(2, 2)
	if err != nil {
		return nil, err
	}
	defer large.Close()
	around, err := large.Grow(speckReach, speckReach)
	if err != nil {
		return nil, err
	}
	defer around.Close()
	near, err := p.And(around)
	if err != nil {
		return nil, err
	}
	defer near.Close()
	return p.Connected(near)
}

// speckReach is twice the distance in pixels, and one, at which a speck belongs to a letter.
const speckReach = 5

// letterBoxes returns the boxes that have the size of letters of 4 to 40 points.
func letterBoxes(parts []image.Rectangle, dpiX, dpiY float64) []image.Rectangle {
	var out []image.Rectangle
	for _, r := range parts {
		w, h := float64(r.Dx())/dpiX, float64(r.Dy())/dpiY
		if max(w, h) >= 0.028 && h <= 0.5 && h >= 0.006 && w >= 0.006 && w <= 1.0 && w < 12*h && h < 12*w {
			out = append(out, r)
		}
	}
	return out
}

// placeLetters finds the letters' middles in the frame. fx and fy lead from their
// pixels to those of the page as it arrived, and back from the frame to there.
func placeLetters(boxes []image.Rectangle, fx, fy float64, back affine) []letter {
	there, ok := back.inverse()
	if !ok {
		return nil
	}
	out := make([]letter, len(boxes))
	for i, r := range boxes {
		x, y := there.apply(float64(r.Min.X+r.Max.X)/2*fx, float64(r.Min.Y+r.Max.Y)/2*fy)
		out[i] = letter{x, y, float64(r.Dx()) * fx * float64(r.Dy()) * fy}
	}
	return out
}

// square gives a page of black and white square pixels, by enlarging the coarser way.
func (w *workpiece) square() {
	if w.err != nil {
		return
	}
	if r := w.dpiX / w.dpiY; r > 0.98 && r < 1.02 {
		return
	}
	if w.dpiX > w.dpiY {
		w.scale(1, w.dpiX/w.dpiY, (*tesseract.Pix).Scale)
	} else {
		w.scale(w.dpiY/w.dpiX, 1, (*tesseract.Pix).Scale)
	}
}
