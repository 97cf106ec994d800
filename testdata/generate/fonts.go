package generate

import (
	"fmt"
	"image"
	"sync"

	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/dejavu/dejavusansbold"
	"github.com/go-fonts/dejavu/dejavusanscondensed"
	"github.com/go-fonts/dejavu/dejavusanscondensedbold"
	"github.com/go-fonts/dejavu/dejavuserif"
	"github.com/go-fonts/dejavu/dejavuserifbold"
	"github.com/go-fonts/liberation/liberationmonobold"
	"github.com/go-fonts/liberation/liberationmonoregular"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansitalic"
	"github.com/go-fonts/liberation/liberationsansregular"
	"github.com/go-fonts/liberation/liberationserifbold"
	"github.com/go-fonts/liberation/liberationserifitalic"
	"github.com/go-fonts/liberation/liberationserifregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// A Face is one of the typefaces.
type Face int

const (
	Sans Face = iota
	SansBold
	SansItalic
	Serif
	SerifBold
	SerifItalic
	Mono
	MonoBold
	Wide // DejaVu Sans
	WideBold
	Narrow // DejaVu Sans Condensed
	NarrowBold
	Slab // DejaVu Serif
	SlabBold
	Humanist // Go
	HumanistBold
	faces
)

// standardFont is the PDF standard font (ISO 32000-1, 9.6.2.2) that stands
// in for a face in PDFs with text.
var standardFont = [faces]string{
	"Helvetica", "Helvetica-Bold", "Helvetica-Oblique", "Times-Roman", "Times-Bold", "Times-Italic", "Courier", "Courier-Bold",
	"Helvetica", "Helvetica-Bold", "Helvetica", "Helvetica-Bold", "Times-Roman", "Times-Bold", "Helvetica", "Helvetica-Bold",
}

var fontData = [faces][]byte{
	liberationsansregular.TTF, liberationsansbold.TTF, liberationsansitalic.TTF,
	liberationserifregular.TTF, liberationserifbold.TTF, liberationserifitalic.TTF,
	liberationmonoregular.TTF, liberationmonobold.TTF,
	dejavusans.TTF, dejavusansbold.TTF, dejavusanscondensed.TTF, dejavusanscondensedbold.TTF,
	dejavuserif.TTF, dejavuserifbold.TTF, goregular.TTF, gobold.TTF,
}

// typeface holds a parsed font with its widths in thousandths of the em.
type typeface struct {
	font   *sfnt.Font
	widths map[rune]int
}

var (
	typefaces     [faces]*typeface
	typefacesOnce [faces]sync.Once
	widthsLock    sync.Mutex
)

func typefaceOf(f Face) *typeface {
	typefacesOnce[f].Do(func() {
		parsed, err := opentype.Parse(fontData[f])
		if err != nil {
			// The fonts are compiled in: this cannot depend on input.
			panic(fmt.Sprintf("generate: parse the built-in font %d: %v", f, err))
		}
		typefaces[f] = &typeface{parsed, map[rune]int{}}
	})
	return typefaces[f]
}

func (t *typeface) width(r rune) int {
	widthsLock.Lock()
	defer widthsLock.Unlock()
	if w, ok := t.widths[r]; ok {
		return w
	}
	w := 500
	if i, err := t.font.GlyphIndex(nil, r); err == nil {
		if a, err := t.font.GlyphAdvance(nil, i, fixed.I(1000), font.HintingNone); err == nil {
			w = a.Round()
		}
	}
	t.widths[r] = w
	return w
}

// Width returns the length of s in points.
func Width(f Face, size float64, s string) float64 {
	t, sum := typefaceOf(f), 0
	for _, r := range s {
		sum += t.width(r)
	}
	return float64(sum) * size / 1000
}

type glyphKey struct {
	face Face
	size int32 // pixels, in 64ths
	sub  int8  // quarter of a pixel to the right
	r    rune
}

type glyph struct {
	at   image.Point // top left, from the pen
	w, h int
	pix  []byte // coverage
}

// glyphs keeps drawn letters: a page draws the same few hundred again and again.
// It is not safe for use by several goroutines.
type glyphs struct {
	drawn map[glyphKey]*glyph
	faces map[[2]int32]font.Face
}

func newGlyphs() *glyphs {
	return &glyphs{map[glyphKey]*glyph{}, map[[2]int32]font.Face{}}
}

func (g *glyphs) get(k glyphKey) *glyph {
	if d, ok := g.drawn[k]; ok {
		return d
	}
	if len(g.drawn) > 40000 {
		g.drawn = map[glyphKey]*glyph{}
	}
	key := [2]int32{int32(k.face), k.size}
	face, ok := g.faces[key]
	if !ok {
		face, _ = opentype.NewFace(typefaceOf(k.face).font, &opentype.FaceOptions{Size: float64(k.size) / 64, DPI: 72, Hinting: font.HintingNone})
		if len(g.faces) > 400 {
			g.faces = map[[2]int32]font.Face{}
		}
		g.faces[key] = face
	}
	d := &glyph{}
	bounds, mask, from, _, ok := face.Glyph(fixed.Point26_6{X: fixed.Int26_6(k.sub) * 16}, k.r)
	if ok && !bounds.Empty() {
		d = &glyph{bounds.Min, bounds.Dx(), bounds.Dy(), make([]byte, bounds.Dx()*bounds.Dy())}
		for y := range d.h {
			for x := range d.w {
				_, _, _, a := mask.At(from.X+x, from.Y+y).RGBA()
				d.pix[y*d.w+x] = byte(a >> 8)
			}
		}
	}
	g.drawn[k] = d
	return d
}
