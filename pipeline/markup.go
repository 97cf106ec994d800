package pipeline

import (
	"slices"

	"github.com/postroom/postroom"
)

// markupIn says where in what strangers wrote markup stands that could have been meant to run at
// the desk. It is shown as the text that it is; that it came is told once for a document.
func markupIn(r postroom.Record) (where []string) {
	in := func(place string, texts ...string) {
		if slices.ContainsFunc(texts, postroom.Markup) {
			where = append(where, place)
		}
	}
	var names, values []string
	for _, p := range r.Pages {
		names = append(names, p.Attachment)
	}
	for _, p := range r.OtherPages {
		names = append(names, p.Attachment)
	}
	for _, l := range r.Leftovers {
		names = append(names, l.Name)
	}
	for _, f := range r.Fields {
		values = append(values, f.Value, f.Text)
	}
	in("the sender", r.Message.From)
	in("the subject", r.Message.Subject)
	in("a file's name", names...)
	in("the pages' text", r.Text...)
	in("a value", values...)
	return where
}
