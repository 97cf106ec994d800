package ocr

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image/jpeg"
	"image/png"
	"math"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// A scan is a decoded page as it arrived, which is as a viewer shows it.
type scan struct {
	pix           *tesseract.Pix
	width, height int
	dpiX, dpiY    float64 // never 0
	notes         []string
	glance        glance // how a line can be read to see which way is up; may be nil
	turn          *int   // degrees clockwise that turn it upright, where that is known; may be nil
	why           string // how it is known
}

// tiffPages is an open TIFF.
type tiffPages struct {
	data  []byte
	file  tiffFile
	pages int
}

func openTIFF(data []byte, o openOptions) (opened, error) {
	if len(data) >= 4 && (string(data[:4]) == "II+\x00" || string(data[:4]) == "MM\x00+") {
		return nil, postroom.Bad(nil, "the file is a BigTIFF, which no fax machine makes", "ask for a PDF or a TIFF")
	}
	f, err := parseTIFF(data)
	if err != nil {
		return nil, postroom.Bad(err, "the TIFF file is damaged: no page can be found in it", "ask the sender to send it again")
	}
	return &tiffPages{data: data, file: f, pages: f.Announced()}, nil
}

func (t *tiffPages) Pages() int   { return t.pages }
func (t *tiffPages) Close() error { return nil }

func (t *tiffPages) Picture(n int) (rawPage, error) { return t.Page(n) }

func (t *tiffPages) Page(n int) (rawPage, error) {
	if n > len(t.file.Images) {
		return rawPage{}, postroom.Bad(nil, "the file breaks off before this page, and maybe before others",
			"ask the sender to send the document again")
	}
	m := t.file.Images[n-1]
	if m.CutOff {
		return rawPage{}, postroom.Bad(nil, "the file breaks off in the middle of this page", "ask the sender to send the document again")
	}
	raw := rawPage{Encoded: t.data, Directory: n - 1, tiff: &m, Width: m.Width, Height: m.Height}
	if note := receptionNote(m); note != "" {
		raw.Notes = append(raw.Notes, note)
	}
	return raw, nil
}

// receptionNote says in plain words what the fax machine noted of the reception; empty when it was good.
func receptionNote(m tiffImage) string {
	note := ""
	switch {
	case m.BadLines > 0:
		note = fmt.Sprintf("the fax machine marked %d lines of the page as badly received", m.BadLines)
		if m.BadRun > 1 {
			note += fmt.Sprintf(", up to %d of them in a row", m.BadRun)
		}
	case m.CleanData == 1 || m.CleanData == 2:
		note = "the fax machine marked lines of the page as badly received"
	default:
		return ""
	}
	switch m.CleanData {
	case 1:
		note += "; it put others in their place"
	case 2:
		note += "; they are in the page as they came"
	}
	return note
}

// picture is an open JPEG or PNG, which is one page.
type picture struct{ raw rawPage }

func openPicture(data []byte, o openOptions) (opened, error) {
	if _, _, err := pictureSize(data); err != nil {
		return nil, postroom.Bad(err, "the image is damaged and can't be opened", "ask the sender to send it again")
	}
	p := &picture{rawPage{Encoded: data}}
	p.raw.Turn, p.raw.Mirror = turnOf(exifOrientation(data))
	return p, nil
}

func (p *picture) Pages() int                     { return 1 }
func (p *picture) Close() error                   { return nil }
func (p *picture) Page(int) (rawPage, error)      { return p.raw, nil }
func (p *picture) Picture(n int) (rawPage, error) { return p.Page(n) }

// pictureSize returns the size in pixels of a JPEG or PNG without decoding it.
func pictureSize(data []byte) (width, height int, err error) {
	if c, err := png.DecodeConfig(bytes.NewReader(data)); err == nil {
		return c.Width, c.Height, nil
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(data))
	return c.Width, c.Height, err
}

// turnOf returns how to show an image with the orientation of TIFF or EXIF (1 to
// 8): flip it left to right first, then turn it clockwise.
func turnOf(orientation int) (degrees int, mirror bool) {
	switch orientation {
	case 2:
		return 0, true
	case 3:
		return 180, false
	case 4:
		return 180, true
	case 5:
		return 270, true
	case 6:
		return 90, false
	case 7:
		return 90, true
	case 8:
		return 270, false
	}
	return 0, false
}

// exifOrientation returns the orientation that a camera or scanner wrote into a
// JPEG (EXIF 2.3, section 4.5.4: a TIFF directory in the segment APP1); 1 when there is none.
func exifOrientation(data []byte) int {
	if len(data) < 4 || data[0] != 0xff || data[1] != 0xd8 {
		return 1
	}
	for at := 2; at+4 <= len(data) && data[at] == 0xff; {
		kind, long := data[at+1], int(binary.BigEndian.Uint16(data[at+2:]))
		if kind == 0xda || long < 2 || at+2+long > len(data) {
			return 1
		}
		body := data[at+4 : at+2+long]
		if kind == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			f, err := parseTIFF(body[6:])
			if err != nil {
				return 1
			}
			return f.Images[0].Orientation
		}
		at += 2 + long
	}
	return 1
}

// decode makes pixels of a raw page.
func decode(raw rawPage, maxPixels int64) (scan, error) {
	if d := raw.decoded; d != nil && d.pix != nil {
		s := *d
		d.pix = nil // it is the caller's now
		return s, nil
	}
	width, height := raw.Width, raw.Height
	var pix *tesseract.Pix
	var err error
	tooLarge := func(w, h int) error {
		if w > 0 && h > 0 && int64(w)*int64(h) <= maxPixels && w <= 32767 && h <= 32767 {
			return nil
		}
		if w <= 0 || h <= 0 {
			return postroom.Bad(nil, "the page has no size: the file is damaged", "ask the sender to send it again")
		}
		return postroom.Bad(nil, fmt.Sprintf("the page is %d by %d pixels, more than the limit of %d", w, h, maxPixels),
			"ask for it in a usual resolution, such as 300 dots per inch, or raise limits.max_pixels")
	}
	damaged := func(err error) error {
		if errors.Is(err, tesseract.ErrMemory) {
			return postroom.Bad(err, "there was not enough memory to decode the page", "look at the file; if it is good, raise limits.memory")
		}
		return postroom.Bad(err, "the page's image is damaged and can't be decoded", "ask the sender to send it again")
	}
	var dpiX, dpiY, aspect float64
	switch {
	case raw.Image != nil:
		b := raw.Image.Bounds()
		if err := tooLarge(b.Dx(), b.Dy()); err != nil {
			return scan{}, err
		}
		pix, err = tesseract.FromImage(raw.Image)
	case len(raw.Encoded) > 0 && isTIFF(raw.Encoded):
		m := raw.tiff
		if m == nil {
			f, err := parseTIFF(raw.Encoded)
			if err != nil || raw.Directory >= len(f.Images) {
				return scan{}, damaged(err)
			}
			m = &f.Images[raw.Directory]
		}
		if err := tooLarge(m.Width, m.Height); err != nil {
			return scan{}, err
		}
		pix, err = tesseract.ReadTIFF(raw.Encoded, m.Offset)
		dpiX, dpiY, aspect = m.DPIX, m.DPIY, m.Aspect
	case len(raw.Encoded) > 0:
		w, h, sizeErr := pictureSize(raw.Encoded)
		if sizeErr != nil {
			return scan{}, damaged(sizeErr)
		}
		if err := tooLarge(w, h); err != nil {
			return scan{}, err
		}
		pix, err = tesseract.Read(raw.Encoded)
		if err == nil {
			dpiX, dpiY = pix.Resolution()
		}
	default:
		return scan{}, errors.New("a page came without an image")
	}
	if err != nil {
		return scan{}, damaged(err)
	}
	step := func(next *tesseract.Pix, err error) error {
		pix.Close()
		pix = next
		return err
	}
	if raw.Mirror {
		if err := step(pix.Mirror()); err != nil {
			return scan{}, damaged(err)
		}
	}
	if raw.Turn != 0 {
		if err := step(pix.Turn(raw.Turn)); err != nil {
			return scan{}, damaged(err)
		}
		if raw.Turn%180 != 0 {
			dpiX, dpiY = dpiY, dpiX
			if aspect > 0 {
				aspect = 1 / aspect
			}
		}
	}
	if raw.DPIX > 0 && raw.DPIY > 0 {
		dpiX, dpiY = raw.DPIX, raw.DPIY
	}
	if width > 0 && height > 0 && (width != pix.Width() || height != pix.Height()) {
		got := fmt.Sprintf("%d by %d", pix.Width(), pix.Height())
		pix.Close()
		return scan{}, damaged(fmt.Errorf("it has %s pixels, not %d by %d", got, width, height))
	}
	s := scan{pix: pix, width: pix.Width(), height: pix.Height(), notes: raw.Notes}
	var note string
	s.dpiX, s.dpiY, note = resolution(s.width, s.height, dpiX, dpiY, aspect)
	// A PDF gives the size of its page with a few digits: 204 comes out as 203.998.
	s.dpiX, s.dpiY = math.Round(s.dpiX*10)/10, math.Round(s.dpiY*10)/10
	if note != "" {
		s.notes = append(s.notes, note)
	}
	return s, nil
}

func isTIFF(data []byte) bool {
	return len(data) >= 4 && (string(data[:4]) == "II*\x00" || string(data[:4]) == "MM\x00*")
}
