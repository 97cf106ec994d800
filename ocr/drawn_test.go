package ocr

import (
	"image"
	"image/color"
	"math"
	"sync"

	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/postroom/postroom/testdata/generate"
)

// A sheet is an A4 page drawn by a test, at 204 dots per inch both ways.
type sheet struct{ *image.Gray }

const sheetDPI = 204

var sans = sync.OnceValue(func() *opentype.Font {
	f, err := opentype.Parse(liberationsansregular.TTF)
	if err != nil {
		panic(err)
	}
	return f
})

func newSheet() sheet {
	m := image.NewGray(image.Rect(0, 0, 1728, 2385))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	return sheet{m}
}

// write draws text with its baseline at the point in inches, and returns its box in pixels.
func (s sheet) write(points, x, y float64, text string) image.Rectangle {
	face, err := opentype.NewFace(sans(), &opentype.FaceOptions{Size: points, DPI: sheetDPI})
	if err != nil {
		panic(err)
	}
	at := fixed.P(int(x*sheetDPI), int(y*sheetDPI))
	d := font.Drawer{Dst: s.Gray, Src: image.NewUniform(color.Black), Face: face, Dot: at}
	d.DrawString(text)
	b, _ := font.BoundString(face, text)
	b.Min, b.Max = b.Min.Add(at), b.Max.Add(at)
	return image.Rect(b.Min.X.Floor(), b.Min.Y.Floor(), b.Max.X.Ceil(), b.Max.Y.Ceil())
}

// fill makes an area in inches as dark as gray says.
func (s sheet) fill(x0, y0, x1, y1 float64, gray uint8) {
	for y := int(y0 * sheetDPI); y < int(y1*sheetDPI); y++ {
		for x := int(x0 * sheetDPI); x < int(x1*sheetDPI); x++ {
			s.SetGray(x, y, color.Gray{Y: gray})
		}
	}
}

// letter fills the sheet with the lines of a letter.
func (s sheet) letter() sheet {
	for i, line := range letterLines {
		s.write(11, 0.9, 1.2+0.24*float64(i), line)
	}
	return s
}

var letterLines = []string{
	"Northmoor General Hospital, Department of Cardiology",
	"Dear Doctor Whitcombe",
	"Thank you for referring this gentleman, who was seen in clinic on 12 March 2026.",
	"He describes three weeks of breathlessness on climbing stairs, with swelling of both",
	"ankles by the evening. There has been no chest pain, palpitation or loss of consciousness.",
	"On examination the pulse was 78 and regular, blood pressure 142/86 and the jugular",
	"venous pressure was raised by four centimetres. An echocardiogram showed moderately",
	"impaired function of the left ventricle with an ejection fraction of 38 per cent.",
	"I have started ramipril 2.5 mg once daily and would be grateful if you could check renal",
	"function and potassium in ten days, then double the dose every fortnight as tolerated.",
	"We will see him again in eight weeks together with the specialist nurse.",
	"Yours sincerely",
	"Doctor Featherstone, Consultant Cardiologist",
}

// turned returns the sheet turned clockwise by a multiple of 90 degrees.
func (s sheet) turned(degrees int) sheet {
	w, h := s.Rect.Dx(), s.Rect.Dy()
	if degrees%180 != 0 {
		w, h = h, w
	}
	to := image.NewGray(image.Rect(0, 0, w, h))
	back := unturned(degrees, s.Rect.Dx(), s.Rect.Dy())
	for y := range h {
		for x := range w {
			fx, fy := back.apply(float64(x)+0.5, float64(y)+0.5)
			to.SetGray(x, y, s.GrayAt(int(fx), int(fy)))
		}
	}
	return sheet{to}
}

// askew returns the sheet as if it lay turned clockwise by so many degrees.
func (s sheet) askew(degrees float64) sheet {
	to := newSheet()
	back := unrotated(degrees, s.Rect.Dx(), s.Rect.Dy())
	for y := range s.Rect.Dy() {
		for x := range s.Rect.Dx() {
			fx, fy := back.apply(float64(x)+0.5, float64(y)+0.5)
			if p := image.Pt(int(math.Floor(fx)), int(math.Floor(fy))); p.In(s.Rect) {
				to.SetGray(x, y, s.GrayAt(p.X, p.Y))
			}
		}
	}
	return to
}

// rows returns the sheet with so many rows per inch.
func (s sheet) rows(perInch float64) sheet {
	h := int(float64(s.Rect.Dy()) * perInch / sheetDPI)
	to := image.NewGray(image.Rect(0, 0, s.Rect.Dx(), h))
	step := float64(s.Rect.Dy()) / float64(h)
	for y := range h {
		for x := range s.Rect.Dx() {
			sum, n := 0, 0
			for k := int(float64(y) * step); k < int(float64(y+1)*step); k++ {
				sum += int(s.GrayAt(x, k).Y)
				n++
			}
			to.SetGray(x, y, color.Gray{Y: uint8(sum / max(1, n))})
		}
	}
	return sheet{to}
}

// specks puts dots of one or two pixels on a share of the page.
func (s sheet) specks(share float64) sheet {
	r := generate.NewRand(7, "specks")
	for range int(share * float64(len(s.Pix))) {
		x, y := r.Intn(s.Rect.Dx()-2), r.Intn(s.Rect.Dy()-2)
		for i := range 1 + r.Intn(2) {
			s.SetGray(x+i, y, color.Gray{})
		}
	}
	return s
}

// bits makes the sheet black and white.
func (s sheet) bits() *generate.Bits {
	b := generate.NewBits(s.Rect.Dx(), s.Rect.Dy())
	for y := range b.H {
		for x := range b.W {
			b.Set(x, y, s.GrayAt(x, y).Y < 128)
		}
	}
	return b
}

// tiff makes a G4 fax of the sheets.
func tiff(dpiX, dpiY float64, sheets ...sheet) []byte {
	var pages []*generate.Bits
	for _, s := range sheets {
		pages = append(pages, s.bits())
	}
	return generate.EncodeTIFF(pages, generate.TIFFOptions{Coding: generate.G4, DPIX: dpiX, DPIY: dpiY})
}

// frame draws the outlines of a box, all in inches.
func (s sheet) frame(x0, y0, x1, y1 float64) {
	const pen = 0.02
	s.fill(x0, y0, x1, y0+pen, 0)
	s.fill(x0, y1-pen, x1, y1, 0)
	s.fill(x0, y0, x0+pen, y1, 0)
	s.fill(x1-pen, y0, x1, y1, 0)
}
