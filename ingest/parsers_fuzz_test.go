package ingest

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Header fields and names end as text that a database and a screen take.
func FuzzHeader(f *testing.F) {
	f.Add([]byte("Subject: =?utf-8?q?caf=C3=A9?= =?iso-8859-1?b?6Q==?=\r\nContent-Type: text/plain; name*0*=utf-8''a%20; name*1=b\r\n"))
	f.Add([]byte("Subject: =?utf-7?q?+AGE-?=\r\n folded\r\nX\r\n: y\r\n"))
	f.Add([]byte("Subject: \xff\xfe\x00\r\n"))
	f.Fuzz(func(t *testing.T, block []byte) {
		if len(block) > maxHeader {
			return
		}
		h := parseHeader(block)
		kind, disposition := parseMediaField(h.Get("Content-Type")), parseMediaField(h.Get("Content-Disposition"))
		for _, s := range []string{headerText(h, "Subject"), headerText(h, "From"), partName(h, kind, disposition), cleanName(partName(h, kind, disposition))} {
			if !utf8.ValidString(s) {
				t.Errorf("%q is no text", s)
			}
		}
		name := cleanName(partName(h, kind, disposition))
		if strings.ContainsAny(name, "/\\\x00") {
			t.Errorf("the name %q is a path", name)
		}
	})
}

func FuzzCharset(f *testing.F) {
	f.Add("utf-16", []byte("\xff\xfea\x00"))
	f.Add("utf-7", []byte("+AGE-"))
	f.Add("x-unknown", []byte("\x80\x81"))
	f.Fuzz(func(t *testing.T, set string, b []byte) {
		if s := decodeCharset(set, b); !utf8.ValidString(s) || len(s) > 8*len(b)+64 {
			t.Errorf("%d bytes as %q became %d bytes", len(b), set, len(s))
		}
	})
}

// A page of HTML gives no more text than it has, plus the line ends of its elements.
func FuzzHTML(f *testing.F) {
	f.Add("<p>Dear <b>colleague</b><script>x</script><img src=cid:a width=3><a href='https://example.org/x'>fetch</a>")
	f.Add("<style><!--</style></style><td><tr><br/><title>&amp;&#0;&#x110000;")
	f.Fuzz(func(t *testing.T, s string) {
		m := &mailContent{shows: map[string]shown{}}
		if got := m.readHTML(s); len(got) > 4*len(s)+16 {
			t.Errorf("%d bytes became %d", len(s), len(got))
		}
	})
}

// Whatever a file begins with, saying what it is depends on nothing else.
func FuzzSniff(f *testing.F) {
	for _, m := range magics {
		f.Add([]byte(strings.Repeat("\x00", m.at) + m.bytes))
	}
	f.Add([]byte("%PDF-1.7 1 0 obj"))
	f.Add([]byte("From: a\r\nSubject: b\r\n\r\n"))
	f.Fuzz(func(t *testing.T, head []byte) {
		a, b := sniff(head), sniff(head)
		if a != b {
			t.Errorf("once %v, then %v", a, b)
		}
		if a != nil && a.media == "" {
			t.Errorf("%+v is of no kind", a)
		}
	})
}

func FuzzAnnouncedPages(f *testing.F) {
	f.Add("Fax: 3 page(s) from 0161 496 0123", "Pages received: 2 of 5")
	f.Add("pages 99999999999999999999", "")
	f.Fuzz(func(t *testing.T, subject, body string) {
		if n := announcedPages(subject, body); n < 0 {
			t.Errorf("%d pages are announced", n)
		}
		reception(subject, body, true)
	})
}
