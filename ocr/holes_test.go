package ocr

import (
	"image/color"
	"slices"
	"strings"
	"testing"
)

// disc draws a black disc, all in inches.
func (s sheet) disc(x, y, diameter float64) {
	for py := int((y - diameter) * sheetDPI); py < int((y+diameter)*sheetDPI); py++ {
		for px := int((x - diameter) * sheetDPI); px < int((x+diameter)*sheetDPI); px++ {
			dx, dy := (float64(px)+0.5)/sheetDPI-x, (float64(py)+0.5)/sheetDPI-y
			if dx*dx+dy*dy < diameter*diameter/4 {
				s.SetGray(px, py, color.Gray{})
			}
		}
	}
}

const mm = 1 / 25.4

func TestPunchHolesAreRemoved(t *testing.T) {
	const removed = "2 punch holes removed"
	for name, s := range map[string]struct {
		x1, y1, x2, y2, diameter, rows, skew float64
	}{
		"left":           {0.47, 4.2, 0.47, 7.35, 6 * mm, 196, 0},
		"left, small":    {0.47, 4.2, 0.47, 7.35, 5.5 * mm, 98, 0.8},
		"right, large":   {8, 4.2, 8, 7.35, 8 * mm, 98, 0},
		"top":            {2.6, 0.47, 5.75, 0.47, 6 * mm, 196, 0.8},
		"letter paper":   {0.4, 1.4, 0.4, 5.65, 7 * mm, 98, -0.8},
		"bottom, folder": {2.6, 11.2, 5.75, 11.2, 6 * mm, 196, 0},
	} {
		page := newSheet().letter()
		page.disc(s.x1, s.y1, s.diameter)
		page.disc(s.x2, s.y2, s.diameter)
		p := prepareSheet(t, page.askew(s.skew).rows(s.rows).specks(0.001), 204, s.rows)
		if !slices.Contains(p.notes, removed) {
			t.Errorf("%s: %q", name, p.notes)
		}
		bits, err := p.feed.Threshold(128)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range bits.Components() {
			if min(float64(r.Dx()), float64(r.Dy())) > 0.18*p.dpi {
				t.Errorf("%s: something of %v is left", name, r)
			}
		}
		bits.Close()
	}
}

// What is no hole stays: a lone disc, discs in the text, squares, and rows of bullets.
func TestWhatIsNoPunchHoleStays(t *testing.T) {
	for name, draw := range map[string]func(s sheet){
		"a lone disc":         func(s sheet) { s.disc(0.5, 5, 6*mm) },
		"discs in the text":   func(s sheet) { s.disc(4, 6, 6*mm); s.disc(4, 9, 6*mm) },
		"squares":             func(s sheet) { s.fill(0.4, 4, 0.64, 4.24, 0); s.fill(0.4, 7, 0.64, 7.24, 0) },
		"bullets":             func(s sheet) { s.disc(0.5, 5, 2*mm); s.disc(0.5, 8, 2*mm) },
		"discs close by":      func(s sheet) { s.disc(0.5, 5, 6*mm); s.disc(0.5, 5.4, 6*mm) },
		"discs out of line":   func(s sheet) { s.disc(0.5, 5, 6*mm); s.disc(0.8, 8, 6*mm) },
		"discs that are full": func(s sheet) { s.disc(0.5, 5, 12*mm); s.disc(0.5, 8, 12*mm) },
	} {
		page := newSheet().letter()
		draw(page)
		p := prepareSheet(t, page, 204, 204)
		if slices.ContainsFunc(p.notes, func(n string) bool { return strings.Contains(n, "punch hole") }) {
			t.Errorf("%s: %q", name, p.notes)
		}
	}
}
