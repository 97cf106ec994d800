package postroom

import "context"

// Pages are the pages of one message that could be read, in their order.
type Pages interface {
	Len() int
	// Load returns page i, counted from 0. It may be asked for the same page again: who goes
	// through the pages of a long message does not hold them all.
	Load(ctx context.Context, i int) (Page, error)
}

// ManyPages is how many pages of a message are held at once; of a longer one each is loaded
// when it is needed, which is slower and takes the memory of one.
const ManyPages = 64

// A PageList is pages that are at hand.
type PageList []Page

// Len implements Pages.
func (l PageList) Len() int { return len(l) }

// Load implements Pages.
func (l PageList) Load(_ context.Context, i int) (Page, error) { return l[i], nil }
