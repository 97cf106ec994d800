package ocr

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
)

// A fontProgram is what PDF/A asks about a font's own file: which glyphs it has and how wide
// they are. Glyph 0 is .notdef.
type fontProgram struct {
	glyphs int
	// width is a glyph's width in thousandths of the font's size; false when it can't be told.
	width func(glyph int) (float64, bool)
	// names are the glyphs of Type 1 and CFF fonts, builtin those of the font's own encoding.
	names   map[string]int
	builtin map[byte]int
	// cids are the glyphs of a CFF font that is made for composite fonts; nil in others.
	cids map[int]int
	// cmaps are a TrueType font's ways from codes to glyphs, by platform and encoding.
	cmaps map[[2]int]func(code int) int
}

var errFontProgram = errors.New("the font's program can't be followed")

// A fontReader reads numbers that stand with their first byte first; beyond the end everything is 0
// and bad is set.
type fontReader struct {
	b   []byte
	bad bool
}

func (r *fontReader) u8(at int) int {
	if at < 0 || at >= len(r.b) {
		r.bad = true
		return 0
	}
	return int(r.b[at])
}

func (r *fontReader) u16(at int) int { return r.u8(at)<<8 | r.u8(at+1) }
func (r *fontReader) u32(at int) int { return r.u16(at)<<16 | r.u16(at+2) }

// part returns n bytes; nil when they are not all there.
func (r *fontReader) part(at, n int) []byte {
	if at < 0 || n < 0 || at > len(r.b) || n > len(r.b)-at {
		r.bad = true
		return nil
	}
	return r.b[at : at+n]
}

// readOpenType reads a TrueType or OpenType file (ISO/IEC 14496-22).
func readOpenType(b []byte) (*fontProgram, error) {
	r := &fontReader{b: b}
	tables := map[string][]byte{}
	n := r.u16(4)
	if n > 256 {
		return nil, errFontProgram
	}
	for i := range n {
		at := 12 + 16*i
		tag := string(r.part(at, 4))
		if r.bad {
			return nil, errFontProgram
		}
		body := &fontReader{b: b}
		tables[tag] = body.part(r.u32(at+8), r.u32(at+12))
	}
	if cff := tables["CFF "]; cff != nil {
		p, err := readCFF(cff)
		if err == nil {
			p.cmaps = readCmaps(tables["cmap"])
		}
		return p, err
	}
	for _, need := range []string{"head", "hhea", "hmtx", "maxp", "loca", "glyf"} {
		if tables[need] == nil {
			return nil, errFontProgram
		}
	}
	head, hhea, maxp, hmtx := &fontReader{b: tables["head"]}, &fontReader{b: tables["hhea"]}, &fontReader{b: tables["maxp"]}, &fontReader{b: tables["hmtx"]}
	units, metrics := head.u16(18), hhea.u16(34)
	p := &fontProgram{glyphs: maxp.u16(4), cmaps: readCmaps(tables["cmap"])}
	if head.bad || hhea.bad || maxp.bad || units == 0 || metrics == 0 || p.glyphs == 0 {
		return nil, errFontProgram
	}
	long := head.u16(50) != 0
	loca, size := &fontReader{b: tables["loca"]}, len(tables["glyf"])
	p.width = func(glyph int) (float64, bool) {
		h := &fontReader{b: hmtx.b}
		w := h.u16(4 * min(glyph, metrics-1))
		l := &fontReader{b: loca.b}
		from, to := 2*l.u16(2*glyph), 2*l.u16(2*glyph+2)
		if long {
			l.bad = false
			from, to = l.u32(4*glyph), l.u32(4*glyph+4)
		}
		// A glyph whose outline is cut off is not there.
		return float64(w) * 1000 / float64(units), !h.bad && !l.bad && from <= to && to <= size
	}
	return p, nil
}

// readCmaps reads the subtables of a TrueType font's cmap that have a usual format.
func readCmaps(b []byte) map[[2]int]func(int) int {
	out := map[[2]int]func(int) int{}
	r := &fontReader{b: b}
	n := 0
	if len(b) >= 4 {
		n = min(r.u16(2), 64)
	}
	for i := range n {
		platform, encoding, at := r.u16(4+8*i), r.u16(6+8*i), r.u32(8+8*i)
		if r.bad {
			return out
		}
		if lookup := readCmap(b, at); lookup != nil {
			out[[2]int{platform, encoding}] = lookup
		}
	}
	return out
}

func readCmap(b []byte, at int) func(int) int {
	if at < 0 || at+8 > len(b) {
		return nil
	}
	b = b[at:]
	head := &fontReader{b: b}
	switch head.u16(0) {
	case 0:
		return func(code int) int {
			if code < 0 || code > 255 {
				return 0
			}
			return (&fontReader{b: b}).u8(6 + code)
		}
	case 4:
		segments := head.u16(6) / 2
		return func(code int) int {
			r := &fontReader{b: b}
			for i := range segments {
				if code > r.u16(14+2*i) {
					continue
				}
				start := r.u16(16 + 2*segments + 2*i)
				if code < start || r.bad {
					return 0
				}
				delta, place := r.u16(16+4*segments+2*i), 16+6*segments+2*i
				offset := r.u16(place)
				if offset == 0 {
					return (code + delta) & 0xffff
				}
				glyph := r.u16(place + offset + 2*(code-start))
				if glyph == 0 || r.bad {
					return 0
				}
				return (glyph + delta) & 0xffff
			}
			return 0
		}
	case 6:
		return func(code int) int {
			r := &fontReader{b: b}
			if k := code - r.u16(6); k >= 0 && k < r.u16(8) {
				if g := r.u16(10 + 2*k); !r.bad {
					return g
				}
			}
			return 0
		}
	case 12:
		return func(code int) int {
			r := &fontReader{b: b}
			for i := range min(r.u32(12), len(b)/12) {
				if start, end := r.u32(16+12*i), r.u32(20+12*i); code >= start && code <= end && !r.bad {
					return r.u32(24+12*i) + code - start
				}
			}
			return 0
		}
	}
	return nil
}

// readCFF reads a Compact Font Format file (Adobe Technical Note 5176).
func readCFF(b []byte) (*fontProgram, error) {
	r := &fontReader{b: b}
	names, at := r.index(r.u8(2))
	tops, at := r.index(at)
	stringsIndex, at := r.index(at)
	globals, _ := r.index(at)
	if r.bad || len(names) != 1 || len(tops) != 1 {
		return nil, errFontProgram
	}
	top := cffDict(tops[0])
	if top == nil || len(top[17]) != 1 {
		return nil, errFontProgram
	}
	scale := 1.0
	if m := top[1207]; len(m) == 6 {
		scale = m[0] * 1000
	}
	chars, _ := r.index(int(top[17][0]))
	if r.bad || len(chars) == 0 {
		return nil, errFontProgram
	}
	p := &fontProgram{glyphs: len(chars), names: map[string]int{}, builtin: map[byte]int{}}
	ids, ok := r.charset(top[15], len(chars))
	if !ok {
		return nil, errFontProgram
	}
	var privates []cffPrivate
	which := func(int) int { return 0 }
	if _, composite := top[1230]; composite {
		p.cids = map[int]int{}
		for g, id := range ids {
			p.cids[id] = g
		}
		if len(top[1236]) != 1 || len(top[1237]) != 1 {
			return nil, errFontProgram
		}
		dicts, _ := r.index(int(top[1236][0]))
		for _, d := range dicts {
			own := cffDict(d)
			private, ok := r.private(own)
			if !ok {
				return nil, errFontProgram
			}
			if m := own[1207]; len(m) == 6 {
				if private.scale = m[0]; len(top[1207]) != 6 {
					private.scale *= 1000
				}
			}
			privates = append(privates, private)
		}
		if which = r.selector(int(top[1237][0]), len(chars)); which == nil {
			return nil, errFontProgram
		}
	} else {
		for g, id := range ids {
			name := ""
			switch {
			case id == 0:
				name = ".notdef"
			case id <= len(adobeNames):
				name = adobeNames[id-1]
			case id >= 391 && id-391 < len(stringsIndex):
				name = string(stringsIndex[id-391])
			}
			if name != "" {
				p.names[name] = g
			}
		}
		private, ok := r.private(top)
		if !ok {
			return nil, errFontProgram
		}
		privates = []cffPrivate{private}
		if !r.encoding(top[16], p) {
			return nil, errFontProgram
		}
	}
	if r.bad {
		return nil, errFontProgram
	}
	p.width = func(glyph int) (float64, bool) {
		if glyph < 0 || glyph >= len(chars) {
			return 0, false
		}
		k := which(glyph)
		if k < 0 || k >= len(privates) {
			return 0, false
		}
		w, ok := privates[k].width(chars[glyph], globals)
		own := privates[k].scale
		if own == 0 {
			own = 1
		}
		return w * scale * own, ok
	}
	return p, nil
}

// index reads an INDEX and returns where it ends.
func (r *fontReader) index(at int) (parts [][]byte, end int) {
	n := r.u16(at)
	if n == 0 || r.bad {
		return nil, at + 2
	}
	size := r.u8(at + 2)
	if size < 1 || size > 4 {
		r.bad = true
		return nil, at
	}
	offset := func(i int) (v int) {
		for k := range size {
			v = v<<8 | r.u8(at+3+i*size+k)
		}
		return v
	}
	data := at + 2 + (n+1)*size
	for i := range n {
		from, to := offset(i), offset(i+1)
		part := r.part(data+from, to-from)
		if r.bad {
			return nil, at
		}
		parts = append(parts, part)
	}
	return parts, data + offset(n)
}

// shortNumber reads a number of one or two bytes, of which the first is 32 to 254: they are the same in
// the dictionaries of CFF (Adobe Technical Note 5176, table 3) and the glyphs' programs of both types.
func shortNumber(b []byte) (v float64, length int, ok bool) {
	c := int(b[0])
	switch {
	case c <= 246:
		return float64(c - 139), 1, true
	case len(b) < 2:
		return 0, 0, false
	case c <= 250:
		return float64((c-247)*256 + int(b[1]) + 108), 2, true
	}
	return float64(-(c-251)*256 - int(b[1]) - 108), 2, true
}

// cffDict reads a DICT: operands by operator; that of two bytes is 1200 and its second byte.
func cffDict(b []byte) map[int][]float64 {
	out := map[int][]float64{}
	var stack []float64
	for i := 0; i < len(b); {
		c := int(b[i])
		i++
		switch {
		case c <= 21:
			if c == 12 {
				if i >= len(b) {
					return nil
				}
				c = 1200 + int(b[i])
				i++
			}
			out[c], stack = stack, nil
		case c == 28 && i+2 <= len(b):
			stack = append(stack, float64(int16(binary.BigEndian.Uint16(b[i:]))))
			i += 2
		case c == 29 && i+4 <= len(b):
			stack = append(stack, float64(int32(binary.BigEndian.Uint32(b[i:]))))
			i += 4
		case c == 30:
			var text strings.Builder
			for done := false; !done; i++ {
				if i >= len(b) {
					return nil
				}
				for _, nibble := range []byte{b[i] >> 4, b[i] & 15} {
					switch {
					case done || nibble == 15:
						done = true
					case nibble < 10:
						text.WriteByte('0' + nibble)
					default:
						text.WriteString([]string{".", "E", "E-", "", "-"}[nibble-10])
					}
				}
			}
			v, err := strconv.ParseFloat(text.String(), 64)
			if err != nil {
				return nil
			}
			stack = append(stack, v)
		case c >= 32 && c <= 254:
			v, n, ok := shortNumber(b[i-1:])
			if !ok {
				return nil
			}
			stack, i = append(stack, v), i-1+n
		default:
			return nil
		}
	}
	return out
}

// charset reads which character each glyph is.
func (r *fontReader) charset(operand []float64, glyphs int) ([]int, bool) {
	ids := make([]int, glyphs)
	at := 0
	if len(operand) == 1 {
		at = int(operand[0])
	}
	switch at {
	case 0: // ISOAdobe
		for g := range ids {
			ids[g] = g
		}
		return ids, glyphs <= 229
	case 1, 2: // the expert sets
		return nil, false
	}
	kind := r.u8(at)
	at++
	for g := 1; g < glyphs && !r.bad; {
		first := r.u16(at)
		at += 2
		left := 0
		switch kind {
		case 0:
		case 1:
			left = r.u8(at)
			at++
		case 2:
			left = r.u16(at)
			at += 2
		default:
			return nil, false
		}
		for k := 0; k <= left && g < glyphs; k++ {
			ids[g] = first + k
			g++
		}
	}
	return ids, !r.bad
}

// encoding reads which codes the font itself gives its glyphs.
func (r *fontReader) encoding(operand []float64, p *fontProgram) bool {
	at := 0
	if len(operand) == 1 {
		at = int(operand[0])
	}
	switch at {
	case 0:
		for code, n := range standardCodes {
			if g, ok := p.names[adobeNames[n-1]]; ok {
				p.builtin[code] = g
			}
		}
		return true
	case 1:
		return false
	}
	kind := r.u8(at)
	n := r.u8(at + 1)
	g := 1
	switch kind {
	case 0:
		for i := range n {
			p.builtin[byte(r.u8(at+2+i))] = g
			g++
		}
	case 1:
		for i := range n {
			first, left := r.u8(at+2+2*i), r.u8(at+3+2*i)
			for k := 0; k <= left; k++ {
				p.builtin[byte(first+k)] = g
				g++
			}
		}
	default:
		return false // supplements are rare
	}
	return !r.bad
}

// selector reads which private dictionary each glyph of a composite font has.
func (r *fontReader) selector(at, glyphs int) func(int) int {
	switch r.u8(at) {
	case 0:
		table := r.part(at+1, glyphs)
		if r.bad {
			return nil
		}
		return func(g int) int { return int(table[g]) }
	case 3:
		n := r.u16(at + 1)
		if r.part(at+3, 3*n+2) == nil {
			return nil
		}
		return func(g int) int {
			k := -1
			for i := range n {
				if r.u16(at+3+3*i) > g {
					break
				}
				k = r.u8(at + 5 + 3*i)
			}
			return k
		}
	}
	return nil
}

// A cffPrivate is what a private dictionary says of glyphs' widths.
type cffPrivate struct {
	usual, nominal float64
	scale          float64 // of a font in a composite font; 0 for none
	subrs          [][]byte
}

func (r *fontReader) private(dict map[int][]float64) (p cffPrivate, ok bool) {
	v := dict[18]
	if len(v) != 2 {
		return p, dict != nil && len(v) == 0
	}
	size, at := int(v[0]), int(v[1])
	own := cffDict(r.part(at, size))
	if own == nil || r.bad {
		return p, false
	}
	if w := own[20]; len(w) == 1 {
		p.usual = w[0]
	}
	if w := own[21]; len(w) == 1 {
		p.nominal = w[0]
	}
	if s := own[19]; len(s) == 1 {
		p.subrs, _ = r.index(at + int(s[0]))
	}
	return p, !r.bad
}

// width follows a glyph's program (Adobe Technical Note 5177) to the first operator that
// clears the stack: an operand too many before it is the width.
func (p cffPrivate) width(char []byte, globals [][]byte) (float64, bool) {
	var stack []float64
	steps := 0
	var run func(b []byte, depth int) (w float64, found, ok bool)
	run = func(b []byte, depth int) (float64, bool, bool) {
		for i := 0; i < len(b); {
			if steps++; steps > 10_000 || len(stack) > 64 {
				return 0, false, false
			}
			c := int(b[i])
			i++
			odd := false
			switch {
			case c == 28 && i+2 <= len(b):
				stack = append(stack, float64(int16(binary.BigEndian.Uint16(b[i:]))))
				i += 2
				continue
			case c >= 32 && c <= 254:
				v, n, ok := shortNumber(b[i-1:])
				if !ok {
					return 0, false, false
				}
				stack, i = append(stack, v), i-1+n
				continue
			case c == 255 && i+4 <= len(b):
				stack = append(stack, float64(int32(binary.BigEndian.Uint32(b[i:])))/65536)
				i += 4
				continue
			case c == 10 || c == 29: // a subroutine
				subrs := p.subrs
				if c == 29 {
					subrs = globals
				}
				bias := 107
				if len(subrs) >= 33900 {
					bias = 32768
				} else if len(subrs) >= 1240 {
					bias = 1131
				}
				if len(stack) == 0 || depth > 10 {
					return 0, false, false
				}
				n := int(stack[len(stack)-1]) + bias
				stack = stack[:len(stack)-1]
				if n < 0 || n >= len(subrs) {
					return 0, false, false
				}
				if w, found, ok := run(subrs[n], depth+1); found || !ok {
					return w, found, ok
				}
				continue
			case c == 11: // return
				return 0, false, true
			case c == 1 || c == 3 || c == 18 || c == 23 || c == 19 || c == 20: // stems and masks
				odd = len(stack)%2 == 1
			case c == 21: // rmoveto
				odd = len(stack) > 2
			case c == 22 || c == 4: // hmoveto, vmoveto
				odd = len(stack) > 1
			case c == 14: // endchar
				odd = len(stack) == 1 || len(stack) == 5
			default:
				return 0, false, false
			}
			if odd {
				return p.nominal + stack[0], true, true
			}
			return p.usual, true, true
		}
		return 0, false, true
	}
	w, found, ok := run(char, 0)
	return w, found && ok
}

// readType1 reads a Type 1 font as it stands in a PDF (Adobe Type 1 Font Format, 1990); clear is
// the length of its first part.
func readType1(b []byte, clear int) (*fontProgram, error) {
	if len(b) > 6 && b[0] == 0x80 && b[1] == 1 { // with the headers of a PFB file
		return nil, errFontProgram
	}
	if i := bytes.Index(b, []byte("eexec")); clear <= 0 || clear >= len(b) || i >= 0 && clear < i {
		if clear = i + 6; i < 0 {
			return nil, errFontProgram
		}
	}
	if clear+4 > len(b) {
		return nil, errFontProgram
	}
	plain := type1Decrypt(b[clear:], 55665, 4)
	drop := 4
	if i := bytes.Index(plain, []byte("/lenIV")); i >= 0 {
		if f := bytes.Fields(plain[i+6 : min(len(plain), i+32)]); len(f) > 0 {
			n, err := strconv.Atoi(string(f[0]))
			if err != nil || n < 0 || n > 16 {
				return nil, errFontProgram
			}
			drop = n
		}
	}
	at := bytes.Index(plain, []byte("/CharStrings"))
	if at < 0 {
		return nil, errFontProgram
	}
	p := &fontProgram{names: map[string]int{}, builtin: map[byte]int{}}
	widths := []float64{0} // of .notdef, wherever it stands
	known := []bool{false}
	rest := plain[at+len("/CharStrings"):]
	for {
		i := bytes.IndexByte(rest, '/')
		// "end" closes the glyphs, before the first of them only a count stands.
		if i < 0 || len(p.names) > 0 && bytes.Contains(rest[:i], []byte("end")) || len(widths) > 65535 {
			break
		}
		rest = rest[i+1:]
		fields := bytes.SplitN(rest[:min(len(rest), 200)], []byte(" "), 4)
		if len(fields) < 4 {
			break
		}
		n, err := strconv.Atoi(string(fields[1]))
		from := len(fields[0]) + len(fields[1]) + len(fields[2]) + 3
		if err != nil || n < 0 || n > len(rest)-from {
			return nil, errFontProgram
		}
		w, ok := type1Width(type1Decrypt(rest[from:from+n], 4330, drop))
		if name := string(fields[0]); name == ".notdef" {
			p.names[name], widths[0], known[0] = 0, w, ok
		} else {
			p.names[name] = len(widths)
			widths, known = append(widths, w), append(known, ok)
		}
		rest = rest[from+n:]
	}
	if len(p.names) == 0 {
		return nil, errFontProgram
	}
	scale := 1.0
	if m := type1Matrix(b[:clear]); len(m) == 6 {
		scale = m[0] * 1000
	}
	p.glyphs = len(widths)
	p.width = func(g int) (float64, bool) {
		if g < 0 || g >= len(widths) {
			return 0, false
		}
		return widths[g] * scale, known[g]
	}
	for code, name := range type1Encoding(b[:clear]) {
		if g, ok := p.names[name]; ok {
			p.builtin[code] = g
		}
	}
	return p, nil
}

func type1Decrypt(b []byte, key uint16, drop int) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		out[i] = c ^ byte(key>>8)
		key = (uint16(c)+key)*52845 + 22719
	}
	return out[min(drop, len(out)):]
}

// type1Width reads the width off the beginning of a glyph's program: hsbw or sbw comes first.
func type1Width(b []byte) (float64, bool) {
	var stack []float64
	for i := 0; i < len(b); {
		c := int(b[i])
		i++
		switch {
		case c >= 32 && c <= 254:
			v, n, ok := shortNumber(b[i-1:])
			if !ok {
				return 0, false
			}
			stack, i = append(stack, v), i-1+n
		case c == 255 && i+4 <= len(b):
			stack = append(stack, float64(int32(binary.BigEndian.Uint32(b[i:]))))
			i += 4
		case c == 13 && len(stack) == 2: // hsbw
			return stack[1], true
		case c == 12 && i < len(b) && b[i] == 7 && len(stack) == 4: // sbw
			return stack[2], true
		case c == 12 && i < len(b) && b[i] == 12 && len(stack) > 1: // div
			n := len(stack)
			if stack[n-1] == 0 {
				return 0, false
			}
			stack = append(stack[:n-2], stack[n-2]/stack[n-1])
			i++
		default:
			return 0, false
		}
	}
	return 0, false
}

func type1Matrix(clear []byte) (m []float64) {
	_, rest, ok := bytes.Cut(clear, []byte("/FontMatrix"))
	if !ok {
		return nil
	}
	_, rest, _ = bytes.Cut(rest[:min(len(rest), 200)], []byte("["))
	inside, _, _ := bytes.Cut(rest, []byte("]"))
	for _, f := range bytes.Fields(inside) {
		v, err := strconv.ParseFloat(string(f), 64)
		if err != nil {
			return nil
		}
		m = append(m, v)
	}
	return m
}

// type1Encoding reads the font's own encoding.
func type1Encoding(clear []byte) map[byte]string {
	out := map[byte]string{}
	_, rest, ok := bytes.Cut(clear, []byte("/Encoding"))
	if !ok {
		return out
	}
	if bytes.HasPrefix(bytes.TrimSpace(rest), []byte("StandardEncoding")) {
		for code, n := range standardCodes {
			out[code] = adobeNames[n-1]
		}
		return out
	}
	if end := bytes.Index(rest, []byte("readonly")); end >= 0 {
		rest = rest[:end]
	}
	fields := bytes.Fields(rest)
	for i := 0; i+3 < len(fields); i++ {
		if string(fields[i]) != "dup" || len(fields[i+2]) < 2 || fields[i+2][0] != '/' {
			continue
		}
		if code, err := strconv.Atoi(string(fields[i+1])); err == nil && code >= 0 && code < 256 {
			out[byte(code)] = string(fields[i+2][1:])
		}
	}
	return out
}
