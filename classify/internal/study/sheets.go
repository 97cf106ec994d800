package study

import (
	"fmt"
	"path"
	"strings"
)

// A Sheet is a single page as one person wrote it: a front sheet, or one that looks like it and is a document.
type Sheet struct {
	Letter
	Cover bool // it only goes in front of others, and says nothing of a patient that anybody has to know
}

// coverSheet is what stands in place of a type over a front sheet.
const coverSheet = "fax_cover"

// Sheets are all single pages, hand by hand.
func Sheets() ([]Sheet, error) {
	files, err := wordFiles.ReadDir("words/sheets")
	if err != nil {
		return nil, err
	}
	var out []Sheet
	for _, f := range files {
		b, err := wordFiles.ReadFile("words/sheets/" + f.Name())
		if err != nil {
			return nil, err
		}
		hand := strings.TrimSuffix(f.Name(), path.Ext(f.Name()))
		for n, text := range strings.Split("\n"+string(b), "\n=== ")[1:] {
			head, body, _ := strings.Cut(text, "\n")
			code, note, found := strings.Cut(head, "|")
			if !found {
				return nil, fmt.Errorf("%s: sheet %d: %q is no head of a sheet: TYPE | note", f.Name(), n+1, head)
			}
			s := Sheet{Letter: Letter{Hand: hand, Note: strings.TrimSpace(note)}, Cover: strings.TrimSpace(code) == coverSheet}
			s.Pages = [][]string{strings.Split(strings.Trim(body, "\n"), "\n")}
			out = append(out, s)
		}
	}
	return out, nil
}
