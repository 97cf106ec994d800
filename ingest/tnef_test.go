package ingest

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// tnefEntry is one attachment for tnefOf.
type tnefEntry struct {
	title, long string
	data        []byte
	message     []byte // a TNEF stream that is attached as a message
	cid         string
	dataFirst   bool
}

func tnefAttribute(b []byte, level byte, id uint32, data []byte) []byte {
	b = append(b, level)
	b = binary.LittleEndian.AppendUint32(b, id)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = append(b, data...)
	var sum uint16
	for _, c := range data {
		sum += uint16(c)
	}
	return binary.LittleEndian.AppendUint16(b, sum)
}

func utf16z(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s + "\x00")) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// tnefProp writes a property whose value says its length.
func tnefProp(b []byte, id, kind uint16, value []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(id)<<16|uint32(kind))
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(value)))
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// tnefOf writes a winmail.dat.
func tnefOf(entries ...tnefEntry) []byte {
	b := []byte{0x78, 0x9F, 0x3E, 0x22, 1, 0}
	b = tnefAttribute(b, 1, attOemCodepage, []byte{0xE4, 4, 0, 0, 0, 0, 0, 0})
	b = tnefAttribute(b, 1, attSubject, []byte("Letter\x00"))
	for _, e := range entries {
		b = tnefAttribute(b, 2, attAttachRendData, make([]byte, 14))
		if e.dataFirst {
			b = tnefAttribute(b, 2, attAttachData, e.data)
		}
		if e.title != "" {
			b = tnefAttribute(b, 2, attAttachTitle, append([]byte(e.title), 0))
		}
		if e.data != nil && !e.dataFirst {
			b = tnefAttribute(b, 2, attAttachData, e.data)
		}
		props, n := []byte{}, uint32(0)
		// A named property, one of several values and a 16-bit one come before
		// what is looked for.
		props = binary.LittleEndian.AppendUint32(props, 0x8001<<16|typeUnicode)
		props = append(props, make([]byte, 16)...)
		props = append(props, 1, 0, 0, 0)
		props = binary.LittleEndian.AppendUint32(props, 10)
		props = append(props, utf16z("Name")...)
		props = append(props, 0, 0)
		props = append(props, tnefProp(nil, 0, typeUnicode, utf16z("value"))[4:]...)
		props = binary.LittleEndian.AppendUint32(props, 0x6000<<16|0x1000|0x0003)
		props = append(props, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0)
		props = binary.LittleEndian.AppendUint32(props, 0x6001<<16|0x000B)
		props = append(props, 1, 0, 0, 0)
		n += 3
		if e.long != "" {
			props = tnefProp(props, propAttachLongName, typeUnicode, utf16z(e.long))
			n++
		}
		if e.cid != "" {
			props = tnefProp(props, propAttachContentID, typeString8, append([]byte(e.cid), 0))
			n++
		}
		if e.message != nil {
			iid := []byte("\x07\x03\x02\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46")
			props = tnefProp(props, propAttachData, typeObject, append(iid, e.message...))
			n++
		}
		b = tnefAttribute(b, 2, attAttachment, append(binary.LittleEndian.AppendUint32(nil, n), props...))
	}
	return b
}

// The bytes here were written by hand from MS-OXTNEF section 2.1.
func TestTNEFByHand(t *testing.T) {
	raw := "\x78\x9F\x3E\x22" + "\x34\x12" + // signature, key
		"\x01" + "\x06\x90\x08\x00" + "\x04\x00\x00\x00" + "\x00\x00\x01\x00" + "\x01\x00" + // attTnefVersion
		"\x02" + "\x02\x90\x06\x00" + "\x0E\x00\x00\x00" + "\x01\x00\xFF\xFF\xFF\xFF\x20\x00\x20\x00\x00\x00\x00\x00" + "\x3D\x04" + // attAttachRendData
		"\x02" + "\x10\x80\x01\x00" + "\x0D\x00\x00\x00" + "DISCHA~1.TIF\x00" + "\x07\x03" + // attAttachTitle
		"\x02" + "\x0F\x80\x06\x00" + "\x08\x00\x00\x00" + "II*\x00\x08\x00\x00\x00" + "\xC4\x00" + // attAttachData
		"\x02" + "\x05\x90\x06\x00" + "\x28\x00\x00\x00" + // attAttachment
		"\x02\x00\x00\x00" + // two properties
		"\x03\x00\x05\x37" + "\x01\x00\x00\x00" + // PidTagAttachMethod: by value
		"\x1E\x00\x07\x37" + "\x01\x00\x00\x00" + "\x0E\x00\x00\x00" + "discharge.tif\x00" + "\x00\x00" + // PidTagAttachLongFilename
		"\x2A\x06"
	m, err := readTNEF(strings.NewReader(raw), int64(len(raw)))
	if err != nil || m.damage || len(m.files) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	f := m.files[0]
	if f.title != "DISCHA~1.TIF" || f.name != "discharge.tif" || f.data == nil || raw[f.data.at:f.data.at+f.data.n] != "II*\x00\x08\x00\x00\x00" {
		t.Errorf("%+v", f)
	}
}

func TestTNEF(t *testing.T) {
	inner := tnefOf(tnefEntry{title: "in.tif", data: []byte(tinyTIFF + "in")})
	body := tnefAttribute(tnefOf(), 1, attBody, []byte("Please see the letter.\x00"))
	wrongSum := tnefOf(tnefEntry{title: "a.tif", data: []byte(tinyTIFF)})
	for i := range wrongSum {
		if bytes.HasPrefix(wrongSum[i:], []byte(tinyTIFF)) {
			wrongSum[i+len(tinyTIFF)] ^= 0xFF
			break
		}
	}
	var noRendering []byte
	noRendering = append(noRendering, tnefOf()...)
	for _, s := range []string{"1", "2"} {
		noRendering = tnefAttribute(noRendering, 2, attAttachTitle, []byte(s+".tif\x00"))
		noRendering = tnefAttribute(noRendering, 2, attAttachData, []byte(tinyTIFF+s))
	}
	const damage = "!winmail.dat: the winmail.dat is damaged: what could be read was kept, but something may be missing; ask the sender to send it again"
	for _, tt := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"short and long names", tnefOf(tnefEntry{title: "A~1.TIF", long: "Entlassbrief für Ä.tif", data: []byte(tinyTIFF)}, tnefEntry{title: "b.pdf", data: []byte(tinyPDF)}), "winmail.dat > Entlassbrief für Ä.tif\nwinmail.dat > b.pdf"},
		{"the data before the name", tnefOf(tnefEntry{title: "a.tif", data: []byte(tinyTIFF), dataFirst: true}), "winmail.dat > a.tif"},
		{"a message in it", tnefOf(tnefEntry{title: "FW", long: "FW letter", message: inner}), "winmail.dat > FW letter > in.tif"},
		{"a mail file in it", tnefOf(tnefEntry{title: "m.eml", data: []byte(mixed(attached("a.tif", "image/tiff", tinyTIFF)))}), "winmail.dat > m.eml > a.tif"},
		{"a code page", tnefOf(tnefEntry{title: "f\xFCr.tif", data: []byte(tinyTIFF)}), "winmail.dat > für.tif"},
		{"a wrong checksum", wrongSum, "winmail.dat > a.tif"},
		{"no rendering data", noRendering, "winmail.dat > 1.tif\nwinmail.dat > 2.tif"},
		{"text only", body, "= no_document"},
		{"Word", tnefOf(tnefEntry{title: "a.rtf", data: []byte(`{\rtf1 x}`)}), "!a.rtf: an RTF document: not read yet; open it by hand"},
		{"an empty file", tnefOf(tnefEntry{title: "a.tif", data: []byte{}}), "!a.tif: the file is empty; ask the sender to send it again"},
		{"junk behind it", append(tnefOf(tnefEntry{title: "a.tif", data: []byte(tinyTIFF)}), "junk junk junk"...), "winmail.dat > a.tif\n" + damage},
		{"only the signature", []byte("\x78\x9F\x3E\x22"), "= no_document"},
	} {
		c := unpack(t, UnpackInput{}, mixed(attached("winmail.dat", "application/ms-tnef", string(tt.raw))))
		if got := briefly(c); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
		if tt.name == "text only" && c.Message.Body != "Please see the letter." {
			t.Errorf("body %q", c.Message.Body)
		}
		// As a file of its own, under any name.
		if c := unpack(t, UnpackInput{Name: "x.bin"}, string(tt.raw)); len(c.Attachments) != strings.Count(tt.want, " > ")-strings.Count(tt.want, " > FW ")-strings.Count(tt.want, " > m.eml") {
			t.Errorf("%s as a file: %s", tt.name, briefly(c))
		}
	}
}

// A stream that ends anywhere gives what came, and says so.
func TestTNEFCut(t *testing.T) {
	raw := tnefOf(tnefEntry{title: "a.tif", data: []byte(tinyTIFF)}, tnefEntry{title: "b.tif", long: "second.tif", data: []byte(tinyTIFF + "b")})
	for n := 6; n < len(raw); n++ {
		m, err := readTNEF(bytes.NewReader(raw[:n]), int64(n))
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		boundary := n == 6
		for at := 6; at < n; {
			at += 9 + int(binary.LittleEndian.Uint32(raw[at+5:])) + 2
			boundary = boundary || at == n || at-1 == n || at-2 == n // the checksum says nothing
		}
		if !m.damage && !boundary {
			t.Errorf("cut at %d, and nobody is told", n)
		}
	}
}

func FuzzTNEF(f *testing.F) {
	f.Add(tnefOf(tnefEntry{title: "A.TIF", long: "A long name.tif", data: []byte(tinyTIFF), cid: "a@b"}))
	f.Add(tnefOf(tnefEntry{title: "m", message: tnefOf(tnefEntry{title: "in", data: []byte("x")})}))
	f.Add([]byte("\x78\x9F\x3E\x22\x00\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := readTNEF(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return
		}
		// Every file lies within the stream, no two of them at one place, in order.
		var spans []span
		for _, file := range m.files {
			for _, s := range []*span{file.data, file.object} {
				if s == nil {
					continue
				}
				if s.at < 0 || s.n < 0 || s.at+s.n > int64(len(raw)) {
					t.Fatalf("a file from %d with %d bytes, of %d", s.at, s.n, len(raw))
				}
				spans = append(spans, *s)
			}
		}
		slices.SortFunc(spans, func(a, b span) int { return int(a.at - b.at) })
		for i := 1; i < len(spans); i++ {
			if spans[i-1].at+spans[i-1].n > spans[i].at {
				t.Fatalf("two files share bytes: %+v", spans)
			}
		}
	})
}
