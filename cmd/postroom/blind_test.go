package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
)

// twiceReader reads the first word of a letter a second time, and differently.
type twiceReader struct {
	letterReader
	second string
}

func (r twiceReader) Read(ctx context.Context, a postroom.Attachment, n int, seen func(postroom.Hash) (postroom.Page, bool)) (postroom.Page, error) {
	p, err := r.letterReader.Read(ctx, a, n, seen)
	if len(p.Words) > 0 {
		p.Words[0].Other = r.second
		p.Barcodes = []postroom.Barcode{{Format: "CODE_39", Text: p.Words[0].Text}}
	}
	return p, err
}

// twiceSorter finds the number in the first word.
type twiceSorter struct{ letterSorter }

func (s twiceSorter) Sort(ctx context.Context, c postroom.Contents, pages postroom.Pages) (postroom.Sorted, error) {
	out, err := s.letterSorter.Sort(ctx, c, pages)
	if err != nil {
		return out, err
	}
	page, err := pages.Load(ctx, 0)
	w := page.Words[0]
	out.Documents[0].Fields[postroom.NHSNumberField] = postroom.Field{Value: w.Text, Text: w.Text, Confidence: 0.99, Valid: true, Page: 1, Box: w.Box, Why: "a label; a second reading says " + w.Other}
	return out, err
}

// No answer of the API tells a number that two readings disagree about, and filing asks for it as
// the desk does: keyed from the image, twice when it is neither reading.
func TestAPIAsksForWhatIsToBeKeyed(t *testing.T) {
	second := ""
	d := openPeopleDesk(t, false, func(d *peopleDesk, parts *pipeline.Parts) {
		second = d.patients[1].Number
		parts.Read = twiceReader{second: second}
		parts.Sorter = func([]postroom.Patient) (pipeline.Sorter, error) {
			return twiceSorter{letterSorter{d.patients[0].Number: d.patients[0]}}, nil
		}
	})
	first := d.patients[0].Number
	token := tokenFor(t, d, "night", "lou", nil, "upload", "read", "decide", "refile", "statistics")
	s := newSystem(t, d.visit(), token)
	_, doc := s.handIn(first+" a letter of the number "+first, nil)
	id := doc.Record.DocumentID
	var spec struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	s.must("GET", "/openapi.json", nil, nil, &spec)
	asked := 0
	tell := func(what string, a answered) {
		t.Helper()
		if asked++; strings.Contains(string(a.body), first) || strings.Contains(string(a.body), second) {
			t.Errorf("%s tells it: %d %s", what, a.code, a.body)
		}
	}
	for path, methods := range spec.Paths {
		if _, get := methods["get"]; !get || strings.Contains(path, "/originals/") || strings.HasSuffix(path, "/image") { // what arrived, to be looked at
			continue
		}
		path = strings.NewReplacer("{id}", id, "{page}", "1", "{version}", "1").Replace(path)
		tell(path, s.do("GET", path, nil, nil))
	}
	for _, words := range []string{"letter", first} {
		tell("search", s.do("POST", "/search", map[string]any{"words": words}, nil))
	}
	if asked < 15 {
		t.Errorf("only %d answers", asked)
	}
	var full map[string]any
	s.must("GET", "/documents/"+id, nil, nil, &full)
	if names, _ := full["to_key"].([]any); len(names) != 1 || names[0] != "nhs_number" {
		t.Errorf("to be keyed: %v", full["to_key"])
	}
	file := func(want int, again string, fields map[string]string) {
		t.Helper()
		decision := map[string]any{"type": doc.Record.Type.Code, "patient": d.patients[0].ID, "fields": fields}
		if again != "" {
			decision["again"] = map[string]string{"nhs_number": again}
		}
		a := s.do("POST", "/documents/"+id+"/file", decision, doc.match())
		if a.code != want || want != http.StatusOK && (strings.Contains(string(a.body), first) || strings.Contains(string(a.body), second)) {
			t.Errorf("%v, again %q: %d, not %d: %s", fields, again, a.code, want, a.body)
		}
	}
	file(http.StatusUnprocessableEntity, "", map[string]string{})
	file(http.StatusUnprocessableEntity, "", map[string]string{"nhs_number": "9990000018"})           // neither
	file(http.StatusUnprocessableEntity, "9990000018", map[string]string{"nhs_number": "9990000018"}) // twice, but not the patient's
	file(http.StatusOK, "", map[string]string{"nhs_number": first})
	if got := s.waitFor(id, "filed"); string(got.Record.Fields["nhs_number"].Value) != first {
		t.Errorf("filed with %+v", got.Record.Fields["nhs_number"])
	}
}
