package ocr

import (
	"fmt"
	"log/slog"
	"regexp"
	"runtime"
	"time"

	"github.com/postroom/postroom"
)

// Config says how attachments are read. Its zero value works.
type Config struct {
	// Workers is how many pages are read at once, each in a process of its own;
	// 0 is as many as there are cores.
	Workers int `yaml:"workers"`

	// Languages are Tesseract's names of the languages that letters are written in,
	// the most common one first; empty is English.
	Languages []string `yaml:"languages"`

	// Models is the folder that holds <language>.traineddata; empty is where
	// TESSDATA_PREFIX or the system's packages have it.
	Models string `yaml:"models"`

	// Passwords are tried on locked PDFs.
	Passwords []string `yaml:"passwords"`

	Limits Limits `yaml:"limits"`

	// CacheDir is a private folder for compiled code of the PDF renderer: what
	// lies there is run, so nobody else may write to it. Empty keeps none, and
	// each process then takes seconds to open its first PDF.
	CacheDir string `yaml:"-"`

	// ChildCommand starts a child process instead of this program with the
	// argument "reader".
	ChildCommand []string `yaml:"-"`

	// writes are folders that children may write to: tests need it.
	writes []string

	// Log is told what goes wrong with child processes, never what a page says.
	// nil is slog.Default().
	Log *slog.Logger `yaml:"-"`
}

// Limits bound what one page may cost. Zero values mean the defaults.
type Limits struct {
	// PageTime is the computing time of one page; 0 is 60 seconds. A page that
	// waits for the processor is given four times as long.
	PageTime time.Duration `yaml:"page_time"`
	// Memory is what one child process may use, in bytes; 0 is 1 GiB.
	Memory int64 `yaml:"memory"`
	// MaxPixels is the size of one page; 0 is 80 million, an A3 page at 600 dots per inch.
	MaxPixels int64 `yaml:"max_pixels"`
	// MaxPages is the length of one file; 0 is 2000.
	MaxPages int `yaml:"max_pages"`
}

func (c Config) withDefaults() Config {
	if c.Workers == 0 {
		c.Workers = runtime.NumCPU()
	}
	if len(c.Languages) == 0 {
		c.Languages = []string{"eng"}
	}
	if c.Limits.PageTime == 0 {
		c.Limits.PageTime = time.Minute
	}
	if c.Limits.Memory == 0 {
		c.Limits.Memory = 1 << 30
	}
	if c.Limits.MaxPixels == 0 {
		c.Limits.MaxPixels = 80_000_000
	}
	if c.Limits.MaxPages == 0 {
		c.Limits.MaxPages = 2000
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

// languageName is what a model's file may be called: no path can hide in it.
var languageName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// Validate returns a Problem of kind Misconfigured that says what to write instead.
func (c Config) Validate() error {
	wrong := func(hint, format string, args ...any) error {
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: fmt.Sprintf(format, args...), Hint: hint}
	}
	switch {
	case c.Workers < 0 || c.Workers > 1024:
		return wrong("write 0 for as many as there are cores", "reading: workers is %d", c.Workers)
	case c.Limits.PageTime < 0 || c.Limits.PageTime > 0 && c.Limits.PageTime < time.Second:
		return wrong("write a time such as 60s", "reading: limits.page_time is %s, less than a second", c.Limits.PageTime)
	case c.Limits.Memory < 0 || c.Limits.Memory > 0 && c.Limits.Memory < 256<<20:
		return wrong("write bytes, at least 268435456 (256 MiB)", "reading: limits.memory is %d bytes, too little to read a page", c.Limits.Memory)
	case c.Limits.MaxPixels < 0 || c.Limits.MaxPixels > 0 && c.Limits.MaxPixels < 1_000_000:
		return wrong("write at least 1000000", "reading: limits.max_pixels is %d, less than a fax page has", c.Limits.MaxPixels)
	case c.Limits.MaxPages < 0:
		return wrong("write 0 for the default", "reading: limits.max_pages is %d", c.Limits.MaxPages)
	}
	for _, l := range c.Languages {
		if !languageName.MatchString(l) {
			return wrong("write Tesseract's names, such as eng or cym", "reading: %q is no language of Tesseract", l)
		}
	}
	return nil
}
