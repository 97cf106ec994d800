package classify

import (
	"math/rand/v2"
	"testing"
)

// What chance does to a calibration error is told apart from what the confidences do: samples whose confidences hold lie within it
// nineteen times in twenty, those of a model that is too sure lie beyond it, and more answers leave less to chance.
func TestECEByChance(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(n int, tooSure float64) (bins [10]Bin) {
		for range n {
			p := 0.5 + r.Float64()/2
			binned(&bins, p, r.Float64() < p-tooSure)
		}
		return bins
	}
	within, beyond := 0, 0
	for range 100 {
		fair, sure := draw(150, 0), draw(150, 0.15)
		_, rarely := ECEByChance(fair[:])
		within += btoi(ECE(fair[:]) <= rarely)
		_, rarely = ECEByChance(sure[:])
		beyond += btoi(ECE(sure[:]) > rarely)
	}
	if within < 88 || beyond < 90 {
		t.Errorf("of 100 samples that hold %d lie within chance, of 100 that don't %d lie beyond", within, beyond)
	}
	few, many := draw(100, 0), draw(10_000, 0)
	a, b := ECEByChance(few[:])
	if c, d := ECEByChance(many[:]); a < 3*c || b < 3*d || a > b || c > d {
		t.Errorf("100 answers show %.4f and rarely %.4f, 10,000 show %.4f and %.4f", a, b, c, d)
	}
	if again, _ := ECEByChance(few[:]); again != a {
		t.Error("the same answers show another error")
	}
	var none [10]Bin
	if a, b := ECEByChance(none[:]); a != 0 || b != 0 {
		t.Errorf("no answers show %.4f and %.4f", a, b)
	}
}
