package ocr

import (
	"strconv"
	"strings"
)

// A pdfOperand is an operand of a content stream's operator.
type pdfOperand struct {
	kind   byte // 'n' number, '/' name, '(' string, '[' array, '<' dictionary, 'k' true, false or null
	number float64
	name   string // without the slash, #xx not decoded
	bytes  int    // bytes of text: in a string, or in all strings of an array
	items  []pdfOperand
	start  int    // where it begins in the content
	text   []byte // of a string, or of all strings of an array; only when the lexer keeps them
}

// A pdfLexer cuts a content stream (ISO 32000-1 section 7.8.2) into operators
// with their operands. Whatever the bytes, it makes progress and ends.
type pdfLexer struct {
	in   []byte
	at   int
	args []pdfOperand
	more bool // operands were dropped because there were too many

	keep bool   // strings' bytes and arrays' items are kept
	kept []byte // of the string that was read last
	odd  bool   // something is beyond a limit of ISO 32000-1 annex C, or is no PDF syntax
}

const (
	pdfMostOperands = 512
	pdfMostNesting  = 16
)

// next returns the next operator and where it, with its operands, begins. The
// operands are in args until the following call; ok is false at the end.
func (l *pdfLexer) next() (op string, start int, ok bool) {
	l.args, l.more = l.args[:0], false
	start = -1
	for {
		l.skipSpace()
		if l.at >= len(l.in) {
			return "", 0, false
		}
		begin := l.at
		if start < 0 {
			start = begin
		}
		c := l.in[l.at]
		if operand, isOperand := l.operand(0); isOperand {
			operand.start = begin
			l.push(operand)
			continue
		}
		if !pdfRegular(c) { // a stray delimiter
			l.odd = true
			l.at++
			continue
		}
		word := l.word()
		switch word {
		case "true", "false", "null":
			l.push(pdfOperand{kind: 'k', start: begin})
			continue
		}
		return word, start, true
	}
}

func (l *pdfLexer) push(o pdfOperand) {
	if len(l.args) >= pdfMostOperands {
		copy(l.args, l.args[1:])
		l.args = l.args[:len(l.args)-1]
		l.more = true
	}
	l.args = append(l.args, o)
}

func (l *pdfLexer) operand(depth int) (pdfOperand, bool) {
	c := l.in[l.at]
	switch {
	case c == '/':
		l.at++
		name := l.word()
		l.odd = l.odd || len(name) > 127
		return pdfOperand{kind: '/', name: name}, true
	case c == '(':
		return l.text(l.literal()), true
	case c == '<' && l.at+1 < len(l.in) && l.in[l.at+1] == '<':
		l.at += 2
		return l.collection('<', depth), true
	case c == '<':
		return l.text(l.hex()), true
	case c == '[':
		l.at++
		return l.collection('[', depth), true
	case c == '+' || c == '-' || c == '.' || c >= '0' && c <= '9':
		word := l.word()
		number := pdfNumber(word)
		l.odd = l.odd || number == 0 && strings.ContainsAny(word, "123456789")
		return pdfOperand{kind: 'n', number: number}, true
	}
	return pdfOperand{}, false
}

// text is the operand of a string of n bytes that was just read.
func (l *pdfLexer) text(n int) pdfOperand {
	o := pdfOperand{kind: '(', bytes: n}
	if l.keep {
		o.text, l.kept = l.kept, nil
	}
	l.odd = l.odd || n > 32767
	return o
}

// collection reads to the end of an array or a dictionary.
func (l *pdfLexer) collection(kind byte, depth int) pdfOperand {
	out := pdfOperand{kind: kind}
	for {
		l.skipSpace()
		if l.at >= len(l.in) {
			return out
		}
		c := l.in[l.at]
		switch {
		case kind == '[' && c == ']':
			l.at++
			return out
		case kind == '<' && c == '>':
			l.at++
			if l.at < len(l.in) && l.in[l.at] == '>' {
				l.at++
			}
			return out
		}
		if depth < pdfMostNesting {
			if item, ok := l.operand(depth + 1); ok {
				out.bytes += item.bytes
				out.text = append(out.text, item.text...)
				if len(out.items) < pdfMostOperands && (kind == '<' || l.keep) {
					out.items = append(out.items, item)
				}
				continue
			}
		}
		if pdfRegular(c) {
			word := l.word()
			if kind == '<' && len(out.items) < pdfMostOperands {
				out.items = append(out.items, pdfOperand{kind: 'k', name: word})
			}
			continue
		}
		l.at++
	}
}

// literal reads a string in parentheses and returns its length in bytes, an
// escape counting as one.
func (l *pdfLexer) literal() int {
	depth, n := 0, 0
	take := func(c byte) {
		n++
		if l.keep {
			l.kept = append(l.kept, c)
		}
	}
	for l.at < len(l.in) {
		c := l.in[l.at]
		l.at++
		switch c {
		case '\\':
			if l.at >= len(l.in) {
				take(c)
				continue
			}
			e := l.in[l.at]
			if e >= '0' && e <= '7' {
				code := 0
				for range 3 {
					if l.at < len(l.in) && l.in[l.at] >= '0' && l.in[l.at] <= '7' {
						code = 8*code + int(l.in[l.at]-'0')
						l.at++
					}
				}
				take(byte(code))
				continue
			}
			l.at++
			switch e {
			case '\r', '\n': // the string goes on in the next line
				if e == '\r' && l.at < len(l.in) && l.in[l.at] == '\n' {
					l.at++
				}
			case 'n':
				take('\n')
			case 'r':
				take('\r')
			case 't':
				take('\t')
			case 'b':
				take('\b')
			case 'f':
				take('\f')
			default:
				take(e)
			}
		case '(':
			if depth++; depth > 1 {
				take(c)
			}
		case ')':
			if depth--; depth == 0 {
				return n
			}
			take(c)
		default:
			take(c)
		}
	}
	l.odd = true
	return n
}

func (l *pdfLexer) hex() int {
	l.at++
	digits, value := 0, byte(0)
	for l.at < len(l.in) {
		c := l.in[l.at]
		l.at++
		if c == '>' {
			break
		}
		if pdfSpace(c) {
			continue
		}
		digits++
		v, ok := hexDigit(c)
		l.odd = l.odd || !ok
		if value = value<<4 | v; digits%2 == 0 && l.keep {
			l.kept = append(l.kept, value)
		}
	}
	if digits%2 == 1 {
		l.odd = true
		if l.keep {
			l.kept = append(l.kept, value<<4)
		}
	}
	return (digits + 1) / 2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func (l *pdfLexer) word() string {
	from := l.at
	for l.at < len(l.in) && pdfRegular(l.in[l.at]) {
		l.at++
	}
	return string(l.in[from:l.at])
}

func (l *pdfLexer) skipSpace() {
	for l.at < len(l.in) {
		switch c := l.in[l.at]; {
		case pdfSpace(c):
			l.at++
		case c == '%':
			for l.at < len(l.in) && l.in[l.at] != '\n' && l.in[l.at] != '\r' {
				l.at++
			}
		default:
			return
		}
	}
}

// skipInlineData passes over the bytes between ID and EI of an inline image (ISO
// 32000-1 section 8.9.7). Their length is not written down, so EI has to stand
// between white space and be followed by something that is no binary.
func (l *pdfLexer) skipInlineData() {
	if l.at < len(l.in) && pdfSpace(l.in[l.at]) {
		l.at++
	}
	for i := l.at; i+2 <= len(l.in); i++ {
		if l.in[i] != 'E' || l.in[i+1] != 'I' || i > l.at && !pdfSpace(l.in[i-1]) {
			continue
		}
		rest := l.in[i+2:]
		if len(rest) > 0 && !pdfSpace(rest[0]) {
			continue
		}
		text := true
		for _, c := range rest[:min(len(rest), 12)] {
			if c >= 0x80 || c < ' ' && !pdfSpace(c) {
				text = false
				break
			}
		}
		if text {
			l.at = i + 2
			return
		}
	}
	l.at = len(l.in)
}

func pdfSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func pdfRegular(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return false
	}
	return !pdfSpace(c)
}

// pdfNumber reads a number as viewers do: what can't be read is 0.
func pdfNumber(s string) float64 {
	for len(s) > 1 && (s[0] == '-' || s[0] == '+') && (s[1] == '-' || s[1] == '+') {
		s = s[1:]
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v > 1e9 || v < -1e9 || v != v {
		return 0
	}
	return v
}
