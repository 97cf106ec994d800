//go:build cgo

package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// axe asks axe-core about the page as it stands, by the rules of WCAG 2.2 A and AA.
func (s *seat) axe(what string) {
	s.t.Helper()
	if !value[bool](s, "typeof axe === 'object'") {
		b, err := os.ReadFile(filepath.Join(world.top, ".cache/judges/node_modules/axe-core/axe.min.js"))
		if err != nil {
			s.t.Fatal(err)
		}
		s.do(chromedp.Evaluate(string(b), nil))
	}
	found := value[[]string](s, `axe.run(document, {runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}})
		.then((r) => (r.passes.length < 8 ? ['axe-core looked at next to nothing'] : []).concat(r.violations.flatMap((v) => v.nodes.map((n) => v.id + ': ' + n.html.slice(0, 200) + ' | ' + n.failureSummary.replace(/\s+/g, ' ').slice(0, 300)))))`)
	for _, f := range found {
		s.t.Errorf("%s: %s", what, f)
	}
}

// Every page, in every state that it has, breaks no rule of WCAG 2.2 AA that axe-core knows.
func TestAccessibility(t *testing.T) {
	review, filed, quarantined := documents(t, "review"), documents(t, "filed"), documents(t, "quarantined")
	if len(review) < 10 || len(filed) < 3 || len(quarantined) < 3 {
		t.Fatalf("%d documents wait, %d are filed, %d quarantined", len(review), len(filed), len(quarantined))
	}
	someone := sit(t, "")
	someone.open("/")
	someone.axe("sign-in")
	someone.do(chromedp.SendKeys("#account", "ann"), chromedp.SendKeys("#password", "wrong\r"))
	someone.until(`document.querySelector("[role=alert]")`)
	someone.axe("sign-in, refused")

	s := sit(t, "lucy")
	look := func(what, path string) {
		t.Helper()
		s.open(path)
		s.axe(what)
	}
	look("queue", "/")
	look("queue of a type", "/?type="+review[0].Type.Code)
	look("queue, narrowed to nothing", "/?given=me")
	// A view is kept, found again, refused without a name, and removed, by keyboard alone.
	s.open("/?why=8&state=review")
	s.tabTo(".views summary")
	s.key("\r")
	s.axe("a view is named")
	s.tabTo("#view-name")
	s.leave()
	s.key("Values to check\r")
	s.until(`!window.left && document.querySelector(".views a[aria-current]")`)
	s.axe("queue with a view")
	if text := value[string](s, `document.querySelector(".views a").innerText`); text != fmt.Sprintf("Values to check (%d)", value[int](s, `document.querySelectorAll("main tbody tr").length`)) {
		t.Errorf("the view is %q", text)
	}
	s.open("/?type=" + review[0].Type.Code)
	s.tabTo(".views summary")
	s.key("\r")
	s.tabTo("#view-name")
	s.leave()
	s.key("  \r")
	s.until(`!window.left && document.querySelector("[role=alert]")`)
	s.axe("a view without a name")
	s.tabTo(`.views button[name="name"]`)
	s.leave()
	s.key("\r")
	s.until(`!window.left && document.querySelector("h1")`)
	if n := value[int](s, `document.querySelectorAll(".views nav").length`); n != 0 {
		t.Error("the view is still there")
	}
	// Who starts with a view goes on with its documents.
	s.open("/?why=8&state=review")
	s.leave()
	s.key("\r")
	s.until(`!window.left && document.querySelector("#skip") && document.readyState === "complete"`)
	if at := value[string](s, "location.search"); at != "?state=review&why=8" {
		t.Errorf("the first document of the view is at %q", at)
	}
	s.key(kb.Escape)
	s.leave()
	s.key("s")
	s.until(`!window.left && document.querySelector("#skip") && document.readyState === "complete"`)
	if at := value[string](s, "location.search"); at != "?state=review&why=8" {
		t.Errorf("the second document of the view is at %q", at)
	}
	for i, r := range review[:4] {
		look(fmt.Sprint("document ", i), "/document/"+r.ID)
	}
	s.key(kb.Escape) // out of the value that has the focus: single keys act outside inputs alone
	s.key("?")
	s.until(`document.querySelector("#keys").open`)
	s.axe("the keys")
	look("pages", "/document/"+review[0].ID+"/pages")
	bob := sit(t, "bob")
	bob.open("/document/" + review[0].ID)
	bob.axe("open with somebody else")
	look("search, nothing asked", "/search")
	look("search with hits", "/search?q=patient")
	look("search without hits", "/search?q=xyzzyx")
	look("search, refused", "/search?from=never")
	look("filed", "/filed/"+filed[0].ID)
	look("filed, with hits", "/filed/"+filed[0].ID+"?q=patient")
	look("correct", "/filed/"+filed[0].ID+"/correct")
	look("another patient", "/filed/"+filed[0].ID+"/refile")
	look("another patient, found", "/filed/"+filed[0].ID+"/refile?find="+filed[1].Patient.NHSNumber)
	for i, r := range quarantined[:3] {
		look(fmt.Sprint("quarantined ", i), "/quarantine/"+r.ID)
	}
	look("no such document", "/document/absent")
	// Every page there is, so that none is forgotten above.
	dave := sit(t, "dave")
	for _, p := range pagesOf(t) {
		dave.open(p.path)
		dave.axe(p.what)
	}
	bob.open("/statistics")
	bob.axe("not allowed")
	dave.open("/audit")
	dave.tabTo(".verified button")
	dave.leave()
	dave.key("\r")
	dave.until(`!window.left && document.querySelector(".verified")`)
	dave.axe("audit trail, verified")
	if said := value[string](dave, `document.querySelector(".verified").innerText`); !strings.Contains(said, "by user:dave: rows 1 to") || !strings.Contains(said, "agree") {
		t.Errorf("the trail's page says %q", said)
	}
	dave.open("/audit?person=user:nobody")
	dave.axe("audit trail, nothing found")
	dave.open("/people/nobody-of-that-name")
	dave.axe("no such person")
	olga := sit(t, "olga")
	olga.open("/")
	olga.axe("empty queue")
	if !strings.Contains(value[string](olga, "document.body.innerText"), "Documents to check") {
		t.Error("the queue has no heading")
	}
}
