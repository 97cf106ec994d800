package ocr

import (
	"strings"
	"unicode"

	"github.com/postroom/postroom/ocr/internal/lstm"
)

// A letter that stands alone in its strip (S and R in a table of antibiotics, X in a box) has no
// neighbours that tell how high it is. The network takes a capital for a small letter of the same shape
// then, and is unsure of what it sees though the picture is clear.

// sameShape are the small letters that have the shape of their capitals.
const sameShape = "cosuvwxz"

// loneSure is how sure the network has to be of a letter alone in its strip.
const loneSure = 0.5

// aloneInStrip returns the ink of a strip that is one letter and nothing else.
func aloneInStrip(words []lstm.Word, picture lstm.Line, height int) (ink inkRun, ok bool) {
	if len(words) != 1 || len(words[0].Chars) != 1 || picture.Width > 2*height {
		return inkRun{}, false
	}
	if r := []rune(words[0].Chars[0].Text)[0]; !unicode.IsLetter(r) {
		return inkRun{}, false
	}
	s := shapeOf(picture, height)
	if len(s.runs) != 1 {
		return inkRun{}, false
	}
	ink = s.runs[0]
	return ink, ink.solid && 2*(ink.bottom-ink.top) > height-2*margin
}

// capitals writes letters that stand alone as capitals where they are as high as those beside them in their row.
func capitals(found []strip, read [][]lstm.Word, pictures []lstm.Line, heights []int) {
	for i, words := range read {
		if len(words) != 1 || len(words[0].Chars) != 1 || !strings.Contains(sameShape, words[0].Chars[0].Text) {
			continue
		}
		ink, ok := aloneInStrip(words, pictures[i], heights[i])
		if !ok {
			continue
		}
		high := float64(ink.bottom-ink.top) * float64(found[i].area.Dy()) / float64(heights[i])
		var beside []int
		for k, other := range found {
			y := centre(other.area).Y
			if k == i || y < found[i].area.Min.Y || y > found[i].area.Max.Y || other.area.Dy() > 2*found[i].area.Dy() {
				continue
			}
			if s := shapeOf(pictures[k], heights[k]); s.base > 0 {
				beside = append(beside, (s.base-s.capital)*other.area.Dy()*8/heights[k])
			}
		}
		if len(beside) > 0 && high >= 0.85*median(beside)/8 {
			words[0].Chars[0].Text = strings.ToUpper(words[0].Chars[0].Text)
		}
	}
}
