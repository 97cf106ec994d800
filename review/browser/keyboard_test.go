//go:build cgo

package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tabTo presses Tab until what the selector means has the focus, and returns how often.
func (s *seat) tabTo(selector string) int {
	s.t.Helper()
	for n := range 300 {
		if value[bool](s, fmt.Sprintf("document.activeElement.matches(%q)", selector)) {
			return n
		}
		s.key(kb.Tab)
	}
	s.t.Fatalf("no Tab leads to %s at %s", selector, s.path())
	return 0
}

// What a person sees of the element that has the focus.
const focusSeen = `(() => {
  const e = document.activeElement;
  if (e === document.body) return 'body';
  const c = getComputedStyle(e), r = e.getBoundingClientRect();
  const name = e.tagName + (e.id ? '#' + e.id : '') + ' ' + (e.textContent || e.name || '').trim().slice(0, 30);
  if (r.width === 0 || r.height === 0) return 'not seen: ' + name;
  if (c.outlineStyle === 'none' && c.boxShadow === 'none') return 'not marked: ' + name;
  const x = Math.min(Math.max(r.left + r.width / 2, 1), innerWidth - 1), y = Math.min(Math.max(r.top + Math.min(r.height / 2, 12), 1), innerHeight - 1);
  if (r.bottom < 0 || r.top > innerHeight || r.right < 0 || r.left > innerWidth) return 'out of view: ' + name;
  const top = document.elementFromPoint(x, y);
  if (top && top !== e && !e.contains(top) && !top.contains(e)) return 'covered by ' + top.tagName + '.' + top.className + ': ' + name;
  return '';
})()`

// smallTargets are what a finger misses: WCAG 2.2, 2.5.8, with its exceptions for links in a
// sentence and for what the browser itself makes.
const smallTargets = `[...document.querySelectorAll('a[href],button,input:not([type=hidden]),select,textarea,summary,[role=option]')].filter((e) => {
  const r = e.getBoundingClientRect(), c = getComputedStyle(e);
  if (r.width === 0 || c.visibility === 'hidden' || e.closest('dialog:not([open])')) return false;
  if (e.tagName === 'A' && c.display === 'inline' && e.closest('p,li,td,dd,pre,figcaption')) return false;
  if (e.type === 'checkbox' && e.closest('label') && e.closest('label').getBoundingClientRect().height >= 24) return false;
  return !e.classList.contains('skip') && (r.width < 24 || r.height < 24);
}).map((e) => e.outerHTML.slice(0, 120) + ' ' + Math.round(e.getBoundingClientRect().width) + 'x' + Math.round(e.getBoundingClientRect().height))`

// sideways is how far the page's text runs out of the window, in CSS pixels; the images of
// pages and tables may.
const sideways = `Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)`

// A shownPage is a page of the desk as somebody asks for it.
type shownPage struct{ what, route, path string }

// pagesOf are all pages of the desk, each with the route that makes it.
func pagesOf(t *testing.T) (out []shownPage) {
	t.Helper()
	review, filed, quarantined := documents(t, "review"), documents(t, "filed"), documents(t, "quarantined")
	copied := ""
	for _, r := range review {
		if r.DuplicateOf != nil {
			copied = r.ID
		}
	}
	if copied == "" || len(filed) == 0 || len(quarantined) == 0 {
		t.Fatalf("the samples lack a copy (%q), a filed or a quarantined document", copied)
	}
	waits, done := review[len(review)-1].ID, filed[0].ID
	for _, p := range []shownPage{{"sign-in", "/signin", ""}, {"queue", "/{$}", "/"}, {"document", "/document/{id}", "/document/" + waits}, {"pages", "/document/{id}/pages", ""}, {"sheet", "/document/{id}/sheet", ""},
		{"search", "/search", "/search?q=patient"}, {"filed", "/filed/{id}", ""}, {"correct", "/filed/{id}/correct", ""}, {"another patient", "/filed/{id}/refile", ""}, {"withdraw", "/filed/{id}/withdraw", ""},
		{"quarantine", "/quarantine", ""}, {"quarantined", "/quarantine/{id}", "/quarantine/" + quarantined[0].ID}, {"overdue", "/overdue", ""}, {"copies", "/copies", ""}, {"a copy", "/copies/{id}", "/copies/" + copied},
		{"returns", "/returns", ""}, {"a return", "/returns/{id}", "/returns/" + returned(t)}, {"statistics", "/statistics", ""}, {"account", "/account", ""}, {"audit", "/audit", ""},
		{"people", "/people", ""}, {"a person", "/people/{account}", "/people/bob"}} {
		if p.path == "" {
			p.path = p.route
			if strings.HasPrefix(p.route, "/filed/") {
				p.path = strings.Replace(p.route, "{id}", done, 1)
			}
			p.path = strings.Replace(p.path, "{id}", waits, 1)
		}
		out = append(out, p)
	}
	return out
}

// returned is a document that goes back to its sender; the first who asks sends one back.
func returned(t *testing.T) string {
	t.Helper()
	backOnce.Do(func() {
		s := sit(t, "lucy")
		waiting := documents(t, "review")
		back := waiting[len(waiting)-2].ID
		s.open("/document/" + back)
		s.key(kb.Escape)
		s.key("r")
		s.tabTo(`button[formaction*="/discard"]`)
		s.leave()
		s.key("\r")
		s.until(`!window.left && document.readyState === 'complete'`)
		backID = back
	})
	return backID
}

var (
	backOnce sync.Once
	backID   string
)

// notPages are routes that show no page of their own.
var notPages = []string{"/assets/", "/next", "/document/{id}/page/{n}", "/document/{id}/words", "/filed/{id}/pdf/{version}", "/filed/{id}/original/{hash}", "/signin/provider", "/signin/back"}

// What is tried of every page is tried of those that are yet to be written: the routes are
// read from the desk's sources.
func TestEveryPageIsTried(t *testing.T) {
	tried := slices.Clone(notPages)
	for _, p := range pagesOf(t) {
		tried = append(tried, p.route)
	}
	n := 0
	for _, file := range []string{"roles.go", "signin.go"} {
		text, err := os.ReadFile(filepath.Join(world.top, "review", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"GET (/[^"]*)"(?:,|:\s+[A-Z]\w*,)`).FindAllStringSubmatch(string(text), -1) {
			if n++; !slices.Contains(tried, m[1]) {
				t.Errorf("nobody looks at %s", m[1])
			}
		}
	}
	if n < 25 {
		t.Errorf("only %d routes were found", n)
	}
}

// Tab leads to everything and round again, each stop can be seen and is covered by nothing,
// and everything is large enough to be hit.
func TestTabAndTargets(t *testing.T) {
	s := sit(t, "dave")
	for _, p := range pagesOf(t) {
		what := p.what
		s.open(p.path)
		for _, small := range value[[]string](s, smallTargets) {
			t.Errorf("%s: smaller than 24 px: %s", what, small)
		}
		s.do(chromedp.Evaluate(`document.activeElement.blur()`, nil))
		seen, round := map[string]bool{}, false
		for range 120 {
			s.key(kb.Tab)
			at := value[string](s, `(() => { const e = document.activeElement; return e === document.body ? 'body' : [...document.querySelectorAll('*')].indexOf(e) + e.tagName })()`)
			if seen[at] {
				round = true
				break
			}
			if seen[at] = true; at == "body" {
				continue
			}
			if wrong := value[string](s, focusSeen); wrong != "" {
				t.Errorf("%s: %s", what, wrong)
			}
		}
		if len(seen) < 4 || !round && len(seen) < 120 {
			t.Errorf("%s: Tab stops at %d places", what, len(seen))
		}
	}
}

// The small images of a long document are one stop of Tab, and the arrows lead among them.
func TestThumbnailsAreOneStop(t *testing.T) {
	s := sit(t, "dave")
	for _, r := range documents(t, "review") {
		if len(r.Pages) < 2 {
			continue
		}
		s.open("/document/" + r.ID)
		s.key(kb.Escape)
		s.tabTo(`.thumbs a`)
		for _, step := range []struct {
			key string
			at  int
		}{{kb.End, len(r.Pages)}, {kb.ArrowDown, len(r.Pages)}, {kb.Home, 1}, {kb.ArrowRight, 2}, {kb.ArrowUp, 1}, {kb.ArrowDown, 2}} {
			s.key(step.key)
			if at := value[string](s, `document.activeElement.getAttribute('href')`); at != fmt.Sprintf("#page%d", step.at) {
				t.Errorf("%q leads to %s, not to page %d", step.key, at, step.at)
			}
			if wrong := value[string](s, focusSeen); wrong != "" {
				t.Error(wrong)
			}
		}
		s.key(kb.Tab)
		if value[bool](s, `document.activeElement.matches('.thumbs a')`) {
			t.Error("Tab stops at a second small image")
		}
		return
	}
	t.Fatal("no document that waits has two pages")
}

// At 200% and 400% of the size (1280 px wide: 640 and 320 CSS pixels; WCAG 1.4.10), in forced
// colours, in the dark and without motion the pages hold what they hold otherwise.
func TestZoomAndColours(t *testing.T) {
	s := sit(t, "dave")
	pages := pagesOf(t)
	for _, p := range pages {
		what, path := p.what, p.path
		for _, width := range []int64{640, 320} {
			s.do(emulation.SetDeviceMetricsOverride(width, 720*width/1280, float64(1280/width), false))
			s.open(path)
			if out := value[int](s, sideways); out > 1 {
				t.Errorf("%s at %d px runs %d px out of the window: %s", what, width, out,
					value[string](s, `[...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.parentElement.closest('table')).map((e) => e.tagName + '.' + e.className + ' in ' + e.parentElement.tagName + '.' + e.parentElement.className + ' ' + Math.round(e.getBoundingClientRect().right)).slice(0, 6).join(' ')`))
			}
		}
	}
	s.do(emulation.SetDeviceMetricsOverride(1280, 720, 1, false))
	for _, feature := range []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}, {Name: "prefers-color-scheme", Value: "dark"}, {Name: "prefers-reduced-motion", Value: "reduce"}} {
		s.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{feature}))
		for _, p := range pages {
			what := p.what
			s.open(p.path)
			if feature.Name == "prefers-color-scheme" {
				s.axe(what + " in the dark")
			}
			if what == "document" {
				s.tabTo("#accept")
				if wrong := value[string](s, focusSeen); wrong != "" {
					t.Errorf("%s: %s", feature.Name, wrong)
				}
				moves := value[string](s, `getComputedStyle(document.querySelector('.pages')).scrollBehavior`)
				if feature.Name == "prefers-reduced-motion" && moves != "auto" {
					t.Errorf("the pages move by themselves: %s", moves)
				}
			}
			if strings.TrimSpace(value[string](s, `document.querySelector('main').innerText`)) == "" {
				t.Errorf("%s: %s is empty", feature.Name, what)
			}
		}
	}
}
