package ocr

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/postroom/postroom/testdata/generate"
)

func small() *generate.Bits {
	b := generate.NewBits(64, 40)
	for i := range 64 {
		b.Set(i, 20, true)
	}
	return b
}

func TestParseTIFF(t *testing.T) {
	pages := []*generate.Bits{small(), small(), small()}
	for _, o := range []generate.TIFFOptions{
		{Coding: generate.G4, DPIX: 204, DPIY: 98},
		{Coding: generate.G3, DPIX: 204, DPIY: 98, BigEndian: true, BadLines: 7},
		{Coding: generate.G3Two, DPIX: 204, DPIY: 98, LowFirst: true, RowsPerStrip: 8},
		{Coding: generate.G4, DPIX: 204, DPIY: 98, Centimetres: true},
	} {
		f, err := parseTIFF(generate.EncodeTIFF(pages, o))
		if err != nil || len(f.Images) != 3 || f.Broken || f.Announced() != 3 {
			t.Fatalf("%+v: %d pages, broken %v, %v", o, len(f.Images), f.Broken, err)
		}
		for _, m := range f.Images {
			if m.Width != 64 || m.Height != 40 || m.CutOff {
				t.Errorf("%+v: %+v", o, m)
			}
			if m.DPIX < 203.5 || m.DPIX > 204.5 || m.DPIY < 97.5 || m.DPIY > 98.5 {
				t.Errorf("%+v: resolution %g by %g", o, m.DPIX, m.DPIY)
			}
			if o.BadLines > 0 && m.BadLines != o.BadLines {
				t.Errorf("%+v: %d bad lines", o, m.BadLines)
			}
			if want := map[bool]int{true: 1, false: -1}[o.BadLines > 0]; m.CleanData != want {
				t.Errorf("%+v: clean fax data %d, want %d", o, m.CleanData, want)
			}
			if o.LowFirst && m.FillOrder != 2 {
				t.Errorf("%+v: fill order %d", o, m.FillOrder)
			}
		}
	}
}

func TestTIFFCutOff(t *testing.T) {
	whole := generate.EncodeTIFF([]*generate.Bits{small(), small(), small()}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 98})
	all, err := parseTIFF(whole)
	if err != nil {
		t.Fatal(err)
	}
	for cut := 8; cut < len(whole); cut++ {
		f, err := parseTIFF(whole[:cut])
		if err != nil {
			continue // not even the first page is there
		}
		if f.Announced() > len(f.Images) != f.Broken {
			t.Fatalf("cut at %d: %d announced of %d, broken %v", cut, f.Announced(), len(f.Images), f.Broken)
		}
		good := 0
		for _, m := range f.Images {
			if !m.CutOff {
				good++
			}
		}
		if good == 3 && !f.Broken && cut < int(all.Images[2].Offset) {
			t.Fatalf("cut at %d, three good pages are seen", cut)
		}
		if !f.Broken && len(f.Images) < 3 {
			t.Fatalf("cut at %d, only %d pages and nothing is missed", cut, len(f.Images))
		}
	}
}

func TestReceptionNote(t *testing.T) {
	const bad = "the fax machine marked 7 lines of the page as badly received"
	for _, c := range []struct {
		lines, run, clean int
		want              string
	}{
		{-1, -1, -1, ""},
		{0, 0, 0, ""},
		{7, 1, -1, bad},
		{7, 3, 1, bad + ", up to 3 of them in a row; it put others in their place"},
		{7, 0, 2, bad + "; they are in the page as they came"},
		{-1, -1, 2, "the fax machine marked lines of the page as badly received; they are in the page as they came"},
		{-1, -1, 99, ""},
	} {
		if got := receptionNote(tiffImage{BadLines: c.lines, BadRun: c.run, CleanData: c.clean}); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestTIFFThatPointsBack(t *testing.T) {
	data := generate.EncodeTIFF([]*generate.Bits{small(), small()}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 98})
	f, _ := parseTIFF(data)
	last := f.Images[1].Offset
	n := int64(binary.LittleEndian.Uint16(data[last:]))
	binary.LittleEndian.PutUint32(data[last+2+12*n:], uint32(f.Images[0].Offset))
	f, err := parseTIFF(data)
	if err != nil || !f.Broken || len(f.Images) != 2 {
		t.Errorf("a circle of pages gave %d pages, broken %v, %v", len(f.Images), f.Broken, err)
	}
}

func TestExifOrientation(t *testing.T) {
	exif := []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00")
	jpeg := append([]byte{0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	if got := exifOrientation(jpeg); got != 6 {
		t.Errorf("orientation %d, want 6", got)
	}
	for cut := range jpeg {
		if got := exifOrientation(jpeg[:cut]); got != 1 {
			t.Errorf("cut at %d: orientation %d, want 1", cut, got)
		}
	}
}

func FuzzTIFF(f *testing.F) {
	for _, o := range []generate.TIFFOptions{{Coding: generate.G4, DPIX: 204, DPIY: 98}, {Coding: generate.G3, BigEndian: true, NoResolution: true}} {
		f.Add(generate.EncodeTIFF([]*generate.Bits{small(), small()}, o))
	}
	f.Add([]byte("II*\x00\x08\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		file, err := parseTIFF(data)
		if (err == nil) != (len(file.Images) > 0) {
			t.Errorf("%d pages and error %v", len(file.Images), err)
		}
		if n := file.Announced(); n < len(file.Images) || n > len(file.Images)+1000 {
			t.Errorf("%d pages announced of %d", n, len(file.Images))
		}
		for _, m := range file.Images {
			if m.Offset < 8 && m.Offset+14 > int64(len(data)) || m.Orientation < 1 || m.Orientation > 8 {
				t.Errorf("impossible page %+v", m)
			}
		}
		exifOrientation(data)
		if !bytes.Equal(before, data) {
			t.Error("the file was written to")
		}
	})
}
