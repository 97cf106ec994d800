package ocr

import (
	"image/color"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

// thinned loses a share of its black pixels, as when a printer or a scanner's lamp is at its end.
func (s sheet) thinned(share float64) sheet {
	r := generate.NewRand(3, "thinned")
	for i, v := range s.Pix {
		if v < 128 && float64(r.Intn(1000)) < 1000*share {
			s.Pix[i] = 255
		}
	}
	return s
}

// scanned is the sheet as a scan in gray: paper and ink of these shades, and noise of so many either way.
func (s sheet) scanned(paper, ink, noise int) sheet {
	r := generate.NewRand(5, "scanned")
	for i, v := range s.Pix {
		shade := ink + (paper-ink)*int(v)/255 + r.Intn(2*noise+1) - noise
		s.Pix[i] = uint8(max(0, min(255, shade)))
	}
	return s
}

// grained is scanned with the grain of a sensor: the sum of four such noises, and edges that are darker than the middle.
func (s sheet) grained(paper, ink, noise int) sheet {
	r := generate.NewRand(6, "grained")
	for i, v := range s.Pix {
		shade := ink + (paper-ink)*int(v)/255
		for range 4 {
			shade += r.Intn(2*noise+1) - noise
		}
		x := i%s.Stride - s.Stride/2
		s.Pix[i] = uint8(max(0, min(255, shade-30*x*x/(s.Stride*s.Stride/4))))
	}
	return s
}

func written(points, x, y float64, text string) sheet {
	s := newSheet()
	s.write(points, x, y, text)
	return s
}

// Little, faint and small print is writing all the same.
func TestLittleOrFaintWritingIsNotBlank(t *testing.T) {
	const line = "Please telephone the ward about this patient."
	for name, s := range map[string]sheet{
		"a word":            written(11, 1, 5, "Noted"),
		"a fax header":      written(8, 0.5, 0.2, "12-MAR-2026 09:14  FROM 01604 555 010  TO 01604 555 020  P.02/03"),
		"dotted print":      written(11, 1, 5, line).thinned(0.5),
		"faint dots":        written(11, 1, 5, line).thinned(0.75),
		"dots under specks": written(11, 1, 5, line).thinned(0.5).specks(0.002),
	} {
		if page := readOne(t, postroom.TIFF, tiff(204, 204, s), 1); page.Blank {
			t.Errorf("%s: taken for blank, notes %q", name, page.Notes)
		}
	}
	for name, s := range map[string]sheet{
		"pencil":         written(11, 1, 5, line).scanned(200, 150, 0),
		"pencil, grainy": written(11, 1, 5, line).scanned(190, 140, 8),
		"coarse grain":   written(11, 1, 5, line).grained(225, 140, 16),
	} {
		if page := readOne(t, postroom.PNG, generate.EncodePNG(s.Gray, 204), 1); page.Blank {
			t.Errorf("%s: taken for blank, notes %q", name, page.Notes)
		}
	}
}

// A page with nothing but the fax machine's line, dirt beside, is told from one with anything else,
// however little or faint.
func TestOnlyTheFaxLine(t *testing.T) {
	const header = "12-MAR-2026 09:14  FROM 01604 555 010  TO 01604 555 020  P.02/03"
	const line = "Please telephone the ward about this patient."
	with := func(points, x, y float64, text string) sheet {
		s := written(8, 0.5, 0.2, header)
		s.write(points, x, y, text)
		return s
	}
	faint := written(11, 1, 5, line).thinned(0.75)
	faint.write(8, 0.5, 0.2, header)
	dotted := written(11, 1, 5, line).thinned(0.5)
	dotted.write(8, 0.5, 0.2, header)
	// What is left of fainter print is single dots, closer together than dirt lies.
	rest := written(11, 1, 5, line).thinned(0.96)
	rest.write(8, 0.5, 0.2, header)
	ticks := written(8, 0.5, 0.2, header) // of a form whose lines the machine has dropped
	for i := range 20 {
		for k := range 3 {
			x, y := 5+0.03*float64(k), 1.5+0.45*float64(i)+0.03*float64(k%2)
			ticks.fill(x, y, x+0.017, y+0.017, 0)
		}
	}
	rules := written(8, 0.5, 0.2, header)
	for i := range 5 {
		rules.fill(1+1.5*float64(i), 0.3, 1.012+1.5*float64(i), 11.69, 0)
	}
	stroke := written(8, 0.5, 0.2, header)
	stroke.fill(2, 6, 3.2, 6.02, 0)
	for name, s := range map[string]sheet{
		"a line": with(11, 1, 5, line), "a word": with(11, 1, 5, "Noted"), "initials": with(14, 6, 10, "AB"), "a page number": with(10, 4, 11.2, "- 2 -"),
		"a second line at the top": with(11, 1, 0.6, line), "dotted print": dotted, "faint dots": faint, "the rest of print": rest, "ticks": ticks, "the lines of a table": rules, "the smallest print": with(2.5, 1, 5, line), "a stroke of the pen": stroke,
	} {
		if page := readOne(t, postroom.TIFF, tiff(204, 204, s), 1); page.TopOnly {
			t.Errorf("%s: taken for nothing", name)
		}
	}
	shadow := written(8, 0.5, 0.2, header)
	shadow.fill(0, 0.35, 0.06, 11.69, 0)
	dirty := written(8, 0.5, 0.2, header)
	r := generate.NewRand(5, "dirt")
	for range 120 { // specks of three to five dots
		x, y, size := 0.1+8*float64(r.Intn(1000))/1000, 0.1+11.4*float64(r.Intn(1000))/1000, float64(3+r.Intn(3))/204
		dirty.fill(x, y, x+size, y+size, 0)
	}
	streak := written(8, 0.5, 0.2, header)
	streak.fill(1.2, 0.3, 1.21, 11.69, 0)
	margin := written(8, 0.5, 0.2, header) // what somebody marked down the side
	margin.fill(0.3, 1, 0.34, 10, 0)
	if page := readOne(t, postroom.TIFF, tiff(204, 204, margin), 1); page.TopOnly {
		t.Error("a mark in the margin: taken for nothing")
	}
	for name, s := range map[string]sheet{
		"the line": written(8, 0.5, 0.2, header), "with specks": written(8, 0.5, 0.2, header).specks(0.0003), "with the sheet's side in shadow": shadow,
		"with dirt": dirty, "with a scanner's streak": streak,
	} {
		if page := readOne(t, postroom.TIFF, tiff(204, 204, s), 1); !page.TopOnly || page.Blank {
			t.Errorf("%s alone: only at the top %v, blank %v, notes %q", name, page.TopOnly, page.Blank, page.Notes)
		}
	}
}

// Dirt is no writing.
func TestDirtyPagesAreBlank(t *testing.T) {
	border := newSheet()
	border.fill(0, 0, 0.3, 11.6, 0)
	border.fill(0, 11.3, 8.4, 11.69, 0)
	streaks := newSheet()
	for _, x := range []float64{2.1, 5.7} {
		streaks.fill(x, 0, x+0.011, 11.6, 0)
	}
	broken := newSheet()
	r := generate.NewRand(9, "streaks")
	for y := 0; y < broken.Rect.Dy(); y++ {
		if r.Intn(12) > 0 {
			for x := 900; x < 903; x++ {
				broken.SetGray(x, y, color.Gray{})
			}
		}
	}
	for name, s := range map[string]sheet{
		"black edges":        border,
		"streaks":            streaks,
		"broken streak":      broken,
		"few specks":         newSheet().specks(0.0003),
		"many specks":        newSheet().specks(0.006),
		"streaks and specks": streaks.specks(0.002),
	} {
		if page := readOne(t, postroom.TIFF, tiff(204, 204, s), 1); !page.Blank {
			t.Errorf("%s: not taken for blank: %q, notes %q", name, page.PlainText(), page.Notes)
		}
	}
	for name, s := range map[string]sheet{
		"gray paper":   newSheet().scanned(200, 0, 0),
		"grainy paper": newSheet().scanned(225, 0, 6),
		"coarse grain": newSheet().grained(225, 0, 16),
	} {
		if page := readOne(t, postroom.PNG, generate.EncodePNG(s.Gray, 204), 1); !page.Blank {
			t.Errorf("%s: not taken for blank: %q, notes %q", name, page.PlainText(), page.Notes)
		}
	}
}
