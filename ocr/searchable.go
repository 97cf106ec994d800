package ocr

import (
	"time"

	"github.com/postroom/postroom"
)

// DocumentMeta is what a searchable PDF says about itself. It goes into a file
// that leaves the house, so it holds no patient data.
type DocumentMeta struct {
	Title    string    `json:"title"`
	Created  time.Time `json:"created"`
	Language string    `json:"language"` // BCP 47: "en-GB"
	ID       string    `json:"id"`       // the document's identity; the same one gives the same bytes
}

// A SearchablePage is a page of a searchable PDF: where its image is found, and
// its words.
type SearchablePage struct {
	Attachment postroom.Attachment `json:"attachment"`
	Page       postroom.Page       `json:"page"`
}
