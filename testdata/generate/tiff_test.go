package generate

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// uncompressed has libtiff's tiffcp decode a file and returns the pixels of
// its pages, 1 for black.
func uncompressed(t *testing.T, data []byte) [][]byte {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.tif"), filepath.Join(dir, "out.tif")
	if err := os.WriteFile(in, data, 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command("tiffcp", "-c", "none", "-f", "msb2lsb", "-r", "100000", in, out).CombinedOutput()
	if err != nil || len(said) > 0 {
		t.Fatalf("tiffcp (Debian's libtiff-tools): %v %s", err, said)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return stripsOf(t, b)
}

// stripsOf returns each page's only strip of a little- or big-endian TIFF that is not compressed.
func stripsOf(t *testing.T, b []byte) [][]byte {
	t.Helper()
	d := newDirectories(b)
	var out [][]byte
	for at := d.long(4); at != 0; {
		n := int(d.short(at))
		var offset, size, photometric uint32
		for i := range n {
			e := at + 2 + uint32(12*i)
			v := d.long(e + 8)
			if d.short(e+2) == tiffShort {
				v = uint32(d.short(e + 8))
			}
			switch d.short(e) {
			case 262:
				photometric = v
			case 273:
				offset = v
			case 279:
				size = v
			}
		}
		page := append([]byte(nil), b[offset:offset+size]...)
		if photometric == 1 {
			for i := range page {
				page[i] = ^page[i]
			}
		}
		out = append(out, page)
		at = d.long(at + 2 + uint32(12*n))
	}
	return out
}

func TestTIFFReadByLibtiff(t *testing.T) {
	r := NewRand(2, "tiff")
	pages := []*Bits{noisyBits(r, 1728, 300), noisyBits(r, 1728, 257), noisyBits(r, 2432, 64)}
	for i, o := range []TIFFOptions{
		{Coding: G3}, {Coding: G3Two}, {Coding: G4}, {Coding: Plain},
		{Coding: G3, LowFirst: true}, {Coding: G3Two, LowFirst: true, RowsPerStrip: 50}, {Coding: G4, LowFirst: true, BigEndian: true},
		{Coding: G4, BlackIsZero: true}, {Coding: G3, BlackIsZero: true, RowsPerStrip: 64}, {Coding: G4, RowsPerStrip: 7, Centimetres: true},
		{Coding: G3Two, BigEndian: true, Software: "x", BadLines: 3},
	} {
		o.DPIX, o.DPIY = 204, 98
		if i%2 == 0 {
			o.DPIY = 196
		}
		got := uncompressed(t, EncodeTIFF(pages, o))
		if len(got) != len(pages) {
			t.Fatalf("%+v: %d pages", o, len(got))
		}
		for n, p := range pages {
			if !bytes.Equal(got[n], p.Pix) {
				t.Errorf("%+v: page %d differs", o, n+1)
			}
		}
	}
}

func TestLongFax(t *testing.T) {
	b, err := LongFax(1, 300)
	if err != nil {
		t.Fatal(err)
	}
	pages, seen := 0, map[string]bool{}
	d := newDirectories(b)
	for at := d.long(4); at != 0; pages++ {
		n := uint32(d.short(at))
		for i := range n {
			if e := at + 2 + 12*i; d.short(e) == 273 {
				seen[string(b[d.long(e+8):][:400])] = true
			}
		}
		at = d.long(at + 2 + 12*n)
	}
	if pages != 300 || len(seen) != 300 {
		t.Errorf("%d pages, %d of them different", pages, len(seen))
	}
}

type directories struct {
	b   []byte
	big bool
}

func newDirectories(b []byte) directories { return directories{b, b[0] == 'M'} }

func (d directories) short(at uint32) uint16 {
	if d.big {
		return uint16(d.b[at])<<8 | uint16(d.b[at+1])
	}
	return uint16(d.b[at+1])<<8 | uint16(d.b[at])
}

func (d directories) long(at uint32) uint32 {
	a, b := uint32(d.short(at)), uint32(d.short(at+2))
	if d.big {
		return a<<16 | b
	}
	return b<<16 | a
}
