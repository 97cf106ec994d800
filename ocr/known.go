package ocr

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/postroom/postroom"
)

// ReadUnlessKnown reads a page as Read does, unless a page of the very same image
// was read before, in whatever file. When the page is an image and it is decoded, which
// takes a fraction of the time of reading it, known is asked for a page that was read
// from it, by a Reader of the same Version; that is then returned as this file's.
// The returned page has Image set.
func (r *Reader) ReadUnlessKnown(ctx context.Context, a postroom.Attachment, page int, known func(image postroom.Hash) (postroom.Page, bool)) (postroom.Page, error) {
	var found *postroom.Page
	q := request{Op: opRead, Page: page, Ask: true, known: func(image postroom.Hash) bool {
		found = nil
		if p, ok := known(image); ok && p.Image == image {
			found = &p
		}
		return found != nil
	}}
	answer, err := r.ask(ctx, q, nil, a)
	switch {
	case err != nil:
		return postroom.Page{}, fmt.Errorf("read page %d of %s: %w", page, short(a.Hash), err)
	case answer.Page != nil:
		return *answer.Page, nil
	case found != nil:
		p := *found
		p.Attachment, p.Hash, p.Number = a.Name, a.Hash, page
		return p, nil
	}
	return postroom.Page{}, fmt.Errorf("read page %d of %s: the child gave no answer", page, short(a.Hash))
}

// hash names all that the reading of a scan starts from, but its file.
func (s scan) hash() (postroom.Hash, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%d %d %x %x %q\n", s.width, s.height, s.dpiX, s.dpiY, s.notes)
	if err := s.pix.WritePixels(h); err != nil {
		return "", err
	}
	return postroom.Hash(hex.EncodeToString(h.Sum(nil))), nil
}

// askWhetherKnown asks the parent whether a page of the image was read before.
func (s *server) askWhetherKnown(image postroom.Hash) (bool, error) {
	if err := writeFrame(s.conn, response{Image: image, More: true}, nil); err != nil {
		return false, err
	}
	in, ok := <-s.requests
	if !ok || in.Op != opGoOn {
		return false, fmt.Errorf("a request %q came instead of an answer", in.Op)
	}
	return in.Known, nil
}
