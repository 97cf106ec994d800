package ocr

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// readLying makes a page of a raw one as it lies, or as raw says that it does; second reads its critical values again, nil does not.
// Attachment, Hash, Number and Engine are the caller's.
func readLying(raw rawPage, engine recogniser, second *secondReader, maxPixels int64) (postroom.Page, error) {
	if raw.Text == postroom.TextPDF {
		return ownText(raw, maxPixels)
	}
	s, err := decode(raw, maxPixels)
	if err != nil {
		return postroom.Page{}, err
	}
	// A PDF says how large its pages are.
	if raw.DPIX == 0 {
		if err := s.askLetters(); err != nil {
			s.pix.Close()
			return postroom.Page{}, noMemory(err)
		}
	}
	page := postroom.Page{
		Width: s.width, Height: s.height, DPIX: s.dpiX, DPIY: s.dpiY,
		Text: postroom.TextOCR, Words: []postroom.Word{},
	}
	s.glance, s.turn, s.why = glanceOf(engine), raw.upright, raw.why
	ready, err := prepare(s)
	if err != nil {
		return postroom.Page{}, noMemory(err)
	}
	defer ready.close()
	page.Rotation, page.Skew = ready.rotation, ready.skew
	page.Frame = postroom.Frame{Width: ready.feed.Width(), Height: ready.feed.Height(), DPI: ready.dpi, Matrix: ready.matrix}
	page.Ink, page.Blank, page.Notes = ready.ink, ready.blank, ready.notes
	page.Barcodes, page.TopOnly = ready.codes, ready.topOnly
	if page.Blank {
		page.Confidence = 1
		return page, nil
	}
	apart, err := ready.takeBlackStamps(engine)
	if err != nil {
		return postroom.Page{}, noMemory(err)
	}
	words, notes, err := ready.recognise(engine)
	if err != nil {
		return postroom.Page{}, noMemory(err)
	}
	page.Notes = append(page.Notes, notes...)
	page.Words = arrange(words, ready.feed.Width(), ready.feed.Height())
	if len(ready.letters) < fewLetters && len(ready.stamps) == 0 && !anyRead(page.Words) {
		page.Words, page.Blank, page.Confidence = page.Words[:0], len(page.Barcodes) == 0, 1
		return page, nil
	}
	if second != nil {
		if err := second.check(ready.feed, page.Words); err != nil {
			return postroom.Page{}, noMemory(err)
		}
	}
	if page.Words, err = ready.readStamps(engine, page.Words); err != nil {
		return postroom.Page{}, noMemory(err)
	}
	if len(apart) > 0 {
		page.Notes = append(page.Notes, noteOfBlackStamps(len(apart)))
		for _, s := range apart {
			if page.Words, err = ready.look(engine, s, page.Words); err != nil {
				return postroom.Page{}, noMemory(err)
			}
		}
		page.Words = renumber(page.Words)
	}
	covered := coverage(ready.letters, page.Words)
	page.Confidence = pageConfidence(page.Words, covered)
	if covered < 0.8 && len(ready.letters) > 20 {
		page.Notes = append(page.Notes, fmt.Sprintf("about %.0f%% of what looks like writing could not be read", 100*(1-covered)))
	}
	return page, nil
}

// A page with fewer things of a letter's size than this is blank, when none of them
// is read as anything: they are punch holes or dirt then.
const fewLetters = 12

func anyRead(words []postroom.Word) bool {
	for _, w := range words {
		if w.Confidence >= 0.4 && strings.ContainsFunc(w.Text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			return true
		}
	}
	return false
}

func noMemory(err error) error {
	if errors.Is(err, tesseract.ErrMemory) {
		return postroom.Bad(err, "there was not enough memory to read the page", "look at the file; if it is good, raise limits.memory")
	}
	return err
}

// ownText makes a page of a PDF's own words, and of the codes in its picture when it has one.
func ownText(raw rawPage, maxPixels int64) (postroom.Page, error) {
	p := postroom.Page{
		Width: raw.Width, Height: raw.Height, DPIX: raw.DPIX, DPIY: raw.DPIY,
		Frame: postroom.Frame{Width: raw.Width, Height: raw.Height, DPI: raw.DPIX, Matrix: inPlace},
		Words: raw.Words, Confidence: 1, Text: postroom.TextPDF, Notes: raw.Notes,
		Blank: len(raw.Words) == 0,
	}
	var area float64
	for _, w := range raw.Words {
		area += float64(w.Box.Width()) * float64(w.Box.Height())
	}
	// About a sixth of a word's box is ink.
	p.Ink = min(1, area/6/max(1, float64(raw.Width)*float64(raw.Height)))
	if raw.Image == nil {
		return p, nil
	}
	s, err := decode(raw, maxPixels)
	if err != nil {
		return postroom.Page{}, err
	}
	defer s.pix.Close()
	bits, err := s.pix.Threshold(128)
	if err != nil {
		return postroom.Page{}, noMemory(err)
	}
	defer bits.Close()
	codes, err := findCodes(bits, s.dpiX, s.dpiY)
	if err != nil {
		return postroom.Page{}, noMemory(err)
	}
	fx, fy := float64(p.Width)/float64(bits.Width()), float64(p.Height)/float64(bits.Height())
	p.Barcodes = placeCodes(codes, fx, fy, inPlace, p.Width, p.Height)
	p.Notes = append(p.Notes, noteOfCodes(len(codes))...)
	p.Blank = p.Blank && len(codes) == 0
	return p, nil
}

// arrange numbers lines and blocks over the page as postroom.Word has them.
func arrange(in []tesseract.Word, width, height int) []postroom.Word {
	out := make([]postroom.Word, 0, len(in))
	line, block := -1, -1
	var last tesseract.Word
	for i, w := range in {
		if w.Block != last.Block || i == 0 {
			block++
			line++
		} else if w.Paragraph != last.Paragraph || w.Line != last.Line {
			line++
		}
		last = w
		box := postroom.Box{
			max(0, w.Box.Min.X), max(0, w.Box.Min.Y), min(width, w.Box.Max.X), min(height, w.Box.Max.Y),
		}
		if strings.TrimSpace(w.Text) == "" || box.Empty() {
			continue
		}
		out = append(out, postroom.Word{
			Text: strings.TrimSpace(w.Text), Box: box, Line: line, Block: block,
			Confidence: postroom.Confidence(math.Round(max(0, min(100, w.Confidence))*10) / 1000),
		})
	}
	return renumber(out)
}

// renumber closes the gaps that words without text left.
func renumber(words []postroom.Word) []postroom.Word {
	line, block := -1, -1
	wasLine, wasBlock := -1, -1
	for i := range words {
		if words[i].Block != wasBlock {
			wasBlock = words[i].Block
			block++
		}
		if words[i].Line != wasLine {
			wasLine = words[i].Line
			line++
		}
		words[i].Line, words[i].Block = line, block
	}
	return words
}

// pageConfidence judges the page as a whole: the mean of the words, each
// counted by its letters, times the share of the writing that became words.
// The mean alone stays high when a page loses whole lines.
func pageConfidence(words []postroom.Word, covered float64) postroom.Confidence {
	var sum, letters float64
	for _, w := range words {
		n := float64(len([]rune(w.Text)))
		sum += n * float64(w.Confidence)
		letters += n
	}
	if letters == 0 {
		return 0
	}
	return postroom.Confidence(math.Round(sum/letters*covered*1000) / 1000)
}
