package classify

import "testing"

// A misread character of a postcode is known by its place; two shapes that fit
// equally, words and codes that are none are left alone.
func TestPostcodesIn(t *testing.T) {
	for line, value := range map[string]string{
		"4 Mill Lane, Ashby, AB1 2DE": "AB1 2DE", "AQ4 2R)": "AQ4 2RJ", "Ashby AB12DE": "AB1 2DE", "HQ9 5WA.": "HQ9 5WA", "SW1A 1AA": "SW1A 1AA",
		"ABl 2DE": "AB1 2DE", "AB1 2OE": "", "EC1A 1BB": "EC1A 1BB", "Ward 7 4th floor": "", "IN 3RD": "", "Ref AB/12": "", "M1 1AE": "M1 1AE", "ZZ99 3VZ": "ZZ99 3VZ",
	} {
		page := typeset("# Example Hospital", line)
		got := ""
		s := newSheet(&page, 0)
		for i := range s.rows() {
			for _, c := range s.postcodesIn(i) {
				got = c.text
				if (c.mended > 0) == (postcodeKey(s.text(c.span)) == postcodeKey(c.text)) {
					t.Errorf("%q: %d characters mended of %q", line, c.mended, s.text(c.span))
				}
			}
		}
		if got != value {
			t.Errorf("%q gave %q, want %q", line, got, value)
		}
	}
	// A postcode that goes on in the next line is shown as it was read.
	f := fieldsOf(t, "# Example Hospital", "Patient: Amara OKAFOR", "DOB: 07/03/1951", "Address: 4 Mill Lane, Ashby, AB1", "2DE")["postcode"]
	if f.Value != "AB1 2DE" || f.Text != "AB1 2DE" {
		t.Errorf("%q, read as %q", f.Value, f.Text)
	}
}

// Lines of a doctor's or a practice's address, and those of a patient's that stands close below.
func TestAddressed(t *testing.T) {
	p := typeset("Our ref: AB/12\tDr M Castellane", "Clinic date: 4 March 2026\tLarkfield Surgery", "Dictated: 4 March 2026\t2 Mill Bank",
		"Typed: 6 March 2026\tLK3 8PD", "", "Miss Nadia Boothroyd", "70 Tenter Close, Cotterby", "CT4 9EL")
	s := newSheet(&p, 0)
	for i := range s.rows() {
		for _, k := range s.postcodesIn(i) {
			if got, want := s.addressed(k.span), k.text == "LK3 8PD"; got != want {
				t.Errorf("%s: %v", k.text, got)
			}
		}
	}
}
