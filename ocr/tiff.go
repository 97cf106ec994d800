package ocr

import (
	"encoding/binary"
	"errors"
	"math"
)

// A tiffImage is what an image file directory (TIFF 6.0, section 2) says about
// one page, before anything is decoded.
type tiffImage struct {
	Offset        int64 // of the directory in the file
	Width, Height int
	DPIX, DPIY    float64 // dots per inch; 0 when the file gives none
	Aspect        float64 // width by height of a pixel turned over (DPIX/DPIY), when only that is known
	Compression   int     // 3 is G3, 4 is G4 (ITU-T T.4 and T.6)
	Orientation   int     // 1 to 8, as EXIF has them; 1 when the file gives none
	FillOrder     int
	Page, Pages   int  // PageNumber (section 12): from 0, and how many in all; 0 when not known
	Thumbnail     bool // NewSubfileType says that it is a small copy of another page
	CutOff        bool // parts of the image lie beyond the end of the file

	// What fax software notes of the reception (RFC 2306, TIFF Class F); -1 when it does not.
	BadLines, BadRun int
	// What became of the bad lines (CleanFaxData): 0 there were none, 1 the receiver
	// replaced them, 2 they are in the image as they came.
	CleanData int
}

// A tiffFile is a TIFF's pages in the order in which the file links them.
type tiffFile struct {
	Images []tiffImage
	// Broken is set when the link to the next page leads beyond the end of the
	// file, back to an earlier one, or to something that is no directory: there was
	// at least one page more.
	Broken bool
}

// Announced returns how many pages the file should have: more than Images when it is Broken.
func (f tiffFile) Announced() int {
	n := len(f.Images)
	if !f.Broken {
		return n
	}
	most := n + 1
	for _, m := range f.Images {
		// A wild value in a damaged file must not become thousands of pages.
		if m.Pages > most && m.Pages <= n+1000 && m.Page < m.Pages {
			most = m.Pages
		}
	}
	return most
}

var errNoTIFF = errors.New("it has no TIFF header")

// TIFF tags (TIFF 6.0, section 8; RFC 2306 section 2 for those of Class F).
const (
	tagNewSubfileType  = 254
	tagWidth           = 256
	tagHeight          = 257
	tagCompression     = 259
	tagFillOrder       = 266
	tagStripOffsets    = 273
	tagOrientation     = 274
	tagStripLengths    = 279
	tagXResolution     = 282
	tagYResolution     = 283
	tagResolutionUnit  = 296
	tagPageNumber      = 297
	tagTileOffsets     = 324
	tagTileLengths     = 325
	tagBadFaxLines     = 326
	tagCleanFaxData    = 327
	tagConsecutiveBad  = 328
	mostTIFFPages      = 100_000
	mostTIFFDirEntries = 4096
)

// parseTIFF reads the directories of a classic TIFF. It returns an error only when
// there is not a single page.
func parseTIFF(data []byte) (tiffFile, error) {
	var order binary.ByteOrder
	switch {
	case len(data) < 8:
		return tiffFile{}, errNoTIFF
	case string(data[:4]) == "II*\x00":
		order = binary.LittleEndian
	case string(data[:4]) == "MM\x00*":
		order = binary.BigEndian
	default:
		return tiffFile{}, errNoTIFF
	}
	var f tiffFile
	seen := map[uint32]bool{}
	for at := order.Uint32(data[4:]); at != 0; {
		if seen[at] || len(f.Images) >= mostTIFFPages {
			f.Broken = true
			break
		}
		seen[at] = true
		image, next, ok := parseDirectory(data, at, order)
		if !ok {
			f.Broken = true
			break
		}
		if !image.Thumbnail {
			f.Images = append(f.Images, image)
		}
		at = next
	}
	if len(f.Images) == 0 {
		return tiffFile{}, errors.New("it holds no page")
	}
	return f, nil
}

func parseDirectory(data []byte, at uint32, order binary.ByteOrder) (m tiffImage, next uint32, ok bool) {
	if uint64(at)+2 > uint64(len(data)) {
		return m, 0, false
	}
	n := int(order.Uint16(data[at:]))
	end := uint64(at) + 2 + 12*uint64(n)
	if n == 0 || n > mostTIFFDirEntries || end+4 > uint64(len(data)) {
		return m, 0, false
	}
	m = tiffImage{Offset: int64(at), Orientation: 1, FillOrder: 1, Compression: 1, BadLines: -1, BadRun: -1, CleanData: -1}
	unit := 2
	var offsets, lengths tiffEntry
	for i := range n {
		raw := data[uint64(at)+2+12*uint64(i):]
		e := tiffEntry{data: data, order: order, kind: order.Uint16(raw[2:]), count: order.Uint32(raw[4:]), raw: raw[8:12]}
		switch order.Uint16(raw) {
		case tagNewSubfileType:
			m.Thumbnail = e.integer(0)&1 != 0
		case tagWidth:
			m.Width = e.integer(0)
		case tagHeight:
			m.Height = e.integer(0)
		case tagCompression:
			m.Compression = e.integer(0)
		case tagFillOrder:
			m.FillOrder = e.integer(0)
		case tagOrientation:
			if o := e.integer(0); o >= 1 && o <= 8 {
				m.Orientation = o
			}
		case tagXResolution:
			m.DPIX = e.rational()
		case tagYResolution:
			m.DPIY = e.rational()
		case tagResolutionUnit:
			unit = e.integer(0)
		case tagPageNumber:
			if e.count == 2 {
				m.Page, m.Pages = e.integer(0), e.integer(1)
			}
		case tagBadFaxLines:
			m.BadLines = e.integer(0)
		case tagCleanFaxData:
			m.CleanData = e.integer(0)
		case tagConsecutiveBad:
			m.BadRun = e.integer(0)
		case tagStripOffsets, tagTileOffsets:
			offsets = e
		case tagStripLengths, tagTileLengths:
			lengths = e
		}
	}
	switch unit {
	case 2:
	case 3: // per centimetre
		m.DPIX, m.DPIY = m.DPIX*2.54, m.DPIY*2.54
	default:
		if m.DPIX > 0 && m.DPIY > 0 {
			m.Aspect = m.DPIX / m.DPIY
		}
		m.DPIX, m.DPIY = 0, 0
	}
	if m.Orientation >= 5 { // the rows of the file are columns of the page
		m.Width, m.Height = m.Height, m.Width
		m.DPIX, m.DPIY = m.DPIY, m.DPIX
		if m.Aspect > 0 {
			m.Aspect = 1 / m.Aspect
		}
	}
	for i := range min(offsets.count, uint32(len(data))) {
		from, long := offsets.integer(i), 0
		if i < lengths.count {
			long = lengths.integer(i)
		}
		if uint64(from)+uint64(long) > uint64(len(data)) {
			m.CutOff = true
			break
		}
	}
	return m, order.Uint32(data[end:]), true
}

// A tiffEntry is a value or array of a directory.
type tiffEntry struct {
	data  []byte
	order binary.ByteOrder
	kind  uint16
	count uint32
	raw   []byte // the four bytes that are the value or its place
}

// integer returns element i of an array of BYTE, SHORT or LONG; 0 where there is none.
func (e tiffEntry) integer(i uint32) int {
	size := map[uint16]uint64{1: 1, 3: 2, 4: 4}[e.kind]
	if size == 0 || i >= e.count {
		return 0
	}
	from := e.raw
	at := uint64(i) * size
	if uint64(e.count)*size > 4 {
		from, at = e.data, at+uint64(e.order.Uint32(e.raw))
	}
	if at+size > uint64(len(from)) {
		return 0
	}
	switch size {
	case 1:
		return int(from[at])
	case 2:
		return int(e.order.Uint16(from[at:]))
	default:
		return int(min(e.order.Uint32(from[at:]), math.MaxInt32))
	}
}

// rational returns a RATIONAL, or an integer as some writers have it; 0 for nonsense.
func (e tiffEntry) rational() float64 {
	if e.kind != 5 {
		return float64(e.integer(0))
	}
	at := uint64(e.order.Uint32(e.raw))
	if e.count < 1 || at+8 > uint64(len(e.data)) {
		return 0
	}
	over, under := e.order.Uint32(e.data[at:]), e.order.Uint32(e.data[at+4:])
	if under == 0 {
		return 0
	}
	return float64(over) / float64(under)
}
