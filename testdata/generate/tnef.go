package generate

import (
	"encoding/binary"
	"time"
)

// A file is a named sequence of bytes.
type file struct {
	name string
	data []byte
	kind string // media type as the sender claims
}

// encodeTNEF writes a winmail.dat with the files (MS-OXTNEF): what Outlook
// sends to people who have no Outlook.
func encodeTNEF(subject string, date time.Time, files []file) []byte {
	out := binary.LittleEndian.AppendUint32(nil, 0x223E9F78)
	out = binary.LittleEndian.AppendUint16(out, 0x0001) // the legacy key
	attribute := func(level byte, id uint32, data []byte) {
		out = append(out, level)
		out = binary.LittleEndian.AppendUint32(out, id)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(data)))
		out = append(out, data...)
		var sum uint16
		for _, b := range data {
			sum += uint16(b)
		}
		out = binary.LittleEndian.AppendUint16(out, sum)
	}
	dtr := func(t time.Time) []byte {
		var b []byte
		for _, v := range []int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), int(t.Weekday())} {
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		}
		return b
	}
	const message, attachment = 1, 2
	attribute(message, 0x00089006, []byte{0, 0, 1, 0})                                // attTnefVersion
	attribute(message, 0x00069007, []byte{0xE4, 4, 0, 0, 0, 0, 0, 0})                 // attOemCodepage: 1252
	attribute(message, 0x00078008, []byte("IPM.Microsoft Mail.Note\x00"))             // attMessageClass
	attribute(message, 0x00018004, append([]byte(subject), 0))                        // attSubject
	attribute(message, 0x00038005, dtr(date))                                         // attDateSent
	attribute(message, 0x00069003, property(0x0E1F, 0x000B, []byte{0, 0, 0, 0}, nil)) // attMsgProps: PidTagRtfInSync
	for _, f := range files {
		// attAttachRenddata: a file, no place in the text.
		rendering := append([]byte{1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x20, 0, 0x20, 0}, 0, 0, 0, 0)
		attribute(attachment, 0x00069002, rendering)
		attribute(attachment, 0x00018010, append([]byte(shortName(f.name)), 0)) // attAttachTitle
		attribute(attachment, 0x0006800F, f.data)                               // attAttachData
		attribute(attachment, 0x00069005, property(0x3707, 0x001F, nil, utf16le(f.name+"\x00")))
	}
	return out
}

// property writes a list of one MAPI property (MS-OXTNEF section 2.1.3.4).
func property(id, kind uint16, fixed, variable []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 1)
	b = binary.LittleEndian.AppendUint16(b, kind)
	b = binary.LittleEndian.AppendUint16(b, id)
	if variable == nil {
		return append(b, fixed...)
	}
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(variable)))
	b = append(b, variable...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// shortName is a name of at most eight characters and three.
func shortName(s string) string {
	stem, end := s, ""
	for i := len(s) - 1; i > 0; i-- {
		if s[i] == '.' {
			stem, end = s[:i], s[i:]
			break
		}
	}
	if len(stem) > 8 {
		stem = stem[:6] + "~1"
	}
	return stem + end[:min(4, len(end))]
}

func utf16le(s string) []byte {
	var b []byte
	for _, r := range s {
		b = binary.LittleEndian.AppendUint16(b, uint16(r))
	}
	return b
}
