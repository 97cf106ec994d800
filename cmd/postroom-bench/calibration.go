package main

import (
	"math"

	"github.com/postroom/postroom"
)

// A bin holds the words whose confidence lies in [From, To), the last one's To included.
type bin struct {
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Words int     `json:"words"`
	Right int     `json:"right"` // read exactly as printed
	Said  float64 `json:"said"`  // the mean of their confidences
}

func (b bin) share() float64 {
	if b.Words == 0 {
		return 0
	}
	return float64(b.Right) / float64(b.Words)
}

// A calibration holds what confidences promise against what came of them.
type calibration struct {
	Bins []bin `json:"bins"`
	// Error is the expected calibration error: the difference between the share
	// that is right and the mean confidence, over the bins, weighted by words.
	Error float64 `json:"expected_calibration_error"`
}

func newCalibration() *calibration {
	c := &calibration{}
	edges := []float64{0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1}
	for i := range len(edges) - 1 {
		c.Bins = append(c.Bins, bin{From: edges[i], To: edges[i+1]})
	}
	return c
}

// add counts words, right as ocr.Judge says.
func (c *calibration) add(words []postroom.Word, right []bool) {
	for i, w := range words {
		p := float64(w.Confidence)
		at := len(c.Bins) - 1
		for at > 0 && p < c.Bins[at].From {
			at--
		}
		b := &c.Bins[at]
		b.Said = (b.Said*float64(b.Words) + p) / float64(b.Words+1)
		b.Words++
		if right[i] {
			b.Right++
		}
	}
	total, sum := 0, 0.0
	for _, b := range c.Bins {
		total += b.Words
		sum += float64(b.Words) * math.Abs(b.share()-b.Said)
	}
	if total > 0 {
		c.Error = sum / float64(total)
	}
}
