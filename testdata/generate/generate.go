// Package generate makes faxes, scans and e-mails as a practice receives them,
// with the truth about each: what every page says, which pages are one
// document, of what type it is and whose. All of it is invented.
//
// The same options give the same bytes, on any machine and in any order of
// calls. Wordings and looks are divided into those for training and those for
// testing, which have nothing in common but the language.
//
//	g, err := generate.New(generate.Options{Seed: 1, Docs: 100, Layouts: generate.Test, Quality: generate.Typical})
//	for m, err := range g.Corpus() {
//		// m.Name, m.Raw, m.Truth
//	}
//
// Single pages and files: [Page], [FaxTIFF], [LongFax]. The mails that Postroom
// shows are [Inbox]; files broken in one way each are [Hostile].
package generate

import (
	"fmt"
	"image"
	"iter"
	"time"

	"github.com/postroom/postroom"
)

// Options say what corpus to make.
type Options struct {
	Seed uint64
	// Docs is the least number of documents; messages without one come on top.
	Docs int
	// Patients is the number of patients in the register; 0 for 500.
	Patients int
	// Layouts are Train, Test or All; empty counts as All.
	Layouts Split
	// Quality is Clean, Typical, Bad or Mixed; empty counts as Mixed.
	Quality Quality
	// Types, when set, are the only types made.
	Types []postroom.TypeCode
	// Plain makes only messages with documents that can be read: one document
	// each, no exceptions, nothing broken. For training.
	Plain bool
}

// A Message is one message with its truth.
type Message struct {
	Name  string // "000001.eml"
	Raw   []byte // RFC 5322
	Files []File // its attachments by themselves, for a folder without mail
	Truth Truth
	// Received is when the mail says that it was sent.
	Received time.Time
}

// A File is an attachment: fax, scan or container.
type File struct {
	Name string
	Data []byte
}

// A Generator makes a corpus. It is not safe for use by several goroutines;
// make one for each: equal options give equal messages.
type Generator struct {
	options  Options
	register *Register
	g        *glyphs
}

// New checks the options and makes the patients.
func New(o Options) (*Generator, error) {
	if o.Patients == 0 {
		o.Patients = 500
	}
	if o.Layouts == "" {
		o.Layouts = All
	}
	if o.Quality == "" {
		o.Quality = Mixed
	}
	switch {
	case o.Patients < 20:
		return nil, fmt.Errorf("at least 20 patients are needed, not %d", o.Patients)
	case o.Layouts != Train && o.Layouts != Test && o.Layouts != All:
		return nil, fmt.Errorf("the layouts are train, test or all, not %q", o.Layouts)
	case o.Quality != Clean && o.Quality != Typical && o.Quality != Bad && o.Quality != Mixed:
		return nil, fmt.Errorf("the quality is clean, typical, bad or mixed, not %q", o.Quality)
	}
	for _, t := range o.Types {
		if _, ok := postroom.TypeOf(t); !ok || len(wordingsOf(t, Train)) == 0 {
			return nil, fmt.Errorf("no documents of the type %q can be made", t)
		}
	}
	return &Generator{options: o, register: NewRegister(o.Seed, o.Patients), g: newGlyphs()}, nil
}

// Register returns the practice's patients.
func (g *Generator) Register() *Register { return g.register }

// Types are the types of which documents are made.
func Types() []postroom.TypeCode {
	var out []postroom.TypeCode
	for _, t := range postroom.Types {
		if len(wordingsOf(t.Code, Train)) > 0 {
			out = append(out, t.Code)
		}
	}
	return out
}

// Corpus yields messages one by one until they hold Options.Docs documents.
// It ends with the first error.
func (g *Generator) Corpus() iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		docs := 0
		for n := 1; docs < g.options.Docs; n++ {
			m, err := g.Message(n)
			docs += len(m.Truth.Documents)
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// Message makes message n of the corpus, from 1, without those before it.
func (g *Generator) Message(n int) (Message, error) {
	return g.make(g.plan(n))
}

// PageOptions say how a single page is made.
type PageOptions struct {
	Seed    uint64
	Type    postroom.TypeCode // empty counts as outpatient_letter
	Split   Split             // empty counts as Train
	Quality Quality           // empty counts as Clean
	// DPIX and DPIY are 204 and 98 or 196 for faxes, 200 or 300 for scans; 0 counts as 204 and 196.
	DPIX, DPIY float64
	// Channel, when set, is used as it is and Quality, DPIX and DPIY are not.
	Channel *Channel
}

func (o PageOptions) complete() PageOptions {
	if o.Type == "" {
		o.Type = postroom.OutpatientLetter
	}
	if o.Split == "" {
		o.Split = Train
	}
	if o.Quality == "" {
		o.Quality = Clean
	}
	if o.DPIX == 0 {
		o.DPIX, o.DPIY = 204, 196
	}
	return o
}

// Page makes the first page of a document as a fax picture, with its truth.
func Page(o PageOptions) (*Bits, TruePage, TrueDocument, error) {
	o = o.complete()
	r := NewRand(o.Seed, "page")
	d, err := MakeDocument(o.Seed, "page", DocumentSpec{Type: o.Type, Split: o.Split, Sent: everySlotDate, Patient: NewRegister(o.Seed, 20).People[r.Intn(20)], InRegister: true})
	if err != nil {
		return nil, TruePage{}, TrueDocument{}, err
	}
	c := NewChannel(r, o.Quality, o.DPIX, o.DPIY)
	if o.Channel != nil {
		c = *o.Channel
	}
	b := c.send(newGlyphs(), r, d.Papers[0])
	d.Truth.Pages = []PageRef{{Page: 1}}
	return b, c.truth(d.Papers[0], PageRef{Page: 1}, b.W, b.H), d.Truth, nil
}

// ScanPage makes the first page of a document as a grey scan at DPIX dots per
// inch both ways (0 counts as 200), with its truth.
func ScanPage(o PageOptions) (*image.Gray, TruePage, TrueDocument, error) {
	dpi := o.DPIX
	if dpi == 0 {
		dpi = 200
	}
	o = o.complete()
	r := NewRand(o.Seed, "page")
	d, err := MakeDocument(o.Seed, "page", DocumentSpec{Type: o.Type, Split: o.Split, Sent: everySlotDate, Patient: NewRegister(o.Seed, 20).People[r.Intn(20)], InRegister: true})
	if err != nil {
		return nil, TruePage{}, TrueDocument{}, err
	}
	img, c := scanGrey(newGlyphs(), r, d.Papers[0], o.Quality, dpi)
	d.Truth.Pages = []PageRef{{Page: 1}}
	return img, c.truth(d.Papers[0], PageRef{Page: 1}, img.Rect.Dx(), img.Rect.Dy()), d.Truth, nil
}

// EncodeJPEG writes a grey JPEG that states its resolution.
func EncodeJPEG(img *image.Gray, quality int, dpi float64) []byte {
	return encodeJPEG(img, quality, dpi)
}

// EncodePNG writes a PNG that states its resolution.
func EncodePNG(img image.Image, dpi float64) []byte { return encodePNG(img, dpi) }

// EncodeFaxPDF writes a PDF with a CCITT picture on each page, as fax servers do.
func EncodeFaxPDF(pages []*Bits, coding Coding, dpiX, dpiY float64, blackIs1 bool) []byte {
	var out []pdfPage
	for _, b := range pages {
		out = append(out, ccittPage(b, coding, dpiX, dpiY, blackIs1))
	}
	return encodePDF(out, PDFOptions{Producer: "Fax Server"})
}

// EncodeJPEGPDF writes a PDF with a JPEG picture on each page, as copiers do.
func EncodeJPEGPDF(pages []*image.Gray, quality int, dpi float64) []byte {
	var out []pdfPage
	for _, img := range pages {
		out = append(out, jpegPage(encodeJPEG(img, quality, dpi), img.Rect.Dx(), img.Rect.Dy(), dpi, false))
	}
	return encodePDF(out, PDFOptions{Producer: "Copier"})
}

// EncodeTextPDF writes papers as a PDF with text. Passwords in o encrypt it.
func EncodeTextPDF(papers []*Paper, o PDFOptions) []byte {
	var out []pdfPage
	for _, p := range papers {
		out = append(out, textPage(p))
	}
	return encodePDF(out, o)
}

// FaxTIFF makes a fax of n pages of letters and writes it as o says; when o
// gives no resolution it is 204 by 196.
func FaxTIFF(seed uint64, n int, q Quality, o TIFFOptions) ([]byte, error) {
	if o.DPIX == 0 {
		o.DPIX, o.DPIY = 204, 196
	}
	var pages []*Bits
	for i := range n {
		b, _, _, err := Page(PageOptions{Seed: seed + uint64(i), Quality: q, DPIX: o.DPIX, DPIY: o.DPIY})
		if err != nil {
			return nil, err
		}
		pages = append(pages, b)
	}
	return EncodeTIFF(pages, o), nil
}

// LongFax makes a G4 TIFF of n pages, each numbered, from a few pages of
// letters that come again and again: 300 pages are made in about a second.
func LongFax(seed uint64, n int) ([]byte, error) {
	g := newGlyphs()
	var base []*Bits
	for i := range min(n, 4) {
		b, _, _, err := Page(PageOptions{Seed: seed + uint64(i), Quality: Clean, DPIX: 204, DPIY: 98})
		if err != nil {
			return nil, err
		}
		base = append(base, b)
	}
	pages := make([]*Bits, n)
	for i := range pages {
		from := base[i%len(base)]
		b := &Bits{from.W, from.H, from.Stride, append([]byte(nil), from.Pix...)}
		c := Channel{DPIX: 204, DPIY: 98, Header: HeaderLine(0, "12/03/2026", "09:14", "MARLFIELD INFIRMARY", "0161 496 0123", i+1, n)}
		c.header(g, b)
		pages[i] = b
	}
	return EncodeTIFF(pages, TIFFOptions{Coding: G4, DPIX: 204, DPIY: 98, Software: "Fax Server"}), nil
}

// truth says what is on a paper that went through the channel.
func (c Channel) truth(p *Paper, ref PageRef, w, h int) TruePage {
	sheetW, sheetH := float64(w)/c.DPIX*72, float64(h)/c.DPIY*72
	t := TruePage{PageRef: ref, Lines: p.lines(sheetW, sheetH), Header: c.Header, Skew: c.Skew, DPIX: c.DPIX, DPIY: c.DPIY, Width: w, Height: h}
	if t.Lines == nil {
		t.Lines = []TrueLine{}
	}
	if c.Header2 != "" {
		t.Header = c.Header2 + "\n" + c.Header
	}
	if c.Turned {
		t.Rotation = 180
	}
	return t
}
