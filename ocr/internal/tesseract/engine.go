//go:build cgo

package tesseract

import (
	"fmt"
	"strconv"

	"github.com/otiai10/gosseract/v2"
)

// Version returns Tesseract's version, as "5.3.0".
func Version() string { return gosseract.Version() }

// An Engine is Tesseract with its models loaded.
type Engine struct {
	client *gosseract.Client
	base   map[string]string // the variables of every recognition
	set    map[string]string // the variables as the last recognition had them
}

// NewEngine loads the models (<language>.traineddata) of the languages from the
// folder. The variables are Tesseract's own; each holds for every recognition
// that does not give it another value.
func NewEngine(languages []string, folder string, variables map[string]string) (*Engine, error) {
	client := gosseract.NewClient()
	e := &Engine{client: client, base: variables, set: map[string]string{}}
	client.Trim = false
	if err := client.SetLanguage(languages...); err != nil {
		client.Close()
		return nil, fmt.Errorf("set the languages of tesseract: %w", err)
	}
	if err := client.SetTessdataPrefix(folder); err != nil {
		client.Close()
		return nil, fmt.Errorf("set the folder of tesseract's models: %w", err)
	}
	for k, v := range variables {
		e.variable(k, v)
	}
	// gosseract loads the models with the first image, and only then says that a
	// language or a variable is wrong.
	probe, err := newBlank(32, 32)
	if err != nil {
		client.Close()
		return nil, err
	}
	defer probe.Close()
	if _, err := e.Recognise(probe, ModeBlock, nil); err != nil {
		client.Close()
		return nil, fmt.Errorf("load tesseract with the languages %v from %s: %w", languages, folder, err)
	}
	return e, nil
}

// variable sets one of Tesseract's variables. On an initialised client gosseract
// sends all that were ever set, so what does not change is not sent.
func (e *Engine) variable(name, value string) {
	if e.set[name] == value {
		return
	}
	e.set[name] = value
	// gosseract answers nil here even for a name that does not exist; the error
	// comes with the models, which is why NewEngine recognises something.
	_ = e.client.SetVariable(gosseract.SettableVariable(name), value)
}

// Recognise reads the image once. A page without text gives no words. The
// variables hold for this call; one that NewEngine was not given is empty otherwise.
func (e *Engine) Recognise(p *Pix, mode Mode, variables map[string]string) ([]Word, error) {
	data, err := p.TIFF()
	if err != nil {
		return nil, err
	}
	// The mode is a variable too: gosseract loses SetPageSegMode before the
	// first recognition.
	e.variable("tessedit_pageseg_mode", strconv.Itoa(int(mode)))
	dpi := 0
	if x, _ := p.Resolution(); x >= 70 && x <= 2400 {
		dpi = int(x + 0.5)
	}
	e.variable("user_defined_dpi", strconv.Itoa(dpi))
	for k := range e.set {
		if _, ok := variables[k]; !ok && k != "tessedit_pageseg_mode" && k != "user_defined_dpi" {
			e.variable(k, e.base[k])
		}
	}
	for k, v := range variables {
		e.variable(k, v)
	}
	if err := e.client.SetImageFromBytes(data); err != nil {
		return nil, fmt.Errorf("hand the image to tesseract: %w", err)
	}
	boxes, err := e.client.GetBoundingBoxesVerbose()
	if err != nil {
		return nil, fmt.Errorf("recognise: %w", err)
	}
	words := make([]Word, 0, len(boxes))
	for _, b := range boxes {
		words = append(words, Word{
			Text: b.Word, Box: b.Box, Confidence: b.Confidence,
			Block: b.BlockNum, Paragraph: b.ParNum, Line: b.LineNum,
		})
	}
	return words, nil
}

// Close frees the models.
func (e *Engine) Close() error { return e.client.Close() }
