package ingest

import (
	"bytes"
	"io"
	"strings"
)

// A decoder undoes a transfer encoding (RFC 2045 section 6). It is written the
// encoded bytes in pieces of any size and never fails on what they are: it
// decodes what it can and tells afterwards that something was wrong. (The
// decoders of the standard library and of go-message end at the first fault,
// and what comes after it would be lost.) Its errors are those of the writer
// behind it.
type decoder interface {
	io.WriteCloser
	damage() string // one plain sentence; empty for none
}

// decoderFor returns the decoder for a Content-Transfer-Encoding, and false
// when the encoding is unknown and the bytes are passed on as they are.
func decoderFor(encoding string, to io.Writer) (decoder, bool) {
	switch encoding {
	case "base64":
		return &base64Decoder{to: to}, true
	case "quoted-printable":
		return &quotedDecoder{to: to}, true
	case "x-uuencode", "uuencode", "x-uue", "uue":
		return &uuDecoder{to: to}, true
	case "", "7bit", "8bit", "binary":
		return plainDecoder{to}, true
	}
	return plainDecoder{to}, false
}

type plainDecoder struct{ io.Writer }

func (plainDecoder) Close() error   { return nil }
func (plainDecoder) damage() string { return "" }

const damaged = "an attachment arrived with a damaged encoding: what could be decoded was kept, but something may be missing; ask the sender to send it again"

// base64Values maps letters to their values; 0xFF is none, 0xFE white space.
var base64Values = func() (v [256]byte) {
	for i := range v {
		v[i] = 0xFF
	}
	for i, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		v[c] = byte(i)
	}
	for _, c := range " \t\r\n\x00\f\v" {
		v[c] = 0xFE
	}
	return v
}()

// base64Decoder takes base64 (RFC 2045 section 6.8) with anything between the
// letters. Some mailers encode a file in several pieces, each with its padding;
// mailing lists write a footer below it.
type base64Decoder struct {
	to    io.Writer
	out   []byte
	quad  uint32
	n     int // letters in quad
	bad   int // bytes that have no business here
	ended bool
	line  []byte // after padding: the line so far, to tell a footer from more data
}

func (d *base64Decoder) Write(p []byte) (int, error) {
	for i, c := range p {
		if d.ended {
			if c == '\n' || len(d.line) >= 1000 {
				d.resume()
			}
			if d.ended {
				d.line = append(d.line, c)
				continue
			}
		}
		d.letter(c)
		if len(d.out) >= 8<<10 {
			if err := d.flush(); err != nil {
				return i, err
			}
		}
	}
	return len(p), d.flush()
}

func (d *base64Decoder) letter(c byte) {
	v := base64Values[c]
	switch {
	case v == 0xFE:
	case v < 64:
		d.quad = d.quad<<6 | uint32(v)
		if d.n++; d.n == 4 {
			d.out = append(d.out, byte(d.quad>>16), byte(d.quad>>8), byte(d.quad))
			d.quad, d.n = 0, 0
		}
	case c == '=':
		d.pad()
		d.ended = true
	default:
		d.bad++
	}
}

// pad ends a piece: two or three letters stand for one or two bytes.
func (d *base64Decoder) pad() {
	switch d.n {
	case 1:
		d.bad++
	case 2:
		d.out = append(d.out, byte(d.quad>>4))
	case 3:
		d.out = append(d.out, byte(d.quad>>10), byte(d.quad>>2))
	}
	d.quad, d.n = 0, 0
}

// resume decides whether a line after padding is more data.
func (d *base64Decoder) resume() {
	line := bytes.Trim(d.line, "= \t\r\n")
	padded := bytes.TrimLeft(bytes.TrimSpace(d.line), "=")
	d.line = d.line[:0]
	if len(line) == 0 || len(padded)%4 != 0 {
		return
	}
	for _, c := range line {
		if base64Values[c] >= 64 {
			return
		}
	}
	d.ended = false
	for _, c := range padded {
		if d.ended {
			d.line = append(d.line, c)
		} else {
			d.letter(c)
		}
	}
}

func (d *base64Decoder) flush() error {
	_, err := d.to.Write(d.out)
	d.out = d.out[:0]
	return err
}

func (d *base64Decoder) Close() error {
	if d.ended {
		d.resume()
	}
	d.pad()
	return d.flush()
}

func (d *base64Decoder) damage() string {
	if d.bad > 0 {
		return damaged
	}
	return ""
}

// quotedDecoder takes quoted-printable (RFC 2045 section 6.7).
type quotedDecoder struct {
	to   io.Writer
	line []byte
	bad  int
}

func (d *quotedDecoder) Write(p []byte) (int, error) {
	all := len(p)
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			d.line = append(d.line, p...)
			if len(d.line) > 64<<10 { // no line of this length was made by an encoder
				if err := d.piece(len(d.line) - 3); err != nil {
					return 0, err
				}
			}
			break
		}
		d.line = append(d.line, p[:i+1]...)
		p = p[i+1:]
		if err := d.decode(d.line); err != nil {
			return 0, err
		}
		d.line = d.line[:0]
	}
	return all, nil
}

func (d *quotedDecoder) piece(n int) error {
	for n < len(d.line) && bytes.IndexByte(d.line[max(0, n-2):n], '=') >= 0 {
		n++
	}
	if err := d.text(d.line[:n]); err != nil {
		return err
	}
	d.line = append(d.line[:0], d.line[n:]...)
	return nil
}

func (d *quotedDecoder) decode(line []byte) error {
	content := bytes.TrimRight(line, "\r\n")
	end := line[len(content):]
	content = bytes.TrimRight(content, " \t")
	if bytes.HasSuffix(content, []byte("=")) {
		content, end = content[:len(content)-1], nil
	}
	if err := d.text(content); err != nil {
		return err
	}
	_, err := d.to.Write(end)
	return err
}

func (d *quotedDecoder) text(s []byte) error {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '=' {
			if i+2 < len(s) {
				if hi, lo := hexValue(s[i+1]), hexValue(s[i+2]); hi < 16 && lo < 16 {
					out = append(out, hi<<4|lo)
					i += 2
					continue
				}
			}
			d.bad++
		}
		out = append(out, s[i])
	}
	_, err := d.to.Write(out)
	return err
}

func hexValue(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 0xFF
}

func (d *quotedDecoder) Close() error {
	line := d.line
	d.line = nil
	return d.decode(line)
}

func (d *quotedDecoder) damage() string {
	if d.bad > 0 {
		return damaged
	}
	return ""
}

// uuDecoder takes uuencode (POSIX.1, uuencode): lines between "begin" and "end".
type uuDecoder struct {
	to    io.Writer
	line  []byte
	begun bool
	ended bool
	bad   int
}

func (d *uuDecoder) Write(p []byte) (int, error) {
	all := len(p)
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			if len(d.line) < 1000 {
				d.line = append(d.line, p...)
			}
			break
		}
		d.line = append(d.line, p[:i]...)
		p = p[i+1:]
		if err := d.decode(bytes.TrimRight(d.line, "\r")); err != nil {
			return 0, err
		}
		d.line = d.line[:0]
	}
	return all, nil
}

func (d *uuDecoder) decode(line []byte) error {
	switch {
	case d.ended:
		return nil
	case !d.begun:
		_, d.begun = uuBegin(line)
		return nil
	case string(bytes.TrimSpace(line)) == "end":
		d.ended = true
		return nil
	case len(line) == 0:
		return nil
	case line[0] < ' ' || line[0] > '`':
		d.bad++
		return nil
	}
	n := int(line[0]-' ') & 63
	var out []byte
	for i := 1; len(out) < n; i += 4 {
		var v [4]byte
		for j := range v {
			if i+j < len(line) { // spaces at a line's end get lost in mails
				if c := line[i+j]; c >= ' ' && c <= '`' {
					v[j] = (c - ' ') & 63
				} else {
					d.bad++
				}
			}
		}
		out = append(out, v[0]<<2|v[1]>>4, v[1]<<4|v[2]>>2, v[2]<<6|v[3])
	}
	_, err := d.to.Write(out[:n])
	return err
}

func (d *uuDecoder) Close() error {
	if len(d.line) > 0 {
		return d.decode(bytes.TrimRight(d.line, "\r"))
	}
	return nil
}

func (d *uuDecoder) damage() string {
	if d.bad > 0 || !d.begun || !d.ended {
		return damaged
	}
	return ""
}

// uuBegin reads the line that begins a file in uuencode, and its name.
func uuBegin(line []byte) (name string, ok bool) {
	s := strings.TrimRight(string(line), "\r\n")
	rest, ok := strings.CutPrefix(s, "begin ")
	if !ok {
		return "", false
	}
	mode, name, ok := strings.Cut(rest, " ")
	if !ok || len(mode) < 3 || len(mode) > 4 || strings.Trim(mode, "01234567") != "" {
		return "", false
	}
	return name, strings.TrimSpace(name) != ""
}

// copyParts writes all of r to w; the first error is that of r.
func copyParts(w io.Writer, r io.Reader) (readErr, err error) {
	buf := make([]byte, 32<<10)
	for {
		n, readErr := r.Read(buf)
		if _, err := w.Write(buf[:n]); err != nil {
			return nil, err
		}
		if readErr == io.EOF {
			return nil, nil
		}
		if readErr != nil {
			return readErr, nil
		}
	}
}
