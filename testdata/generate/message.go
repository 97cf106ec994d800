package generate

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A plan says what one message is to be.
type plan struct {
	name     string // of the message
	label    string // of the chance for how it is sent
	content  string // of the chance for what is in it: a resend has the same
	seed     uint64 // of the documents
	received time.Time
	docs     []DocumentSpec
	resendOf string // the message of which this is a resend
	quality  Quality
	split    Split
	form     form
	coding   Coding
	fine     bool // 204x196 instead of 204x98
	wrap     packing
	cover    bool
	blanks   bool // a blank back after each letter
	sheets   bool // separator sheets between the letters
	lose     int  // from 1: this page is lost on the line
	broken   string
	junk     bool
	blank    bool // nothing but an empty page
	dpi      float64
	notice   notice
	subject  int
	upended  bool // the second page was put in upside down
}

// A form is the kind of file that carries the pages.
type form string

const (
	faxTIFF   form = "fax-tiff"
	faxPDF    form = "fax-pdf"
	scanPDF   form = "scan-pdf" // JPEG in PDF
	scanJPEG  form = "scan-jpeg"
	scanPNG   form = "scan-png"
	textPDF   form = "text-pdf"
	lockedPDF form = "locked-pdf" // needs a password
	ownerPDF  form = "owner-pdf"  // encrypted, but opens for everybody
)

// A wrap is how the files lie in the mail.
type packing string

const (
	wrapPlain   packing = "plain"
	wrapHTML    packing = "html" // an HTML text with a logo in it
	wrapForward packing = "forward"
	wrapZip     packing = "zip"
	wrapTNEF    packing = "winmail"
	wrapOctet   packing = "octet" // typed application/octet-stream
	wrapNames   packing = "rfc2231"
	wrapNested  packing = "nested"
)

// A notice is a mail without a document.
type notice string

const (
	noticeLink    notice = "link"
	noticeFailed  notice = "failed"
	noticePartial notice = "partial"
	noticeAway    notice = "away"
	noticeNone    notice = "none"
)

// A sheet is a paper of a message with what becomes of it.
type sheet struct {
	paper *Paper
	doc   int           // index of its document; -1 for none
	fate  postroom.Fate // when it is in none
}

// make makes the message.
func (g *Generator) make(p plan) (Message, error) {
	r := NewRand(p.seed, "send "+p.label)
	m := Message{Name: p.name, Received: p.received}
	m.Truth = Truth{Message: p.name, Documents: []TrueDocument{}, OtherPages: []TrueOtherPage{}, Quarantined: []TrueQuarantine{}, Pages: []TruePage{},
		Quality: string(p.quality), Form: string(p.form)}
	if p.notice != "" {
		g.notice(r, p, &m)
		return m, nil
	}
	m.Truth.Split = string(p.split)
	sheets, docs, err := g.sheets(p)
	if err != nil {
		return m, err
	}
	files, err := g.files(r, p, sheets, docs, &m.Truth)
	if err != nil {
		return m, err
	}
	for _, f := range files {
		m.Files = append(m.Files, File{f.name, f.data})
	}
	sender := ""
	if len(docs) > 0 {
		sender = docs[0].facts.org.name
	}
	m.Raw = g.mail(r, p, files, len(sheets), sender, &m.Truth).bytes()
	if p.wrap == wrapZip || p.wrap == wrapTNEF {
		m.Files = []File{{wrapped(p, files).name, wrapped(p, files).data}}
	}
	m.Truth.Form = p.formName()
	return m, nil
}

// formName says what the message is.
func (p plan) formName() string {
	s := string(p.form)
	if p.form == faxTIFF || p.form == faxPDF {
		s += "-" + p.coding.String()
		if p.fine {
			s += "-fine"
		}
	}
	if p.wrap != wrapPlain && p.wrap != "" {
		s += "+" + string(p.wrap)
	}
	if p.broken != "" {
		s += "+" + p.broken
	}
	return s
}

// sheets makes the papers of a message in the order in which they are sent.
func (g *Generator) sheets(p plan) ([]sheet, []*Document, error) {
	var out []sheet
	var docs []*Document
	for i, spec := range p.docs {
		d, err := MakeDocument(p.seed, fmt.Sprintf("%s/%d", p.content, i), spec)
		if err != nil {
			return nil, nil, err
		}
		docs = append(docs, d)
		if p.sheets && i > 0 {
			out = append(out, sheet{separatorSheet(), -1, postroom.FateSeparator})
		}
		for _, paper := range d.Papers {
			out = append(out, sheet{paper, i, postroom.FateDocument})
			if p.blanks {
				out = append(out, sheet{NewPaper(spec.American), -1, postroom.FateBlank})
			}
		}
	}
	r := NewRand(p.seed, "extra "+p.content)
	if p.junk {
		papers, err := g.extraPaper(r, postroom.Junk, p, 0, nil)
		if err != nil {
			return nil, nil, err
		}
		for _, paper := range papers {
			out = append(out, sheet{paper, -1, postroom.FateJunk})
		}
	}
	if p.blank {
		out = append(out, sheet{NewPaper(false), -1, postroom.FateBlank})
	}
	if p.cover {
		papers, err := g.extraPaper(r, postroom.FaxCover, p, len(out)+1, docs)
		if err != nil {
			return nil, nil, err
		}
		out = append([]sheet{{papers[0], -1, postroom.FateCover}}, out...)
	}
	return out, docs, nil
}

// extraPaper makes a cover sheet or junk.
func (g *Generator) extraPaper(r *Rand, kind postroom.TypeCode, p plan, pages int, docs []*Document) ([]*Paper, error) {
	all := wordingsOf(kind, p.split)
	if len(all) == 0 {
		return nil, fmt.Errorf("there is no %s wording of the type %q", p.split, kind)
	}
	w := pick(r, all)
	person := g.register.People[r.Intn(len(g.register.People))]
	letterType := postroom.OutpatientLetter
	if kind == postroom.Junk {
		letterType = kind
	}
	f := newFacts(r, letterType, p.split, person, p.received, false)
	f.letter = p.received
	if len(docs) > 0 {
		f.org, f.dept, f.person, f.printed = docs[0].facts.org, docs[0].facts.dept, docs[0].facts.person, docs[0].facts.printed
		f.us, f.surgery, f.gp = docs[0].facts.us, docs[0].facts.surgery, docs[0].facts.gp
	}
	f.slots["pages"] = fmt.Sprint(pages)
	if len(docs) > 1 {
		f.slots["keep re"] = fmt.Sprintf("Letters for %d of your patients", len(docs))
	} else if len(docs) == 1 {
		f.slots["keep re"] = pick(r, []string{f.printed.Title + " " + f.printed.Family, "Patient correspondence", f.name() + " dob " + f.birthDate(), "Clinic letter"})
	}
	c := &composer{f: f, l: newLook(r, pick(r, w.looks), p.split), fields: map[postroom.FieldName]string{}, lists: map[postroom.FieldName][]string{}}
	c.l.foot, c.l.ref = "none", "none"
	c.newPage()
	c.set(w.lines)
	return c.pages, nil
}

// separatorSheet is a sheet with bars across that tells a scanner where the next letter begins.
func separatorSheet() *Paper {
	p := NewPaper(false)
	y := 120.0
	for _, bar := range []float64{20, 8, 20, 8, 8, 20} {
		p.Fill(60, y, p.W-60, y+bar, 0)
		y += bar + 12
	}
	p.Write(SansBold, 26, 170, y+90, "DOCUMENT SEPARATOR")
	p.Write(Sans, 12, 190, y+120, "Place this sheet between documents")
	y += 180
	for _, bar := range []float64{20, 8, 20, 8, 8, 20} {
		p.Fill(60, y, p.W-60, y+bar, 0)
		y += bar + 12
	}
	return p
}

// files sends the sheets and writes the truth about them.
func (g *Generator) files(r *Rand, p plan, sheets []sheet, docs []*Document, t *Truth) ([]file, error) {
	dpiX, dpiY := 204.0, 98.0
	if p.fine {
		dpiY = 196
	}
	style, clock := r.Intn(5), fmt.Sprintf("%02d:%02d", r.Between(7, 18), r.Intn(60))
	station := strings.ToUpper(pick(r, []string{"MARLFIELD RI", "WARD CLERK", "MED SECS", "FAX", "OPD OFFICE"}))
	number := "0161 496 0" + r.digits(3)
	if len(docs) > 0 {
		station, number = strings.ToUpper(docs[0].facts.org.name), docs[0].facts.org.fax
		if len(station) > 20 {
			station = strings.TrimSpace(station[:20])
		}
	}
	withHeader := r.Chance(0.85)
	relayed := r.Chance(0.06)
	channel := NewChannel(r, p.quality, dpiX, dpiY)
	base := fileBase(r, p)
	scanDPI := pick(r, []float64{200, 200, 300, 150})
	if p.quality == Bad {
		scanDPI = pick(r, []float64{100, 150, 200})
	}
	if p.dpi > 0 {
		scanDPI = p.dpi
	}
	var files []file
	var bits []*Bits
	var pdf []pdfPage
	truths := []TruePage{}
	kept := make([]sheet, 0, len(sheets))
	for i, s := range sheets {
		if p.lose == i+1 {
			continue
		}
		n := len(kept) + 1
		kept = append(kept, s)
		ref := PageRef{base + extension(p), n}
		switch p.form {
		case faxTIFF, faxPDF:
			c := channel
			// Each sheet goes through the feeder by itself.
			again := NewChannel(r, p.quality, dpiX, dpiY)
			c.Skew, c.Shift, c.Dropped, c.Turned = again.Skew, again.Shift, again.Dropped, again.Turned
			if p.upended && i == 1 {
				c.Turned = true
			}
			if withHeader {
				c.Header = HeaderLine(style, p.received.Format(pick(NewRand(p.seed, p.label+"hdr"), []string{"02/01/2006", "02-Jan-2006", "2006-01-02", "02/01/06"})), clock, station, number, i+1, len(sheets))
				if relayed {
					c.Header2 = HeaderLine(style+1, p.received.Format("02/01/2006"), p.received.Format("15:04"), "ASHCOMBE SWITCH", "0161 496 0200", i+1, len(sheets))
				}
			}
			b := c.send(g.g, r, s.paper)
			truths = append(truths, c.truth(s.paper, ref, b.W, b.H))
			if p.form == faxTIFF {
				bits = append(bits, b)
			} else {
				pdf = append(pdf, ccittPage(b, p.coding, dpiX, dpiY, style%2 == 0))
			}
		case scanPDF, scanJPEG, scanPNG:
			q := p.quality
			img, c := scanGrey(g.g, r, s.paper, q, scanDPI)
			if p.form == scanJPEG || p.form == scanPNG {
				ref = PageRef{fmt.Sprintf("%s_%03d%s", base, n, extension(p)), 1}
			}
			w, h := img.Rect.Dx(), img.Rect.Dy()
			truths = append(truths, c.truth(s.paper, ref, w, h))
			switch p.form {
			case scanPDF:
				pdf = append(pdf, jpegPage(encodeJPEG(img, r.Between(45, 75), scanDPI), w, h, scanDPI, false))
			case scanJPEG:
				files = append(files, file{ref.Attachment, encodeJPEG(img, r.Between(45, 75), scanDPI), "image/jpeg"})
			default:
				reduce(img)
				files = append(files, file{ref.Attachment, encodePNG(img, scanDPI), "image/png"})
			}
		default:
			pdf = append(pdf, textPage(s.paper))
			truths = append(truths, TruePage{PageRef: ref, Lines: s.paper.lines(s.paper.W, s.paper.H), Digital: true})
			if truths[len(truths)-1].Lines == nil {
				truths[len(truths)-1].Lines = []TrueLine{}
			}
		}
	}
	name := base + extension(p)
	switch {
	case p.form == faxTIFF:
		o := TIFFOptions{Coding: p.coding, DPIX: dpiX, DPIY: dpiY, LowFirst: r.Chance(0.3), BlackIsZero: r.Chance(0.25), BigEndian: r.Chance(0.2),
			Software: pick(r, []string{"", "HylaFAX (tm) 6.0", "Fax Gateway 4.2"}), BadLines: channel.Dropped}
		if r.Chance(0.3) {
			o.RowsPerStrip = pick(r, []int{64, 128, 500})
		}
		o.Centimetres = r.Chance(0.1)
		files = append(files, file{name, EncodeTIFF(bits, o), "image/tiff"})
	case len(pdf) > 0:
		o := PDFOptions{Producer: pick(r, []string{"Fax Server 9", "Multifunction Copier", "DocumentWriter"})}
		switch p.form {
		case lockedPDF:
			o.Encrypt, o.UserPassword, o.OwnerPassword = true, "clinic"+r.digits(4), "owner"+r.digits(4)
		case ownerPDF:
			o.Encrypt, o.OwnerPassword = true, "owner"+r.digits(4)
		}
		files = append(files, file{name, encodePDF(pdf, o), "application/pdf"})
	}
	if why := p.spoil(r, files); why != "" {
		// Nothing of it can be read, so there is neither page nor document.
		for _, f := range files {
			t.Quarantined = append(t.Quarantined, TrueQuarantine{f.name, why})
		}
		t.Split = ""
		return files, nil
	}
	t.Pages = truths
	for i, d := range docs {
		doc := d.Truth
		doc.Pages = []PageRef{}
		if p.resendOf != "" {
			of := fmt.Sprintf("%s#%d", p.resendOf, i)
			doc.DuplicateOf, doc.Hold = &of, HoldDuplicate
		}
		if p.lose > 0 {
			doc.Hold = HoldIncomplete
		}
		t.Documents = append(t.Documents, doc)
	}
	for i, s := range kept {
		if s.doc >= 0 {
			t.Documents[s.doc].Pages = append(t.Documents[s.doc].Pages, truths[i].PageRef)
		} else {
			t.OtherPages = append(t.OtherPages, TrueOtherPage{truths[i].PageRef, s.fate})
		}
	}
	return files, nil
}

// spoil breaks the files as the plan says and returns why they cannot be read.
func (p plan) spoil(r *Rand, files []file) string {
	if p.form == lockedPDF {
		return "encrypted"
	}
	for i := range files {
		f := &files[i]
		switch p.broken {
		case "zero":
			f.data = nil
		case "corrupt":
			// The start looks right; the rest is not.
			head := min(16, len(f.data))
			for j := head; j < len(f.data); j++ {
				f.data[j] = byte(r.next())
			}
		case "foreign":
			f.name = strings.TrimSuffix(f.name, extension(p)) + ".efx"
			f.data = append([]byte("\x53\x42\x00\x00EFAX DOC"), f.data[:min(len(f.data), 4000)]...)
			f.kind = "image/efax"
		default:
			return ""
		}
	}
	return map[string]string{"zero": "empty", "corrupt": "corrupt", "foreign": "unknown_format"}[p.broken]
}

func extension(p plan) string {
	switch p.form {
	case faxTIFF:
		return ".tif"
	case scanJPEG:
		return ".jpg"
	case scanPNG:
		return ".png"
	}
	return ".pdf"
}

func fileBase(r *Rand, p plan) string {
	stamp := p.received.Format("20060102150405")
	switch p.wrap {
	case wrapNames:
		return pick(r, []string{"Entlassbrief für die Hausärztin – Ashcombe", "Clinic letter – Señora López’s review – final version", "Résumé de consultation médicale et courrier"})
	}
	switch p.form {
	case faxTIFF, faxPDF:
		return pick(r, []string{"fax" + stamp, "FAX_" + p.received.Format("20060102_1504") + "_" + r.digits(6), "fax00" + r.digits(4), "document"})
	case scanPDF, scanJPEG, scanPNG:
		return pick(r, []string{"SKMBT_C" + r.digits(4) + stamp[2:12], "Scan" + p.received.Format("2006-01-02"), "scan0" + r.digits(3), "DOC" + r.digits(6)})
	}
	return pick(r, []string{"Letter", "GP_letter_" + r.digits(5), "Correspondence-" + r.digits(6), "document"})
}

// wrapped puts the files into a container.
func wrapped(p plan, files []file) file {
	if p.wrap == wrapTNEF {
		return file{"winmail.dat", encodeTNEF("Clinic letter", p.received, files), "application/ms-tnef"}
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		// The files are compressed already. Writing to memory cannot fail.
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Store, Modified: p.received.Truncate(time.Minute)})
		if err == nil {
			_, _ = w.Write(f.data)
		}
	}
	_ = z.Close()
	return file{"letters_" + p.received.Format("20060102") + ".zip", b.Bytes(), "application/zip"}
}
