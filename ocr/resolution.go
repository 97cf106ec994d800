package ocr

import (
	"fmt"
	"math"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// Fax machines send lines of these widths in pixels at 204 dots per inch: A4, B4 and
// A3 (ITU-T T.4, section 2.1; 1734 is what some gateways make of A4).
var faxWidths = map[int]bool{1728: true, 1734: true, 2048: true, 2432: true}

// faxRows are the rows per inch of fax: standard, fine and superfine (ITU-T T.4, section 2.2).
var faxRows = []float64{98, 196, 391}

// Paper sizes in inches, upright.
var papers = []struct{ width, height float64 }{
	{8.27, 11.69}, {8.5, 11}, {8.5, 14}, {11.69, 16.54}, {5.83, 8.27},
}

// believable says whether a page of the size can have the resolution: a sheet of at
// most about A3, and dots neither coarser than a screen's nor finer than any scanner's.
func believable(width, height int, x, y float64) bool {
	if !(x >= 50 && y >= 40 && x <= 2500 && y <= 2500) {
		return false
	}
	if r := x / y; r < 0.3 || r > 3.3 {
		return false
	}
	w, h := float64(width)/x, float64(height)/y
	return min(w, h) <= 12.5 && max(w, h) <= 24
}

// tooSmall says whether a page has the shape of a whole sheet of A4 or letter paper, and by its
// resolution would be smaller than A6: programs that write a resolution without knowing it do
// that, mostly 300. What is cut out of a page, cards and labels have other shapes.
func tooSmall(width, height int, x, y float64) bool {
	w, h := float64(width)/x, float64(height)/y
	short, long := min(w, h), max(w, h)
	if short > 3.9 || long > 5.6 || float64(min(width, height)) < 8*60 {
		return false
	}
	for _, p := range papers[:2] {
		if math.Abs(math.Log((long/short)/(p.height/p.width))) < 0.015 {
			return true
		}
	}
	return false
}

// resolution returns the dots per inch of a page of the size in pixels, and a note
// when the file's own (x and y) could not be used. aspect is x by y when a file
// gives only that, else 0.
func resolution(width, height int, x, y, aspect float64) (float64, float64, string) {
	if x > 0 && !(y > 0) {
		y = x
	}
	if believable(width, height, x, y) && !tooSmall(width, height, x, y) {
		return x, y, ""
	}
	gx, gy := inferResolution(width, height, aspect)
	if x > 0 || y > 0 {
		return gx, gy, fmt.Sprintf("the file's resolution (%.0f by %.0f dpi) can't be true; taken as %.0f by %.0f", x, y, gx, gy)
	}
	return gx, gy, fmt.Sprintf("the file gives no resolution; taken as %.0f by %.0f dpi", gx, gy)
}

func inferResolution(width, height int, aspect float64) (float64, float64) {
	if faxWidths[width] {
		if aspect > 0.4 && aspect < 2.5 {
			return 204, nearest(faxRows, 204/aspect)
		}
		// A fax page is about as long as it is wide or longer, up to a good deal.
		wide := float64(width) / 204
		best, off := faxRows[1], math.Inf(1)
		for _, rows := range faxRows {
			if d := math.Abs(math.Log(float64(height) / rows / (wide * math.Sqrt2))); d < off {
				best, off = rows, d
			}
		}
		return 204, best
	}
	if !(aspect > 0.3 && aspect < 3.3) {
		aspect = 1
	}
	// As if with square pixels, lying on the paper whose shape fits best.
	w, h := float64(width), float64(height)*aspect
	short, long := min(w, h), max(w, h)
	best, off := papers[0], math.Inf(1)
	for _, p := range papers[:3] {
		if d := math.Abs(math.Log((long / short) / (p.height / p.width))); d < off {
			best, off = p, d
		}
	}
	dpi := long / best.height
	if off > 0.2 { // no whole sheet; its width is the surer guess
		dpi = short / best.width
	}
	dpi = max(50, min(1200, nearest([]float64{72, 96, 100, 150, 200, 204, 240, 300, 400, 600, 1200}, dpi)))
	return dpi, dpi / aspect
}

// Letters are mostly as high as this, in inches: the small ones of 10 to 12 points. A page most of whose letters are
// lower than the least, of 4 points, or as high as the most, of 20, has another resolution than it says.
const (
	letterUsual  = 0.075
	letterLeast  = 0.027
	letterMost   = 0.15
	lettersAsked = 60 // fewer tell nothing
)

// wholeSheet says whether a page has the size of a sheet of paper, or comes from a fax machine: its
// resolution then is what it says.
func wholeSheet(width, height int, x, y float64) bool {
	if faxWidths[width] {
		return true
	}
	w, h := float64(width)/x, float64(height)/y
	for _, p := range papers {
		if math.Abs(min(w, h)/p.width-1) < 0.04 && math.Abs(max(w, h)/p.height-1) < 0.04 {
			return true
		}
	}
	return false
}

// askLetters takes the resolution from the height of the page's letters, when its size does not bear out what is
// said, and letters do not either: of parts of pages, and pictures of screens.
func (s *scan) askLetters() error {
	if wholeSheet(s.width, s.height, s.dpiX, s.dpiY) || math.Abs(s.dpiX/s.dpiY-1) > 0.02 {
		return nil
	}
	w := &workpiece{pix: s.pix.Clone(), dpiX: s.dpiX, dpiY: s.dpiY}
	defer func() { w.pix.Close() }()
	if s.pix.Depth() > 8 {
		w.step((*tesseract.Pix).Gray)
	}
	if s.pix.Depth() > 1 {
		w.step((*tesseract.Pix).Otsu)
	}
	if w.err != nil {
		return w.err
	}
	var heights []int
	for _, r := range w.pix.Components() {
		if r.Dy() >= 4 && r.Dx() >= 2 && r.Dx() < 3*r.Dy() && r.Dy() < 4*r.Dx() {
			heights = append(heights, r.Dy())
		}
	}
	if len(heights) < lettersAsked {
		return nil
	}
	high := median(heights)
	if inches := high / s.dpiY; inches >= letterLeast && inches < letterMost {
		return nil
	}
	dpi := math.Round(max(60, min(1200, high/letterUsual)))
	s.notes = append(s.notes, fmt.Sprintf("by the height of its letters the page has about %.0f dpi, not %.0f", dpi, s.dpiX))
	s.dpiX, s.dpiY = dpi, dpi
	return nil
}

// nearest returns the value that is within a twelfth of x in proportion, or else x.
func nearest(values []float64, x float64) float64 {
	best := values[0]
	for _, v := range values {
		if math.Abs(math.Log(v/x)) < math.Abs(math.Log(best/x)) {
			best = v
		}
	}
	if math.Abs(math.Log(best/x)) > 1.0/12 {
		return x
	}
	return best
}
