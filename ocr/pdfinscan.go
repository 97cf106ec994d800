package ocr

import (
	"errors"
	"fmt"
	"math"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// A placedImage is an image that a page paints.
type placedImage struct {
	stream *types.StreamDict // nil for an inline image
	object int               // the stream's object number
	to     matrix            // from the unit square to default user space
	clip   rect              // what may be seen of it, in default user space
	black  bool              // the fill colour is black, which a stencil mask is painted with
	plain  bool              // neither blended nor clipped to anything but a rectangle
}

// area returns the part of the page that the image takes.
func (i placedImage) area() rect { return rect{0, 0, 1, 1}.under(i.to).cut(i.clip) }

// A pageScan is what a page's content paints, without drawing it. Whatever a
// full-page image covers counts for nothing.
type pageScan struct {
	images  []placedImage
	vectors int // fills, strokes and shadings
	pieces  int // rectangles and other closed or open lines in them
	shown   int // bytes of text that can be seen
	hidden  int // bytes of text that can't: render mode 3 or 7, or under an image
	odd     bool
	annots  bool // annotations or form fields that can be seen
}

const (
	pdfMostOperators = 2_000_000
	pdfMostForms     = 8
)

var errContentTooLong = errors.New("the page's content is too long")

// A contentScanner follows a content stream's operators (ISO 32000-1 annex A).
type contentScanner struct {
	f    *pdfFile
	page rect
	scan *pageScan
	ops  int
}

type scanState struct {
	ctm          matrix
	clip         rect
	oddClip      bool
	blended      bool
	mode         int // text rendering mode
	black, white bool
}

// scanPage reads what the page paints.
func (f *pdfFile) scanPage(p pdfPage) (*pageScan, error) {
	s := &contentScanner{f: f, page: p.box, scan: &pageScan{}}
	content, err := f.pageContent(p.dict)
	if err != nil {
		return nil, err
	}
	start := scanState{ctm: unitMatrix, clip: p.box, black: true}
	if err := s.run(content, p.resources, start, 0); err != nil {
		return nil, err
	}
	s.scan.annots = f.visibleAnnots(p)
	return s.scan, nil
}

// pageContent joins a page's content streams with white space between them.
func (f *pdfFile) pageContent(d types.Dict) ([]byte, error) {
	o := f.deref(d["Contents"])
	if a, ok := o.(types.Array); ok {
		var all []byte
		for _, part := range a {
			sd := f.stream(part)
			if sd == nil {
				continue
			}
			b, err := f.decoded(sd)
			if err != nil {
				return nil, err
			}
			all = append(append(all, b...), '\n')
			if len(all) > pdfStreamMost {
				return nil, errContentTooLong
			}
		}
		return all, nil
	}
	if sd := f.stream(d["Contents"]); sd != nil {
		return f.decoded(sd)
	}
	return nil, nil // an empty page
}

// decoded returns a stream's bytes after its filters, without keeping them.
func (f *pdfFile) decoded(sd *types.StreamDict) (out []byte, err error) {
	defer rescue("decode a stream", &err)
	own := *sd
	own.Content = nil
	if err := own.DecodeWithLimit(pdfStreamMost); err != nil {
		return nil, fmt.Errorf("decode a stream: %w", err)
	}
	return own.Content, nil
}

// visibleAnnots reports whether the page has annotations that a viewer shows.
func (f *pdfFile) visibleAnnots(p pdfPage) bool {
	const invisible, hidden, noView = 1, 2, 32
	for _, o := range f.array(p.dict["Annots"]) {
		d := f.dict(o)
		if d == nil || f.integer(d["F"], 0)&(hidden|noView|invisible) != 0 {
			continue
		}
		switch f.name(d["Subtype"]) {
		case "Link", "Popup":
			continue
		case "Widget":
			if _, has := d["AP"]; !has && !f.hasValue(d) {
				continue
			}
		}
		return true
	}
	return false
}

// hasValue reports whether a form field, or one that it belongs to, has a value.
func (f *pdfFile) hasValue(d types.Dict) bool {
	for range 8 {
		if d == nil {
			return false
		}
		if _, ok := d["V"]; ok {
			return true
		}
		d = f.dict(d["Parent"])
	}
	return false
}

func (s *contentScanner) run(content []byte, resources types.Dict, state scanState, depth int) error {
	l := &pdfLexer{in: content}
	var stack []scanState
	var path rect // around the path that is being built
	path = noPath
	rectangles, others := 0, 0
	clipping := false
	endPath := func() {
		if clipping {
			if rectangles == 1 && others == 0 {
				state.clip = state.clip.cut(path)
			} else if others > 0 || rectangles > 1 {
				state.clip = state.clip.cut(path)
				state.oddClip = true
			}
		}
		path, rectangles, others, clipping = noPath, 0, 0, false
	}
	for {
		op, _, ok := l.next()
		if !ok {
			return nil
		}
		if s.ops++; s.ops > pdfMostOperators {
			return errContentTooLong
		}
		a := l.args
		n := func(i int) float64 { // the i-th last operand
			if i > len(a) || a[len(a)-i].kind != 'n' {
				return 0
			}
			return a[len(a)-i].number
		}
		switch op {
		case "q":
			if len(stack) > 256 {
				return errContentTooLong
			}
			stack = append(stack, state)
		case "Q":
			if len(stack) > 0 {
				state, stack = stack[len(stack)-1], stack[:len(stack)-1]
			}
		case "cm":
			if m := (matrix{n(6), n(5), n(4), n(3), n(2), n(1)}); m.finite() {
				state.ctm = m.then(state.ctm)
			}
		case "gs":
			state.blended = state.blended || s.blends(resources, a)
		case "re":
			path = path.around(rect{min(0, n(2)), min(0, n(1)), max(0, n(2)), max(0, n(1))}.under(matrix{1, 0, 0, 1, n(4), n(3)}.then(state.ctm)))
			rectangles++
			s.scan.pieces++
		case "m", "l", "c", "v", "y":
			for i := len(a); i >= 2; i -= 2 {
				x, y := state.ctm.at(n(i), n(i-1))
				path = path.around(rect{x, y, x, y})
			}
			others++
			if op == "m" {
				s.scan.pieces++
			}
		case "W", "W*":
			clipping = true
		case "n":
			endPath()
		case "f", "F", "f*":
			s.fill(state, path)
			endPath()
		case "S", "s", "B", "B*", "b", "b*":
			s.scan.vectors++
			endPath()
		case "sh":
			s.scan.vectors++
		case "g":
			state.black, state.white = n(1) <= 0.01, n(1) >= 0.99
		case "rg":
			state.black = max(n(1), n(2), n(3)) <= 0.01
			state.white = min(n(1), n(2), n(3)) >= 0.99
		case "k":
			state.black, state.white = n(1) >= 0.99, max(n(1), n(2), n(3), n(4)) <= 0.01
		case "cs":
			state.black, state.white = true, false // black is the first colour of a space
		case "sc", "scn":
			state.black = len(a) > 0 && len(a) != 4 && allOperands(a, 0)
			state.white = (len(a) == 1 || len(a) == 3) && allOperands(a, 1)
		case "Tr":
			state.mode = int(n(1))
		case "Tj", "TJ", "'", "\"":
			bytes := 0
			if len(a) > 0 {
				bytes = a[len(a)-1].bytes
			}
			if state.mode == 3 || state.mode == 7 {
				s.scan.hidden += bytes
			} else {
				s.scan.shown += bytes
			}
		case "BDC":
			if len(a) > 0 && a[0].kind == '/' && a[0].name == "OC" {
				s.scan.odd = true
			}
		case "BI":
			// The image's dictionary comes as operands of ID.
		case "ID":
			l.skipInlineData()
			s.paint(placedImage{to: state.ctm, clip: state.clip, black: state.black})
		case "Do":
			if len(a) == 0 || a[len(a)-1].kind != '/' {
				continue
			}
			if err := s.do(a[len(a)-1].name, resources, state, depth); err != nil {
				return err
			}
		}
	}
}

var noPath = rect{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}

func (r rect) around(s rect) rect {
	return rect{min(r[0], s[0]), min(r[1], s[1]), max(r[2], s[2]), max(r[3], s[3])}
}

func allOperands(a []pdfOperand, want float64) bool {
	for _, o := range a {
		if o.kind != 'n' || math.Abs(o.number-want) > 0.01 {
			return false
		}
	}
	return true
}

// fill notes a filled path. White on a page that is still empty paints nothing.
func (s *contentScanner) fill(state scanState, path rect) {
	if path == noPath || state.white && s.scan.vectors == 0 && s.scan.shown == 0 && len(s.scan.images) == 0 {
		return
	}
	s.scan.vectors++
}

// blends reports whether a graphics state parameter dictionary makes what
// follows other than opaque.
func (s *contentScanner) blends(resources types.Dict, a []pdfOperand) bool {
	if len(a) == 0 {
		return false
	}
	d := s.f.dict(s.resource(resources, "ExtGState", a[len(a)-1].name))
	for _, key := range []string{"CA", "ca"} {
		if v, ok := s.f.number(d[key]); ok && v < 0.999 {
			return true
		}
	}
	if o := s.f.deref(d["SMask"]); o != nil && s.f.name(o) != "None" {
		return true
	}
	if o := s.f.deref(d["BM"]); o != nil && s.f.name(o) != "Normal" && s.f.name(o) != "Compatible" {
		return true
	}
	return false
}

func (s *contentScanner) resource(resources types.Dict, kind, name string) types.Object {
	if decoded, err := types.DecodeName(name); err == nil {
		name = decoded
	}
	return s.f.dict(resources[kind])[name]
}

func (s *contentScanner) do(name string, resources types.Dict, state scanState, depth int) error {
	o := s.resource(resources, "XObject", name)
	sd := s.f.stream(o)
	if sd == nil {
		return nil
	}
	if _, optional := sd.Dict["OC"]; optional {
		s.scan.odd = true
	}
	switch s.f.name(sd.Dict["Subtype"]) {
	case "Image":
		number := 0
		if ref, ok := o.(types.IndirectRef); ok {
			number = ref.ObjectNumber.Value()
		}
		s.paint(placedImage{
			stream: sd, object: number, to: state.ctm, clip: state.clip, black: state.black,
			plain: !state.blended && !state.oddClip,
		})
	case "Form":
		if depth >= pdfMostForms {
			s.scan.odd = true
			return nil
		}
		if m := s.f.numbers(sd.Dict["Matrix"]); len(m) == 6 {
			state.ctm = matrix(m).then(state.ctm)
		}
		if b, ok := s.f.rect(sd.Dict["BBox"]); ok {
			state.clip = state.clip.cut(b.under(state.ctm))
		}
		content, err := s.f.decoded(sd)
		if err != nil {
			return err
		}
		inner := s.f.dict(sd.Dict["Resources"])
		if inner == nil {
			inner = resources
		}
		return s.run(content, inner, state, depth+1)
	}
	return nil
}

// paint notes an image. One that covers the page hides all that came before.
func (s *contentScanner) paint(i placedImage) {
	if i.area().empty() {
		return
	}
	seen := i.area().cut(s.page)
	if i.plain && s.opaque(i.stream) && seen.width() >= 0.98*s.page.width() && seen.height() >= 0.98*s.page.height() {
		s.scan.hidden += s.scan.shown
		s.scan.images, s.scan.vectors, s.scan.shown = nil, 0, 0
	}
	s.scan.images = append(s.scan.images, i)
}

func (s *contentScanner) opaque(sd *types.StreamDict) bool {
	if sd == nil || s.f.flag(sd.Dict["ImageMask"], false) {
		return false
	}
	for _, key := range []string{"Mask", "SMask", "SMaskInData"} {
		if o := s.f.deref(sd.Dict[key]); o != nil && o != types.Integer(0) {
			return false
		}
	}
	return true
}
