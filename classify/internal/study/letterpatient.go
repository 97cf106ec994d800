package study

import (
	"fmt"
	"strings"

	"github.com/postroom/postroom"
)

// patient sets the block that says whose the document is.
func (b *build) patient() {
	f, r := b.f, b.r
	iso := f.birth.Format("2006-01-02")
	b.seen(postroom.PatientName, f.given+" "+f.family)
	b.seen(postroom.BirthDate, iso)
	address := f.street + ", " + f.town + ", " + f.code2
	style := r.IntN(10)
	var e []entry
	if chance(r, 0.2) && !inText(style) && style != 6 && style != 7 {
		e = append(e, entry{b.label("family"), strings.ToUpper(f.family)}, entry{b.label("given"), f.given})
	} else if !inText(style) && style != 6 && style != 7 {
		e = append(e, entry{b.label("name"), f.name()})
	}
	born := f.born()
	if chance(r, 0.12) {
		born += fmt.Sprintf(" (%d years)", f.age)
	}
	e = append(e, entry{b.label("dob"), born})
	if f.us {
		e = append(e, entry{b.label("mrn"), f.mrn})
		b.seen(postroom.MRN, f.mrn)
	} else {
		e = append(e, entry{b.label("nhs"), f.nhs()})
		b.seen(postroom.NHSNumberField, f.number)
		if chance(r, 0.5) {
			e = append(e, entry{b.label("mrn"), f.mrn})
			b.seen(postroom.MRN, f.mrn)
		}
	}
	if chance(r, 0.7) && !inText(style) {
		e = append(e, entry{b.label("address"), address})
		b.seen(postroom.Address, f.street+", "+f.town)
		b.seen(postroom.Postcode, f.code2)
	}
	if chance(r, 0.3) && !inText(style) {
		e = append(e, entry{b.label("phone"), f.phone})
		b.seen(postroom.PatientPhone, strings.ReplaceAll(f.phone, " ", ""))
	}
	if chance(r, 0.4) {
		e = append(e, entry{b.label("sex"), map[bool]string{true: "Female", false: "Male"}[f.female]})
	}
	if chance(r, 0.15) {
		e = append(e, entry{pick(r, labels["extra"]), f.fill(pick(r, extraValues))})
	}
	if chance(r, 0.12) {
		e = append(e, entry{b.label("kin"), f.kin})
	}
	if chance(r, 0.15) {
		e = append(e, entry{b.label("past"), f.fill("{past}")})
	}
	if !inText(style) && len(e) > 3 && chance(r, 0.5) {
		rest := e[1:]
		r.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
		if e[0].label != "" && chance(r, 0.2) {
			r.Shuffle(len(e), func(i, j int) { e[i], e[j] = e[j], e[i] })
		}
	}
	if chance(r, 0.25) && style < 3 {
		b.line(b.left, pick(r, []string{"Patient details", "PATIENT DETAILS", "Patient information", "Patient demographics", "Section 1: Patient", "Patient"}))
	}
	switch style {
	case 0, 1: // one below the other
		for _, x := range e {
			b.pair(b.left, x.label, x.value)
		}
	case 2: // two columns
		mid := b.left + (b.right-b.left)/2 + r.IntN(60)
		for i := 0; i < len(e); i += 2 {
			b.room(2 * b.size)
			y := b.p.y
			rows := 1
			for k := i; k < i+2 && k < len(e); k++ {
				x, room := b.left, mid-b.left-20
				if k > i {
					x, room = mid, b.right-mid
				}
				for n, l := range wrap(e[k].label+b.colon+e[k].value, room, b.size) {
					b.at(x, y+n*b.step(b.size), b.size, l)
					rows = max(rows, n+1)
				}
			}
			b.p.y = y + rows*b.step(b.size) + r.IntN(10)
		}
	case 8, 9: // in a line without labels for most of it, the rest in the next
		b.inLine(address)
	case 3: // in a line of text
		nhs := e[1].label + b.colon + e[1].value
		if len(e) > 1 && !f.us {
			nhs = b.label("nhs") + b.colon + f.nhs()
		}
		sep := pick(r, []string{", ", "  ", " - ", "; ", " | "})
		line := pick(r, []string{"Re: ", "RE ", "Re ", "Regarding: ", "", "Patient: "}) + f.name() + sep + b.label("dob") + b.colon + f.born() + sep + nhs
		if f.us {
			line = "RE: " + f.name() + sep + b.label("dob") + b.colon + f.born() + sep + "MRN: " + f.mrn
			b.seen(postroom.MRN, f.mrn)
		} else {
			delete(b.fields, postroom.MRN)
		}
		delete(b.fields, postroom.PatientPhone)
		delete(b.fields, postroom.Address)
		delete(b.fields, postroom.Postcode)
		if chance(r, 0.5) {
			line += sep + address
			b.seen(postroom.Address, f.street+", "+f.town)
			b.seen(postroom.Postcode, f.code2)
		}
		b.text(b.left, line)
	case 4: // labels above their values
		cols := 2 + r.IntN(2)
		wide := (b.right - b.left) / cols
		for i := 0; i < len(e); i += cols {
			b.room(3 * b.size)
			y := b.p.y
			rows := 1
			for k := i; k < i+cols && k < len(e); k++ {
				x := b.left + (k-i)*wide
				b.at(x, y, max(b.size-6, 17), e[k].label)
				for n, l := range wrap(e[k].value, wide-20, b.size) {
					b.at(x, y+b.size+4+n*b.step(b.size), b.size, l)
					rows = max(rows, n+1)
				}
			}
			b.p.y = y + b.size + 8 + rows*b.step(b.size) + r.IntN(14)
		}
	case 5: // label and value in two columns each, as in a table
		mid := b.left + (b.right-b.left)/2
		one, two := 200+r.IntN(120), 200+r.IntN(100)
		for i := 0; i < len(e); i += 2 {
			b.room(2 * b.size)
			y := b.p.y
			rows := 1
			for k := i; k < i+2 && k < len(e); k++ {
				x, gap, end := b.left, one, mid-20
				if k > i {
					x, gap, end = mid, two, b.right
				}
				b.at(x, y, b.size, strings.TrimRight(e[k].label+b.colon, " "))
				x = max(x+gap, x+long(e[k].label+":", b.size)+30)
				for n, l := range wrap(e[k].value, max(end-x, 120), b.size) {
					b.at(x, y+n*b.step(b.size), b.size, l)
					rows = max(rows, n+1)
				}
			}
			b.p.y = y + rows*b.step(b.size) + r.IntN(16)
		}
	case 6: // a sticker: the name and address without labels
		b.line(b.left, f.name())
		for _, l := range []string{f.street, f.town, f.code2} {
			b.line(b.left, l)
		}
		b.seen(postroom.Address, f.street+", "+f.town)
		b.seen(postroom.Postcode, f.code2)
		for _, x := range e {
			if !contains(labels["address"], x.label) {
				b.pair(b.left, x.label, x.value)
			}
		}
	default: // "Re:" and the rest below it
		b.line(b.left, pick(r, []string{"Re: ", "RE: ", "Re ", "Regarding ", "Patient: "})+f.name())
		for _, x := range e {
			b.text(b.left, x.label+b.colon+x.value)
		}
	}
	b.gap(0.8)
}

// inText reports whether a style sets the patient in a line of text.
func inText(style int) bool { return style == 3 || style == 8 || style == 9 }

// inLine sets the patient as many letters do: name and birth date in a bold line,
// the address below or behind, the numbers there or among the references.
func (b *build) inLine(address string) {
	f, r := b.f, b.r
	delete(b.fields, postroom.MRN)
	sep := pick(r, []string{" | ", ", ", " - ", " – ", "   ", "; ", " / ", "  ¦  "})
	who := f.name()
	if chance(r, 0.25) {
		who = strings.ToUpper(f.given + " " + f.family)
	}
	born := pick(r, []string{"DOB ", "DOB: ", "D.O.B. ", "d.o.b. ", "born ", "Date of Birth: ", "Date of Birth ", "b. ", "DoB "}) + f.born()
	number := pick(r, []string{"NHS ", "NHS No ", "NHS No: ", "NHS number ", "NHS Number: ", "NHS no. "}) + f.nhs()
	if f.us {
		number = "MRN: " + f.mrn
		b.seen(postroom.MRN, f.mrn)
	} else {
		b.seen(postroom.NHSNumberField, f.number)
	}
	parts := []string{who, born, number}
	with := chance(r, 0.7)
	if with {
		b.seen(postroom.Address, f.street+", "+f.town)
		b.seen(postroom.Postcode, f.code2)
	}
	lead := pick(r, []string{"", "", "Re: ", "RE: ", "Re ", "re: ", "Patient: ", "Regarding "})
	switch r.IntN(4) {
	case 0:
		b.line(b.left, number)
		b.gap(0.4)
		b.text(b.left, lead+who+sep+born)
		if with {
			b.text(b.left, address)
		}
	case 1:
		b.text(b.left, lead+who+sep+born+sep+number)
		if with {
			b.text(b.left, address)
		}
	case 2:
		if with {
			parts = []string{who, address, born, number}
		}
		b.text(b.left, lead+strings.Join(parts, sep))
	default:
		if with {
			parts = append(parts, address)
		}
		b.text(b.left, lead+strings.Join(parts, sep))
	}
}
