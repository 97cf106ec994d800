package ocr

import (
	"image"
	"regexp"
	"strings"
	"unicode"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/lstm"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// A second reader reads small pictures of single values, otherwise than the first one
// does: Tesseract itself, on an enlarged picture, allowed nothing but what such values consist of.
type secondReader struct{ engine *tesseract.Engine }

func newSecondReader(languages []string, models string) (*secondReader, error) {
	variables := map[string]string{"tessedit_char_whitelist": ""}
	for k, v := range engineVariables {
		variables[k] = v
	}
	engine, err := tesseract.NewEngine(languages[:1], models, variables)
	if err != nil {
		return nil, err
	}
	return &secondReader{engine}, nil
}

// A critical value is one by which documents are given to patients: its words on the page,
// and the characters that it may have.
type critical struct {
	words   []int
	allowed string
}

var (
	// Digits, and the letters that OCR takes them for.
	likeDigits   = regexp.MustCompile(`^[0-9OoQDIlij|!SsBZzGgqA]+$`)
	numericDate  = regexp.MustCompile(`^\D?\d{1,2}[/.\-]\d{1,2}[/.\-](\d{4}|\d{2})\D?$`)
	aboutBirth   = regexp.MustCompile(`(?i)^\(?(d\.?o\.?b|born|birth)`)
	aroundDigits = "()[].,:;'\"-"
)

// findCritical finds numbers of ten digits (an NHS number has this shape: three, three
// and four digits, or all in one) and dates that stand behind a word about birth in their line.
func findCritical(words []postroom.Word) []critical {
	var out []critical
	for i := 0; i < len(words); i++ {
		var digits, real int
		var group []int
		for k := i; k < len(words) && words[k].Line == words[i].Line && digits < 10 && len(group) < 4; k++ {
			text := strings.Trim(words[k].Text, aroundDigits)
			text = strings.NewReplacer("-", "", ".", "").Replace(text)
			if !likeDigits.MatchString(text) {
				break
			}
			digits += len(text)
			for _, r := range text {
				if unicode.IsDigit(r) {
					real++
				}
			}
			group = append(group, k)
		}
		if digits == 10 && real >= 7 {
			out = append(out, critical{group, "0123456789 "})
			i = group[len(group)-1]
		}
	}
	for i, w := range words {
		if !aboutBirth.MatchString(w.Text) {
			continue
		}
		for k := i + 1; k < len(words) && k < i+6 && words[k].Line == w.Line; k++ {
			if numericDate.MatchString(words[k].Text) {
				out = append(out, critical{[]int{k}, "0123456789/.-"})
				break
			}
		}
	}
	return out
}

// distrusted is the most that a value's confidence is when two readings of it differ.
const distrusted = 0.5

// check reads the page's critical values a second time. Where both readings differ, the word
// keeps the first one, has the other one beside it, and loses its confidence: a person decides.
func (s *secondReader) check(feed *tesseract.Pix, words []postroom.Word) error {
	for _, c := range findCritical(words) {
		var box postroom.Box
		for _, k := range c.words {
			box = box.Union(words[k].Box)
		}
		other, err := s.read(feed, image.Rect(box[0], box[1], box[2], box[3]), c.allowed)
		if err != nil {
			return err
		}
		compare(words, c.words, other)
	}
	return nil
}

// read reads a part of the page.
func (s *secondReader) read(feed *tesseract.Pix, r image.Rectangle, allowed string) (string, error) {
	part, err := feed.Crop(r.Inset(-8))
	if err != nil {
		return "", err
	}
	defer func() { part.Close() }()
	step := func(next *tesseract.Pix, err error) error {
		if err != nil {
			return err
		}
		part.Close()
		part = next
		return nil
	}
	if part.Depth() == 1 {
		if err := step(part.Gray()); err != nil {
			return "", err
		}
	}
	// Digits of about 48 pixels: half as large again as the first reader has them.
	if k := 48 / float64(max(8, r.Dy())); k > 1.05 {
		if err := step(part.Resample(k, k)); err != nil {
			return "", err
		}
	}
	// It stays gray: cut off to black and white, weak print gave other digits for half of
	// the values that the first reading had right, and gray for one in twenty.
	// What remains at the edges belongs to the neighbours.
	if err := step(part.Padded(12, 12, 12, 12)); err != nil {
		return "", err
	}
	part.SetResolution(300, 300)
	found, err := s.engine.Recognise(part, tesseract.ModeLine, map[string]string{"tessedit_char_whitelist": allowed})
	if err != nil {
		return "", err
	}
	width, gray, err := part.Strip(image.Rect(0, 0, part.Width(), part.Height()), struckStrip)
	if err != nil {
		return "", err
	}
	return spoken(secondZeros(lstm.Line{Width: width, Gray: gray}, found, float64(struckStrip)/float64(part.Height()))), nil
}

// struckStrip is how many rows high the second reading's picture is looked at for struck zeros.
const struckStrip = 36

// secondZeros returns what the second reader found with zeros where its own picture shows struck ones, which it takes for other digits,
// too. Since the first reading looks for them in the same way, only what is all but certain counts: about the others the two disagree,
// and a person decides.
func secondZeros(l lstm.Line, found []tesseract.Word, scale float64) []lstm.Word {
	words := make([]lstm.Word, len(found))
	for i, w := range found {
		letters := []rune(w.Text)
		for k, r := range letters {
			x := float64(w.Box.Min.X) + (float64(k)+0.5)*float64(w.Box.Dx())/float64(len(letters)) // such fonts have letters of one width
			words[i].Chars = append(words[i].Chars, lstm.Char{Text: string(r), X: x * scale})
		}
	}
	for _, z := range zerosLike(l, struckStrip, words) {
		if z.score >= struckAlone && z.middle > struckMiddle {
			words[z.word].Chars[z.char].Text = "0"
		}
	}
	return words
}

// compare lays the second reading beside the words.
func compare(words []postroom.Word, group []int, other string) {
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, s)
	}
	rest := digits(other)
	if rest == "" {
		return // it could read nothing, which says nothing of the first reading
	}
	var first string
	for _, k := range group {
		first += digits(words[k].Text)
	}
	if rest == first {
		return
	}
	doubt := func(k int, other string) {
		words[k].Other = other
		words[k].Confidence = min(words[k].Confidence, distrusted)
	}
	// With as many digits as the words have places for, only the words that differ are in doubt.
	length := 0
	for _, k := range group {
		length += len(places(words[k].Text))
	}
	if len(rest) != length {
		for _, k := range group {
			doubt(k, strings.TrimSpace(other))
		}
		return
	}
	for _, k := range group {
		n := len(places(words[k].Text))
		if part := rest[:n]; part != digits(words[k].Text) {
			doubt(k, part)
		}
		rest = rest[n:]
	}
}

// places returns the characters of a word that stand where digits do.
func places(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(aroundDigits+"/", r) {
			return -1
		}
		return r
	}, text)
}
