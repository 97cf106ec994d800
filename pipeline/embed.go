package pipeline

import (
	"context"
	"fmt"
	"slices"

	"github.com/postroom/postroom"
)

// embeddable names the originals that may go into the document's PDF whole: those
// that hold nothing but its own pages, covers, separators and blank sides. What
// else stands in a fax can be another patient's, and the PDF goes to whoever
// may see this one.
func (p *Pipeline) embeddable(ctx context.Context, message string, r postroom.Record) ([]postroom.Hash, error) {
	var out, seen []postroom.Hash
	left := p.opt.Embed
	for _, page := range r.Pages {
		if left < 0 || slices.Contains(seen, page.Hash) {
			continue
		}
		seen = append(seen, page.Hash)
		var size, others int64
		err := p.db.row(ctx, `SELECT COALESCE(MAX(a.size), 0), COALESCE(SUM(CASE WHEN q.fate IN ('cover', 'separator', 'blank') THEN 0
				WHEN q.fate = 'document' AND q.document = ? THEN 0 ELSE 1 END), 0)
			FROM attachments a JOIN pages q ON q.message = a.message AND q.attachment = a.number
			WHERE a.message = ? AND a.sha256 = ?`, r.DocumentID, message, string(page.Hash)).scan(&size, &others)
		if err != nil {
			return nil, fmt.Errorf("look for the originals of document %s: %w", r.DocumentID, err)
		}
		if others == 0 && size <= left {
			out = append(out, page.Hash)
			left -= size
		}
	}
	return out, nil
}
