// Package tesseract is the one place of the project that links C: Leptonica for
// everything that is done to a page's image, and Tesseract, through gosseract,
// for reading it. Built without cgo it has the same functions, each of which
// says what to install.
//
// It guards against what these libraries were seen to do:
//
//   - gosseract crashes when a client is used again after bytes that can't be
//     decoded, so an Engine takes only a Pix, which Leptonica has decoded.
//   - Each result call of gosseract recognises the page again, so only one is made.
//   - Tesseract's threads slow it down more than five times, and the variable that
//     stops them is read when the process is loaded: OMP_THREAD_LIMIT=1 must be
//     in the environment that the process is started with. SingleThreaded tells.
//   - No call can be cancelled. Use this package in a process that may be killed.
//
// A Pix holds memory of C: Close it. Nothing here may be used by two goroutines
// at once, except different Pixes.
package tesseract

import (
	"errors"
	"image"
	"os"
)

// ErrDecode is returned when bytes are not an image that Leptonica can decode.
var ErrDecode = errors.New("leptonica can't decode the image")

// ErrMemory is returned when C had no memory for an image, or the operation was
// refused for its size.
var ErrMemory = errors.New("leptonica could not make the image")

// A Word is one word as Tesseract returned it.
type Word struct {
	Text       string
	Box        image.Rectangle // pixels of the Pix that was recognised
	Confidence float64         // Tesseract's own, 0 to 100
	Block      int             // from 1
	Paragraph  int             // in its block, from 1
	Line       int             // in its paragraph, from 1
}

// A Run is letters between two gaps of a line.
type Run struct {
	Box         image.Rectangle
	Block, Line int // counted over the page, from 0
	// Baseline is its height in the middle of the run; letters reach XHeight and
	// Ascender above and Descender below it.
	Baseline  float64
	XHeight   float64
	Ascender  float64 // above XHeight
	Descender float64
}

// A Mode is a page segmentation mode, with Tesseract's numbers.
type Mode int

const (
	ModeAuto    Mode = 3  // columns and blocks, without orientation
	ModeColumn  Mode = 4  // one column of text of variable sizes
	ModeBlock   Mode = 6  // one uniform block of text
	ModeLine    Mode = 7  // one line
	ModeWord    Mode = 8  // one word
	ModeSparse  Mode = 11 // as much text as can be found, in no order
	ModeRawLine Mode = 13 // one line, without Tesseract's own tricks
)

// SingleThreaded reports whether the process was started with the variable that
// keeps Tesseract from starting threads of its own.
func SingleThreaded() bool { return os.Getenv("OMP_THREAD_LIMIT") == "1" }
