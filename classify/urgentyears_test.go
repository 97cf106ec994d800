package classify

import (
	"context"
	"testing"
	"time"

	"github.com/postroom/postroom"
)

// What is history depends on when a letter was written, or came where its date is not known.
func TestYearsOfHistory(t *testing.T) {
	s, err := New(Config{}, NewRegister(nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dated, line string
		came        int
		urgent      bool
	}{
		{"", "He took an overdose in 2024.", 2026, false},
		{"", "He took an overdose in 2025.", 2026, true},
		{"", "He took an overdose in 2028.", 2031, false},
		{"", "In 2029 she was suicidal.", 2031, false},
		{"", "In 2030 she was suicidal.", 2031, true},
		{"", "NSTEMI 2019", 2026, false},
		{"", "NSTEMI 2026", 2026, true},
		{"", "NSTEMI 2024", 2025, true},
		{"Date of letter: 4 May 2024", "He took an overdose in 2023.", 2026, true},
		{"Date of letter: 4 May 2024", "He took an overdose in 2021.", 2026, false},
	} {
		out, err := s.Sort(context.Background(), Input{
			Pages:    postroom.PageList{typeset("# Example Hospital", "Clinic letter", c.dated, "Dear Dr Marsh", "I reviewed this patient in clinic today.", c.line)},
			Received: time.Date(c.came, 5, 12, 9, 0, 0, 0, time.UTC),
		})
		if err != nil {
			t.Fatal(err)
		}
		if d := out.Documents[0]; d.Urgent != c.urgent {
			t.Errorf("%q, dated %q, came in %d: urgent %v: %v", c.line, c.dated, c.came, d.Urgent, d.UrgentWhy)
		}
	}
}
