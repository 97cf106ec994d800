package ocr

import "strconv"

// A pdfOperand is an operand of a content stream's operator.
type pdfOperand struct {
	kind   byte // 'n' number, '/' name, '(' string, '[' array, '<' dictionary, 'k' true, false or null
	number float64
	name   string // without the slash, #xx not decoded
	bytes  int    // bytes of text: in a string, or in all strings of an array
	items  []pdfOperand
	start  int // where it begins in the content
}

// A pdfLexer cuts a content stream (ISO 32000-1 section 7.8.2) into operators
// with their operands. Whatever the bytes, it makes progress and ends.
type pdfLexer struct {
	in   []byte
	at   int
	args []pdfOperand
	more bool // operands were dropped because there were too many
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
		return pdfOperand{kind: '/', name: l.word()}, true
	case c == '(':
		return pdfOperand{kind: '(', bytes: l.literal()}, true
	case c == '<' && l.at+1 < len(l.in) && l.in[l.at+1] == '<':
		l.at += 2
		return l.collection('<', depth), true
	case c == '<':
		return pdfOperand{kind: '(', bytes: l.hex()}, true
	case c == '[':
		l.at++
		return l.collection('[', depth), true
	case c == '+' || c == '-' || c == '.' || c >= '0' && c <= '9':
		return pdfOperand{kind: 'n', number: pdfNumber(l.word())}, true
	}
	return pdfOperand{}, false
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
				if len(out.items) < pdfMostOperands && kind == '<' {
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
	for l.at < len(l.in) {
		c := l.in[l.at]
		l.at++
		switch c {
		case '\\':
			if l.at < len(l.in) {
				if e := l.in[l.at]; e >= '0' && e <= '7' {
					for range 3 {
						if l.at < len(l.in) && l.in[l.at] >= '0' && l.in[l.at] <= '7' {
							l.at++
						}
					}
				} else {
					l.at++
				}
			}
			n++
		case '(':
			if depth++; depth > 1 {
				n++
			}
		case ')':
			if depth--; depth == 0 {
				return n
			}
			n++
		default:
			n++
		}
	}
	return n
}

func (l *pdfLexer) hex() int {
	l.at++
	digits := 0
	for l.at < len(l.in) {
		c := l.in[l.at]
		l.at++
		if c == '>' {
			break
		}
		if !pdfSpace(c) {
			digits++
		}
	}
	return (digits + 1) / 2
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
