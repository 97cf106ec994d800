package generate

import (
	"encoding/binary"
	"sort"
)

// TIFFOptions say how a fax is written as TIFF (TIFF 6.0; Class F of RFC 2306).
type TIFFOptions struct {
	Coding     Coding
	DPIX, DPIY float64
	// LowFirst writes the bits lowest first: FillOrder 2.
	LowFirst bool
	// BlackIsZero writes photometric interpretation 1 (min-is-black) and codes
	// black as the white of ITU-T T.4; else 0 (min-is-white), as fax does.
	BlackIsZero bool
	// RowsPerStrip is 0 for one strip a page.
	RowsPerStrip int
	BigEndian    bool
	// Centimetres gives the resolution per centimetre.
	Centimetres bool
	// NoResolution leaves the resolution out.
	NoResolution bool
	Software     string
	// BadLines is what the receiving machine counted: Class F tags 326 to 328.
	BadLines int
}

type tiffEntry struct {
	tag, kind uint16
	values    []uint32
	bytes     []byte // for ASCII and rationals, instead of values
	count     uint32
}

const (
	tiffASCII    = 2
	tiffShort    = 3
	tiffLong     = 4
	tiffRational = 5
)

// EncodeTIFF writes the pages into one TIFF file.
func EncodeTIFF(pages []*Bits, o TIFFOptions) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	var put binary.ByteOrder = binary.LittleEndian
	out := []byte("II*\x00\x00\x00\x00\x00")
	if o.BigEndian {
		order, put = binary.BigEndian, binary.BigEndian
		out = []byte("MM\x00*\x00\x00\x00\x00")
	}
	next := 4 // where the offset of the next directory stands
	for n, page := range pages {
		strip := o.RowsPerStrip
		if strip <= 0 || strip > page.H {
			strip = page.H
		}
		var offsets, counts []uint32
		k := 2
		if o.DPIY > 150 {
			k = 4
		}
		for top := 0; top < page.H; top += strip {
			src := page
			if o.BlackIsZero {
				src = page.inverted()
			}
			data := EncodeCCITT(src, top, min(top+strip, page.H), o.Coding, k)
			if o.LowFirst {
				data = ReverseBits(data)
			}
			offsets = append(offsets, uint32(len(out)))
			counts = append(counts, uint32(len(data)))
			out = append(out, data...)
			if len(out)%2 == 1 {
				out = append(out, 0)
			}
		}
		entries := o.entries(page, n, len(pages), strip, offsets, counts, order)
		var start, link int
		out, start, link = appendDirectory(out, entries, order)
		put.PutUint32(out[next:], uint32(start))
		next = link
	}
	return out
}

// appendDirectory writes an image file directory with the values that do not
// fit into it before it; it returns where the directory starts and where the
// offset of the next one stands.
func appendDirectory(out []byte, entries []tiffEntry, order binary.AppendByteOrder) (file []byte, start, link int) {
	var directory []byte
	for _, e := range entries {
		value := e.bytes
		count := e.count
		if value == nil {
			count = uint32(len(e.values))
			for _, v := range e.values {
				if e.kind == tiffShort {
					value = order.AppendUint16(value, uint16(v))
				} else {
					value = order.AppendUint32(value, v)
				}
			}
		}
		directory = order.AppendUint16(directory, e.tag)
		directory = order.AppendUint16(directory, e.kind)
		directory = order.AppendUint32(directory, count)
		if len(value) <= 4 {
			directory = append(directory, append(value, 0, 0, 0, 0)[:4]...)
			continue
		}
		directory = order.AppendUint32(directory, uint32(len(out)))
		out = append(out, value...)
		if len(out)%2 == 1 {
			out = append(out, 0)
		}
	}
	start = len(out)
	out = order.AppendUint16(out, uint16(len(entries)))
	out = append(out, directory...)
	link = len(out)
	return append(out, 0, 0, 0, 0), start, link
}

func (b *Bits) inverted() *Bits {
	c := &Bits{b.W, b.H, b.Stride, make([]byte, len(b.Pix))}
	for i, v := range b.Pix {
		c.Pix[i] = ^v
	}
	if spare := b.W % 8; spare != 0 {
		for y := range b.H {
			c.Pix[(y+1)*b.Stride-1] &= 0xFF << (8 - spare)
		}
	}
	return c
}

func (o TIFFOptions) entries(p *Bits, n, of, strip int, offsets, counts []uint32, order binary.AppendByteOrder) []tiffEntry {
	rational := func(v float64) []byte {
		return order.AppendUint32(order.AppendUint32(nil, uint32(v*100+0.5)), 100)
	}
	compression, options := uint32(1), uint32(0)
	switch o.Coding {
	case G3:
		compression = 3
	case G3Two:
		compression, options = 3, 1
	case G4:
		compression = 4
	}
	photometric, fill, unit, perInch := uint32(0), uint32(1), uint32(2), 1.0
	if o.BlackIsZero {
		photometric = 1
	}
	if o.LowFirst {
		fill = 2
	}
	if o.Centimetres {
		unit, perInch = 3, 2.54
	}
	short := func(tag uint16, v ...uint32) tiffEntry { return tiffEntry{tag: tag, kind: tiffShort, values: v} }
	long := func(tag uint16, v ...uint32) tiffEntry { return tiffEntry{tag: tag, kind: tiffLong, values: v} }
	e := []tiffEntry{
		long(254, 2), // NewSubfileType: a page
		long(256, uint32(p.W)), long(257, uint32(p.H)),
		short(258, 1), short(259, compression), short(262, photometric), short(266, fill),
		long(273, offsets...), short(274, 1), short(277, 1),
		long(278, uint32(strip)), long(279, counts...),
		short(297, uint32(n), uint32(of)),
	}
	if !o.NoResolution {
		e = append(e,
			tiffEntry{tag: 282, kind: tiffRational, bytes: rational(o.DPIX / perInch), count: 1},
			tiffEntry{tag: 283, kind: tiffRational, bytes: rational(o.DPIY / perInch), count: 1},
			short(296, unit))
	}
	switch o.Coding {
	case G3, G3Two:
		e = append(e, long(292, options))
	case G4:
		e = append(e, long(293, 0))
	}
	if o.Software != "" {
		e = append(e, tiffEntry{tag: 305, kind: tiffASCII, bytes: append([]byte(o.Software), 0), count: uint32(len(o.Software) + 1)})
	}
	if o.BadLines > 0 {
		e = append(e, long(326, uint32(o.BadLines)), short(327, 1), long(328, uint32(min(o.BadLines, 3))))
	}
	sort.Slice(e, func(i, j int) bool { return e[i].tag < e[j].tag })
	return e
}
