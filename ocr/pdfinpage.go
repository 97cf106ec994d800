package ocr

import (
	"errors"
	"fmt"
	"image"
	"math"

	"github.com/klippa-app/go-pdfium/requests"

	"github.com/postroom/postroom"
)

const (
	drawDPI     = 300
	drawDPIMin  = 60       // drawn more coarsely, nothing could be read
	drawPixels  = 24 << 20 // of a drawn page, so that it fits pdfium's memory: A3 at 300 dpi has 17 million
	mostInches  = 200      // the largest page that PDF 1.7 has without UserUnit (ISO 32000-1 annex C)
	lookDPI     = 100      // a look at where the ink is
	pointsAInch = 72
)

// Page returns page n for reading: its own text when that is sound, else its image.
func (f *pdfFile) Page(n int) (rawPage, error) { return f.page(n, true) }

// Picture returns page n as an image.
func (f *pdfFile) Picture(n int) (rawPage, error) { return f.page(n, false) }

func (f *pdfFile) page(n int, text bool) (raw rawPage, err error) {
	defer rescue(fmt.Sprintf("read page %d", n), &err)
	defer func() {
		if err != nil && !errors.As(err, new(*postroom.Problem)) {
			err = postroom.Bad(err, "the page is damaged or too complicated to be drawn", "ask the sender to send it again, or print and scan it")
		}
	}()
	if n < 1 || n > f.count {
		return rawPage{}, fmt.Errorf("the PDF has no page %d", n)
	}
	var p *pdfPage
	var seen *pageScan
	if f.ctx != nil {
		p = &f.pages[n-1]
		if err := checkInches(p.shown()); err != nil {
			return rawPage{}, err
		}
		// A page that can't be followed is drawn: pdfium forgives more.
		seen, _ = f.scanPage(*p)
	}
	if p != nil && seen != nil {
		if sole := f.findSoleImage(*p, seen); sole != nil {
			raw, err := f.readSole(n, sole, seen)
			if err == nil || errors.As(err, new(*postroom.Problem)) {
				return f.noted(n, raw), err
			}
		}
	}
	raw, err = f.drawPage(n, p, seen, text)
	return f.noted(n, raw), err
}

// noted adds to the first page what is to be said about the whole file.
func (f *pdfFile) noted(n int, raw rawPage) rawPage {
	if n == 1 {
		raw.Notes = append(raw.Notes, f.notes...)
	}
	return raw
}

func checkInches(w, h float64) error {
	if w <= mostInches*pointsAInch && h <= mostInches*pointsAInch {
		return nil
	}
	return postroom.Bad(nil, fmt.Sprintf("the page is %.0f by %.0f inches, too large to be a letter", w/pointsAInch, h/pointsAInch),
		"ask for it on paper of a usual size")
}

// readSole returns a page that is one image.
func (f *pdfFile) readSole(n int, i *soleImage, seen *pageScan) (rawPage, error) {
	if most := f.o.MaxPixels; most > 0 && int64(i.width)*int64(i.height) > most {
		return rawPage{}, postroom.Bad(nil, fmt.Sprintf("the page is %d by %d pixels, more than the limit of %d", i.width, i.height, most),
			"ask for it in a usual resolution, such as 300 dots per inch")
	}
	raw, err := f.extract(i)
	if errors.Is(err, errNeedsDrawer) {
		raw.Image, err = f.drawerImage(n, i)
	}
	if err != nil {
		return rawPage{}, err
	}
	if seen.hidden > 0 {
		raw.Notes = append(raw.Notes, "the PDF's hidden text was made by another program and not used")
	}
	return raw, nil
}

// drawerImage lets pdfium decode the image, in its own pixels.
func (f *pdfFile) drawerImage(n int, i *soleImage) (image.Image, error) {
	if err := f.draw(); err != nil {
		return nil, err
	}
	var m image.Image
	err := f.drawer.onPage(n, func(page requests.Page) (err error) {
		m, err = f.drawer.picture(page, i.width, i.height)
		return err
	})
	if err != nil {
		return nil, err
	}
	if i.cropped() {
		m = m.(interface {
			SubImage(image.Rectangle) image.Image
		}).SubImage(i.crop)
	}
	if rgb, ok := m.(*image.RGBA); ok {
		m = grayIfGray(rgb)
	}
	return m, nil
}

// grayIfGray returns the image as shades of gray when it has no colour.
func grayIfGray(m *image.RGBA) image.Image {
	b := m.Bounds()
	out := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		row := m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):]
		for x := range b.Dx() {
			r, g, b := row[4*x], row[4*x+1], row[4*x+2]
			if r != g || g != b {
				return m
			}
			out.Pix[y*out.Stride+x] = r
		}
	}
	return out
}

// drawnAt returns the resolution in which a page of w by h points is drawn: at best wanted.
func (f *pdfFile) drawnAt(w, h, wanted float64) (dpi int, err error) {
	if err := checkInches(w, h); err != nil {
		return 0, err
	}
	if !(w > 0 && h > 0) {
		return 0, postroom.Bad(nil, "the page has no size", "ask the sender to send it again")
	}
	most := float64(drawPixels)
	if f.o.MaxPixels > 0 {
		most = min(most, float64(f.o.MaxPixels))
	}
	dpi = int(min(wanted, math.Floor(pointsAInch*math.Sqrt(most/(w*h)))))
	if dpi < drawDPIMin {
		return 0, postroom.Bad(nil, fmt.Sprintf("the page is %.0f by %.0f inches, too large to be read", w/pointsAInch, h/pointsAInch),
			"ask for it on paper of a usual size")
	}
	return dpi, nil
}

// mayShowCodes says whether a page paints enough beside its text for a bar code: an image, or
// as many bars as the shortest has.
func mayShowCodes(seen *pageScan) bool {
	return seen == nil || seen.odd || len(seen.images) > 0 || seen.vectors > 0 && seen.pieces >= 10
}

// drawPage lets pdfium take the page's text, or draw it.
func (f *pdfFile) drawPage(n int, p *pdfPage, seen *pageScan, text bool) (rawPage, error) {
	if err := f.draw(); err != nil {
		return rawPage{}, damagedPDF(err)
	}
	if p == nil || f.visibleAnnots(*p) {
		if err := f.drawer.onPage(n, f.drawer.flatten); err != nil && f.drawer.broken {
			return rawPage{}, err
		}
	}
	var raw rawPage
	err := f.drawer.onPage(n, func(page requests.Page) error {
		w, h, err := f.drawer.size(page)
		if err != nil {
			return err
		}
		unit := 1.0
		if p != nil {
			unit = p.unit
		}
		raw = rawPage{}
		dpi, err := f.drawnAt(w*unit, h*unit, drawDPI)
		if err != nil {
			return err
		}
		if dpi < drawDPI {
			raw.Notes = append(raw.Notes, fmt.Sprintf("the page is large and was drawn at %d dots per inch", dpi))
		}
		raw.DPIX, raw.DPIY = float64(dpi), float64(dpi)
		// pdfium knows nothing of UserUnit: to it, a point is always 1/72 inch.
		asDrawn := max(1, int(math.Round(float64(dpi)*unit)))
		if raw.Width, raw.Height, err = f.drawer.pixels(page, asDrawn); err != nil {
			return err
		}
		if text {
			words, why, err := f.readText(page, &raw, seen, p, max(1, asDrawn*lookDPI/dpi))
			if err != nil {
				return err
			}
			if why == "" {
				raw.Text, raw.Words = postroom.TextPDF, words
				if mayShowCodes(seen) {
					raw.Image, err = f.drawer.gray(page, asDrawn)
				}
				return err
			}
			if why != noText {
				raw.Notes = append(raw.Notes, why)
			}
		}
		raw.Image, err = f.drawer.gray(page, asDrawn)
		return err
	})
	return raw, err
}
