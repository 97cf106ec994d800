package ocr

import (
	"encoding/binary"

	"github.com/pdfcpu/pdfcpu/pkg/filter"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// archivalImage says whether an image that came in a PDF may stand in a PDF/A-2b
// file as it is (ISO 19005-2 sections 6.1.7.2, 6.2.4 and 6.2.8): no LZW, no
// colours that depend on a device other than the output intent's, and of
// JPEG 2000 what section 6.2.8.3 allows.
func (c *importer) archivalImage(i *soleImage) bool {
	d := i.stream.Dict
	for _, f := range i.stream.FilterPipeline {
		switch f.Name {
		case filter.LZW, "Crypt":
			return false
		case filter.JPX:
			_, said := d["ColorSpace"]
			data, err := c.f.encodedBytes(i.stream, len(i.stream.FilterPipeline)-1)
			if err != nil || !archivalJPX(data, said) {
				return false
			}
			if !said {
				return true
			}
		}
	}
	if c.f.flag(d["ImageMask"], false) {
		return true
	}
	switch c.f.integer(d["BitsPerComponent"], 8) {
	case 1, 2, 4, 8, 16:
	default:
		return false
	}
	return c.f.archivalSpace(d["ColorSpace"], true)
}

// archivalSpace says whether a colour space may stand in a file whose output
// intent is gray or sRGB.
func (f *pdfFile) archivalSpace(o types.Object, indexed bool) bool {
	o = f.deref(o)
	switch f.name(o) {
	case "DeviceGray", "DeviceRGB":
		return true
	}
	a := f.array(o)
	if len(a) < 2 {
		return false
	}
	switch f.name(a[0]) {
	case "CalGray", "CalRGB", "Lab":
		return f.dict(a[1]) != nil
	case "ICCBased":
		sd := f.stream(a[1])
		if sd == nil {
			return false
		}
		profile, err := f.decoded(sd)
		return err == nil && archivalICC(profile, f.integer(sd.Dict["N"], 0))
	case "Indexed":
		return indexed && len(a) == 4 && f.archivalSpace(a[1], false)
	}
	return false
}

// inColour reports whether a colour space has more than shades of gray.
func (f *pdfFile) inColour(o types.Object) bool {
	if a := f.array(o); len(a) > 1 && f.name(a[0]) == "Indexed" {
		o = a[1]
	}
	return f.components(o) != 1
}

// archivalICC checks the header of a profile (ICC.1:2001-12 section 6.1) against
// what section 6.2.4.2 allows for an image of n components.
func archivalICC(b []byte, n int) bool {
	if len(b) < 132 || int64(binary.BigEndian.Uint32(b)) > int64(len(b)) || string(b[36:40]) != "acsp" || b[8] > 4 {
		return false
	}
	switch string(b[12:16]) {
	case "prtr", "mntr", "scnr", "spac":
	default:
		return false
	}
	return map[string]int{"GRAY": 1, "RGB ": 3, "Lab ": 3, "CMYK": 4}[string(b[16:20])] == n && n > 0
}

// archivalJPX checks a JPEG 2000 file (ISO/IEC 15444-1 annex I) against section
// 6.2.8.3: its channels are 1, 3 or 4, of one depth, and it says its colour
// space in a way that is allowed, unless the PDF says it.
func archivalJPX(b []byte, said bool) bool {
	header := jp2Box(b, "jp2h")
	ihdr := jp2Box(header, "ihdr")
	if len(ihdr) < 14 || jp2Box(header, "bpcc") != nil || jp2Box(header, "cdef") != nil || jp2Box(header, "pclr") != nil {
		return false
	}
	switch binary.BigEndian.Uint16(ihdr[8:]) {
	case 1, 3, 4:
	default:
		return false
	}
	if depth := int(ihdr[10]&0x7f) + 1; depth > 38 {
		return false
	}
	if said {
		return true
	}
	spaces, best, allowed := 0, 0, false
	eachJP2Box(header, func(kind string, body []byte) {
		if kind != "colr" || len(body) < 3 {
			return
		}
		spaces++
		if body[2] == 1 {
			best++
		}
		switch {
		case body[0] == 1 && len(body) >= 7:
			space := binary.BigEndian.Uint32(body[3:])
			allowed = space == 16 || space == 17 || space == 18 // sRGB, gray, sYCC
		case body[0] == 2:
			allowed = true
		default:
			allowed = false
		}
	})
	return allowed && (spaces == 1 || best == 1)
}

// jp2Box returns the body of the first box of the kind, or nil.
func jp2Box(b []byte, kind string) (found []byte) {
	eachJP2Box(b, func(k string, body []byte) {
		if k == kind && found == nil {
			found = body
		}
	})
	return found
}

// eachJP2Box calls do with each whole box in b.
func eachJP2Box(b []byte, do func(kind string, body []byte)) {
	for len(b) >= 8 {
		size, head := uint64(binary.BigEndian.Uint32(b)), uint64(8)
		switch size {
		case 0: // to the end
			size = uint64(len(b))
		case 1:
			if len(b) < 16 {
				return
			}
			size, head = binary.BigEndian.Uint64(b[8:]), 16
		}
		if size < head || size > uint64(len(b)) {
			return
		}
		do(string(b[4:8]), b[head:size:size])
		b = b[size:]
	}
}
