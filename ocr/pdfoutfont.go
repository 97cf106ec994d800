package ocr

import (
	"encoding/binary"
	"fmt"
	"sort"
	"strings"
	"unicode"
	"unicode/utf16"
)

// An inklessFont is the font of invisible text: a TrueType font whose glyphs have
// widths but no outline, and which can write every character of Unicode.
//
// ASCII keeps its own codes, so that files of the same kind compress alike; other
// characters get the codes from 128 on as they come.
type inklessFont struct {
	codes map[rune]uint16
	runes []rune // by code, from 128 on
}

// Widths that letters are given, in thousandths of the font's size: near those of
// the sans-serif fonts that letters are typed in, so that words mostly keep
// their width without being stretched one by one. The glyph of width class i is
// number i+1; glyph 0, .notdef, may not be shown (ISO 19005-2 section 6.2.11.8).
var inklessWidths = []int{222, 278, 333, 389, 500, 556, 611, 667, 722, 778, 833, 944, 1000, 0}

func widthClass(r rune) int {
	switch {
	case strings.ContainsRune("ijl'|", r):
		return 0
	case strings.ContainsRune("!,./:;[]\\ftI", r):
		return 1
	case strings.ContainsRune(" ()-`r", r):
		return 2
	case strings.ContainsRune("*\"", r):
		return 3
	case strings.ContainsRune("ckszvxyJ", r):
		return 4
	case strings.ContainsRune("FLTZ", r):
		return 6
	case strings.ContainsRune("ABEKPSVXY&", r):
		return 7
	case strings.ContainsRune("CDHNRUw", r):
		return 8
	case strings.ContainsRune("GOQ", r):
		return 9
	case strings.ContainsRune("Mm", r):
		return 10
	case strings.ContainsRune("W%@", r):
		return 11
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 13
	case r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r >= 0x1f000:
		return 12
	}
	return 5
}

func newInklessFont() *inklessFont { return &inklessFont{codes: map[rune]uint16{}} }

// code returns the two-byte code of a character, and the character's width.
func (f *inklessFont) code(r rune) (code uint16, width int) {
	if r >= ' ' && r < 127 {
		return uint16(r), inklessWidths[widthClass(r)]
	}
	c, ok := f.codes[r]
	if !ok {
		if len(f.runes) >= 0xff00 {
			return '?', inklessWidths[widthClass('?')]
		}
		c = uint16(128 + len(f.runes))
		f.codes[r] = c
		f.runes = append(f.runes, r)
	}
	return c, inklessWidths[widthClass(r)]
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

const inklessName = "Inkless"

// write writes the font's objects (ISO 32000-1 section 9.7) and gives the Type 0
// font the number.
func (f *inklessFont) write(w *pdfWriter, number int) {
	file, descriptor, cid, gids, unicodes := w.number(), w.number(), w.number(), w.number(), w.number()
	program := inklessProgram()
	w.flate(file, fmt.Sprintf("/Length1 %d", len(program)), program)

	codes := 128 + len(f.runes)
	table := make([]byte, 2*codes)
	widths := make([]int, codes)
	for code := range codes {
		class := 5
		if r, ok := f.rune(code); ok {
			class = widthClass(r)
		}
		binary.BigEndian.PutUint16(table[2*code:], uint16(class+1))
		widths[code] = inklessWidths[class]
	}
	w.flate(gids, "", table)
	w.flate(unicodes, "", f.toUnicode())
	w.object(descriptor, fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[0 -200 1000 800]/ItalicAngle 0"+
		"/Ascent 800/Descent -200/CapHeight 800/StemV 80/FontFile2 %d 0 R>>", inklessName, file))
	w.object(cid, fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"+
		"/FontDescriptor %d 0 R/DW 556/W[%s]/CIDToGIDMap %d 0 R>>", inklessName, descriptor, widthArray(widths), gids))
	w.object(number, fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>",
		inklessName, cid, unicodes))
}

// widthArray writes the W entry: runs of codes that differ from the default 556.
func widthArray(widths []int) string {
	var b strings.Builder
	for i := 0; i < len(widths); {
		if widths[i] == 556 {
			i++
			continue
		}
		fmt.Fprintf(&b, "%d[", i)
		for first := true; i < len(widths) && widths[i] != 556; i++ {
			if !first {
				b.WriteByte(' ')
			}
			first = false
			fmt.Fprint(&b, widths[i])
		}
		b.WriteByte(']')
	}
	return b.String()
}

// toUnicode returns the CMap that leads from codes to characters (ISO 32000-1
// section 9.10.3).
func (f *inklessFont) toUnicode() []byte {
	var b strings.Builder
	b.WriteString("/CIDInit/ProcSet findresource begin 12 dict begin begincmap\n" +
		"/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n" +
		"/CMapName/Adobe-Identity-UCS def/CMapType 2 def\n" +
		"1 begincodespacerange<0000><FFFF>endcodespacerange\n" +
		"1 beginbfrange<0020><007E><0020>endbfrange\n")
	for at := 0; at < len(f.runes); at += 100 {
		part := f.runes[at:min(at+100, len(f.runes))]
		fmt.Fprintf(&b, "%d beginbfchar\n", len(part))
		for i, r := range part {
			fmt.Fprintf(&b, "<%04X><", 128+at+i)
			for _, u := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, "%04X", u)
			}
			b.WriteString(">\n")
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap CMapName currentdict/CMap defineresource pop end end\n")
	return []byte(b.String())
}

// inklessProgram makes the TrueType file (ISO 14496-22): the tables that a font
// in a PDF needs, and glyphs without contours.
func inklessProgram() []byte {
	be := binary.BigEndian
	glyphs := len(inklessWidths) + 1
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
	head = append(head, u16(0, 0, 0, 0, 0, 8, 2, 0, 0)...)
	hhea := be.AppendUint32(nil, 0x00010000)
	hhea = append(hhea, u16(800, -200, 0, 1000, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, glyphs)...)
	maxp := append(be.AppendUint32(nil, 0x00010000), u16(glyphs, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)...)
	hmtx := u16(500, 0)
	for _, width := range inklessWidths {
		hmtx = append(hmtx, u16(width, 0)...)
	}
	// A cmap is no part of what a CIDFont uses, but programs expect one: an empty
	// one of format 4 with the closing segment alone.
	cmap := append(u16(0, 1, 3, 1), be.AppendUint32(nil, 12)...)
	cmap = append(cmap, u16(4, 24, 0, 2, 2, 0, 0, -1, 0, -1, 1, 0)...)
	post := append(be.AppendUint32(nil, 0x00030000), make([]byte, 28)...)
	name := u16(0, 0, 6)
	tables := map[string][]byte{
		"head": head, "hhea": hhea, "maxp": maxp, "hmtx": hmtx, "cmap": cmap, "post": post, "name": name,
		"loca": make([]byte, 2*(glyphs+1)), "glyf": {0, 0, 0, 0},
	}
	names := make([]string, 0, len(tables))
	for n := range tables {
		names = append(names, n)
	}
	sort.Strings(names)
	out := be.AppendUint32(nil, 0x00010000)
	out = append(out, u16(len(names), 128, 3, 16*len(names)-128)...)
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
