//go:build cgo

package tesseract

import (
	"errors"
	"image"
	"image/color"
	"image/draw"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// libgomp reads its variable when it is loaded, so the test starts itself again with it.
func TestMain(m *testing.M) {
	if !SingleThreaded() {
		os.Setenv("OMP_THREAD_LIMIT", "1")
		if err := syscall.Exec("/proc/self/exe", os.Args, os.Environ()); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func models(t testing.TB) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/share/tesseract-ocr/*/tessdata/eng.traineddata")
	if len(found) == 0 {
		t.Fatal("tesseract-ocr-eng is not installed")
	}
	return filepath.Dir(found[0])
}

func engine(t testing.TB) *Engine {
	t.Helper()
	e, err := NewEngine([]string{"eng"}, models(t), map[string]string{"tessedit_do_invert": "0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// written draws lines of text in columns, black on white, at 200 dots per inch.
func written(t testing.TB, columns ...[]string) *image.Gray {
	t.Helper()
	f, err := opentype.Parse(liberationsansregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: 12, DPI: 200})
	if err != nil {
		t.Fatal(err)
	}
	m := image.NewGray(image.Rect(0, 0, 1600, 900))
	draw.Draw(m, m.Rect, image.White, image.Point{}, draw.Src)
	d := font.Drawer{Dst: m, Src: image.NewUniform(color.Black), Face: face}
	for c, lines := range columns {
		for i, line := range lines {
			d.Dot = fixed.P(100+c*800, 120+60*i)
			d.DrawString(line)
		}
	}
	return m
}

func pix(t testing.TB, m image.Image) *Pix {
	t.Helper()
	p, err := FromImage(m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func ok(t testing.TB) func(*Pix, error) *Pix {
	return func(p *Pix, err error) *Pix {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		return p
	}
}

func text(words []Word) string {
	var out []string
	for _, w := range words {
		out = append(out, w.Text)
	}
	return strings.Join(out, " ")
}

func TestRecognise(t *testing.T) {
	e := engine(t)
	gray := pix(t, written(t, []string{"The quick brown fox", "jumps over it"}))
	gray.SetResolution(200, 200)
	bits := ok(t)(gray.Threshold(128))
	for range 2 { // a client used again answers the same
		for _, p := range []*Pix{gray, bits} {
			words, err := e.Recognise(p, ModeAuto, nil)
			if err != nil || text(words) != "The quick brown fox jumps over it" {
				t.Errorf("%d bits: %q, %v", p.Depth(), text(words), err)
			}
			if last := words[len(words)-1]; last.Line == words[0].Line && last.Paragraph == words[0].Paragraph && last.Block == words[0].Block {
				t.Errorf("two lines have one number: %+v", last)
			}
			for _, w := range words {
				if w.Box.Empty() || !w.Box.In(image.Rect(90, 70, 1000, 220)) || w.Confidence < 60 || w.Confidence > 100 {
					t.Errorf("%+v", w)
				}
			}
		}
	}
}

func TestNothingToRecognise(t *testing.T) {
	e := engine(t)
	black := image.NewGray(image.Rect(0, 0, 600, 600))
	for name, m := range map[string]image.Image{"white": written(t), "black": black} {
		for range 2 {
			words, err := e.Recognise(pix(t, m), ModeAuto, nil)
			if err != nil || strings.TrimSpace(text(words)) != "" {
				t.Errorf("%s: %q, %v", name, text(words), err)
			}
		}
	}
}

// gosseract loses SetPageSegMode before the first recognition and takes one block.
func TestModeHoldsFromTheFirstPageOn(t *testing.T) {
	left := []string{"Patient one lives", "alone and walks", "with a stick and", "needs no help at", "all with dressing"}
	right := []string{"Second column of", "the page tells of", "something quite", "different from it", "to the very end"}
	p := pix(t, written(t, left, right))
	p.SetResolution(200, 200)
	e := engine(t)
	inOrder := func(mode Mode) bool {
		words, err := e.Recognise(p, mode, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := text(words)
		return strings.Index(got, "dressing") < strings.Index(got, "Second")
	}
	if !inOrder(ModeAuto) {
		t.Error("automatic segmentation read across the columns")
	}
	if inOrder(ModeBlock) {
		t.Error("one block was read as columns")
	}
	if !inOrder(ModeAuto) {
		t.Error("automatic segmentation does not come back")
	}
}

func TestVariablesHoldForOneCall(t *testing.T) {
	e := engine(t)
	p := pix(t, written(t, []string{"Ward 7 bed 12"}))
	p.SetResolution(200, 200)
	words, err := e.Recognise(p, ModeBlock, map[string]string{"tessedit_char_whitelist": "0123456789"})
	if err != nil || strings.ContainsAny(text(words), "Wardbe") {
		t.Errorf("with digits only: %q, %v", text(words), err)
	}
	words, err = e.Recognise(p, ModeBlock, nil)
	if err != nil || text(words) != "Ward 7 bed 12" {
		t.Errorf("afterwards: %q, %v", text(words), err)
	}
}

func TestEngineThatCannotLoad(t *testing.T) {
	for name, open := range map[string]func() (*Engine, error){
		"language": func() (*Engine, error) { return NewEngine([]string{"xyz"}, models(t), nil) },
		"folder":   func() (*Engine, error) { return NewEngine([]string{"eng"}, t.TempDir(), nil) },
		"variable": func() (*Engine, error) {
			return NewEngine([]string{"eng"}, models(t), map[string]string{"no_such_variable": "1"})
		},
	} {
		if e, err := open(); err == nil {
			e.Close()
			t.Errorf("a wrong %s was taken", name)
		}
	}
	// The process still works, and still has its stderr.
	if words, err := engine(t).Recognise(pix(t, written(t, []string{"All is well"})), ModeBlock, nil); err != nil || len(words) != 3 {
		t.Errorf("%q, %v", text(words), err)
	}
}

// Bytes that can't be decoded never reach gosseract, which they would crash.
func TestUndecodable(t *testing.T) {
	good, err := pix(t, written(t, []string{"Some text"})).PNG()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"nothing": nil, "rubbish": []byte("not an image"), "half": good[:len(good)/2], "header": good[:30]} {
		if p, err := Read(data); !errors.Is(err, ErrDecode) {
			p.Close()
			t.Errorf("%s gave %v", name, err)
		}
		if p, err := ReadTIFF(data, 8); !errors.Is(err, ErrDecode) {
			p.Close()
			t.Errorf("%s as a TIFF gave %v", name, err)
		}
	}
	if _, err := ReadTIFF(good, 1<<40); !errors.Is(err, ErrDecode) {
		t.Errorf("a place beyond the end gave %v", err)
	}
}

func TestFormatsKeepThePixels(t *testing.T) {
	m := written(t, []string{"Pixels"})
	gray := pix(t, m)
	bits := ok(t)(gray.Threshold(128))
	for name, p := range map[string]*Pix{"gray": gray, "bits": bits} {
		for format, encode := range map[string]func() ([]byte, error){"TIFF": p.TIFF, "PNG": p.PNG} {
			data, err := encode()
			if err != nil {
				t.Fatal(err)
			}
			back := ok(t)(Read(data))
			if back.Depth() != p.Depth() || back.Width() != p.Width() || back.Height() != p.Height() {
				t.Errorf("%s as %s came back as %d bits, %d by %d", name, format, back.Depth(), back.Width(), back.Height())
				continue
			}
			a, b := ok(t)(p.Threshold(128)), ok(t)(back.Threshold(128))
			if d := ok(t)(a.Minus(b)); d.Ink() != 0 || a.Ink() != b.Ink() {
				t.Errorf("%s as %s came back changed", name, format)
			}
		}
	}
	if data, err := gray.JPEG(80); err != nil || ok(t)(Read(data)).Width() != gray.Width() {
		t.Errorf("JPEG: %v", err)
	}
}

func TestImagesOfGo(t *testing.T) {
	gray := image.NewGray(image.Rect(5, 5, 12, 9)) // 7 wide: no multiple of 4, and not at 0,0
	rgba := image.NewRGBA(gray.Rect)
	for y := 5; y < 9; y++ {
		for x := 5; x < 12; x++ {
			v := uint8(255)
			if x == 5 && y == 6 || x == 11 && y == 8 {
				v = 0
			}
			gray.SetGray(x, y, color.Gray{Y: v})
			rgba.Set(x, y, color.Gray{Y: v})
		}
	}
	for _, m := range []image.Image{gray, rgba} {
		got := ok(t)(pix(t, m).Threshold(128)).Components()
		if len(got) != 2 || got[0] != image.Rect(0, 1, 1, 2) || got[1] != image.Rect(6, 3, 7, 4) {
			t.Errorf("%T became black at %v", m, got)
		}
	}
	if _, err := FromImage(image.NewCMYK(gray.Rect)); err == nil {
		t.Error("an image of an unknown kind was taken")
	}
	if _, err := FromImage(image.NewGray(image.Rectangle{})); err == nil {
		t.Error("an image without pixels was taken")
	}
}

func TestGeometryOfThePage(t *testing.T) {
	lines := []string{"Orientation is told by letters such as b d f h k l t", "and by those that go down, such as g j p q and y,", "of which English has rather fewer, so it can be told"}
	p := ok(t)(pix(t, written(t, append(append(lines, lines...), lines...))).Threshold(128))
	if up := p.Upright(8); up < 8 {
		t.Errorf("upright: %.1f", up)
	}
	if up := ok(t)(p.Turn(180)).Upright(8); up > -8 {
		t.Errorf("upside down: %.1f", up)
	}
	if up := p.Upright(10000); up != 0 {
		t.Errorf("of more letters than there are: %.1f", up)
	}
	_, _, along := p.FindSkew(5)
	if _, _, over := ok(t)(p.Turn(90)).FindSkew(5); over >= along {
		t.Errorf("lines stand out by %.0f along and %.0f across", along, over)
	}
	for _, skew := range []float64{-2.5, 1.2} {
		if got, sure, _ := ok(t)(p.Rotate(skew)).FindSkew(7); math.Abs(got+skew) > 0.15 || sure < 3 {
			t.Errorf("askew by %g: found %g, sure %g", skew, got, sure)
		}
	}
}

func TestSpecksGoAndLettersStay(t *testing.T) {
	m := written(t, []string{"iiii.... :::: dots"})
	before := len(ok(t)(pix(t, m).Threshold(128)).Components())
	for i := range 200 {
		m.SetGray(20+7*i, 500+i, color.Gray{})
		m.SetGray(21+7*i, 500+i, color.Gray{})
	}
	p := ok(t)(pix(t, m).Threshold(128))
	if n := len(p.Components()); n != before+200 {
		t.Fatalf("%d parts, not %d", n, before+200)
	}
	if n := len(ok(t)(p.WithoutSpecks(2, 2)).Components()); n != before {
		t.Errorf("%d parts are left of %d", n, before)
	}
}

func TestVersions(t *testing.T) {
	if v := Version(); !strings.HasPrefix(v, "5.") && !strings.HasPrefix(v, "4.") {
		t.Errorf("tesseract %q", v)
	}
	if v := LeptonicaVersion(); !strings.HasPrefix(v, "1.") {
		t.Errorf("leptonica %q", v)
	}
}
