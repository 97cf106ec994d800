package postroom

import "testing"

func TestMarkup(t *testing.T) {
	for _, text := range []string{`<script>alert(1)</script>`, `</SCRIPT >`, `"><img src=x onerror=alert(1)>`, `<svg/onload=alert(1)>`, `javascript:alert(1)`, `" onfocus="x`, `<base href=//x>`, `<iframe`} {
		if !Markup(text) {
			t.Errorf("%q is taken for plain", text)
		}
	}
	for _, text := range []string{"", "CRP <5 mg/L", "eGFR > 60", "<- see over", "Dr A <a@b.example>", "the form was signed; on load bearing", "a <b> c", "<image001.png@01D9>", "once = one", "ono=1", "5 < style of life", "< script"} {
		if Markup(text) {
			t.Errorf("%q is taken for markup", text)
		}
	}
}
