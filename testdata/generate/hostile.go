package generate

import (
	"bytes"
	"compress/flate"
	_ "embed"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"strings"

	"github.com/postroom/postroom"
)

// A HostileFile is broken in one way.
type HostileFile struct {
	Name string
	Data []byte
	// Pages is true when something of it can be read and must be; else it is
	// right to refuse it with a plain reason. In no case may it take the program down.
	Pages bool
	Why   string // what is wrong with it
}

// lockedAES was made once with qpdf, since encryption with AES begins with random bytes:
// qpdf --encrypt fax2026 owner2026 256 -- plain.pdf locked-aes256.pdf
//
//go:embed sealed/locked-aes256.pdf
var lockedAES []byte

// wideSide is the width and height in pixels of the pictures that are too large.
const wideSide = 20000

// Hostile makes the files of testdata/hostile.
func Hostile() ([]HostileFile, error) {
	page, _, _, err := Page(PageOptions{Seed: 9, Quality: Clean, DPIX: 204, DPIY: 98})
	if err != nil {
		return nil, err
	}
	fax := EncodeTIFF([]*Bits{page, page}, TIFFOptions{Coding: G4, DPIX: 204, DPIY: 98})
	document, err := MakeDocument(9, "hostile", DocumentSpec{Type: postroom.OutpatientLetter, Split: Train, Sent: everySlotDate, Patient: NewRegister(9, 20).People[0]})
	if err != nil {
		return nil, err
	}
	text := EncodeTextPDF(document.Papers, PDFOptions{Producer: "DocumentWriter"})
	grey := page.Gray()
	photo := EncodeJPEG(grey, 30, 204)
	picture := EncodePNG(page.Paletted(), 204)
	wide := NewBits(wideSide, wideSide)
	for y := 0; y < wideSide; y += 97 {
		wide.Set(y, y, true)
	}
	out := []HostileFile{
		{"zero.pdf", nil, false, "a file of no bytes"},
		{"zero.tif", nil, false, "a file of no bytes"},
		{"empty.pdf", EncodeTextPDF(nil, PDFOptions{}), false, "a PDF without a page"},
		{"locked.pdf", EncodeTextPDF(document.Papers, PDFOptions{Encrypt: true, UserPassword: "fax2026", OwnerPassword: "owner2026"}), false, "a PDF that needs a password (RC4, 128 bits)"},
		{"locked-aes256.pdf", lockedAES, false, "a PDF that needs a password (AES, 256 bits)"},
		{"owner-locked.pdf", EncodeTextPDF(document.Papers, PDFOptions{Encrypt: true, OwnerPassword: "owner2026"}), true, "an encrypted PDF that opens without a password"},
		{"truncated.tif", fax[:len(fax)-len(fax)/3], true, "a fax whose second page was cut off"},
		{"truncated-header.tif", fax[:6], false, "a TIFF of six bytes"},
		{"loop.tif", loopTIFF(fax), true, "a TIFF whose last directory points to its first"},
		{"outside.tif", patchTag(fax, 273, 0x7FFFFFF0), false, "a TIFF whose picture lies behind its end"},
		{"many-values.tif", patchCount(fax, 273, 0xFFFFFFFF), false, "a TIFF that announces four thousand million strips"},
		{"no-resolution.tif", EncodeTIFF([]*Bits{page}, TIFFOptions{Coding: G4, NoResolution: true}), true, "a fax that states no resolution"},
		{"zero-resolution.tif", EncodeTIFF([]*Bits{page}, TIFFOptions{Coding: G4}), true, "a fax of zero dots per inch"},
		{"absurd-resolution.tif", EncodeTIFF([]*Bits{page}, TIFFOptions{Coding: G4, DPIX: 1, DPIY: 9e6}), true, "a fax of 1 by 9,000,000 dots per inch"},
		{"wide.tif", EncodeTIFF([]*Bits{wide}, TIFFOptions{Coding: G4, DPIX: 204, DPIY: 196}), false, "a picture of 20,000 by 20,000 pixels"},
		{"wide.png", encodeBitPNG(wide), false, "a picture of 20,000 by 20,000 pixels"},
		{"lying.png", lyingPNG(picture), false, "a PNG that claims 60,000 by 60,000 pixels and has a page's data"},
		{"truncated.png", picture[:len(picture)/2], false, "a PNG that breaks off in the middle"},
		{"truncated.jpg", photo[:len(photo)/2], false, "a JPEG that breaks off in the middle"},
		{"lying.jpg", lyingJPEG(photo), false, "a JPEG that claims 65,500 by 65,500 pixels"},
		{"garbage.jpg", append([]byte{0xFF, 0xD8, 0xFF, 0xE0}, noise(4000)...), false, "a JPEG of random bytes"},
		{"truncated.pdf", text[:len(text)*2/3], false, "a PDF that breaks off; its end and its cross-reference table are lost"},
		{"no-xref.pdf", bytes.Replace(text, []byte("startxref\n"), []byte("startxref\n9"), 1), true, "a PDF that says wrongly where its cross-reference table stands"},
		{"loop.pdf", loopPDF(), false, "a PDF whose page tree contains itself"},
		{"bomb.pdf", bombPDF(), false, "a PDF with a picture of 30,000 by 30,000 pixels in a few kilobytes"},
		{"web.pdf", []byte("<!DOCTYPE html><html><body><h1>Session expired</h1><p>Please sign in again to download your fax.</p></body></html>\n"), false, "a web page called .pdf"},
		{"bomb.zip", bombZip(), false, "a zip that unpacks to 200 MB from 200 KB"},
		{"bomb-nested.zip", nestedBomb(), false, "a zip of zips of zips: 12.5 GB from six kilobytes"},
		{"locked.zip", lockedZip(fax), false, "a zip that needs a password"},
		{"slip.zip", slipZip(fax), true, "a zip whose file is called ../../../outside.tif"},
		{"truncated.zip", slipZip(fax)[:600], false, "a zip that breaks off"},
		{"deep-multipart.eml", deepMultipart(300, fax), false, "300 multiparts within each other"},
		{"deep-rfc822.eml", deepForward(60, fax), false, "a mail forwarded 60 times, each as an attachment"},
		{"broken-base64.eml", brokenBase64(fax), false, "a mail whose attachment is no valid base64"},
		{"cut.eml", cutMail(fax), false, "a mail that ends in the middle of its attachment"},
		{"traversal.eml", oneMail("../../../../etc/cron.d/fax.tif", "image/tiff", fax), true, "an attachment whose name is a path"},
		{"wrong-type.eml", oneMail("letter.pdf", "application/pdf", fax), true, "a TIFF that says that it is a PDF"},
		{"no-header.eml", []byte("\r\n\r\n"), false, "a mail of two empty lines"},
		{"winmail-cut.eml", oneMail("winmail.dat", "application/ms-tnef", encodeTNEF("Letter", everySlotDate, []file{{"fax.tif", fax, ""}})[:900]), false, "a winmail.dat that breaks off"},
	}
	return out, nil
}

func noise(n int) []byte {
	r := NewRand(4, "noise")
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(r.next())
	}
	return out
}

// loopTIFF lets the last directory of a little-endian TIFF point to the first.
func loopTIFF(b []byte) []byte {
	out := append([]byte(nil), b...)
	first := binary.LittleEndian.Uint32(out[4:])
	for at := first; ; {
		link := at + 2 + 12*uint32(binary.LittleEndian.Uint16(out[at:]))
		next := binary.LittleEndian.Uint32(out[link:])
		if next == 0 {
			binary.LittleEndian.PutUint32(out[link:], first)
			return out
		}
		at = next
	}
}

// eachEntry calls do with the place of every entry of the tag.
func eachEntry(b []byte, tag uint16, do func(at uint32)) {
	for at := binary.LittleEndian.Uint32(b[4:]); at != 0; {
		n := uint32(binary.LittleEndian.Uint16(b[at:]))
		for i := range n {
			if e := at + 2 + 12*i; binary.LittleEndian.Uint16(b[e:]) == tag {
				do(e)
			}
		}
		at = binary.LittleEndian.Uint32(b[at+2+12*n:])
	}
}

func patchTag(b []byte, tag uint16, value uint32) []byte {
	out := append([]byte(nil), b...)
	eachEntry(out, tag, func(at uint32) { binary.LittleEndian.PutUint32(out[at+8:], value) })
	return out
}

func patchCount(b []byte, tag uint16, count uint32) []byte {
	out := append([]byte(nil), b...)
	eachEntry(out, tag, func(at uint32) { binary.LittleEndian.PutUint32(out[at+4:], count) })
	return out
}

// encodeBitPNG writes a PNG of one bit a pixel without holding it in bytes a pixel.
func encodeBitPNG(b *Bits) []byte {
	var raw bytes.Buffer
	for y := range b.H {
		raw.WriteByte(0)
		for _, v := range b.Row(y) {
			raw.WriteByte(^v)
		}
	}
	return wrapPNG(b.W, b.H, 1, deflate(raw.Bytes()))
}

func wrapPNG(w, h int, depth byte, data []byte) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	out := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", append(head, depth, 0, 0, 0, 0))...)
	return append(append(out, pngChunk("IDAT", data)...), pngChunk("IEND", nil)...)
}

func lyingPNG(b []byte) []byte {
	out := append([]byte(nil), b...)
	binary.BigEndian.PutUint32(out[16:], 60000)
	binary.BigEndian.PutUint32(out[20:], 60000)
	binary.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(out[12:29]))
	return out
}

// lyingJPEG writes other dimensions into the frame header (SOF0).
func lyingJPEG(b []byte) []byte {
	out := append([]byte(nil), b...)
	if i := bytes.Index(out, []byte{0xFF, 0xC0}); i > 0 {
		binary.BigEndian.PutUint16(out[i+5:], 65500)
		binary.BigEndian.PutUint16(out[i+7:], 65500)
	}
	return out
}

func loopPDF() []byte {
	w := &pdfWriter{out: []byte("%PDF-1.5\n")}
	w.id = make([]byte, 16)
	w.object(1, "<</Type /Catalog /Pages 2 0 R>>", nil)
	w.object(2, "<</Type /Pages /Count 3 /Kids [2 0 R 2 0 R]>>", nil)
	w.object(3, "<<>>", nil)
	return w.finish()
}

func bombPDF() []byte {
	const side = 30000
	var zeros bytes.Buffer
	z, _ := flate.NewWriter(&zeros, flate.BestCompression) // the level is valid
	row := make([]byte, side)
	for range side / 8 { // 112 MB: an eighth of a byte a pixel
		_, _ = z.Write(row)
	}
	_ = z.Close()
	once := append([]byte{0x78, 0x9C}, zeros.Bytes()...)
	p := pdfPage{w: 595, h: 842, image: deflate(once),
		dict: fmt.Sprintf("/Width %d /Height %d /BitsPerComponent 1 /ColorSpace /DeviceGray /Filter [/FlateDecode /FlateDecode]", side, side)}
	return encodePDF([]pdfPage{p}, PDFOptions{Producer: "Fax Server 9"})
}

// zipEntry is a file in a zip that is written by hand.
type zipEntry struct {
	name   string
	method uint16 // 0 stored, 8 deflated
	flags  uint16
	data   []byte // as stored
	size   uint32 // as it would be
	sum    uint32
}

func encodeZip(entries []zipEntry) []byte {
	var out, directory []byte
	for _, e := range entries {
		at := len(out)
		common := func(b []byte) []byte {
			b = binary.LittleEndian.AppendUint16(b, 20)
			b = binary.LittleEndian.AppendUint16(b, e.flags)
			b = binary.LittleEndian.AppendUint16(b, e.method)
			b = binary.LittleEndian.AppendUint32(b, 0x5C6C4000) // 12 March 2026
			b = binary.LittleEndian.AppendUint32(b, e.sum)
			b = binary.LittleEndian.AppendUint32(b, uint32(len(e.data)))
			b = binary.LittleEndian.AppendUint32(b, e.size)
			b = binary.LittleEndian.AppendUint16(b, uint16(len(e.name)))
			return binary.LittleEndian.AppendUint16(b, 0)
		}
		out = append(out, "PK\x03\x04"...)
		out = append(append(common(out), e.name...), e.data...)
		directory = append(directory, "PK\x01\x02\x14\x00"...)
		directory = common(directory)
		directory = append(directory, make([]byte, 10)...)
		directory = binary.LittleEndian.AppendUint32(directory, uint32(at))
		directory = append(directory, e.name...)
	}
	start := len(out)
	out = append(append(out, directory...), "PK\x05\x06\x00\x00\x00\x00"...)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(entries)))
	out = binary.LittleEndian.AppendUint16(out, uint16(len(entries)))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(directory)))
	out = binary.LittleEndian.AppendUint32(out, uint32(start))
	return append(out, 0, 0)
}

// zeros returns n zero bytes deflated, with their checksum.
func zeros(n int) ([]byte, uint32) {
	var b bytes.Buffer
	z, _ := flate.NewWriter(&b, flate.BestCompression)
	sum, piece := crc32.NewIEEE(), make([]byte, 1<<20)
	for left := n; left > 0; left -= len(piece) {
		p := piece[:min(left, len(piece))]
		_, _ = z.Write(p)
		_, _ = sum.Write(p)
	}
	_ = z.Close()
	return b.Bytes(), sum.Sum32()
}

func bombZip() []byte {
	const size = 200 << 20
	data, sum := zeros(size)
	return encodeZip([]zipEntry{{"fax0001.tif", 8, 0, data, size, sum}})
}

func nestedBomb() []byte {
	const size = 25 << 20
	data, sum := zeros(size)
	inner := encodeZip([]zipEntry{{"fax.tif", 8, 0, data, size, sum}})
	for depth := range 3 {
		var packed bytes.Buffer
		z, _ := flate.NewWriter(&packed, flate.BestCompression)
		_, _ = z.Write(inner)
		_ = z.Close()
		var entries []zipEntry
		for i := range 8 {
			entries = append(entries, zipEntry{fmt.Sprintf("batch%d_%d.zip", depth, i), 8, 0, packed.Bytes(), uint32(len(inner)), crc32.ChecksumIEEE(inner)})
		}
		inner = encodeZip(entries)
	}
	return inner
}

func lockedZip(fax []byte) []byte {
	// Flag bit 0 says encrypted; the bytes are as unreadable as if they were.
	data := noise(len(fax) + 12)
	return encodeZip([]zipEntry{{"fax0001.tif", 0, 1, data, uint32(len(fax)), crc32.ChecksumIEEE(fax)}})
}

func slipZip(fax []byte) []byte {
	return encodeZip([]zipEntry{{"../../../outside.tif", 0, 0, fax, uint32(len(fax)), crc32.ChecksumIEEE(fax)}})
}

func hostileMail(body part) []byte {
	return mail{from: "fax@ashcombe.example", to: inboxAddress, subject: "Fax", date: everySlotDate, id: "hostile@ashcombe.example", body: body}.bytes()
}

func oneMail(name, kind string, data []byte) []byte {
	return hostileMail(multipart("mixed", "=_one", text("See the attachment.\n"), part{kind: kind, name: name, attached: true, body: data}))
}

func deepMultipart(depth int, fax []byte) []byte {
	body := part{kind: "image/tiff", name: "fax.tif", attached: true, body: fax}
	for i := range depth {
		body = multipart("mixed", fmt.Sprintf("=_deep%d", i), body)
	}
	return hostileMail(body)
}

func deepForward(depth int, fax []byte) []byte {
	raw := oneMail("fax.tif", "image/tiff", fax)
	for range depth {
		raw = hostileMail(part{kind: "message/rfc822", encoding: "7bit", raw: true, body: raw})
	}
	return raw
}

func brokenBase64(fax []byte) []byte {
	s := base64.StdEncoding.EncodeToString(fax)
	s = s[:400] + "!!!! \x00 ****" + s[404:1200] + "=" + s[1201:2000] + "%%%"
	return hostileMail(multipart("mixed", "=_b64", text("Broken.\n"),
		part{kind: "image/tiff", name: "fax.tif", attached: true, encoding: "base64", raw: true, body: []byte(s)}))
}

func cutMail(fax []byte) []byte {
	raw := oneMail("fax.tif", "image/tiff", fax)
	return raw[:strings.Index(string(raw), "image/tiff")+1500]
}

// BlankPage returns a grey picture of an empty sheet with some grain, A4 at
// dpi dots per inch.
func BlankPage(seed uint64, dpi float64) *image.Gray {
	img, _ := scanGrey(newGlyphs(), NewRand(seed, "blank"), NewPaper(false), Typical, dpi)
	return img
}
