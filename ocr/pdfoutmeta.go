package ocr

import (
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"math"
	"strings"
	"time"
)

// pdfProducer names the program in the files that it makes. It holds no version:
// a new one must not change files that are made again.
const pdfProducer = "Postroom"

// xmpPacket returns the document's metadata (ISO 16684-1), which say that the
// file is PDF/A of level B of a part (ISO 19005-2 and -3, section 6.6.4) only if
// it is; part 0 is none. Pages that were drawn stand in its history.
func xmpPacket(meta DocumentMeta, part int, drawn []DrawnPage) []byte {
	var b strings.Builder
	b.WriteString(`<?xpacket begin="` + "\ufeff" + `" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">` +
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""`)
	if part > 0 {
		fmt.Fprintf(&b, ` xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="%d" pdfaid:conformance="B"`, part)
	}
	if !meta.Created.IsZero() {
		t := meta.Created.UTC().Format(time.RFC3339)
		fmt.Fprintf(&b, ` xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreateDate="%s"`, t)
	}
	if len(drawn) > 0 {
		b.WriteString(` xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"`)
	}
	if meta.Title == "" && meta.Source == "" && len(drawn) == 0 {
		b.WriteString("/>")
	} else {
		b.WriteString(` xmlns:dc="http://purl.org/dc/elements/1.1/"`)
		if meta.Source != "" {
			fmt.Fprintf(&b, ` dc:source="%s"`, xmlText(meta.Source))
		}
		b.WriteString(">")
		if meta.Title != "" {
			fmt.Fprintf(&b, `<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>`, xmlText(meta.Title))
		}
		if len(drawn) > 0 {
			b.WriteString("<xmpMM:History><rdf:Seq>")
			for _, p := range drawn {
				fmt.Fprintf(&b, `<rdf:li stEvt:action="converted" stEvt:softwareAgent="%s" stEvt:parameters="page %d was drawn: %s"/>`, pdfProducer, p.Page, xmlText(p.Why))
			}
			b.WriteString("</rdf:Seq></xmpMM:History>")
		}
		b.WriteString("</rdf:Description>")
	}
	b.WriteString(`</rdf:RDF></x:xmpmeta><?xpacket end="r"?>`)
	return []byte(b.String())
}

func xmlText(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}

// infoDictionary says the same as xmpPacket to programs that know no XMP.
func infoDictionary(meta DocumentMeta) string {
	var b strings.Builder
	b.WriteString("<<")
	if meta.Title != "" {
		b.WriteString("/Title" + pdfText(meta.Title))
	}
	b.WriteString("/Producer" + pdfText(pdfProducer))
	if !meta.Created.IsZero() {
		t := meta.Created.UTC().Format("(D:20060102150405Z)")
		b.WriteString("/CreationDate" + t)
	}
	return b.String() + ">>"
}

// srgbProfile returns an ICC profile (ICC.1:2001-04, version 2.4) of the sRGB
// colour space (IEC 61966-2-1) for displays: its primaries adapted to D50, and
// its curve at 64 points.
func srgbProfile() []byte {
	curve := append([]byte("curv\x00\x00\x00\x00"), binary.BigEndian.AppendUint32(nil, 64)...)
	for i := range 64 {
		v := float64(i) / 63
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		curve = binary.BigEndian.AppendUint16(curve, uint16(math.Round(v*65535)))
	}
	return iccProfile("RGB ", []iccTag{
		{"desc", iccDescription("sRGB IEC61966-2.1")},
		{"cprt", []byte("text\x00\x00\x00\x00No copyright\x00")},
		{"wtpt", iccXYZ(0.9642, 1, 0.8249)},
		{"rXYZ", iccXYZ(0.43607, 0.22249, 0.01392)},
		{"gXYZ", iccXYZ(0.38515, 0.71687, 0.09708)},
		{"bXYZ", iccXYZ(0.14307, 0.06061, 0.71410)},
		{"rTRC", curve}, {"gTRC", nil}, {"bTRC", nil}, // the three share one curve
	})
}

// grayProfile returns an ICC profile of the same version for displays without
// colour, with a gamma of 2.2. It is a third of the size, which counts in a fax.
func grayProfile() []byte {
	return iccProfile("GRAY", []iccTag{
		{"desc", iccDescription("Gray")},
		{"cprt", []byte("text\x00\x00\x00\x00No copyright\x00")},
		{"wtpt", iccXYZ(0.9642, 1, 0.8249)},
		{"kTRC", []byte("curv\x00\x00\x00\x00\x00\x00\x00\x01\x02\x33")}, // 2.2 as u8Fixed8Number
	})
}

// An iccTag is an entry of a profile; data of nil are those of the entry before.
type iccTag struct {
	name string
	data []byte
}

func iccXYZ(x, y, z float64) []byte {
	out := []byte("XYZ \x00\x00\x00\x00")
	for _, v := range []float64{x, y, z} {
		out = binary.BigEndian.AppendUint32(out, uint32(int32(math.Round(v*65536))))
	}
	return out
}

func iccDescription(name string) []byte {
	out := append([]byte("desc\x00\x00\x00\x00"), binary.BigEndian.AppendUint32(nil, uint32(len(name)+1))...)
	return append(append(out, name...), make([]byte, 1+4+4+2+1+67)...)
}

// iccProfile puts a profile together (ICC.1:2001-04 section 6).
func iccProfile(space string, tags []iccTag) []byte {
	head := make([]byte, 128)
	copy(head[8:], "\x02\x40\x00\x00mntr"+space+"XYZ ")
	for i, v := range []uint16{2000, 1, 1, 0, 0, 0} {
		binary.BigEndian.PutUint16(head[24+2*i:], v)
	}
	copy(head[36:], "acsp")
	copy(head[68:], iccXYZ(0.9642, 1, 0.8249)[8:])
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	offset := 128 + 4 + 12*len(tags)
	var body []byte
	at, size := 0, 0
	for _, t := range tags {
		if t.data != nil {
			for len(body)%4 != 0 {
				body = append(body, 0)
			}
			at, size = offset+len(body), len(t.data)
			body = append(body, t.data...)
		}
		table = append(table, t.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(at))
		table = binary.BigEndian.AppendUint32(table, uint32(size))
	}
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	out := append(append(head, table...), body...)
	binary.BigEndian.PutUint32(out, uint32(len(out)))
	return out
}
