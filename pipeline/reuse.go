package pipeline

import (
	"context"
	"sync"

	"github.com/postroom/postroom"
)

// readingOf returns what the engine read of the image before, in whatever file. That
// it can't be found out is no reason not to read.
func (p *Pipeline) readingOf(ctx context.Context, image postroom.Hash, engine string) (postroom.Page, bool) {
	if image == "" {
		return postroom.Page{}, false
	}
	var body []byte
	err := p.db.row(ctx, `SELECT body FROM readings WHERE image = ? AND engine = ? LIMIT 1`, string(image), engine).scan(&body)
	if err != nil {
		return postroom.Page{}, false
	}
	page, err := unpackPage(body)
	return page, err == nil
}

// images say where the pages that were read of one message are kept, by their images.
type images struct {
	kept *spool
	mu   sync.Mutex
	at   map[postroom.Hash]spooled
}

func newImages(kept *spool) *images { return &images{kept: kept, at: map[postroom.Hash]spooled{}} }

func (i *images) known(image postroom.Hash) (postroom.Page, bool) {
	i.mu.Lock()
	at, ok := i.at[image]
	i.mu.Unlock()
	if !ok {
		return postroom.Page{}, false
	}
	page, err := i.kept.load(at)
	return page, err == nil
}

func (i *images) add(image postroom.Hash, at spooled) {
	if image == "" {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.at[image] = at
}

// turns lets those who name the same thing go on one after the other.
type turns struct {
	mu    sync.Mutex
	taken map[string]*turn
}

type turn struct {
	free  chan struct{} // holds one token while nobody has the turn
	users int
}

// take waits for the turn; release must be called.
func (t *turns) take(ctx context.Context, name string) (release func(), err error) {
	t.mu.Lock()
	mine := t.taken[name]
	if mine == nil {
		if t.taken == nil {
			t.taken = map[string]*turn{}
		}
		mine = &turn{free: make(chan struct{}, 1)}
		mine.free <- struct{}{}
		t.taken[name] = mine
	}
	mine.users++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if mine.users--; mine.users == 0 {
			delete(t.taken, name)
		}
	}
	select {
	case <-mine.free:
		return func() {
			mine.free <- struct{}{}
			leave()
		}, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
