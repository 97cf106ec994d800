package pipeline

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/postroom/postroom"
)

// A pageReading is one page of a message as reading left it.
type pageReading struct {
	id postroom.PageID
	// page is nil when it could not be read. Of a long message it has no words: they are
	// loaded when they are needed.
	page   *postroom.Page
	reason string // why it could not be read
	at     spooled
}

// keep holds the page, without its words when the message has many pages.
func (r *pageReading) keep(page postroom.Page, a postroom.Attachment, many bool) {
	// The same bytes may have been read under another name. Pages of one file share its strings.
	page.Attachment, page.Hash = a.Name, a.Hash
	if many {
		page.Words = nil
	}
	r.page = &page
}

// A readable is the pages of a message that could be read, of all that it has.
type readable struct {
	of []*pageReading
	// words loads a page whole; nil when all are.
	words func(ctx context.Context, r *pageReading) (postroom.Page, error)
}

func readableOf(readings []pageReading, words func(context.Context, *pageReading) (postroom.Page, error)) readable {
	out := readable{words: words}
	for i := range readings {
		if readings[i].page != nil {
			out.of = append(out.of, &readings[i])
		}
	}
	return out
}

// Len implements postroom.Pages.
func (r readable) Len() int { return len(r.of) }

// Load implements postroom.Pages.
func (r readable) Load(ctx context.Context, i int) (postroom.Page, error) {
	page := *r.of[i].page
	if r.words == nil {
		return page, nil
	}
	whole, err := r.words(ctx, r.of[i])
	if err != nil {
		return page, fmt.Errorf("load what was read of page %s: %w", r.of[i].id, err)
	}
	page.Words = whole.Words
	return page, nil
}

// A spool keeps what was read of pages in a file. Any number of goroutines may use it.
type spool struct {
	mu   sync.Mutex
	file *os.File
	end  int64
}

// A spooled says where a page stands in its spool.
type spooled struct {
	at   int64
	size int
}

func newSpool(path string) (*spool, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, &postroom.Problem{Kind: postroom.Temporary, Reason: "the temporary folder cannot be written", Err: err}
	}
	return &spool{file: f}, nil
}

func (s *spool) close() { s.file.Close() }

func (s *spool) put(page postroom.Page) (spooled, error) {
	body, err := packPage(page)
	if err != nil {
		return spooled{}, err
	}
	s.mu.Lock()
	at := spooled{s.end, len(body)}
	s.end += int64(len(body))
	s.mu.Unlock()
	if _, err := s.file.WriteAt(body, at.at); err != nil {
		return at, &postroom.Problem{Kind: postroom.Temporary, Reason: "the temporary folder cannot be written", Err: err}
	}
	return at, nil
}

func (s *spool) load(at spooled) (postroom.Page, error) {
	body := make([]byte, at.size)
	if _, err := s.file.ReadAt(body, at.at); err != nil {
		return postroom.Page{}, err
	}
	return unpackPage(body)
}
