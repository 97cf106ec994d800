package ocr

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/postroom/postroom"
)

// A pdfFile is an open PDF. pdfcpu reads its structure; pdfium is started only
// for a page that has to be drawn or that has text.
type pdfFile struct {
	data     []byte
	o        openOptions
	password string

	ctx   *model.Context // nil when only pdfium can make sense of the file
	pages []pdfPage
	count int

	drawer *pdfium // nil until a page needs it
	notes  []string
}

// A pdfPage is a page's dictionary with what it inherits from the page tree
// (ISO 32000-1 section 7.7.3.4).
type pdfPage struct {
	dict      types.Dict
	resources types.Dict
	box       rect    // the part that a viewer shows, in default user space
	rotate    int     // degrees clockwise, 0, 90, 180 or 270
	unit      float64 // default user space units are unit/72 inch
}

// openPDF opens a PDF file.
//
// A locked file is tried with the empty password and then with o.Passwords. A
// portfolio opens as the pages of the PDFs in it.
func openPDF(data []byte, o openOptions) (opened, error) {
	return openPDFWithin(data, o, 0)
}

func openPDFWithin(data []byte, o openOptions, depth int) (opened, error) {
	if !bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")) {
		return nil, postroom.Bad(nil, "the file is no PDF, although it is called one", "ask the sender to send it again")
	}
	f := &pdfFile{data: data, o: o}
	err := f.readStructure()
	if postroom.IsBadInput(err) {
		return nil, err
	}
	if err != nil {
		if err := f.openDrawerOnly(err); err != nil {
			return nil, err
		}
		return f, nil
	}
	if len(f.pages) == 0 {
		if err := f.openDrawerOnly(errors.New("no page found")); err != nil {
			return nil, err
		}
		return f, nil
	}
	f.count = len(f.pages)
	if err := f.checkCount(); err != nil {
		return nil, err
	}
	inner, err := f.portfolio(depth)
	if err != nil {
		return nil, err
	}
	if inner != nil {
		return inner, nil
	}
	return f, nil
}

func (f *pdfFile) checkCount() error {
	switch {
	case f.count == 0:
		return postroom.Bad(nil, "the PDF has no pages", "ask the sender to send it again")
	case f.o.MaxPages > 0 && f.count > f.o.MaxPages:
		return postroom.Bad(nil, fmt.Sprintf("the PDF has %d pages; at most %d are read", f.count, f.o.MaxPages), "ask the sender to split it")
	}
	return nil
}

// Pages returns the number of pages.
func (f *pdfFile) Pages() int { return f.count }

// Close ends pdfium's instance, if one was needed.
func (f *pdfFile) Close() error {
	if f.drawer != nil {
		f.drawer.close()
		f.drawer = nil
	}
	return nil
}

// pdfStreamMost bounds each encoded and each decoded stream, in bytes: a page of
// 600 dpi colour, uncompressed, is 105 MB.
const pdfStreamMost = 128 << 20

func pdfConfiguration(password string) *model.Configuration {
	api.DisableConfigDir() // otherwise the library writes a directory into the user's home
	conf := model.NewDefaultConfiguration()
	conf.ValidationMode = model.ValidationRelaxed
	conf.Offline = true
	conf.UserPW, conf.OwnerPW = password, password
	conf.Limits = model.ResourceLimits{
		MaxStreamBytes:       pdfStreamMost,
		MaxDecodeBytes:       pdfStreamMost,
		MaxImagePixels:       50 << 20,
		MaxImageBytes:        pdfStreamMost,
		MaxObjectCount:       1_000_000,
		MaxObjectStreamCount: 100_000,
		MaxObjectStreamFirst: 4 << 20,
		MaxXRefEntries:       1_000_000,
		MaxRecursionDepth:    64,
	}
	return conf
}

// readStructure lets pdfcpu read the file and finds its pages.
func (f *pdfFile) readStructure() (err error) {
	defer rescue("read the PDF's structure", &err)
	locked := false
	// The empty password comes first: a file that only its owner may change
	// opens with it, and the library refuses such a file with any other.
	for _, password := range append([]string{""}, f.o.Passwords...) {
		ctx, err := api.ReadContext(bytes.NewReader(f.data), pdfConfiguration(password))
		switch {
		case err == nil:
			f.ctx, f.password = ctx, password
			return f.findPages()
		case errors.Is(err, pdfcpu.ErrWrongPassword), errors.Is(err, pdfcpu.ErrOwnerPasswordRequired):
			locked = true
		default:
			return fmt.Errorf("read the PDF's structure: %w", err)
		}
	}
	if locked {
		return lockedPDF(nil)
	}
	return nil
}

func lockedPDF(cause error) error {
	return postroom.Bad(cause, "the PDF is locked with a password",
		"add the password that was agreed with the sender to the configuration, or ask the sender for a copy without one")
}

func damagedPDF(cause error) error {
	return postroom.Bad(cause, "the PDF is damaged and can't be opened", "ask the sender to send it again")
}

// rescue turns a panic of a library that reads hostile bytes into an error.
func rescue(doing string, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%s: the library gave up: %v", doing, p)
	}
}

// openDrawerOnly opens a file that pdfcpu can't read and pdfium, which repairs
// more, perhaps can.
func (f *pdfFile) openDrawerOnly(cause error) error {
	f.ctx, f.pages = nil, nil
	for _, password := range append([]string{""}, f.o.Passwords...) {
		f.password = password
		err := f.draw()
		if errors.Is(err, errDrawerPassword) {
			cause = errDrawerPassword
			continue
		}
		if err != nil {
			return damagedPDF(errors.Join(cause, err))
		}
		if f.count = f.drawer.pages(); f.count == 0 {
			f.Close()
			return damagedPDF(cause)
		}
		f.notes = append(f.notes, "the PDF is damaged and was repaired as well as possible")
		if err := f.checkCount(); err != nil {
			f.Close()
			return err
		}
		return nil
	}
	return lockedPDF(cause)
}

// draw makes sure that pdfium has the file open.
func (f *pdfFile) draw() error {
	if f.drawer != nil {
		return nil
	}
	d, err := openDrawer(f.data, f.password, f.o.CacheDir)
	if err != nil {
		return err
	}
	f.drawer = d
	return nil
}

// findPages walks the page tree once, whatever the Count entries say. A node
// that was seen before, or lies too deep, is left out.
func (f *pdfFile) findPages() error {
	catalog, err := f.ctx.Catalog()
	if err != nil {
		return fmt.Errorf("read the PDF's catalog: %w", err)
	}
	root, ok := catalog.Find("Pages")
	if !ok {
		return errors.New("the PDF's catalog names no pages")
	}
	seen := map[int]bool{}
	most := f.o.MaxPages
	if most <= 0 {
		most = 100_000
	}
	var walk func(o types.Object, from pdfPage, depth int)
	walk = func(o types.Object, from pdfPage, depth int) {
		if depth > 64 || len(f.pages) > most {
			return
		}
		if ref, ok := o.(types.IndirectRef); ok {
			if seen[ref.ObjectNumber.Value()] {
				return
			}
			seen[ref.ObjectNumber.Value()] = true
		}
		d := f.dict(o)
		if d == nil {
			return
		}
		from.inherit(f, d)
		if kids := f.array(d["Kids"]); kids != nil && f.name(d["Type"]) != "Page" {
			for _, kid := range kids {
				walk(kid, from, depth+1)
			}
			return
		}
		from.dict = d
		from.finish()
		f.pages = append(f.pages, from)
	}
	walk(root, pdfPage{unit: 1, box: rect{0, 0, 612, 792}}, 0)
	return nil
}

// inherit takes over what node d sets.
func (p *pdfPage) inherit(f *pdfFile, d types.Dict) {
	if r := f.dict(d["Resources"]); r != nil {
		p.resources = r
	}
	if b, ok := f.rect(d["MediaBox"]); ok {
		p.box = b
	}
	if b, ok := f.rect(d["CropBox"]); ok {
		if b = b.cut(p.box); !b.empty() {
			p.box = b
		}
	}
	if n, ok := f.number(d["Rotate"]); ok {
		p.rotate = int(math.Mod(n, 360))
	}
	if n, ok := f.number(d["UserUnit"]); ok && n > 0 && n <= 75000 {
		p.unit = n
	}
}

func (p *pdfPage) finish() {
	p.rotate = ((p.rotate % 360) + 360) % 360 / 90 * 90
	if p.box.empty() {
		p.box = rect{0, 0, 612, 792}
	}
}

// shown returns the page's size in points as a viewer shows it.
func (p *pdfPage) shown() (w, h float64) {
	w, h = p.box.width()*p.unit, p.box.height()*p.unit
	if p.rotate%180 == 90 {
		w, h = h, w
	}
	return w, h
}

// toShown leads from default user space to the page as a viewer shows it: points
// from its bottom left corner.
func (p *pdfPage) toShown() matrix {
	w, h := p.box.width(), p.box.height()
	m := matrix{1, 0, 0, 1, -p.box[0], -p.box[1]}
	switch p.rotate {
	case 90:
		m = m.then(matrix{0, -1, 1, 0, 0, w})
	case 180:
		m = m.then(matrix{-1, 0, 0, -1, w, h})
	case 270:
		m = m.then(matrix{0, 1, -1, 0, h, 0})
	}
	return m.then(matrix{p.unit, 0, 0, p.unit, 0, 0})
}

// The readers below follow references and give the zero value for anything of
// another type: files are wrong in many ways.

func (f *pdfFile) deref(o types.Object) types.Object {
	for range 8 {
		if _, ok := o.(types.IndirectRef); !ok {
			return o
		}
		next, err := f.ctx.Dereference(o)
		if err != nil {
			return nil
		}
		o = next
	}
	return nil
}

func (f *pdfFile) dict(o types.Object) types.Dict {
	switch o := f.deref(o).(type) {
	case types.Dict:
		return o
	case types.StreamDict:
		return o.Dict
	case *types.StreamDict:
		return o.Dict
	}
	return nil
}

func (f *pdfFile) stream(o types.Object) *types.StreamDict {
	switch o := f.deref(o).(type) {
	case types.StreamDict:
		return &o
	case *types.StreamDict:
		return o
	}
	return nil
}

func (f *pdfFile) array(o types.Object) types.Array {
	a, _ := f.deref(o).(types.Array)
	return a
}

func (f *pdfFile) name(o types.Object) string {
	n, _ := f.deref(o).(types.Name)
	return string(n)
}

func (f *pdfFile) number(o types.Object) (float64, bool) {
	switch n := f.deref(o).(type) {
	case types.Integer:
		return float64(n), true
	case types.Float:
		v := float64(n)
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	}
	return 0, false
}

func (f *pdfFile) integer(o types.Object, otherwise int) int {
	if n, ok := f.number(o); ok && math.Abs(n) < 1<<31 {
		return int(n)
	}
	return otherwise
}

func (f *pdfFile) flag(o types.Object, otherwise bool) bool {
	if b, ok := f.deref(o).(types.Boolean); ok {
		return bool(b)
	}
	return otherwise
}

func (f *pdfFile) numbers(o types.Object) []float64 {
	a := f.array(o)
	if len(a) > 64 {
		return nil
	}
	out := make([]float64, 0, len(a))
	for _, e := range a {
		n, ok := f.number(e)
		if !ok {
			return nil
		}
		out = append(out, n)
	}
	return out
}

func (f *pdfFile) rect(o types.Object) (rect, bool) {
	n := f.numbers(o)
	if len(n) != 4 {
		return rect{}, false
	}
	r := rect{min(n[0], n[2]), min(n[1], n[3]), max(n[0], n[2]), max(n[1], n[3])}
	return r, !r.empty()
}
