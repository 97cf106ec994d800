package generate

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// A part is a part of a mail (RFC 2045).
type part struct {
	header   []string // further header fields
	kind     string   // Content-Type without its name parameter
	name     string
	attached bool // Content-Disposition: attachment; else inline or none
	inlineID string
	encoding string // base64, quoted-printable, 8bit or 7bit; empty chooses
	body     []byte
	parts    []part // of a multipart
	boundary string
	// split writes the name in the pieces of RFC 2231.
	split bool
	raw   bool // body is written as it is, whatever the encoding says
}

// A mail is a whole message.
type mail struct {
	from, to, subject, id string
	date                  time.Time
	header                []string
	body                  part
}

func (m mail) bytes() []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	for _, h := range m.header {
		if strings.HasPrefix(h, "Received:") {
			line("%s", h)
		}
	}
	line("From: %s", m.from)
	line("To: %s", m.to)
	line("Subject: %s", encodedWord(m.subject))
	line("Date: %s", m.date.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	if m.id != "" {
		line("Message-ID: <%s>", m.id)
	}
	for _, h := range m.header {
		if !strings.HasPrefix(h, "Received:") {
			line("%s", h)
		}
	}
	line("MIME-Version: 1.0")
	m.body.write(&b)
	return []byte(b.String())
}

// encodedWord writes a header's text by RFC 2047 where it needs that.
func encodedWord(s string) string {
	if isASCII(s) {
		return s
	}
	var out []string
	for len(s) > 0 {
		n := min(40, len(s))
		for !utf8.RuneStart(append([]byte(s), 'x')[n]) {
			n--
		}
		out = append(out, "=?UTF-8?B?"+base64.StdEncoding.EncodeToString([]byte(s[:n]))+"?=")
		s = s[n:]
	}
	return strings.Join(out, "\r\n ")
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 128 {
			return false
		}
	}
	return true
}

func (p part) write(b *strings.Builder) {
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\r\n", args...) }
	kind := p.kind
	if len(p.parts) > 0 {
		line("Content-Type: %s;\r\n boundary=\"%s\"", kind, p.boundary)
		for _, h := range p.header {
			line("%s", h)
		}
		line("")
		if p.encoding == "preamble" {
			line("This is a multi-part message in MIME format.")
		}
		for _, q := range p.parts {
			line("--%s", p.boundary)
			q.write(b)
		}
		line("--%s--", p.boundary)
		return
	}
	line("Content-Type: %s", kind+parameter("name", p.name, p.split))
	for _, h := range p.header {
		line("%s", h)
	}
	switch {
	case p.attached:
		line("Content-Disposition: attachment%s", parameter("filename", p.name, p.split))
	case p.inlineID != "":
		line("Content-ID: <%s>", p.inlineID)
		line("Content-Disposition: inline%s", parameter("filename", p.name, p.split))
	}
	encoding := p.encoding
	if encoding == "" {
		encoding = "base64"
		if strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "message/") {
			encoding = "7bit"
			if !isASCII(string(p.body)) {
				encoding = "8bit"
			}
		}
	}
	line("Content-Transfer-Encoding: %s", encoding)
	line("")
	switch {
	case p.raw:
		b.Write(p.body)
		line("")
	case encoding == "base64":
		s := base64.StdEncoding.EncodeToString(p.body)
		for len(s) > 76 {
			line("%s", s[:76])
			s = s[76:]
		}
		line("%s", s)
	case encoding == "quoted-printable":
		b.WriteString(quotedPrintable(p.body))
		line("")
	default:
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(string(p.body), "\r\n", "\n"), "\n", "\r\n"))
		line("")
	}
}

// parameter writes a parameter of a header field: quoted, or by RFC 2231 when
// it is not ASCII or is to be split.
func parameter(name, value string, split bool) string {
	switch {
	case value == "":
		return ""
	case split:
		var b strings.Builder
		for i := 0; len(value) > 0; i++ {
			n := min(18, len(value))
			for n < len(value) && !utf8.RuneStart(value[n]) {
				n--
			}
			piece := percent(value[:n])
			if i == 0 {
				piece = "UTF-8''" + piece
			}
			fmt.Fprintf(&b, ";\r\n %s*%d*=%s", name, i, piece)
			value = value[n:]
		}
		return b.String()
	case !isASCII(value):
		return fmt.Sprintf(";\r\n %s*=UTF-8''%s", name, percent(value))
	}
	return fmt.Sprintf("; %s=\"%s\"", name, value)
}

func percent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func quotedPrintable(body []byte) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n") {
		n := 0
		for i := range len(line) {
			c := line[i]
			s := string(rune(c))
			if c == '=' || c >= 127 || c < 32 || (i == len(line)-1 && c == ' ') {
				s = fmt.Sprintf("=%02X", c)
			}
			if n+len(s) > 74 {
				b.WriteString("=\r\n")
				n = 0
			}
			b.WriteString(s)
			n += len(s)
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

func text(s string) part { return part{kind: "text/plain; charset=utf-8", body: []byte(s)} }

func html(s string) part {
	return part{kind: "text/html; charset=utf-8", encoding: "quoted-printable", body: []byte(s)}
}

func multipart(kind, boundary string, parts ...part) part {
	return part{kind: "multipart/" + kind, boundary: boundary, parts: parts}
}
