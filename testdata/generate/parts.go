package generate

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/postroom/postroom"
)

// directive sets a standing part of a letter.
func (c *composer) directive(s string) {
	name, rest, _ := strings.Cut(s, " ")
	switch name {
	case "open":
		c.open()
	case "head":
		c.head()
	case "to":
		c.to()
	case "date":
		c.date()
	case "ref":
		c.ref(c.l.ref)
	case "sign":
		c.sign(rest)
	case "cc":
		c.copies(rest)
	case "gap":
		n, _ := strconv.Atoi(rest)
		c.y += float64(n)
	case "page":
		if c.y > c.l.top+60 {
			c.newPage()
		}
	case "signature": // "@signature Patient's signature | Date {event}"
		c.signature(rest)
	case "stamp":
		c.stamp(rest)
	}
}

// open sets letterhead, address, date and reference in the look's order.
func (c *composer) open() {
	c.head()
	switch c.l.open {
	case "to-ref":
		c.to()
		c.date()
		c.ref(c.l.ref)
	case "ref-to":
		c.date()
		c.ref(c.l.ref)
		c.to()
	case "date-ref-to":
		c.ref(c.l.ref)
		c.date()
		c.to()
	case "to-date-ref":
		c.date()
		c.to()
		c.ref(c.l.ref)
	case "home":
		c.date()
		c.to()
	default: // form
		c.ref(c.l.ref)
		c.date()
	}
}

func (c *composer) head() {
	f, o := c.f, c.f.org
	body, bold := c.l.body, c.l.bold
	left, right, y := c.left(), c.right(), c.y
	parent := o.parent
	contact := []string{"Tel: " + o.phone, "Fax: " + o.fax}
	if c.l.labels%2 == 0 {
		contact = []string{"Telephone " + o.phone, "Fax " + o.fax, o.web}
	}
	if f.us {
		contact = []string{"Phone: " + o.phone, "Fax: " + o.fax}
	}
	if c.l.head != "homeleft" && c.l.head != "homeright" {
		c.seen(postroom.SenderOrganisation)
		c.fields[postroom.SenderDepartment] = f.dept
	}
	at := func(face Face, size, x, y float64, s string, field postroom.FieldName) {
		c.p.WriteField(field, face, size, x, y, s)
	}
	toRight := func(face Face, size, y float64, s string, field postroom.FieldName) {
		c.p.WriteField(field, face, size, right-Width(face, size, s), y, s)
	}
	centred := func(face Face, size, y float64, s string, field postroom.FieldName) {
		c.p.WriteField(field, face, size, (left+right-Width(face, size, s))/2, y, s)
	}
	fit := func(face Face, size, room float64, s string) float64 {
		for size > 8 && Width(face, size, s) > room {
			size -= 0.5
		}
		return size
	}
	switch c.l.head {
	case "left":
		c.logo(left, y, 34)
		size := fit(bold, 16, right-left-210, o.name)
		at(bold, size, left+42, y+15, o.name, postroom.SenderOrganisation)
		at(body, 9, left+42, y+28, parent, "")
		line := y + 9
		for _, s := range append(append([]string{}, o.address...), contact...) {
			toRight(body, 8.5, line, s, "")
			line += 10.5
		}
		at(bold, 10.5, left, y+52, f.dept, postroom.SenderDepartment)
		c.y = max(line, y+58) + 8
	case "right":
		size := fit(bold, 15, right-left-60, o.name)
		toRight(bold, size, y+14, o.name, postroom.SenderOrganisation)
		toRight(body, 9, y+26, parent, "")
		toRight(bold, 10, y+39, f.dept, postroom.SenderDepartment)
		line := y + 51
		for _, s := range append(append([]string{}, o.address...), contact...) {
			toRight(body, 9, line, s, "")
			line += 11
		}
		if c.l.labels%3 > 0 {
			c.logo(left, y, 40)
		}
		c.y = line + 2
	case "centre":
		size := fit(bold, 17, right-left, o.name)
		centred(bold, size, y+16, o.name, postroom.SenderOrganisation)
		centred(body, 9.5, y+29, parent, "")
		centred(body, 8.5, y+41, strings.Join(o.address, ", "), "")
		centred(body, 8.5, y+52, strings.Join(contact, "   "), "")
		c.p.Line(left, y+58, right, y+58, 1.2)
		centred(bold, 11, y+72, f.dept, postroom.SenderDepartment)
		c.y = y + 82
	case "lozenge": // white letters on a dark block, as the national health service has
		if !f.us {
			w := 44.0
			c.p.Fill(right-w, y, right, y+19, 60)
			c.p.Marks = append(c.p.Marks, Mark{Kind: TextMark, X: right - w + 5, Y: y + 15.5, Face: SansItalic, Size: 16, Text: "NHS", Grey: 255, Stamped: true})
		}
		toRight(bold, 10, y+32, parent, "")
		size := fit(bold, 13, right-left-120, o.name)
		at(bold, size, left, y+14, o.name, postroom.SenderOrganisation)
		at(body, 10, left, y+27, f.dept, postroom.SenderDepartment)
		line := y + 39
		for _, s := range o.address {
			at(body, 9, left, line, s, "")
			line += 11
		}
		at(body, 9, left, line, strings.Join(contact, "  "), "")
		c.y = line + 12
	case "band":
		c.p.Fill(left-10, y, right+10, y+30, 210)
		size := fit(bold, 15, right-left, o.name)
		at(bold, size, left, y+20, o.name, postroom.SenderOrganisation)
		at(body, 9, left, y+42, f.dept, postroom.SenderDepartment)
		toRight(body, 9, y+42, parent, "")
		at(body, 8, left, y+54, strings.Join(o.address, " \u00b7 "), "")
		toRight(body, 8, y+54, strings.Join(contact[:2], " \u00b7 "), "")
		c.y = y + 68
	case "foot":
		size := fit(bold, 14, right-left-60, o.name)
		at(bold, size, left, y+14, o.name, postroom.SenderOrganisation)
		at(body, 10, left, y+28, f.dept, postroom.SenderDepartment)
		c.p.Round(right-30, y, right, y+30, 120)
		c.p.Round(right-24, y+6, right-6, y+24, 255)
		c.p.Line(left, y+36, right, y+36, 0.5)
		foot := strings.Join(append(append([]string{parent}, o.address...), contact...), ", ")
		ly := c.p.H - 40.0
		for _, s := range wrap(body, 7.5, right-left, strings.TrimPrefix(foot, ", ")) {
			centred(body, 7.5, ly, s, "")
			ly += 9
		}
		c.y = y + 46
	case "columns":
		third := (right - left) / 3
		c.p.Frame(left, y, right, y+58, 0.8)
		for i, s := range wrap(bold, 11, third-8, o.name) {
			at(bold, 11, left+5, y+15+float64(i)*13, s, postroom.SenderOrganisation)
		}
		c.p.Line(left+third, y, left+third, y+58, 0.8)
		c.p.Line(left+2*third, y, left+2*third, y+58, 0.8)
		for i, s := range append(wrap(bold, 9, third-8, f.dept), wrap(body, 9, third-8, parent)...) {
			field := postroom.FieldName("")
			if strings.Contains(f.dept, s) {
				field = postroom.SenderDepartment
			}
			at(body, 9, left+third+5, y+13+float64(i)*11, s, field)
		}
		for i, s := range append(append([]string{}, o.address...), contact[:2]...) {
			at(body, 8, left+2*third+5, y+11+float64(i)*10, s, "")
		}
		c.y = y + 68
	case "typed":
		at(body, 10, left, y+12, strings.ToUpper(o.name), postroom.SenderOrganisation)
		at(body, 10, left, y+24, f.dept, postroom.SenderDepartment)
		at(body, 9, left, y+36, strings.Join(o.address, ", "), "")
		at(body, 9, left, y+48, strings.Join(contact, "  "), "")
		c.y = y + 62
	case "typed2":
		at(bold, 10, left, y+12, o.name+" / "+f.dept, postroom.SenderOrganisation)
		for i, s := range contact[:2] {
			at(body, 9, left, y+24+11*float64(i), s, "")
		}
		at(body, 10, left, y+50, strings.Repeat("=", int((right-left)/Width(body, 10, "="))), "")
		c.y = y + 60
	case "homeright", "homeleft":
		lines := append(strings.Split(f.printed.Address, ", "), f.printed.Postcode)
		if c.l.labels%2 == 0 {
			lines = append(lines, "Tel. "+f.printed.Phone)
			c.seen(postroom.PatientPhone)
		}
		c.seen(postroom.Address, postroom.Postcode)
		for _, s := range lines {
			x := left
			if c.l.head == "homeright" {
				x = right - 150
			}
			at(body, c.l.size, x, c.y+c.l.size, s, "")
			c.y += c.lead()
		}
		c.y += 10
	}
	c.y += 6
}

// logo draws some emblem: never letters.
func (c *composer) logo(x, y, s float64) {
	switch own := NewRand(11, c.f.org.name); own.Intn(4) {
	case 0:
		c.p.Round(x, y, x+s, y+s, 90)
		c.p.Fill(x+s*0.42, y+s*0.2, x+s*0.58, y+s*0.8, 255)
		c.p.Fill(x+s*0.2, y+s*0.42, x+s*0.8, y+s*0.58, 255)
	case 1:
		for i := range 4 {
			d := float64(i) * s / 4
			c.p.Fill(x+d, y+s-d-s/4, x+d+s/5, y+s, byte(60+40*i))
		}
	case 2:
		c.p.Frame(x, y, x+s, y+s, 2)
		c.p.Round(x+s*0.2, y+s*0.2, x+s*0.8, y+s*0.8, 110)
	default:
		c.p.Scribble(3, [][2]float64{{x, y + s*0.6}, {x + s*0.3, y + s*0.2}, {x + s*0.5, y + s*0.8}, {x + s*0.75, y + s*0.1}, {x + s, y + s*0.5}})
	}
}

func (c *composer) to() {
	f := c.f
	c.fields[postroom.Recipient] = f.gp.name
	lines := append([]string{f.gp.name, f.surgery.name}, f.surgery.address...)
	if c.l.labels%4 == 1 {
		lines = append([]string{"Private & Confidential"}, lines...)
	}
	switch c.l.labels % 5 {
	case 2:
		lines = []string{"To: " + f.gp.name + ", " + f.surgery.name + ", " + strings.Join(f.surgery.address, ", ")}
	case 3:
		lines = append(lines[:len(lines):len(lines)], "Practice code: "+f.surgery.ods)
		if f.us {
			lines = lines[:len(lines)-1]
		}
	}
	for _, s := range lines {
		field := postroom.FieldName("")
		if strings.Contains(s, f.gp.name) {
			field = postroom.Recipient
		}
		c.paragraph(c.l.body, c.l.size, c.left(), c.right(), s, field)
	}
	c.y += 8
}

func (c *composer) date() {
	f := c.f
	c.seen(postroom.LetterDate)
	today := f.date(f.letter)
	var lines []string
	if c.l.split == Train {
		lines = [][]string{
			{"Date: " + today},
			{today},
			{"Our ref: " + f.slot("ref"), "Date: " + today},
			{"Dictated: " + f.date(f.letter.AddDate(0, 0, -2)) + "   Typed: " + today},
			{"Your ref:", "Our ref: " + f.slot("ref") + "   " + today},
		}[c.l.labels%5]
	} else {
		lines = [][]string{
			{"Date of letter  " + today},
			{"Letter date: " + today, "Reference: " + f.slot("ref")},
			{today + "        Ref. " + f.slot("ref")},
			{"Date dictated " + f.date(f.letter.AddDate(0, 0, -1)) + " / date typed " + today},
		}[c.l.labels%4]
	}
	if f.us {
		lines = []string{"Date: " + today}
	}
	x := c.left()
	if c.l.labels%3 == 1 && c.l.family != "form" {
		x = c.right() - 170
	}
	switch c.l.head {
	case "homeright":
		x, lines = c.right()-150, []string{today}
	case "homeleft":
		lines = []string{today}
	}
	for _, s := range lines {
		x := min(x, c.right()-Width(c.l.body, c.l.size, s))
		c.p.WriteField(postroom.LetterDate, c.l.body, c.l.size, x, c.y+c.l.size, s)
		c.y += c.lead()
	}
	c.y += 7
}

// A piece is some text of a line and the field whose value it is.
type piece struct {
	text  string
	field postroom.FieldName
}

// rich sets pieces as one paragraph, so that each value has its own place in the truth.
func (c *composer) rich(face Face, size, x, right float64, pieces []piece) {
	type word struct {
		text   string
		fields []postroom.FieldName // of each rune
	}
	var words []word
	open := false
	for _, p := range pieces {
		for _, r := range p.text {
			if r == ' ' {
				open = false
				continue
			}
			if !open {
				words = append(words, word{})
				open = true
			}
			w := &words[len(words)-1]
			w.text += string(r)
			w.fields = append(w.fields, p.field)
		}
	}
	for len(words) > 0 {
		n, width := 1, Width(face, size, words[0].text)
		for n < len(words) && width+Width(face, size, " "+words[n].text) <= right-x {
			width += Width(face, size, " "+words[n].text)
			n++
		}
		// Runs of one field become one mark.
		var runs []piece
		for i, w := range words[:n] {
			if i > 0 {
				runs[len(runs)-1].text += " "
			}
			for j, r := range []rune(w.text) {
				if len(runs) == 0 || runs[len(runs)-1].field != w.fields[j] {
					runs = append(runs, piece{"", w.fields[j]})
				}
				runs[len(runs)-1].text += string(r)
			}
		}
		c.room(size * c.l.spread)
		pen := x
		for _, run := range runs {
			next := pen + Width(face, size, run.text)
			c.p.WriteField(run.field, face, size, pen, c.y+size, strings.TrimRight(run.text, " "))
			pen = next
		}
		c.y += size * c.l.spread
		words = words[n:]
	}
}

// label returns one of the words by which a field goes.
func (c *composer) label(train, test []string) string {
	if c.l.split == Train {
		return train[c.l.labels%len(train)]
	}
	return test[c.l.labels%len(test)]
}

// ref sets the block that says who the patient is.
func (c *composer) ref(style string) {
	f, r := c.f, c.f.r
	if style == "none" {
		return
	}
	size := c.l.size
	number, value, field := c.label([]string{"NHS No", "NHS Number", "NHS no.", "NHS No."}, []string{"NHS number", "NHS Num", "NHS"}), f.nhs(), postroom.NHSNumberField
	if f.us {
		number, value, field = c.label([]string{"MRN", "Medical Record #"}, []string{"Med Rec No", "MRN #"}), f.mrn, postroom.MRN
	}
	if value == "" { // a sender that does not know it
		number, value, field = c.label([]string{"Hospital No", "Unit No"}, []string{"Hosp. no", "Case note no"}), f.slot("hosp"), ""
	}
	born := c.label([]string{"DOB", "D.O.B.", "Date of Birth", "DoB"}, []string{"Date of birth", "Born", "dob", "Birth date"})
	if f.us {
		born = c.label([]string{"DOB", "Date of Birth"}, []string{"Birth Date", "D.O.B"})
	}
	phone := c.label([]string{"Tel", "Home tel", "Patient telephone"}, []string{"Telephone no", "Contact no", "Phone"})
	type entry struct {
		label, value string
		field        postroom.FieldName
	}
	name := c.label([]string{"Patient", "Name", "Patient Name", "Re"}, []string{"Patient's name", "Full name", "Surname, forename"})
	entries := []entry{{name, f.name(), postroom.PatientName}, {born, f.birthDate(), postroom.BirthDate}, {number, value, field}}
	if f.us {
		entries = append(entries, entry{c.label([]string{"NPI", "Provider NPI"}, []string{"NPI #"}), f.npi, postroom.NPIField})
	}
	full := c.l.labels%3 != 0
	if full && !f.us {
		entries = append(entries, entry{c.label([]string{"Address"}, []string{"Home address", "Patient address"}), f.address(), postroom.Address})
	}
	if c.l.labels%4 == 2 && !f.us {
		entries = append(entries, entry{phone, f.printed.Phone, postroom.PatientPhone})
	}
	if field != "" && !f.us && c.l.labels%5 < 2 && style != "re" && style != "prose" && style != "pipe" {
		entries = append(entries, entry{c.label([]string{"Hospital No", "Unit Number"}, []string{"Hosp. number", "Local ID"}), f.slot("hosp"), ""})
	}
	if c.l.labels%7 == 3 && (style == "table" || style == "above" || style == "box") {
		entries = append(entries, entry{c.label([]string{"Next of kin"}, []string{"NOK / contact"}), f.person.Kin + " " + f.person.KinTel, ""})
	}
	note := func(e entry) {
		if e.field == postroom.Address {
			c.seen(postroom.Address, postroom.Postcode)
		} else if e.field != "" {
			c.seen(e.field)
		}
	}
	put := func(e entry, x, y float64) float64 {
		note(e)
		x = c.p.Write(c.l.bold, size, x, y, e.label+": ")
		return c.p.WriteField(e.field, c.l.body, size, x, y, e.value)
	}
	c.room(90)
	switch style {
	case "re":
		between, sign := ", ", " "
		if c.l.labels%2 == 0 {
			between, sign = "   ", ": "
		}
		for _, e := range entries[:3] {
			note(e)
		}
		c.rich(c.l.bold, size, c.left(), c.right(), []piece{
			{[]string{"Re: ", "RE: ", "Re ", ""}[c.l.labels%4], ""}, {f.name(), postroom.PatientName}, {between + born + sign, ""},
			{f.birthDate(), postroom.BirthDate}, {between + number + sign, ""}, {value, field}})
		if full && !f.us {
			c.seen(postroom.Address, postroom.Postcode)
			c.paragraph(c.l.bold, size, c.left(), c.right(), f.address(), postroom.Address)
		}
	case "lines":
		for _, e := range entries {
			note(e)
			c.p.Write(c.l.bold, size, c.left(), c.y+size, e.label+":")
			c.paragraph(c.l.body, size, c.left()+105, c.right(), e.value, e.field)
		}
	case "box":
		x := c.left() + (c.right()-c.left())*0.42
		if c.l.family == "form" {
			x = c.left()
		}
		top := c.y
		c.y += 4
		for _, e := range entries {
			note(e)
			end := c.p.Write(c.l.bold, size, x+6, c.y+size, e.label+": ")
			c.paragraph(c.l.body, size, end, c.right()-5, e.value, e.field)
			c.y += 1.5
		}
		c.y += 3
		c.p.Frame(x, top, c.right(), c.y, 0.9)
	case "table":
		half := (c.right() - c.left()) / 2
		for i := 0; i < len(entries); i += 2 {
			h := size*1.25 + 5
			pair := entries[i:min(i+2, len(entries))]
			for _, e := range pair {
				h = max(h, float64(len(wrap(c.l.body, size, half-Width(c.l.bold, size, e.label+": ")-10, e.value)))*size*1.25+5)
			}
			for j, e := range pair {
				x, w := c.left()+half*float64(j), half
				if len(pair) == 1 {
					w = 2 * half
				}
				c.p.Frame(x, c.y, x+w, c.y+h, 0.6)
				note(e)
				end := c.p.Write(c.l.bold, size, x+4, c.y+size*1.15, e.label+": ")
				for k, s := range wrap(c.l.body, size, x+w-end-5, e.value) {
					c.p.WriteField(e.field, c.l.body, size, end, c.y+size*1.15+float64(k)*size*1.25, s)
				}
			}
			c.y += h
		}
	case "above": // the label stands above its value
		n := float64(min(3, len(entries)))
		for i := 0; i < len(entries); i += 3 {
			row := entries[i:min(i+3, len(entries))]
			w := (c.right() - c.left()) / n
			if i > 0 {
				w = (c.right() - c.left()) / float64(len(row))
			}
			most := 1
			for _, e := range row {
				most = max(most, len(wrap(c.l.body, size, w-8, e.value)))
			}
			h := size*1.25*float64(most) + 13
			for j, e := range row {
				note(e)
				x := c.left() + w*float64(j)
				c.p.Frame(x, c.y, x+w, c.y+h, 0.6)
				c.p.Write(c.l.body, 7, x+3, c.y+8, e.label)
				for k, s := range wrap(c.l.body, size, w-8, e.value) {
					c.p.WriteField(e.field, c.l.body, size, x+4, c.y+9+size+float64(k)*size*1.25, s)
				}
			}
			c.y += h
		}
	case "pipe":
		for _, e := range entries[:3] {
			note(e)
		}
		sep := []string{" | ", "  /  ", " - ", "; "}[c.l.labels%4]
		c.rich(c.l.bold, size, c.left(), c.right(), []piece{{f.name(), postroom.PatientName}, {sep + born + " ", ""}, {f.birthDate(), postroom.BirthDate}, {sep + number + " ", ""}, {value, field}})
		if full && !f.us {
			c.seen(postroom.Address, postroom.Postcode)
			c.paragraph(c.l.body, size, c.left(), c.right(), f.address(), postroom.Address)
		}
	case "sticker": // a label from the ward's printer
		x := c.left()
		if c.l.family != "form" && c.l.labels%2 == 0 {
			x = c.right() - 215
		}
		top := c.y
		c.seen(postroom.PatientName, postroom.BirthDate, postroom.Address, postroom.Postcode)
		if field != "" {
			c.seen(field)
		}
		p := f.printed
		c.p.WriteField(postroom.PatientName, SansBold, 11, x+8, top+15, strings.ToUpper(p.Family)+", "+p.Given)
		c.p.WriteField(postroom.BirthDate, Sans, 9, x+8, top+28, "DOB "+f.birthDate()+"   "+f.slot("sex"))
		c.p.WriteField(postroom.Address, Sans, 8.5, x+8, top+40, p.Address)
		c.p.WriteField(postroom.Postcode, Sans, 8.5, x+8, top+51, p.Postcode)
		c.p.WriteField(field, SansBold, 10, x+8, top+65, number+" "+value)
		c.p.Frame(x, top, x+215, top+72, 1)
		c.y = top + 74
	case "prose":
		for _, e := range entries[:3] {
			note(e)
		}
		pieces := []piece{{choose(r, "[Concerning|I am writing about|This letter is about|With regard to] "), ""}, {f.name(), postroom.PatientName},
			{" (date of birth ", ""}, {f.birthDate(), postroom.BirthDate}, {"; " + number + " ", ""}, {value, field}, {")", ""}}
		if full && !f.us {
			pieces = append(pieces, piece{" of ", ""}, piece{f.address(), postroom.Address})
			c.seen(postroom.Address, postroom.Postcode)
		}
		c.rich(c.l.body, size, c.left(), c.right(), append(pieces, piece{".", ""}))
	case "narrow": // a column at the right
		x := c.right() - 200
		if c.l.family == "report" || c.l.family == "plain" {
			x = c.left()
		}
		for _, e := range entries {
			end := put(entry{e.label, "", e.field}, x, c.y+size)
			note(e)
			c.paragraph(c.l.body, size, max(end, x+85), c.right(), e.value, e.field)
		}
	}
	c.y += 9
}

// sign sets the end of a letter: rest is the greeting or empty.
func (c *composer) sign(rest string) {
	f := c.f
	c.room(80)
	c.y += 3
	if rest == "" {
		rest = choose(f.r, "[Yours sincerely|Yours sincerely,|Yours faithfully|With kind regards|Kind regards]")
	}
	if c.f.split == Test && rest == "Yours sincerely" {
		rest = "Yours sincerely,"
	}
	c.paragraph(c.l.body, c.l.size, c.left(), c.right(), rest, "")
	if c.l.labels%6 == 5 {
		c.paragraph(SansItalic, 8, c.left(), c.right(), choose(f.r, "[Dictated but not signed|Electronically verified|Approved electronically and not signed]"), "")
		c.y += 6
	} else {
		c.scrawl(c.left()+8, c.y+16, 90)
		c.y += 30
	}
	if c.l.head == "homeright" || c.l.head == "homeleft" {
		c.seen(postroom.PatientName)
		c.p.WriteField(postroom.PatientName, c.l.body, c.l.size, c.left(), c.y+c.l.size, f.printed.Given+" "+f.printed.Family)
		c.y += c.lead()
		return
	}
	c.seen(postroom.SenderClinician)
	name := f.author.name
	if f.author.after != "" && c.l.labels%2 == 0 {
		name += ", " + f.author.after
	}
	c.p.WriteField(postroom.SenderClinician, c.l.bold, c.l.size, c.left(), c.y+c.l.size, name)
	c.y += c.lead()
	role := f.author.role
	if f.author.gmc != "" && c.l.labels%3 == 1 {
		role += c.label([]string{"   GMC No: ", "   GMC: "}, []string{" (GMC ", "   GMC number "}) + f.author.gmc
		if c.l.split == Test && strings.Contains(role, " (GMC ") {
			role += ")"
		}
		c.seen(postroom.GMCNumber)
	}
	c.p.WriteField("", c.l.body, c.l.size, c.left(), c.y+c.l.size, role)
	c.y += c.lead() + 6
}

// copies sets the list of who gets a copy.
func (c *composer) copies(rest string) {
	f := c.f
	if rest == "" {
		rest = pick(f.r, []string{f.name(), "Patient", f.other.name + ", " + f.org.name, f.name() + "; " + f.other.name})
	}
	c.room(14)
	c.paragraph(c.l.body, c.l.size-1, c.left(), c.right(), c.label([]string{"cc ", "cc: ", "Copy to: "}, []string{"Copies: ", "c.c. ", "Distribution: "})+rest, "")
}

// scrawl draws a signature.
func (c *composer) scrawl(x, y, w float64) {
	r := c.f.r
	points := [][2]float64{}
	n := r.Between(9, 16)
	for i := range n {
		points = append(points, [2]float64{x + w*float64(i)/float64(n) + r.Within(-6, 6), y + r.Within(-11, 9)})
	}
	points = append(points, [2]float64{x + w*1.1, y + r.Within(-3, 3)}, [2]float64{x + w*0.5, y + 8})
	c.p.Scribble(r.Within(0.8, 1.7), points)
}

// signature sets ruled places to sign: "label | label".
func (c *composer) signature(rest string) {
	c.room(44)
	labels := strings.Split(rest, "|")
	w := (c.right() - c.left()) / float64(len(labels))
	for i, s := range labels {
		x := c.left() + w*float64(i)
		c.p.Write(c.l.body, c.l.size-1, x+3, c.y+12, strings.TrimSpace(s))
		c.p.Line(x+3, c.y+36, x+w-12, c.y+36, 0.6)
		if i == 0 {
			c.scrawl(x+14, c.y+27, 70)
		}
	}
	c.y += 44
}

// stamp puts a rubber stamp somewhere on the sheet, askew.
func (c *composer) stamp(text string) {
	if len(c.pages) > 0 {
		c.pages[0].stamp(c.f.r, text)
	}
}

func (p *Paper) stamp(r *Rand, text string) {
	x, y := r.Within(p.W*0.45, p.W*0.7), r.Within(110, 260)
	angle := r.Within(-9, 9)
	size := r.Within(12, 16)
	w := Width(SansBold, size, text)
	p.Marks = append(p.Marks, Mark{Kind: TextMark, X: x, Y: y, Face: SansBold, Size: size, Text: text, Stamped: true, Turn: angle, Grey: 70})
	sin, cos := math.Sincos(-angle * math.Pi / 180)
	at := func(u, v float64) [2]float64 { return [2]float64{x + u*cos - v*sin, y + u*sin + v*cos} }
	corners := [][2]float64{at(-6, -size-3), at(w+6, -size-3), at(w+6, 7), at(-6, 7), at(-6, -size-3)}
	for i := range 4 {
		p.Marks = append(p.Marks, Mark{Kind: LineMark, X: corners[i][0], Y: corners[i][1], X2: corners[i+1][0], Y2: corners[i+1][1], Pen: 1.6, Grey: 70})
	}
}

// finish numbers the pages.
func (c *composer) finish() {
	of := len(c.pages)
	for i, p := range c.pages {
		s := ""
		switch c.l.foot {
		case "of":
			s = fmt.Sprintf("Page %d of %d", i+1, of)
		case "short":
			if of > 1 {
				s = fmt.Sprintf("Page %d", i+1)
			}
		case "slash":
			s = fmt.Sprintf("%d/%d", i+1, of)
		case "named":
			s = fmt.Sprintf("%s %s - page %d of %d", c.f.printed.Given, c.f.printed.Family, i+1, of)
		}
		if s != "" {
			p.Write(c.l.body, 8, (p.W-Width(c.l.body, 8, s))/2, p.H-22, s)
		}
	}
}
