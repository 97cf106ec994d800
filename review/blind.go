package review

import (
	"context"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// Where two independent readings of a number or a birth date disagree, whoever checks the document
// keys it from the image and sees neither: somebody who is shown a value finds it on the paper.

// Keyed holds what was keyed without seeing the readings against them. What is neither is keyed
// twice (before is the first time): two people in a hurry make different mistakes, and so do two tries.
func Keyed(ctx context.Context, desk Desk, d *Decision, before map[postroom.FieldName]string) error {
	it, err := desk.Document(ctx, d.Document)
	if err != nil {
		return err
	}
	if it.Revision != d.Revision || !mayBeShielded(it) {
		return nil // another revision is refused as such
	}
	pages, err := desk.Pages(ctx, d.Document)
	if err != nil {
		return err
	}
	for _, row := range fieldRows(it.Record, pages) {
		if !row.Blind {
			continue
		}
		v := strings.TrimSpace(d.Fields[row.Name])
		switch v {
		case "":
			return postroom.Bad(nil, "the value “"+fieldLabel(row.Name)+"” was not keyed", "key it from the image, or a dash where it cannot be read")
		case "-":
			d.Fields[row.Name] = ""
			continue
		}
		if v, err = desk.Normal(row.Name, v); err != nil {
			return nil // refused as such
		}
		if slices.Contains(readings(desk, row, pages[row.Page-1]), v) || before[row.Name] == v {
			continue
		}
		if d.Again == nil {
			d.Again = map[postroom.FieldName]string{}
		}
		d.Again[row.Name], d.Fields[row.Name] = v, ""
		return postroom.Bad(nil, "what was keyed as “"+fieldLabel(row.Name)+"” is neither of the two readings", "look at the image again and key it once more")
	}
	return nil
}

// readings are the value as it was read, and as it was read the second time.
func readings(desk Desk, row fieldRow, p postroom.Page) []string {
	var second []string
	for _, w := range p.Words {
		if !touches(p.Original(w.Box), row.Field.Box) {
			continue
		}
		if w.Other != "" {
			w.Text = w.Other
		}
		second = append(second, w.Text)
	}
	out := []string{row.Field.Value}
	for _, text := range []string{strings.Join(second, " "), strings.Trim(strings.Join(second, ""), ".,;:()")} {
		if v, err := desk.Normal(row.Name, text); err == nil {
			out = append(out, v)
		}
	}
	return out
}

func touches(a, b postroom.Box) bool {
	return min(a[2], b[2]) > max(a[0], b[0]) && min(a[3], b[3]) > max(a[1], b[1])
}
