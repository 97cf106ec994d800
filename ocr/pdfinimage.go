package ocr

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"math"

	"github.com/pdfcpu/pdfcpu/pkg/filter"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// A soleImage is the one image that a page consists of.
type soleImage struct {
	placedImage
	width, height int     // stored pixels
	shown         matrix  // from the unit square to the page as shown, in points
	turn          int     // as rawPage.Turn
	mirror        bool    // as rawPage.Mirror
	dpiX, dpiY    float64 // of the stored pixels
	// crop is the part of the stored pixels that the page shows.
	crop image.Rectangle
}

// findSoleImage returns the image that is all the page shows; nil when there is
// more to it, or less.
func (f *pdfFile) findSoleImage(p pdfPage, s *pageScan) *soleImage {
	if s == nil || s.odd || s.annots || s.vectors > 0 || s.shown > 0 || len(s.images) != 1 {
		return nil
	}
	i := &soleImage{placedImage: s.images[0]}
	if i.stream == nil || !i.plain {
		return nil
	}
	if f.flag(i.stream.Dict["ImageMask"], false) {
		if !i.black {
			return nil
		}
	} else if !(&contentScanner{f: f}).opaque(i.stream) {
		return nil
	}
	i.width, i.height = f.integer(i.stream.Dict["Width"], 0), f.integer(i.stream.Dict["Height"], 0)
	if i.width <= 0 || i.height <= 0 || i.width > 1<<16 || i.height > 1<<16 {
		return nil
	}
	i.shown = i.to.then(p.toShown())
	if !i.orient() {
		return nil
	}
	// A small picture on an otherwise empty page is drawn with its margins.
	seen := i.area().cut(p.box)
	if seen.width() < 0.4*p.box.width() || seen.height() < 0.4*p.box.height() {
		return nil
	}
	return i
}

// orient reads turn, mirror, resolution and crop off the placement. It returns
// false when the image is not placed along the page's edges.
func (i *soleImage) orient() bool {
	// The image's rightward and downward edges on the screen, y downwards.
	right := [2]float64{i.shown[0], -i.shown[1]}
	down := [2]float64{-i.shown[2], i.shown[3]}
	width, height := math.Hypot(right[0], right[1]), math.Hypot(down[0], down[1])
	if width < 1 || height < 1 {
		return false
	}
	along := func(v [2]float64, length float64) bool {
		return min(math.Abs(v[0]), math.Abs(v[1])) < 0.002*length
	}
	if !along(right, width) || !along(down, height) || math.Abs(right[0]*down[0]+right[1]*down[1]) > 0.01*width*height {
		return false
	}
	if right[0]*down[1]-right[1]*down[0] < 0 {
		i.mirror = true
		right[0], right[1] = -right[0], -right[1]
	}
	switch {
	case right[0] > 0.5*width:
		i.turn = 0
	case right[1] > 0.5*width:
		i.turn = 90
	case right[0] < -0.5*width:
		i.turn = 180
	default:
		i.turn = 270
	}
	i.dpiX, i.dpiY = float64(i.width)*72/width, float64(i.height)*72/height

	i.crop = image.Rect(0, 0, i.width, i.height)
	back, ok := i.to.inverse()
	if !ok {
		return false
	}
	unit := i.area().under(back)
	w, h := float64(i.width), float64(i.height)
	crop := image.Rect(
		int(math.Round(unit[0]*w)), int(math.Round((1-unit[3])*h)),
		int(math.Round(unit[2]*w)), int(math.Round((1-unit[1])*h)),
	).Intersect(i.crop)
	// A sliver at the edge comes from rounding page sizes and is kept.
	slack := max(8, min(i.width, i.height)/100)
	if crop.Min.X > slack || crop.Min.Y > slack || i.width-crop.Max.X > slack || i.height-crop.Max.Y > slack {
		i.crop = crop
	}
	return !i.crop.Empty()
}

func (i *soleImage) cropped() bool { return i.crop != image.Rect(0, 0, i.width, i.height) }

// arrivesAs reports whether the page as it arrived is this image: w by h pixels.
func (i *soleImage) arrivesAs(w, h int) bool {
	if i.turn%180 != 0 {
		w, h = h, w
	}
	return w == i.crop.Dx() && h == i.crop.Dy()
}

// arrivedToShown leads from pixels of the page as it arrived (rawPage), y
// downwards, to points of the page as shown, y upwards.
func (i *soleImage) arrivedToShown() matrix {
	w, h := float64(i.crop.Dx()), float64(i.crop.Dy())
	m := unitMatrix // from the turned pixels to the stored ones
	switch i.turn {
	case 90:
		m = matrix{0, -1, 1, 0, 0, h}
	case 180:
		m = matrix{-1, 0, 0, -1, w, h}
	case 270:
		m = matrix{0, 1, -1, 0, w, 0}
	}
	if i.mirror {
		m = m.then(matrix{-1, 0, 0, 1, w, 0})
	}
	return m.
		then(matrix{1, 0, 0, 1, float64(i.crop.Min.X), float64(i.crop.Min.Y)}).
		then(matrix{1 / float64(i.width), 0, 0, -1 / float64(i.height), 0, 1}).
		then(i.shown)
}

// extract returns the image as a page to read, without a loss. errNeedsDrawer means
// that only pdfium can decode it.
func (f *pdfFile) extract(i *soleImage) (rawPage, error) {
	raw := rawPage{Turn: i.turn, Mirror: i.mirror, DPIX: i.dpiX, DPIY: i.dpiY, Width: i.crop.Dx(), Height: i.crop.Dy()}
	if i.turn%180 != 0 {
		raw.DPIX, raw.DPIY = raw.DPIY, raw.DPIX
		raw.Width, raw.Height = raw.Height, raw.Width
	}
	if i.cropped() {
		return raw, errNeedsDrawer
	}
	encoded, pixels, err := f.imageBytes(i)
	raw.Encoded, raw.Image = encoded, pixels
	return raw, err
}

var errNeedsDrawer = errors.New("only pdfium can decode the image")

// imageBytes returns the image as a whole TIFF or JPEG file, or as pixels.
func (f *pdfFile) imageBytes(i *soleImage) (encoded []byte, pixels image.Image, err error) {
	d := i.stream.Dict
	inverted, ok := f.decodeArray(d)
	if !ok {
		return nil, nil, errNeedsDrawer
	}
	bits := f.integer(d["BitsPerComponent"], 1)
	components := f.components(d["ColorSpace"])
	if f.flag(d["ImageMask"], false) {
		// Where the sample is 0, the mask lets the black through.
		bits, components = 1, 1
	}
	name, parms, before := lastFilter(i.stream)
	switch name {
	case filter.CCITTFax:
		if components != 1 || bits != 1 {
			return nil, nil, errNeedsDrawer
		}
		data, err := f.encodedBytes(i.stream, before)
		if err != nil {
			return nil, nil, err
		}
		file, ok := f.faxParms(parms, i).tiff(data, inverted)
		if !ok {
			return nil, nil, errNeedsDrawer
		}
		return file, nil, nil
	case filter.DCT:
		data, err := f.encodedBytes(i.stream, before)
		if err != nil {
			return nil, nil, err
		}
		_, transformSet := parms["ColorTransform"]
		if h, ok := readJPEG(data); !ok || inverted || transformSet || h.components != components ||
			components > 3 || h.width != i.width || h.height != i.height || h.precision != 8 {
			return nil, nil, errNeedsDrawer
		}
		return data, nil, nil
	case filter.JBIG2, filter.JPX, "Crypt":
		return nil, nil, errNeedsDrawer
	}
	if components != 1 && components != 3 || components == 3 && bits != 8 || components == 1 && bits != 1 && bits != 8 {
		return nil, nil, errNeedsDrawer
	}
	if int64(i.width)*int64(i.height)*int64(components) > pdfStreamMost {
		return nil, nil, errNeedsDrawer
	}
	samples, err := f.decoded(i.stream)
	if err != nil {
		return nil, nil, err
	}
	return samplesToImage(samples, i, bits, components, inverted)
}

// samplesToImage makes a file or an image of plain samples (ISO 32000-1 section 8.9.5.2).
// Missing rows stay white.
func samplesToImage(samples []byte, i *soleImage, bits, components int, inverted bool) ([]byte, image.Image, error) {
	stride := (i.width*bits*components + 7) / 8
	if len(samples) < stride {
		return nil, nil, errNeedsDrawer
	}
	rows := min(i.height, len(samples)/stride)
	switch {
	case bits == 1:
		if rows < i.height {
			fill := byte(0xff)
			if inverted {
				fill = 0
			}
			samples = append(append([]byte{}, samples[:rows*stride]...), bytes.Repeat([]byte{fill}, (i.height-rows)*stride)...)
		}
		t := faxTIFF{width: i.width, height: i.height, compression: 1, blackIs0: !inverted, dpiX: i.dpiX, dpiY: i.dpiY}
		return t.file(samples[:i.height*stride]), nil, nil
	case components == 1:
		m := image.NewGray(image.Rect(0, 0, i.width, i.height))
		copy(m.Pix, samples[:rows*stride])
		for k := rows * stride; k < len(m.Pix); k++ {
			m.Pix[k] = 255
		}
		if inverted {
			for k := range rows * stride {
				m.Pix[k] = 255 - m.Pix[k]
			}
		}
		return nil, m, nil
	default:
		m := image.NewRGBA(image.Rect(0, 0, i.width, i.height))
		for k := range m.Pix {
			m.Pix[k] = 255
		}
		for k := range rows * i.width {
			for c := range 3 {
				v := samples[3*k+c]
				if inverted {
					v = 255 - v
				}
				m.Pix[4*k+c] = v
			}
		}
		return nil, m, nil
	}
}

// decodeArray reads an image's Decode entry: the usual one, or the one that
// turns every sample round. ok is false for any other.
func (f *pdfFile) decodeArray(d types.Dict) (inverted, ok bool) {
	o := f.deref(d["Decode"])
	if o == nil {
		return false, true
	}
	v := f.numbers(o)
	if len(v) == 0 || len(v)%2 != 0 {
		return false, false
	}
	for k := 0; k < len(v); k += 2 {
		if v[k] != v[0] || v[k+1] != v[1] {
			return false, false
		}
	}
	switch {
	case v[0] == 0 && v[1] == 1:
		return false, true
	case v[0] == 1 && v[1] == 0:
		return true, true
	}
	return false, false
}

// components returns 1 for a gray colour space, 3 for an RGB one, 4 for CMYK,
// and 0 for any whose samples mean something else (Indexed, Lab, DeviceN ...).
func (f *pdfFile) components(o types.Object) int {
	o = f.deref(o)
	name := f.name(o)
	if a, ok := o.(types.Array); ok && len(a) > 0 {
		name = f.name(a[0])
		if name == "ICCBased" && len(a) > 1 {
			sd := f.stream(a[1])
			if sd == nil {
				return 0
			}
			switch n := f.integer(sd.Dict["N"], 0); n {
			case 1, 3, 4:
				return n
			}
			return 0
		}
	}
	switch name {
	case "DeviceGray", "CalGray", "G":
		return 1
	case "DeviceRGB", "CalRGB", "RGB":
		return 3
	case "DeviceCMYK", "CMYK":
		return 4
	}
	return 0
}

// lastFilter returns the name and the parameters of a stream's last filter and
// how many come before it.
func lastFilter(sd *types.StreamDict) (name string, parms types.Dict, before int) {
	n := len(sd.FilterPipeline)
	if n == 0 {
		return "", nil, 0
	}
	last := sd.FilterPipeline[n-1]
	return last.Name, last.DecodeParms, n - 1
}

// encodedBytes returns a stream's bytes after its first filters only.
func (f *pdfFile) encodedBytes(sd *types.StreamDict, filters int) (out []byte, err error) {
	defer rescue("decode a stream", &err)
	if filters == 0 {
		return sd.Raw, nil
	}
	own := *sd
	own.Content = nil
	own.FilterPipeline = sd.FilterPipeline[:filters]
	return f.decoded(&own)
}

// faxParms are the parameters of a CCITTFaxDecode filter (ISO 32000-1 table 11).
type faxParms struct {
	k             int
	endOfLine     bool
	byteAlign     bool
	columns, rows int
	blackIs1      bool

	width, height int // the image's own
	dpiX, dpiY    float64
}

func (f *pdfFile) faxParms(d types.Dict, i *soleImage) faxParms {
	return faxParms{
		k:         f.integer(d["K"], 0),
		endOfLine: f.flag(d["EndOfLine"], false),
		byteAlign: f.flag(d["EncodedByteAlign"], false),
		columns:   f.integer(d["Columns"], 1728),
		rows:      f.integer(d["Rows"], 0),
		blackIs1:  f.flag(d["BlackIs1"], false),
		width:     i.width, height: i.height, dpiX: i.dpiX, dpiY: i.dpiY,
	}
}

// tiff wraps the fax data in a TIFF file that libtiff decodes to the same pixels;
// false when TIFF has no way to say how it is coded.
func (p faxParms) tiff(data []byte, inverted bool) ([]byte, bool) {
	if p.columns != p.width || p.rows > 0 && p.rows < p.height || len(data) == 0 {
		return nil, false
	}
	// BlackIs1 makes the coder's black a sample of 1, which is white in DeviceGray.
	t := faxTIFF{width: p.width, height: p.height, blackIs0: p.blackIs1 != inverted, dpiX: p.dpiX, dpiY: p.dpiY}
	switch {
	case p.k < 0 && !p.byteAlign:
		t.compression = 4
	case p.k == 0 && p.byteAlign && !startsWithEOL(data):
		t.compression = 2
	case p.k >= 0 && startsWithEOL(data):
		t.compression = 3
		if p.k > 0 {
			t.options |= 1
		}
		if p.byteAlign {
			t.options |= 4
		}
	default:
		return nil, false
	}
	return t.file(data), true
}

// startsWithEOL reports whether fax data begins with the code EOL, eleven or more
// zeros and a one (ITU-T T.4 section 4.1.2).
func startsWithEOL(data []byte) bool {
	zeros := 0
	for _, b := range data[:min(len(data), 8)] {
		for bit := 7; bit >= 0; bit-- {
			if b>>bit&1 == 1 {
				return zeros >= 11
			}
			zeros++
		}
	}
	return false
}

// A faxTIFF is a TIFF of one bilevel image in one strip.
type faxTIFF struct {
	width, height int
	compression   int  // TIFF 6.0 section 8
	options       int  // T4Options
	blackIs0      bool // PhotometricInterpretation 1
	dpiX, dpiY    float64
}

func (t faxTIFF) file(strip []byte) []byte {
	type entry struct {
		tag, kind uint16
		value     uint32
	}
	const short, long, rational = 3, 4, 5
	photometric := uint32(0)
	if t.blackIs0 {
		photometric = 1
	}
	entries := []entry{
		{256, long, uint32(t.width)}, {257, long, uint32(t.height)}, {258, short, 1},
		{259, short, uint32(t.compression)}, {262, short, photometric}, {266, short, 1},
		{273, long, 0}, {277, short, 1}, {278, long, uint32(t.height)}, {279, long, uint32(len(strip))},
		{282, rational, 0}, {283, rational, 0}, {296, short, 2},
	}
	if t.compression == 3 {
		entries = append(entries[:12:12], entry{292, long, uint32(t.options)}, entries[12])
	}
	directory := 8
	values := directory + 2 + 12*len(entries) + 4
	le := binary.LittleEndian
	out := append(make([]byte, 0, values+16+len(strip)), "II*\x00"...)
	out = le.AppendUint32(out, uint32(directory))
	out = le.AppendUint16(out, uint16(len(entries)))
	for _, e := range entries {
		switch e.tag {
		case 273:
			e.value = uint32(values + 16)
		case 282:
			e.value = uint32(values)
		case 283:
			e.value = uint32(values + 8)
		}
		out = le.AppendUint16(out, e.tag)
		out = le.AppendUint16(out, e.kind)
		out = le.AppendUint32(out, 1)
		out = le.AppendUint32(out, e.value)
	}
	out = le.AppendUint32(out, 0)
	for _, dpi := range []float64{t.dpiX, t.dpiY} {
		out = le.AppendUint32(out, uint32(min(1e6, max(0, dpi))*1000))
		out = le.AppendUint32(out, 1000)
	}
	return append(out, strip...)
}

// A jpegHeader is what the frame header of a JPEG says (ITU-T T.81 section B.2.2).
type jpegHeader struct {
	width, height, components, precision int
	kind                                 byte // the marker: 0xC0 baseline, 0xC2 progressive, ...
	adobe                                bool
	transform                            byte // of the Adobe marker
}

// readJPEG reads the frame header; false when there is none.
func readJPEG(b []byte) (h jpegHeader, ok bool) {
	if len(b) < 4 || b[0] != 0xff || b[1] != 0xd8 {
		return h, false
	}
	for at := 2; at+4 <= len(b); {
		if b[at] != 0xff {
			at++
			continue
		}
		marker := b[at+1]
		if marker == 0xff {
			at++
			continue
		}
		if marker == 0 || marker == 1 || marker >= 0xd0 && marker <= 0xd8 {
			at += 2
			continue
		}
		n := int(binary.BigEndian.Uint16(b[at+2:]))
		if n < 2 || at+2+n > len(b) || marker == 0xd9 || marker == 0xda {
			return h, false
		}
		body := b[at+4 : at+2+n]
		switch {
		case marker == 0xee && len(body) >= 12 && string(body[:5]) == "Adobe":
			h.adobe, h.transform = true, body[11]
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			if len(body) < 6 {
				return h, false
			}
			h.kind, h.precision = marker, int(body[0])
			h.height, h.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
			h.components = int(body[5])
			return h, h.width > 0 && h.height > 0
		}
		at += 2 + n
	}
	return h, false
}
