package ocr

import "github.com/postroom/postroom"

// coverage returns the share of the letters, counted by their area, whose
// middle lies in a word.
func coverage(letters []letter, words []postroom.Word) float64 {
	if len(letters) == 0 {
		return 1
	}
	// Words by rows of 32 pixels, so that each letter looks at few of them.
	rows := map[int][]postroom.Box{}
	for _, w := range words {
		for y := w.Box[1] / 32; y <= w.Box[3]/32; y++ {
			rows[y] = append(rows[y], w.Box)
		}
	}
	var all, covered float64
	for _, l := range letters {
		all += l.area
		for _, b := range rows[int(l.y)/32] {
			if l.x >= float64(b[0]) && l.x < float64(b[2]) && l.y >= float64(b[1]) && l.y < float64(b[3]) {
				covered += l.area
				break
			}
		}
	}
	return covered / all
}
