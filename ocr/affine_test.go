package ocr

import (
	"math"
	"testing"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-6 }

func TestAffineLeadsBack(t *testing.T) {
	// The top left corner of a page of 100 by 200, after turning, is which of its old ones?
	for degrees, want := range map[int][2]float64{0: {0, 0}, 90: {0, 200}, 180: {100, 200}, 270: {100, 0}} {
		if x, y := unturned(degrees, 100, 200).apply(0, 0); x != want[0] || y != want[1] {
			t.Errorf("turned by %d, the corner was at %g,%g, not %v", degrees, x, y, want)
		}
	}
	// Turned clockwise by 90 degrees in small steps, a point right of the centre comes below it.
	if x, y := unrotated(90, 100, 100).apply(50, 90); !near(x, 90) || !near(y, 50) {
		t.Errorf("the point below the centre was at %g,%g, not right of it", x, y)
	}
	if x, y := unscaled(2, 4).apply(10, 20); x != 5 || y != 5 {
		t.Errorf("enlarged point was at %g,%g", x, y)
	}
}

func TestAffineAfterAndInverse(t *testing.T) {
	m := unscaled(2, 1.5).after(unturned(90, 300, 200)).after(unrotated(3, 200, 300))
	x, y := unrotated(3, 200, 300).apply(17, 29)
	x, y = unturned(90, 300, 200).apply(x, y)
	x, y = unscaled(2, 1.5).apply(x, y)
	if gx, gy := m.apply(17, 29); !near(gx, x) || !near(gy, y) {
		t.Errorf("all at once %g,%g, one by one %g,%g", gx, gy, x, y)
	}
	back, ok := m.inverse()
	if !ok {
		t.Fatal("no way back")
	}
	if gx, gy := back.apply(x, y); !near(gx, 17) || !near(gy, 29) {
		t.Errorf("there and back is %g,%g", gx, gy)
	}
	if _, ok := (affine{1, 2, 0, 2, 4, 0}).inverse(); ok {
		t.Error("a flat matrix has a way back")
	}
}
