package ocr

import (
	"time"

	"github.com/postroom/postroom"
)

// DocumentMeta is what a searchable PDF says about itself. It goes into a file
// that leaves the house, so it holds no patient data unless somebody asks for it.
type DocumentMeta struct {
	Title    string    `json:"title"`
	Created  time.Time `json:"created"`
	Language string    `json:"language"` // BCP 47: "en-GB"
	ID       string    `json:"id"`       // the document's identity; the same one gives the same bytes
	// Source names the originals, one after the other: where the file came from.
	Source string `json:"source,omitempty"`
	// Embed are those of the pages' files that go into the PDF whole. A file that
	// also holds another patient's pages must not be among them.
	Embed []postroom.Hash `json:"embed,omitempty"`
	// Keep leaves pages of PDFs as they came where PDF/A does not allow them; the file
	// then does not say that it is PDF/A. Otherwise such pages are drawn.
	Keep bool `json:"keep,omitempty"`
}

// A DrawnPage is a page of a searchable PDF that was drawn, since it could not stand in a
// PDF/A file as it came.
type DrawnPage struct {
	Page int    `json:"page"` // of the searchable PDF, from 1
	Why  string `json:"why"`  // "a font is not embedded"
}

// A SearchablePage is a page of a searchable PDF: where its image is found, and
// its words.
type SearchablePage struct {
	Attachment postroom.Attachment `json:"attachment"`
	Page       postroom.Page       `json:"page"`
}
