package ocr

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"slices"
	"strings"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/requests"

	"github.com/postroom/postroom/ocr/internal/tesseract"
)

const (
	// sharpDPI is for pages without shades: they are drawn without smoothing, which is what
	// makes them small, and need more pixels for it.
	sharpDPI = 400
	// drawnColours is how many colours a page may have to be drawn without smoothing.
	drawnColours = 16
	// losslessMost is the size in bytes above which a page that is full of shades, a photograph
	// for instance, is coded as JPEG.
	losslessMost = 1 << 20
	drawnQuality = 90
)

// drawn returns page n as it goes into a file that can't hold it as it came: in black and white
// or a few colours, not smoothed, at 400 dots per inch, when it has no more; else smoothed at 300.
func (f *pdfFile) drawn(n int) (drawn image.Image, err error) {
	defer rescue(fmt.Sprintf("draw page %d", n), &err)
	d, err := openDrawerWith(f.data, f.password, f.o.CacheDir, f.memoryToDraw(n))
	if err != nil {
		return nil, damagedPDF(err)
	}
	defer d.close()
	unit := 1.0
	if f.ctx == nil || f.visibleAnnots(f.pages[n-1]) {
		if err := d.once(n, d.flatten); err != nil && d.broken {
			return nil, err
		}
	}
	if f.ctx != nil {
		unit = f.pages[n-1].unit
	}
	err = d.once(n, func(page requests.Page) error {
		w, h, err := d.size(page)
		if err != nil {
			return err
		}
		dpi, err := f.drawnAt(w*unit, h*unit, sharpDPI)
		if err != nil {
			return err
		}
		asDrawn := func(dpi int) int { return max(1, int(math.Round(float64(dpi)*unit))) }
		few := &fewColours{index: map[uint32]uint8{}}
		if err := d.render(page, asDrawn(dpi), false, few.size, few.add); err != nil {
			return err
		}
		if !few.over {
			few.m.Palette = few.palette
			drawn = few.m
			if two := onlyBlackAndWhite(few.m); two != nil {
				drawn = two
			}
			return nil
		}
		few = nil
		if dpi, err = f.drawnAt(w*unit, h*unit, drawDPI); err != nil {
			return err
		}
		var all *image.RGBA
		err = d.render(page, asDrawn(dpi), true, func(w, h int) { all = image.NewRGBA(image.Rect(0, 0, w, h)) }, func(y int, band *image.RGBA) bool {
			for row := range band.Rect.Dy() {
				copy(all.Pix[(y+row)*all.Stride:], band.Pix[row*band.Stride:][:all.Stride])
			}
			return true
		})
		drawn = all
		return err
	})
	return drawn, err
}

// memoryToDraw is how much memory pdfium gets for a page. It leaves an image out without a word when
// it has too little for it, so a page with large ones gets as much as they may need.
func (f *pdfFile) memoryToDraw(n int) uint32 {
	if f.ctx == nil {
		return drawerMemoryMost
	}
	seen, err := f.scanPage(f.pages[n-1])
	if err != nil {
		return drawerMemoryMost
	}
	var pixels int64
	for _, i := range seen.images {
		if i.stream != nil {
			pixels += int64(f.integer(i.stream.Dict["Width"], 0)) * int64(f.integer(i.stream.Dict["Height"], 0))
		}
	}
	if pixels > 10<<20 {
		return 8192
	}
	return drawerMemoryMost
}

// bandBytes is how much of a page is drawn at a time.
const bandBytes = 8 << 20

// render draws a page and its annotations on white, band by band from the top: size is told the
// page's size in pixels, and take gets each band and the row that it begins at, until it returns
// false.
func (d *pdfium) render(page requests.Page, dpi int, smooth bool, size func(w, h int), take func(y int, band *image.RGBA) bool) error {
	flags := enums.FPDF_RENDER_FLAG_ANNOT
	if !smooth {
		flags |= enums.FPDF_RENDER_FLAG_RENDER_NO_SMOOTHTEXT | enums.FPDF_RENDER_FLAG_RENDER_NO_SMOOTHPATH
	}
	w, h, err := d.pixels(page, dpi)
	if err != nil {
		return err
	}
	size(w, h)
	points := func(pixels int) float64 { return float64(pixels) * pointsAInch / float64(dpi) }
	rows := max(16, bandBytes/4/max(1, w))
	for y := 0; y < h; y += rows {
		n := min(rows, h-y)
		r, err := d.instance.RenderPageInDPI(&requests.RenderPageInDPI{
			Page: page, DPI: dpi, RenderFlags: flags,
			Crop: &requests.RenderPageCrop{Y: points(y), Width: points(w), Height: points(n)},
		})
		if err != nil {
			return err
		}
		m, ok := r.Result.RenderedImage.(*image.RGBA)
		if !ok || m.Rect.Dx() != w || m.Rect.Dy() != n {
			r.Cleanup()
			return errors.New("pdfium drew in another format")
		}
		on := take(y, m) // what it drew lies in the sandbox, which uses the memory again
		r.Cleanup()
		if !on {
			return nil
		}
	}
	return nil
}

// onlyBlackAndWhite returns a page in black and white when that is all it has: what the eye takes
// for one of the two counts as that. It returns nil when there are other colours.
func onlyBlackAndWhite(m *image.Paletted) *image.Gray {
	const black, white = 24, 250
	shades := make([]uint8, len(m.Palette))
	for i, c := range m.Palette {
		v := c.(color.RGBA)
		switch {
		case min(v.R, v.G, v.B) >= white:
			shades[i] = 255
		case max(v.R, v.G, v.B) > black:
			return nil
		}
	}
	out := image.NewGray(m.Rect)
	for i, k := range m.Pix {
		out.Pix[i] = shades[k]
	}
	return out
}

// A fewColours makes a picture with a palette, as long as the colours are few enough for one.
type fewColours struct {
	m       *image.Paletted
	index   map[uint32]uint8
	palette color.Palette
	over    bool // there are too many
}

func (f *fewColours) size(w, h int) { f.m = image.NewPaletted(image.Rect(0, 0, w, h), nil) }

func (f *fewColours) add(y int, band *image.RGBA) bool {
	last, lastIndex := uint32(0), uint8(0)
	for row := range band.Rect.Dy() {
		in, out := band.Pix[row*band.Stride:], f.m.Pix[(y+row)*f.m.Stride:]
		for x := range band.Rect.Dx() {
			r, g, b := in[4*x], in[4*x+1], in[4*x+2]
			if v := uint32(r)<<16 | uint32(g)<<8 | uint32(b) | 1<<24; v != last {
				k, ok := f.index[v]
				if !ok {
					if len(f.palette) == drawnColours {
						f.over = true
						return false
					}
					k = uint8(len(f.palette))
					f.index[v] = k
					f.palette = append(f.palette, color.RGBA{r, g, b, 255})
				}
				last, lastIndex = v, k
			}
			out[x] = lastIndex
		}
	}
	return true
}

// outPicture codes pixels for a PDF: black and white as G4, else without a loss; what that makes very
// large as JPEG.
func outPicture(m image.Image, maxPixels int64) (*outImage, error) {
	switch v := m.(type) {
	case *image.RGBA:
		if m = grayIfGray(v); m == image.Image(v) {
			few := &fewColours{index: map[uint32]uint8{}}
			if few.size(v.Rect.Dx(), v.Rect.Dy()); few.add(0, v) {
				few.m.Palette = few.palette
				m = few.m
			}
		}
	}
	if few, ok := m.(*image.Paletted); ok && len(few.Palette) <= 2 {
		return outTwoColours(few)
	}
	if g, ok := m.(*image.Gray); ok && !slices.ContainsFunc(g.Pix, func(v uint8) bool { return v != 0 && v != 255 }) {
		return outTwoShades(g)
	}
	var file bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&file, m); err != nil {
		return nil, fmt.Errorf("code a page without a loss: %w", err)
	}
	if file.Len() > losslessMost {
		var small bytes.Buffer
		if err := jpeg.Encode(&small, m, &jpeg.Options{Quality: drawnQuality}); err != nil {
			return nil, fmt.Errorf("code a page as JPEG: %w", err)
		}
		if small.Len() < file.Len() {
			return outJPEG(small.Bytes(), maxPixels)
		}
	}
	return outPNG(file.Bytes(), maxPixels)
}

// outTwoShades codes black and white pixels as G4.
func outTwoShades(g *image.Gray) (*outImage, error) {
	pix, err := tesseract.FromImage(g)
	if err != nil {
		return nil, fmt.Errorf("code a page as G4: %w", err)
	}
	defer pix.Close()
	two, err := pix.Threshold(128)
	if err != nil {
		return nil, fmt.Errorf("code a page as G4: %w", err)
	}
	defer two.Close()
	return outPix(two)
}

// outTwoColours codes pixels of two colours, or of one, as G4 with a palette.
func outTwoColours(m *image.Paletted) (*outImage, error) {
	g := image.NewGray(m.Rect)
	for i, k := range m.Pix {
		g.Pix[i] = 255 * (1 - k)
	}
	out, err := outTwoShades(g)
	if err != nil {
		return nil, err
	}
	// Pixels of the first colour are white to G4.
	first := m.Palette[0].(color.RGBA)
	second := m.Palette[len(m.Palette)-1].(color.RGBA)
	low, high := second, first
	if strings.Contains(out.entries, "/BlackIs1 true") {
		low, high = first, second
	}
	space := fmt.Sprintf("/ColorSpace[/Indexed/DeviceRGB 1<%02x%02x%02x%02x%02x%02x>]", low.R, low.G, low.B, high.R, high.G, high.B)
	out.entries, out.colour = strings.Replace(out.entries, "/ColorSpace/DeviceGray", space, 1), true
	return out, nil
}

// outRecoded codes the pixels of a JPEG in CMYK anew: what its colours look like depends on the
// printer, and PDF/A asks for colours that do not.
func outRecoded(p *searchablePage, i *outImage, maxPixels int64) (*outImage, error) {
	if int64(i.width)*int64(i.height) > maxPixels {
		return nil, fmt.Errorf("the page is %d by %d pixels", i.width, i.height)
	}
	m, err := jpeg.Decode(bytes.NewReader(p.Data))
	if err != nil {
		return nil, fmt.Errorf("decode a JPEG: %w", err)
	}
	rgb := image.NewRGBA(image.Rect(0, 0, m.Bounds().Dx(), m.Bounds().Dy()))
	draw.Draw(rgb, rgb.Rect, m, m.Bounds().Min, draw.Src)
	out, err := outPicture(rgb, maxPixels)
	if err == nil {
		out.turn, out.mirror = i.turn, i.mirror
	}
	return out, err
}
