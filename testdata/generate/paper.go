package generate

import "github.com/postroom/postroom"

// Paper is one side of a sheet before it is scanned, as a list of marks in
// points (1/72 inch) from its top left corner. The same paper can be drawn as
// an image or written into a PDF as text.
type Paper struct {
	W, H  float64 // points
	Marks []Mark
}

// NewPaper returns an empty A4 sheet; letter is true for US Letter.
func NewPaper(letter bool) *Paper {
	if letter {
		return &Paper{W: 612, H: 792}
	}
	return &Paper{W: 595.28, H: 841.89}
}

// A Mark is one thing on a paper.
type Mark struct {
	Kind MarkKind
	// X, Y is the start of a text's baseline, a line's start or an area's top left;
	// X2, Y2 a line's end or an area's bottom right.
	X, Y, X2, Y2 float64
	Grey         byte    // 0 is black, 255 white
	Pen          float64 // thickness of lines, points
	Face         Face
	Size         float64 // of the text, points
	Text         string
	Field        postroom.FieldName
	Curve        [][2]float64 // points of a freehand line
	// Stamped marks are no part of the printed text: stamps and the like.
	Stamped bool
	Turn    float64 // degrees counter-clockwise around X, Y; text only
}

// A MarkKind says what a mark is.
type MarkKind int

const (
	TextMark  MarkKind = iota
	LineMark           // from X,Y to X2,Y2
	FillMark           // the area in Grey
	FrameMark          // the area's outline
	RoundMark          // the ellipse within the area, filled
	CurveMark          // a freehand line
)

// Write puts text at a baseline and returns where it ends.
func (p *Paper) Write(f Face, size, x, y float64, s string) float64 {
	return p.WriteField("", f, size, x, y, s)
}

// WriteField is Write for the value of a field.
func (p *Paper) WriteField(field postroom.FieldName, f Face, size, x, y float64, s string) float64 {
	if s != "" {
		p.Marks = append(p.Marks, Mark{Kind: TextMark, X: x, Y: y, Face: f, Size: size, Text: s, Field: field})
	}
	return x + Width(f, size, s)
}

// Line draws a straight line.
func (p *Paper) Line(x, y, x2, y2, pen float64) {
	p.Marks = append(p.Marks, Mark{Kind: LineMark, X: x, Y: y, X2: x2, Y2: y2, Pen: pen})
}

// Frame draws a rectangle's outline.
func (p *Paper) Frame(x, y, x2, y2, pen float64) {
	p.Marks = append(p.Marks, Mark{Kind: FrameMark, X: x, Y: y, X2: x2, Y2: y2, Pen: pen})
}

// Fill shades an area.
func (p *Paper) Fill(x, y, x2, y2 float64, grey byte) {
	p.Marks = append(p.Marks, Mark{Kind: FillMark, X: x, Y: y, X2: x2, Y2: y2, Grey: grey})
}

// Round shades an ellipse.
func (p *Paper) Round(x, y, x2, y2 float64, grey byte) {
	p.Marks = append(p.Marks, Mark{Kind: RoundMark, X: x, Y: y, X2: x2, Y2: y2, Grey: grey})
}

// Scribble draws a freehand line through the points.
func (p *Paper) Scribble(pen float64, points [][2]float64) {
	p.Marks = append(p.Marks, Mark{Kind: CurveMark, Pen: pen, Curve: points, Stamped: true})
}
