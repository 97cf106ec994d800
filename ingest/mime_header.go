package ingest

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	"net/url"
	"path"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/charset"
	"github.com/emersion/go-message/textproto"
	"golang.org/x/text/encoding/charmap"
)

// maxHeader is how much of one header block is looked at.
const maxHeader = 256 << 10

// parseHeader reads header lines of which readHeader has taken out what is none.
func parseHeader(block []byte) message.Header {
	h, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(append(block, "\r\n"...))))
	if err != nil {
		// What came before the fault is there.
		return message.Header{Header: h}
	}
	return message.Header{Header: h}
}

// A mediaField is a header field with a value and parameters: Content-Type
// (RFC 2045 section 5.1) and Content-Disposition (RFC 2183).
type mediaField struct {
	value  string // lower case, without parameters
	params map[string]string
}

// parseMediaField reads such a field however it is written: names without
// quotes and with spaces in them, the same parameter twice (the first holds),
// semicolons too many, comments, a missing last quote, raw 8-bit characters,
// encoded words (RFC 2047) and continuations (RFC 2231) in any character set.
// (mime.ParseMediaType gives up on most of these and loses the file's name.)
func parseMediaField(s string) mediaField {
	f := mediaField{params: map[string]string{}}
	value, rest := cutUnquoted(s)
	f.value = strings.ToLower(strings.Join(strings.Fields(withoutComments(value)), ""))
	type piece struct {
		n       int
		encoded bool
		text    string
	}
	pieces := map[string][]piece{}
	for rest != "" {
		var field string
		field, rest = cutUnquoted(rest)
		name, text, ok := strings.Cut(field, "=")
		if !ok {
			continue
		}
		name = strings.ToLower(strings.TrimSpace(withoutComments(name)))
		text = unquote(text)
		// RFC 2231: name*, name*0, name*0*
		base, encoded := strings.CutSuffix(name, "*")
		n := -1
		if b, number, ok := strings.Cut(base, "*"); ok {
			if i, err := strconv.Atoi(number); err == nil && i >= 0 && i < 1000 {
				base, n = b, i
			}
		}
		if encoded || n >= 0 {
			pieces[base] = append(pieces[base], piece{n, encoded, text})
			continue
		}
		if _, ok := f.params[base]; !ok {
			f.params[base] = decodeWords(text)
		}
	}
	for name, ps := range pieces {
		sort.SliceStable(ps, func(i, j int) bool { return ps[i].n < ps[j].n })
		set := ""
		var b []byte
		last := -2
		for i, p := range ps {
			if p.n == last {
				continue
			}
			last = p.n
			text := p.text
			if p.encoded {
				if i == 0 {
					if parts := strings.SplitN(text, "'", 3); len(parts) == 3 {
						set, text = parts[0], parts[2]
					}
				}
				text = percentDecoded(text)
			}
			b = append(b, text...)
		}
		if v := decodeCharset(set, b); v != "" {
			f.params[name] = v // it says more than the plain one beside it (RFC 6266 section 4.3)
		}
	}
	return f
}

// cutUnquoted cuts s at the first semicolon that is not within quotes.
func cutUnquoted(s string) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			// A quote that never ends must not swallow the other parameters.
			quoted = !quoted && strings.IndexByte(s[i+1:], '"') >= 0
		case s[i] == ';' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func withoutComments(s string) string {
	var b strings.Builder
	depth := 0
	for _, r := range s {
		switch {
		case r == '(':
			depth++
		case r == ')' && depth > 0:
			depth--
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func unquote(s string) string {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			return b.String()
		default: // Windows paths come with single backslashes
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func percentDecoded(s string) string {
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if hi, lo := hexValue(s[i+1]), hexValue(s[i+2]); hi < 16 && lo < 16 {
				b = append(b, hi<<4|lo)
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// decodeWords decodes the encoded words (RFC 2047) of a header's text, and
// raw 8-bit text, to UTF-8.
func decodeWords(s string) string {
	d := mime.WordDecoder{CharsetReader: func(set string, r io.Reader) (io.Reader, error) {
		b, err := io.ReadAll(r)
		return strings.NewReader(decodeCharset(set, b)), err
	}}
	out, err := d.DecodeHeader(s)
	if err != nil {
		out = s
	}
	return decodeCharset("", []byte(out))
}

// decodeCharset makes UTF-8 of text in the named character set. Without a name,
// or with one that nobody knows, text that is valid UTF-8 stays as it is and
// any other is taken for Windows-1252, which gives every byte some letter.
func decodeCharset(set string, b []byte) string {
	set = strings.ToLower(strings.Trim(set, `"' `))
	switch {
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}), bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		set = "utf-16"
	case set == "" || set == "us-ascii" || set == "ascii" || set == "utf-8" || set == "utf8":
		if b = bytes.TrimPrefix(b, []byte("\xEF\xBB\xBF")); utf8.Valid(b) {
			return string(b)
		}
		set = "windows-1252"
	case set == "iso-8859-1" || set == "latin1":
		set = "windows-1252" // which people mean by it: the two differ in control codes only
	}
	if r, err := charset.Reader(set, bytes.NewReader(b)); err == nil {
		if out, err := io.ReadAll(r); err == nil {
			return strings.ToValidUTF8(string(out), "\uFFFD")
		}
	}
	if utf8.Valid(b) {
		return string(b)
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(out)
}

// headerText returns a field of text as people read it, on one line.
func headerText(h message.Header, key string) string {
	const most = 1000 // characters
	s := decodeWords(h.Get(key))
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most])
	}
	return s
}

// partName returns the file name that a part's header gives, cleaned.
func partName(h message.Header, kind, disposition mediaField) string {
	for _, s := range []string{disposition.params["filename"], kind.params["name"], disposition.params["name"], kind.params["filename"]} {
		if s = cleanName(s); s != "" {
			return s
		}
	}
	if l := h.Get("Content-Location"); l != "" {
		if u, err := url.Parse(strings.TrimSpace(l)); err == nil && len(path.Ext(u.Path)) > 1 {
			return cleanName(u.Path)
		}
	}
	// Some copiers give the name as a description.
	if s := cleanName(headerText(h, "Content-Description")); len(path.Ext(s)) > 2 && len(path.Ext(s)) < 6 && !strings.Contains(path.Ext(s), " ") {
		return s
	}
	return ""
}
