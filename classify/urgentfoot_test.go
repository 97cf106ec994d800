package classify

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// footed is a letter with a last paragraph in letters of some height.
func footed(last string, height int) postroom.Page {
	p := typeset("# Example Hospital", "Dear Dr Holloway", "",
		"She came to the clinic today with her daughter and is well in herself.",
		"The knee bends to a right angle and there is no swelling of the joint.",
		"She will go on with the exercises that the therapist has shown to her.",
		"We have made no change to what she takes and need not see her again.", "", "Yours sincerely", "Ann Example", "")
	y, line := p.Words[len(p.Words)-1].Box[3]+120, p.Words[len(p.Words)-1].Line+1
	for n, row := range strings.Split(last, "\n") {
		x := 120
		for _, w := range strings.Fields(row) {
			wide := len(w) * height / 2
			p.Words = append(p.Words, postroom.Word{Text: w, Box: postroom.Box{x, y, x + wide, y + height}, Confidence: 0.95, Line: line + n})
			x += wide + height/2
		}
		y += height * 3 / 2
	}
	return p
}

// What the sender's paper says in small print at the foot of every letter is no news of this
// patient; what is said of the patient there is, and so is all that stands in letters like the rest.
func TestSmallPrintIsCalm(t *testing.T) {
	body := footed("x", 20).Words[6].Box.Height()
	small := body * 2 / 3
	for _, c := range []struct {
		text   string
		height int
		urgent bool
	}{
		{"Teaching partner of the University. Urgent queries about pregnancy: Maternity\nAssessment Unit, day and night.", small, false},
		{"How we use your information: ask the Advice Service. Safeguarding is part of all our work here.", small, false},
		{"The Trust asks for respect. Crisis line for people in need of somebody to talk to: 01632 960345", small, false},
		{"Teaching partner of the University. Urgent queries about pregnancy: Maternity\nAssessment Unit, day and night.", body, true},
		{"Postscript: her potassium came back as 6.9 and has been telephoned to the surgery today.", small, true},
		{"She needs an urgent scan of her knee, which the practice is asked to order.", small, true},
		{"Safeguarding: the school has told us that the child was hit by her father last night.", small, true},
	} {
		p := footed(c.text, c.height)
		if why := urgentIn([]*sheet{newSheet(&p, 0)}, postroom.OutpatientLetter, "", true, &Config{}, nil).why; (len(why) > 0) != c.urgent {
			t.Errorf("%q in letters of %d pixels (the rest %d): urgent %v, %v", c.text, c.height, body, !c.urgent, why)
		}
	}
}
