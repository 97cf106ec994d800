package ocr

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postroom/postroom/testdata/generate"
)

// A samplePDF is a PDF being put together for a test.
type samplePDF struct {
	objects []string
	trailer string
	catalog string // entries beside Type and Pages
}

func (s *samplePDF) add(object string) int {
	s.objects = append(s.objects, object)
	return len(s.objects)
}

func (s *samplePDF) stream(entries string, data []byte) int {
	return s.add(fmt.Sprintf("<<%s /Length %d>>\nstream\n%s\nendstream", entries, len(data), data))
}

// file returns a file whose pages have the entries given.
func (s *samplePDF) file(pages ...string) []byte {
	tree := len(s.objects) + len(pages) + 1
	kids := ""
	for _, p := range pages {
		kids += fmt.Sprintf("%d 0 R ", s.add(fmt.Sprintf("<</Type/Page/Parent %d 0 R %s>>", tree, p)))
	}
	s.add(fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(pages), kids))
	root := s.add(fmt.Sprintf("<</Type/Catalog/Pages %d 0 R %s>>", tree, s.catalog))
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	var offsets []int
	for i, o := range s.objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root %d 0 R %s>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, root, s.trailer, start)
	return b.Bytes()
}

// imagePDF is a page of w by h points that shows one image under the matrix.
func imagePDF(entries string, data []byte, cm, page string) []byte {
	s := &samplePDF{}
	x := s.stream("/Type/XObject/Subtype/Image "+entries, data)
	c := s.stream("", []byte("q "+cm+" cm /Im0 Do Q"))
	return s.file(fmt.Sprintf("%s /Resources<</XObject<</Im0 %d 0 R>>>>/Contents %d 0 R", page, x, c))
}

// textPDF is a page of content with the standard font Helvetica as /F1.
func textPDF(content, page string) []byte {
	s := &samplePDF{}
	f := s.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
	c := s.stream("", []byte(content))
	return s.file(fmt.Sprintf("/MediaBox[0 0 595 842] %s /Resources<</Font<</F1 %d 0 R>>>>/Contents %d 0 R", page, f, c))
}

// markedPicture is a picture without any symmetry: a frame, a big F near the
// top left corner, and single pixels.
func markedPicture(w, h int) *generate.Bits {
	b := generate.NewBits(w, h)
	fill := func(x0, y0, x1, y1 int) {
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				b.Set(x, y, true)
			}
		}
	}
	fill(w/10, h/10, w/10+w/20, h*6/10)
	fill(w/10, h/10, w/2, h/10+h/20)
	fill(w/10, h*3/10, w*3/10, h*3/10+h/20)
	for i := 0; i < min(w, h); i += 7 {
		b.Set(w-1-i%(w/3), h-1-i, true)
	}
	return b
}

func grayOf(b *generate.Bits) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, b.W, b.H))
	for y := range b.H {
		for x := range b.W {
			if !b.Black(x, y) {
				m.Pix[y*m.Stride+x] = 255
			}
		}
	}
	return m
}

// inGray returns the image in shades of gray, from 0, 0 on.
func inGray(m image.Image) *image.Gray {
	b := m.Bounds()
	if g, ok := m.(*image.Gray); ok && b.Min == (image.Point{}) {
		return g
	}
	out := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			out.Pix[y*out.Stride+x] = color.GrayModel.Convert(m.At(b.Min.X+x, b.Min.Y+y)).(color.Gray).Y
		}
	}
	return out
}

// oriented returns m mirrored, then turned clockwise.
func oriented(m image.Image, turn int, mirror bool) *image.Gray {
	in := inGray(m)
	w, h := in.Rect.Dx(), in.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, w, h))
	if turn%180 != 0 {
		out = image.NewGray(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			fx := x
			if mirror {
				fx = w - 1 - x
			}
			tx, ty := fx, y
			switch turn {
			case 90:
				tx, ty = h-1-y, fx
			case 180:
				tx, ty = w-1-fx, h-1-y
			case 270:
				tx, ty = y, w-1-fx
			}
			out.Pix[ty*out.Stride+tx] = in.Pix[y*in.Stride+x]
		}
	}
	return out
}

// differing counts pixels that are not the same shade; -1 for another size.
func differing(a, b image.Image) int {
	if a.Bounds().Size() != b.Bounds().Size() {
		return -1
	}
	p, q := inGray(a), inGray(b)
	n := 0
	for y := range p.Rect.Dy() {
		for x := range p.Rect.Dx() {
			if p.Pix[y*p.Stride+x] != q.Pix[y*q.Stride+x] {
				n++
			}
		}
	}
	return n
}

// pixelsOf decodes a raw page as it is read: turned as a viewer shows it.
func pixelsOf(t *testing.T, raw rawPage) image.Image {
	t.Helper()
	s, err := decode(raw, 1e9)
	if err != nil {
		t.Fatal(err)
	}
	defer s.pix.Close()
	data, err := s.pix.PNG()
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// testCache is one compilation cache for all tests, beside Go's own.
var testCache = func() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "postroom-test")
}()

func testOptions() openOptions {
	return openOptions{MaxPixels: 60e6, MaxPages: 500, CacheDir: testCache}
}

func openSample(t *testing.T, data []byte) opened {
	t.Helper()
	f, err := openPDF(data, testOptions())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func firstPage(t *testing.T, data []byte) rawPage {
	t.Helper()
	raw, err := openSample(t, data).Page(1)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// tool runs a program that the tests need, on a file with the data; FILE in args
// stands for it.
func tool(t *testing.T, data []byte, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "FILE", path)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// locked returns the file encrypted by qpdf.
func locked(t *testing.T, data []byte, args ...string) []byte {
	t.Helper()
	to := filepath.Join(t.TempDir(), "locked.pdf")
	tool(t, data, "qpdf", append(append([]string{"--encrypt"}, args...), "--", "FILE", to)...)
	out, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func readPGM(t *testing.T, path string) *image.Gray {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var w, h, most int
	if _, err := fmt.Sscanf(string(data[:min(len(data), 64)]), "P5\n%d %d\n%d\n", &w, &h, &most); err != nil {
		t.Fatal(err)
	}
	m := image.NewGray(image.Rect(0, 0, w, h))
	copy(m.Pix, data[len(data)-w*h:])
	return m
}
