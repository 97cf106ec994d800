package ocr

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf16"
)

// An inklessFont is the font of invisible text: a TrueType font whose glyphs have
// widths but no outline, and which can write every character of Unicode.
//
// ASCII keeps its own codes, so that files of the same kind compress alike; other
// characters get the codes from 128 on as they come. The file can hold it twice: as
// a simple font of one byte a character, for the codes below 256, and as a
// composite font of two bytes for words that have others.
type inklessFont struct {
	codes map[rune]uint16
	runes []rune // by code, from 128 on

	simple, composite bool // which of the two the pages use
}

// Names of the two forms in a page's resources.
const (
	simpleFont    = "F"
	compositeFont = "G"
)

// Letters have one of a few widths, in thousandths of the font's size: near those of
// the sans-serif fonts that letters are typed in, so that words mostly keep their
// width without being stretched one by one. The glyph of width i is number i+1;
// glyph 0, .notdef, may not be shown (ISO 19005-2 section 6.2.11.8).
var inklessWidths = []int{300, 540, 740, 1000, 0}

const usualWidth = 1 // the index of the width of most letters

func widthIndex(r rune) int {
	switch {
	case strings.ContainsRune("ijl'|!,./:;[]\\ftI ()-`r*\"", r):
		return 0
	case r >= 'A' && r <= 'Z' && r != 'J' && r != 'L' || strings.ContainsRune("mw@%&", r):
		return 2
	case r < 0x300:
		return usualWidth
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 4
	case r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r >= 0x1f000:
		return 3
	}
	return usualWidth
}

func letterWidth(r rune) int { return inklessWidths[widthIndex(r)] }

func newInklessFont() *inklessFont { return &inklessFont{codes: map[rune]uint16{}} }

// code returns the code of a character, and the character's width.
func (f *inklessFont) code(r rune) (code uint16, width int) {
	if r >= ' ' && r < 127 {
		return uint16(r), letterWidth(r)
	}
	c, ok := f.codes[r]
	if !ok {
		if len(f.runes) >= 0xff00 {
			return '?', letterWidth('?')
		}
		c = uint16(128 + len(f.runes))
		f.codes[r] = c
		f.runes = append(f.runes, r)
	}
	return c, letterWidth(r)
}

// isSimple reports whether the simple font can write the text.
func (f *inklessFont) isSimple(text string) bool {
	for _, r := range text {
		if c, _ := f.code(r); c > 255 {
			return false
		}
	}
	return true
}

// rune returns the character of a code; false for codes that have none.
func (f *inklessFont) rune(code int) (rune, bool) {
	switch {
	case code >= ' ' && code < 127:
		return rune(code), true
	case code >= 128 && code-128 < len(f.runes):
		return f.runes[code-128], true
	}
	return 0, false
}

// classes lists the widths' indexes of codes from first to last.
func (f *inklessFont) classes(first, last int) []int {
	out := make([]int, 0, last-first+1)
	for code := first; code <= last; code++ {
		class := usualWidth
		if r, ok := f.rune(code); ok {
			class = widthIndex(r)
		}
		out = append(out, class)
	}
	return out
}

// last is the last code that is taken.
func (f *inklessFont) last() int {
	if n := len(f.runes); n > 0 {
		return 127 + n
	}
	return 126
}

const inklessName = "Inkless"

// inklessNumbers are the numbers of a font's objects in its two forms.
type inklessNumbers struct{ simple, composite int }

// write writes the font in the forms that are used (ISO 32000-1 sections 9.6.3 and 9.7).
func (f *inklessFont) write(w *pdfWriter, n inklessNumbers) {
	if !f.simple && !f.composite {
		return
	}
	file, descriptor := w.number(), w.number()
	program := f.program()
	w.flate(file, fmt.Sprintf("/Length1 %d", len(program)), program)
	// Flags 4: a symbolic font, whose codes mean what ToUnicode says.
	w.object(descriptor, fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[0 -210 1000 790]/ItalicAngle 0"+
		"/Ascent 790/Descent -210/CapHeight 790/StemV 80/FontFile2 %d 0 R>>", inklessName, file))
	if f.simple {
		unicodes := w.number()
		w.flate(unicodes, "", f.toUnicode(1))
		last := min(f.last(), 255)
		var widths []int
		for _, class := range f.classes(' ', last) {
			widths = append(widths, inklessWidths[class])
		}
		w.object(n.simple, fmt.Sprintf("<</Type/Font/Subtype/TrueType/BaseFont/%s/FirstChar 32/LastChar %d/Widths%d/FontDescriptor %d 0 R/ToUnicode %d 0 R>>",
			inklessName, last, widths, descriptor, unicodes))
	}
	if f.composite {
		cid, gids, unicodes := w.number(), w.number(), w.number()
		var table []byte
		for _, class := range f.classes(0, f.last()) {
			table = binary.BigEndian.AppendUint16(table, uint16(class+1))
		}
		w.flate(gids, "", table)
		w.flate(unicodes, "", f.toUnicode(2))
		w.object(cid, fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"+
			"/FontDescriptor %d 0 R/DW %d/W[%s]/CIDToGIDMap %d 0 R>>", inklessName, descriptor, inklessWidths[usualWidth], widthArray(f.classes(0, f.last())), gids))
		w.object(n.composite, fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>",
			inklessName, cid, unicodes))
	}
}

// widthArray writes the W entry: runs of codes that differ from the usual width.
func widthArray(classes []int) string {
	var b strings.Builder
	for i := 0; i < len(classes); {
		if classes[i] == usualWidth {
			i++
			continue
		}
		fmt.Fprintf(&b, "%d[", i)
		for first := true; i < len(classes) && classes[i] != usualWidth; i++ {
			if !first {
				b.WriteByte(' ')
			}
			first = false
			fmt.Fprint(&b, inklessWidths[classes[i]])
		}
		b.WriteByte(']')
	}
	return b.String()
}

// toUnicode returns the CMap that leads from codes of so many bytes to characters
// (ISO 32000-1 section 9.10.3).
func (f *inklessFont) toUnicode(bytes int) []byte {
	var b strings.Builder
	code := func(c int) string { return fmt.Sprintf("<%0*X>", 2*bytes, c) }
	b.WriteString("/CIDInit/ProcSet findresource begin 12 dict begin begincmap" +
		"/CMapType 2 def 1 begincodespacerange" + code(0) + code(1<<(8*bytes)-1) + "endcodespacerange" +
		" 1 beginbfrange" + code(' ') + code('~') + "<0020>endbfrange\n")
	most := f.runes
	if bytes == 1 {
		most = most[:min(len(most), 128)]
	}
	for at := 0; at < len(most); at += 100 {
		part := most[at:min(at+100, len(most))]
		fmt.Fprintf(&b, "%d beginbfchar\n", len(part))
		for i, r := range part {
			b.WriteString(code(128+at+i) + "<")
			for _, u := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, "%04X", u)
			}
			b.WriteString(">\n")
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap end end")
	return []byte(b.String())
}

// program makes the TrueType file (ISO 14496-22) with the tables that a font in a
// PDF needs. Each glyph is a stroke without any width from its lower left to its
// upper right corner: it has no area to be painted, and yet the size that pdfium
// lights up when the text is found.
func (f *inklessFont) program() []byte {
	be := binary.BigEndian
	used := inklessWidths[:slices.Max(f.classes(0, f.last()))+1]
	glyphs := len(used) + 1
	u16 := func(v ...int) []byte {
		var out []byte
		for _, x := range v {
			out = be.AppendUint16(out, uint16(int16(x)))
		}
		return out
	}
	head := be.AppendUint32(nil, 0x00010000)
	head = append(head, 0, 1, 0, 0, 0, 0, 0, 0) // revision 1; the checksum comes later
	head = be.AppendUint32(head, 0x5f0f3cf5)
	head = append(head, u16(0, 1000)...)
	head = append(head, make([]byte, 16)...) // no dates
	head = append(head, u16(0, -210, 1000, 790, 0, 8, 2, 0, 0)...)
	hhea := be.AppendUint32(nil, 0x00010000)
	hhea = append(hhea, u16(790, -210, 0, 1000, 0, 0, 1000, 1, 0, 0, 0, 0, 0, 0, 0, glyphs)...)
	maxp := append(be.AppendUint32(nil, 0x00010000), u16(glyphs, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)...)
	hmtx, glyf, loca := u16(inklessWidths[usualWidth], 0), []byte{}, u16(0, 0)
	for _, width := range used {
		hmtx = append(hmtx, u16(width, 0)...)
		// One contour, its box, its last point, no instructions; two points on the
		// curve; then the steps in x and in y.
		glyf = append(glyf, u16(1, 0, -210, width, 790, 1, 0)...)
		glyf = append(glyf, 1, 1)
		glyf = append(glyf, u16(0, width, -210, 1000)...)
		loca = append(loca, u16(len(glyf)/2)...)
	}
	// The codes of a symbolic font stand from 0xf000 on (ISO 32000-1 section
	// 9.6.6.4): one segment of format 4 with a table of glyphs, and the closing one.
	classes := f.classes(' ', min(f.last(), 255))
	cmap := append(u16(0, 1, 3, 0), be.AppendUint32(nil, 12)...)
	cmap = append(cmap, u16(4, 32+2*len(classes), 0, 4, 4, 1, 0, 0xf000+' '+len(classes)-1, -1, 0, 0xf000+' ', -1, 0, 1, 4, 0)...)
	for _, class := range classes {
		cmap = append(cmap, u16(class+1)...)
	}
	tables := map[string][]byte{
		"head": head, "hhea": hhea, "maxp": maxp, "hmtx": hmtx, "cmap": cmap,
		"loca": loca, "glyf": glyf,
	}
	names := make([]string, 0, len(tables))
	for n := range tables {
		names = append(names, n)
	}
	sort.Strings(names)
	out := be.AppendUint32(nil, 0x00010000)
	out = append(out, u16(len(names), 64, 2, 16*len(names)-64)...)
	offset := len(out) + 16*len(names)
	var body []byte
	headAt := 0
	for _, n := range names {
		data := tables[n]
		if n == "head" {
			headAt = offset + len(body)
		}
		out = append(out, n...)
		out = be.AppendUint32(out, tableSum(data))
		out = be.AppendUint32(out, uint32(offset+len(body)))
		out = be.AppendUint32(out, uint32(len(data)))
		body = append(body, data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	out = append(out, body...)
	be.PutUint32(out[headAt+8:], 0xb1b0afba-tableSum(out))
	return out
}

// tableSum is the checksum of a TrueType table.
func tableSum(data []byte) uint32 {
	var sum uint32
	for at := 0; at < len(data); at += 4 {
		var word [4]byte
		copy(word[:], data[at:])
		sum += binary.BigEndian.Uint32(word[:])
	}
	return sum
}
