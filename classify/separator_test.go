package classify

import (
	"reflect"
	"testing"

	"github.com/postroom/postroom"
)

// Sheets that part documents are known by their bars or their words, and what
// only sounds like one stays a page of its document.
func TestSeparators(t *testing.T) {
	with := func(format, text string, lines ...string) postroom.Page {
		p := typeset(lines...)
		p.Barcodes = []postroom.Barcode{{Format: format, Text: text}}
		return p
	}
	for _, c := range []struct {
		name string
		page postroom.Page
		want bool
	}{
		{"patch T", with("PATCH_CODE", "PATCH T"), true},
		{"patch 2", with("PATCH_CODE", "PATCH 2", "Place this sheet between documents"), true},
		{"Code 128", with("CODE_128", "PATCHT"), true},
		{"QR code", with("QR_CODE", "DOC-SEP-0001"), true},
		{"words", typeset("DOCUMENT SEPARATOR", "Place this sheet between documents"), true},
		{"words for what comes", typeset("NEXT DOCUMENT"), true},
		{"words for what ends", typeset("END OF DOCUMENT"), true},
		{"a letter that speaks of one", typeset("Dear Dr Marsh", "The next document that we send will be her care plan."), false},
		{"name of a patch", typeset("PATCH II"), true},
		{"a letter's own bar code", with("CODE_128", "0012345678", "Copy of results attached"), false},
		{"dispatch", typeset("Dispatch note", "Sent 3 March 2026"), false},
		{"lungs", typeset("CXR: patchy consolidation", "Reported by Dr A Reader"), false},
		{"drug", typeset("Fentanyl patch 12 micrograms per hour", "Change every 72 hours"), false},
		{"QR of a patch test", with("QR_CODE", "https://example.org/patch-test", "Patch test leaflet enclosed"), false},
	} {
		out := sortPages(t, nil, amara("Page 1 of 2"), c.page, continuation("Page 2 of 2"))
		fate := ""
		for _, o := range out.Others {
			if o.Page == 1 {
				fate = string(o.Fate)
			}
		}
		if got := fate == string(postroom.FateSeparator); got != c.want {
			t.Errorf("%s: separator %v, want %v", c.name, got, c.want)
		}
	}
}

// A patch T stuck on a letter's first page begins a document there; other
// patch codes steer the scanner and part nothing.
func TestPatchCodeOnAPage(t *testing.T) {
	for code, want := range map[string][][]int{"PATCH T": {{0}, {1}}, "PATCH 4": {{0, 1}}} {
		second := continuation("The wound is healing well and the stitches were removed on the ward before he went home.",
			"He was advised to keep the dressing dry for two days and to return to the practice nurse if it becomes red or painful.",
			"His blood pressure, his pulse and his temperature were normal on the day of discharge, and his usual tablets were not changed.")
		second.Barcodes = []postroom.Barcode{{Format: "PATCH_CODE", Text: code}}
		out := sortPages(t, nil, amara(), second)
		var got [][]int
		for _, d := range out.Documents {
			got = append(got, d.Pages)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", code, got, want)
		}
	}
}
