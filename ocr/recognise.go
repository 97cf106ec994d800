package ocr

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/postroom/postroom/ocr/internal/lstm"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// A recogniser finds words in an upright, clean image, in the order in which they are
// read. There are two, and another engine needs nothing more.
type recogniser interface {
	// Recognise returns the words, and what is to be noted about the page.
	Recognise(*tesseract.Pix) (words []tesseract.Word, notes []string, err error)
	Close() error
}

// A coarseRecogniser does more for scans of few dots to an inch that were enlarged, since more of them is hard to read.
type coarseRecogniser interface {
	RecogniseCoarse(*tesseract.Pix) (words []tesseract.Word, notes []string, err error)
}

// recognise finds the words of a page, in the way that suits it.
func (p *prepared) recognise(engine recogniser) ([]tesseract.Word, []string, error) {
	if c, ok := engine.(coarseRecogniser); ok && p.coarse {
		return c.RecogniseCoarse(p.feed)
	}
	return engine.Recognise(p.feed)
}

// engineVariables are Tesseract's variables that every recognition has.
var engineVariables = map[string]string{
	// Pages are black on white here; looking for white on black costs a second
	// reading of every poor line.
	"tessedit_do_invert": "0",
}

// newRecogniser loads the models of the languages: into the reader of lines where it
// can run them all, else into Tesseract itself.
func newRecogniser(languages []string, models string) (recogniser, error) {
	lines, err := newLineReader(languages, models)
	if errors.Is(err, lstm.ErrUnsupported) {
		return newWholeReader(languages, models)
	}
	if err != nil {
		return nil, err
	}
	return lines, nil
}

// A wholeReader leaves the whole page to Tesseract.
type wholeReader struct{ engine *tesseract.Engine }

func newWholeReader(languages []string, models string) (*wholeReader, error) {
	engine, err := tesseract.NewEngine(languages, models, engineVariables)
	if err != nil {
		return nil, err
	}
	return &wholeReader{engine}, nil
}

func (w *wholeReader) Recognise(p *tesseract.Pix) ([]tesseract.Word, []string, error) {
	words, err := w.engine.Recognise(p, tesseract.ModeAuto, nil)
	return words, nil, err
}

func (w *wholeReader) Close() error { return w.engine.Close() }

func newLineReader(languages []string, folder string) (*lineReader, error) {
	l := &lineReader{}
	for _, language := range languages {
		m, err := lstm.Open(filepath.Join(folder, language+".traineddata"))
		if err != nil {
			return nil, err
		}
		l.models = append(l.models, m)
	}
	var err error
	if l.layout, err = tesseract.NewLayout(); err != nil {
		return nil, fmt.Errorf("prepare the analysis of layouts: %w", err)
	}
	return l, nil
}
