package ingest

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

type zipped struct {
	name   string
	data   string
	method uint16
	locked bool
	zeros  int64 // written after data
}

func zipOf(t testing.TB, files ...zipped) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		if f.method != 0 {
			h.Method = f.method
			z.RegisterCompressor(f.method, func(w io.Writer) (io.WriteCloser, error) { return nopWriteCloser{w}, nil })
		}
		if f.locked {
			h.Flags |= 1
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, f.data)
		zeros := make([]byte, 1<<20)
		for left := f.zeros; left > 0; left -= int64(len(zeros)) {
			w.Write(zeros[:min(left, int64(len(zeros)))])
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

type nopWriteCloser struct{ io.Writer }

func (nopWriteCloser) Close() error { return nil }

func TestZip(t *testing.T) {
	one := zipOf(t, zipped{name: "a.tif", data: tinyTIFF})
	two := zipOf(t, zipped{name: "in/one.zip", data: one}, zipped{name: "b.pdf", data: tinyPDF})
	three := zipOf(t, zipped{name: "two.zip", data: two})
	damaged := []byte(zipOf(t, zipped{name: "a.tif", data: tinyTIFF + strings.Repeat("0123456789", 100)}, zipped{name: "b.tif", data: tinyTIFF}))
	damaged[60] ^= 0x55
	for _, tt := range []struct{ name, raw, want string }{
		{"one file", one, "x.zip > a.tif"},
		{"a zip in it", two, "x.zip > one.zip > a.tif\nx.zip > b.pdf"},
		{"two zips in it", three, "x.zip > two.zip > b.pdf\n!one.zip: it lies more than 2 zip archives deep and was not opened; open it by hand"},
		{"names that lead out", zipOf(t, zipped{name: "../../../a.tif", data: tinyTIFF}, zipped{name: `..\..\b.tif`, data: tinyTIFF + "2"}, zipped{name: "/etc/c.tif", data: tinyTIFF + "3"}), "x.zip > a.tif\nx.zip > b.tif\nx.zip > c.tif"},
		{"the same name twice", zipOf(t, zipped{name: "1/a.tif", data: tinyTIFF}, zipped{name: "2/a.tif", data: tinyTIFF + "2"}), "x.zip > a.tif\nx.zip > a.tif"},
		{"a code page", zipOf(t, zipped{name: "f\x81r.tif", data: tinyTIFF}), "x.zip > für.tif"},
		{"a mail in it", zipOf(t, zipped{name: "m.eml", data: mixed(attached("a.tif", "image/tiff", tinyTIFF))}), "x.zip > m.eml > a.tif"},
		{"what systems add", zipOf(t, zipped{name: "__MACOSX/._a.tif", data: "\x00\x05\x16\x07"}, zipped{name: "a.tif", data: tinyTIFF}, zipped{name: "Thumbs.db", data: "x"}), "x.zip > a.tif\n-._a.tif: a file that a computer keeps for itself\n-Thumbs.db: a file that a computer keeps for itself"},
		{"a password", zipOf(t, zipped{name: "a.tif", data: tinyTIFF, locked: true}, zipped{name: "b.tif", data: tinyTIFF}), "x.zip > b.tif\n!a.tif: it is locked with the zip archive's password; open it by hand, or ask the sender for it without a password"},
		{"an unknown method", zipOf(t, zipped{name: "a.tif", data: tinyTIFF, method: 9}), "!a.tif: it is packed in a way that is not supported (zip method 9); open it by hand"},
		{"nothing", zipOf(t), "!x.zip: the zip archive is empty; ask the sender to send it again"},
		{"cut off", one[:len(one)-30], "!x.zip: the zip archive is damaged; ask the sender to send it again"},
		{"a flipped bit", string(damaged), ""},
		{"Word", zipOf(t, zipped{name: "[Content_Types].xml", data: "<x/>"}, zipped{name: "word/document.xml", data: "<x/>"}), "!x.zip: a Word document: not read yet; open it by hand"},
		{"Excel", zipOf(t, zipped{name: "[Content_Types].xml", data: "<x/>"}, zipped{name: "xl/workbook.xml", data: "<x/>"}), "!x.zip: an Excel table: not read yet; open it by hand"},
		{"OpenDocument", zipOf(t, zipped{name: "mimetype", data: "application/vnd.oasis.opendocument.text"}), "!x.zip: an OpenDocument text: not read yet; open it by hand"},
		{"XPS", zipOf(t, zipped{name: "FixedDocSeq.fdseq", data: "x"}, zipped{name: "[Content_Types].xml", data: "<x/>"}), "!x.zip: an XPS document: not read yet; ask the sender for PDF or TIFF"},
	} {
		got := briefly(unpack(t, UnpackInput{Name: "x.zip"}, tt.raw))
		if tt.want == "" { // what came before the fault is kept, and it is told
			if !strings.HasPrefix(got, "x.zip > ") || !strings.Contains(got, "!a.tif: the zip archive is damaged at this file") || !strings.Contains(got, "b.tif") {
				t.Errorf("%s: %s", tt.name, got)
			}
			continue
		}
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// A file that unfolds a thousand times is not written to the disk whole.
func TestZipBomb(t *testing.T) {
	bomb := zipOf(t, zipped{name: "a.tif", data: tinyTIFF}, zipped{name: "bomb.tif", data: tinyTIFF, zeros: 100 << 20}, zipped{name: "b.tif", data: tinyTIFF + "b"})
	got := briefly(unpack(t, UnpackInput{Name: "x.zip"}, bomb))
	if !strings.HasPrefix(got, "x.zip > a.tif\nx.zip > b.tif\n!bomb.tif: it unfolds to more than 64 MiB, more than 200 times its size") {
		t.Error(got)
	}
	// A blank page without compression also shrinks so far, but is small.
	if got := briefly(unpack(t, UnpackInput{Name: "x.zip"}, zipOf(t, zipped{name: "blank.tif", data: tinyTIFF, zeros: 8 << 20}))); got != "x.zip > blank.tif" {
		t.Error(got)
	}
	many := make([]zipped, 30)
	for i := range many {
		many[i] = zipped{name: fmt.Sprint(i, ".tif"), data: tinyTIFF + fmt.Sprint(i), zeros: 1 << 20}
	}
	c := unpack(t, UnpackInput{Name: "x.zip", Limits: Limits{Bytes: 10 << 20}}, zipOf(t, many...))
	if len(c.Attachments) != 9 || len(c.Leftovers) != 21 || !strings.Contains(c.Leftovers[0].Reason, "unfolds to more than 10 MiB") {
		t.Errorf("%d attachments, %d leftovers", len(c.Attachments), len(c.Leftovers))
	}
}

// A table of contents with more entries than fit into memory is not read.
func TestZipDirectory(t *testing.T) {
	entry := binary.LittleEndian.AppendUint32(nil, 0x02014b50)
	entry = append(entry, make([]byte, 42)...)
	entry[28] = 1 // length of the name
	entry = append(entry, 'x')
	const n = 150_000
	raw := strings.Repeat(string(entry), n)
	end := binary.LittleEndian.AppendUint32(nil, 0x06054b50)
	end = append(end, 0, 0, 0, 0)
	end = binary.LittleEndian.AppendUint16(end, n%65536)
	end = binary.LittleEndian.AppendUint16(end, n%65536)
	end = binary.LittleEndian.AppendUint32(end, uint32(len(raw)))
	end = append(end, 0, 0, 0, 0, 0, 0)
	c := unpack(t, UnpackInput{}, mixed("Content-Type: application/zip; name=x.zip\nContent-Transfer-Encoding: base64\n\n"+in64("PK\x03\x04"+raw+string(end))))
	if got := briefly(c); got != "!x.zip: a zip archive with too many files; open it by hand" {
		t.Error(got)
	}
	if c.Leftovers[0].MediaType != mediaZip || c.Exception != postroom.NoException {
		t.Errorf("%+v", c)
	}
}
