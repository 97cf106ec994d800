//go:build cgo

package browser_test

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// single is a document that the person has to themselves, with a patient and nothing to key blind.
func (s *seat) single(t *testing.T) desk {
	t.Helper()
	for _, r := range documents(t, "review") {
		s.open("/document/" + r.ID)
		if d := value[desk](s, takeIn); d.Accept && d.Patient != "" && len(d.Blind) == 0 && r.DuplicateOf == nil {
			s.until(`document.readyState === 'complete'`)
			return d
		}
	}
	t.Fatal("no document waits that could be filed")
	return desk{}
}

// A session that ends while somebody types costs them nothing: they sign in and go on where they were.
func TestWorkSurvivesTheSession(t *testing.T) {
	s := sit(t, "eve")
	d := s.single(t)
	const typed = `Włodarczyk-Õ'Brien 👩‍⚕️ "<b>` + "\u202eabc\u202c"
	s.do(chromedp.Evaluate(`document.activeElement.blur(); document.querySelector('[name="field.patient_name"]').select()`, nil),
		chromedp.ActionFunc(func(ctx context.Context) error { return input.InsertText(typed).Do(ctx) }))
	// A refusal in between loses nothing either.
	patient := value[string](s, `(() => { const p = document.querySelector('#patient'), v = p.value; p.value = ''; return v; })()`)
	s.leave()
	s.key(kb.F2)
	s.until(`!window.left && document.readyState === 'complete' && document.querySelector('.error')`)
	s.do(chromedp.Evaluate(fmt.Sprintf(`document.querySelector('#patient').value = %q`, patient), nil))
	var lost []*network.Cookie
	s.do(chromedp.ActionFunc(func(ctx context.Context) (err error) { lost, err = network.GetCookies().Do(ctx); return err }), network.ClearBrowserCookies())
	s.leave()
	s.key("\r", input.ModifierCtrl)
	s.until(`!window.left && document.querySelector('a[href^="/signin"]')`)
	s.axe("signed out while typing")
	s.tabTo(`a[href^="/signin"]`)
	s.leave()
	s.key("\r")
	s.until(`!window.left && document.querySelector('#account')`)
	s.leave()
	s.key("eve\t" + password + "\r")
	s.until(fmt.Sprintf(`!window.left && document.readyState === 'complete' && location.pathname === '/document/%s'`, d.ID))
	if got := value[desk](s, takeIn).Fields["patient_name"]; got != typed {
		t.Errorf("what was typed came back as %q", got)
	}
	if !value[bool](s, `document.querySelector('#back').checkVisibility()`) {
		t.Error("nothing says that it came back")
	}
	s.axe("what was typed is back")
	// Another person at the same browser does not get it.
	s.leave()
	s.do(chromedp.Evaluate(`document.querySelector('header form').submit()`, nil)) // as if the session had ended, for who signs out takes it away
	s.until(`!window.left && document.querySelector('#account')`)
	s.do(chromedp.SendKeys("#account", "ann"), chromedp.SendKeys("#password", password+"\r"))
	s.until(`document.querySelector("header .who")`)
	s.open("/document/" + d.ID)
	if got := value[desk](s, takeIn).Fields["patient_name"]; got == typed {
		t.Error("another person gets what was typed")
	}
	if left := value[string](s, `JSON.stringify(sessionStorage)`); strings.Contains(left, "Brien") {
		t.Error("what was typed is still there")
	}
	// What the lost session had open is free again when it ends.
	for _, c := range lost {
		s.do(network.SetCookie(c.Name, c.Value).WithURL(world.address))
	}
}

// The second window follows the desk, and its words are copied into the desk's value.
func TestTwoScreens(t *testing.T) {
	s := sit(t, "bob")
	s.single(t)
	s.key(kb.Escape)
	opened := chromedp.WaitNewTarget(s.ctx, func(i *target.Info) bool { return strings.Contains(i.URL, "/sheet") })
	s.key("w")
	var id target.ID
	select {
	case id = <-opened:
	case <-time.After(20 * time.Second):
		t.Fatal("no window opens")
	}
	tab, end := chromedp.NewContext(s.ctx, chromedp.WithTargetID(id))
	defer end()
	second := &seat{t, tab}
	second.until(`document.readyState === 'complete' && document.querySelector('.sheet img').complete`)
	s.do(chromedp.Evaluate(`[...document.querySelectorAll('main:not([inert]) .row[data-value]')].find((r) => Number(r.dataset.page) && r.querySelector('input')).querySelector('input').focus()`, nil))
	second.until(`document.querySelector('.mark')`)
	// A click on a word there.
	before := value[string](s, `document.activeElement.id`)
	second.do(chromedp.Evaluate(`(() => { const m = document.querySelector('.mark').getBoundingClientRect(), f = document.querySelector('figure');
		for (const type of ['pointerdown', 'pointerup']) f.dispatchEvent(new PointerEvent(type, {button: 0, bubbles: true, clientX: m.left + (type === 'pointerdown' ? 2 : m.width - 2), clientY: m.top + m.height / 2})); })()`, nil))
	s.until(fmt.Sprintf(`document.activeElement.id !== %q`, before)) // on to the next
	if got := value[string](s, fmt.Sprintf(`document.getElementById(%q).value`, before)); got == "" {
		t.Error("nothing was copied")
	}
	// The next document, without a hand on the second window.
	s.do(chromedp.Evaluate(`document.activeElement.blur()`, nil))
	s.leave()
	s.key("s")
	s.until(`!window.left && document.querySelector('.desk')`)
	next := value[desk](s, takeIn).ID
	second.until(fmt.Sprintf(`document.querySelector('.sheet') && document.querySelector('.sheet').dataset.document === %q`, next))
}

// Two tabs, the way back, and a key pressed twice decide nothing twice; a very long value is
// refused without losing it.
func TestImpatience(t *testing.T) {
	s := sit(t, "bob")
	d := s.single(t)
	other := value[string](s, fmt.Sprintf(`fetch('/document/%s').then((r) => r.text())`, d.ID)) // the other tab, as it stood
	s.do(chromedp.Evaluate(`document.activeElement.blur()`, nil))
	long := strings.Repeat("Llanfair ", 2000)
	s.do(chromedp.Evaluate(fmt.Sprintf(`document.querySelector('[name="field.patient_name"]').removeAttribute('maxlength'); document.querySelector('[name="field.patient_name"]').value = %q`, long), nil))
	s.leave()
	s.key(kb.F2)
	s.until(`!window.left && document.querySelector('.error')`)
	if got := value[desk](s, takeIn); got.ID != d.ID || got.Fields["patient_name"] != strings.TrimSpace(long) && got.Fields["patient_name"] != long {
		t.Errorf("a value of %d letters: %.100v", len(long), got)
	}
	s.axe("a value that is too long")
	s.do(chromedp.Evaluate(`document.querySelector('[name="field.patient_name"]').value = 'A B'; document.activeElement.blur()`, nil))
	s.leave()
	s.key(kb.F2 + kb.F2 + "\r\r")
	s.until(`!window.left && document.readyState === 'complete'`)
	now := s.ready()
	if now.ID == d.ID || now.Error != "" {
		t.Fatalf("not filed: %+v", now)
	}
	if left := value[string](s, `JSON.stringify(sessionStorage)`); strings.Contains(left, d.ID) {
		t.Error("what was filed is still kept as if it were not")
	}
	// The next document was opened, and not decided by the keys that were one too many.
	s.open("/document/" + now.ID)
	if again := value[desk](s, takeIn); again.ID != now.ID || !again.Accept {
		t.Errorf("the document after it: %+v", again)
	}
	// The way back leads to the document as it stands now, and sends nothing again.
	chromedp.Run(s.ctx, chromedp.NavigateBack())
	s.until(fmt.Sprintf(`document.readyState === 'complete' && document.querySelector('.desk').dataset.document === %q && !document.querySelector('#accept')`, d.ID))
	s.open("/document/" + now.ID)
	status := value[int](s, fmt.Sprintf(`(() => { const f = new DOMParser().parseFromString(%q, 'text/html').querySelector('#decide'); return fetch(f.getAttribute('action'), {method: 'POST', body: new URLSearchParams(new FormData(f))}).then((r) => r.status); })()`, other))
	if status != 409 {
		t.Errorf("a decision from a tab that shows what was there before is answered %d", status)
	}
	s.do(chromedp.Evaluate(`document.activeElement.blur()`, nil))
	s.leave()
	// One key too many takes back no second decision.
	if !value[bool](s, `(() => { const f = document.querySelector('#undo').form; f.requestSubmit(); return !f.dispatchEvent(new Event('submit', {cancelable: true})); })()`) {
		t.Error("a second press of the key takes back another decision")
	}
	s.until(fmt.Sprintf(`!window.left && location.pathname === '/document/%s'`, d.ID))
}

// Values are held against their rules while they are typed, in words beside the value.
func TestRulesWhileTyping(t *testing.T) {
	s := sit(t, "bob")
	d := s.single(t)
	for _, c := range []struct{ name, text, says string }{
		{"nhs_number", "999 000 001", "9 of 10 figures"}, {"nhs_number", "999 000 0018", "The check digit holds"}, {"nhs_number", "9990000019", "The check digit does not hold"}, {"nhs_number", "1111111111", "The check digit does not hold"},
		{"nhs_number", "99900000181", "An NHS number has 10 figures, this has 11"}, {"nhs_number", "999000001x", "An NHS number is figures alone"},
		{"npi", "1234567893", "The check digit holds"}, {"npi", "1234567890", "The check digit does not hold"}, {"hc_number", "9990000018", "An H&C number lies between 320 000 001x and 399 999 999x"},
		{"birth_date", "5/8/46", "5 August 1946"}, {"birth_date", "5/8/20", "Write the year with four figures"}, {"birth_date", "1/1/2999", "1 January 2999 is still to come"}, {"letter_date", "31/2/2026", "There is no such day"},
		{"letter_date", "14032026", "14 March 2026"}, {"letter_date", "1st Mar 2026", "1 March 2026"}, {"letter_date", "14/3", "Write a date as 31/12/1980"}, {"postcode", "CV31 6B", "This is no postcode yet"}, {"mrn", "M3060187", ""}} {
		if said := value[string](s, fmt.Sprintf(`(({wrong, text}) => wrong || text || '')(typed(%q, %q, false))`, c.name, c.text)); said != c.says {
			t.Errorf("%s %q: %q, not %q", c.name, c.text, said, c.says)
		}
	}
	if said := value[string](s, `typed('letter_date', '3/14/26', true).text`); said != "14 March 2026" {
		t.Errorf("month first: %q", said)
	}
	s.do(chromedp.Evaluate(`document.activeElement.blur(); document.querySelector('[name="field.nhs_number"]').select()`, nil))
	for i, want := range []string{"1 of 10 figures", "2 of 10 figures"} {
		s.key("99"[i : i+1])
		if said := value[string](s, `document.getElementById('said.nhs_number').innerText.trim()`); said != want {
			t.Errorf("beside the value stands %q", said)
		}
	}
	s.axe("a value that is being typed")
	s.leave()
	s.key(kb.F2) // is not sent as it is
	if !value[bool](s, `window.left && document.querySelector('#decide :invalid') === document.activeElement`) {
		t.Error("a number with two figures is sent, or is not what has the focus")
	}
	if now := value[desk](s, takeIn); now.ID != d.ID {
		t.Errorf("the page is %+v", now)
	}
}

// Keys can be others, and none; both last beyond the sign-out.
func TestKeysOfOnesOwn(t *testing.T) {
	s := sit(t, "bob")
	d := s.single(t)
	s.key(kb.Escape + "?")
	s.until(`document.querySelector('#keys').open`)
	s.do(chromedp.Evaluate(`(() => { const i = document.querySelector('[data-does="skip"]'); i.value = '1'; i.dispatchEvent(new Event('change', {bubbles: true})); })()`, nil))
	s.key(kb.Escape)
	s.do(chromedp.Evaluate(`document.querySelector('header form button').click()`, nil))
	s.until(`document.querySelector('#account')`)
	s.do(chromedp.SendKeys("#account", "bob"), chromedp.SendKeys("#password", password+"\r"))
	s.until(`document.querySelector("header .who")`)
	s.open("/document/" + d.ID)
	s.do(chromedp.Evaluate(`document.activeElement.blur()`, nil))
	if value[bool](s, `[...document.querySelectorAll('main:not([inert]) .row kbd')].some((k) => k.textContent === '1')`) {
		t.Error("a value has the key that the person has given away")
	}
	s.key("s")
	if s.path() != "/document/"+d.ID {
		t.Error("the key of before still skips")
	}
	s.leave()
	s.key("1")
	s.until(fmt.Sprintf(`!window.left && document.readyState === 'complete' && location.pathname !== '/document/%s'`, d.ID))
	s.do(chromedp.Evaluate(`document.activeElement.blur(); document.querySelector('#single').click()`, nil))
	if value[bool](s, `[...document.querySelectorAll('main:not([inert]) .row[data-value] kbd')].some((k) => k.checkVisibility())`) {
		t.Error("keys are shown that are off")
	}
	at := s.path()
	s.key("1a2")
	if s.path() != at || value[bool](s, `document.activeElement !== document.body`) {
		t.Error("a key acts that is off")
	}
	s.do(chromedp.Evaluate(`localStorage.clear()`, nil))
}

// Script that got into a page is refused by the browser, and the trail tells of it.
func TestScriptIsRefused(t *testing.T) {
	s := sit(t, "ann")
	d := s.single(t)
	s.do(chromedp.Evaluate(`document.querySelector('main').insertAdjacentHTML('beforeend', '<img src="/assets/none.png" onerror="window.ran = true"><a id="evil" href="javascript:window.ran = true">x</a>'); document.querySelector('#evil').click()`, nil),
		chromedp.Evaluate(`document.querySelector('main').append(Object.assign(document.createElement('script'), {textContent: 'window.ran = true'}))`, nil),
		chromedp.Evaluate(`document.querySelector('main').append(Object.assign(document.createElement('img'), {src: 'https://elsewhere.example/' + document.querySelector('#chosen').textContent}))`, nil))
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		out, err := exec.Command(world.program, "audit", "export", "--data", world.data, "--person", "user:ann", "--action", "refused").CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if strings.Contains(string(out), "the browser refused script") {
			if strings.Contains(string(out), "elsewhere.example") || strings.Contains(string(out), d.Patient) {
				t.Errorf("the trail holds what was refused: %s", out)
			}
			break
		}
		if time.Since(began) > 20*time.Second {
			t.Fatalf("the trail does not tell of it: %s", out)
		}
	}
	if value[bool](s, `Boolean(window.ran)`) {
		t.Error("it ran")
	}
}

// Who leaves the page with the key that decides has decided.
func TestLeavingWithADecision(t *testing.T) {
	s := sit(t, "bob")
	d := s.single(t)
	s.do(chromedp.Evaluate(`document.activeElement.blur()`, nil))
	s.until(`document.querySelector('.desk').dataset.ahead && !onward.fresh()`)
	s.do(chromedp.Evaluate(`window.left = true; document.querySelector('#accept').click(); location.href = '/'`, nil))
	s.until(`!window.left && document.readyState === 'complete'`)
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		s.open("/document/" + d.ID)
		if !value[desk](s, takeIn).Accept {
			break
		}
		if time.Since(began) > 10*time.Second {
			t.Fatal("the decision was not sent")
		}
	}
	s.leave()
	s.do(chromedp.Evaluate(`document.querySelector('#undo').click()`, nil)) // others need it
	s.until(`!window.left && document.readyState === 'complete' && document.querySelector('#accept')`)
}

// Without the NHS.UK frontend's rules the desk works, plainly: nothing is seen that is hidden, and
// nothing is wider than the screen.
func TestPlainDesk(t *testing.T) {
	s := sit(t, "bob")
	d := s.single(t)
	for _, at := range []string{"/", "/document/" + d.ID, "/document/" + d.ID + "/pages", "/filed/" + d.ID, "/search", "/quarantine"} {
		s.open(at)
		s.until(`document.readyState === 'complete'`)
		s.do(chromedp.Evaluate(`document.querySelector('link[href*="nhsuk"]').disabled = true`, nil))
		if seen := value[string](s, `[...document.querySelectorAll('main:not([inert]) [hidden]')].filter((e) => e.checkVisibility()).map((e) => e.id || e.className).join()`); seen != "" {
			t.Errorf("%s: seen though hidden: %s", at, seen)
		}
		if wide := value[int](s, `document.scrollingElement.scrollWidth - innerWidth`); wide > 0 {
			t.Errorf("%s is %d px wider than the screen", at, wide)
		}
		s.axe(at + " plain")
	}
}

// The next document stands ready beside the one that is open: nobody meets it there, and it is the very
// one that is shown.
func TestNextStandsReady(t *testing.T) {
	s := sit(t, "bob")
	s.single(t)
	s.until(`document.querySelector('.desk').dataset.ahead && !onward.fresh()`)
	if got := value[string](s, `(() => {
		const [open, ready, ...more] = document.querySelectorAll('main'), names = [...document.querySelectorAll('[id]')].map((e) => e.id);
		if (!ready || more.length) return 'not one beside the open one';
		if (!ready.inert || ready.contains(document.activeElement)) return 'it can be reached';
		if (ready.matches('[id]') || ready.querySelector('[id],[for]') || new Set(names).size !== names.length) return 'it has names of the open one';
		if (ready.getBoundingClientRect().top < innerHeight || document.scrollingElement.scrollHeight > innerHeight + 1) return 'it is in sight';
		window.stood = ready;
		return '';
	})()`); got != "" {
		t.Fatal(got)
	}
	s.do(chromedp.Evaluate(`document.activeElement.blur()`, nil))
	s.leave()
	s.key("s")
	s.until(`!window.left`)
	if got := value[string](s, `(() => {
		const open = document.querySelector('main');
		if (open !== window.stood) return 'another one was shown';
		if (open.inert || open.id !== 'main' || !document.querySelector('#accept') || document.querySelector('label[for=type]')?.control?.id !== 'type') return 'it has not come to life';
		return Math.abs(open.getBoundingClientRect().top - document.querySelector('header').getBoundingClientRect().bottom) > 1 ? 'it is not in its place' : '';
	})()`); got != "" {
		t.Error(got)
	}
}
