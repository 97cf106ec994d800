// Package testdata holds the sample inbox that `postroom demo` shows, files
// that are broken in one way each, and single pages with what stands on them.
// All patients are invented. README.md tells what each file is for.
package testdata

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

//go:embed inbox
var inbox embed.FS

//go:embed hostile
var hostile embed.FS

//go:embed pages
var pages embed.FS

// Inbox holds the mails of the sample inbox (*.eml), with truth.jsonl and patients.csv.
var Inbox = within(inbox, "inbox")

// Hostile holds files that are broken in one way each.
var Hostile = within(hostile, "hostile")

// Pages holds single pages, each with the text that stands on it beside it.
var Pages = within(pages, "pages")

func within(f embed.FS, folder string) fs.FS {
	sub, err := fs.Sub(f, folder)
	if err != nil {
		panic(err) // the folder's name is written above
	}
	return sub
}

// Patients returns the patients of the practice whose inbox the sample is.
func Patients() ([]postroom.Patient, error) {
	b, err := fs.ReadFile(Inbox, "patients.csv")
	if err != nil {
		return nil, fmt.Errorf("read the sample patients: %w", err)
	}
	return generate.ReadRegister(b)
}

// Truths returns what is in the mails of the sample inbox, in their order.
func Truths() ([]generate.Truth, error) {
	b, err := fs.ReadFile(Inbox, "truth.jsonl")
	if err != nil {
		return nil, fmt.Errorf("read the truth of the sample inbox: %w", err)
	}
	return generate.ReadTruths(b)
}
