//go:build cgo

package browser_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// desk is what the page of a document shows, as a person would take it in.
type desk struct {
	ID       string            `json:"id"`
	Type     string            `json:"type"`
	Patient  string            `json:"patient"`
	Fields   map[string]string `json:"fields"`
	Blind    []string          `json:"blind"`
	Doubtful []string          `json:"doubtful"`
	Pages    int               `json:"pages"`
	Accept   bool              `json:"accept"`
	Error    string            `json:"error"`
}

const takeIn = `(() => {
  const d = document.querySelector('.desk');
  if (!d) return {id: '', fields: {}, blind: [], doubtful: []};
  const fields = {}; document.querySelectorAll('main:not([inert]) [name^="field."]').forEach((f) => { fields[f.name.slice(6)] = f.value; });
  return {id: d.dataset.document, type: document.querySelector('#type').value, patient: document.querySelector('#patient').value, fields,
    blind: [...document.querySelectorAll('main:not([inert]) [data-blind]')].map((f) => f.name.slice(6)),
    doubtful: [...document.querySelectorAll('main:not([inert]) .row.doubtful')].map((r) => (r.querySelector('select,input:not([type=hidden]),textarea').id)),
    pages: document.querySelectorAll('main:not([inert]) figure').length, accept: Boolean(document.querySelector('#accept')), error: (document.querySelector('.error') || {}).innerText || ''};
})()`

// shown is how long the browser took from the key to the page with all its images, in ms: the desk's
// own measure when the document took the place of the one before, the browser's when a page was loaded.
const shown = `(async () => {
  const n = performance.getEntriesByType('navigation')[0], of = () => performance.getEntriesByName('next document');
  if (!window.decided) return n.loadEventEnd - n.startTime;
  while (of().length <= window.before) await new Promise((r) => setTimeout(r, 5));
  return of().at(-1).duration;
})()`

// ready waits for a page that is not the one with the mark, and takes it in.
func (s *seat) ready() desk {
	s.t.Helper()
	s.until(`document.readyState === 'complete' && !window.left`)
	return value[desk](s, takeIn)
}

// leave marks the page that is there, so that ready can tell the next one: it is there when another
// page was loaded or shown in its place, and what was decided is saved.
func (s *seat) leave() {
	s.until(`!onward.fresh()`) // nothing can be decided about what has only just appeared
	s.do(chromedp.Evaluate(`(() => {
	  const mark = document.querySelector('main').firstElementChild;
	  window.decided = true;
	  window.before = performance.getEntriesByName('next document').length;
	  Object.defineProperty(window, 'left', {configurable: true, get: () => mark.isConnected || Boolean(document.querySelector('[data-saving]'))});
	})()`, nil))
}

// A clerk's whole morning by keyboard alone: sign in, check what waits with corrections, a
// split, a merge, a wrong patient caught, back to senders, a quarantined file released, sign
// out. Then the records are what was decided, and the trail tells it.
func TestMorning(t *testing.T) {
	before := map[string]record{}
	for _, r := range everything(t) {
		before[r.ID] = r
	}
	s := sit(t, "")
	s.open("/")
	s.leave()
	s.key("ann\t" + password + "\r")
	s.until(`!window.left && document.querySelector("#start")`)

	// A quarantined file, released as it is.
	released := ""
	s.tabTo(`nav a[href="/quarantine"]`)
	s.leave()
	s.key("\r")
	s.until(`!window.left && document.querySelector("main a[href^='/quarantine/']")`)
	for _, link := range value[[]string](s, `[...document.querySelectorAll("main a[href^='/quarantine/']")].map((a) => a.getAttribute('href'))`) {
		s.tabTo(fmt.Sprintf(`a[href="%s"]`, link))
		s.leave()
		s.key("\r")
		s.until(`!window.left && document.querySelector('h1')`)
		if value[bool](s, `Boolean(document.querySelector('form[action$="/release"]'))`) {
			s.tabTo(`form[action$="/release"] button`)
			s.leave()
			s.key("\r")
			s.until(`!window.left && document.readyState === 'complete'`)
			released = s.path()
			break
		}
		s.open("/quarantine")
		s.until(`!window.left && document.querySelector("main a[href^='/quarantine/']")`)
	}
	if released == "" {
		t.Error("no quarantined sample has pages that can be shown")
	}
	s.open("/")
	s.until(`document.querySelector("#start")`)
	s.leave()
	s.key("\r") // the first of the queue

	decided, corrected, done := map[string]desk{}, map[string]string{}, map[string]bool{}
	split, merged, caught, back, skipped := "", "", "", 0, 0
	var took []time.Duration
	quick := 0 // documents that one key accepted
	for range 60 {
		d := s.ready()
		if d.ID == "" || done[d.ID] || len(decided)+back >= 38 {
			break
		}
		if !d.Accept {
			t.Fatalf("document %s cannot be decided: %s", d.ID, value[string](s, "document.body.innerText.slice(0, 400)"))
		}
		if split == "" && d.Pages >= 2 {
			// Cut in two, seen, and put together again.
			s.key(kb.Escape)
			s.leave()
			s.key("g")
			s.until(`!window.left && document.querySelector('.arrange')`)
			s.tabTo(`button[value="split"]`)
			s.leave()
			s.key("\r")
			s.until(`!window.left && document.querySelector('.arrange')`)
			split = d.ID
			s.tabTo(`button[value="merge"]`)
			s.leave()
			s.key("\r")
			s.until(`!window.left && document.querySelector('.arrange')`)
			merged = value[string](s, `document.querySelector('a[href^="/document/"]').getAttribute('href')`)
			s.tabTo(fmt.Sprintf(`a[href="%s"]`, merged))
			s.leave()
			s.key("\r")
			continue
		}
		// Without a patient that can be found it goes back to its sender.
		known := d.Patient != ""
		if !known {
			s.key(kb.Escape)
			s.key("p")
			for _, query := range []string{d.Fields["nhs_number"], d.Fields["birth_date"], d.Fields["patient_name"]} {
				query = strings.NewReplacer(".", "", ",", "").Replace(query)
				if known || len(query) < 3 {
					continue
				}
				s.key(query)
				time.Sleep(150 * time.Millisecond)
				found := value[int](s, `document.querySelectorAll('#found li').length`)
				if found == 1 || found > 1 && query == d.Fields["nhs_number"] {
					s.key("\r")
					known = value[string](s, `document.querySelector('#patient').value`) != ""
					continue
				}
				for range query {
					s.key(kb.Backspace)
				}
			}
		}
		typed := d.Type != ""
		if !known || !typed {
			s.key(kb.Escape)
			s.key("r")
			if known {
				s.key("T") // there is nothing in it to file
			}
			s.tabTo(`button[formaction$="/discard"]`)
			s.leave()
			s.key("\r")
			done[d.ID] = true
			back++
			continue
		}
		for _, name := range d.Blind { // keyed from the image
			s.do(chromedp.Evaluate(`document.activeElement.blur()`, nil))
			s.tabTo(fmt.Sprintf(`[name="field.%s"]`, name))
			s.key(valueOf(before[d.ID], name))
		}
		if caught == "" && d.Patient != "" && len(d.Blind) == 0 && d.Fields["birth_date"] != "" {
			// Another patient is chosen by mistake, and the desk catches it.
			s.do(chromedp.Evaluate(`document.activeElement.blur()`, nil))
			s.key("p")
			s.key("smith")
			s.until(`document.querySelectorAll('#found li').length > 0`)
			for range 4 {
				if value[string](s, `(document.querySelector('#found li[aria-selected=true]') || {patient: {id: ''}}).patient.id`) == d.Patient {
					s.key(kb.ArrowDown)
				}
			}
			s.key("\r")
			if now := value[string](s, `document.querySelector('#patient').value`); now != d.Patient {
				s.leave()
				s.key("\r", input.ModifierCtrl)
				if after := s.ready(); after.Error == "" || after.ID != d.ID {
					t.Fatalf("filed to another patient: %+v\nchosen %s, then %+v", d, now, after)
				}
				caught = d.ID
				s.do(chromedp.Evaluate(`document.activeElement.blur()`, nil))
				s.key("p")
				s.key(d.Fields["birth_date"])
				s.until(`document.querySelectorAll('#found li').length === 1`)
				s.key("\r")
				if again := value[string](s, `document.querySelector('#patient').value`); again != d.Patient {
					t.Fatalf("patient %s cannot be chosen again", d.Patient)
				}
			}
		}
		keys := 0
		// The first of which nothing is doubtful is accepted as it is.
		if len(corrected) < 5 && len(decided)%3 == 1 && d.Fields["letter_date"] != "" && (len(d.Doubtful) > 0 || quick > 0) {
			s.do(chromedp.Evaluate(`document.activeElement.blur()`, nil))
			s.tabTo(`[name="field.letter_date"]`)
			s.do(chromedp.Evaluate(`document.activeElement.select()`, nil))
			s.key("14/3/2026")
			corrected[d.ID] = "2026-03-14"
			keys = 2
		}
		// What breaks a rule and cannot be told from the image is struck out.
		for _, own := range value[[]string](s, `[...document.querySelectorAll('main:not([inert]) #decide :invalid[aria-keyshortcuts]')].map((i) => i.getAttribute('aria-keyshortcuts'))`) {
			s.do(chromedp.Evaluate(`document.activeElement.blur()`, nil))
			s.key(own + kb.Backspace)
			keys++
		}
		final := value[desk](s, takeIn)
		if value[bool](s, `Boolean(document.querySelector('.desk').dataset.next.trim())`) {
			s.until(`document.querySelector('.desk').dataset.ahead`) // a person looks for longer than that
		}
		s.leave()
		if keys == 0 && len(d.Doubtful) == 0 {
			s.do(chromedp.Evaluate(`document.activeElement.blur()`, nil))
			s.key("a")
			quick++
		} else {
			s.key("\r", input.ModifierCtrl) // Ctrl+Enter, from within a field
		}
		s.until(`!window.left && (document.querySelector('.error') || [...document.querySelectorAll('main:not([inert]) figure img')].every((i) => i.complete))`)
		after := s.ready()
		if after.Error != "" {
			// What cannot be filed as it is waits for a colleague.
			s.do(chromedp.Evaluate(`document.activeElement.blur()`, nil))
			s.leave()
			s.key("s")
			done[d.ID] = true
			skipped++
			delete(corrected, d.ID)
			continue
		}
		took = append(took, time.Duration(value[float64](s, shown)*float64(time.Millisecond)))
		decided[d.ID], done[d.ID] = final, true
	}
	s.open("/")
	s.tabTo(`header button`)
	s.leave()
	s.key("\r")
	s.until(`!window.left && location.pathname === '/signin'`)
	s.open("/document/" + split)
	if s.path() != "/signin" {
		t.Errorf("signed out, and still at %s", s.path())
	}

	slices.Sort(took)
	t.Logf("%d filed (%d with one key), %d corrected, %d back or put away, %d left for a colleague; from the key to the next document with its images: median %s, 95th percentile %s",
		len(decided), quick, len(corrected), back, skipped, took[len(took)/2].Round(time.Millisecond), took[len(took)*95/100].Round(time.Millisecond))
	if middle := took[len(took)/2]; middle > 150*time.Millisecond {
		t.Errorf("the next document takes %s", middle)
	}
	kinds := map[string]bool{}
	for _, d := range decided {
		kinds[d.Type] = true
	}
	_, freed := done[strings.TrimPrefix(released, "/document/")]
	if len(decided)+back < 30 || back < 1 || len(kinds) < 8 || len(corrected) < 3 || split == "" || merged == "" || caught == "" || quick < 1 || !freed {
		t.Errorf("a short morning: filed %d of %d kinds, back %d, corrected %d, split %q, merged %q, caught %q, with one key %d, released %q (decided: %t)", len(decided), len(kinds), back, len(corrected), split, merged, caught, quick, released, freed)
	}
	// What was decided is filed after the time to take it back.
	filed := map[string]record{}
	for began := time.Now(); ; time.Sleep(500 * time.Millisecond) {
		clear(filed)
		for _, r := range everything(t) {
			if r.Status == "filed" {
				filed[r.ID] = r
			}
		}
		missing := 0
		for id := range decided {
			if _, ok := filed[id]; !ok {
				missing++
			}
		}
		if missing == 0 {
			break
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("%d documents are not filed", missing)
		}
	}
	for id, d := range decided {
		// What stands in the object store, whatever the database says.
		found, err := filepath.Glob(filepath.Join(world.data, "store", "documents", "*", "*", "*", id, "record.json"))
		if err != nil || len(found) != 1 {
			t.Errorf("document %s has %d records in the store, %v", id, len(found), err)
			continue
		}
		body, err := os.ReadFile(found[0])
		var r record
		if err == nil {
			err = json.Unmarshal(body, &r)
		}
		if err != nil || r.Status != "filed" || r.Version != filed[id].Version {
			t.Errorf("document %s in the store: %s, version %d, %v", id, r.Status, r.Version, err)
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(found[0]), "document.pdf")); err != nil {
			t.Error(err)
		}
		if r.Patient.NHSNumber != d.Patient {
			t.Errorf("document %s is of patient %s, not %s", id, r.Patient.NHSNumber, d.Patient)
		}
		if r.DecidedBy != "user:ann" || r.Type.Code != d.Type {
			t.Errorf("document %s is %s by %s, not %s", id, r.Type.Code, r.DecidedBy, d.Type)
		}
		if want, ok := corrected[id]; ok && r.Fields["letter_date"].Value != want {
			t.Errorf("document %s has the date %s, not %s", id, r.Fields["letter_date"].Value, want)
		}
	}
	command := func(args ...string) string {
		out, err := exec.Command(world.program, append(args, "--data", world.data)...).CombinedOutput()
		if err != nil {
			t.Errorf("postroom %s: %v: %s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	command("audit", "verify")
	command("reconcile", "--deep")
	story := command("audit", "export", "--person", "user:ann")
	for action, n := range map[string]int{"sign_in": 1, "sign_out": 1, "desk_file": len(decided), "desk_split": 1, "desk_merge": 1, "desk_release": 1, "desk_discard": back, "viewed": len(decided), "claimed": len(decided) + back, "released": skipped} {
		if got := strings.Count(story, fmt.Sprintf(`"action":%q`, action)); got < n {
			t.Errorf("the trail tells of %d times %s, not %d", got, action, n)
		}
	}
	if regexp.MustCompile(`\b999\d{7}\b`).MatchString(story) {
		t.Error("the trail holds an NHS number")
	}
}

func everything(t *testing.T) (out []record) {
	t.Helper()
	b, err := exec.Command(world.program, "export", "--data", world.data).Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// valueOf is what a record says of a field, for who keys it from the image.
func valueOf(r record, name string) string { return r.Fields[name].Value }
