// Package mutate makes damaged and hostile files from sound ones, of every kind
// that Postroom opens: TIFF, PDF, JPEG, PNG, mail, zip and winmail.dat.
//
// The same seed gives the same files (with one release of Go, whose compression they
// use). Half of the mutations know the format, since
// what is wrong at random mostly ends at the first check: they change a count, an
// offset, a size or a nesting and leave the rest sound. The other half change bytes.
package mutate

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/postroom/postroom/testdata/generate"
)

// A File is a hostile file.
type File struct {
	Name string // with the ending that it pretends to
	Why  string // what was done to it
	Data []byte
}

// Kinds are the kinds of file that are made, in turn.
var Kinds = []string{"tif", "pdf", "jpg", "png", "eml", "zip", "dat"}

// Make makes file number n of a seed.
func Make(seed uint64, n int) File {
	r := &source{rand.New(rand.NewPCG(seed, uint64(n)))}
	kind := Kinds[n%len(Kinds)]
	var data []byte
	var why string
	if r.IntN(2) == 0 {
		data, why = structured[kind](r)
	} else {
		samples := Samples()[kind]
		data, why = r.damage(samples[r.IntN(len(samples))])
	}
	f := File{Name: fmt.Sprintf("%d-%05d.%s", seed, n, kind), Why: why, Data: data}
	switch {
	case kind == "dat":
		f.Name = "winmail.dat"
	case kind != "eml" && r.IntN(8) == 0:
		// As it mostly comes: in a mail, or in a zip.
		if r.IntN(2) == 0 {
			f.Data, f.Name, f.Why = mail(f.Name, data), f.Name+".eml", f.Why+", in a mail"
		} else {
			f.Data, f.Name, f.Why = zipOf(zipped{name: f.Name, data: data}), f.Name+".zip", f.Why+", in a zip"
		}
	}
	return f
}

// structured are the mutations that know their format.
var structured = map[string]func(*source) ([]byte, string){
	"tif": hostileTIFF, "pdf": hostilePDF, "jpg": hostileJPEG, "png": hostilePNG,
	"eml": hostileMail, "zip": hostileZip, "dat": hostileTNEF,
}

// Samples returns the sound files that the mutations begin with, by kind. They
// are small: what counts is how they are opened.
var Samples = sync.OnceValue(func() map[string][][]byte {
	page := strip(400, 160)
	other := strip(400, 120)
	pages := []*generate.Bits{page, other}
	paper := generate.NewPaper(false)
	tif := func(o generate.TIFFOptions) []byte {
		o.DPIX, o.DPIY = 204, 98
		return generate.EncodeTIFF(pages, o)
	}
	g4 := tif(generate.TIFFOptions{Coding: generate.G4})
	jpg := generate.EncodeJPEG(page.Gray(), 40, 100)
	png := generate.EncodePNG(page.Paletted(), 100)
	text := generate.EncodeTextPDF([]*generate.Paper{paper}, generate.PDFOptions{})
	fax := generate.EncodeFaxPDF(pages, generate.G4, 204, 98, false)
	return map[string][][]byte{
		"tif": {g4, tif(generate.TIFFOptions{Coding: generate.G3}), tif(generate.TIFFOptions{Coding: generate.G4, BigEndian: true}),
			tif(generate.TIFFOptions{Coding: generate.G4, RowsPerStrip: 40, LowFirst: true, BlackIsZero: true})},
		"pdf": {fax, text, generate.EncodeJPEGPDF([]*imageGray{page.Gray()}, 40, 100),
			generate.EncodeTextPDF([]*generate.Paper{paper}, generate.PDFOptions{Encrypt: true, OwnerPassword: "x"})},
		"jpg": {jpg, generate.EncodeJPEG(other.Gray(), 90, 200)},
		"png": {png, generate.EncodePNG(page.Gray(), 100)},
		"eml": {mail("fax.tif", g4), mail("letter.pdf", fax), mail("winmail.dat", generate.EncodeTNEF("Letter", epoch, "fax.tif", g4)),
			mail("fax.zip", zipOf(zipped{name: "a/fax.tif", data: g4}))},
		"zip": {zipOf(zipped{name: "a/fax.tif", data: g4}, zipped{name: "letter.pdf", data: fax}), zipOf(zipped{name: "x.zip", data: zipOf(zipped{name: "y.png", data: png})})},
		"dat": {generate.EncodeTNEF("Letter", epoch, "fax.tif", g4), generate.EncodeTNEF("", epoch, "letter.pdf", fax)},
	}
})

var epoch = time.Date(2026, 3, 12, 9, 14, 0, 0, time.UTC)

// strip draws something like lines of writing, which is read quickly.
func strip(w, h int) *generate.Bits {
	b := generate.NewBits(w, h)
	for y := 20; y+14 < h; y += 40 {
		for x := 20; x < w-20; x++ {
			for d := range 12 {
				b.Set(x, y+d, (x/3*7+d/3*5)%11 < 4)
			}
		}
	}
	return b
}

func mail(name string, data []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: fax@example.org\r\nTo: post@example.org\r\nSubject: Fax\r\nDate: Thu, 12 Mar 2026 09:14:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n")
	fmt.Fprintf(&b, "--b1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nDear colleague =E2=80=93 see attached.\r\n")
	fmt.Fprintf(&b, "--b1\r\nContent-Type: application/octet-stream; name=%q\r\nContent-Disposition: attachment; filename=%q\r\nContent-Transfer-Encoding: base64\r\n\r\n", name, name)
	encoded := base64.StdEncoding.EncodeToString(data)
	for len(encoded) > 76 {
		b.WriteString(encoded[:76] + "\r\n")
		encoded = encoded[76:]
	}
	b.WriteString(encoded + "\r\n--b1--\r\n")
	return b.Bytes()
}

// A source makes choices.
type source struct{ *rand.Rand }

func pick[T any](r *source, of ...T) T { return of[r.IntN(len(of))] }

// number returns one of the numbers at which programs go wrong.
func (r *source) number() uint32 {
	return pick[uint32](r, 0, 1, 2, 3, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0xfffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, r.Uint32())
}

func (r *source) bytes(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(r.Uint32())
	}
	return out
}

// damage changes bytes without a thought for what they mean.
func (r *source) damage(sample []byte) ([]byte, string) {
	b := bytes.Clone(sample)
	at := func() int { return r.IntN(max(1, len(b))) }
	switch r.IntN(9) {
	case 0:
		return b[:at()], "cut off"
	case 1:
		for range 1 + r.IntN(40) {
			b[at()] ^= 1 << r.IntN(8)
		}
		return b, "bits flipped"
	case 2:
		for range 1 + r.IntN(8) {
			if i := at(); i+4 <= len(b) {
				if r.IntN(2) == 0 {
					binary.LittleEndian.PutUint32(b[i:], r.number())
				} else {
					binary.BigEndian.PutUint32(b[i:], r.number())
				}
			}
		}
		return b, "numbers overwritten"
	case 3:
		i := at()
		return append(b[:i:i], b[min(len(b), i+1+r.IntN(300)):]...), "a piece left out"
	case 4:
		i, j := at(), at()
		piece := bytes.Clone(b[j:min(len(b), j+1+r.IntN(300))])
		return append(b[:i:i], append(piece, b[i:]...)...), "a piece put in twice"
	case 5:
		i := at()
		copy(b[i:], r.bytes(1+r.IntN(400)))
		return b, "a piece of noise"
	case 6:
		i := at()
		end := min(len(b), i+1+r.IntN(600))
		fill := pick[byte](r, 0, 0xff, ' ', '\n', '<', '[')
		for ; i < end; i++ {
			b[i] = fill
		}
		return b, "a piece of one byte"
	case 7:
		kinds := Samples()[pick(r, Kinds...)]
		other := kinds[r.IntN(len(kinds))]
		return append(b[:at()], other[r.IntN(len(other)):]...), "goes on as another file"
	default:
		return append(b[:min(len(b), 4+r.IntN(40))], r.bytes(r.IntN(2000))...), "only its beginning is true"
	}
}
