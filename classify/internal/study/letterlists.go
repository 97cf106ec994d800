package study

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/postroom/postroom"
)

// list sets a list under its heading, or beside it: one item a line with or
// without bullets, long items wrapped, all of them in one sentence, or as a
// table of medicine, dose and frequency.
func (b *build) list(name postroom.FieldName, head string, items []string) {
	r := b.r
	if chance(r, 0.3) {
		head = strings.ToUpper(head)
	}
	switch {
	case len(items) == 1 && chance(r, 0.5):
		b.pair(b.left, head, items[0])
		b.lists[name] = append(b.lists[name], items[0])
		return
	case len(items) > 1 && name != postroom.Actions && chance(r, 0.12):
		all := strings.Join(items, pick(r, []string{", ", "; "}))
		if chance(r, 0.5) {
			b.text(b.left, head+": "+all)
		} else {
			b.line(b.left, head)
			b.text(b.left, all)
		}
		b.gap(0.6)
		b.lists[name] = append(b.lists[name], items...)
		return
	}
	b.room(3 * b.size)
	b.line(b.left, head+pick(r, []string{"", ":"}))
	if name == postroom.Medications && chance(r, 0.2) {
		b.medicines(items)
		return
	}
	mark := pick(r, []string{"", "", "- ", "• ", "n. ", "n) "})
	x := b.left + pick(r, []int{0, 0, 30})
	hang := long("- ", b.size)
	for i, it := range items {
		m := mark
		if strings.HasPrefix(m, "n") {
			m = fmt.Sprintf("%d%s", i+1, m[1:])
		}
		for k, l := range wrap(m+it, b.right-x-hang, b.size) {
			if k > 0 && m != "" {
				b.line(x+hang, l)
			} else {
				b.line(x, l)
			}
		}
	}
	b.gap(0.6)
	b.lists[name] = append(b.lists[name], items...)
}

// dosed cuts a medicine into its name, dose and the rest.
var dosed = regexp.MustCompile(`^(\D+?) (\d[\d.,]* ?(?:mg|micrograms|g|units|ml))\b ?(.*)$`)

// medicines sets a table; what has no dose fills its first column.
func (b *build) medicines(items []string) {
	r := b.r
	at := [3]int{b.left, b.left + (b.right-b.left)*4/10, b.left + (b.right-b.left)*6/10}
	row := func(cells ...string) {
		b.room(b.size)
		for i, c := range cells {
			b.at(at[i], b.p.y, b.size, c)
		}
		b.p.y += b.step(b.size)
	}
	if chance(r, 0.7) {
		row(pick(r, []string{"Drug", "Medication", "Medicine", "Name", "Drug name"}), pick(r, []string{"Dose", "Strength", "Dosage"}), pick(r, []string{"Frequency", "Directions", "Instructions", "How often"}))
	}
	for _, it := range items {
		if m := dosed.FindStringSubmatch(it); m != nil && long(m[1], b.size) < at[1]-at[0] && long(m[3], b.size) < b.right-at[2] {
			row(m[1], m[2], m[3])
		} else {
			b.text(b.left, it)
		}
		b.lists[postroom.Medications] = append(b.lists[postroom.Medications], it)
	}
	b.gap(0.6)
}
