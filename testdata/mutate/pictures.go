package mutate

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"

	"github.com/postroom/postroom/testdata/generate"
)

type imageGray = image.Gray

// tiffEntries returns where the entries of a little-endian TIFF's directories
// stand, and where the links to the next directory.
func tiffEntries(b []byte) (entries, links []int) {
	at := int(binary.LittleEndian.Uint32(b[4:]))
	for at > 0 && at+2 <= len(b) && len(links) < 10 {
		n := int(binary.LittleEndian.Uint16(b[at:]))
		for i := range n {
			entries = append(entries, at+2+12*i)
		}
		link := at + 2 + 12*n
		links = append(links, link)
		at = int(binary.LittleEndian.Uint32(b[link:]))
	}
	return entries, links
}

func hostileTIFF(r *source) ([]byte, string) {
	samples := Samples()["tif"]
	b := bytes.Clone(pick(r, samples[0], samples[1], samples[3]))
	entries, links := tiffEntries(b)
	le := binary.LittleEndian
	// set changes the value of a tag in the first directory.
	set := func(tag uint16, value uint32) {
		for _, e := range entries {
			if le.Uint16(b[e:]) == tag {
				le.PutUint16(b[e+2:], 4)
				le.PutUint32(b[e+4:], 1)
				le.PutUint32(b[e+8:], value)
				return
			}
		}
	}
	switch r.IntN(12) {
	case 0:
		e := entries[r.IntN(len(entries))]
		le.PutUint32(b[e+8:], pick(r, r.number(), uint32(len(b)), uint32(len(b)-1), uint32(e)))
		return b, fmt.Sprintf("the value of tag %d", le.Uint16(b[e:]))
	case 1:
		e := entries[r.IntN(len(entries))]
		le.PutUint32(b[e+4:], r.number())
		return b, fmt.Sprintf("the count of tag %d", le.Uint16(b[e:]))
	case 2:
		e := entries[r.IntN(len(entries))]
		le.PutUint16(b[e+2:], uint16(r.IntN(20)))
		return b, fmt.Sprintf("the type of tag %d", le.Uint16(b[e:]))
	case 3:
		e := entries[r.IntN(len(entries))]
		le.PutUint16(b[e:], pick[uint16](r, 0, 254, 255, 258, 262, 266, 277, 284, 292, 293, 317, 320, 322, 324, 330, 338, 347, 513, 514, 530, 34665, 65535))
		return b, "a tag made another"
	case 4:
		le.PutUint32(b[links[r.IntN(len(links))]:], pick(r, le.Uint32(b[4:]), uint32(links[0]), uint32(len(b)), 4, 1, r.number()))
		return b, "a directory leads elsewhere"
	case 5:
		compression := pick[uint32](r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 32766, 32771, 32773, 32809, 32946, 34661, 34676, 34712, 34887, 50000, 50001)
		set(259, compression)
		return b, fmt.Sprintf("compression %d", compression)
	case 6:
		w, h := pick(r, r.number(), 1, 60000), pick(r, r.number(), 1, 60000)
		set(256, w)
		set(257, h)
		return b, fmt.Sprintf("%d by %d pixels", w, h)
	case 7:
		set(278, pick(r, 0, 1, r.number()))
		set(279, r.number())
		return b, "strips of another size"
	case 8:
		set(258, pick[uint32](r, 0, 2, 3, 4, 8, 16, 24, 32, 64, 65535))
		set(277, pick[uint32](r, 0, 1, 3, 4, 5, 255, 65535))
		return b, "bits and samples"
	case 9:
		// Fax data without the ends of lines by which a decoder finds its way.
		set(259, pick[uint32](r, 2, 3, 4))
		start := 8
		fill := pick[byte](r, 0, 0xff, 0x55, 0x01, 0x80)
		for i := start; i < int(le.Uint32(b[4:])) && i < len(b); i++ {
			b[i] = fill
		}
		return b, "fax data of one byte"
	case 10:
		// One picture as thousands of pages.
		n := 100 + r.IntN(4000)
		first := int(le.Uint32(b[4:]))
		size := 2 + 12*int(le.Uint16(b[first:])) + 4
		dir := bytes.Clone(b[first : first+size])
		for i := range n {
			at := len(b)
			next := at + size
			if i == n-1 {
				next = 0
			}
			le.PutUint32(dir[size-4:], uint32(next))
			if i == 0 {
				le.PutUint32(b[4:], uint32(at))
			}
			b = append(b, dir...)
		}
		return b, fmt.Sprintf("%d directories for one picture", n)
	default:
		le.PutUint16(b[le.Uint32(b[4:]):], uint16(pick(r, 0, 1, 500, 65535)))
		return b, "another number of entries"
	}
}

type chunk struct {
	kind string
	data []byte
}

func pngChunks(b []byte) (out []chunk) {
	for at := 8; at+12 <= len(b); {
		n := int(binary.BigEndian.Uint32(b[at:]))
		if at+12+n > len(b) {
			break
		}
		out = append(out, chunk{string(b[at+4 : at+8]), bytes.Clone(b[at+8 : at+8+n])})
		at += 12 + n
	}
	return out
}

func joinPNG(chunks []chunk) []byte {
	out := []byte("\x89PNG\r\n\x1a\n")
	for _, c := range chunks {
		out = binary.BigEndian.AppendUint32(out, uint32(len(c.data)))
		body := append([]byte(c.kind), c.data...)
		out = append(out, body...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
	}
	return out
}

func deflated(b []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

func hostilePNG(r *source) ([]byte, string) {
	samples := Samples()["png"]
	chunks := pngChunks(samples[r.IntN(len(samples))])
	head := chunks[0].data
	be := binary.BigEndian
	switch r.IntN(9) {
	case 0:
		w, h := pick(r, r.number(), 60000, 8000), pick(r, r.number(), 60000, 8000)
		be.PutUint32(head, w)
		be.PutUint32(head[4:], h)
		return joinPNG(chunks), fmt.Sprintf("%d by %d pixels", w, h)
	case 1:
		head[8], head[9] = pick[byte](r, 0, 1, 2, 3, 4, 8, 16, 32, 255), pick[byte](r, 0, 1, 2, 3, 4, 5, 6, 7, 255)
		return joinPNG(chunks), "depth and colours"
	case 2:
		head[10], head[11], head[12] = byte(r.IntN(2)), byte(r.IntN(2)), byte(r.IntN(3))
		return joinPNG(chunks), "compression, filter and interlacing"
	case 3:
		r.Shuffle(len(chunks), func(i, j int) { chunks[i], chunks[j] = chunks[j], chunks[i] })
		return joinPNG(chunks), "chunks in another order"
	case 4:
		i := r.IntN(len(chunks))
		return joinPNG(append(chunks[:i:i], chunks[i+1:]...)), "a chunk left out"
	case 5:
		// A picture that unfolds: as large as is allowed, or a little less.
		be.PutUint32(head, 7000)
		be.PutUint32(head[4:], 7000)
		head[8], head[9] = 1, 0
		bomb := deflated(make([]byte, 7000*876))
		return joinPNG([]chunk{{"IHDR", head}, {"IDAT", bomb}, {"IEND", nil}}), "49 million pixels of nothing"
	case 6:
		text := append([]byte("Comment\x00\x00"), deflated(make([]byte, 50<<20))...)
		kind := pick(r, "zTXt", "iCCP", "iTXt")
		return joinPNG([]chunk{chunks[0], {kind, text}, chunks[len(chunks)-2], {"IEND", nil}}), "a " + kind + " that unfolds to 50 MB"
	case 7:
		data := deflated(r.bytes(r.IntN(20000)))
		return joinPNG([]chunk{{"IHDR", head}, {"pHYs", append(be.AppendUint32(be.AppendUint32(nil, r.number()), r.number()), 1)}, {"IDAT", data}, {"IEND", nil}}), "noise as picture, and an absurd resolution"
	default:
		out := joinPNG(chunks)
		be.PutUint32(out[33:], r.number())
		return out, "a chunk of another length"
	}
}

func hostileJPEG(r *source) ([]byte, string) {
	samples := Samples()["jpg"]
	b := bytes.Clone(samples[r.IntN(len(samples))])
	be := binary.BigEndian
	// Where each segment's marker stands, up to the data.
	var segments []int
	find := func(kind byte) int {
		for _, at := range segments {
			if b[at+1] == kind {
				return at
			}
		}
		return segments[0]
	}
	for at := 2; at+4 <= len(b) && b[at] == 0xff; at += 2 + int(be.Uint16(b[at+2:])) {
		segments = append(segments, at)
		if b[at+1] == 0xda {
			break
		}
	}
	insert := func(at int, piece []byte) []byte {
		return append(b[:at:at], append(bytes.Clone(piece), b[at:]...)...)
	}
	switch r.IntN(9) {
	case 0:
		frame := find(0xc0)
		h, w := uint16(pick(r, r.number(), 65500, 9000)), uint16(pick(r, r.number(), 65500, 9000))
		be.PutUint16(b[frame+5:], h)
		be.PutUint16(b[frame+7:], w)
		return b, fmt.Sprintf("%d by %d pixels", w, h)
	case 1:
		at := segments[r.IntN(len(segments))]
		end := at + 2 + int(be.Uint16(b[at+2:]))
		return append(b[:at:at], b[end:]...), fmt.Sprintf("segment %x left out", b[at+1])
	case 2:
		at := segments[r.IntN(len(segments))]
		be.PutUint16(b[at+2:], uint16(pick(r, 0, 1, 2, 3, 65535)))
		return b, "a segment of another length"
	case 3:
		frame := find(0xc0)
		b[frame+9] = pick[byte](r, 0, 2, 3, 4, 5, 255)
		return b, "components"
	case 4:
		frame := find(0xc0)
		b[frame+11] = pick[byte](r, 0, 0x10, 0x01, 0x44, 0xff)
		return b, "sampling"
	case 5:
		frame := find(0xc0)
		b[frame+1] = pick[byte](r, 0xc1, 0xc2, 0xc3, 0xc5, 0xc9, 0xcf)
		return b, "another way of coding"
	case 6:
		// The same scan thousands of times: each has to be gone through.
		scan := find(0xda)
		frame := find(0xc0)
		b[frame+1] = 0xc2
		once := bytes.Clone(b[scan : len(b)-2])
		return append(b[:scan:scan], append(bytes.Repeat(once, 200), 0xff, 0xd9)...), "200 scans"
	case 7:
		// EXIF whose directory points to itself, in a picture that wants to be turned.
		exif := []byte("\xff\xe1\x00\x00Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x00\x00\x00\x00\x08\x00\x00\x00")
		be.PutUint16(exif[2:], uint16(len(exif)-2))
		exif[28] = byte(r.IntN(12))
		binary.LittleEndian.PutUint32(exif[14:], pick(r, 8, r.number()))
		return insert(2, exif), "EXIF in a loop"
	default:
		return insert(find(0xda), bytes.Repeat([]byte{0xff, 0xdd, 0, 4, 0, byte(r.IntN(3))}, 1+r.IntN(500))), "restarts everywhere"
	}
}

// hostileTNEF changes the lengths and kinds in a winmail.dat.
func hostileTNEF(r *source) ([]byte, string) {
	samples := Samples()["dat"]
	b := bytes.Clone(samples[r.IntN(len(samples))])
	le := binary.LittleEndian
	// Attributes: level (1), id (4), length (4), data, checksum (2); MS-OXTNEF 2.1.3.
	var at []int
	for i := 6; i+11 <= len(b); {
		at = append(at, i)
		n := int(le.Uint32(b[i+5:]))
		if n < 0 || i+11+n > len(b) {
			break
		}
		i += 11 + n
	}
	i := at[r.IntN(len(at))]
	n := int(le.Uint32(b[i+5:]))
	switch r.IntN(6) {
	case 0:
		le.PutUint32(b[i+5:], r.number())
		return b, "an attribute of another length"
	case 1:
		le.PutUint32(b[i+1:], pick(r, uint32(0x00069003), 0x0006800f, 0x00069005, 0x00018010, r.number()))
		return b, "an attribute made another"
	case 2:
		b[i] = byte(r.IntN(4))
		return b, "an attribute on another level"
	case 3:
		piece := bytes.Clone(b[i:min(len(b), i+11+n)])
		return append(b[:i:i], append(bytes.Repeat(piece, 1+r.IntN(300)), b[i:]...)...), "an attribute many times"
	case 4:
		// A winmail.dat in itself, some times over.
		for range 2 + r.IntN(20) {
			b = generate.EncodeTNEF("again", epoch, "winmail.dat", b)
		}
		return b, "within itself"
	default:
		for j := i + 9; j+4 <= i+9+n && j+4 <= len(b); j += 4 {
			if r.IntN(6) == 0 {
				le.PutUint32(b[j:], r.number())
			}
		}
		return b, "numbers within an attribute"
	}
}
