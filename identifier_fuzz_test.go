package postroom

import (
	"strings"
	"testing"
)

// What is taken as a number or a postcode is the same again in its own form,
// and its characters stand in the text that was read.
func FuzzIdentifiers(f *testing.F) {
	for _, s := range []string{"943 476 5919", "999 000 0018", "2507561234", "SW1A 1AA", "sw1a1aa", "\u0661\u0662\u0663", "9 9 9-0 0 0-0 0 1 8", ""} {
		f.Add(s, "1956-07-25")
	}
	f.Fuzz(func(t *testing.T, s, birth string) {
		if n, err := ParseNHSNumber(s); err == nil {
			if again, err := ParseNHSNumber(n.Digits()); err != nil || again != n || len(n.Digits()) != 10 {
				t.Errorf("%q became %q, which became %q, %v", s, n, again, err)
			}
		}
		if n, err := ParseCHI(s, birth); err == nil && len(n.Digits()) != 10 {
			t.Errorf("%q became the CHI number %q", s, n)
		}
		if n, err := ParseHC(s); err == nil && len(n.Digits()) != 10 {
			t.Errorf("%q became the H&C number %q", s, n)
		}
		if p, err := ParsePostcode(s); err == nil {
			if again, err := ParsePostcode(p); err != nil || again != p || len(strings.Fields(p)) != 2 {
				t.Errorf("%q became %q, which became %q, %v", s, p, again, err)
			}
		}
		if h, err := ParseHash(s); err == nil && len(h) != 64 {
			t.Errorf("%q became the hash %q", s, h)
		}
	})
}
