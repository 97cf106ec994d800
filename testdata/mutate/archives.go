package mutate

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

type zipped struct {
	name string
	data []byte
	size uint64 // claimed, when it is not the data's
}

// zipOf makes a zip of stored files, whatever they are called.
func zipOf(files ...zipped) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	stand := map[string]string{}
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.name, "/"); ok {
			// The writer knows better than to put bytes into a folder.
			f.name = name + "\x01"
			stand[f.name] = name + "/"
		}
		h := &zip.FileHeader{Name: f.name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(f.data), CompressedSize64: uint64(len(f.data)), UncompressedSize64: uint64(len(f.data))}
		if f.size > 0 {
			h.UncompressedSize64 = f.size
		}
		to, err := w.CreateRaw(h)
		if err == nil {
			_, err = to.Write(f.data)
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	out := b.Bytes()
	for from, to := range stand {
		out = bytes.ReplaceAll(out, []byte(from), []byte(to))
	}
	return out
}

func zipBomb(size int64, name string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	to, err := w.Create(name)
	if err == nil {
		_, err = io.CopyN(to, zeros{}, size)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// hostileNames are what a file in an archive or a mail may be called by somebody
// who means harm, or knows no better.
var hostileNames = []string{
	"../../../../etc/cron.d/x.tif", "/etc/passwd", "..\\..\\windows\\x.pdf", "C:\\x.pdf", "a\x00b.tif", "", ".", "..", "//", "x\n.tif",
	strings.Repeat("a", 5000) + ".tif", strings.Repeat("../", 500) + "x.tif", "CON", "\u202efit.exe", "\xff\xfe.tif", "fax.tif/", "fax.tif ", "-rf.tif", "$(id).pdf", "%00.tif", "a/../../b.tif",
}

func hostileZip(r *source) ([]byte, string) {
	fax := Samples()["tif"][0]
	switch r.IntN(9) {
	case 0:
		name := pick(r, hostileNames...)
		return zipOf(zipped{name: name, data: fax}, zipped{name: name, data: fax}), fmt.Sprintf("two files called %.20q", name)
	case 1:
		return zipOf(zipped{name: "a.tif", data: fax, size: uint64(pick(r, r.number(), 0xfffffff0))}), "a file of another size"
	case 2:
		n := 2000 + r.IntN(8000)
		files := make([]zipped, n)
		for i := range files {
			files[i] = zipped{name: fmt.Sprintf("%d.tif", i)}
		}
		files[n-1].data = fax
		return zipOf(files...), fmt.Sprintf("%d files", n)
	case 3:
		return zipBomb(80<<20, pick(r, "zeros.tif", "zeros.pdf", "zeros.eml")), "80 MB of nothing"
	case 4:
		b := zipOf(zipped{name: "a.tif", data: fax})
		for i := range 2 + r.IntN(30) {
			b = zipOf(zipped{name: fmt.Sprintf("%d.zip", i), data: b})
		}
		return b, "zips within each other"
	case 5:
		// All entries are the same bytes, so a small file holds much.
		b := zipOf(zipped{name: "a.tif", data: fax})
		at := bytes.LastIndex(b, []byte("PK\x01\x02"))
		end := bytes.LastIndex(b, []byte("PK\x05\x06"))
		entry := bytes.Clone(b[at:end])
		n := 500 + r.IntN(3000)
		out := append(bytes.Clone(b[:at]), bytes.Repeat(entry, n)...)
		tail := bytes.Clone(b[end:])
		binary.LittleEndian.PutUint16(tail[8:], uint16(n))
		binary.LittleEndian.PutUint16(tail[10:], uint16(n))
		binary.LittleEndian.PutUint32(tail[12:], uint32(n*len(entry)))
		return append(out, tail...), fmt.Sprintf("%d entries of the same bytes", n)
	}
	b := zipOf(zipped{name: "a.tif", data: fax}, zipped{name: "b.pdf", data: Samples()["pdf"][0]})
	le := binary.LittleEndian
	end := bytes.LastIndex(b, []byte("PK\x05\x06"))
	entry := bytes.LastIndex(b, []byte("PK\x01\x02"))
	switch r.IntN(3) {
	case 0:
		le.PutUint32(b[end+pick(r, 8, 10, 12, 16):], r.number())
		return b, "the end of the directory"
	case 1:
		le.PutUint32(b[entry+pick(r, 16, 20, 24, 42):], r.number())
		return b, "an entry's sizes and place"
	default:
		le.PutUint16(b[entry+pick(r, 8, 10, 28, 30, 32):], uint16(pick(r, 0, 1, 8, 9, 12, 14, 99, 65535)))
		return b, "an entry's flags, method and lengths"
	}
}

func hostileMail(r *source) ([]byte, string) {
	fax := Samples()["tif"][0]
	sound := string(mail("fax.tif", fax))
	body := sound[strings.Index(sound, "--b1"):]
	head := "From: a@example.org\r\nSubject: Fax\r\nMIME-Version: 1.0\r\n"
	switch r.IntN(16) {
	case 0:
		n := 10 + r.IntN(3000)
		var open, shut strings.Builder
		for i := range n {
			fmt.Fprintf(&open, "Content-Type: multipart/mixed; boundary=n%d\r\n\r\n--n%d\r\n", i, i)
		}
		for i := n - 1; i >= 0 && r.IntN(200) > 0; i-- {
			fmt.Fprintf(&shut, "--n%d--\r\n", i)
		}
		return []byte(head + open.String() + "\r\nx\r\n" + shut.String()), fmt.Sprintf("%d multiparts within each other", n)
	case 1:
		b := sound
		n := 2 + r.IntN(60)
		for range n {
			b = head + "Content-Type: message/rfc822\r\n\r\n" + b
		}
		return []byte(b), fmt.Sprintf("forwarded %d times", n)
	case 2:
		boundary := pick(r, "", "\"\"", "b1 ", "\"b1", strings.Repeat("b", 20000), "\"--\"", "b1;boundary=b2", "\"\\\"b1\\\"\"", "=?utf-8?q?b1?=")
		return []byte(strings.Replace(sound, "\"b1\"", boundary, 1)), "another boundary"
	case 3:
		return []byte(head + "Content-Type: multipart/mixed; boundary=b1\r\n\r\n" + strings.Repeat("--b1\r\n", 20000) + body), "20,000 empty parts"
	case 4:
		var b strings.Builder
		b.WriteString(head + "Content-Type: multipart/mixed; boundary=b1\r\n\r\n")
		for i := range 3000 {
			fmt.Fprintf(&b, "--b1\r\nContent-Type: image/tiff; name=f%d.tif\r\n\r\nII*\r\n", i)
		}
		return []byte(b.String() + "--b1--\r\n"), "3,000 attachments"
	case 5:
		return []byte(strings.Repeat("X-"+strings.Repeat("y", r.IntN(200))+": z\r\n", 20000) + sound), "20,000 header lines"
	case 6:
		return []byte("Subject: " + strings.Repeat(pick(r, "x", "=?utf-8?q?=41?= ", "=?", "\r\n ", "\""), 300_000) + "\r\n" + sound), "a subject without end"
	case 7:
		charset := pick(r, "utf-7", "utf-16", "x-unknown", "\xff", strings.Repeat("a", 3000), "utf-8\"; charset=\"latin1", "../../x")
		return []byte(strings.Replace(sound, "charset=utf-8", "charset="+charset, 1)), "another charset"
	case 8:
		encoding := pick(r, "quoted-printable", "uuencode", "binary", "x-none", "7bit", "BASE64 ", "base64\r\nContent-Transfer-Encoding: quoted-printable")
		return []byte(strings.Replace(sound, "base64", encoding, 1)), "another encoding"
	case 9:
		// RFC 2231 continuations in no order.
		var b strings.Builder
		for i := range 2000 {
			fmt.Fprintf(&b, ";\r\n filename*%d*=%%%02x", (i*7919)%pick(r, 100, 2000, 99999), r.IntN(256))
		}
		return []byte(strings.Replace(sound, "; filename=\"fax.tif\"", b.String(), 1)), "a name in 2,000 pieces"
	case 10:
		name := pick(r, hostileNames...)
		return []byte(strings.ReplaceAll(sound, "fax.tif", strings.NewReplacer("\"", "", "\n", "\r\n ").Replace(name))), fmt.Sprintf("an attachment called %.20q", name)
	case 11:
		return []byte(strings.ReplaceAll(sound, "\r\n", pick(r, "\r", "\n", "\r\r\n", "\n\r", "\x00\r\n", "\r\n\r\n"))), "other ends of lines"
	case 12:
		kind := pick(r, "message/partial; id=1; number=1; total=9", "message/external-body; access-type=local-file; name=\"/etc/passwd\"", "multipart/signed; boundary=b1", "multipart/encrypted; boundary=b1", "application/pkcs7-mime", "multipart/digest; boundary=b1", "text/html", "///", "a/b; c=\"")
		return []byte(strings.Replace(sound, "multipart/mixed; boundary=\"b1\"", kind, 1)), "a mail of the kind " + kind
	case 13:
		return []byte(head + "\r\nbegin 644 " + pick(r, hostileNames...) + "\r\n" + strings.Repeat(string(rune(32+r.IntN(80)))+"0V%T"+strings.Repeat("~", r.IntN(90))+"\r\n", 3000)), "uuencoded noise"
	case 14:
		i := strings.Index(sound, "SUkq")
		return []byte(sound[:i] + strings.Repeat(pick(r, "A", "=", "\x00", "AAAA====", "!"), 3_000_000) + sound[i:]), "base64 in a line of megabytes"
	default:
		return []byte(strings.Replace(sound, "Date: Thu, 12 Mar 2026 09:14:00 +0000", "Date: "+pick(r, "Thu, 99 Foo 99999999 99:99:99 +9999", "0", strings.Repeat("(", 50000), "Thu, 12 Mar 2026 09:14:00 "+strings.Repeat("((x)", 9000)), 1)), "a date that is none"
	}
}
