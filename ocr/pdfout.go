package ocr

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"

	"github.com/postroom/postroom"
)

// writeSearchable writes a PDF of the pages, upright, each with its image as it
// was stored and its words as invisible text in their places.
//
// A page of a TIFF, JPEG or PNG, and a page of a PDF that is one image, is built
// anew and keeps the image's own compressed data where a PDF can hold them; other
// pages of PDFs are taken over with all that they show, and get text only where
// they have none of their own that is sound. The file is PDF/A-2b (ISO 19005-2) and says
// so, or PDF/A-3b (ISO 19005-3) when originals are embedded, which part 2 forbids: a page
// that can't be taken over in a way that the standard allows is drawn, unless meta.Keep
// says that it shall stay as it came; then the file says nothing.
//
// One page is held at a time. It returns which pages were drawn. Nothing in the file depends on
// the time or on chance.
func writeSearchable(to io.Writer, meta DocumentMeta, pages iter.Seq2[searchablePage, error], o openOptions) ([]DrawnPage, error) {
	d := &outDocument{
		w: newPDFWriter(to), o: o, font: newInklessFont(),
		open: map[*byte]*outSource{}, archival: true, keep: meta.Keep, spots: map[string]string{},
	}
	defer d.closeSources()
	catalog, tree, info, metadata := d.w.number(), d.w.number(), d.w.number(), d.w.number()
	d.tree, d.fonts = tree, inklessNumbers{d.w.number(), d.w.number()}
	var originals []searchablePage // the first page of each, without its words
	for p, err := range pages {
		if err == nil {
			err = d.page(&p)
		}
		if err != nil {
			return nil, fmt.Errorf("page %d of the searchable PDF: %w", len(d.kids)+1, err)
		}
		if d.w.err != nil {
			return nil, fmt.Errorf("write the searchable PDF: %w", d.w.err)
		}
		same := func(o searchablePage) bool { return o.Page.Hash == p.Page.Hash }
		if slices.Contains(meta.Embed, p.Page.Hash) && !slices.ContainsFunc(originals, same) {
			p.Page.Words = nil
			originals = append(originals, p)
		}
	}
	if len(d.kids) == 0 {
		return nil, fmt.Errorf("a PDF needs at least one page")
	}
	d.font.write(d.w, d.fonts)
	embedded, err := d.embedOriginals(meta, originals)
	if err != nil {
		return nil, fmt.Errorf("write the searchable PDF: %w", err)
	}
	colours := ""
	if d.archival {
		// A page that was taken over must not change its colours for it.
		profile := d.w.number()
		name, entries, data := "Gray", "/N 1", grayProfile()
		if d.colour {
			name, entries, data = "sRGB IEC61966-2.1", "/N 3", srgbProfile()
		}
		d.w.flate(profile, entries, data)
		colours = fmt.Sprintf("/OutputIntents[<</S/GTS_PDFA1/OutputConditionIdentifier(%s)/DestOutputProfile %d 0 R>>]", name, profile)
	}
	// Parts 2 and 3 of ISO 19005 allow filtered metadata, as part 1 did not (section 6.6.2.1).
	d.w.flate(metadata, "/Type/Metadata/Subtype/XML", xmpPacket(meta, d.part(), d.drawn))
	d.w.object(info, infoDictionary(meta))
	kids := make([]byte, 0, 8*len(d.kids))
	for _, k := range d.kids {
		kids = fmt.Appendf(kids, "%d 0 R ", k)
	}
	d.w.object(tree, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(d.kids), bytes.TrimSpace(kids)))
	language := ""
	if meta.Language != "" {
		language = "/Lang" + pdfText(meta.Language)
	}
	display := ""
	if meta.Title != "" {
		display = "/ViewerPreferences<</DisplayDocTitle true>>"
	}
	d.w.object(catalog, fmt.Sprintf("<</Type/Catalog/Pages %d 0 R/Metadata %d 0 R%s%s%s%s>>", tree, metadata, colours, language, display, embedded))
	if err := d.w.close(catalog, info, meta.ID); err != nil {
		return nil, fmt.Errorf("write the searchable PDF: %w", err)
	}
	return d.drawn, nil
}

// An outDocument is a searchable PDF being written.
type outDocument struct {
	w        *pdfWriter
	o        openOptions
	font     *inklessFont
	fonts    inklessNumbers
	tree     int
	kids     []int
	archival bool
	colour   bool              // an image is in colour
	embedded bool              // it holds originals
	keep     bool              // pages stay as they came, at the price of being PDF/A
	spots    map[string]string // spot colours by name, as pages that were taken over have them
	drawn    []DrawnPage
	open     map[*byte]*outSource
}

// part is the part of ISO 19005 that the file follows; 0 for none.
func (d *outDocument) part() int {
	switch {
	case !d.archival:
		return 0
	case d.embedded:
		return 3
	}
	return 2
}

// An outSource is a file that pages come from, opened once.
type outSource struct {
	tiff   tiffFile
	pdf    opened
	copies map[*pdfFile]*importer
}

func (d *outDocument) closeSources() {
	for _, s := range d.open {
		if s.pdf != nil {
			s.pdf.Close()
		}
	}
}

func (d *outDocument) source(p *searchablePage) (*outSource, error) {
	if len(p.Data) == 0 {
		return nil, fmt.Errorf("the attachment is empty")
	}
	if s := d.open[&p.Data[0]]; s != nil {
		return s, nil
	}
	s := &outSource{copies: map[*pdfFile]*importer{}}
	var err error
	switch p.MediaType {
	case postroom.TIFF:
		s.tiff, err = parseTIFF(p.Data)
	case postroom.PDF:
		s.pdf, err = openPDF(p.Data, d.o)
	}
	if err != nil {
		return nil, err
	}
	d.open[&p.Data[0]] = s
	return s, nil
}

func (d *outDocument) page(p *searchablePage) error {
	s, err := d.source(p)
	if err != nil {
		return err
	}
	var image *outImage
	switch p.MediaType {
	case postroom.TIFF:
		image, err = outTIFF(p.Data, s.tiff, p.Page.Number, d.o.MaxPixels)
	case postroom.JPEG:
		image, err = outJPEG(p.Data, d.o.MaxPixels)
	case postroom.PNG:
		image, err = outPNG(p.Data, d.o.MaxPixels)
	case postroom.PDF:
		return d.pdfPage(s, s.pdf, p.Page.Number, &p.Page)
	default:
		return fmt.Errorf("no page can be made of the type %q", p.MediaType)
	}
	if err == nil && !image.archival && !d.keep {
		image, err = outRecoded(p, image, d.o.MaxPixels)
	}
	if err != nil {
		return err
	}
	d.archival, d.colour = d.archival && image.archival, d.colour || image.colour
	toShown, w, h := arrivedToShown(&p.Page)
	d.imagePage(&p.Page, d.imageObject(image), image.unitToArrived().then(toShown), toShown, w, h)
	return nil
}

// arrivedToShown leads from pixels of the page as it arrived to points of the same
// page, y upwards, whose size it returns. Square pixels come of both resolutions.
func arrivedToShown(p *postroom.Page) (m matrix, w, h float64) {
	dx, dy := p.DPIX, p.DPIY
	if !(dx > 0 && dy > 0) {
		dx, dy = drawDPI, drawDPI
	}
	w, h = float64(p.Width)*pointsAInch/dx, float64(p.Height)*pointsAInch/dy
	// ISO 32000-1 annex C: a page is 3 to 14,400 units wide and high.
	scale := 1.0
	if most := max(w, h); most > 14400 {
		scale = 14400 / most
	}
	w, h = max(3, w*scale), max(3, h*scale)
	return matrix{w / float64(max(1, p.Width)), 0, 0, -h / float64(max(1, p.Height)), 0, h}, w, h
}

// frameToArrived is the page's Frame.Matrix in a PDF's order.
func frameToArrived(p *postroom.Page) matrix {
	m := p.Frame.Matrix
	if m == [6]float64{} {
		return unitMatrix
	}
	return matrix{m[0], m[3], m[1], m[4], m[2], m[5]}
}

// uprighted returns the matrix that turns a page of w by h points clockwise, and the size after.
func uprighted(degrees int, w, h float64) (m matrix, width, height float64) {
	switch degrees {
	case 90:
		return matrix{0, -1, 1, 0, 0, w}, h, w
	case 180:
		return matrix{-1, 0, 0, -1, w, h}, w, h
	case 270:
		return matrix{0, 1, -1, 0, h, 0}, h, w
	}
	return unitMatrix, w, h
}

// imagePage writes a page that shows one image, upright. image leads from the unit
// square to the page as shown, w by h points; toShown from the page's pixels.
func (d *outDocument) imagePage(p *postroom.Page, image int, placed, toShown matrix, w, h float64) {
	turn, width, height := uprighted(p.Rotation, w, h)
	content := "q " + pdfMatrix(placed.then(turn)) + " cm/I Do Q"
	text, fonts := d.text(p, toShown.then(turn), [2]string{simpleFont, compositeFont})
	content += text
	contents, number := d.w.number(), d.w.number()
	d.w.flate(contents, "", []byte(content))
	if fonts != "" {
		fonts = "/Font<<" + fonts + ">>"
	}
	d.w.object(number, fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Contents %d 0 R/Resources<</XObject<</I %d 0 R>>%s>>>>",
		d.tree, pdfNum(width), pdfNum(height), contents, image, fonts))
	d.kids = append(d.kids, number)
}

// text returns the page's invisible text, and the entries of the resources' fonts
// that it needs; both are empty when the page's own text is good.
func (d *outDocument) text(p *postroom.Page, arrivedToPage matrix, names [2]string) (content, fonts string) {
	if p.Text == postroom.TextPDF {
		return "", ""
	}
	content, simple, composite := textLayer(p.Words, frameToArrived(p).then(arrivedToPage), d.font, names)
	if simple {
		d.font.simple = true
		fonts += fmt.Sprintf("/%s %d 0 R", names[0], d.fonts.simple)
	}
	if composite {
		d.font.composite = true
		fonts += fmt.Sprintf("/%s %d 0 R", names[1], d.fonts.composite)
	}
	return content, fonts
}

// pdfPage writes page n of an open PDF.
func (d *outDocument) pdfPage(s *outSource, from opened, n int, p *postroom.Page) error {
	switch f := from.(type) {
	case *bundle:
		part, m, err := f.at(n)
		if err != nil {
			return err
		}
		return d.pdfPage(s, part, m, p)
	case *pdfFile:
		if n < 1 || n > f.count {
			return fmt.Errorf("the PDF has no page %d", n)
		}
		if f.ctx == nil {
			return d.drawnPage(f, n, p, "the file is damaged")
		}
		c := s.copies[f]
		if c == nil {
			c = newImporter(d.w, f)
			s.copies[f] = c
		}
		return d.importPage(c, n, p)
	}
	return fmt.Errorf("no page can be made of a %T", from)
}

// drawnPage writes a page of a PDF as a picture, with its words at their places.
func (d *outDocument) drawnPage(f *pdfFile, n int, p *postroom.Page, why string) error {
	drawn, err := f.drawn(n)
	if err != nil {
		return err
	}
	out, err := outPicture(drawn, d.o.MaxPixels)
	if err != nil {
		return err
	}
	d.colour = d.colour || out.colour
	d.drawn = append(d.drawn, DrawnPage{Page: len(d.kids) + 1, Why: why})
	toShown, w, h := arrivedToShown(p)
	if f.ctx != nil {
		// The page was drawn over all of its box, however the pixels were rounded.
		page := f.pages[n-1]
		if sw, sh := page.shown(); p.Width > 0 && p.Height > 0 && math.Abs(sw-w) < 2 && math.Abs(sh-h) < 2 {
			w, h = sw, sh
			toShown = matrix{w / float64(p.Width), 0, 0, -h / float64(p.Height), 0, h}
		}
	}
	words := *p
	if words.Text == postroom.TextPDF {
		words.Text = postroom.TextOCR // the picture has none of the text that was read
	}
	d.imagePage(&words, d.imageObject(out), matrix{w, 0, 0, h, 0, 0}, toShown, w, h)
	return nil
}

// imageObject writes an image.
func (d *outDocument) imageObject(i *outImage) int {
	number := d.w.number()
	d.w.stream(number, fmt.Sprintf("/Subtype/Image/Width %d/Height %d%s", i.width, i.height, i.entries), i.data)
	return number
}
