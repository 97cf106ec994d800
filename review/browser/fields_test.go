//go:build cgo

package browser_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A list is filled from the image as any value is, by keys and by a drag: each line of the page is
// an entry, and what stands there already stays.
func TestPickingIntoLists(t *testing.T) {
	s := sit(t, "eve")
	id, most := "", 1
	for _, r := range documents(t, "review") {
		if v := r.Fields["medications"].Value; len(r.Pages) == 1 && strings.Count(v, "\n") >= most {
			id, most = r.ID, strings.Count(v, "\n")
		}
	}
	s.open("/document/" + id)
	s.do(chromedp.Evaluate(`window.list = document.querySelector('[name="field.medications"]'); window.words = null; fetch('/document/`+id+`/words').then((r) => r.json()).then((w) => { words = w[0]; })`, nil))
	s.until(`words && document.readyState === 'complete' && !list.closest('.row').querySelector('.strip').hidden`)
	// All that it holds is seen, beside the piece of the image where it was read.
	if got := value[string](s, `(() => { const strip = list.closest('.row').querySelector('.strip'), n = list.value.split('\n').length; return n > 8 || list.scrollHeight <= list.clientHeight + 4 && strip.clientHeight >= 10 * n ? '' : n + ' lines, ' + list.clientHeight + ' of ' + list.scrollHeight + ' px, its image ' + strip.clientHeight; })()`); got != "" {
		t.Errorf("the list: %s", got)
	}
	// Three letters of a word, in the second line of the list.
	s.do(chromedp.Evaluate(`window.word = words.find((w) => /^[A-Za-z]{5,}$/.test(w.t)).t; list.value = 'First entry\n'; list.focus(); list.setSelectionRange(99, 99)`, nil))
	s.key(value[string](s, `word.slice(0, 3).toLowerCase()`))
	// The page may still have to get the words.
	s.until(`list.dispatchEvent(new Event('input', {bubbles: true})) && document.querySelector('.match')`)
	s.key(kb.ArrowDown)
	s.key("\r")
	if got, want := value[string](s, `list.value`), "First entry\n"+value[string](s, `word`); !strings.EqualFold(got, want) {
		t.Errorf("picked by keys: %q, not %q", got, want)
	}
	// Without a word chosen Enter begins a line, and the arrows lead about in the list.
	s.do(chromedp.Evaluate(`list.value = 'one'; list.focus(); list.setSelectionRange(3, 3)`, nil))
	s.key("\r")
	if got := value[string](s, `list.value`); got != "one\n" {
		t.Errorf("Enter in a list: %q", got)
	}
	// A drag over two lines, shown while it lasts.
	s.until(`!document.querySelector('.desk').dataset.next || document.querySelector('.desk').dataset.ahead`)
	s.do(chromedp.Evaluate(`list.value = ''; list.focus(); document.querySelector('#fit').click(); if (document.querySelector('figure').clientHeight > document.querySelector('.pages').clientHeight) document.querySelector('#fit').click()`, nil))
	// The mouse goes where the words are: they have to stand still first. Going smoothly to the value in focus
	// can begin after the jump to the top, and then ends elsewhere.
	value[bool](s, `(async () => {
		const pages = document.querySelector('.pages');
		for (let same = 0; same < 5;) {
			pages.scrollTo({top: 0, left: 0, behavior: 'instant'});
			await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)));
			same = pages.scrollTop === 0 ? same + 1 : 0;
		}
		return true;
	})()`)
	drag := value[[]float64](s, `(() => {
		const r = document.querySelector('figure img').getBoundingClientRect();
		for (const a of words) for (const b of words) if (b.l !== a.l && b.b[1] > a.b[3] && b.b[1] - a.b[3] < 0.02 && b.b[2] > a.b[0] && a.t.length > 3 && b.t.length > 3) {
			window.two = [a, b];
			return [r.left + r.width * (a.b[0] + 0.001), r.top + r.height * (a.b[1] + a.b[3]) / 2, r.left + r.width * (b.b[2] - 0.001), r.top + r.height * (b.b[1] + b.b[3]) / 2];
		}
	})()`)
	mouse := func(kind input.MouseType, x, y float64) chromedp.Action {
		return chromedp.MouseEvent(kind, x, y, chromedp.ButtonLeft, chromedp.ClickCount(1))
	}
	s.do(mouse(input.MousePressed, drag[0], drag[1]), mouse(input.MouseMoved, drag[2], drag[3]))
	s.until(`document.querySelector('.drawn')?.clientHeight > 3`)
	s.do(mouse(input.MouseReleased, drag[2], drag[3]))
	s.until(`list.value`)
	if got := value[bool](s, `list.value.includes(two[0].t) && list.value.includes(two[1].t) && list.value.split('\n').length >= 2 && !document.querySelector('.drawn')`); !got {
		t.Errorf("a drag over two lines gives %q", value[string](s, `list.value + JSON.stringify(two)`))
	}
	// One that ends beside the page is not lost.
	s.do(chromedp.Evaluate(`list.value = ''; list.focus()`, nil))
	s.do(mouse(input.MousePressed, drag[0], drag[1]), mouse(input.MouseMoved, 1200, drag[1]), mouse(input.MouseReleased, 1200, drag[1]))
	s.until(`list.value.includes(two[0].t)`)
}

// The value of a page far down, whose image else comes when somebody goes there, has its strip too.
func TestStripOfAFarPage(t *testing.T) {
	s := sit(t, "eve")
	var id string
	for _, r := range documents(t, "review") {
		if len(r.Pages) == 2 {
			id = r.ID
		}
	}
	figure := regexp.MustCompile(`(?s)<figure data-page="1".*?</figure>`)
	chromedp.ListenTarget(s.ctx, func(e any) {
		paused, ok := e.(*fetch.EventRequestPaused)
		if !ok {
			return
		}
		go chromedp.Run(s.ctx, chromedp.ActionFunc(func(ctx context.Context) error {
			body, err := fetch.GetResponseBody(paused.RequestID).Do(ctx)
			if err != nil {
				return err
			}
			// The document as it would be with many pages before its second.
			page := string(body)
			first := figure.FindString(page)
			page = strings.Replace(page, first, first+strings.Repeat(strings.Replace(first, `data-page="1"`, `data-page="99"`, 1), 20), 1)
			page = regexp.MustCompile(`alt="Page 2 of 2"`).ReplaceAllString(page, `$0 loading="lazy"`)
			page = strings.ReplaceAll(page, `data-value data-page="1"`, `data-value data-page="2"`)
			return fetch.FulfillRequest(paused.RequestID, paused.ResponseStatusCode).WithResponseHeaders(paused.ResponseHeaders).WithBody(base64.StdEncoding.EncodeToString([]byte(page))).Do(ctx)
		}))
	})
	s.do(fetch.Enable().WithPatterns([]*fetch.RequestPattern{{URLPattern: "*/document/" + id, RequestStage: fetch.RequestStageResponse}}))
	s.open("/document/" + id)
	s.do(fetch.Disable())
	if n := value[int](s, `document.querySelectorAll('main:not([inert]) .pages figure').length`); n != 22 {
		t.Fatal(fmt.Errorf("%d pages", n))
	}
	s.until(`(() => { const rows = [...document.querySelectorAll('main:not([inert]) .row[data-page="2"]')].filter((r) => r.querySelector('canvas')); return rows.length > 2 && rows.every((r) => !r.querySelector('canvas').hidden); })()`)
}
