//go:build cgo

package browser_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A document of which all is right takes one key; one with one thing wrong at most six and what
// is typed, whether the desk had doubted it or not. The keys are counted by the browser, as they come
// from the keyboard.
func TestKeystrokes(t *testing.T) {
	s := sit(t, "bob")
	s.do(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(`document.addEventListener('keydown', (e) => { if (e.isTrusted) sessionStorage.pressed = 1 + Number(sessionStorage.pressed || 0); }, true)`).Do(ctx)
		return err
	}))
	// Values that can hold any words.
	words := func(name string) bool {
		return slices.ContainsFunc([]string{"organisation", "department", "clinician", "name", "address"}, func(end string) bool { return strings.HasSuffix(name, end) })
	}
	var easy, doubtful, vague, sure desk
	for _, r := range documents(t, "review") {
		s.open("/document/" + r.ID)
		d := value[desk](s, takeIn)
		switch {
		case d.Patient == "" || !d.Accept || len(d.Blind) > 0 || r.DuplicateOf != nil:
		case len(d.Doubtful) == 0:
			if easy.ID == "" {
				easy = d
			}
			if len(d.Fields) > len(sure.Fields) {
				sure = d
			}
		default:
			if slices.Contains(d.Doubtful, "field.letter_date") && len(d.Doubtful) > len(doubtful.Doubtful) {
				doubtful = d
			}
			if slices.ContainsFunc(d.Doubtful, words) && len(d.Doubtful) > len(vague.Doubtful) {
				vague = d
			}
		}
	}
	if easy.ID == "" || doubtful.ID == "" || vague.ID == "" || sure.ID == "" {
		t.Fatalf("the samples lack one of which all is right (%q, %q), one with a doubtful date (%q) or one with doubtful words (%q)", easy.ID, sure.ID, doubtful.ID, vague.ID)
	}
	// The key of the farthest of the values that can hold any words.
	farthest := func(rows string) string {
		s.do(chromedp.Evaluate(`window.far = [...document.querySelectorAll('main:not([inert]) .row[data-value]'+'`+rows+` :is([name$=organisation],[name$=department],[name$=clinician],[name$=name],[name$=address])')].pop()`, nil))
		return value[string](s, `far.getAttribute('aria-keyshortcuts')`)
	}
	others := value[[]struct{ ID string }](s, `fetch('/patients', {method: 'POST', body: new URLSearchParams({token: document.querySelector('[name=token]').value, q: 'a'})}).then((r) => r.json()).then((all) => all.map((p) => ({ID: p.id})))`)
	out := func() { // of the value that has the focus
		if value[bool](s, `document.activeElement.matches('input,select,textarea')`) {
			s.key(kb.Escape)
		}
	}
	const f2 = kb.F2
	for _, c := range []struct {
		what  string
		d     desk
		typed string
		most  int
		press func(typed string)
		shown string // what /filed then says
	}{
		{"all is right", easy, "", 1, func(string) { s.key("a") }, ""},
		{"all that was doubted is right", doubtful, "", 1, func(string) { s.key(f2) }, ""},
		{"a value that was doubted is wrong", doubtful, "14/3/26", 6, func(v string) {
			for value[string](s, `document.activeElement.id`) != "field.letter_date" {
				s.key("\r")
			}
			s.key(v + f2)
		}, "14/03/2026"},
		{"the last of what was doubted is wrong", vague, "Somebody else", 6, func(v string) { out(); s.key(farthest(".doubtful") + v + f2) }, "Somebody else"},
		{"a value that nobody doubted is wrong", sure, "Somebody else", 6, func(v string) { out(); s.key(farthest(":not(.doubtful)") + v + f2) }, "Somebody else"},
		{"one that nobody doubted beside one that was", doubtful, "Somebody else", 6, func(v string) { out(); s.key(farthest(":not(.doubtful)") + v + f2) }, "Somebody else"},
		{"the type is wrong", sure, "fit", 6, func(v string) { out(); s.key("t" + v + f2) }, "Fit note"},
		{"the type is wrong, named by a word in it", doubtful, "canc", 6, func(v string) { out(); s.key("t" + v + f2) }, "Urgent suspected cancer referral"},
		{"the patient is wrong", sure, sure.Fields["nhs_number"], 6, func(v string) { out(); s.key("p" + v + "\r" + f2) }, sure.Fields["nhs_number"]},
	} {
		s.open("/document/" + c.d.ID)
		if c.what == "the patient is wrong" { // as if the desk had found another
			for _, p := range others {
				if p.ID != c.d.Patient {
					s.do(chromedp.Evaluate(fmt.Sprintf(`document.querySelector('#patient').value = %q`, p.ID), nil))
					break
				}
			}
		}
		s.leave()
		s.do(chromedp.Evaluate(`sessionStorage.pressed = 0`, nil))
		c.press(c.typed)
		s.until(`!window.left && document.readyState === 'complete'`)
		pressed := value[int](s, `Number(sessionStorage.pressed)`) - len(c.typed)
		if now := value[desk](s, takeIn); now.Error != "" || now.ID == c.d.ID {
			t.Errorf("%s: not filed: %s", c.what, now.Error)
		}
		if pressed > c.most || pressed < 1 {
			t.Errorf("%s: %d keys beside what is typed, at most %d", c.what, pressed, c.most)
		}
		t.Logf("%s: %d keys and %d typed", c.what, pressed, len(c.typed))
		if text := value[string](s, fmt.Sprintf(`fetch('/filed/%s').then((r) => r.text())`, c.d.ID)); !strings.Contains(text, c.shown) || !strings.Contains(text, "Being filed") {
			t.Errorf("%s: filed without %q", c.what, c.shown)
		}
		// Taken back, so that the next finds it as it was.
		out()
		s.leave()
		s.key("u")
		s.until(fmt.Sprintf(`!window.left && location.pathname === '/document/%s'`, c.d.ID))
	}
}
