package generate

import (
	"fmt"
	"strings"

	"github.com/postroom/postroom"
)

// A composer sets one document on as many sheets as it needs.
type composer struct {
	f      *facts
	l      look
	pages  []*Paper
	p      *Paper
	y      float64 // the next baseline less the ascent: the top of what comes next
	fields map[postroom.FieldName]string
	lists  map[postroom.FieldName][]string
	boxTop float64 // of the paragraph box that is open; 0 for none
	number int     // of headings
}

func (c *composer) left() float64  { return c.l.left }
func (c *composer) right() float64 { return c.p.W - c.l.right }
func (c *composer) lead() float64  { return c.l.size * 1.25 }

func (c *composer) newPage() {
	c.p = NewPaper(c.f.us)
	c.pages = append(c.pages, c.p)
	c.y = c.l.top
	if len(c.pages) == 1 {
		return
	}
	// Later pages say whose they are.
	f := c.f
	c.y += 8
	switch c.l.labels % 3 {
	case 0:
		c.p.Write(c.l.body, 9, c.left(), c.y+8, f.printed.Title+" "+f.printed.Given+" "+f.printed.Family)
		c.p.Write(c.l.body, 9, c.right()-150, c.y+8, "NHS No: "+f.nhs())
	case 1:
		c.p.Write(c.l.body, 9, c.left(), c.y+8, strings.ToUpper(f.printed.Family)+", "+f.printed.Given+"   DOB "+f.birthDate()+"   NHS "+f.nhs())
	default:
		c.p.Write(c.l.body, 9, c.left(), c.y+8, "Re: "+f.printed.Given+" "+f.printed.Family)
	}
	c.p.Line(c.left(), c.y+13, c.right(), c.y+13, 0.5)
	c.y += 24
}

// room begins a new page unless so many points are left on this one.
func (c *composer) room(points float64) {
	if c.y+points <= c.p.H-c.l.bottom {
		return
	}
	c.closeBox()
	c.newPage()
}

// wrap breaks s into lines of at most width points.
func wrap(f Face, size, width float64, s string) []string {
	var out []string
	line := ""
	for _, w := range strings.Fields(s) {
		if line != "" && Width(f, size, line+" "+w) > width {
			out = append(out, line)
			line = w
			continue
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}

// paragraph sets text from x to the right edge.
func (c *composer) paragraph(face Face, size, x, right float64, s string, field postroom.FieldName) {
	for _, line := range wrap(face, size, right-x, s) {
		c.room(size * c.l.spread)
		c.p.WriteField(field, face, size, x, c.y+size, line)
		c.y += size * c.l.spread
	}
}

func (c *composer) openBox() {
	if c.l.para == "boxed" && c.boxTop == 0 {
		c.boxTop = c.y
		c.y += 4
	}
}

func (c *composer) closeBox() {
	if c.boxTop > 0 {
		c.y += 3
		c.p.Frame(c.left(), c.boxTop, c.right(), c.y, 0.7)
		c.boxTop = 0
		c.y += 3
	}
}

// inset is how far text stands from the margin, within a box.
func (c *composer) inset() float64 {
	if c.boxTop > 0 {
		return 5
	}
	return 0
}

// seen notes a field of one value as printed.
func (c *composer) seen(names ...postroom.FieldName) {
	for _, n := range names {
		if v := c.f.normal(n); v != "" {
			c.fields[n] = v
		}
	}
}

func (c *composer) expand(s string) string {
	seen := map[postroom.FieldName]bool{}
	out := c.f.expand(s, seen)
	for n := range seen {
		c.seen(n)
	}
	return out
}

var listMarks = map[byte]postroom.FieldName{'d': postroom.Diagnoses, 'm': postroom.Medications, 'a': postroom.Actions, 'l': postroom.Allergies}

// set sets the lines of a wording.
func (c *composer) set(lines []string) {
	r := c.f.r
	var block []string
	choose := 0
	for _, line := range lines {
		switch {
		case strings.HasPrefix(line, "%pick "):
			low, high := 0, 0
			if n, _ := fmt.Sscanf(line, "%%pick %d-%d", &low, &high); n == 2 {
				choose = r.Between(low, high)
			}
			block = []string{}
		case line == "%end":
			keep := map[int]bool{}
			order := make([]int, len(block))
			for i := range order {
				order[i] = i
			}
			for i, k := range shuffled(r, order) {
				if i < choose {
					keep[k] = true
				}
			}
			for i, b := range block {
				if keep[i] {
					c.line(b)
				}
			}
			block = nil
		case block != nil:
			block = append(block, line)
		default:
			c.line(line)
		}
	}
	c.closeBox()
}

func (c *composer) line(s string) {
	f, r := c.f, c.f.r
	if strings.HasPrefix(s, "?") { // ?40 text: in 40 of 100 letters
		n := 0
		fmt.Sscanf(s, "?%d", &n)
		_, rest, _ := strings.Cut(s, " ")
		if r.Intn(100) >= n {
			return
		}
		s = rest
	}
	if !strings.HasPrefix(s, "-") {
		c.number = 0
	}
	switch {
	case strings.Contains(s, "{also*}"):
		for _, v := range f.also {
			c.line(strings.Replace(s, "{also*}", v, 1))
		}
	case strings.Contains(s, "{meds*}"):
		for _, v := range f.meds {
			c.line(strings.Replace(s, "{meds*}", v, 1))
		}
	case strings.HasPrefix(s, "@"):
		c.closeBox()
		c.directive(c.expand(s[1:]))
	case strings.HasPrefix(s, "## "):
		c.closeBox()
		c.heading(c.expand(s[3:]))
	case strings.HasPrefix(s, "# "):
		c.closeBox()
		c.title(c.expand(s[2:]))
	case s == "---":
		c.closeBox()
		c.room(12)
		c.p.Line(c.left(), c.y+4, c.right(), c.y+4, 0.7)
		c.y += 10
	case strings.HasPrefix(s, "|"):
		c.closeBox()
		c.tableRow(s)
	case strings.HasPrefix(s, "( ) "), strings.HasPrefix(s, "(x) "):
		c.openBox()
		c.checkbox(s[1] == 'x', c.expand(s[4:]))
	case len(s) > 2 && s[0] == '-' && (s[1] == ' ' || s[2] == ' '):
		c.openBox()
		field := listMarks[s[1]]
		_, rest, _ := strings.Cut(s, " ")
		text := c.expand(rest)
		if text == "" {
			return
		}
		if field != "" {
			c.lists[field] = append(c.lists[field], text)
		}
		c.item(text, field)
	case strings.Contains(s, "::"):
		c.row(s)
	default:
		c.openBox()
		in := c.inset()
		c.room(c.l.size * 2)
		c.paragraph(c.l.body, c.l.size, c.left()+in, c.right()-in, c.expand(s), "")
		if c.l.para == "space" {
			c.y += c.l.size * 0.6
		} else {
			c.y += c.l.size * 0.25
		}
	}
}

func (c *composer) item(text string, field postroom.FieldName) {
	mark := []string{"- ", "\u2022 ", fmt.Sprintf("%d. ", c.number+1), ""}[c.l.labels%4]
	if field == "" && mark == "" {
		mark = "- "
	}
	c.number++
	in := c.inset()
	x := c.left() + in + 8
	if c.l.family == "plain" {
		x = c.left()
	}
	c.room(c.l.size * 1.25)
	c.p.Write(c.l.body, c.l.size, x, c.y+c.l.size, strings.TrimSpace(mark))
	c.paragraph(c.l.body, c.l.size, x+Width(c.l.body, c.l.size, mark), c.right()-in, text, field)
	c.y += 1.5
}

func (c *composer) checkbox(ticked bool, text string) {
	c.room(c.l.size * 1.5)
	x, y, s := c.left()+c.inset(), c.y+2, c.l.size*0.85
	c.p.Frame(x, y, x+s, y+s, 0.8)
	if ticked {
		if c.l.split == Train {
			c.p.Line(x+1.5, y+1.5, x+s-1.5, y+s-1.5, 1.2)
			c.p.Line(x+1.5, y+s-1.5, x+s-1.5, y+1.5, 1.2)
		} else {
			c.p.Line(x+1, y+s*0.5, x+s*0.4, y+s-1, 1.4)
			c.p.Line(x+s*0.4, y+s-1, x+s+3, y-3, 1.4)
		}
	}
	c.paragraph(c.l.body, c.l.size, x+s+6, c.right()-5, text, "")
	c.y += 2
}

func (c *composer) title(s string) {
	size := c.l.size + 4
	c.room(size * 2)
	c.y += 3
	switch {
	case c.l.family == "form" || c.l.labels%2 == 0:
		for _, line := range wrap(c.l.bold, size, c.right()-c.left(), s) {
			c.p.Write(c.l.bold, size, (c.left()+c.right()-Width(c.l.bold, size, line))/2, c.y+size, line)
			c.y += size * 1.25
		}
	default:
		c.paragraph(c.l.bold, size, c.left(), c.right(), s, "")
	}
	c.y += 5
}

func (c *composer) heading(s string) {
	c.number = 0
	size := c.l.size
	c.room(size * 4.5)
	switch c.l.heading {
	case "caps":
		c.y += 4
		c.paragraph(c.l.bold, size, c.left(), c.right(), strings.ToUpper(s), "")
	case "under":
		c.y += 5
		x := c.p.Write(c.l.bold, size, c.left(), c.y+size, s)
		c.p.Line(c.left(), c.y+size+2, x, c.y+size+2, 0.6)
		c.y += size*1.25 + 2
	case "bar":
		c.y += 4
		c.p.Fill(c.left(), c.y, c.right(), c.y+size*1.5, 218)
		c.p.Write(c.l.bold, size, c.left()+4, c.y+size*1.12, s)
		c.y += size*1.5 + 2
	case "block":
		c.y += 2
		c.p.Fill(c.left(), c.y, c.right(), c.y+size*1.6, 205)
		c.p.Frame(c.left(), c.y, c.right(), c.y+size*1.6, 0.7)
		c.p.Write(c.l.bold, size, c.left()+5, c.y+size*1.18, s)
		c.y += size * 1.6
	case "tag":
		c.y += 5
		c.p.Write(c.l.bold, size-1, c.left()+2, c.y+size, s)
		c.p.Line(c.left(), c.y+size+3, c.right(), c.y+size+3, 1.4)
		c.y += size + 5
	default:
		c.y += 4
		c.paragraph(c.l.bold, size, c.left(), c.right(), s, "")
	}
}

// row sets "Label ::field value"; the field may be empty.
func (c *composer) row(s string) {
	label, rest, _ := strings.Cut(s, "::")
	label = c.expand(strings.TrimSpace(label))
	name, value, _ := strings.Cut(rest, " ")
	field := postroom.FieldName(name)
	value = c.expand(strings.TrimSpace(value))
	if value == "" {
		return
	}
	switch {
	case field == "":
	case field == postroom.Diagnoses || field == postroom.Medications || field == postroom.Actions || field == postroom.Allergies:
		c.lists[field] = append(c.lists[field], value)
	case field == postroom.Urgency:
		c.fields[field] = value
	default:
		c.seen(field)
	}
	size, x, right := c.l.size, c.left(), c.right()
	switch c.l.row {
	case "grid", "cells":
		c.closeBox()
		split := 0.32
		if c.l.row == "cells" {
			split = 0
		}
		middle := x + (right-x)*split
		lines := wrap(c.l.body, size, right-middle-10, value)
		height := float64(len(lines))*size*1.25 + 5
		if split == 0 {
			height += size * 1.1
		} else if n := len(wrap(c.l.bold, size, middle-x-8, label)); n > len(lines) {
			height = float64(n)*size*1.25 + 5
		}
		c.room(height)
		top := c.y
		c.p.Frame(x, top, right, top+height, 0.6)
		if split > 0 {
			c.p.Line(middle, top, middle, top+height, 0.6)
			for i, l := range wrap(c.l.bold, size, middle-x-8, label) {
				c.p.Write(c.l.bold, size, x+4, top+size*1.15+float64(i)*size*1.25, l)
			}
			c.y += 1.5
		} else {
			c.p.Write(c.l.body, size-2, x+4, top+size, label)
			c.y += size * 1.2
		}
		for _, l := range lines {
			c.p.WriteField(field, c.l.body, size, middle+5, c.y+size, l)
			c.y += size * 1.25
		}
		c.y = top + height
		return
	case "tab", "tab2":
		stop := x + 135
		if c.l.row == "tab2" {
			stop = x + 190
		}
		if w := Width(c.l.bold, size, label) + 12; x+w > stop {
			stop = x + w
		}
		c.room(size * 1.3)
		sign := ":"
		if c.l.row == "tab2" {
			sign = ""
		}
		c.p.Write(c.l.bold, size, x, c.y+size, label+sign)
		c.paragraph(c.l.body, size, stop, right, value, field)
		c.y += 2
	case "dots":
		c.room(size * 1.3)
		end := c.p.Write(c.l.body, size, x, c.y+size, label)
		stop := max(x+150, end+14)
		dots := strings.Repeat(".", max(3, int((stop-end-8)/Width(c.l.body, size, "."))))
		c.p.Marks = append(c.p.Marks, Mark{Kind: TextMark, X: end + 3, Y: c.y + size, Face: c.l.body, Size: size, Text: dots, Stamped: true})
		c.paragraph(c.l.body, size, stop, right, value, field)
		c.y += 1
	default: // colon
		c.room(size * 1.3)
		end := c.p.Write(c.l.bold, size, x, c.y+size, label+": ")
		lines := wrap(c.l.body, size, right-end, value)
		if len(lines) == 1 {
			c.p.WriteField(field, c.l.body, size, end, c.y+size, value)
			c.y += size * 1.25
		} else {
			c.p.WriteField(field, c.l.body, size, end, c.y+size, lines[0])
			c.y += size * 1.25
			c.paragraph(c.l.body, size, x, right, strings.Join(lines[1:], " "), field)
		}
		c.y += 1.5
	}
}

// tableRow sets "| a | b | c"; "|! a | b" is the head of a table. A cell that
// begins with m: is a medication, d: a diagnosis.
func (c *composer) tableRow(s string) {
	header := strings.HasPrefix(s, "|!")
	s = choose(c.f.r, strings.TrimLeft(s, "|! "))
	cells := strings.Split(s, "|")
	size := c.l.size - 0.5
	width := (c.right() - c.left())
	// The first column is the widest.
	first := width * 0.34
	if len(cells) > 4 {
		first = width * 0.28
	}
	rest := (width - first) / float64(max(1, len(cells)-1))
	face := c.l.body
	if header {
		face = c.l.bold
	}
	texts := make([][]string, len(cells))
	fieldsOf := make([]postroom.FieldName, len(cells))
	most := 1
	whole := ""
	for i, cell := range cells {
		w := rest
		if i == 0 {
			w = first
		}
		text := c.expand(strings.TrimSpace(cell))
		if len(text) > 2 && text[1] == ':' {
			if field, ok := listMarks[text[0]]; ok {
				fieldsOf[i] = field
				text = strings.TrimSpace(text[2:])
			}
		}
		if whole += text; i < len(cells)-1 {
			whole += " "
		}
		texts[i] = wrap(face, size, w-8, text)
		most = max(most, len(texts[i]))
	}
	for _, field := range fieldsOf {
		if field != "" {
			c.lists[field] = append(c.lists[field], strings.TrimSpace(whole))
			break
		}
	}
	height := float64(most)*size*1.22 + 4
	c.room(height)
	if header && c.l.table == "shaded" {
		c.p.Fill(c.left(), c.y, c.right(), c.y+height, 220)
	}
	x := c.left()
	for i, lines := range texts {
		w := rest
		if i == 0 {
			w = first
		}
		for j, line := range lines {
			c.p.WriteField(fieldsOf[i], face, size, x+4, c.y+size*1.1+float64(j)*size*1.22, line)
		}
		if c.l.table == "ruled" || c.l.family == "form" {
			c.p.Frame(x, c.y, x+w, c.y+height, 0.5)
		}
		x += w
	}
	switch {
	case c.l.table == "lines":
		c.p.Line(c.left(), c.y+height, c.right(), c.y+height, 0.4)
	case header && c.l.table == "plain":
		c.p.Line(c.left(), c.y+height-1, c.right(), c.y+height-1, 0.8)
	}
	c.y += height
}
