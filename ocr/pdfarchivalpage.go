package ocr

import (
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/filter"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// An archivist looks whether what a page shows may stand in a PDF/A-2b file as it is (ISO
// 19005-2, whose section numbers stand beside the rules). It follows the page's content to
// everything that is painted, and lets pass only what it knows: of anything else it gives the
// reason in why, and the page is drawn.
type archivist struct {
	f      *pdfFile
	why    string
	colour bool // something is painted in DeviceRGB
	cmyk   bool // something is painted in CMYK by a profile
	over   bool // overprinting is on in the way that goes ill with such a profile

	fonts map[string]*usedFont // by the font's place
	spots map[string]string    // spot colours by name; shared by the pages of a document
	done  map[int]bool         // object numbers of forms and the like that were followed
	open  []int                // those that are being followed
	ops   int
}

const (
	mostStates = 28 // graphics states within another (6.1.13)

	reasonContent     = "its content is damaged"
	reasonColours     = "its colours depend on the device"
	reasonImage       = "an image has a form that archives do not take"
	reasonLayers      = "it has layers that can be switched off"
	reasonTransparent = "its colours are blended in a way that archives do not take"
	reasonUnknown     = "it holds what archives do not take"
	reasonNoLooks     = "a note or form field leaves its looks to the viewer"
)

func (a *archivist) no(why string) {
	if a.why == "" {
		a.why = why
	}
}

// page follows a page and what its annotations show.
func (a *archivist) page(p pdfPage, content []byte, annots []shownAnnot) {
	for _, edge := range []float64{p.box.width(), p.box.height()} {
		if edge < 3 || edge > 14400 {
			a.no("its size is beyond what a PDF may have")
		}
	}
	a.group(p.dict["Group"], p.resources)
	a.run(content, p.resources, 1, nil) // what is added afterwards needs a state of its own
	for _, n := range annots {
		a.form(n.form, nil, p.resources, 1)
	}
	for _, key := range sortedFonts(a.fonts) {
		if a.why == "" {
			if why := a.f.whyNotFont(a.fonts[key]); why != "" {
				a.no(why)
			}
		}
	}
	if a.cmyk && a.over {
		a.no(reasonColours) // 6.2.4.2
	}
}

func sortedFonts(m map[string]*usedFont) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// placeOf names an object: by its number when it has one.
func placeOf(o types.Object) (key string, number int) {
	if ref, ok := o.(types.IndirectRef); ok {
		return fmt.Sprintf("%d", ref.ObjectNumber.Value()), ref.ObjectNumber.Value()
	}
	return fmt.Sprintf("%p", o), 0
}

// once calls do for an object unless it was followed before; an object within itself is refused.
func (a *archivist) once(o types.Object, do func()) {
	_, number := placeOf(o)
	if number == 0 {
		if len(a.open) > 32 {
			a.no(reasonContent)
			return
		}
		a.open = append(a.open, 0)
		do()
		a.open = a.open[:len(a.open)-1]
		return
	}
	if slices.Contains(a.open, number) {
		a.no(reasonContent)
		return
	}
	if a.done[number] {
		return
	}
	a.done[number] = true
	a.open = append(a.open, number)
	do()
	a.open = a.open[:len(a.open)-1]
}

// plainOperators are those of annex A of ISO 32000-1 that need no look at what they are given.
var plainOperators = func() map[string]bool {
	m := map[string]bool{}
	for _, op := range strings.Fields(`b B b* B* BI BMC BT BX c cm d d0 d1 DP EI EMC ET EX f F f* g G h i j J l m M MP n re s S
		T* Tc Td TD TL Tm Ts Tw Tz v w W W* y`) {
		m[op] = true
	}
	return m
}()

type inkState struct {
	font *usedFont
	mode int
}

// run follows a content stream. depth counts the graphics states that it stands in; width is told
// the width that a glyph of a Type 3 font gives itself.
func (a *archivist) run(content []byte, resources types.Dict, depth int, width func(float64)) {
	l := &pdfLexer{in: content, keep: true}
	var state inkState
	var stack []inkState
	for a.why == "" {
		op, _, ok := l.next()
		if !ok {
			break
		}
		if a.ops++; a.ops > pdfMostOperators {
			a.no("it is too complicated")
			return
		}
		last := pdfOperand{}
		if n := len(l.args); n > 0 {
			last = l.args[n-1]
		}
		switch op {
		case "q":
			if stack = append(stack, state); len(stack)+depth > mostStates {
				a.no("it is too complicated")
			}
		case "Q":
			if len(stack) == 0 {
				a.no(reasonContent)
				return
			}
			state, stack = stack[len(stack)-1], stack[:len(stack)-1]
		case "d0", "d1":
			if width != nil && len(l.args) > 0 {
				width(l.args[0].number)
			}
		case "g", "G":
			a.device("DeviceGray", resources)
		case "rg", "RG":
			a.device("DeviceRGB", resources)
		case "k", "K":
			a.device("DeviceCMYK", resources)
		case "cs", "CS":
			a.space(types.Name(last.name), resources, 0)
		case "sc", "SC":
		case "scn", "SCN":
			if last.kind == '/' {
				a.pattern(last.name, resources, depth+len(stack))
			}
		case "ri":
			if !renderingIntents[last.name] {
				a.no(reasonUnknown)
			}
		case "gs":
			a.graphics(last.name, resources, &state)
		case "sh":
			a.shading(a.resource(resources, "Shading", last.name), resources)
		case "Do":
			a.paint(last.name, resources, depth+len(stack))
		case "BDC", "DP":
			a.marked(l.args, resources)
		case "ID":
			a.inline(l.args, resources)
			l.skipInlineData()
		case "Tf":
			if len(l.args) < 2 {
				a.no(reasonContent)
				return
			}
			state.font = a.font(l.args[len(l.args)-2].name, resources, depth+len(stack))
		case "Tr":
			state.mode = int(last.number)
			if state.mode < 0 || state.mode > 7 {
				a.no(reasonContent)
			}
		case "Tj", "TJ", "'", "\"":
			a.show(state, last.text)
		default:
			if !plainOperators[op] {
				a.no(reasonContent) // 6.2.2
			}
		}
		if l.odd {
			a.no(reasonContent)
		}
	}
	if len(stack) > 0 {
		a.no(reasonContent)
	}
}

var renderingIntents = map[string]bool{"RelativeColorimetric": true, "AbsoluteColorimetric": true, "Perceptual": true, "Saturation": true}

// resource finds a named resource; a content stream has to have what it names (6.2.2).
func (a *archivist) resource(resources types.Dict, kind, name string) types.Object {
	o := (&contentScanner{f: a.f}).resource(resources, kind, name)
	if a.f.deref(o) == nil {
		a.no(reasonContent)
	}
	return o
}

// marked looks at marked content: what belongs to a layer can be switched off.
func (a *archivist) marked(args []pdfOperand, resources types.Dict) {
	if len(args) < 2 {
		return
	}
	if args[0].name == "OC" {
		a.no(reasonLayers)
		return
	}
	if p := args[1]; p.kind == '/' {
		a.resource(resources, "Properties", p.name)
	}
}

// show notes the letters that are shown.
func (a *archivist) show(state inkState, text []byte) {
	if len(text) == 0 {
		return
	}
	if state.font == nil {
		a.no(reasonContent)
		return
	}
	codes, ok := a.f.codesOf(state.font.dict, text)
	if !ok {
		a.no(reasonContent)
	}
	seen := state.font.seen
	if state.mode == 3 {
		seen = state.font.blind
	}
	for _, c := range codes {
		seen[c] = true
	}
	if len(codes) == 0 && state.mode != 3 {
		seen[0] = true
	}
}

func (a *archivist) font(name string, resources types.Dict, depth int) *usedFont {
	o := a.resource(resources, "Font", name)
	return a.fontAt(o, resources, depth)
}

func (a *archivist) fontAt(o types.Object, resources types.Dict, depth int) *usedFont {
	key, _ := placeOf(o)
	if u := a.fonts[key]; u != nil {
		return u
	}
	u := &usedFont{dict: a.f.dict(o), seen: map[int]bool{}, blind: map[int]bool{}}
	if u.dict == nil {
		a.no(reasonContent)
		return nil
	}
	if a.f.name(u.dict["Subtype"]) == "Type3" {
		a.once(o, func() { a.drawnFont(u.dict, depth) })
		return &usedFont{dict: u.dict, seen: map[int]bool{}, blind: map[int]bool{}} // its letters are content
	}
	a.fonts[key] = u
	return u
}

// drawnFont looks at a Type 3 font, whose letters are content streams.
func (a *archivist) drawnFont(d types.Dict, depth int) {
	resources := a.f.dict(d["Resources"])
	if resources == nil {
		resources = types.Dict{}
	}
	chars := a.f.dict(d["CharProcs"])
	widths := a.f.array(d["Widths"])
	first, last := a.f.integer(d["FirstChar"], -1), a.f.integer(d["LastChar"], -1)
	_, differences, ok := a.f.encoding(d["Encoding"])
	m := a.f.numbers(d["FontMatrix"])
	if chars == nil || !ok || first < 0 || len(widths) != last-first+1 || len(m) != 6 {
		a.no(fontWrong)
		return
	}
	own := map[string]float64{}
	for _, name := range sortedKeys(chars) {
		sd := a.f.stream(chars[name])
		if sd == nil {
			a.no(fontWrong)
			return
		}
		content, err := a.f.decoded(sd)
		if err != nil || !a.filters(sd) {
			a.no(fontNotFollowed)
			return
		}
		own[name] = math.NaN()
		a.run(content, resources, depth+1, func(w float64) { own[name] = w })
	}
	for code, name := range differences {
		w, has := own[name]
		if k := int(code) - first; has && k >= 0 && k < len(widths) {
			said, _ := a.f.number(widths[k])
			if !(math.Abs(said-w)*math.Abs(m[0])*1000 <= 1) {
				a.no(fontWidths)
			}
		}
	}
}

// device checks a colour in a device's own space: gray and RGB mean what the output intent says
// (6.2.4.3), unless the page says it.
func (a *archivist) device(name string, resources types.Dict) {
	instead := map[string]string{"DeviceGray": "DefaultGray", "DeviceRGB": "DefaultRGB", "DeviceCMYK": "DefaultCMYK"}[name]
	if o := a.f.deref(a.f.dict(resources["ColorSpace"])[instead]); o != nil {
		if _, same := o.(types.Name); !same {
			a.space(o, types.Dict{}, 1)
			return
		}
	}
	switch name {
	case "DeviceRGB":
		a.colour = true
	case "DeviceCMYK":
		a.no(reasonColours)
	}
}

// space checks a colour space (6.2.4).
func (a *archivist) space(o types.Object, resources types.Dict, depth int) {
	if depth > 4 {
		a.no(reasonContent)
		return
	}
	o = a.f.deref(o)
	if n, ok := o.(types.Name); ok {
		switch name := string(n); name {
		case "DeviceGray", "DeviceRGB", "DeviceCMYK":
			a.device(name, resources)
		case "Pattern":
		default:
			if depth > 0 {
				a.no(reasonContent)
				return
			}
			a.space(a.resource(resources, "ColorSpace", name), resources, depth+1)
		}
		return
	}
	v := a.f.array(o)
	if len(v) == 0 {
		a.no(reasonContent)
		return
	}
	switch kind := a.f.name(v[0]); {
	case kind == "Pattern" && len(v) == 1, len(v) == 1 && strings.HasPrefix(kind, "Device"):
		a.space(v[0], resources, depth+1)
	case kind == "Pattern" && len(v) == 2, kind == "Indexed" && len(v) == 4:
		a.space(v[1], resources, depth+1)
	case kind == "CalGray" || kind == "CalRGB" || kind == "Lab":
		if len(v) < 2 || a.f.numbers(a.f.dict(v[1])["WhitePoint"]) == nil {
			a.no(reasonColours)
		}
	case kind == "ICCBased":
		if !a.f.archivalSpace(o, true) {
			a.no(reasonColours)
		} else if a.f.integer(a.f.stream(v[1]).Dict["N"], 0) == 4 {
			a.cmyk = true
		}
	case kind == "Separation" && len(v) == 4:
		a.spot(a.f.name(v[1]), v[2], v[3], resources, depth)
	case kind == "DeviceN" && len(v) >= 4:
		a.deviceN(v, resources, depth)
	default:
		a.no(reasonColours)
	}
}

// spot checks a spot colour: in the whole document a name means one colour (6.2.4.4).
func (a *archivist) spot(name string, instead, tint types.Object, resources types.Dict, depth int) {
	a.space(instead, resources, depth+1)
	mark := a.f.mark(types.Array{instead, tint})
	if before, ok := a.spots[name]; ok && before != mark {
		a.no(reasonColours)
	}
	a.spots[name] = mark
}

func (a *archivist) deviceN(v types.Array, resources types.Dict, depth int) {
	names := a.f.array(v[1])
	if len(names) == 0 || len(names) > 32 {
		a.no(reasonColours)
		return
	}
	a.space(v[2], resources, depth+1)
	var attributes types.Dict
	if len(v) > 4 {
		attributes = a.f.dict(v[4])
	}
	colorants := a.f.dict(attributes["Colorants"])
	process := a.f.array(a.f.dict(attributes["Process"])["Components"])
	if a.f.dict(attributes["Process"]) != nil {
		a.space(a.f.dict(attributes["Process"])["ColorSpace"], resources, depth+1)
	}
	for _, o := range names {
		name := a.f.name(o)
		if name == "None" || slices.ContainsFunc(process, func(p types.Object) bool { return a.f.name(p) == name }) {
			continue
		}
		s := a.f.array(colorants[name])
		if len(s) != 4 || a.f.name(s[0]) != "Separation" {
			a.no(reasonColours)
			return
		}
		a.spot(name, s[2], s[3], resources, depth)
	}
}

// mark tells objects apart by what they hold.
func (f *pdfFile) mark(o types.Object) string {
	sum := sha256.New()
	var put func(o types.Object, depth int)
	put = func(o types.Object, depth int) {
		o = f.deref(o)
		switch v := o.(type) {
		case types.Array:
			for _, e := range v {
				if depth < 16 {
					put(e, depth+1)
				}
			}
		case types.Dict:
			for _, k := range sortedKeys(v) {
				sum.Write([]byte(k + " "))
				if depth < 16 {
					put(v[k], depth+1)
				}
			}
		default:
			if sd := f.stream(o); sd != nil {
				b, _ := f.decoded(sd)
				sum.Write(b)
				for _, k := range []string{"FunctionType", "Domain", "Range", "Size", "N", "Encode", "Decode", "BitsPerSample"} {
					if depth < 16 {
						put(sd.Dict[k], depth+1)
					}
				}
			} else if o != nil {
				sum.Write([]byte(o.PDFString() + " "))
			}
		}
	}
	put(o, 0)
	return string(sum.Sum(nil))
}

// graphicsEntries are what a graphics state may say (6.2.5): nothing of transfer functions,
// halftones and the like, which change how some devices print.
var graphicsEntries = []string{"Type", "LW", "LC", "LJ", "ML", "D", "RI", "OP", "op", "OPM", "Font", "FL", "SM", "SA", "BM", "SMask", "CA", "ca", "AIS", "TK"}

var blendModes = strings.Fields("Normal Compatible Multiply Screen Overlay Darken Lighten ColorDodge ColorBurn HardLight SoftLight Difference Exclusion Hue Saturation Color Luminosity")

func (a *archivist) graphics(name string, resources types.Dict, state *inkState) {
	o := a.resource(resources, "ExtGState", name)
	d := a.f.dict(o)
	for _, key := range []string{"TR", "TR2"} {
		// A transfer function changes colours; all else that may not be there is left behind.
		if v := a.f.name(d[key]); d[key] != nil && v != "Default" && v != "Identity" {
			a.no(reasonTransparent)
		}
	}
	if ri := a.f.name(d["RI"]); d["RI"] != nil && !renderingIntents[ri] {
		a.no(reasonUnknown)
	}
	if d["BM"] != nil {
		modes := a.f.array(d["BM"])
		if modes == nil {
			modes = types.Array{d["BM"]}
		}
		for _, m := range modes {
			if !slices.Contains(blendModes, a.f.name(m)) {
				a.no(reasonTransparent) // 6.2.10
			}
		}
	}
	if a.f.integer(d["OPM"], 0) == 1 && (a.f.flag(d["OP"], false) || a.f.flag(d["op"], false)) {
		a.over = true
	}
	if v := a.f.array(d["Font"]); len(v) == 2 {
		state.font = a.fontAt(v[0], resources, len(a.open))
	}
	if mask := a.f.dict(d["SMask"]); mask != nil {
		if tr := a.f.deref(mask["TR"]); tr != nil && a.f.name(tr) != "Identity" {
			a.no(reasonTransparent)
		}
		a.form(mask["G"], nil, resources, len(a.open))
	} else if d["SMask"] != nil && a.f.name(d["SMask"]) != "None" {
		a.no(reasonTransparent)
	}
}

// group checks a transparency group: colours are blended in a space that is known (6.2.10).
func (a *archivist) group(o types.Object, resources types.Dict) {
	d := a.f.dict(o)
	if d == nil {
		return
	}
	if a.f.name(d["S"]) != "Transparency" {
		a.no(reasonTransparent)
	}
	if d["CS"] != nil {
		a.space(d["CS"], resources, 0)
	}
}

// pattern checks a pattern (ISO 32000-1 section 8.7).
func (a *archivist) pattern(name string, resources types.Dict, depth int) {
	o := a.resource(resources, "Pattern", name)
	a.once(o, func() {
		d := a.f.dict(o)
		switch a.f.integer(d["PatternType"], 0) {
		case 1:
			a.content(o, depth)
		case 2:
			a.shading(d["Shading"], resources)
			if s := a.f.dict(d["ExtGState"]); s != nil {
				for _, key := range sortedKeys(s) {
					if !slices.Contains(graphicsEntries, key) {
						a.no(reasonTransparent)
					}
				}
				a.graphics("S", types.Dict{"ExtGState": types.Dict{"S": s}}, &inkState{})
			}
		default:
			a.no(reasonContent)
		}
	})
}

func (a *archivist) shading(o types.Object, resources types.Dict) {
	d := a.f.dict(o)
	if d == nil || d["ColorSpace"] == nil {
		a.no(reasonContent)
		return
	}
	if sd := a.f.stream(o); sd != nil && !a.filters(sd) {
		a.no(reasonUnknown)
	}
	a.space(d["ColorSpace"], resources, 0)
}

// content follows a stream that is content and has resources of its own.
func (a *archivist) content(o types.Object, depth int) {
	sd := a.f.stream(o)
	if sd == nil {
		a.no(reasonContent)
		return
	}
	content, err := a.f.decoded(sd)
	if err != nil || !a.filters(sd) {
		a.no(reasonContent)
		return
	}
	resources := a.f.dict(sd.Dict["Resources"])
	if resources == nil {
		resources = types.Dict{} // then it may name nothing (6.2.2)
	}
	a.run(content, resources, depth, nil)
}

// filters says whether a stream's filters are among those that are taken over, or undone (6.1.7).
func (a *archivist) filters(sd *types.StreamDict) bool {
	if sd.Dict["F"] != nil {
		return false
	}
	for _, p := range sd.FilterPipeline {
		switch p.Name {
		case filter.Flate, filter.LZW, filter.ASCII85, filter.ASCIIHex, filter.RunLength, filter.CCITTFax, filter.DCT, filter.JBIG2, filter.JPX:
		default:
			return false
		}
	}
	return true
}

// paint checks an XObject.
func (a *archivist) paint(name string, resources types.Dict, depth int) {
	o := a.resource(resources, "XObject", name)
	sd := a.f.stream(o)
	if sd == nil {
		a.no(reasonContent)
		return
	}
	switch a.f.name(sd.Dict["Subtype"]) {
	case "Image":
		a.once(o, func() { a.image(sd, resources) })
	case "Form":
		a.form(o, sd, resources, depth)
	default:
		a.no(reasonUnknown) // PostScript (6.2.9)
	}
}

// form checks a form (6.2.9).
func (a *archivist) form(o types.Object, sd *types.StreamDict, resources types.Dict, depth int) {
	if sd == nil {
		if sd = a.f.stream(o); sd == nil {
			a.no(reasonContent)
			return
		}
	}
	a.once(o, func() {
		d := sd.Dict
		for _, key := range []string{"PS", "Subtype2", "Ref"} {
			if d[key] != nil {
				a.no(reasonUnknown)
			}
		}
		if d["OC"] != nil {
			a.no(reasonLayers)
		}
		if len(a.f.numbers(d["BBox"])) != 4 || a.f.name(d["Subtype"]) != "Form" {
			a.no(reasonContent)
		}
		own := a.f.dict(d["Resources"])
		a.group(d["Group"], own)
		a.content(o, depth+1)
	})
}

// image checks an image (6.2.8).
func (a *archivist) image(sd *types.StreamDict, resources types.Dict) {
	d := sd.Dict
	if d["OC"] != nil {
		a.no(reasonLayers)
	}
	if d["Intent"] != nil && !renderingIntents[a.f.name(d["Intent"])] || !a.filters(sd) {
		a.no(reasonImage)
		return
	}
	jpx := false
	for i, p := range sd.FilterPipeline {
		if p.Name == filter.JPX {
			jpx = true
			data, err := a.f.encodedBytes(sd, i)
			if err != nil || !archivalJPX(data, d["ColorSpace"] != nil) {
				a.no(reasonImage)
			}
		}
	}
	mask := a.f.flag(d["ImageMask"], false)
	switch bits := a.f.integer(d["BitsPerComponent"], 1); {
	case jpx:
	case mask && bits != 1:
		a.no(reasonImage)
	case bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16:
		a.no(reasonImage)
	}
	switch {
	case mask:
	case d["ColorSpace"] != nil:
		a.space(d["ColorSpace"], resources, 0)
	case jpx:
		a.colour = true
	default:
		a.no(reasonImage)
	}
	for _, key := range []string{"SMask", "Mask"} {
		o := a.f.deref(d[key])
		if inner := a.f.stream(d[key]); inner != nil {
			if key == "Mask" != a.f.flag(inner.Dict["ImageMask"], false) {
				a.no(reasonImage)
			}
			a.once(d[key], func() { a.image(inner, resources) })
		} else if _, colours := o.(types.Array); o != nil && !(key == "Mask" && colours) {
			a.no(reasonImage)
		}
	}
}

// inline checks an image that stands in the content itself (6.1.10).
func (a *archivist) inline(args []pdfOperand, resources types.Dict) {
	long := map[string]string{"G": "DeviceGray", "RGB": "DeviceRGB", "CMYK": "DeviceCMYK"}
	value := map[string]pdfOperand{}
	for i := 0; i+1 < len(args); i += 2 {
		value[args[i].name] = args[i+1]
	}
	pick := func(short, full string) (pdfOperand, bool) {
		if v, ok := value[short]; ok {
			return v, true
		}
		v, ok := value[full]
		return v, ok
	}
	if filters, ok := pick("F", "Filter"); ok {
		for _, v := range append(filters.items, filters) {
			switch v.name {
			case "AHx", "A85", "RL", "Fl", "CCF", "DCT", "ASCIIHexDecode", "ASCII85Decode", "RunLengthDecode", "FlateDecode", "CCITTFaxDecode", "DCTDecode", "":
			default:
				a.no(reasonImage)
			}
		}
	}
	for _, key := range []string{"I", "Interpolate"} {
		if _, ok := value[key]; ok {
			a.no(reasonImage) // only a false one may stand there; to look which costs more than it gives
		}
	}
	if intent, ok := value["Intent"]; ok && !renderingIntents[intent.name] {
		a.no(reasonImage)
	}
	space, ok := pick("CS", "ColorSpace")
	switch {
	case !ok:
		if _, mask := pick("IM", "ImageMask"); !mask {
			a.no(reasonImage)
		}
	case space.kind == '[':
		if len(space.items) < 2 || space.items[0].name != "I" && space.items[0].name != "Indexed" {
			a.no(reasonImage)
			return
		}
		space = space.items[1]
		fallthrough
	default:
		if full := long[space.name]; full != "" {
			space.name = full
		}
		a.space(types.Name(space.name), resources, 0)
	}
}
