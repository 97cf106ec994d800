package classify

import (
	"testing"

	"github.com/postroom/postroom"
)

// A clerk sees both readings of a value.
func TestSecondReadingIsShown(t *testing.T) {
	s := &sheet{body: layOut(&postroom.Page{Words: []postroom.Word{
		{Text: "NHS", Box: postroom.Box{0, 0, 30, 20}, Confidence: 0.99},
		{Text: "999", Box: postroom.Box{40, 0, 70, 20}, Confidence: 0.99},
		{Text: "123", Box: postroom.Box{80, 0, 110, 20}, Confidence: 0.5, Other: "128"},
		{Text: "4567", Box: postroom.Box{120, 0, 160, 20}, Confidence: 0.99},
	}})}
	if len(s.rows()) != 1 {
		t.Fatalf("%d rows", len(s.rows()))
	}
	if got := s.otherText(span{0, 4, len(s.rows()[0].text)}); got != "999 128 4567" {
		t.Errorf("%q of %q", got, s.rows()[0].text)
	}
	if got := s.otherText(span{0, 0, 3}); got != "" {
		t.Errorf("%q", got)
	}
}
