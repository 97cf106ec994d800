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
	letters  []image.Rectangle // what looks like letters, in feed
	notes    []string
}

func (p *prepared) close() { p.feed.Close() }

// A workpiece is an image on its way through the steps of preparation, with the
// way back to the page as it arrived.
type workpiece struct {
	pix        *tesseract.Pix
	back       affine
	dpiX, dpiY float64
	notes      []string
	err        error
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

// prepare makes a page ready to be recognised; it takes the scan's image over.
func prepare(s scan) (*prepared, error) {
	w := &workpiece{pix: s.pix, back: inPlace, dpiX: s.dpiX, dpiY: s.dpiY, notes: s.notes}
	defer func() { w.pix.Close() }()

	w.shrink()
	w.binarise()
	if w.err != nil {
		return nil, w.err
	}
	ink := w.pix.Ink()
	w.removeBorder()
	w.removeSpecks()
	if w.err != nil {
		return nil, w.err
	}
	blank := w.blank()
	rotation, skew := 0, 0.0
	w.square()
	if !blank {
		rotation = w.turnUpright()
		skew = w.straighten()
	}
	if w.err != nil {
		return nil, w.err
	}
	w.pix.SetResolution(w.dpiX, w.dpiY)
	p := &prepared{
		feed: w.pix, dpi: w.dpiX, matrix: w.back, rotation: rotation, skew: skew, ink: ink, blank: blank,
		letters: letterBoxes(w.pix.Components(), w.dpiX, w.dpiY), notes: w.notes,
	}
	w.pix = nil
	return p, nil
}

// shrink makes images of more than 450 dots per inch smaller: nothing is read
// better for it.
func (w *workpiece) shrink() {
	if w.dpiX <= 450 || w.dpiY <= 450 {
		return
	}
	w.scale(300/w.dpiX, 300/w.dpiY)
}

func (w *workpiece) scale(sx, sy float64) {
	if w.err != nil || sx == 1 && sy == 1 {
		return
	}
	width, height := w.pix.Width(), w.pix.Height()
	w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Scale(sx, sy) })
	if w.err != nil {
		return
	}
	// The true factors: sizes are whole pixels.
	sx, sy = float64(w.pix.Width())/float64(width), float64(w.pix.Height())/float64(height)
	w.back = w.back.after(unscaled(sx, sy))
	w.dpiX, w.dpiY = w.dpiX*sx, w.dpiY*sy
}

func (w *workpiece) binarise() {
	if w.err != nil || w.pix.Depth() == 1 {
		return
	}
	w.step((*tesseract.Pix).Gray)
	if w.dpiX < 180 {
		k := math.Ceil(200 / w.dpiX)
		w.scale(k, k)
		w.note("enlarged %.0f times before reading: it was scanned at only %.0f dots per inch", k, w.dpiX/k)
	}
	w.step((*tesseract.Pix).FlatBackground)
	w.step((*tesseract.Pix).Otsu)
	w.note("made black and white after evening out the background")
}

// removeBorder takes away the black edges that scanners and copiers leave.
func (w *workpiece) removeBorder() {
	if w.err != nil {
		return
	}
	width, height := w.pix.Width(), w.pix.Height()
	// Solid black, an eighth of an inch wide and high at least, that touches an edge.
	brick := fmt.Sprintf("o%d.%d", max(3, int(w.dpiX/8)), max(3, int(w.dpiY/8)))
	solid, err := w.pix.Morph(brick)
	if err != nil {
		w.err = err
		return
	}
	defer solid.Close()
	found := false
	for _, r := range solid.Components() {
		if r.Min.X <= 2 || r.Min.Y <= 2 || r.Max.X >= width-2 || r.Max.Y >= height-2 {
			// What reaches far into the page is no border: a photograph, say.
			edge := min(r.Dx(), r.Dy())
			if float64(edge) > 1.5*max(w.dpiX, w.dpiY) {
				continue
			}
			w.pix.White(image.Rect(max(0, r.Min.X-3), max(0, r.Min.Y-3), min(width, r.Max.X+3), min(height, r.Max.Y+3)))
			found = true
		}
	}
	if found {
		w.note("black edges removed")
	}
}

// removeSpecks takes away dots of one or two pixels where there are so many
// that they are no dots of letters. It has to come before any enlarging,
// which makes specks as large as dots.
func (w *workpiece) removeSpecks() {
	if w.err != nil {
		return
	}
	parts := w.pix.Components()
	specks := 0
	for _, r := range parts {
		if r.Dx() <= 2 && r.Dy() <= 2 {
			specks++
		}
	}
	inches := float64(w.pix.Width()) / w.dpiX * float64(w.pix.Height()) / w.dpiY
	if float64(specks) < 3*inches || float64(specks) < 0.1*float64(len(parts)) {
		return
	}
	w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.WithoutSpecks(2, 2) })
	w.note("%d specks removed", specks)
}

// letterBoxes returns the boxes that have the size of letters of 4 to 40 points.
func letterBoxes(parts []image.Rectangle, dpiX, dpiY float64) []image.Rectangle {
	var out []image.Rectangle
	for _, r := range parts {
		w, h := float64(r.Dx())/dpiX, float64(r.Dy())/dpiY
		if h >= 0.028 && h <= 0.5 && w >= 0.006 && w <= 1.0 && w < 12*h && h < 12*w {
			out = append(out, r)
		}
	}
	return out
}

// blank says whether nothing is written on the page. A single line of a few
// letters is enough for it not to be.
func (w *workpiece) blank() bool {
	if w.err != nil {
		return false
	}
	return len(letterBoxes(w.pix.Components(), w.dpiX, w.dpiY)) < 4
}

// square gives the page square pixels, by enlarging the coarser way.
func (w *workpiece) square() {
	if w.err != nil {
		return
	}
	if r := w.dpiX / w.dpiY; r > 0.98 && r < 1.02 {
		return
	}
	if w.dpiX > w.dpiY {
		w.scale(1, w.dpiX/w.dpiY)
	} else {
		w.scale(w.dpiY/w.dpiX, 1)
	}
	w.dpiX = (w.dpiX + w.dpiY) / 2
	w.dpiY = w.dpiX
}

// turnUpright returns by how many degrees clockwise the page was turned.
func (w *workpiece) turnUpright() int {
	if w.err != nil {
		return 0
	}
	up, left := w.pix.Orientation()
	const sure = 6
	degrees := 0
	switch {
	case math.Abs(left) > math.Abs(up) && left > sure:
		degrees = 90
	case math.Abs(left) > math.Abs(up) && left < -sure:
		degrees = 270
	case up < -sure:
		degrees = 180
	default:
		return 0
	}
	width, height := w.pix.Width(), w.pix.Height()
	w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Turn(degrees) })
	w.back = w.back.after(unturned(degrees, width, height))
	if degrees%180 != 0 {
		w.dpiX, w.dpiY = w.dpiY, w.dpiX
	}
	w.note("turned by %d degrees", degrees)
	return degrees
}

// straighten returns by how many degrees clockwise the page was straightened.
func (w *workpiece) straighten() float64 {
	if w.err != nil {
		return 0
	}
	degrees, sure := w.pix.FindSkew()
	if sure < 3 || math.Abs(degrees) < 0.1 || math.Abs(degrees) > 7 {
		return 0
	}
	width, height := w.pix.Width(), w.pix.Height()
	w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Rotate(degrees) })
	w.back = w.back.after(unrotated(degrees, width, height))
	w.note("straightened by %.1f degrees", degrees)
	return math.Round(degrees*100) / 100
}

// coverage returns the share of the letters' area whose middle lies in a word.
func coverage(letters []image.Rectangle, words []postroom.Word) float64 {
	if len(letters) == 0 {
		return 1
	}
	// Words by rows of 32 pixels, so that each letter looks at few of them.
	rows := map[int][]postroom.Box{}
	for _, w := range words {
		for y := w.Box[1] / 32; y <= w.Box[3]/32; y++ {
			rows[y] = append(rows[y], w.Box)
		}
	}
	var all, covered float64
	for _, r := range letters {
		area := float64(r.Dx() * r.Dy())
		all += area
		x, y := (r.Min.X+r.Max.X)/2, (r.Min.Y+r.Max.Y)/2
		for _, b := range rows[y/32] {
			if x >= b[0] && x < b[2] && y >= b[1] && y < b[3] {
				covered += area
				break
			}
		}
	}
	return covered / all
}
