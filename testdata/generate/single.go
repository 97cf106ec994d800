package generate

import (
	"encoding/json"
	"fmt"

	"github.com/postroom/postroom"
)

// A PageTruth is what stands beside a single page of testdata/pages.
type PageTruth struct {
	File     string            `json:"file"`
	Page     TruePage          `json:"page"`
	Type     postroom.TypeCode `json:"type"`
	Fields   TrueFields        `json:"fields"`
	Why      string            `json:"why"` // what the page is there for
	Register TruePatient       `json:"patient"`
}

// TrueFields are values by field, in normal form.
type TrueFields = map[postroom.FieldName]string

// PageFiles makes the files of testdata/pages: a page and, beside it, its truth as JSON.
func PageFiles() ([]File, error) {
	var out []File
	add := func(name, why string, data []byte, page TruePage, doc TrueDocument) error {
		page.Attachment = name
		b, err := json.MarshalIndent(PageTruth{name, page, doc.Type, doc.Fields, why, doc.Patient}, "", " ")
		if err != nil {
			return fmt.Errorf("write the truth of %s: %w", name, err)
		}
		out = append(out, File{name, data}, File{name + ".json", append(b, '\n')})
		return nil
	}
	fax := func(name, why string, o PageOptions, t TIFFOptions) error {
		b, page, doc, err := Page(o)
		if err != nil {
			return err
		}
		t.DPIX, t.DPIY = o.DPIX, o.DPIY
		return add(name, why, EncodeTIFF([]*Bits{b}, t), page, doc)
	}
	fine, coarse := NewChannel(NewRand(1, "x"), Clean, 204, 196), NewChannel(NewRand(1, "x"), Clean, 204, 98)
	turned, skewed, dithered, light := fine, fine, fine, fine
	turned.Turned = true
	skewed.Skew = 1.7
	dithered.Dither, dithered.Paper, dithered.Grain = true, 236, 10
	light.Light, light.Grain, light.Cut = 0.5, 10, 145
	bad := NewChannel(NewRand(6, "bad"), Bad, 204, 98)
	bad.Turned, bad.Dither = false, false
	for _, p := range []struct {
		name, why string
		o         PageOptions
		t         TIFFOptions
	}{
		{"standard.tif", "a clean fax at 204x98", PageOptions{Seed: 41, Type: postroom.DischargeSummary, Channel: &coarse}, TIFFOptions{Coding: G3}},
		{"fine.tif", "a clean fax at 204x196", PageOptions{Seed: 42, Type: postroom.OutpatientLetter, Channel: &fine}, TIFFOptions{Coding: G4}},
		{"two-dimensional.tif", "G3 in two dimensions, lowest bit first", PageOptions{Seed: 43, Type: postroom.LabReport, Channel: &fine}, TIFFOptions{Coding: G3Two, LowFirst: true}},
		{"min-is-black.tif", "photometric interpretation 1, several strips", PageOptions{Seed: 44, Type: postroom.RadiologyReport, Channel: &fine}, TIFFOptions{Coding: G4, BlackIsZero: true, RowsPerStrip: 200}},
		{"upside-down.tif", "put in upside down", PageOptions{Seed: 45, Type: postroom.EDAttendance, Channel: &turned}, TIFFOptions{Coding: G4}},
		{"skewed.tif", "1.7 degrees askew", PageOptions{Seed: 46, Type: postroom.ReferralLetter, Split: Test, Channel: &skewed}, TIFFOptions{Coding: G4}},
		{"dithered.tif", "sent in halftone mode", PageOptions{Seed: 47, Type: postroom.OutpatientLetter, Split: Test, Channel: &dithered}, TIFFOptions{Coding: G4}},
		{"light.tif", "faint print", PageOptions{Seed: 48, Type: postroom.MentalHealthLetter, Channel: &light}, TIFFOptions{Coding: G4}},
		{"noisy.tif", "a bad line and an old machine, 204x98", PageOptions{Seed: 49, Type: postroom.OutpatientLetter, Channel: &bad}, TIFFOptions{Coding: G3}},
		{"form.tif", "a form of ruled boxes", PageOptions{Seed: 50, Type: postroom.ConsentForm, Channel: &fine}, TIFFOptions{Coding: G4}},
	} {
		p.o.DPIX, p.o.DPIY = p.o.Channel.DPIX, p.o.Channel.DPIY
		if err := fax(p.name, p.why, p.o, p.t); err != nil {
			return nil, err
		}
	}
	for _, p := range []struct {
		name, why string
		o         PageOptions
	}{
		{"scan.jpg", "a grey scan at 150 dpi, paper not white, corners dark", PageOptions{Seed: 51, Type: postroom.OutpatientLetter, Quality: Typical, DPIX: 150}},
		{"scan.png", "a clean grey scan at 100 dpi", PageOptions{Seed: 52, Type: postroom.Maternity, Split: Test, DPIX: 100}},
	} {
		img, page, doc, err := ScanPage(p.o)
		if err != nil {
			return nil, err
		}
		data := []byte(nil)
		if p.name == "scan.jpg" {
			data = EncodeJPEG(img, 60, p.o.DPIX)
		} else {
			reduce(img)
			data = EncodePNG(img, p.o.DPIX)
		}
		if err := add(p.name, p.why, data, page, doc); err != nil {
			return nil, err
		}
	}
	return out, nil
}
