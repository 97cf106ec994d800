package main

import (
	"bytes"
	"context"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// said is a tool that reads what it is given.
func said(name string, texts ...string) tool {
	return tool{name, func(context.Context, []sample) (reading, error) {
		words := make([][]postroom.Word, len(texts))
		for i, t := range texts {
			for _, w := range strings.Fields(t) {
				words[i] = append(words[i], postroom.Word{Text: w, Confidence: 0.9})
			}
		}
		return reading{texts: texts, words: words}, nil
	}}
}

func TestScores(t *testing.T) {
	samples := []sample{{class: "a", text: "one two"}, {class: "b", text: "three four"}}
	var r results
	tools := []tool{said("postroom", "one two", "three fovr"), said("tesseract", "two one", "th ee fovr")}
	if err := r.measure(t.Context(), io.Discard, tools, samples, 2); err != nil {
		t.Fatal(err)
	}
	get := func(class, tool string) accuracy {
		for _, a := range r.Accuracy {
			if a.Class == class && a.Tool == tool {
				return a
			}
		}
		t.Fatalf("no accuracy of %s for the class %s", tool, class)
		return accuracy{}
	}
	if a := get("a", "tesseract"); a.CER != 0 || a.OrderCER == 0 {
		t.Errorf("words in another order: CER %v, in order %v; only the second counts the order", a.CER, a.OrderCER)
	}
	if a := get("b", "postroom"); a.Found != 0.5 || math.Abs(a.CER-1.0/9) > 1e-9 {
		t.Errorf("one letter of nine is wrong: found %v, CER %v", a.Found, a.CER)
	}
	if a := get("all", "tesseract"); a.Files != 2 || a.ratioCER <= 0 || a.ratioCER >= 1 || a.ratioWord <= 1 {
		t.Errorf("postroom read better: %d files, its CER is %.2f of tesseract's, words found %.2f", a.Files, a.ratioCER, a.ratioWord)
	}
	if len(r.Speed) != 2 || len(r.Speed[1].Seconds) != 2 || r.Speed[0].Times != 1 {
		t.Errorf("speed: %+v", r.Speed)
	}
	// Three of the four words that postroom is sure of to 0.9 are right.
	if c := r.Calibration; math.Abs(c.Error-0.15) > 1e-9 {
		t.Errorf("calibration error %v, want 0.15", c.Error)
	}
	var out bytes.Buffer
	r.print(&out)
	for _, want := range []string{"tesseract", "all (2)", "[0.90, 0.95)", "times as fast"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report has no %q:\n%s", want, out.String())
		}
	}
}

func TestCalibrationBins(t *testing.T) {
	c := newCalibration()
	for _, p := range []postroom.Confidence{0, 0.29, 0.3, 0.9, 0.98, 1} {
		c.add([]postroom.Word{{Text: "x", Confidence: p}}, []bool{true})
	}
	var words []int
	for _, b := range c.Bins {
		words = append(words, b.Words)
	}
	want := []int{2, 1, 0, 0, 0, 1, 0, 2}
	for i := range want {
		if words[i] != want[i] {
			t.Fatalf("words by bin %v, want %v", words, want)
		}
	}
}

func TestReadCorpus(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := readCorpus(dir); err == nil {
		t.Error("an empty folder is no corpus")
	}
	write("faint/a.TIF", "picture")
	write("faint/a.txt", "what is printed")
	write("b.png", "picture")
	if _, err := readCorpus(dir); err == nil || !strings.Contains(err.Error(), "b.png") {
		t.Errorf("a picture without text: %v", err)
	}
	write("b.txt", "something else")
	samples, err := readCorpus(dir)
	if err != nil {
		t.Fatal(err)
	}
	byClass := map[string]string{}
	for _, s := range samples {
		byClass[s.class] = s.media + " " + s.text
	}
	if len(samples) != 2 || byClass["faint"] != postroom.TIFF+" what is printed" || byClass[filepath.Base(dir)] != postroom.PNG+" something else" {
		t.Errorf("samples by class: %v", byClass)
	}
}

func TestGrowth(t *testing.T) {
	var level, rising []float64
	for i := range 100 {
		// What a process takes at the start is no growth.
		level = append(level, 100*math.Min(1, float64(i)/10))
		rising = append(rising, float64(i))
	}
	if g := growth(level); g != 0 {
		t.Errorf("a level process grew by %v", g)
	}
	if g := growth(rising); math.Abs(g-50) > 1 {
		t.Errorf("a process that takes 1 a look grew by %v, want about 50", g)
	}
}

func TestTooMuchMemory(t *testing.T) {
	if err := (memory{ParentPeak: 149, ChildPeak: 399}).tooMuch(); err != nil {
		t.Error(err)
	}
	if err := (memory{ParentPeak: 151, ChildPeak: 401}).tooMuch(); err == nil || strings.Count(err.Error(), "more than") != 2 {
		t.Errorf("both are too much: %v", err)
	}
}
