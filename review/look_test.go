package review

import (
	"io/fs"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// A desk that was built without the NHS.UK frontend asks for no file of it, and one that was
// built with it asks for it before its own, which come over it.
func TestLookWithAndWithoutNHSUK(t *testing.T) {
	own := fstest.MapFS{}
	for _, name := range []string{"desk.css", "after.css", "desk.js"} {
		b, err := assets.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		own["assets/"+name] = &fstest.MapFile{Data: b}
	}
	links := func(files fs.FS) (*server, []string) {
		a := NewLocalAccess("127.0.0.1:1", Person{ID: "ann", Name: "Ann"})
		s := newServerWith(Config{Desk: newMemoryDesk(), Access: a}, files)
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
		s.queue(w, r)
		if w.Code != 200 || !strings.Contains(w.Body.String(), "Documents to check") {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
		var out []string
		for _, m := range regexp.MustCompile(`<link rel="stylesheet" href="([^"]*)"`).FindAllStringSubmatch(w.Body.String(), -1) {
			out = append(out, m[1])
		}
		return s, out
	}
	_, plain := links(own)
	if len(plain) != 2 || !strings.HasPrefix(plain[0], "/assets/desk.css?v=") {
		t.Errorf("without the frontend the page links %q", plain)
	}
	own["assets/nhsuk/nhsuk.css"] = &fstest.MapFile{Data: []byte("@layer plain,nhsuk;")}
	s, dressed := links(own)
	if len(dressed) != 3 || !strings.HasPrefix(dressed[0], "/assets/nhsuk/nhsuk.css?v=") || dressed[1] != plain[0] {
		t.Fatalf("with the frontend the page links %q", dressed)
	}
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", dressed[0], nil)
	s.asset(w, r)
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("the frontend's style sheet: %d %q", w.Code, w.Header())
	}
}

// Nothing of the desk's own files makes a browser ask another host.
func TestLookAsksNoOtherHost(t *testing.T) {
	elsewhere := regexp.MustCompile(`(?i)(url\(|@import|src=|fetch\()\s*["'` + "`" + `]?\s*(https?:)?//`)
	fs.WalkDir(assets, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := assets.ReadFile(name)
		if m := elsewhere.Find(b); err != nil || m != nil {
			t.Errorf("%s: %q %v", name, m, err)
		}
		return nil
	})
}
