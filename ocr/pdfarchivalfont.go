package ocr

import (
	"math"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// Why a font keeps a page from being PDF/A.
const (
	fontNotEmbedded = "a font is not embedded"
	fontNotFollowed = "a font is of a kind that can't be checked"
	fontLacksGlyph  = "a font lacks a letter that is shown"
	fontWidths      = "a font's widths are not those of its letters"
	fontWrong       = "a font is described wrongly"
)

// A usedFont is a font with what a page shows in it.
type usedFont struct {
	dict  types.Dict
	seen  map[int]bool // codes that are painted
	blind map[int]bool // codes that are shown without ink (text rendering mode 3)
}

// whyNotFont says why a font may not stand in a PDF/A-2b file (ISO 19005-2 section 6.2.11);
// empty when it may.
func (f *pdfFile) whyNotFont(u *usedFont) string {
	switch f.name(u.dict["Subtype"]) {
	case "Type0":
		return f.whyNotComposite(u)
	case "Type1", "TrueType":
		return f.whyNotSimple(u)
	}
	return fontNotFollowed
}

// fontFile reads a font's embedded program; nil with an empty reason when there is none.
func (f *pdfFile) fontFile(descriptor types.Dict) (p *fontProgram, kind, why string) {
	for _, key := range []string{"FontFile", "FontFile2", "FontFile3"} {
		sd := f.stream(descriptor[key])
		if sd == nil {
			continue
		}
		data, err := f.decoded(sd)
		if err != nil {
			return nil, "", fontNotFollowed
		}
		kind = key
		switch key {
		case "FontFile":
			p, err = readType1(data, f.integer(sd.Dict["Length1"], 0))
		case "FontFile2":
			p, err = readOpenType(data)
			if err == nil && p.names != nil {
				return nil, "", fontWrong
			}
		default:
			switch kind = f.name(sd.Dict["Subtype"]); kind {
			case "Type1C", "CIDFontType0C":
				p, err = readCFF(data)
			case "OpenType":
				p, err = readOpenType(data)
			default:
				return nil, "", fontWrong
			}
		}
		if err != nil {
			return nil, "", fontNotFollowed
		}
		return p, kind, ""
	}
	return nil, "", ""
}

// glyphsFit checks that each code leads to a glyph that is there and as wide as the file says.
func glyphsFit(p *fontProgram, u *usedFont, glyph func(code int) int, width func(code int) float64) string {
	for _, codes := range []map[int]bool{u.seen, u.blind} {
		for code := range codes {
			g := glyph(code)
			if g <= 0 || g >= p.glyphs {
				return fontLacksGlyph // .notdef may not be shown, with or without ink (6.2.11.8)
			}
			w, ok := p.width(g)
			if !ok {
				return fontNotFollowed
			}
			if math.Abs(w-width(code)) > 1 {
				return fontWidths
			}
		}
	}
	return ""
}

func (f *pdfFile) whyNotSimple(u *usedFont) string {
	d := u.dict
	descriptor := f.dict(d["FontDescriptor"])
	p, kind, why := f.fontFile(descriptor)
	if why != "" {
		return why
	}
	if p == nil {
		if len(u.seen) > 0 {
			return fontNotEmbedded
		}
		return "" // shown without ink only (6.2.11.4.1)
	}
	trueType := f.name(d["Subtype"]) == "TrueType"
	if f.name(d["BaseFont"]) == "" || f.name(descriptor["FontName"]) == "" || trueType == (p.names != nil) && kind != "OpenType" || p.cids != nil {
		return fontWrong
	}
	widths := f.array(d["Widths"])
	first, last := f.integer(d["FirstChar"], -1), f.integer(d["LastChar"], -1)
	if first < 0 || last > 255 || len(widths) != last-first+1 {
		return fontWrong
	}
	missing, _ := f.number(descriptor["MissingWidth"])
	width := func(code int) float64 {
		if code < first || code > last {
			return missing
		}
		w, ok := f.number(widths[code-first])
		if !ok {
			return math.Inf(1)
		}
		return w
	}
	base, differences, ok := f.encoding(d["Encoding"])
	if !ok {
		return fontWrong
	}
	const symbolic, nonsymbolic = 4, 32
	flags := f.integer(descriptor["Flags"], 0)
	if flags&symbolic != 0 == (flags&nonsymbolic != 0) {
		return fontWrong
	}
	if !trueType {
		return glyphsFit(p, u, func(code int) int {
			name := differences[byte(code)]
			if name == "" && base != "" {
				name = encodedName(base, byte(code))
			}
			if name == "" {
				return p.builtin[byte(code)]
			}
			return p.names[name]
		}, width)
	}
	unicode, roman, symbols := p.cmaps[[2]int{3, 1}], p.cmaps[[2]int{1, 0}], p.cmaps[[2]int{3, 0}]
	if flags&symbolic != 0 {
		// 6.2.11.6: no Encoding, and one way to the glyphs, or that for symbols among them.
		if d["Encoding"] != nil || symbols == nil && len(p.cmaps) != 1 {
			return fontWrong
		}
		return glyphsFit(p, u, func(code int) int {
			if symbols != nil {
				for _, high := range []int{0xf000, 0, 0xf100, 0xf200} {
					if g := symbols(high + code); g > 0 {
						return g
					}
				}
				return 0
			}
			for _, only := range p.cmaps {
				return only(code)
			}
			return 0
		}, width)
	}
	if base != "WinAnsiEncoding" && base != "MacRomanEncoding" || len(differences) > 0 && unicode == nil {
		return fontWrong
	}
	for _, name := range differences {
		if _, ok := runeOfName(name); !ok && name != ".notdef" {
			return fontWrong // only the names of Adobe's list
		}
	}
	return glyphsFit(p, u, func(code int) int {
		name := differences[byte(code)]
		if name == "" {
			name = encodedName(base, byte(code))
		}
		r, ok := runeOfName(name)
		switch {
		case !ok:
			return 0
		case unicode != nil:
			return unicode(int(r))
		case roman != nil:
			for c := range 256 {
				if encodedName("MacRomanEncoding", byte(c)) == name {
					return roman(c)
				}
			}
		}
		return 0
	}, width)
}

// encoding reads a simple font's Encoding: its base, empty for the font's own, and what differs.
func (f *pdfFile) encoding(o types.Object) (base string, differences map[byte]string, ok bool) {
	known := func(name string) bool {
		return name == "" || name == "WinAnsiEncoding" || name == "MacRomanEncoding" || name == "StandardEncoding"
	}
	o = f.deref(o)
	d, isDict := o.(types.Dict)
	if !isDict {
		base = f.name(o)
		return base, nil, known(base) && (o == nil || base != "")
	}
	base = f.name(d["BaseEncoding"])
	differences = map[byte]string{}
	code := 0
	for _, item := range f.array(d["Differences"]) {
		switch item := f.deref(item).(type) {
		case types.Integer:
			code = int(item)
		case types.Name:
			if code < 0 || code > 255 {
				return "", nil, false
			}
			name, err := types.DecodeName(string(item))
			if err != nil {
				return "", nil, false
			}
			differences[byte(code)] = name
			code++
		default:
			return "", nil, false
		}
	}
	return base, differences, known(base)
}

// whyNotComposite checks a composite font. Of its ways from codes to characters only the plain
// one is known here; what has another is drawn.
func (f *pdfFile) whyNotComposite(u *usedFont) string {
	descendants := f.array(u.dict["DescendantFonts"])
	if len(descendants) != 1 {
		return fontWrong
	}
	cid := f.dict(descendants[0])
	descriptor := f.dict(cid["FontDescriptor"])
	p, kind, why := f.fontFile(descriptor)
	if why != "" {
		return why
	}
	if p == nil {
		if len(u.seen) > 0 {
			return fontNotEmbedded
		}
		return ""
	}
	if e := f.name(u.dict["Encoding"]); e != "Identity-H" && e != "Identity-V" {
		return fontNotFollowed
	}
	if f.dict(cid["CIDSystemInfo"]) == nil || f.name(cid["BaseFont"]) == "" || f.name(descriptor["FontName"]) == "" {
		return fontWrong
	}
	widths, ok := f.cidWidths(cid)
	if !ok {
		return fontWrong
	}
	var glyph func(int) int
	switch f.name(cid["Subtype"]) {
	case "CIDFontType2":
		if kind != "FontFile2" && kind != "OpenType" || p.cids != nil {
			return fontWrong
		}
		if f.name(cid["CIDToGIDMap"]) == "Identity" {
			glyph = func(code int) int { return code }
			break
		}
		sd := f.stream(cid["CIDToGIDMap"])
		if sd == nil {
			return fontWrong // it has to be said (6.2.11.3.2)
		}
		table, err := f.decoded(sd)
		if err != nil {
			return fontNotFollowed
		}
		glyph = func(code int) int {
			if 2*code+1 >= len(table) {
				return 0
			}
			return int(table[2*code])<<8 | int(table[2*code+1])
		}
	case "CIDFontType0":
		if kind != "CIDFontType0C" && kind != "OpenType" || p.names == nil {
			return fontWrong
		}
		glyph = func(code int) int { return code } // a font with names is counted through
		if p.cids != nil {
			glyph = func(code int) int { return p.cids[code] }
		}
	default:
		return fontWrong
	}
	return glyphsFit(p, u, glyph, widths)
}

// cidWidths reads a composite font's widths (ISO 32000-1 section 9.7.4.3).
func (f *pdfFile) cidWidths(cid types.Dict) (func(int) float64, bool) {
	usual := 1000.0
	if w, ok := f.number(cid["DW"]); ok {
		usual = w
	}
	own := map[int]float64{}
	a := f.array(cid["W"])
	for i := 0; i < len(a); {
		first := f.integer(a[i], -1)
		if first < 0 || i+1 >= len(a) {
			return nil, false
		}
		if list, ok := f.deref(a[i+1]).(types.Array); ok {
			for k, o := range list {
				w, ok := f.number(o)
				if !ok {
					return nil, false
				}
				own[first+k] = w
			}
			i += 2
			continue
		}
		last := f.integer(a[i+1], -1)
		if i+2 >= len(a) || last < first || last > 0xffff {
			return nil, false
		}
		w, ok := f.number(a[i+2])
		if !ok {
			return nil, false
		}
		for c := first; c <= last; c++ {
			own[c] = w
		}
		i += 3
	}
	return func(code int) float64 {
		if w, ok := own[code]; ok {
			return w
		}
		return usual
	}, true
}

// codesOf cuts what is shown into the font's codes.
func (f *pdfFile) codesOf(font types.Dict, text []byte) (codes []int, ok bool) {
	if f.name(font["Subtype"]) != "Type0" {
		for _, c := range text {
			codes = append(codes, int(c))
		}
		return codes, true
	}
	if !strings.HasPrefix(f.name(font["Encoding"]), "Identity-") {
		return nil, true // whyNotComposite refuses it, unless nothing is painted with it
	}
	for i := 0; i+1 < len(text); i += 2 {
		codes = append(codes, int(text[i])<<8|int(text[i+1]))
	}
	return codes, len(text)%2 == 0
}
