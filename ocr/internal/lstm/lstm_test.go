package lstm

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-fonts/liberation/liberationserifregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// english returns the bytes of the English model that Tesseract's package brings.
func english(t testing.TB) []byte {
	t.Helper()
	folders := []string{os.Getenv("TESSDATA_PREFIX"), "/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tesseract-ocr/4.00/tessdata", "/usr/share/tessdata", "/opt/homebrew/share/tessdata"}
	for _, f := range folders {
		if b, err := os.ReadFile(filepath.Join(f, "eng.traineddata")); err == nil {
			return b
		}
	}
	t.Fatalf("eng.traineddata is in none of %q: install tesseract-ocr-eng", folders)
	return nil
}

// drawn returns a picture of the text, 36 pixels high, and where each word begins.
func drawn(t testing.TB, text string) (Line, []float64) {
	t.Helper()
	f, err := opentype.Parse(liberationserifregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: 24, DPI: 72})
	if err != nil {
		t.Fatal(err)
	}
	d := font.Drawer{Src: image.Black, Face: face, Dot: fixed.P(6, 26)}
	width := d.MeasureString(text).Ceil() + 12
	img := image.NewGray(image.Rect(0, 0, width, 36))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	d.Dst = img
	var begins []float64
	for i, word := range strings.SplitAfter(text, " ") {
		_ = i
		begins = append(begins, float64(d.Dot.X)/64)
		d.DrawString(word)
	}
	return Line{Width: width, Gray: img.Pix}, begins
}

func text(words []Word) string {
	var out []string
	for _, w := range words {
		out = append(out, w.Text())
	}
	return strings.Join(out, " ")
}

func TestReadsLines(t *testing.T) {
	m, err := parse(english(t), bestKind())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Dear Dr Okonkwo, thank you for referring this pleasant 67 year old man.",
		"NHS number: 999 123 4567",
		"Date of birth 04/11/1958",
		"Amoxicillin 500 mg three times a day for 7 days",
		"x",
	}
	var lines []Line
	var begins [][]float64
	for _, w := range want {
		l, b := drawn(t, w)
		lines, begins = append(lines, l), append(begins, b)
	}
	views, err := m.Look(lines)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range views {
		words := m.Words(v)
		if got := text(words); got != want[i] && len(want[i]) > 1 {
			t.Errorf("read %q as %q", want[i], got)
			continue
		}
		for k, w := range words {
			if w.From > begins[i][k]+6 || w.To < begins[i][k]+6 || w.From < begins[i][k]-20 {
				t.Errorf("%q stands at %.0f, but was found between %.0f and %.0f", w.Text(), begins[i][k], w.From, w.To)
			}
			for _, c := range w.Chars {
				if c.Sure <= 0 || c.Sure > 1 || c.X < w.From || c.X > w.To {
					t.Errorf("%q in %q: %+v", c.Text, w.Text(), c)
				}
			}
		}
	}
	known := map[string]bool{}
	for _, w := range m.Words(views[0]) {
		known[w.Text()] = w.Known
	}
	if !known["thank"] || !known["referring"] {
		t.Errorf("known words: %v", known)
	}
}

// What a line is read as must not depend on the processor, nor on the lines beside it.
func TestSameBitsEverywhere(t *testing.T) {
	file := english(t)
	var lines []pixels
	for i := range 9 {
		l, _ := drawn(t, strings.Repeat("Observations stable. ", 1+i%3)+fmt.Sprint(i))
		lines = append(lines, normalise(l, 36))
	}
	// A picture of nothing, of one column, and with noise that drives sums far out.
	lines = append(lines, pixels{}, pixels{1, bytes.Repeat([]byte{255}, 36)}, pixels{200, make([]byte, 7200)})
	for i := range lines[11].data {
		lines[11].data[i] = byte(1 + i*i*7919>>5%255)
	}
	var want [][]column
	for kind := portable; kind <= bestKind(); kind++ {
		m, err := parse(file, kind)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.engine.run(lines)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		for i := range got {
			if !slices.Equal(got[i], want[i]) {
				t.Errorf("kind %d sees something else in line %d", kind, i)
			}
		}
		alone, err := m.engine.run(lines[4:5])
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(alone[0], want[4]) {
			t.Errorf("kind %d sees something else in a line that is alone", kind)
		}
	}
}

func TestDictionary(t *testing.T) {
	m, err := parse(english(t), bestKind())
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]bool{
		"hospital": true, "Hospital": true, "HOSPITAL": true, "hospit": false, "xqzzv": false,
		"(hospital),": true, "12/03/2025": true, "4.5%": true, "patient's": true, "h0spital": false,
		"well-known": true, "": true,
	} {
		s := m.begin()
		for _, r := range word {
			s = m.follow(s, string(r))
		}
		if s.end != want {
			t.Errorf("%q: known is %v", word, s.end)
		}
	}
}

// Of two readings about as likely, the one that is a word wins; a name that the
// network is sure of stays as it is.
func TestPrefersWordsWhereItWavers(t *testing.T) {
	m, err := parse(english(t), bestKind())
	if err != nil {
		t.Fatal(err)
	}
	class := func(text string) uint16 {
		i := slices.Index(m.charset.text, text)
		if i < 0 {
			t.Fatalf("no class for %q", text)
		}
		return uint16(i)
	}
	see := func(letters string, other string, at int, p float32) View {
		var v View
		for i, r := range letters {
			var c column
			c.class[0], c.prob[0] = class(string(r)), 0.999
			if i == at {
				c.prob[0] = 1 - p
				c.class[1], c.prob[1] = class(other), p
			}
			var gap column
			gap.class[0], gap.prob[0] = uint16(m.charset.null), 1
			v.columns = append(v.columns, c, gap)
		}
		v.width = 3 * len(v.columns)
		return v
	}
	if got := text(m.Words(see("clinlc", "i", 4, 0.4))); got != "clinic" {
		t.Errorf("read %q", got)
	}
	if got := text(m.Words(see("Zquvo", "u", 4, 0.02))); got != "Zquvo" {
		t.Errorf("read %q", got)
	}
	// What dirt looks like, noughts with a stroke, capitals, and the second half of a postcode.
	for _, c := range []struct {
		seen, other string
		at          int
		want        string
	}{
		{"@114 496", "0", 0, "0114 496"},
		{"0@14 496", "1", 1, "0114 496"},
		{"named_", ".", 5, "named."},
		{"! saw him", "I", 0, "I saw him"},
		{"ASCIl", "I", 4, "ASCII"},
		{"Leeds LS1 SBA", "5", 10, "Leeds LS1 5BA"},
		{"Hull HU12 2R)", "J", 12, "Hull HU12 2RJ"},
		{"all", "I", 2, "all"},
		{"nothIng", "i", 4, "nothing"}, // capitals begin words
		{"a@b.example", "0", 1, "a@b.example"},
		{"Ward SBA", "5", 5, "Ward SBA"},
	} {
		if got := text(m.Words(see(c.seen, c.other, c.at, 0.4))); got != c.want {
			t.Errorf("%q, with %q nearly as likely: read %q", c.seen, c.other, got)
		}
	}
}

func TestTogether(t *testing.T) {
	view := func(class uint16, p, q float32) View {
		var c column
		c.class[0], c.prob[0], c.class[1], c.prob[1] = class, p, class+1, q
		return View{3, []column{c}}
	}
	v := Together(view(5, 0.9, 0.1), view(6, 0.6, 0.4))
	// 5: 0.45, 6: 0.05 + 0.3, 7: 0.2
	c := v.columns[0]
	if c.class[0] != 5 || c.class[1] != 6 || c.class[2] != 7 || c.prob[0] < 0.44 || c.prob[1] > 0.36 || c.prob[3] != 0 {
		t.Errorf("%+v", c)
	}
}

func TestCorrect(t *testing.T) {
	m, err := parse(english(t), bestKind())
	if err != nil {
		t.Fatal(err)
	}
	class := func(text string) uint16 {
		c, ok := m.class(text)
		if !ok {
			t.Fatalf("no class for %q", text)
		}
		return c
	}
	// Each character takes four columns, of three pixels: itself, and nothing.
	see := func(text string) View {
		var v View
		for _, r := range text {
			var c, gap column
			c.class[0], c.prob[0] = class(string(r)), 0.95
			c.class[1], c.prob[1] = class("1"), 0.03
			if i := strings.IndexRune(",.;:", r); i >= 0 {
				c.class[2], c.prob[2] = class(string(",.;:"[i^1])), 0.002
			}
			gap.class[0], gap.prob[0] = uint16(m.charset.null), 1
			v.columns = append(v.columns, c, gap, gap, gap)
		}
		v.width = 3 * len(v.columns)
		return v
	}
	at := func(i int) float64 { return 12*float64(i) + 1.5 }
	for _, c := range []struct {
		seen string
		mark Mark
		want string
	}{
		{"if | am", Mark{Stroke, at(3), at(3)}, "if I am"},
		{"if | am", Mark{Nothing, at(3) - 1, at(3) + 1}, "if am"},
		{"flat, he", Mark{Point, at(4), at(4)}, "flat. he"},
		{"he; if", Mark{Point, at(2), at(2)}, "he: if"},
		{"flat. he", Mark{Tail, at(4), at(4)}, "flat, he"},
		{"flat! he", Mark{Point, at(4), at(4)}, "flat! he"},
		{"no! he", Mark{Stroke, at(2), at(2)}, "no! he"}, // no bar was seen there
		{"ina", Mark{Gap, at(1) + 2, at(1) + 10}, "in a"},
		{"www. nhs", Mark{NoGap, at(4) - 1, at(4) + 1}, "www.nhs"},
	} {
		v := see(c.seen)
		if got := text(m.Words(m.Correct(v, []Mark{c.mark}))); got != c.want {
			t.Errorf("%q with a mark of kind %d: read %q, not %q", c.seen, c.mark.Kind, got, c.want)
		}
		if again := see(c.seen); !slices.Equal(v.columns, again.columns) {
			t.Errorf("%q: the view itself was changed", c.seen)
		}
	}
}

func TestOtherModelsAreRefused(t *testing.T) {
	good := english(t)
	for name, file := range map[string][]byte{
		"empty":       nil,
		"text":        []byte("not a model at all, but long enough to hold a table of offsets and more than that"),
		"cut off":     good[:300_000],
		"only a head": good[:200],
	} {
		if _, err := parse(file, bestKind()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	// A network of another kind: with an LSTM's name changed.
	other := bytes.Replace(good, []byte("SummLSTM"), []byte("LinTanhX"), 1)
	if _, err := parse(other, bestKind()); !errors.Is(err, ErrUnsupported) {
		t.Errorf("another kind of layer: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	good := english(f)
	f.Add(good[:500])
	all, err := parts(good)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(all[partNetwork][:4096])
	f.Add(all[partRecoder])
	f.Add(all[partPunctDawg])
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = parts(b)
		_, _ = readNetwork(&reader{b: b})
		_, _ = readCharset([]byte("3\nNULL 0\na 1\nb 1\n"), b, 4, 3)
		if d, err := readDawg(b); err == nil {
			node, _ := d.step(0, 5)
			for range 10 {
				node, _ = d.step(node, 5)
			}
		}
	})
}
