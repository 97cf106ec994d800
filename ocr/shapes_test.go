package ocr

import (
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/lstm"
)

// lineOfInk draws a line of 36 rows: each block is columns and rows of ink.
func lineOfInk(width int, ink ...[4]int) lstm.Line {
	l := lstm.Line{Width: width, Gray: make([]byte, 36*width)}
	for i := range l.Gray {
		l.Gray[i] = 255
	}
	for _, b := range ink {
		for y := b[2]; y < b[3]; y++ {
			for x := b[0]; x < b[1]; x++ {
				l.Gray[y*width+x] = 0
			}
		}
	}
	return l
}

// letterBlocks are five letters of 12 columns from x, the first a capital.
func letterBlocks(x int) [][4]int {
	out := [][4]int{{x, x + 12, 6, 26}}
	for i := range 4 {
		out = append(out, [4]int{x + 14*(i+1), x + 14*(i+1) + 12, 11, 26})
	}
	return out
}

func TestStrokesAndRules(t *testing.T) {
	line := func(more ...[4]int) []lstm.Mark {
		s := shapeOf(lineOfInk(200, append(letterBlocks(4), more...)...), 36)
		return slices.DeleteFunc(s.strokes(), func(m lstm.Mark) bool { return m.Kind == lstm.Nothing && m.To-m.From > 20 })
	}
	if m := line([4]int{84, 88, 6, 26}); len(m) != 1 || m[0].Kind != lstm.Stroke || m[0].From != 84 {
		t.Errorf("an upright stroke as high as a capital gives %v", m)
	}
	if m := line([4]int{84, 88, 0, 36}); len(m) != 1 || m[0].Kind != lstm.Nothing {
		t.Errorf("an upright rule gives %v", m)
	}
	for name, ink := range map[string][][4]int{
		"a stroke that hangs below the line": {{84, 88, 6, 32}},
		"an exclamation mark":                {{84, 88, 6, 20}, {84, 88, 22, 26}},
		"a low stroke":                       {{84, 88, 12, 26}},
		"a broad letter":                     {{84, 100, 6, 26}},
	} {
		if m := line(ink...); len(m) != 0 {
			t.Errorf("%s gives %v", name, m)
		}
	}
	for name, c := range map[string]struct {
		ink  [][4]int
		kind lstm.MarkKind
		none bool
	}{
		"a full stop":             {[][4]int{{80, 84, 22, 26}}, lstm.Point, false},
		"a colon":                 {[][4]int{{80, 84, 13, 17}, {80, 84, 22, 26}}, lstm.Point, false},
		"a comma":                 {[][4]int{{80, 84, 22, 30}}, lstm.Tail, false},
		"a semicolon":             {[][4]int{{80, 84, 13, 17}, {80, 84, 22, 30}}, lstm.Tail, false},
		"what may be either":      {[][4]int{{80, 84, 22, 27}}, 0, true},
		"an apostrophe":           {[][4]int{{80, 84, 6, 12}}, 0, true},
		"a small letter's stroke": {[][4]int{{80, 84, 11, 26}}, 0, true},
	} {
		if m := line(c.ink...); c.none != (len(m) == 0) || !c.none && m[0].Kind != c.kind {
			t.Errorf("%s gives %v", name, m)
		}
	}
	// Above a level rule all letters hang together, unless it is left out.
	if m := line([4]int{84, 88, 6, 26}, [4]int{0, 200, 33, 35}); len(m) != 1 || m[0].Kind != lstm.Stroke {
		t.Errorf("above a level rule, an upright stroke gives %v", m)
	}
}

func TestBullets(t *testing.T) {
	for name, c := range map[string]struct {
		mark [4]int
		want bool
	}{
		"a dot":             {[4]int{2, 11, 13, 22}, true},
		"a low dot":         {[4]int{2, 11, 17, 26}, true},
		"a full stop":       {[4]int{2, 6, 22, 26}, false},
		"a dash":            {[4]int{2, 14, 15, 18}, false},
		"a filled letter":   {[4]int{2, 17, 11, 26}, false},
		"a dot that's near": {[4]int{18, 24, 14, 20}, false},
	} {
		s := shapeOf(lineOfInk(200, append([][4]int{c.mark}, letterBlocks(26)...)...), 36)
		if _, got := s.bullet(); got != c.want {
			t.Errorf("%s is taken for the mark of a list: %v", name, got)
		}
	}
	words := []lstm.Word{{Chars: []lstm.Char{{Text: "e", X: 7}}, Space: 1}, {Chars: []lstm.Char{{Text: "A", X: 30}}, Space: 1}}
	s := shapeOf(lineOfInk(200, append([][4]int{{2, 11, 13, 22}}, letterBlocks(26)...)...), 36)
	if got := withBullet(slices.Clone(words), &s); len(got) != 2 || got[0].Text() != bulletMark || got[1].Text() != "A" {
		t.Errorf("the letter that was read for the dot stays: %v", got)
	}
	if got := withBullet(slices.Clone(words[1:]), &s); len(got) != 2 || got[0].Text() != bulletMark {
		t.Errorf("a dot that was not read is not put in: %v", got)
	}
}

// What Tesseract's network takes for other things by itself.
func TestWhatThePictureShows(t *testing.T) {
	lines := []string{
		"Before I went home I saw the nurse, and I am well.",
		"He is alone in a flat. I have asked if I can help him.",
		"Sodium 133 - 146 mmol/L, potassium 3.5 - 5.3 mmol/L",
		"NHS number 943 476 5919, telephone 01632 960 111",
		"norma.sample@example.org or www.northmoor.example.org",
	}
	s := newSheet()
	for i, line := range lines {
		s.write(11, 0.9, 1.2+0.24*float64(i), line)
	}
	s.write(11, 1.1, 3.0, "•  Chronic kidney disease")
	s.write(11, 1.1, 3.24, "•  Iron deficiency")
	// A table with ruled columns.
	for i := range 4 {
		y := 3.8 + 0.25*float64(i)
		s.fill(0.85, y-0.19, 4.6, y-0.185, 0)
		s.write(11, 0.9, y, "Apixaban")
		s.write(11, 2.1, y, "5 mg")
		s.write(11, 3.1, y, "twice daily")
	}
	for _, x := range []float64{0.85, 2.0, 3.0, 4.6} {
		s.fill(x, 3.61, x+0.006, 4.6, 0)
	}
	s.write(11, 0.9, 5.0, "Switchboard 01632 960 111 · Fax 01632 960 112 · Ward 7")
	for i, r := range []string{"R", "S", "S"} {
		s.write(11, 0.9, 5.4+0.25*float64(i), "Trimethoprim")
		s.write(11, 3.1, 5.4+0.25*float64(i), r)
	}
	want := strings.Join(lines, "\n") + "\n• Chronic kidney disease\n• Iron deficiency\n" + strings.Repeat("Apixaban 5 mg twice daily\n", 4) +
		"Switchboard 01632 960 111 · Fax 01632 960 112 · Ward 7\nTrimethoprim R\nTrimethoprim S\nTrimethoprim S\n"
	p := readOne(t, postroom.TIFF, tiff(204, 196, s.rows(196)), 1)
	if score := Compare(want, p.PlainText()); score.Errors > 0 {
		t.Errorf("%d characters are wrong:\n%s\nprinted:\n%s", score.Errors, p.PlainText(), want)
	}
}
