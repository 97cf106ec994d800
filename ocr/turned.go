package ocr

import (
	"context"
	"fmt"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// ReadTurned is Read for a page of which a person has said which way is up: turn
// is how many degrees clockwise (0, 90, 180 or 270) bring it upright. It is a Problem
// for a page that is not read from its image.
func (r *Reader) ReadTurned(ctx context.Context, a postroom.Attachment, page, turn int) (postroom.Page, error) {
	if turn < 0 || turn > 270 || turn%90 != 0 {
		return postroom.Page{}, postroom.Bad(nil, "a page is turned by quarters", "")
	}
	answer, err := r.ask(ctx, request{Op: opRead, Page: page, Turn: &turn}, nil, a)
	if err != nil {
		return postroom.Page{}, fmt.Errorf("read page %d of %s: %w", page, short(a.Hash), err)
	}
	if answer.Page == nil {
		return postroom.Page{}, fmt.Errorf("read page %d of %s: the child gave no answer", page, short(a.Hash))
	}
	if answer.Page.Rotation != turn {
		return postroom.Page{}, postroom.Bad(nil, "this page is blank or carries its own text, so it is not read from its image", "turn only the view")
	}
	return *answer.Page, nil
}

// turnBy turns the image, and notes why: a person said so, or reading it showed.
func (w *workpiece) turnBy(turn int, why string) (turned int, skew float64) {
	switch {
	case turn != 0:
		w.step(func(p *tesseract.Pix) (*tesseract.Pix, error) { return p.Turn(turn) })
		w.note("turned by %d degrees, %s", turn, why)
	case why == nothingRead:
		w.note("not turned, %s", why)
	}
	across, _ := w.lines()
	if w.err != nil {
		return turn, 0
	}
	return turn, across.skew()
}
