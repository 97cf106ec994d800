package main

import (
	"strings"
	"testing"
)

func TestPart(t *testing.T) {
	sheet := `@charset "UTF-8";:root{--x:1}@font-face{font-family:F;src:url(https://assets.nhs.uk/f.woff2)}body{color:red;font-family:Frutiger W01,arial}
.nhsuk-button{a:b}.nhsuk-button:not(.nhsuk-button--small),.nhsuk-card .nhsuk-button{c:d}@media (min-width:40em){.nhsuk-card{e:f}@supports (x:y){.nhsuk-tag{g:h}}}
@media print{.nhsuk-card{i:j}}@keyframes turn{from{k:l}to{m:n}}.nhsuk-tag:before{background:url(/assets/images/i.svg)}.nhsuk-tag[a="b,c"]{o:p}`
	got, err := part(sheet, `<a class="nhsuk-button nhsuk-tag">`)
	if err != nil {
		t.Fatal(err)
	}
	want := `:root{--x:1}
body{color:red;font-family:arial}
.nhsuk-button{a:b}
.nhsuk-button:not(.nhsuk-button--small){c:d}
@media (min-width:40em){
@supports (x:y){
.nhsuk-tag{g:h}
}
}
.nhsuk-tag[a="b,c"]{o:p}
}
`
	if got != head+want {
		t.Errorf("got %s", strings.TrimPrefix(got, head))
	}
	for _, bad := range []string{".nhsuk-button{a:b", ".nhsuk-button{a:b}}", "@media x{.nhsuk-button{a:b}", "a{b:c}", ".nhsuk-button{a:b}.x"} {
		if got, err := part(bad, "nhsuk-button"); err == nil {
			t.Errorf("%s gave %s", bad, got)
		}
	}
}
