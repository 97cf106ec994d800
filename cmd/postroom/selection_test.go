package main

import (
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

func TestSelection(t *testing.T) {
	var all []postroom.Record
	for i, id := range []string{"a", "b", "c", "d"} {
		r := postroom.Record{DocumentID: id, Type: postroom.TypeGuess{Code: []postroom.TypeCode{postroom.LabReport, postroom.FitNote}[i%2]}}
		r.Message.Source, r.Message.Received = []string{"fax", "scans"}[i/2], time.Date(2026, 3, 10+i, 23, 59, 0, 0, time.UTC)
		r.Patient.NHSNumber = []string{"9990000018", "9990000026"}[i%2]
		all = append(all, r)
	}
	each := func(yield func(postroom.Record, error) bool) {
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}
	for _, c := range []struct {
		s    selection
		want string
	}{
		{selection{}, "abcd"}, {selection{kind: "fit_note"}, "bd"}, {selection{source: "scans"}, "cd"},
		{selection{patient: "999 000 0018"}, "ac"}, {selection{from: "2026-03-11", until: "2026-03-12"}, "bc"},
		{selection{after: "b"}, "cd"}, {selection{after: "a", kind: "lab_report"}, "c"}, {selection{after: "z"}, "!"},
	} {
		if err := c.s.check(); err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for r, err := range c.s.of(each) {
			if err != nil {
				r.DocumentID = "!"
			}
			got.WriteString(r.DocumentID)
		}
		if got.String() != c.want {
			t.Errorf("%+v gave %s, not %s", c.s, got.String(), c.want)
		}
	}
	// The document to go on behind can lie among what is no longer settled: nothing is new then.
	late := selection{after: "e", found: true}
	if err := late.check(); err != nil || !late.settled {
		t.Error(err, late.settled)
	}
	for _, s := range []selection{{from: "12/03/2026"}, {kind: "novel"}, {patient: "9990000019"}} {
		if s.check() == nil {
			t.Errorf("%+v was taken", s)
		}
	}
}
