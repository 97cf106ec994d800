package postroom

import (
	"math"
	"strconv"
)

// A Box is an area of a page: left, top, right, bottom, in pixels from the
// page's top left corner, right and bottom exclusive.
type Box [4]int

// Union returns the smallest box that holds both; an empty box counts for nothing.
func (b Box) Union(c Box) Box {
	switch {
	case b.Empty():
		return c
	case c.Empty():
		return b
	}
	return Box{min(b[0], c[0]), min(b[1], c[1]), max(b[2], c[2]), max(b[3], c[3])}
}

// Empty reports whether the box holds no pixel.
func (b Box) Empty() bool { return b[2] <= b[0] || b[3] <= b[1] }

// Width returns the box's width in pixels.
func (b Box) Width() int { return b[2] - b[0] }

// Height returns the box's height in pixels.
func (b Box) Height() int { return b[3] - b[1] }

// A Word is one word as it was read.
type Word struct {
	Text       string     `json:"text"`
	Box        Box        `json:"box"` // in the upright page (see Frame)
	Confidence Confidence `json:"confidence"`
	// Other is what a second, independent reading of a critical value saw, when it
	// disagrees with Text. Neither is corrected: a person decides.
	Other string `json:"other,omitempty"`
	Line  int    `json:"line"`  // lines are numbered from 0 in reading order over the page
	Block int    `json:"block"` // blocks of lines likewise
}

// A Frame is the upright page: square pixels, text running left to right.
// Words stand in it; Original leads back to the page as it arrived.
type Frame struct {
	Width  int     `json:"width"`  // pixels
	Height int     `json:"height"` // pixels
	DPI    float64 `json:"dpi"`    // dots per inch, both ways
	// Matrix leads from a point (x, y) of the frame to a point of the page as
	// it arrived: x' = m[0]x + m[1]y + m[2], y' = m[3]x + m[4]y + m[5].
	// The zero matrix means that both are the same.
	Matrix [6]float64 `json:"matrix"`
}

// A Page is one side of paper.
type Page struct {
	Attachment string `json:"attachment"` // the attachment's name
	Hash       Hash   `json:"sha256"`     // of the attachment
	Number     int    `json:"page"`       // in the attachment, from 1
	// Image names the pixels that were read, whatever file they came in; empty when
	// the page's words are the file's own, or nobody asked.
	Image Hash `json:"image,omitempty"`

	// The page as it arrived: its own pixels, not turned and not made square.
	Width  int     `json:"width"`
	Height int     `json:"height"`
	DPIX   float64 `json:"dpi_x"` // dots per inch; inferred when the file gives none or nonsense
	DPIY   float64 `json:"dpi_y"`

	Rotation int     `json:"rotation"` // degrees clockwise that turn it upright: 0, 90, 180 or 270
	Skew     float64 `json:"skew"`     // degrees clockwise that straighten it after that
	Frame    Frame   `json:"frame"`

	Words      []Word     `json:"words"`
	Confidence Confidence `json:"confidence"` // how well the page as a whole was read
	Blank      bool       `json:"blank"`      // nothing is written on it
	Ink        float64    `json:"ink"`        // share of dark pixels, 0 to 1
	// TopOnly is set when nothing but dirt stands below the line that fax machines print at the
	// top edge.
	TopOnly  bool       `json:"top_only,omitempty"`
	Text     TextOrigin `json:"text_origin"`
	Barcodes []Barcode  `json:"barcodes,omitempty"`
	Notes    []string   `json:"notes,omitempty"` // what reading noticed or did, in plain words
	Engine   string     `json:"engine"`          // version of what read it
}

// A TextOrigin says where a page's words come from.
type TextOrigin string

const (
	TextOCR TextOrigin = "ocr" // recognised from the image
	TextPDF TextOrigin = "pdf" // the PDF's own text
)

// A Barcode is a machine-readable mark on a page.
type Barcode struct {
	Format string `json:"format"` // as the decoder names it: "QR_CODE", "CODE_39"
	Text   string `json:"text"`
	Box    Box    `json:"box"` // in the upright page
}

// Original returns where b of the upright page stands on the page as it
// arrived: the smallest upright box around its four corners, cut at the edges.
func (p *Page) Original(b Box) Box {
	m := p.Frame.Matrix
	if m == [6]float64{} {
		return b
	}
	minX, minY := math.Inf(1), math.Inf(1)
	maxX, maxY := math.Inf(-1), math.Inf(-1)
	for _, corner := range [4][2]int{{b[0], b[1]}, {b[2], b[1]}, {b[0], b[3]}, {b[2], b[3]}} {
		x, y := float64(corner[0]), float64(corner[1])
		ox, oy := m[0]*x+m[1]*y+m[2], m[3]*x+m[4]*y+m[5]
		minX, maxX = min(minX, ox), max(maxX, ox)
		minY, maxY = min(minY, oy), max(maxY, oy)
	}
	clamp := func(v float64, most int) int { return max(0, min(most, int(math.Round(v)))) }
	return Box{clamp(minX, p.Width), clamp(minY, p.Height), clamp(maxX, p.Width), clamp(maxY, p.Height)}
}

// PlainText returns the page's words, one line of text for each line of the page
// and an empty line between blocks.
func (p *Page) PlainText() string {
	var out []byte
	for i, w := range p.Words {
		if i > 0 {
			switch before := p.Words[i-1]; {
			case before.Block != w.Block:
				out = append(out, '\n', '\n')
			case before.Line != w.Line:
				out = append(out, '\n')
			default:
				out = append(out, ' ')
			}
		}
		out = append(out, w.Text...)
	}
	return string(out)
}

// A Fate is what became of a page. Every page of every message has exactly one.
type Fate string

const (
	FateDocument    Fate = "document"
	FateCover       Fate = "cover"
	FateSeparator   Fate = "separator"
	FateBlank       Fate = "blank"
	FateJunk        Fate = "junk"
	FateDuplicate   Fate = "duplicate"
	FateQuarantined Fate = "quarantined"
)

// A PageID names a page of a message: which attachment (counted from 0 in the
// order of the message) and which page in it (from 1).
type PageID struct {
	Attachment int
	Page       int
}

func (id PageID) String() string { return strconv.Itoa(id.Attachment) + "/" + strconv.Itoa(id.Page) }
