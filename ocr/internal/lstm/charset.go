package lstm

import (
	"fmt"
	"strconv"
	"strings"
)

// A charset says what the network's classes stand for.
type charset struct {
	text  []string // of each class; "" for the null class and classes of no character
	space int
	null  int
	ids   map[string]int // the id of each character, as the dictionaries have it
	size  int            // how many ids there are
}

// readCharset reads the characters (Tesseract's UNICHARSET, a line of text for each) and the
// recoder, which gives each of them its class, or several: then it is read as these,
// one after the other, which is why each of them has to be a character of its own.
func readCharset(table, recoder []byte, classes, null int) (charset, error) {
	c := charset{text: make([]string, classes), null: null, ids: map[string]int{}}
	lines := strings.Split(string(table), "\n")
	n, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || n < 2 || n >= len(lines) || n > 1<<16 {
		return c, fmt.Errorf("its table of characters has %d lines", len(lines))
	}
	c.size = n
	characters := make([]string, n)
	for i := range n {
		text, _, _ := strings.Cut(lines[i+1], " ")
		if text == "NULL" {
			text = " "
		}
		if _, known := c.ids[text]; !known {
			c.ids[text] = i
		}
		characters[i] = text
	}
	r := reader{b: recoder}
	if count := int(r.uint32()); count != n {
		return c, fmt.Errorf("%d characters have a class, of %d", count, n)
	}
	needed := map[int]bool{}
	for i := range n {
		r.uint8()
		length := int(r.uint32())
		if length > 9 {
			return c, fmt.Errorf("character %d has %d classes", i, length)
		}
		for range length {
			class := int(r.uint32())
			if r.err != nil || class < 0 || class >= classes {
				return c, fmt.Errorf("character %d has no class", i)
			}
			needed[class] = true
			// The first characters that share a class with others are those to be written.
			if length == 1 && c.text[class] == "" && class != null {
				c.text[class] = characters[i]
			}
		}
	}
	if r.err != nil {
		return c, r.err
	}
	c.space = -1
	for class, text := range c.text {
		if text == " " {
			c.space = class
		}
		if text == "" && needed[class] && class != null {
			return c, fmt.Errorf("%w: characters of several parts", ErrUnsupported)
		}
	}
	if c.space < 0 {
		return c, fmt.Errorf("%w: a script without spaces", ErrUnsupported)
	}
	return c, nil
}
