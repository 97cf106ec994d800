package generate

import (
	"bytes"
	"compress/zlib"
	"crypto/md5"
	"crypto/rc4"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// A pdfWriter writes a small PDF (ISO 32000-1): pages that are one image each,
// or pages of text in the standard fonts. It needs no clock and no chance.
type pdfWriter struct {
	out     []byte
	offsets []int
	key     []byte // of the file, when it is encrypted
	locked  string // the Encrypt dictionary
	id      []byte
}

// PDFOptions are about the file as a whole.
type PDFOptions struct {
	Producer string
	// UserPassword and OwnerPassword encrypt the file with RC4 and a key of 128
	// bits (ISO 32000-1, 7.6.3, revision 3). A file with only an owner password opens
	// for everybody.
	UserPassword, OwnerPassword string
	Encrypt                     bool
}

// A pdfPage is one page: an image or text.
type pdfPage struct {
	w, h    float64 // points
	image   []byte  // coded
	dict    string  // the image's dictionary, without its length
	content string  // instead of an image: the page's content
}

// ccittPage makes a page of a fax picture, as fax servers do.
func ccittPage(b *Bits, coding Coding, dpiX, dpiY float64, blackIs1 bool) pdfPage {
	src, k := b, -1
	if blackIs1 {
		src = b // BlackIs1 changes only which value the decoder gives to black
	}
	if coding == G3 {
		k = 0
	} else if coding == G3Two {
		k = 4
	}
	decode := ""
	if blackIs1 {
		decode = "/Decode [1 0]"
	}
	data := EncodeCCITT(src, 0, b.H, coding, 4)
	return pdfPage{
		w: float64(b.W) / dpiX * 72, h: float64(b.H) / dpiY * 72, image: data,
		dict: fmt.Sprintf("/Width %d /Height %d /BitsPerComponent 1 /ColorSpace /DeviceGray %s /Filter /CCITTFaxDecode /DecodeParms <</K %d /Columns %d /Rows %d /BlackIs1 %v /EndOfLine %v>>",
			b.W, b.H, decode, k, b.W, b.H, blackIs1, k >= 0),
	}
}

// jpegPage makes a page of a JPEG file.
func jpegPage(data []byte, w, h int, dpi float64, colour bool) pdfPage {
	space := "/DeviceGray"
	if colour {
		space = "/DeviceRGB"
	}
	return pdfPage{w: float64(w) / dpi * 72, h: float64(h) / dpi * 72, image: data,
		dict: fmt.Sprintf("/Width %d /Height %d /BitsPerComponent 8 /ColorSpace %s /Filter /DCTDecode", w, h, space)}
}

// textPage makes a page of text and lines of a paper.
func textPage(p *Paper) pdfPage {
	var b strings.Builder
	y := func(v float64) float64 { return p.H - v }
	for _, m := range p.Marks {
		grey := float64(m.Grey) / 255
		switch m.Kind {
		case TextMark:
			if m.Turn != 0 {
				continue
			}
			std := stdWidth(m.Face, m.Size, m.Text)
			stretch := 100.0
			if std > 0 {
				stretch = 100 * Width(m.Face, m.Size, m.Text) / std
			}
			fmt.Fprintf(&b, "BT /F%d %.2f Tf %.1f Tz %.2f g 1 0 0 1 %.2f %.2f Tm (%s) Tj ET\n", m.Face, m.Size, stretch, grey, m.X, y(m.Y), pdfString(m.Text))
		case LineMark:
			fmt.Fprintf(&b, "%.2f w %.2f G %.2f %.2f m %.2f %.2f l S\n", m.Pen, grey, m.X, y(m.Y), m.X2, y(m.Y2))
		case FillMark:
			fmt.Fprintf(&b, "%.2f g %.2f %.2f %.2f %.2f re f\n", grey, m.X, y(m.Y2), m.X2-m.X, m.Y2-m.Y)
		case FrameMark:
			fmt.Fprintf(&b, "%.2f w %.2f G %.2f %.2f %.2f %.2f re S\n", m.Pen, grey, m.X, y(m.Y2), m.X2-m.X, m.Y2-m.Y)
		case RoundMark:
			cx, cy, rx, ry := (m.X+m.X2)/2, y((m.Y+m.Y2)/2), (m.X2-m.X)/2, (m.Y2-m.Y)/2
			k := 0.5523
			fmt.Fprintf(&b, "%.2f g %.2f %.2f m %.2f %.2f %.2f %.2f %.2f %.2f c %.2f %.2f %.2f %.2f %.2f %.2f c %.2f %.2f %.2f %.2f %.2f %.2f c %.2f %.2f %.2f %.2f %.2f %.2f c f\n", grey,
				cx+rx, cy, cx+rx, cy+k*ry, cx+k*rx, cy+ry, cx, cy+ry, cx-k*rx, cy+ry, cx-rx, cy+k*ry, cx-rx, cy,
				cx-rx, cy-k*ry, cx-k*rx, cy-ry, cx, cy-ry, cx+k*rx, cy-ry, cx+rx, cy-k*ry, cx+rx, cy)
		case CurveMark:
			if len(m.Curve) > 1 {
				fmt.Fprintf(&b, "%.2f w %.2f G %.2f %.2f m", m.Pen, grey, m.Curve[0][0], y(m.Curve[0][1]))
				for _, q := range smooth(m.Curve)[1:] {
					fmt.Fprintf(&b, " %.2f %.2f l", q[0], y(q[1]))
				}
				b.WriteString(" S\n")
			}
		}
	}
	return pdfPage{w: p.W, h: p.H, content: b.String()}
}

// stdWidth is the width of s in the standard font that stands in for the face:
// the Liberation faces have the standard fonts' widths.
func stdWidth(f Face, size float64, s string) float64 {
	stand := map[string]Face{"Helvetica": Sans, "Helvetica-Bold": SansBold, "Helvetica-Oblique": SansItalic, "Times-Roman": Serif,
		"Times-Bold": SerifBold, "Times-Italic": SerifItalic, "Courier": Mono, "Courier-Bold": MonoBold}[standardFont[f]]
	return Width(stand, size, s)
}

// pdfString writes s in WinAnsiEncoding within parentheses.
func pdfString(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '(' || r == ')' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 128:
			b.WriteRune(r)
		case r == '\u2022':
			b.WriteString("\\225")
		case r == '\u2013':
			b.WriteString("\\226")
		case r == '\u2019':
			b.WriteString("\\222")
		case r < 256:
			fmt.Fprintf(&b, "\\%03o", r)
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}

// encodePDF writes the pages into one file.
func encodePDF(pages []pdfPage, o PDFOptions) []byte {
	w := &pdfWriter{out: []byte("%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")}
	sum := md5.New()
	for _, p := range pages {
		sum.Write(p.image)
		sum.Write([]byte(p.content))
	}
	w.id = sum.Sum(nil)
	if o.Encrypt {
		w.encrypt(o)
	}
	// 1 catalogue, 2 page tree, 3 information, 4 and on the fonts, then three objects a page.
	const firstPage = 4 + int(faces)
	w.object(1, "<</Type /Catalog /Pages 2 0 R>>", nil)
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", firstPage+3*i)
	}
	w.object(2, fmt.Sprintf("<</Type /Pages /Count %d /Kids [%s]>>", len(pages), kids.String()), nil)
	w.object(3, fmt.Sprintf("<</Producer %s>>", w.text(3, o.Producer)), nil)
	var fonts strings.Builder
	for f := range int(faces) {
		w.object(4+f, fmt.Sprintf("<</Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding>>", standardFont[f]), nil)
		fmt.Fprintf(&fonts, "/F%d %d 0 R ", f, 4+f)
	}
	for i, p := range pages {
		n := firstPage + 3*i
		resources := fmt.Sprintf("/Font <<%s>>", fonts.String())
		content := p.content
		if p.image != nil {
			resources = fmt.Sprintf("/XObject <</Im0 %d 0 R>>", n+2)
			content = fmt.Sprintf("q %.3f 0 0 %.3f 0 0 cm /Im0 Do Q\n", p.w, p.h)
		}
		w.object(n, fmt.Sprintf("<</Type /Page /Parent 2 0 R /MediaBox [0 0 %.3f %.3f] /Resources <<%s>> /Contents %d 0 R>>", p.w, p.h, resources, n+1), nil)
		w.object(n+1, "/Filter /FlateDecode", deflate([]byte(content)))
		if p.image != nil {
			w.object(n+2, "/Type /XObject /Subtype /Image "+p.dict, p.image)
		} else {
			w.object(n+2, "null", nil)
		}
	}
	return w.finish()
}

func deflate(b []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

func (w *pdfWriter) object(n int, body string, stream []byte) {
	for len(w.offsets) <= n {
		w.offsets = append(w.offsets, 0)
	}
	w.offsets[n] = len(w.out)
	w.out = fmt.Appendf(w.out, "%d 0 obj\n", n)
	if stream != nil {
		stream = w.crypt(n, stream)
		w.out = fmt.Appendf(w.out, "<<%s /Length %d>>\nstream\n", body, len(stream))
		w.out = append(w.out, stream...)
		w.out = append(w.out, "\nendstream"...)
	} else {
		w.out = append(w.out, body...)
	}
	w.out = append(w.out, "\nendobj\n"...)
}

func (w *pdfWriter) text(n int, s string) string {
	return "<" + hex.EncodeToString(w.crypt(n, []byte(s))) + ">"
}

func (w *pdfWriter) finish() []byte {
	extra := ""
	if w.locked != "" {
		n := len(w.offsets)
		key := w.key
		w.key = nil // the Encrypt dictionary itself is not encrypted
		w.object(n, w.locked, nil)
		w.key = key
		extra = fmt.Sprintf("/Encrypt %d 0 R ", n)
	}
	start := len(w.out)
	w.out = fmt.Appendf(w.out, "xref\n0 %d\n0000000000 65535 f \n", len(w.offsets))
	for _, at := range w.offsets[1:] {
		w.out = fmt.Appendf(w.out, "%010d 00000 n \n", at)
	}
	id := hex.EncodeToString(w.id)
	return fmt.Appendf(w.out, "trailer\n<</Size %d /Root 1 0 R /Info 3 0 R %s/ID [<%s> <%s>]>>\nstartxref\n%d\n%%%%EOF\n", len(w.offsets), extra, id, id, start)
}

// passwordFill fills passwords to 32 bytes (ISO 32000-1, 7.6.3.3, algorithm 2).
var passwordFill, _ = hex.DecodeString("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")

func filled(password string) []byte { return append([]byte(password), passwordFill...)[:32] }

func rc4With(key, data []byte) []byte {
	out := make([]byte, len(data))
	if c, err := rc4.NewCipher(key); err == nil {
		c.XORKeyStream(out, data)
	}
	return out
}

// rc4Rounds is the loop of 20 encryptions of algorithms 3 and 5.
func rc4Rounds(key, data []byte) []byte {
	for i := range 20 {
		turn := make([]byte, len(key))
		for j, b := range key {
			turn[j] = b ^ byte(i)
		}
		data = rc4With(turn, data)
	}
	return data
}

func md5Rounds(data []byte) []byte {
	sum := md5.Sum(data)
	for range 50 {
		sum = md5.Sum(sum[:])
	}
	return sum[:]
}

func (w *pdfWriter) encrypt(o PDFOptions) {
	const permissions = int32(-1340) // print only
	owner := o.OwnerPassword
	if owner == "" {
		owner = o.UserPassword
	}
	ownerEntry := rc4Rounds(md5Rounds(filled(owner)), filled(o.UserPassword))
	seed := append(filled(o.UserPassword), ownerEntry...)
	bits := permissions
	seed = binary.LittleEndian.AppendUint32(seed, uint32(bits))
	seed = append(seed, w.id...)
	w.key = md5Rounds(seed)
	check := md5.Sum(append(append([]byte(nil), passwordFill...), w.id...))
	userEntry := append(rc4Rounds(w.key, check[:]), make([]byte, 16)...)
	w.locked = fmt.Sprintf("<</Filter /Standard /V 2 /R 3 /Length 128 /P %d /O <%x> /U <%x>>>", permissions, ownerEntry, userEntry)
}

func (w *pdfWriter) crypt(n int, data []byte) []byte {
	if w.key == nil {
		return data
	}
	sum := md5.Sum(append(append([]byte(nil), w.key...), byte(n), byte(n>>8), byte(n>>16), 0, 0))
	return rc4With(sum[:], data)
}
