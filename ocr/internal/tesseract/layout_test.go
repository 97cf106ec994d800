//go:build cgo

package tesseract

import (
	"testing"
)

// Lines come in reading order, with where their letters stand.
func TestLayout(t *testing.T) {
	p := pix(t, written(t, []string{"Ashcombe Health Centre", "14 Priory Road"}, []string{"Dear Doctor", "Thank you"}))
	defer p.Close()
	l, err := NewLayout()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 2 { // it can be used again
		runs, err := l.Find(p, ModeAuto)
		if err != nil {
			t.Fatal(err)
		}
		if len(runs) < 4 {
			t.Fatalf("%d runs", len(runs))
		}
		for i, r := range runs {
			if r.Box.Empty() || r.XHeight <= 0 || r.Baseline < float64(r.Box.Min.Y) || r.Baseline > float64(r.Box.Max.Y)+2 {
				t.Errorf("run %d: %+v", i, r)
			}
			if i > 0 && (r.Line < runs[i-1].Line || r.Line == runs[i-1].Line && r.Box.Min.X < runs[i-1].Box.Min.X) {
				t.Errorf("run %d comes after %+v: %+v", i, runs[i-1], r)
			}
		}
		width, gray, err := p.Strip(runs[0].Box, 36)
		if err != nil || len(gray) != 36*width || width < 10 {
			t.Errorf("a strip of %d pixels, %d wide: %v", len(gray), width, err)
		}
	}
}
