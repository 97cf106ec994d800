//go:build !cgo

package tesseract

import (
	"errors"
	"image"
)

// ErrNoCgo is what everything returns here.
var ErrNoCgo = errors.New("this program was built without cgo and can't read images: " +
	"install libtesseract-dev, libleptonica-dev and tesseract-ocr-eng, and build again with CGO_ENABLED=1")

// LeptonicaVersion returns "none".
func LeptonicaVersion() string { return "none" }

// Version returns "none".
func Version() string { return "none" }

// A Pix can't be made without cgo.
type Pix struct{}

// An Engine can't be made without cgo.
type Engine struct{}

func NewEngine([]string, string, map[string]string) (*Engine, error)    { return nil, ErrNoCgo }
func (*Engine) Recognise(*Pix, Mode, map[string]string) ([]Word, error) { return nil, ErrNoCgo }
func (*Engine) Close() error                                            { return nil }
func (*Pix) Close()                                                     {}

// A Layout can't be made without cgo.
type Layout struct{}

func NewLayout() (*Layout, error)                            { return nil, ErrNoCgo }
func (*Layout) Close()                                       {}
func (*Layout) Find(*Pix, Mode) ([]Run, error)               { return nil, ErrNoCgo }
func (*Pix) Strip(image.Rectangle, int) (int, []byte, error) { return 0, nil, ErrNoCgo }

func Read(data []byte) (*Pix, error)                                      { return nil, ErrNoCgo }
func ReadTIFF(data []byte, offset int64) (*Pix, error)                    { return nil, ErrNoCgo }
func FromImage(m image.Image) (*Pix, error)                               { return nil, ErrNoCgo }
func (*Pix) Width() int                                                   { return 0 }
func (*Pix) Height() int                                                  { return 0 }
func (*Pix) Depth() int                                                   { return 0 }
func (*Pix) Resolution() (x, y float64)                                   { return 0, 0 }
func (*Pix) SetResolution(x, y float64)                                   {}
func (*Pix) Clone() *Pix                                                  { return nil }
func (*Pix) Gray() (*Pix, error)                                          { return nil, ErrNoCgo }
func (*Pix) Light() (*Pix, error)                                         { return nil, ErrNoCgo }
func (*Pix) Colour() (*Pix, error)                                        { return nil, ErrNoCgo }
func (*Pix) Rank(*Pix, float64) int                                       { return 0 }
func (*Pix) Times(float64)                                                {}
func (*Pix) Combine(q, mask *Pix)                                         {}
func (*Pix) Turn(degrees int) (*Pix, error)                               { return nil, ErrNoCgo }
func (*Pix) Mirror() (*Pix, error)                                        { return nil, ErrNoCgo }
func (*Pix) Rotate(degrees float64) (*Pix, error)                         { return nil, ErrNoCgo }
func (*Pix) Inverted() (*Pix, error)                                      { return nil, ErrNoCgo }
func (*Pix) Padded(left, top, right, bottom int) (*Pix, error)            { return nil, ErrNoCgo }
func (*Pix) Split() (*Pix, error)                                         { return nil, ErrNoCgo }
func (*Pix) Bounds() image.Rectangle                                      { return image.Rectangle{} }
func (*Pix) Scale(x, y float64) (*Pix, error)                             { return nil, ErrNoCgo }
func (*Pix) ThresholdBy(limits *Pix) (*Pix, error)                        { return nil, ErrNoCgo }
func (*Pix) Add(shade int)                                                {}
func (*Pix) ConnectedBySides(seed *Pix) (*Pix, error)                     { return nil, ErrNoCgo }
func (*Pix) Cover() (*Pix, error)                                         { return nil, ErrNoCgo }
func (*Pix) Magnified(tile int, q *Pix) (*Pix, error)                     { return nil, ErrNoCgo }
func (*Pix) ScaleTo(width, height int) (*Pix, error)                      { return nil, ErrNoCgo }
func (*Pix) Crop(r image.Rectangle) (*Pix, error)                         { return nil, ErrNoCgo }
func (*Pix) FindSkew(within float64) (degrees, confidence, score float64) { return 0, 0, 0 }
func (*Pix) Upright(least int) float64                                    { return 0 }
func (*Pix) Open(width, height int) (*Pix, error)                         { return nil, ErrNoCgo }
func (*Pix) Join(width, height int) (*Pix, error)                         { return nil, ErrNoCgo }
func (*Pix) Grow(width, height int) (*Pix, error)                         { return nil, ErrNoCgo }
func (*Pix) Halve(levels ...int) (*Pix, error)                            { return nil, ErrNoCgo }
func (*Pix) WithoutRuns(across, down int) (*Pix, error)                   { return nil, ErrNoCgo }
func (*Pix) Only(boxes []image.Rectangle) (*Pix, error)                   { return nil, ErrNoCgo }
func (*Pix) Whiten(mask *Pix, shade int)                                  {}
func (*Pix) Median() int                                                  { return 0 }
func (*Pix) Tone(gamma float64) (*Pix, error)                             { return nil, ErrNoCgo }
func (*Pix) Ink() float64                                                 { return 0 }
func (*Pix) Rows() []int                                                  { return nil }
func (*Pix) Columns() []int                                               { return nil }
func (*Pix) Components() []image.Rectangle                                { return nil }
func (*Pix) WithoutSpecks(width, height int) (*Pix, error)                { return nil, ErrNoCgo }
func (*Pix) Tall(height int) (*Pix, error)                                { return nil, ErrNoCgo }
func (*Pix) Along(right, down int) (*Pix, error)                          { return nil, ErrNoCgo }
func (*Pix) Threshold(limit int) (*Pix, error)                            { return nil, ErrNoCgo }
func (*Pix) FlatBackground() (*Pix, error)                                { return nil, ErrNoCgo }
func (*Pix) Closed(int, int) (*Pix, error)                                { return nil, ErrNoCgo }
func (*Pix) Under(*Pix) (*Pix, error)                                     { return nil, ErrNoCgo }
func (*Pix) Between(int, int) float64                                     { return 0 }
func (*Pix) Otsu() (*Pix, error)                                          { return nil, ErrNoCgo }
func (*Pix) Sauvola(half int, k float64) (*Pix, error)                    { return nil, ErrNoCgo }
func (*Pix) Morph(sequence string) (*Pix, error)                          { return nil, ErrNoCgo }
func (*Pix) Minus(q *Pix) (*Pix, error)                                   { return nil, ErrNoCgo }
func (*Pix) And(q *Pix) (*Pix, error)                                     { return nil, ErrNoCgo }
func (*Pix) Or(q *Pix) (*Pix, error)                                      { return nil, ErrNoCgo }
func (*Pix) Connected(seed *Pix) (*Pix, error)                            { return nil, ErrNoCgo }
func (*Pix) Put(q *Pix, at image.Point)                                   {}
func (*Pix) White(r image.Rectangle)                                      {}
func (*Pix) Copy() (*Pix, error)                                          { return nil, ErrNoCgo }
func (*Pix) TIFF() ([]byte, error)                                        { return nil, ErrNoCgo }
func (*Pix) PNG() ([]byte, error)                                         { return nil, ErrNoCgo }
func (*Pix) JPEG(quality int) ([]byte, error)                             { return nil, ErrNoCgo }
func (*Pix) Resample(x, y float64) (*Pix, error)                          { return nil, ErrNoCgo }
func (*Pix) Blur(x, y int) (*Pix, error)                                  { return nil, ErrNoCgo }
func (*Pix) Soften(x, y float64) (*Pix, error)                            { return nil, ErrNoCgo }
func (*Pix) Reduce(x, y float64) (*Pix, error)                            { return nil, ErrNoCgo }
