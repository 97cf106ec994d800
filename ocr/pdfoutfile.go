package ocr

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/postroom/postroom/ocr/internal/tight"
)

// A pdfWriter writes a PDF 1.7 file (ISO 32000-1) from front to back. Nothing in
// it depends on the time or on chance: the same calls give the same bytes.
type pdfWriter struct {
	to   io.Writer
	at   int64
	err  error
	sum  hash.Hash // of everything written, for the file's ID
	refs []pdfPlace

	packed []packedObject // objects that are no streams, to be packed into one
}

// A pdfPlace is where an object stands: in the file, or in an object stream.
type pdfPlace struct {
	offset int64
	stream int // object number of the object stream; 0 for the file
	index  int
}

type packedObject struct {
	number int
	text   string
}

func newPDFWriter(to io.Writer) *pdfWriter {
	w := &pdfWriter{to: to, sum: sha256.New()}
	// Four bytes above 127 tell programs that the file is binary (ISO 19005-2 section 6.1.2).
	w.write([]byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"))
	return w
}

func (w *pdfWriter) write(b []byte) {
	if w.err != nil {
		return
	}
	n, err := w.to.Write(b)
	w.at += int64(n)
	w.sum.Write(b[:n])
	w.err = err
}

// number reserves an object number.
func (w *pdfWriter) number() int {
	w.refs = append(w.refs, pdfPlace{})
	return len(w.refs)
}

// object writes an object that is no stream.
func (w *pdfWriter) object(number int, text string) {
	w.packed = append(w.packed, packedObject{number, text})
}

// stream writes a stream. entries are those of its dictionary but Length.
func (w *pdfWriter) stream(number int, entries string, data []byte) {
	w.refs[number-1] = pdfPlace{offset: w.at}
	w.write(fmt.Appendf(nil, "%d 0 obj\n<<%s/Length %d>>\nstream\n", number, entries, len(data)))
	w.write(data)
	w.write([]byte("\nendstream\nendobj\n"))
}

// flate writes a stream compressed, when that makes it smaller.
func (w *pdfWriter) flate(number int, entries string, data []byte) {
	if small := deflate(data); len(small)+len("/Filter/FlateDecode") < len(data) {
		w.stream(number, entries+"/Filter/FlateDecode", small)
		return
	}
	w.stream(number, entries, data)
}

// deflate compresses: as tightly as can be what is small, where each byte counts.
func deflate(data []byte) []byte {
	if len(data) <= 96<<10 {
		return tight.Pack(data)
	}
	return deflateFast(data)
}

func deflateFast(data []byte) []byte {
	var b bytes.Buffer
	z, _ := zlib.NewWriterLevel(&b, zlib.BestCompression) // the level is a valid one
	z.Write(data)
	z.Close()
	return b.Bytes()
}

// close writes what is left: the packed objects, the cross-reference stream with
// the trailer's entries, and the end. salt makes files with equal contents
// differ in their ID.
func (w *pdfWriter) close(root, info int, salt string) error {
	w.pack()
	number := w.number()
	w.refs[number-1] = pdfPlace{offset: w.at}
	sum := sha256.New()
	sum.Write(w.sum.Sum(nil))
	sum.Write([]byte(salt))
	var id strings.Builder
	for _, c := range sum.Sum(nil)[:16] {
		octet(&id, c)
	}

	var table bytes.Buffer
	width := 1
	for w.at>>(8*width) != 0 {
		width++
	}
	row := func(kind byte, a int64, b int) {
		var v [8]byte
		table.WriteByte(kind)
		binary.BigEndian.PutUint64(v[:], uint64(a))
		table.Write(v[8-width:])
		table.WriteByte(byte(b))
	}
	row(0, 0, 0xff)
	for _, p := range w.refs {
		switch {
		case p.stream > 0:
			row(2, int64(p.stream), p.index)
		case p.offset > 0:
			row(1, p.offset, 0)
		default:
			row(0, 0, 0xff)
		}
	}
	start := w.at
	w.flate(number, fmt.Sprintf("/Type/XRef/Size %d/W[1 %d 1]/Root %d 0 R/Info %d 0 R/ID[(%s)(%s)]",
		len(w.refs)+1, width, root, info, id.String(), id.String()), table.Bytes())
	w.write(fmt.Appendf(nil, "startxref\n%d\n%%%%EOF\n", start))
	return w.err
}

// pack writes the objects that are no streams in object streams (ISO 32000-1
// section 7.5.7).
func (w *pdfWriter) pack() {
	const most = 256 // so that an index is one byte in the cross-reference stream
	for at := 0; at < len(w.packed); at += most {
		group := w.packed[at:min(at+most, len(w.packed))]
		number := w.number()
		var head, body strings.Builder
		for i, o := range group {
			fmt.Fprintf(&head, "%d %d ", o.number, body.Len())
			body.WriteString(o.text)
			body.WriteByte('\n')
			w.refs[o.number-1] = pdfPlace{stream: number, index: i}
		}
		w.flate(number, fmt.Sprintf("/Type/ObjStm/N %d/First %d", len(group), head.Len()), []byte(head.String()+body.String()))
	}
	w.packed = nil
}

// pdfNum writes a length in points: a thousandth is less than anything shows.
func pdfNum(v float64) string { return pdfNumTo(v, 3) }

func pdfNumTo(v float64, places int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	s := strconv.FormatFloat(v, 'f', places, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	switch {
	case s == "-0" || s == "":
		return "0"
	case strings.HasPrefix(s, "0."):
		return s[1:]
	case strings.HasPrefix(s, "-0."):
		return "-" + s[2:]
	}
	return s
}

// pdfMatrix writes a matrix. A scale below one is multiplied by thousands of pixels
// and gets more places.
func pdfMatrix(m matrix) string {
	parts := make([]string, 6)
	for i, v := range m {
		places := 3
		if i < 4 && math.Abs(v) < 1 {
			places = 5
		}
		parts[i] = pdfNumTo(v, places)
	}
	return strings.Join(parts, " ")
}

// pdfText writes a text string (ISO 32000-1 section 7.9.2.2) in hexadecimal.
func pdfText(s string) string {
	ascii := true
	for _, r := range s {
		ascii = ascii && r >= ' ' && r < 127
	}
	if ascii {
		return "(" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(s) + ")"
	}
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String() + ">"
}
