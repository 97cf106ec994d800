// Package testdata holds the sample inbox that `postroom demo` shows, files
// that are broken in one way each, and single pages with what stands on them.
// All patients are invented. README.md tells what each file is for.
//
// The program embeds it for the demo, so it must not import the generator.
package testdata

import (
	"embed"
	"io/fs"
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
