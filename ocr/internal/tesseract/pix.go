//go:build cgo

package tesseract

/*
#cgo pkg-config: lept
#include <stdlib.h>
#include <string.h>
#include <leptonica/allheaders.h>

// tiff_at reads the image whose directory begins at the offset. Leptonica takes
// offset 0 for the first one.
static PIX *tiff_at(const l_uint8 *data, size_t size, size_t offset) {
	return pixReadMemFromMultipageTiff(data, size, &offset);
}
*/
import "C"

import (
	"fmt"
	"image"
	"math"
	"runtime"
	"unsafe"
)

func init() {
	// Leptonica would write its complaints to stderr; every error is returned.
	C.setMsgSeverity(C.L_SEVERITY_NONE)
}

// LeptonicaVersion returns Leptonica's version, as "1.82.0".
func LeptonicaVersion() string {
	v := C.getLeptonicaVersion()
	defer C.free(unsafe.Pointer(v))
	s := C.GoString(v)
	const prefix = "leptonica-"
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):]
	}
	return s
}

// A Pix is an image of Leptonica: 1 bit a pixel (1 is black), 8 bits (0 is
// black) or 32 bits (colour).
type Pix struct{ c *C.PIX }

func take(c *C.PIX, otherwise error) (*Pix, error) {
	if c == nil {
		return nil, otherwise
	}
	return &Pix{c}, nil
}

// Close frees the image. Closing twice, or a nil Pix, does nothing.
func (p *Pix) Close() {
	if p != nil && p.c != nil {
		C.pixDestroy(&p.c)
		p.c = nil
	}
}

// Read decodes a PNG, JPEG, BMP or PNM, or the first image of a TIFF.
func Read(data []byte) (*Pix, error) {
	if len(data) == 0 {
		return nil, ErrDecode
	}
	c := C.pixReadMem((*C.l_uint8)(unsafe.Pointer(&data[0])), C.size_t(len(data)))
	runtime.KeepAlive(data)
	return normal(c)
}

// ReadTIFF decodes the image of a TIFF whose directory (IFD) begins at the offset
// in bytes. Leptonica turns it as its Orientation tag says.
func ReadTIFF(data []byte, offset int64) (*Pix, error) {
	if len(data) == 0 || offset < 0 || offset >= int64(len(data)) {
		return nil, ErrDecode
	}
	c := C.tiff_at((*C.l_uint8)(unsafe.Pointer(&data[0])), C.size_t(len(data)), C.size_t(offset))
	runtime.KeepAlive(data)
	return normal(c)
}

// normal makes an image of 1, 8 or 32 bits without colour map or transparency of
// whatever Leptonica decoded, and owns c from then on.
func normal(c *C.PIX) (*Pix, error) {
	if c == nil {
		return nil, ErrDecode
	}
	replace := func(by *C.PIX) {
		C.pixDestroy(&c)
		c = by
	}
	if C.pixGetColormap(c) != nil {
		if C.pixGetDepth(c) == 1 {
			// A bilevel palette: the colours say which value is black.
			replace(C.pixConvertTo8(c, 0))
			if c != nil {
				replace(C.pixConvertTo1(c, 128))
			}
		} else {
			replace(C.pixRemoveColormap(c, C.REMOVE_CMAP_BASED_ON_SRC))
		}
	}
	if c != nil && C.pixGetDepth(c) == 32 && C.pixGetSpp(c) == 4 {
		replace(C.pixAlphaBlendUniform(c, 0xffffff00))
	}
	if c != nil {
		switch C.pixGetDepth(c) {
		case 1, 8, 32:
		default:
			replace(C.pixConvertTo8(c, 0))
		}
	}
	return take(c, ErrMemory)
}

// FromImage makes a Pix of Go's pixels: *image.Gray becomes 8 bits, *image.RGBA
// and *image.NRGBA (transparency ignored) become 32 bits.
func FromImage(m image.Image) (*Pix, error) {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	if w <= 0 || h <= 0 {
		return nil, ErrDecode
	}
	depth := 32
	var pix []byte
	var stride int
	switch m := m.(type) {
	case *image.Gray:
		depth, stride, pix = 8, m.Stride, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):]
	case *image.RGBA:
		stride, pix = m.Stride, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):]
	case *image.NRGBA:
		stride, pix = m.Stride, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):]
	default:
		return nil, fmt.Errorf("an image of type %T has no way to Leptonica", m)
	}
	c := C.pixCreateNoInit(C.l_int32(w), C.l_int32(h), C.l_int32(depth))
	if c == nil {
		return nil, ErrMemory
	}
	// Leptonica keeps words of 32 bits with the first pixel in the highest bits.
	wpl := int(C.pixGetWpl(c))
	words := unsafe.Slice((*uint32)(unsafe.Pointer(C.pixGetData(c))), wpl*h)
	for y := range h {
		row, in := words[y*wpl:(y+1)*wpl], pix[y*stride:]
		if depth == 32 {
			for x := range w {
				row[x] = uint32(in[4*x])<<24 | uint32(in[4*x+1])<<16 | uint32(in[4*x+2])<<8
			}
			continue
		}
		for i := range row {
			var v uint32
			for k := range 4 {
				v <<= 8
				if x := 4*i + k; x < w {
					v |= uint32(in[x])
				}
			}
			row[i] = v
		}
	}
	runtime.KeepAlive(m)
	return &Pix{c}, nil
}

// Width returns the width in pixels.
func (p *Pix) Width() int { return int(C.pixGetWidth(p.c)) }

// Height returns the height in pixels.
func (p *Pix) Height() int { return int(C.pixGetHeight(p.c)) }

// Depth returns the bits of a pixel: 1, 8 or 32.
func (p *Pix) Depth() int { return int(C.pixGetDepth(p.c)) }

// Resolution returns dots per inch as the file had them; 0 is unknown.
func (p *Pix) Resolution() (x, y float64) {
	return float64(C.pixGetXRes(p.c)), float64(C.pixGetYRes(p.c))
}

// SetResolution changes what Resolution returns, and nothing else.
func (p *Pix) SetResolution(x, y float64) {
	C.pixSetResolution(p.c, C.l_int32(math.Round(x)), C.l_int32(math.Round(y)))
}

// Clone returns a second handle on the same pixels.
func (p *Pix) Clone() *Pix { return &Pix{C.pixClone(p.c)} }

// Gray returns the image in 8 bits.
func (p *Pix) Gray() (*Pix, error) { return take(C.pixConvertTo8(p.c, 0), ErrMemory) }

// Light returns, of an image in colour, the lightest of each pixel's three colours: ink of
// any colour becomes light there, black does not.
func (p *Pix) Light() (*Pix, error) {
	return take(C.pixConvertRGBToGrayMinMax(p.c, C.L_CHOOSE_MAX), ErrMemory)
}

// Colour returns, of an image in colour, how far apart each pixel's colours are: 0 is gray.
func (p *Pix) Colour() (*Pix, error) {
	return take(C.pixConvertRGBToGrayMinMax(p.c, C.L_CHOOSE_MAXDIFF), ErrMemory)
}

// Turn returns the image turned clockwise by 0, 90, 180 or 270 degrees.
func (p *Pix) Turn(degrees int) (*Pix, error) {
	return take(C.pixRotateOrth(p.c, C.l_int32(((degrees%360)+360)%360/90)), ErrMemory)
}

// Inverted returns the image with black and white exchanged.
func (p *Pix) Inverted() (*Pix, error) { return take(C.pixInvert(nil, p.c), ErrMemory) }

// Mirror returns the image flipped left to right.
func (p *Pix) Mirror() (*Pix, error) { return take(C.pixFlipLR(nil, p.c), ErrMemory) }

// Rotate returns the image turned clockwise about its centre by a small angle
// in degrees, in the same size, white where nothing was. 8 and 32 bits are interpolated.
func (p *Pix) Rotate(degrees float64) (*Pix, error) {
	how := C.l_int32(C.L_ROTATE_AREA_MAP)
	if p.Depth() == 1 {
		how = C.L_ROTATE_SAMPLING
	}
	c := C.pixRotate(p.c, C.l_float32(degrees*math.Pi/180), how, C.L_BRING_IN_WHITE, 0, 0)
	return take(c, ErrMemory)
}

// Scale returns the image enlarged by the factors; 1 bit stays 1 bit.
func (p *Pix) Scale(x, y float64) (*Pix, error) {
	return take(C.pixScale(p.c, C.l_float32(x), C.l_float32(y)), ErrMemory)
}

// Resample returns the image enlarged by the factors in 8 bits, interpolated
// between its pixels and not sharpened.
func (p *Pix) Resample(x, y float64) (*Pix, error) {
	g := C.pixConvertTo8(p.c, 0)
	if g == nil {
		return nil, ErrMemory
	}
	defer C.pixDestroy(&g)
	return take(C.pixScaleGeneral(g, C.l_float32(x), C.l_float32(y), 0, 0), ErrMemory)
}

// Reduce returns the image in 8 bits, made smaller by the factors, which are below 1.
func (p *Pix) Reduce(x, y float64) (*Pix, error) {
	g := C.pixConvertTo8(p.c, 0)
	if g == nil {
		return nil, ErrMemory
	}
	defer C.pixDestroy(&g)
	// By area: scaling "in general" takes single pixels between 0.7 and 1.
	return take(C.pixScaleAreaMap(g, C.l_float32(x), C.l_float32(y)), ErrMemory)
}

// Blur returns an 8-bit image in which each pixel is the mean of those within so
// many pixels to the left and right, and above and below.
func (p *Pix) Blur(x, y int) (*Pix, error) {
	return take(C.pixBlockconv(p.c, C.l_int32(x), C.l_int32(y)), ErrMemory)
}

// Soften returns an 8-bit image after a Gaussian of the standard deviations in pixels.
func (p *Pix) Soften(x, y float64) (*Pix, error) {
	kx, ky := gaussian(x), gaussian(y)
	row := C.kernelCreate(1, C.l_int32(len(kx)))
	column := C.kernelCreate(C.l_int32(len(ky)), 1)
	if row == nil || column == nil {
		return nil, ErrMemory
	}
	defer C.kernelDestroy(&row)
	defer C.kernelDestroy(&column)
	for i, v := range kx {
		C.kernelSetElement(row, 0, C.l_int32(i), C.l_float32(v))
	}
	for i, v := range ky {
		C.kernelSetElement(column, C.l_int32(i), 0, C.l_float32(v))
	}
	C.kernelSetOrigin(row, 0, C.l_int32(len(kx)/2))
	C.kernelSetOrigin(column, C.l_int32(len(ky)/2), 0)
	return take(C.pixConvolveSep(p.c, row, column, 8, 1), ErrMemory)
}

func gaussian(sigma float64) []float64 {
	if sigma <= 0 {
		return []float64{1}
	}
	n := int(math.Ceil(2.5 * sigma))
	k := make([]float64, 2*n+1)
	for i := range k {
		d := float64(i-n) / sigma
		k[i] = math.Exp(-d * d / 2)
	}
	return k
}

// ScaleTo returns the image in the given size; 1 bit stays 1 bit.
func (p *Pix) ScaleTo(width, height int) (*Pix, error) {
	return take(C.pixScaleToSize(p.c, C.l_int32(width), C.l_int32(height)), ErrMemory)
}

// Crop returns the part of the image inside r.
func (p *Pix) Crop(r image.Rectangle) (*Pix, error) {
	box := C.boxCreate(C.l_int32(r.Min.X), C.l_int32(r.Min.Y), C.l_int32(r.Dx()), C.l_int32(r.Dy()))
	if box == nil {
		return nil, ErrMemory
	}
	defer C.boxDestroy(&box)
	return take(C.pixClipRectangle(p.c, box, nil), ErrMemory)
}

// FindSkew returns by how many degrees clockwise a 1-bit page has to be turned
// for its lines to be level, within the range either way, how sure that is (below
// 3 it is not), and how sharply the rows stand out at that angle, which says which
// way the lines run when the page is measured lying both ways. About 100 dots per
// inch are enough.
func (p *Pix) FindSkew(within float64) (degrees, confidence, score float64) {
	var angle, conf, end C.l_float32
	if C.pixFindSkewSweepAndSearchScore(p.c, &angle, &conf, &end, 2, 1, 0, C.l_float32(within), 1, 0.01) != 0 {
		return 0, 0, 0
	}
	return float64(angle), float64(conf), float64(end)
}

// Upright looks at ascenders and descenders of a 1-bit page of Latin text whose
// lines are level: above 0 the page is upright and below it is upside down,
// each in standard deviations and a half of what chance would give; 0 is no
// evidence, or fewer than least ascenders and descenders.
func (p *Pix) Upright(least int) float64 {
	var conf C.l_float32
	if C.pixUpDownDetect(p.c, &conf, C.l_int32(least), 0, 0) != 0 {
		return 0
	}
	return float64(conf)
}

// Ink returns the share of black pixels of a 1-bit image.
func (p *Pix) Ink() float64 {
	var n C.l_int32
	if C.pixCountPixels(p.c, &n, nil) != 0 {
		return 0
	}
	return float64(n) / (float64(p.Width()) * float64(p.Height()))
}

// Bounds returns the box of what is black in a 1-bit image; empty when nothing is.
func (p *Pix) Bounds() image.Rectangle {
	var box *C.BOX
	if C.pixClipToForeground(p.c, nil, &box) != 0 || box == nil {
		return image.Rectangle{}
	}
	defer C.boxDestroy(&box)
	var x, y, w, h C.l_int32
	C.boxGetGeometry(box, &x, &y, &w, &h)
	return image.Rect(int(x), int(y), int(x+w), int(y+h))
}

// Padded returns the image with so many white pixels more on each side.
func (p *Pix) Padded(left, top, right, bottom int) (*Pix, error) {
	white := C.l_uint32(255)
	if p.Depth() == 1 {
		white = 0
	}
	c := C.pixAddBorderGeneral(p.c, C.l_int32(left), C.l_int32(right), C.l_int32(top), C.l_int32(bottom), white)
	return take(c, ErrMemory)
}

// Rows returns how many black pixels each row of a 1-bit image has.
func (p *Pix) Rows() []int { return p.counts(C.pixCountByRow(p.c, nil)) }

// Columns returns how many black pixels each column of a 1-bit image has.
func (p *Pix) Columns() []int { return p.counts(C.pixCountByColumn(p.c, nil)) }

func (p *Pix) counts(na *C.NUMA) []int {
	if na == nil {
		return nil
	}
	defer C.numaDestroy(&na)
	n := int(C.numaGetCount(na))
	values := unsafe.Slice((*float32)(unsafe.Pointer(C.numaGetFArray(na, C.L_NOCOPY))), n)
	out := make([]int, n)
	for i, v := range values {
		out[i] = int(v)
	}
	return out
}

// Components returns the boxes of the connected black parts of a 1-bit image,
// joined across corners too.
func (p *Pix) Components() []image.Rectangle {
	boxa := C.pixConnCompBB(p.c, 8)
	if boxa == nil {
		return nil
	}
	defer C.boxaDestroy(&boxa)
	out := make([]image.Rectangle, 0, int(C.boxaGetCount(boxa)))
	for i := range C.boxaGetCount(boxa) {
		var x, y, w, h C.l_int32
		C.boxaGetBoxGeometry(boxa, i, &x, &y, &w, &h)
		out = append(out, image.Rect(int(x), int(y), int(x+w), int(y+h)))
	}
	return out
}

// WithoutSpecks returns a 1-bit image without the connected parts that are at
// most so many pixels wide and high.
func (p *Pix) WithoutSpecks(width, height int) (*Pix, error) {
	c := C.pixSelectBySize(p.c, C.l_int32(width), C.l_int32(height), 8, C.L_SELECT_IF_EITHER, C.L_SELECT_IF_GT, nil)
	return take(c, ErrMemory)
}

// Tall returns the connected parts of a 1-bit image that are higher than so many pixels.
func (p *Pix) Tall(height int) (*Pix, error) {
	c := C.pixSelectBySize(p.c, 0, C.l_int32(height), 8, C.L_SELECT_HEIGHT, C.L_SELECT_IF_GT, nil)
	return take(c, ErrMemory)
}

// Along returns where a straight line from the pixel to the one that is so far right and below it fits into the black of
// a 1-bit image.
func (p *Pix) Along(right, down int) (*Pix, error) {
	w, h := C.l_int32(max(right, -right)+1), C.l_int32(max(down, -down)+1)
	line := C.pixCreate(w, h, 1)
	if line == nil {
		return nil, ErrMemory
	}
	defer C.pixDestroy(&line)
	y := C.l_int32(0)
	if (right < 0) != (down < 0) {
		y = h - 1
	}
	C.pixRenderLine(line, 0, y, w-1, h-1-y, 1, C.L_SET_PIXELS)
	sel := C.selCreateFromPix(line, 0, 0, nil)
	if sel == nil {
		return nil, ErrMemory
	}
	defer C.selDestroy(&sel)
	return take(C.pixOpen(nil, p.c, sel), ErrMemory)
}

// Cover returns the 1-bit image in an eighth of its size in 8 bits: how much of each tile is black.
func (p *Pix) Cover() (*Pix, error) { return take(C.pixScaleToGray8(p.c), ErrMemory) }

// Magnified returns the 1-bit image with each pixel a tile of so many, 2, 4, 8 or 16, in the size of q.
func (p *Pix) Magnified(tile int, q *Pix) (*Pix, error) {
	large, err := take(C.pixExpandBinaryPower2(p.c, C.l_int32(tile)), ErrMemory)
	if err != nil {
		return nil, err
	}
	defer large.Close()
	out := C.pixCreateTemplate(q.c)
	if out == nil {
		return nil, ErrMemory
	}
	C.pixRasterop(out, 0, 0, C.pixGetWidth(large.c), C.pixGetHeight(large.c), C.PIX_SRC, large.c, 0, 0)
	return &Pix{out}, nil
}

// Threshold returns a 1-bit image: a pixel below the limit (of 255) is black.
func (p *Pix) Threshold(limit int) (*Pix, error) {
	return take(C.pixConvertTo1(p.c, C.l_int32(limit)), ErrMemory)
}

// ThresholdBy returns a 1-bit image: a pixel of the 8-bit image below that of the other, of the same size, is black.
func (p *Pix) ThresholdBy(limits *Pix) (*Pix, error) {
	return take(C.pixVarThresholdToBinary(p.c, limits.c), ErrMemory)
}

// Add makes the 8-bit image itself lighter by so much, or darker.
func (p *Pix) Add(shade int) { C.pixAddConstantGray(p.c, C.l_int32(shade)) }

// FlatBackground returns an 8-bit image whose background has been made evenly white.
func (p *Pix) FlatBackground() (*Pix, error) {
	return take(C.pixBackgroundNormSimple(p.c, nil, nil), ErrMemory)
}

// Closed returns the 8-bit image without what is dark and no brick of so many pixels, which are
// odd, fits into: of a page, its paper with all shadows on it.
func (p *Pix) Closed(width, height int) (*Pix, error) {
	return take(C.pixCloseGray(p.c, C.l_int32(width), C.l_int32(height)), ErrMemory)
}

// Under returns the 8-bit image as it is when its paper is white, given the paper, of the same size.
func (p *Pix) Under(paper *Pix) (*Pix, error) {
	return take(C.pixApplyVariableGrayMap(p.c, paper.c, 255), ErrMemory)
}

// Between returns the share of pixels of an 8-bit image that are at least as light as from and darker than to.
func (p *Pix) Between(from, to int) float64 {
	na := C.pixGetGrayHistogram(p.c, 1)
	if na == nil {
		return 0
	}
	defer C.numaDestroy(&na)
	values := unsafe.Slice((*float32)(unsafe.Pointer(C.numaGetFArray(na, C.L_NOCOPY))), int(C.numaGetCount(na)))
	sum, all := 0.0, 0.0
	for v, n := range values {
		all += float64(n)
		if v >= from && v < to {
			sum += float64(n)
		}
	}
	return sum / max(1, all)
}

// Rank returns the shade of an 8-bit image than which this share of the mask's pixels is darker.
func (p *Pix) Rank(mask *Pix, share float64) int {
	var v C.l_float32
	if C.pixGetRankValueMasked(p.c, mask.c, 0, 0, 1, C.l_float32(share), &v, nil) != 0 {
		return 255
	}
	return int(v)
}

// Times multiplies the shades of the 8-bit image itself; none becomes lighter than white.
func (p *Pix) Times(factor float64) { C.pixMultConstantGray(p.c, C.l_float32(factor)) }

// Combine takes q's shades, in the 8-bit image itself, where the 1-bit mask is black. All are of one size.
func (p *Pix) Combine(q, mask *Pix) { C.pixCombineMasked(p.c, q.c, mask.c) }

// Tone returns the 8-bit image with its shades made lighter by a gamma above 1.
func (p *Pix) Tone(gamma float64) (*Pix, error) {
	return take(C.pixGammaTRC(nil, p.c, C.l_float32(gamma), 0, 255), ErrMemory)
}

// Otsu returns a 1-bit image by one threshold for the whole 8-bit image
// (N. Otsu 1979, with Leptonica's choice in the valley between both peaks).
func (p *Pix) Otsu() (*Pix, error) {
	var out *C.PIX
	if C.pixOtsuAdaptiveThreshold(p.c, C.l_int32(p.Width()), C.l_int32(p.Height()), 0, 0, 0.1, nil, &out) != 0 {
		C.pixDestroy(&out)
		return nil, ErrMemory
	}
	return take(out, ErrMemory)
}

// Split returns a 1-bit image by the threshold that parts the shades of the 8-bit image best (N. Otsu 1979). It is
// what Tesseract makes of a gray image by itself, for a fifth of the time. A 1-bit image is parted already.
func (p *Pix) Split() (*Pix, error) {
	if p.Depth() == 1 {
		return p.Copy()
	}
	shades := C.pixGetGrayHistogram(p.c, 1)
	if shades == nil {
		return nil, ErrMemory
	}
	defer C.numaDestroy(&shades)
	var at C.l_int32
	if C.numaSplitDistribution(shades, 0, &at, nil, nil, nil, nil, nil) != 0 {
		return nil, ErrMemory
	}
	out, err := take(C.pixThresholdToBinary(p.c, at), ErrMemory)
	if err == nil {
		out.SetResolution(p.Resolution())
	}
	return out, err
}

// Sauvola returns a 1-bit image by a threshold for each neighbourhood of an 8-bit
// image (J. Sauvola and M. Pietikäinen 2000): half is half of the window's width
// in pixels, k the weight of the deviation, usually 0.34.
func (p *Pix) Sauvola(half int, k float64) (*Pix, error) {
	nx, ny := max(1, p.Width()/800), max(1, p.Height()/800)
	var out *C.PIX
	if C.pixSauvolaBinarizeTiled(p.c, C.l_int32(half), C.l_float32(k), C.l_int32(nx), C.l_int32(ny), nil, &out) != 0 {
		C.pixDestroy(&out)
		return nil, ErrMemory
	}
	return take(out, ErrMemory)
}

// Morph returns the 1-bit image after a sequence of Leptonica's morphological
// operations such as "o80.1": open, with a brick of 80 by 1 pixels.
func (p *Pix) Morph(sequence string) (*Pix, error) {
	s := C.CString(sequence)
	defer C.free(unsafe.Pointer(s))
	return take(C.pixMorphSequence(p.c, s, 0), ErrMemory)
}

// Open returns the 1-bit image with only what a brick of so many pixels fits into.
func (p *Pix) Open(width, height int) (*Pix, error) {
	return take(C.pixOpenCompBrick(nil, p.c, C.l_int32(width), C.l_int32(height)), ErrMemory)
}

// Join returns the 1-bit image with gaps filled into which no brick of so many pixels fits.
func (p *Pix) Join(width, height int) (*Pix, error) {
	return take(C.pixCloseSafeCompBrick(nil, p.c, C.l_int32(width), C.l_int32(height)), ErrMemory)
}

// WithoutRuns returns the 1-bit image without its straight black runs of at least so
// many pixels across or down.
func (p *Pix) WithoutRuns(across, down int) (*Pix, error) {
	out := C.pixCopy(nil, p.c)
	for _, brick := range [][2]C.l_int32{{C.l_int32(across), 1}, {1, C.l_int32(down)}} {
		runs := C.pixOpenCompBrick(nil, p.c, brick[0], brick[1])
		if out == nil || runs == nil {
			C.pixDestroy(&out)
			return nil, ErrMemory
		}
		C.pixSubtract(out, out, runs)
		C.pixDestroy(&runs)
	}
	return take(out, ErrMemory)
}

// Only returns the image with nothing but what lies in the boxes.
func (p *Pix) Only(boxes []image.Rectangle) (*Pix, error) {
	out := C.pixCreateTemplate(p.c)
	if out == nil {
		return nil, ErrMemory
	}
	for _, r := range boxes {
		C.pixRasterop(out, C.l_int32(r.Min.X), C.l_int32(r.Min.Y), C.l_int32(r.Dx()), C.l_int32(r.Dy()),
			C.PIX_SRC, p.c, C.l_int32(r.Min.X), C.l_int32(r.Min.Y))
	}
	return &Pix{out}, nil
}

// Whiten gives the shade, in the 8-bit image itself, to what is black in the 1-bit mask of the same size.
func (p *Pix) Whiten(mask *Pix, shade int) { C.pixSetMasked(p.c, mask.c, C.l_uint32(shade)) }

// Median returns the shade of an 8-bit image that as many pixels are darker as lighter
// than; on a page of text that is the paper's.
func (p *Pix) Median() int {
	var v C.l_uint32
	if C.pixGetRankValue(p.c, 4, 0.5, &v) != 0 {
		return 255
	}
	return int(v)
}

// Grow returns the 1-bit image with each black pixel grown to a brick about it.
func (p *Pix) Grow(width, height int) (*Pix, error) {
	return take(C.pixDilateBrick(nil, p.c, C.l_int32(width), C.l_int32(height)), ErrMemory)
}

// Halve returns the 1-bit image in half, a quarter or an eighth of the size, by one,
// two or three levels: at each, a pixel is black when at least so many of its four were.
func (p *Pix) Halve(levels ...int) (*Pix, error) {
	var l [4]C.l_int32
	for i, v := range levels {
		l[i] = C.l_int32(v)
	}
	return take(C.pixReduceRankBinaryCascade(p.c, l[0], l[1], l[2], l[3]), ErrMemory)
}

// Minus returns the 1-bit image without the black pixels of q.
func (p *Pix) Minus(q *Pix) (*Pix, error) { return take(C.pixSubtract(nil, p.c, q.c), ErrMemory) }

// And returns the black pixels that both 1-bit images have.
func (p *Pix) And(q *Pix) (*Pix, error) { return take(C.pixAnd(nil, p.c, q.c), ErrMemory) }

// Or returns the black pixels that either 1-bit image has.
func (p *Pix) Or(q *Pix) (*Pix, error) { return take(C.pixOr(nil, p.c, q.c), ErrMemory) }

// Connected returns what is black in p and connected, inside p, to a black
// pixel of the seed.
func (p *Pix) Connected(seed *Pix) (*Pix, error) {
	return take(C.pixSeedfillBinary(nil, seed.c, p.c, 8), ErrMemory)
}

// ConnectedBySides is Connected, but not across corners: on a chequered ground each dot is alone.
func (p *Pix) ConnectedBySides(seed *Pix) (*Pix, error) {
	return take(C.pixSeedfillBinary(nil, seed.c, p.c, 4), ErrMemory)
}

// White makes the inside of r white, in the image itself.
func (p *Pix) White(r image.Rectangle) {
	box := C.boxCreate(C.l_int32(r.Min.X), C.l_int32(r.Min.Y), C.l_int32(r.Dx()), C.l_int32(r.Dy()))
	if box == nil {
		return
	}
	defer C.boxDestroy(&box)
	if p.Depth() == 1 {
		C.pixClearInRect(p.c, box)
	} else {
		C.pixSetInRect(p.c, box)
	}
}

// Put paints q, of the same depth, into the image itself, with its top left corner at a place.
func (p *Pix) Put(q *Pix, at image.Point) {
	C.pixRasterop(p.c, C.l_int32(at.X), C.l_int32(at.Y), C.pixGetWidth(q.c), C.pixGetHeight(q.c), C.PIX_SRC, q.c, 0, 0)
}

// Copy returns an image with pixels of its own.
func (p *Pix) Copy() (*Pix, error) { return take(C.pixCopy(nil, p.c), ErrMemory) }

// TIFF returns the image as a TIFF file: G4 (ITU-T T.6) for 1 bit, not compressed otherwise.
func (p *Pix) TIFF() ([]byte, error) {
	kind := C.l_int32(C.IFF_TIFF)
	if p.Depth() == 1 {
		kind = C.IFF_TIFF_G4
	}
	var data *C.l_uint8
	var size C.size_t
	if C.pixWriteMemTiff(&data, &size, p.c, kind) != 0 {
		return nil, ErrMemory
	}
	defer C.lept_free(unsafe.Pointer(data))
	return C.GoBytes(unsafe.Pointer(data), C.int(size)), nil
}

// PNG returns the image as a PNG file.
func (p *Pix) PNG() ([]byte, error) {
	var data *C.l_uint8
	var size C.size_t
	if C.pixWriteMem(&data, &size, p.c, C.IFF_PNG) != 0 {
		return nil, ErrMemory
	}
	defer C.lept_free(unsafe.Pointer(data))
	return C.GoBytes(unsafe.Pointer(data), C.int(size)), nil
}

// JPEG returns the 8- or 32-bit image as a JPEG file of the quality, 1 to 100.
func (p *Pix) JPEG(quality int) ([]byte, error) {
	var data *C.l_uint8
	var size C.size_t
	if C.pixWriteMemJpeg(&data, &size, p.c, C.l_int32(quality), 0) != 0 {
		return nil, ErrMemory
	}
	defer C.lept_free(unsafe.Pointer(data))
	return C.GoBytes(unsafe.Pointer(data), C.int(size)), nil
}

func newBlank(width, height int) (*Pix, error) {
	return take(C.pixCreate(C.l_int32(width), C.l_int32(height), 1), ErrMemory)
}
