package ocr

import (
	"context"
	"path/filepath"

	"github.com/postroom/postroom"
)

// Prepare compiles the PDF renderer into Config.CacheDir, which takes seconds, so
// that no page waits for it; the first PDF does it otherwise. It returns at once
// when that is done, or when there is no CacheDir, and a Problem of kind
// Misconfigured when what was compiled can't be kept.
func (r *Reader) Prepare(ctx context.Context) error {
	dir := r.pool.settings.Open.CacheDir
	if dir == "" {
		return nil
	}
	unkept := &postroom.Problem{
		Kind: postroom.Misconfigured, Reason: "the compiled PDF renderer can't be kept, so that each reading process takes seconds to open its first PDF",
		Hint: "let the user who runs postroom write to " + filepath.Join(dir, "pdfium") + ", and nobody else",
	}
	if privateCache(dir) == "" {
		return unkept
	}
	if err := r.pool.prepare(ctx, []fileRef{{MediaType: postroom.PDF}}); err != nil {
		return err
	}
	if !cacheIsFilled(dir) {
		return unkept
	}
	return nil
}
