package ocr

import (
	"context"
	"errors"
	"fmt"
	"iter"
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
	Attachment postroom.Attachment
	// Load returns what was read of it. It is called when the page's turn comes, perhaps
	// again after a child's end, so that a document of thousands of pages takes the memory of one.
	Load func(context.Context) (postroom.Page, error)
}

// searchable answers opSearchable: it asks for what was read of one page after the other.
func (s *server) searchable(in incoming) ([]DrawnPage, error) {
	data := make([][]byte, len(in.opened))
	defer func() {
		for _, d := range data {
			unmap(d)
		}
	}()
	for i, f := range in.opened {
		var err error
		if data[i], err = mapFile(f); err != nil {
			return nil, err
		}
	}
	pages := func(yield func(searchablePage, error) bool) {
		for i, file := range in.Pages {
			if file < 0 || file >= len(data) {
				yield(searchablePage{}, errors.New("the request has no such file"))
				return
			}
			page, err := s.askForPage(i)
			if !yield(searchablePage{Data: data[file], MediaType: in.Files[file].MediaType, Page: page}, err) || err != nil {
				return
			}
		}
	}
	return writeSearchable(pieceWriter{s.conn}, *in.Meta, iter.Seq2[searchablePage, error](pages), s.settings.Open)
}

// askForPage asks the parent for what was read of a page, by its index in the request.
func (s *server) askForPage(i int) (postroom.Page, error) {
	if err := writeFrame(s.conn, response{Wanted: &i, More: true}, nil); err != nil {
		return postroom.Page{}, err
	}
	in, ok := <-s.requests
	if !ok || in.Op != opGoOn || in.Reading == nil {
		return postroom.Page{}, fmt.Errorf("a request %q came instead of a page", in.Op)
	}
	return *in.Reading, nil
}
