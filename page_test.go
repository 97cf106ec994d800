package postroom

import "testing"

func TestOriginal(t *testing.T) {
	// A fax of 204x98 dpi, upside down: the upright page has square pixels.
	p := Page{Width: 1728, Height: 1146, Frame: Frame{Width: 1728, Height: 2292, DPI: 204, Matrix: [6]float64{-1, 0, 1728, 0, -0.5, 1146}}}
	if got, want := p.Original(Box{100, 200, 300, 240}), (Box{1428, 1026, 1628, 1046}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := p.Original(Box{-50, -50, 5000, 5000}); got != (Box{0, 0, 1728, 1146}) {
		t.Errorf("outside the page: %v", got)
	}
	same := Page{Width: 10, Height: 10}
	if got := same.Original(Box{1, 2, 3, 4}); got != (Box{1, 2, 3, 4}) {
		t.Errorf("no matrix: %v", got)
	}
}

func TestPlainText(t *testing.T) {
	p := Page{Words: []Word{{Text: "Dear"}, {Text: "Doctor"}, {Text: "thank", Line: 1}, {Text: "Yours", Line: 2, Block: 1}}}
	if got := p.PlainText(); got != "Dear Doctor\nthank\n\nYours" {
		t.Errorf("got %q", got)
	}
}
