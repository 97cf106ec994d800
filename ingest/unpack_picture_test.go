package ingest

import (
	"fmt"
	"strings"
	"testing"
)

// Decoration is left out and documents stay, however the mail program put them in.
func TestPictures(t *testing.T) {
	inline := func(name, cid, data string) string {
		return "Content-Type: image/png; name=\"" + name + "\"\nContent-ID: <" + cid + ">\nContent-Disposition: inline; filename=\"" + name + "\"\nContent-Transfer-Encoding: base64\n\n" + in64(data)
	}
	related := func(html string, parts ...string) string {
		return "Content-Type: multipart/related; boundary=R\n\n--R\nContent-Type: text/html\n\n<html>" + html + "</html>\n--R\n" + strings.Join(parts, "--R\n") + "--R--\n"
	}
	img := func(cid, attrs string) string {
		return fmt.Sprintf("<p>Dear all</p><img src=\"cid:%s\" %s>", cid, attrs)
	}
	letter := attached("letter.pdf", "application/pdf", tinyPDF)
	page := picturePNG(t, 1240, 1754, 3)  // A4 at 150 dots an inch
	coarse := picturePNG(t, 620, 877, 3)  // at 75
	fax := picturePNG(t, 1728, 1146, 3)   // standard resolution
	photo := pictureJPEG(t, 1512, 2016)   // a telephone's
	logo := picturePNG(t, 180, 60, 3)     // of a signature
	large := picturePNG(t, 600, 380, 3)   // a logo for fine screens
	banner := picturePNG(t, 1400, 260, 3) // below a signature
	small := picturePNG(t, 480, 640, 3)   // a photo made small
	for _, tt := range []struct {
		name string
		mail string
		kept bool
	}{
		{"a logo in the signature", mixed(related(img("l@1", "width=120"), inline("image001.png", "l@1", logo)), letter), false},
		{"a logo, and nothing else in the mail", mixed(related(img("l@1", ""), inline("image001.png", "l@1", logo))), false},
		{"a logo that the text does not mention", mixed(plainPart("x"), inline("logo.png", "l@1", logo), letter), false},
		{"an attached picture of a logo's size", mixed(plainPart("x"), attached("wound.png", "image/png", logo)), true},
		{"a logo for fine screens, shown small", mixed(related(img("l@1", "width=\"150\" height=\"95\""), inline("image002.png", "l@1", large)), letter), false},
		{"the same by style", mixed(related(img("l@1", "style=\"width:1.5in;height:1in\""), inline("image002.png", "l@1", large)), letter), false},
		{"a banner", mixed(related(img("l@1", "width=400"), inline("image003.png", "l@1", banner)), letter), false},
		{"a point that counts readers", mixed(related(img("l@1", ""), inline("x.png", "l@1", picturePNG(t, 1, 1, 1))), letter), false},
		{"an attached point", mixed(attached("x.png", "image/png", picturePNG(t, 16, 16, 1)), letter), false},
		{"a scan sent inline", mixed(related(img("s@1", "width=600"), inline("image001.png", "s@1", page))), true},
		{"a scan sent inline beside a PDF", mixed(related(img("s@1", "width=300"), inline("image001.png", "s@1", page)), letter), true},
		{"a coarse scan sent inline", mixed(related(img("s@1", ""), inline("scan.png", "s@1", coarse))), true},
		{"a fax sent inline", mixed(related(img("s@1", ""), inline("image001.png", "s@1", fax))), true},
		{"a telephone's photo", mixed(related(img("p@1", "width=300 height=400"), inline("IMG_0001.jpg", "p@1", photo))), true},
		{"a photo made small", mixed(related(img("p@1", ""), inline("IMG_0002.jpg", "p@1", small))), true},
		{"a scan as the whole mail", "From: a@example.org\nSubject: s\nContent-Type: image/png; name=image001.png\nContent-Disposition: inline\nContent-Transfer-Encoding: base64\n\n" + in64(coarse), true},
		{"a picture whose header is broken", mixed(related(img("p@1", ""), inline("image001.png", "p@1", "\x89PNG\r\n\x1A\n broken"))), true},
	} {
		c := unpack(t, UnpackInput{}, crlf(tt.mail))
		kept := false
		for _, a := range c.Attachments {
			kept = kept || a.Name != "letter.pdf"
		}
		if kept != tt.kept {
			t.Errorf("%s: kept is %v\n%s", tt.name, kept, briefly(c))
		}
		if !kept && (len(c.Leftovers) != 1 || c.Leftovers[0].Problem || !strings.Contains(c.Leftovers[0].Reason, "pixels")) {
			t.Errorf("%s: %s", tt.name, briefly(c))
		}
	}
}

// Pictures of kinds that are not read are decoration or a problem by the same rule.
func TestPicturesNotRead(t *testing.T) {
	gif := func(w, h byte) string { return "GIF89a" + string([]byte{w, 1, h, 1, 0, 0, 0}) + ";" } // 256+w by 256+h
	small := "GIF89a" + string([]byte{120, 0, 40, 0, 0, 0, 0}) + ";"
	html := "Content-Type: multipart/related; boundary=R\n\n--R\nContent-Type: text/html\n\n<img src=cid:a>\n--R\nContent-Type: image/gif\nContent-ID: <a>\nContent-Transfer-Encoding: base64\n\n"
	if c := unpack(t, UnpackInput{}, mixed(html+in64(small)+"--R--\n")); len(c.Leftovers) != 1 || c.Leftovers[0].Problem {
		t.Errorf("a small one: %s", briefly(c))
	}
	if c := unpack(t, UnpackInput{}, mixed(attached("fax.gif", "image/gif", gif(200, 250)))); len(c.Leftovers) != 1 || !c.Leftovers[0].Problem {
		t.Errorf("an attached one: %s", briefly(c))
	}
	if c := unpack(t, UnpackInput{}, mixed(plainPart("x"), "Content-Type: image/svg+xml; name=logo.svg\nContent-ID: <a>\n\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>")); len(c.Leftovers) != 1 || c.Leftovers[0].Problem {
		t.Errorf("a drawing: %s", briefly(c))
	}
}
