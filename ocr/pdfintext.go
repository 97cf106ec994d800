package ocr

import (
	"image"
	"math"
	"strings"
	"unicode"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"

	"github.com/postroom/postroom"
)

// noText is why a page's own text is not used when there is none.
const noText = "the page has no text of its own"

// textConfidence is that of a word that stands in the PDF itself: what is left is
// the chance that its letters mean something else than they show.
const textConfidence = 0.99

// A glyph is a character of the page's text as it stands on the page as shown.
type glyph struct {
	r      rune
	box    [4]float64 // left, top, right, bottom in pixels of the page as shown
	angle  float64    // degrees clockwise of the writing direction, from -180 to 180
	spoilt bool       // the file does not say which letter it is
	hidden bool       // painted with ink that can't be seen
}

// readText returns the page's own words; why is empty only when they are sound.
func (f *pdfFile) readText(page requests.Page, raw *rawPage, seen *pageScan, p *pdfPage, lookDPI int) (words []postroom.Word, why string, err error) {
	if seen != nil && seen.shown == 0 && !seen.annots {
		if seen.hidden > 0 {
			return nil, "the PDF's hidden text was made by another program and not used", nil
		}
		return nil, noText, nil
	}
	glyphs, err := f.glyphs(page, raw, seen == nil || seen.hidden > 0)
	if err != nil {
		return nil, "", err
	}
	if f.onlyForAdobe(glyphs) {
		return nil, "", postroom.Bad(nil, "the PDF is a form that only Adobe's programs can show", "ask the sender to print it to an ordinary PDF")
	}
	look, err := f.drawer.gray(page, lookDPI)
	if err != nil {
		return nil, "", err
	}
	t := pageText{glyphs: glyphs, width: raw.Width, height: raw.Height, dpi: raw.DPIX, look: look}
	if seen != nil && p != nil {
		t.vectors = seen.vectors
		toPixels := p.toShown().then(matrix{raw.DPIX / pointsAInch, 0, 0, -raw.DPIX / pointsAInch, 0, float64(raw.Height)})
		for _, i := range seen.images {
			t.images = append(t.images, i.area().cut(p.box).under(toPixels))
		}
	}
	words = t.words()
	return words, t.unsound(words), nil
}

// onlyForAdobe recognises the page that stands in for a dynamic XFA form: it tells
// the reader to get one of Adobe's programs.
func (f *pdfFile) onlyForAdobe(glyphs []glyph) bool {
	if f.ctx == nil || len(glyphs) > 4000 {
		return false
	}
	catalog, err := f.ctx.Catalog()
	if err != nil || f.deref(f.dict(catalog["AcroForm"])["XFA"]) == nil {
		return false
	}
	var b strings.Builder
	for _, g := range glyphs {
		if unicode.IsLetter(g.r) {
			b.WriteRune(unicode.ToLower(g.r))
		}
	}
	text := b.String()
	if f.flag(catalog["NeedsRendering"], false) && (strings.Contains(text, "adobe") || strings.Contains(text, "pleasewait")) {
		return true
	}
	for _, sign := range []string{
		"pleasewaitifthismessage", "upgradetothelatestversionofadobereader",
		"requiresadobereader", "requiresadobeacrobat", "openwithadobereader", "notabletodisplaythistypeofdocument",
	} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

// glyphs asks pdfium for the page's characters.
func (f *pdfFile) glyphs(page requests.Page, raw *rawPage, checkModes bool) ([]glyph, error) {
	d := f.drawer
	toPixels, err := d.toPixels(page, raw.Width, raw.Height)
	if err != nil {
		return nil, err
	}
	text, err := d.instance.GetPageTextStructured(&requests.GetPageTextStructured{Page: page, Mode: requests.GetPageTextStructuredModeChars})
	if err != nil {
		return nil, err
	}
	more, err := d.openGlyphs(page)
	if err != nil {
		return nil, err
	}
	defer more.close()
	out := make([]glyph, 0, len(text.Chars))
	for i, c := range text.Chars {
		g := glyph{}
		for _, r := range c.Text {
			g.r = r
		}
		pos := c.PointPosition
		b := rect{min(pos.Left, pos.Right), min(pos.Bottom, pos.Top), max(pos.Left, pos.Right), max(pos.Bottom, pos.Top)}.under(toPixels)
		g.box = [4]float64{b[0], b[1], b[2], b[3]}
		// pdfium's angle is counterclockwise in the page's own space.
		x, y := math.Cos(c.Angle), math.Sin(c.Angle)
		g.angle = math.Atan2(toPixels[1]*x+toPixels[3]*y, toPixels[0]*x+toPixels[2]*y) * 180 / math.Pi
		if !unicode.IsSpace(g.r) {
			g.spoilt = c.Text == "" || g.r == 0xfffd || g.r == 0xfffe || g.r == 0xffff || unicode.In(g.r, unicode.Co) ||
				g.r < ' ' && g.r != 2 || more.unmapped(i)
			g.hidden = checkModes && more.hidden(i)
		}
		out = append(out, g)
	}
	return out, nil
}

// toPixels returns the way from a page's own space to pixels of its drawing.
func (d *pdfium) toPixels(page requests.Page, w, h int) (matrix, error) {
	const far = 1 << 14 // so that rounding to whole pixels does not count
	at := func(x, y float64) (float64, float64, error) {
		r, err := d.instance.FPDF_PageToDevice(&requests.FPDF_PageToDevice{
			Page: page, SizeX: w, SizeY: h, PageX: x, PageY: y,
		})
		if err != nil {
			return 0, 0, err
		}
		return float64(r.DeviceX), float64(r.DeviceY), nil
	}
	x0, y0, err := at(0, 0)
	if err != nil {
		return matrix{}, err
	}
	x1, y1, err := at(far, 0)
	if err != nil {
		return matrix{}, err
	}
	x2, y2, err := at(0, far)
	if err != nil {
		return matrix{}, err
	}
	return matrix{(x1 - x0) / far, (y1 - y0) / far, (x2 - x0) / far, (y2 - y0) / far, x0, y0}, nil
}

// moreGlyphs tells of characters what comes with none of the others.
type moreGlyphs struct {
	d    *pdfium
	text references.FPDF_TEXTPAGE
}

func (d *pdfium) openGlyphs(page requests.Page) (*moreGlyphs, error) {
	t, err := d.instance.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: page})
	if err != nil {
		return nil, err
	}
	return &moreGlyphs{d, t.TextPage}, nil
}

func (m *moreGlyphs) close() {
	m.d.instance.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: m.text})
}

// unmapped reports whether the font does not say which letter character i is.
func (m *moreGlyphs) unmapped(i int) bool {
	r, err := m.d.instance.FPDFText_HasUnicodeMapError(&requests.FPDFText_HasUnicodeMapError{TextPage: m.text, Index: i})
	return err == nil && r.HasUnicodeMapError
}

// hidden reports whether character i is painted with no ink.
func (m *moreGlyphs) hidden(i int) bool {
	object, err := m.d.instance.FPDFText_GetTextObject(&requests.FPDFText_GetTextObject{TextPage: m.text, Index: i})
	if err != nil {
		return false
	}
	mode, err := m.d.instance.FPDFTextObj_GetTextRenderMode(&requests.FPDFTextObj_GetTextRenderMode{PageObject: object.TextObject})
	return err == nil && (mode.TextRenderMode == enums.FPDF_TEXTRENDERMODE_INVISIBLE || mode.TextRenderMode == enums.FPDF_TEXTRENDERMODE_CLIP)
}

// pageText is a page's text and what is needed to judge it.
type pageText struct {
	glyphs        []glyph
	width, height int // pixels
	dpi           float64
	look          *image.Gray // the page, drawn coarsely
	images        []rect      // in pixels, y downwards
	vectors       int
	inkless       map[int]bool // words that stand where nothing is to be seen
}

// words cuts the characters into words, in the order in which they are read.
func (t *pageText) words() []postroom.Word {
	pieces := t.pieces()
	t.dropInkless(&pieces)
	return layOut(pieces, t.width, t.height)
}

// A piece is a word on its way.
type piece struct {
	text  string
	box   [4]float64
	size  float64 // height of its letters in pixels
	angle float64
}

// pieces joins characters into words: a space, a jump or another direction ends one.
func (t *pageText) pieces() []piece {
	var out []piece
	var word piece
	var text strings.Builder
	var last glyph
	end := func() {
		if s := cleanText(text.String()); s != "" {
			word.text = s
			out = append(out, word)
		}
		text.Reset()
	}
	for _, g := range t.glyphs {
		if g.hidden || g.r == 0 || unicode.IsSpace(g.r) || g.r == '\u00a0' || g.r == '\u200b' {
			end()
			continue
		}
		if g.box[2]-g.box[0] <= 0 && g.box[3]-g.box[1] <= 0 {
			// pdfium puts characters in of its own that stand nowhere: a hyphen at
			// the end of a line is one.
			if text.Len() > 0 && g.r == 2 {
				text.WriteRune('-')
			}
			continue
		}
		if text.Len() > 0 && jumps(last, g) {
			end()
		}
		if text.Len() == 0 {
			word = piece{box: g.box, angle: g.angle}
		}
		if g.r == 2 {
			g.r = '-'
		}
		text.WriteRune(g.r)
		word.box = [4]float64{min(word.box[0], g.box[0]), min(word.box[1], g.box[1]), max(word.box[2], g.box[2]), max(word.box[3], g.box[3])}
		word.size = max(word.size, g.across())
		last = g
	}
	end()
	return once(out)
}

// across is a character's height as it is written.
func (g glyph) across() float64 {
	if math.Abs(math.Abs(g.angle)-90) < 45 {
		return g.box[2] - g.box[0]
	}
	return g.box[3] - g.box[1]
}

// jumps reports whether b does not continue the word that ends with a.
func jumps(a, b glyph) bool {
	if math.Abs(a.angle-b.angle) > 10 {
		return true
	}
	size := max(a.across(), b.across(), a.box[2]-a.box[0], b.box[2]-b.box[0])
	if math.Abs(math.Abs(a.angle)-90) < 45 { // upwards or downwards
		gap := max(b.box[1]-a.box[3], a.box[1]-b.box[3])
		return gap > 0.8*size || b.box[0] > a.box[2] || b.box[2] < a.box[0]
	}
	gap := max(b.box[0]-a.box[2], a.box[0]-b.box[2])
	return gap > 0.8*size || b.box[1]-a.box[3] > 0.3*size || a.box[1]-b.box[3] > 0.3*size
}

// once leaves out words that are painted twice to look bold.
func once(in []piece) []piece {
	out := in[:0:0]
	type key struct {
		text string
		x, y int
	}
	seen := map[key]bool{}
	for _, p := range in {
		cell := max(2, p.size/3)
		x, y := int(p.box[0]/cell), int(p.box[1]/cell)
		twice := false
		for _, dx := range []int{-1, 0, 1} {
			for _, dy := range []int{-1, 0, 1} {
				twice = twice || seen[key{p.text, x + dx, y + dy}]
			}
		}
		if !twice {
			seen[key{p.text, x, y}] = true
			out = append(out, p)
		}
	}
	return out
}

// cleanText writes typographic ligatures out and leaves out what is no text.
func cleanText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '\ufb00' && r <= '\ufb06':
			b.WriteString([...]string{"ff", "fi", "fl", "ffi", "ffl", "st", "st"}[r-'\ufb00'])
		case r == '\u00ad':
			b.WriteRune('-')
		case unicode.IsControl(r) || unicode.In(r, unicode.Co, unicode.Cf) && r != '\u200c' && r != '\u200d' || r == '\ufffd':
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// dropInkless leaves out words where the page shows nothing: text in white, or
// under something else. It notes how many there were.
func (t *pageText) dropInkless(pieces *[]piece) {
	t.inkless = map[int]bool{}
	kept := (*pieces)[:0:0]
	for i, p := range *pieces {
		if t.contrast(p.box) < 40 {
			t.inkless[i] = true
			continue
		}
		kept = append(kept, p)
	}
	*pieces = kept
}

// toLook returns a box in pixels of the coarse drawing.
func (t *pageText) toLook(b [4]float64, margin int) image.Rectangle {
	k := float64(t.look.Rect.Dx()) / float64(t.width)
	return image.Rect(int(b[0]*k)-margin, int(b[1]*k)-margin, int(math.Ceil(b[2]*k))+margin, int(math.Ceil(b[3]*k))+margin).Intersect(t.look.Rect)
}

func (t *pageText) contrast(b [4]float64) int {
	r := t.toLook(b, 1)
	low, high := 255, 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for _, v := range t.look.Pix[t.look.PixOffset(r.Min.X, y):t.look.PixOffset(r.Max.X, y)] {
			low, high = min(low, int(v)), max(high, int(v))
		}
	}
	return high - low
}

// unsound returns why the page's own words can't be relied on, or "".
func (t *pageText) unsound(words []postroom.Word) string {
	letters, alphanumeric, leaders, spoilt, hidden := 0, 0, 0, 0, 0
	for _, g := range t.glyphs {
		if unicode.IsSpace(g.r) {
			continue
		}
		letters++
		switch {
		case unicode.In(g.r, unicode.L, unicode.N, unicode.M):
			alphanumeric++
		case strings.ContainsRune("._-–—·…•", g.r):
			leaders++ // rows of dots and lines to write on
		}
		if g.spoilt {
			spoilt++
		}
		if g.hidden {
			hidden++
		}
	}
	if letters == 0 {
		return noText
	}
	if spoilt*20 > letters {
		return "the PDF does not say which letters its text is made of, so it was read from the picture"
	}
	if n := len(t.inkless); n > 4 && n*4 > n+len(words) {
		return "much of the PDF's text can't be seen on the page, so it was read from the picture"
	}
	if hidden*2 > letters {
		return "the PDF's hidden text was made by another program and not used"
	}
	if len(words) == 0 {
		return noText
	}
	if alphanumeric*10 < (letters-leaders)*6 {
		return "the PDF's text has few letters in it, so it was read from the picture"
	}
	if odd, all := vowelless(words); all >= 20 && odd*10 > all*4 {
		return "the PDF's text makes no words, so it was read from the picture"
	}
	inText, inImages, elsewhere := t.ink(words)
	share := 0.0
	for _, i := range t.images {
		share += i.area() / (float64(t.width) * float64(t.height))
	}
	switch {
	case share >= 0.12 && inImages*5 > inText:
		return "the page has text and pictures that may hold more of it, so it was read from the picture"
	case t.vectors >= 300 && elsewhere > inText:
		return "the page seems to have text that is drawn as lines, so it was read from the picture"
	}
	return ""
}

// vowelless counts longer words in Latin letters, and those of them without a
// vowel: letters that stand for others, as in a subset font without a map, make such words.
func vowelless(words []postroom.Word) (odd, all int) {
	for _, w := range words {
		letters, lower, vowel, latin := 0, 0, false, true
		for _, r := range w.Text {
			if !unicode.IsLetter(r) {
				continue
			}
			letters++
			if !unicode.In(r, unicode.Latin) {
				latin = false
			}
			if unicode.IsLower(r) {
				lower++
			}
			if strings.ContainsRune("aeiouyAEIOUY", r) || r > 127 {
				vowel = true
			}
		}
		if letters < 4 || !latin || lower*2 < letters {
			continue
		}
		all++
		if !vowel {
			odd++
		}
	}
	return odd, all
}

// ink counts dark pixels of the coarse drawing: in words, in pictures outside of
// words, and anywhere outside of words.
func (t *pageText) ink(words []postroom.Word) (inText, inImages, elsewhere int) {
	const dark = 140
	w, h := t.look.Rect.Dx(), t.look.Rect.Dy()
	what := make([]byte, w*h) // 1 a picture, 2 a word
	mark := func(r image.Rectangle, v byte) {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				what[y*w+x] |= v
			}
		}
	}
	for _, i := range t.images {
		mark(t.toLook(i, 0), 1)
	}
	for _, word := range words {
		b := word.Box
		mark(t.toLook([4]float64{float64(b[0]), float64(b[1]), float64(b[2]), float64(b[3])}, 1), 2)
	}
	for y := range h {
		for x, v := range t.look.Pix[y*t.look.Stride:][:w] {
			if v >= dark {
				continue
			}
			switch k := what[y*w+x]; {
			case k&2 != 0:
				inText++
			case k&1 != 0:
				inImages++
				elsewhere++
			default:
				elsewhere++
			}
		}
	}
	return inText, inImages, elsewhere
}
