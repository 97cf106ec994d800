package ocr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/postroom/postroom"
)

// A Reader reads attachments in child processes. It may be used by any number of
// goroutines; they take turns in the order in which they came.
type Reader struct {
	cfg     Config
	models  string // the folder
	version string
	pool    *pool
}

// Info is what opening a file tells without reading it.
type Info struct {
	// Pages is how many pages the file announces. Reading one that is damaged or
	// missing gives an error.
	Pages int `json:"pages"`
}

// ImageOptions says how a page's image is wanted.
type ImageOptions struct {
	// MaxWidth bounds the image's width in pixels; 0 is the page's own.
	// The height follows, with square pixels.
	MaxWidth int `json:"max_width"`
	// Turn turns the image clockwise: 0, 90, 180 or 270 degrees. It comes before MaxWidth.
	Turn int `json:"turn"`
}

// Open checks the configuration, and that Tesseract and its models are there: what
// is missing is a Problem of kind Misconfigured with the command that installs it.
// Child processes are started when they are needed.
func Open(cfg Config) (*Reader, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	folder, version, err := findModels(cfg.Models, cfg.Languages)
	if err != nil {
		return nil, err
	}
	if len(cfg.ChildCommand) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("find this program to start it as a reader: %w", err)
		}
		cfg.ChildCommand = []string{self, "reader"}
	}
	r := &Reader{cfg: cfg, models: folder, version: version}
	r.pool = newPool(cfg, settings{
		Languages: cfg.Languages, Models: folder, Engine: version, Limits: cfg.Limits,
		Open: openOptions{
			Passwords: cfg.Passwords, MaxPixels: cfg.Limits.MaxPixels,
			MaxPages: cfg.Limits.MaxPages, CacheDir: cfg.CacheDir,
		},
	})
	return r, nil
}

// Close ends all child processes; calls that are under way return an error.
func (r *Reader) Close() error {
	r.pool.close()
	return nil
}

// Version names everything that decides what a page is read as: this package's
// own way of preparing and judging pages, the libraries, and the models' bytes.
// The same file with the same version gives the same Page.
func (r *Reader) Version() string { return r.version }

// Inspect opens the attachment and returns how many pages it has. A file that
// can't be opened (locked, damaged, empty, too long) gives a Problem of kind BadInput.
func (r *Reader) Inspect(ctx context.Context, a postroom.Attachment) (Info, error) {
	answer, err := r.ask(ctx, request{Op: opInspect}, nil, a)
	if err != nil {
		return Info{}, fmt.Errorf("open %s: %w", short(a.Hash), err)
	}
	if answer.Info == nil {
		return Info{}, fmt.Errorf("open %s: the child gave no answer", short(a.Hash))
	}
	return *answer.Info, nil
}

// Read reads one page of the attachment, counted from 1. A page that can't be
// decoded, breaks a limit or crashes its child twice gives a Problem of kind
// BadInput; children that ended by no fault of the page, one of kind Temporary.
func (r *Reader) Read(ctx context.Context, a postroom.Attachment, page int) (postroom.Page, error) {
	answer, err := r.ask(ctx, request{Op: opRead, Page: page}, nil, a)
	if err != nil {
		return postroom.Page{}, fmt.Errorf("read page %d of %s: %w", page, short(a.Hash), err)
	}
	if answer.Page == nil {
		return postroom.Page{}, fmt.Errorf("read page %d of %s: the child gave no answer", page, short(a.Hash))
	}
	return *answer.Page, nil
}

// Image returns one page of the attachment, counted from 1, as it arrived but with
// square pixels: a PNG, or a JPEG when the page is in colour or shades of gray.
func (r *Reader) Image(ctx context.Context, a postroom.Attachment, page int, o ImageOptions) ([]byte, error) {
	var out writeAll
	if _, err := r.ask(ctx, request{Op: opImage, Page: page, Image: &o}, &out, a); err != nil {
		return nil, fmt.Errorf("show page %d of %s: %w", page, short(a.Hash), err)
	}
	return out, nil
}

// Searchable writes a PDF of the pages with their words as invisible text, and returns
// which of them were drawn. The same arguments give the same bytes. On an error, out may
// hold a part.
func (r *Reader) Searchable(ctx context.Context, out io.Writer, meta DocumentMeta, pages []SearchablePage) ([]DrawnPage, error) {
	q := request{Op: opSearchable, Meta: &meta}
	var files []postroom.Attachment
	at := map[postroom.Hash]int{}
	for _, p := range pages {
		i, ok := at[p.Attachment.Hash]
		if !ok {
			i = len(files)
			at[p.Attachment.Hash] = i
			files = append(files, p.Attachment)
		}
		q.Pages = append(q.Pages, i)
	}
	q.load = func(i int) (postroom.Page, error) { return pages[i].Load(ctx) }
	answer, err := r.ask(ctx, q, out, files...)
	if err != nil {
		return nil, fmt.Errorf("make a searchable PDF of %d pages: %w", len(pages), err)
	}
	return answer.Drawn, nil
}

// ask hands the request and the files to a child and returns its last frame; the
// bodies go to out.
func (r *Reader) ask(ctx context.Context, q request, out io.Writer, attachments ...postroom.Attachment) (response, error) {
	var files []*os.File
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	for _, a := range attachments {
		f, err := os.Open(a.Path)
		if err != nil {
			return response{}, &postroom.Problem{
				Kind: postroom.Temporary, Reason: "the attachment's bytes are not where they were put", Err: errors.Unwrap(err),
			}
		}
		files = append(files, f)
		q.Files = append(q.Files, fileRef{Hash: a.Hash, Name: a.Name, MediaType: a.MediaType})
	}
	return r.pool.ask(ctx, q, files, out)
}

// short names a file in errors and logs: enough to find it, and no patient's name.
func short(h postroom.Hash) string { return string(h[:min(len(h), 12)]) }

type writeAll []byte

func (w *writeAll) Write(b []byte) (int, error) {
	*w = append(*w, b...)
	return len(b), nil
}
