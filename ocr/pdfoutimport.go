package ocr

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/filter"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/postroom/postroom"
)

// An importer copies objects of another PDF. Each is copied once, however many
// pages use it.
type importer struct {
	w      *pdfWriter
	f      *pdfFile
	copied map[int]int // object numbers there and here
	left   int         // how many objects may still be copied
	strip  bool        // hidden text is left out of forms
	odd    bool        // something was copied that is beyond the limits of PDF/A
	err    error
}

func newImporter(w *pdfWriter, f *pdfFile) *importer {
	return &importer{w: w, f: f, copied: map[int]int{}, left: 500_000}
}

var errTooManyObjects = errors.New("the PDF has too many objects")

// importPage writes page n of an open PDF: as it came where PDF/A allows that, else drawn.
func (d *outDocument) importPage(c *importer, n int, p *postroom.Page) error {
	page := c.f.pages[n-1]
	seen, err := c.f.scanPage(page)
	if err == nil {
		// A page whose image could not be decoded was drawn, in other pixels.
		if sole := c.f.findSoleImage(page, seen); sole != nil && p.Text != postroom.TextPDF && sole.arrivesAs(p.Width, p.Height) {
			return d.solePage(c, page, n, sole, p)
		}
	}
	why, colour := d.whyNotKept(c.f, page, p)
	if why == "" || d.keep {
		d.archival, d.colour = d.archival && why == "", d.colour || colour
		return d.wholePage(c, page, p)
	}
	return d.drawnOrKept(c, n, p, why)
}

// drawnOrKept draws a page. One that can't be drawn either is better kept as it came than lost.
func (d *outDocument) drawnOrKept(c *importer, n int, p *postroom.Page, why string) error {
	if err := d.drawnPage(c.f, n, p, why); err == nil {
		return nil
	}
	d.archival = false
	return d.wholePage(c, c.f.pages[n-1], p)
}

// whyNotKept says why a page can't stand in a PDF/A file as it is; empty when it can.
func (d *outDocument) whyNotKept(f *pdfFile, page pdfPage, p *postroom.Page) (why string, colour bool) {
	var err error
	defer func() {
		if err != nil {
			why = reasonContent
		}
	}()
	defer rescue("look through a page", &err)
	content, err := f.pageContent(page.dict)
	if err != nil {
		return reasonContent, false
	}
	annots, why := f.shownAnnots(page)
	if why != "" {
		return why, false
	}
	spots := maps.Clone(d.spots)
	a := &archivist{f: f, fonts: map[string]*usedFont{}, spots: spots, done: map[int]bool{}}
	a.page(page, content, annots)
	if a.why != "" {
		return a.why, false
	}
	// What is copied is looked at in a copy that nobody keeps.
	dry := &outDocument{w: newPDFWriter(io.Discard), o: d.o, font: newInklessFont(), archival: true}
	c := newImporter(dry.w, f)
	if err = dry.wholePage(c, page, p); err != nil || c.odd {
		return reasonUnknown, false
	}
	d.spots = spots
	return "", a.colour
}

// solePage writes a page that is one image with the image's own data, or where PDF/A does
// not allow those, with the same pixels coded anew.
func (d *outDocument) solePage(c *importer, page pdfPage, n int, i *soleImage, p *postroom.Page) error {
	w, h := page.shown()
	if !d.keep && !c.archivalImage(i) {
		out, err := c.f.recoded(n, i, d.o.MaxPixels)
		if err != nil {
			return d.drawnOrKept(c, n, p, reasonImage)
		}
		d.colour = d.colour || out.colour
		d.imagePage(p, d.imageObject(out), i.shown, i.arrivedToShown(), w, h)
		return nil
	}
	number, ok := c.image(i)
	if c.err != nil {
		return c.err
	}
	d.archival = d.archival && ok
	d.colour = d.colour || c.f.inColour(i.stream.Dict["ColorSpace"])
	d.imagePage(p, number, i.shown, i.arrivedToShown(), w, h)
	return nil
}

// recoded returns the stored pixels of an image in a coding that PDF/A allows.
func (f *pdfFile) recoded(n int, i *soleImage, maxPixels int64) (*outImage, error) {
	whole := *i
	whole.turn, whole.mirror, whole.crop = 0, false, image.Rect(0, 0, i.width, i.height)
	raw, err := f.extract(&whole)
	if errors.Is(err, errNeedsDrawer) {
		raw.Image, err = f.drawerImage(n, &whole)
	}
	if err != nil {
		return nil, err
	}
	if raw.Image != nil {
		return outPicture(raw.Image, maxPixels)
	}
	if _, ok := readJPEG(raw.Encoded); ok {
		return outJPEG(raw.Encoded, maxPixels)
	}
	return outDecoded(raw, maxPixels)
}

// image copies an image with only the entries that matter to it. archival is
// false when PDF/A-2b may not hold it as it is.
func (c *importer) image(i *soleImage) (number int, archival bool) {
	if i.object > 0 {
		if n, ok := c.copied[-i.object]; ok {
			return n, c.archivalImage(i)
		}
	}
	var b strings.Builder
	b.WriteString("/Subtype/Image")
	for _, key := range []string{"Width", "Height", "ColorSpace", "BitsPerComponent", "ImageMask", "Decode", "SMaskInData"} {
		if o, ok := i.stream.Dict[key]; ok {
			b.WriteString("/" + key + " " + c.text(c.f.deref(o), 0))
		}
	}
	data := i.stream.Raw
	if f := i.stream.FilterPipeline; len(f) == 1 && f[0].Name == filter.CCITTFax && f[0].DecodeParms != nil {
		var entries string
		data, entries = faxFilters(data, c.text(f[0].DecodeParms, 0))
		b.WriteString(entries)
	} else {
		b.WriteString(c.filters(i.stream))
	}
	number = c.w.number()
	c.w.stream(number, b.String(), data)
	if i.object > 0 {
		c.copied[-i.object] = number
	}
	return number, c.archivalImage(i)
}

// filters returns the Filter and DecodeParms entries of a stream as it was stored.
func (c *importer) filters(sd *types.StreamDict) string {
	var b strings.Builder
	for _, key := range []string{"Filter", "DecodeParms"} {
		if o, ok := sd.Dict[key]; ok {
			b.WriteString("/" + key + " " + c.text(o, 0))
		}
	}
	return b.String()
}

// wholePage takes a page over with all that it shows.
func (d *outDocument) wholePage(c *importer, page pdfPage, p *postroom.Page) error {
	w, h := page.shown()
	back, ok := page.toShown().inverse()
	if !ok {
		return errors.New("the page has no size")
	}
	names := [2]string{"PostroomText", "PostroomWide"}
	text, fonts := "", ""
	if p.Width > 0 && p.Height > 0 {
		// The page was drawn over all of its box, however the pixels were rounded.
		toShown := matrix{w / float64(p.Width), 0, 0, -h / float64(p.Height), 0, h}
		text, fonts = d.text(p, toShown.then(back), names)
	}
	// Content that can't be decoded here is taken over as it is all the same.
	content, _ := c.f.pageContent(page.dict)
	c.strip = text != "" && p.Text != postroom.TextPDF
	var contents []string
	if c.strip && bytes.Contains(content, []byte("Tr")) {
		number := c.w.number()
		c.w.flate(number, "", withoutHiddenText(content))
		contents = append(contents, fmt.Sprintf("%d 0 R", number))
	} else if o := page.dict["Contents"]; o != nil {
		if a, ok := c.f.deref(o).(types.Array); ok {
			for _, part := range a {
				contents = append(contents, c.text(part, 0))
			}
		} else {
			contents = append(contents, c.text(o, 0))
		}
	}
	annots, leftAlone := c.f.shownAnnots(page)
	if leftAlone != "" {
		annots = nil // then they stay annotations
	}
	looks, paint := "", ""
	for i, a := range annots {
		looks += fmt.Sprintf("/PostroomLooks%d %s", i, c.text(a.form, 0))
		paint += fmt.Sprintf("q %s cm/PostroomLooks%d Do Q\n", pdfMatrix(a.placed), i)
	}
	text = paint + text
	if text != "" {
		before, after := c.w.number(), c.w.number()
		c.w.stream(before, "", []byte("q\n"))
		c.w.flate(after, "", []byte(strings.Repeat("Q\n", 1+unbalanced(content))+text))
		contents = append(append([]string{fmt.Sprintf("%d 0 R", before)}, contents...), fmt.Sprintf("%d 0 R", after))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<</Type/Page/Parent %d 0 R/MediaBox[%s %s %s %s]", d.tree,
		pdfNum(page.box[0]), pdfNum(page.box[1]), pdfNum(page.box[2]), pdfNum(page.box[3]))
	if rotate := (page.rotate + p.Rotation) % 360; rotate != 0 {
		fmt.Fprintf(&b, "/Rotate %d", rotate)
	}
	if page.unit != 1 {
		b.WriteString("/UserUnit " + pdfNum(page.unit))
	}
	if len(contents) > 0 {
		b.WriteString("/Contents[" + strings.Join(contents, " ") + "]")
	}
	b.WriteString("/Resources" + c.resources(page.resources, used(content), map[string]string{"Font": fonts, "XObject": looks}))
	if o, ok := page.dict["Group"]; ok {
		b.WriteString("/Group " + c.text(o, 0))
	}
	if leftAlone != "" {
		if annots := c.annots(page); annots != "" {
			b.WriteString("/Annots[" + annots + "]")
		}
	}
	b.WriteString(">>")
	if c.err != nil {
		return c.err
	}
	number := c.w.number()
	c.w.object(number, b.String())
	d.kids = append(d.kids, number)
	return nil
}

// resourceKinds are the kinds of resources that content can name.
var resourceKinds = []string{"ColorSpace", "ExtGState", "Font", "Pattern", "Properties", "Shading", "XObject"}

// used lists which names content uses, of any kind: a name that is only the value of something
// else does no harm.
func used(contents ...[]byte) map[string]bool {
	names := map[string]bool{}
	for _, content := range contents {
		l := &pdfLexer{in: content, keep: true}
		for {
			op, _, ok := l.next()
			if !ok {
				break
			}
			for _, o := range l.args {
				for _, n := range append(o.items, o) {
					if n.kind == '/' {
						if name, err := types.DecodeName(n.name); err == nil {
							names[name] = true
						}
					}
				}
			}
			if op == "ID" {
				l.skipInlineData()
			}
		}
	}
	return names
}

// resources copies what content uses of a resource dictionary: the rest may be anything. added are
// more entries by kind.
func (c *importer) resources(r types.Dict, uses map[string]bool, added map[string]string) string {
	var b strings.Builder
	b.WriteString("<<")
	for _, kind := range resourceKinds {
		entries := ""
		from := c.f.dict(r[kind])
		for _, key := range sortedKeys(from) {
			switch {
			case !uses[key] && !(kind == "ColorSpace" && strings.HasPrefix(key, "Default")):
			case kind == "ExtGState":
				entries += "/" + types.EncodeName(key) + " " + c.graphics(c.f.dict(from[key]))
			default:
				entries += "/" + types.EncodeName(key) + " " + c.text(from[key], 1)
			}
		}
		if entries += added[kind]; entries != "" {
			b.WriteString("/" + kind + "<<" + entries + ">>")
		}
	}
	return b.String() + ">>"
}

// graphics copies what PDF/A lets a graphics state say. What else stands there is for some
// printers only, or for one program.
func (c *importer) graphics(d types.Dict) string {
	own := types.Dict{}
	for _, key := range graphicsEntries {
		if v, ok := d[key]; ok {
			own[key] = v
		}
	}
	return c.text(own, 1)
}

// shownAnnotEntries are the entries of an annotation that decide how it looks.
// Actions, destinations and files are left behind.
var shownAnnotEntries = []string{
	"Type", "Subtype", "Rect", "Contents", "F", "AP", "AS", "Border", "C", "FT", "V", "DA", "Ff", "MK", "BS", "Q",
	"QuadPoints", "InkList", "L", "LE", "Vertices", "IC", "Name", "BE", "RD", "DS", "CA", "MaxLen", "Opt",
}

// annots copies what annotations and form fields show.
func (c *importer) annots(page pdfPage) string {
	var out []string
	for _, o := range c.f.array(page.dict["Annots"]) {
		d := c.f.dict(o)
		if d == nil {
			continue
		}
		switch c.f.name(d["Subtype"]) {
		case "Popup", "":
			continue
		}
		var b strings.Builder
		b.WriteString("<<")
		for _, key := range shownAnnotEntries {
			v, ok := d[key]
			if !ok {
				v, ok = c.inherited(d, key)
			}
			if ok {
				b.WriteString("/" + key + " " + c.text(v, 0))
			}
		}
		b.WriteString(">>")
		number := c.w.number()
		c.w.object(number, b.String())
		out = append(out, fmt.Sprintf("%d 0 R", number))
	}
	return strings.Join(out, " ")
}

// inherited finds an entry that a form field has from those above it.
func (c *importer) inherited(d types.Dict, key string) (types.Object, bool) {
	switch key {
	case "FT", "V", "DA", "Ff", "Q", "MaxLen", "Opt":
	default:
		return nil, false
	}
	for range 8 {
		if d = c.f.dict(d["Parent"]); d == nil {
			return nil, false
		}
		if v, ok := d[key]; ok {
			return v, true
		}
	}
	return nil, false
}

// text writes an object as it goes into the new file.
func (c *importer) text(o types.Object, depth int) string {
	if depth > 64 {
		return "null"
	}
	switch o := o.(type) {
	case nil:
		return "null"
	case types.IndirectRef:
		return c.reference(o)
	case types.Dict:
		return c.dict(o, depth)
	case types.Array:
		parts := make([]string, len(o))
		for i, e := range o {
			parts[i] = c.text(e, depth+1)
		}
		return "[" + strings.Join(parts, " ") + "]"
	case types.StreamDict, *types.StreamDict, types.LazyObjectStreamObject:
		return "null" // streams and packed objects are only ever referred to
	case types.Float:
		c.odd = c.odd || math.Abs(float64(o)) > 3.4e38
		return pdfNumTo(float64(o), 8)
	case types.Integer:
		c.odd = c.odd || int64(o) > math.MaxInt32 || int64(o) < math.MinInt32
	case types.Name:
		c.odd = c.odd || len(o) > 127
	case types.StringLiteral:
		c.odd = c.odd || len(o) > 32767
	case types.HexLiteral:
		c.odd = c.odd || len(o) > 2*32767 || len(o)%2 != 0
	}
	return o.PDFString()
}

func (c *importer) dict(d types.Dict, depth int) string {
	// A page that something points back to would bring the whole file along.
	switch c.f.name(d["Type"]) {
	case "Page", "Pages", "Catalog":
		return "null"
	}
	var drop []string
	resources := ""
	switch c.f.name(d["Type"]) {
	case "FontDescriptor":
		drop = []string{"CharSet", "CIDSet"} // lists of a font's glyphs: needless, and often wrong
	case "Font":
		if c.f.name(d["Subtype"]) == "Type3" {
			drop = []string{"Resources"}
			if r := c.f.dict(d["Resources"]); r != nil {
				var contents [][]byte
				chars := c.f.dict(d["CharProcs"])
				for _, key := range sortedKeys(chars) {
					if sd := c.f.stream(chars[key]); sd != nil {
						if content, err := c.f.decoded(sd); err == nil {
							contents = append(contents, content)
						}
					}
				}
				resources = "/Resources" + c.resources(r, used(contents...), nil)
			}
		}
	}
	var b strings.Builder
	b.WriteString("<<")
	for _, key := range sortedKeys(d) {
		if !slices.Contains(drop, key) {
			c.odd = c.odd || len(key) > 127
			b.WriteString("/" + types.EncodeName(key) + " " + c.text(d[key], depth+1))
		}
	}
	return b.String() + resources + ">>"
}

func sortedKeys(d types.Dict) []string {
	keys := make([]string, 0, len(d))
	for k := range d {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func (c *importer) reference(ref types.IndirectRef) string {
	old := ref.ObjectNumber.Value()
	if n, ok := c.copied[old]; ok {
		return fmt.Sprintf("%d 0 R", n)
	}
	o := c.f.deref(ref)
	if o == nil {
		return "null"
	}
	if d, ok := o.(types.Dict); ok {
		switch c.f.name(d["Type"]) {
		case "Page", "Pages", "Catalog":
			return "null"
		}
	}
	if c.left--; c.left < 0 {
		c.err = errTooManyObjects
		return "null"
	}
	n := c.w.number()
	c.copied[old] = n
	if sd := c.f.stream(o); sd != nil {
		c.streamCopy(n, sd)
	} else {
		c.w.object(n, c.text(o, 0))
	}
	return fmt.Sprintf("%d 0 R", n)
}

func (c *importer) streamCopy(number int, sd *types.StreamDict) {
	kind := c.f.name(sd.Dict["Subtype"])
	if kind == "Form" || c.f.integer(sd.Dict["PatternType"], 0) == 1 {
		if content, err := c.f.decoded(sd); err == nil {
			entries := c.streamEntries(sd, false, "Resources")
			if r := c.f.dict(sd.Dict["Resources"]); r != nil {
				entries += "/Resources" + c.resources(r, used(content), nil)
			}
			if c.strip && kind == "Form" && bytes.Contains(content, []byte("Tr")) {
				content = withoutHiddenText(content)
			}
			c.w.flate(number, entries, content)
			return
		}
	}
	for _, p := range sd.FilterPipeline {
		if p.Name != filter.LZW {
			continue
		}
		// PDF/A takes no LZW; the same data are packed in another way.
		if data, err := c.f.decoded(sd); err == nil {
			c.w.flate(number, c.streamEntries(sd, false), data)
			return
		}
		c.odd = true
	}
	c.w.stream(number, c.streamEntries(sd, true), sd.Raw)
}

// streamEntries copies a stream's dictionary without what belongs to the old
// file's structure, or tells of the stream's making.
func (c *importer) streamEntries(sd *types.StreamDict, filters bool, without ...string) string {
	d := types.Dict{}
	picture := c.f.name(sd.Dict["Subtype"]) == "Image"
	for k, v := range sd.Dict {
		switch k {
		case "Length", "StructParent", "StructParents", "PieceInfo", "Metadata", "OPI", "AF", "LastModified":
		case "Interpolate", "Alternates":
			if !picture { // another picture for some uses, and smoothing, are up to a viewer
				d[k] = v
			}
		case "Filter", "DecodeParms":
			if filters {
				d[k] = v
			}
		default:
			if !slices.Contains(without, k) {
				d[k] = v
			}
		}
	}
	return strings.TrimSuffix(strings.TrimPrefix(c.dict(d, 0), "<<"), ">>")
}

// unbalanced returns how many graphics states a content stream leaves on the stack.
func unbalanced(content []byte) int {
	l := &pdfLexer{in: content}
	depth := 0
	for {
		op, _, ok := l.next()
		switch {
		case !ok:
			return min(depth, 1000)
		case op == "q":
			depth++
		case op == "Q" && depth > 0:
			depth--
		case op == "ID":
			l.skipInlineData()
		}
	}
}

// withoutHiddenText returns a content stream without the text that is painted
// with no ink (text rendering mode 3).
func withoutHiddenText(content []byte) []byte {
	l := &pdfLexer{in: content}
	out := make([]byte, 0, len(content))
	mode, kept := 0, 0
	var stack []int
	for {
		op, start, ok := l.next()
		if !ok {
			return append(out, content[kept:]...)
		}
		switch op {
		case "q":
			if len(stack) < 10_000 {
				stack = append(stack, mode)
			}
		case "Q":
			if n := len(stack); n > 0 {
				mode, stack = stack[n-1], stack[:n-1]
			}
		case "Tr":
			if n := len(l.args); n > 0 && l.args[n-1].kind == 'n' {
				mode = int(l.args[n-1].number)
			}
		case "ID":
			l.skipInlineData()
		case "Tj", "TJ", "'", "\"":
			if mode != 3 {
				continue
			}
			out = append(out, content[kept:start]...)
			if op == "'" || op == "\"" {
				out = append(out, " T* "...) // what these do beside showing text
			}
			kept = l.at
		}
	}
}
