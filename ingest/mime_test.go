package ingest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// Mails as programs really send them, each with what a clerk would expect.
func TestMail(t *testing.T) {
	tif := in64(tinyTIFF)
	head := "From: a@example.org\nSubject: letter\nMIME-Version: 1.0\n"
	body := "Content-Type: multipart/mixed; boundary=\"B\"\n\n"
	uu := "begin 644 fax.tif\n" + uuencoded(tinyTIFF) + "`\nend\n"
	forwarded := mixed(plainPart("inside"), attached("in.tif", "image/tiff", tinyTIFF))
	const cut = "!message: the mail ends in the middle: something may be missing; ask the sender to send it again"
	const told = "an attachment arrived with a damaged encoding: what could be decoded was kept, but something may be missing; ask the sender to send it again"
	for _, tt := range []struct{ name, raw, want, text string }{
		{"plain", mixed(plainPart("Hello"), attached("a.tif", "image/tiff", tinyTIFF)), "a.tif", "Hello"},
		{"the whole mail is the file", head + "Content-Type: image/tiff; name=a.tif\nContent-Transfer-Encoding: base64\n\n" + tif, "a.tif", ""},
		{"octet-stream", mixed(attached("a.tif", "application/octet-stream", tinyTIFF)), "a.tif", ""},
		{"a wrong type", mixed(attached("a.doc", "application/msword", tinyPDF)), "a.doc", ""},
		{"a fax sent as text", mixed("Content-Type: text/plain; name=fax\nContent-Transfer-Encoding: base64\n\n" + tif), "fax", ""},
		{"a body that is a PDF", mixed("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + in64(tinyPDF)), "attachment-1.pdf", ""},
		{"no name", mixed(plainPart("x"), "Content-Type: image/tiff\nContent-Transfer-Encoding: base64\n\n"+tif), "attachment-2.tif", "x"},
		{"no Content-Type", mixed("Content-Disposition: attachment; filename=a.tif\nContent-Transfer-Encoding: base64\n\n" + tif), "a.tif", ""},
		{"a name in words (RFC 2047)", mixed("Content-Type: image/tiff; name=\"=?iso-8859-1?Q?f=FCr.tif?=\"\nContent-Transfer-Encoding: base64\n\n" + tif), "für.tif", ""},
		{"a name in pieces (RFC 2231)", mixed("Content-Type: image/tiff\nContent-Disposition: attachment; filename*1*=%FCr%20Sie; filename*0*=iso-8859-1'de'f; filename*2=.tif\nContent-Transfer-Encoding: base64\n\n" + tif), "für Sie.tif", ""},
		{"a name with spaces and no quotes", mixed("Content-Type: image/tiff; name=My Letter (2).tif\nContent-Transfer-Encoding: base64\n\n" + tif), "My Letter (2).tif", ""},
		{"a raw 8-bit name", mixed("Content-Type: image/tiff; name=\"f\xFCr.tif\"\nContent-Transfer-Encoding: base64\n\n" + tif), "für.tif", ""},
		{"a name that leads out", mixed("Content-Type: image/tiff; name=\"..\\..\\a.tif\"\nContent-Transfer-Encoding: base64\n\n" + tif), "a.tif", ""},
		{"a name as description", mixed("Content-Type: application/octet-stream\nContent-Description: scan 1.tif\nContent-Transfer-Encoding: base64\n\n" + tif), "scan 1.tif", ""},
		{"a folded name without indentation", mixed("Content-Transfer-Encoding: base64\nContent-Type: image/tiff;\nname=\"a.tif\"\n\n" + tif), "a.tif", ""},

		{"forwarded", mixed(plainPart("see below"), "Content-Type: message/rfc822; name=\"fwd.eml\"\n\n"+forwarded), "fwd.eml > in.tif", "see below"},
		{"forwarded without a name", mixed("Content-Type: message/rfc822\n\n" + forwarded), "attachment-1.eml > in.tif", ""},
		{"forwarded as octet-stream", mixed(attached("letter.eml", "application/octet-stream", forwarded)), "letter.eml > in.tif", ""},
		{"forwarded as text", mixed(attached("letter.eml", "text/plain", forwarded)), "letter.eml > in.tif", ""},
		{"forwarded in base64", mixed(attached("letter.eml", "message/rfc822", forwarded)), "letter.eml > in.tif", ""},
		{"forwarded twice", mixed("Content-Type: message/rfc822; name=1.eml\n\n" + mixed("Content-Type: message/rfc822; name=2.eml\n\n"+forwarded)), "1.eml > 2.eml > in.tif", ""},
		{"a zip in a forwarded mail", mixed("Content-Type: message/rfc822; name=1.eml\n\n" + mixed(attached("s.zip", "application/zip", zipOf(t, zipped{name: "z.tif", data: tinyTIFF})))), "1.eml > s.zip > z.tif", ""},
		{"Apple's alternative", head + "Content-Type: multipart/alternative; boundary=B\n\n--B\n" + plainPart("words\n") + "\n--B\nContent-Type: multipart/mixed; boundary=C\n\n--C\nContent-Type: text/html\n\n<p>words</p>\n--C\n" + attached("a.pdf", "application/pdf", tinyPDF) + "--C--\n--B--\n", "a.pdf", "words"},

		{"bare line ends", strings.ReplaceAll(mixed(plainPart("Hello"), attached("a.tif", "image/tiff", tinyTIFF)), "\r\n", "\n"), "a.tif", "Hello"},
		{"8-bit", mixed("Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: 8bit\n\n" + tinyPDF), "a.pdf", ""},
		{"a preamble and an epilogue", head + body + "This is a multi-part message in MIME format.\n\n--B\n" + attached("a.tif", "image/tiff", tinyTIFF) + "--B--\nGood bye\n", "a.tif", ""},
		{"a part after the end", head + body + "--B\n" + plainPart("x\n") + "--B--\n\n--B\n" + attached("a.tif", "image/tiff", tinyTIFF) + "--B--\n", "a.tif", "x"},
		{"no boundary is announced", head + "Content-Type: multipart/mixed\n\n--B\n" + plainPart("x\n") + "--B\n" + attached("a.tif", "image/tiff", tinyTIFF) + "--B--\n", "a.tif", "x"},
		{"another boundary is announced", head + "Content-Type: multipart/mixed; boundary=other\n\n--B\n" + plainPart("x\n") + "--B\n" + attached("a.tif", "image/tiff", tinyTIFF) + "--B--\n", "a.tif", "x"},
		{"no boundary at all", head + body + "just text\n", "!message: its parts could not be told apart: the line that parts them is missing; ask the sender to send it again", "just text"},
		{"no end", head + body + "--B\n" + attached("a.tif", "image/tiff", tinyTIFF), "a.tif\n" + cut, ""},
		{"an inner multipart without its end", head + body + "--B\nContent-Type: multipart/mixed; boundary=C\n\n--C\n" + attached("a.tif", "image/tiff", tinyTIFF) + "--B\n" + attached("b.pdf", "application/pdf", tinyPDF) + "--B--\n", "a.tif\nb.pdf", ""},
		{"a boundary that begins like another", head + body + "--B\nContent-Type: multipart/mixed; boundary=BB\n\n--BB\n" + attached("a.tif", "image/tiff", tinyTIFF) + "--BB--\n--B\n" + attached("b.pdf", "application/pdf", tinyPDF) + "--B--\n", "a.tif\nb.pdf", ""},
		{"text behind the closing boundary's name", head + body + "--B\n" + attached("a.tif", "image/tiff", tinyTIFF) + "--B--garbage\n", "a.tif", ""},
		{"spaces behind a boundary", head + body + "--B  \n" + attached("a.tif", "image/tiff", tinyTIFF) + "--B--\t\n", "a.tif", ""},
		{"a line in the header that is none", head + body + "--B\nContent-Type: image/tiff; name=a.tif\ngarbage line\nContent-Transfer-Encoding: base64\n\n" + tif + "--B\n" + attached("b.pdf", "application/pdf", tinyPDF) + "--B--\n", "a.tif\nb.pdf", ""},
		{"no empty line below the header", head + body + "--B\nContent-Type: image/tiff; name=a.tif\nContent-Transfer-Encoding: base64\n" + tif + "--B--\n", "a.tif", ""},
		{"a header that begins with a space", " " + head + body + "--B\n" + attached("a.tif", "image/tiff", tinyTIFF) + "--B--\n", "a.tif", ""},
		{"a part without a header", head + body + "--B\n\nHello\n--B\n" + attached("a.tif", "image/tiff", tinyTIFF) + "--B--\n", "a.tif", "Hello"},
		{"a very long header line", head + "X-Long: " + strings.Repeat("x", 200_000) + "\n" + body + "--B\n" + attached("a.tif", "image/tiff", tinyTIFF) + "--B--\n", "a.tif", ""},

		{"base64 with junk in it", mixed("Content-Type: image/tiff; name=a.tif\nContent-Transfer-Encoding: base64\n\n" + tif[:8] + "!!*\n" + tif[8:]), "a.tif\n!a.tif: " + told, ""},
		{"base64 that stops within a letter", mixed("Content-Type: image/tiff; name=a.tif\nContent-Transfer-Encoding: base64\n\n" + tif[:21]), "a.tif\n!a.tif: " + told, ""},
		{"base64 without padding", mixed("Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n" + strings.TrimRight(in64(tinyPDF), "=\n")), "a.pdf", ""},
		{"base64 in two pieces", mixed("Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n" + in64(tinyPDF[:10]) + in64(tinyPDF[10:])), "a.pdf", ""},
		{"base64 with a footer", mixed("Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n" + in64(tinyPDF+"\n\n") + "_______\nThis list is for letters.\n"), "a.pdf", ""},
		{"base64 that nobody announced", mixed("Content-Type: application/pdf; name=a.pdf\n\n" + in64(tinyPDF+tinyPDF)), "a.pdf", ""},
		{"base64 announced, but it is not", mixed("Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n" + tinyPDF), "a.pdf", ""},
		{"base64 in one long line", mixed("Content-Type: image/tiff; name=a.tif\nContent-Transfer-Encoding: base64\n\n" + strings.ReplaceAll(in64(tinyTIFF+strings.Repeat("x", 200_000)), "\n", "") + "\n"), "a.tif", ""},
		{"base64 that breaks off within a line", head + "Content-Type: image/tiff; name=a.tif\nContent-Transfer-Encoding: base64\n\n" + tif[:24], "a.tif\n!a.tif: " + told, ""},
		{"an unknown encoding", mixed("Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: odd\n\n" + tinyPDF), "a.pdf", ""},
		{"quoted-printable", mixed("Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: quoted-printable\n\n" + strings.ReplaceAll(tinyPDF, "1", "=31")), "a.pdf", ""},
		{"uuencode as encoding", mixed("Content-Type: image/tiff; name=a.tif\nContent-Transfer-Encoding: x-uuencode\n\n" + uu), "a.tif", ""},
		{"uuencode in the text", head + "\nSee below.\n\n" + uu + "Bye\n", "fax.tif", "See below.\n\nBye"},
		{"begin in a text", head + "\nWe will\nbegin 123 things\nsoon\n", "= no_document", "We will\nbegin 123 things\nsoon"},

		{"HTML only", head + "Content-Type: text/html; charset=utf-8\n\n<html><head><title>t</title><style>p{}</style></head><body><p>Dear  <b>practice</b>,</p><p>see&nbsp;attached<br>Bye &amp; thanks</p></body></html>\n", "= no_document", "Dear practice,\n\nsee attached\nBye & thanks"},
		{"plain and HTML", head + "Content-Type: multipart/alternative; boundary=B\n\n--B\n" + plainPart("plain words\n") + "--B\nContent-Type: text/html\n\n<p>html words</p>\n--B--\n", "= no_document", "plain words"},
		{"a plain part that only asks for HTML", head + "Content-Type: multipart/alternative; boundary=B\n\n--B\n" + plainPart("Your mail program does not support HTML.\n") + "--B\nContent-Type: text/html\n\n<p>html words</p>\n--B--\n", "= no_document", "html words"},
		{"an unknown character set", head + "Content-Type: text/plain; charset=klingon\n\nf\xFCr\n", "= no_document", "für"},
		{"UTF-16", head + "Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\n" + in64("H\x00i\x00"), "= no_document", "Hi"},
		{"a text that Exchange split off", mixed(plainPart("Hello"), attached("a.tif", "image/tiff", tinyTIFF), "Content-Type: text/plain; name=ATT00001.txt\nContent-Disposition: attachment; filename=ATT00001.txt\n\nfooter"), "a.tif", "Hello\n\nfooter"},
		{"a text file", mixed(attached("letter.txt", "text/plain", "Dear doctor")), "!letter.txt: a text file: not read yet; open it by hand", ""},
		{"signatures and cards", mixed(attached("a.tif", "image/tiff", tinyTIFF), attached("smime.p7s", "application/pkcs7-signature", "0\x80"), "Content-Type: text/vcard; name=me.vcf\n\nBEGIN:VCARD\nEND:VCARD"), "a.tif\n-smime.p7s: a digital signature\n-me.vcf: a contact card", ""},
		{"S/MIME", head + "Content-Type: application/pkcs7-mime; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n" + in64("0\x80\x06\x09*\x86"), "!smime.p7m: an encrypted or sealed message (S/MIME): not read yet; open the mail in a mail program that has the key", ""},
		{"a mail in pieces", head + "Content-Type: message/partial; id=x; number=1; total=3\n\nSubject: y\n\nz\n", "!attachment-1: the mail was sent in pieces (RFC 2046 section 5.2.2) and this is one of them; ask the sender to send it whole", ""},
		{"an empty file", mixed(plainPart("x"), attached("a.tif", "image/tiff", "")), "!a.tif: the file is empty; ask the sender to send it again", "x"},
		{"a type nobody can read", mixed(attached("letter.docx", "application/x", zipOf(t, zipped{name: "[Content_Types].xml"}, zipped{name: "word/d.xml"}))), "!letter.docx: a Word document: not read yet; open it by hand", ""},
	} {
		c := unpack(t, UnpackInput{}, crlf(tt.raw))
		if tt.name == "bare line ends" {
			c = unpack(t, UnpackInput{}, tt.raw)
		}
		if got := briefly(c); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
		if c.Message.Body != tt.text {
			t.Errorf("%s: body %q, want %q", tt.name, c.Message.Body, tt.text)
		}
	}
}

// What was sent is what is kept, to the byte, in every encoding and however
// the lines end; a "--" or a dot within the data changes nothing.
func TestMailKeepsBytes(t *testing.T) {
	data := tinyPDF + "--\r\n--B\x00\r\n-- \n.\r\nFrom here\r\n\r\r\n\n" + strings.Repeat("0123456789ABCDEF", 4095) + "\r\n" + strings.Repeat("x", 65535) + "\r\n\x00\xFF end\r\n"
	var qp strings.Builder
	for i := range len(data) {
		qp.WriteString("=" + strings.ToUpper(string("0123456789abcdef"[data[i]>>4])+string("0123456789abcdef"[data[i]&15])))
		if i%20 == 19 {
			qp.WriteString("=\r\n")
		}
	}
	for name, part := range map[string]string{
		"base64":           "Content-Transfer-Encoding: base64\r\n\r\n" + in64(data),
		"quoted-printable": "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + qp.String(),
		"binary":           "Content-Transfer-Encoding: binary\r\n\r\n" + data,
		"uuencode":         "Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n" + uuencoded(data) + "`\r\nend\r\n",
	} {
		raw := "From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B--B\r\n\r\n--B--B\r\nContent-Type: application/pdf; name=a.pdf\r\n" + part + "\r\n--B--B--\r\n"
		c := unpack(t, UnpackInput{}, raw)
		if len(c.Attachments) != 1 || c.Attachments[0].Hash != postroom.HashOf([]byte(data)) {
			t.Errorf("%s: %s, %d bytes of %d", name, briefly(c), c.Attachments[0].Size, len(data))
		}
	}
}

// The reader looks ahead where a multipart has not begun; that must not spoil
// what it read before, wherever the buffer ends.
func TestMailLooksAhead(t *testing.T) {
	var preamble strings.Builder
	for preamble.Len() < 3*lineBuffer {
		preamble.WriteString("--no boundary of this mail\r\nsome words below it\r\n")
	}
	c := unpack(t, UnpackInput{}, "From: a@example.org\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n"+preamble.String())
	if want := strings.ReplaceAll(preamble.String(), "\r\n", "\n")[:maxBody]; c.Message.Body != want {
		t.Error("the text was spoilt")
	}
}

func uuencoded(s string) string {
	var b strings.Builder
	letter := func(v byte) {
		if v == 0 {
			v = '`' - ' '
		}
		b.WriteByte(v + ' ')
	}
	for len(s) > 0 {
		line := s[:min(45, len(s))]
		s = s[len(line):]
		letter(byte(len(line)))
		for i := 0; i < len(line); i += 3 {
			var v [3]byte
			copy(v[:], line[i:])
			letter(v[0] >> 2)
			letter(v[0]<<4&63 | v[1]>>4)
			letter(v[1]<<2&63 | v[2]>>6)
			letter(v[2] & 63)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// A decoder gives the same whatever pieces it is written in.
func FuzzDecoder(f *testing.F) {
	f.Add("base64", []byte("AAEC\r\nAw==\r\nfooter text\r\nAAEC"), uint8(3))
	f.Add("quoted-printable", []byte("a=3D=\r\nb \t\r\n=zz=A"), uint8(1))
	f.Add("x-uuencode", []byte("begin 644 x\n#0V%T\n`\nend\n"), uint8(5))
	f.Fuzz(func(t *testing.T, encoding string, data []byte, size uint8) {
		var whole, pieces bytes.Buffer
		d, _ := decoderFor(encoding, &whole)
		d.Write(data)
		d.Close()
		e, _ := decoderFor(encoding, &pieces)
		for rest := data; len(rest) > 0; {
			n := min(int(size)+1, len(rest))
			e.Write(rest[:n])
			rest = rest[n:]
		}
		e.Close()
		if !bytes.Equal(whole.Bytes(), pieces.Bytes()) || d.damage() != e.damage() {
			t.Errorf("%s: %q (%s) and %q (%s)", encoding, whole.Bytes(), d.damage(), pieces.Bytes(), e.damage())
		}
		// A line of uuencode whose spaces were lost stands for up to 63 bytes.
		if whole.Len() > 63*len(data)+3 {
			t.Errorf("%d bytes from %d", whole.Len(), len(data))
		}
	})
}

func FuzzMediaField(f *testing.F) {
	f.Add("image/tiff; name=\"a;b.tif\"; charset*0*=utf-8''x; charset*1=y (comment)")
	f.Add("attachment; filename=\"never ends; size=1")
	f.Add("text/plain; =; ;; name=\"a\\\"b\\\\c\"; name*=klingon''%41")
	f.Fuzz(func(t *testing.T, s string) {
		m := parseMediaField(s)
		for name, value := range m.params {
			if len(value) > 16*len(s)+16 {
				t.Errorf("%q: %d bytes from %d", name, len(value), len(s))
			}
		}
		if clean := cleanName(m.params["name"]); cleanName(clean) != clean {
			t.Errorf("cleaning %q twice gives another name", clean)
		}
	})
}
