package ocr

import (
	"image"
	"time"

	"github.com/postroom/postroom"
)

// An opened is an attachment as a child process has it open, whatever its
// format. It is used by one goroutine at a time.
type opened interface {
	// Pages returns the number of pages that the file announces: for a TIFF its
	// directories, even when the file is cut off before the last of them.
	Pages() int

	// Page returns page n, counted from 1, for reading: the page's own text when
	// it has some that is sound, its image otherwise.
	Page(n int) (rawPage, error)

	// Picture returns page n as an image even when it has text of its own, with
	// the same Width and Height as Page returns.
	Picture(n int) (rawPage, error)

	Close() error
}

// An openFunc opens a file of one format. data is the whole file, mapped read-only:
// it must not be written to and holds only until the opened is closed. A file
// that can't be read gives a postroom.Problem of kind BadInput.
type openFunc func(data []byte, o openOptions) (opened, error)

// openOptions is what opening may need of the configuration.
type openOptions struct {
	Passwords []string // to try on locked PDFs, after the empty one
	MaxPixels int64    // of one page; more is BadInput
	MaxPages  int      // of one file; more is BadInput
	CacheDir  string   // for compiled code that is kept between processes; may be empty
}

// A rawPage is a page before reading.
//
// "As it arrived" means as a viewer shows it: turned as the file says (TIFF
// Orientation, EXIF Orientation, PDF /Rotate and the image's placement). Width
// and Height, Words and the finished postroom.Page all stand in those pixels.
type rawPage struct {
	// Encoded is a whole TIFF, JPEG or PNG file, and Directory the image in it,
	// counted from 0. Image holds pixels instead: *image.Gray, *image.RGBA or
	// *image.NRGBA. Both may be empty when Text is TextPDF: then an image is only looked at for codes.
	Encoded   []byte
	Directory int
	Image     image.Image

	// Turn is how many degrees clockwise the stored pixels have to be turned to
	// look as they do in a viewer, when that stands outside of Encoded: 0, 90,
	// 180 or 270. Mirror flips them left to right before that.
	Turn    int
	upright *int   // degrees clockwise that turn it upright, where that is known; may be nil
	why     string // how it is known
	// pageTime is the time that reading the page may take; 0 for any.
	pageTime time.Duration
	Mirror   bool

	// Width and Height are pixels after Turn. 0 means: as decoded.
	Width, Height int
	// DPIX and DPIY are dots per inch after Turn, when what holds the image knows
	// better than the image itself; else 0.
	DPIX, DPIY float64

	// Text is TextPDF when Words are the page's own and sound: then they are
	// taken as they are, and nothing is recognised. Words stand in pixels of
	// the page as it arrived (Width by Height at DPIX by DPIY, which then are
	// never 0), upright, in reading order, with lines and blocks numbered.
	Text  postroom.TextOrigin
	Words []postroom.Word

	Notes []string // for postroom.Page.Notes

	tiff    *tiffImage // the directory of a TIFF, when it was read already
	decoded *scan      // what decode returns, once, when it was decoded already
}

// A searchablePage is a page for writeSearchable. Pages of one file share its Data.
type searchablePage struct {
	Data      []byte // the whole attachment, mapped read-only
	MediaType string
	Page      postroom.Page
}
