package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
)

// What strangers can send is tried as markup that would run, break out of an attribute, or
// send a form elsewhere.
const hostile = `</script></textarea><script>alert(document.cookie)</script><img/src=x onerror=alert(1)>"onfocus="alert(2)"autofocus="'><base href=//evil.example><form action=//evil.example>{{.Token}}`

// hostileUnpacker puts it into all that a mail says about itself.
type hostileUnpacker struct{ letterUnpacker }

func (u hostileUnpacker) Unpack(ctx context.Context, m postroom.Message, raw io.Reader, dir string) (postroom.Contents, error) {
	c, err := u.letterUnpacker.Unpack(ctx, m, raw, dir)
	c.Message.From, c.Message.Subject, c.Message.Body = hostile+"@evil.example", hostile, hostile
	for i := range c.Attachments {
		c.Attachments[i].Name = "../../" + hostile + ".tif"
	}
	c.Leftovers = append(c.Leftovers, postroom.Leftover{Name: hostile, Hash: postroom.HashOf([]byte("x")), Reason: hostile})
	return c, err
}

// hostileReader reads it from the page, hostileSorter finds it in every field.
type hostileReader struct{ letterReader }

func (r hostileReader) Read(ctx context.Context, a postroom.Attachment, n int, seen func(postroom.Hash) (postroom.Page, bool)) (postroom.Page, error) {
	p, err := r.letterReader.Read(ctx, a, n, seen)
	p.Words = append(p.Words, postroom.Word{Text: hostile, Box: postroom.Box{50, 50, 90, 60}, Confidence: 0.5})
	return p, err
}

type hostileSorter struct{ letterSorter }

func (s hostileSorter) Sort(ctx context.Context, c postroom.Contents, pages postroom.Pages) (postroom.Sorted, error) {
	out, err := s.letterSorter.Sort(ctx, c, pages)
	for _, d := range out.Documents {
		for _, name := range postroom.FieldNames {
			if name != postroom.NHSNumberField && name != postroom.BirthDate {
				d.Fields[name] = postroom.Field{Value: hostile, Text: hostile, Confidence: 0.5, Page: 1, Box: postroom.Box{50, 50, 90, 60}}
			}
		}
	}
	return out, err
}

// harmless reports what of a page would run, load or send something that the desk did not
// mean, as a browser would take the page.
func harmless(page string) (wrong []string) {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return []string{err.Error()}
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script":
			if n.FirstChild != nil && !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "type" && a.Val == "application/json" }) {
				wrong = append(wrong, "a script of its own: "+n.FirstChild.Data)
			}
		case "base", "iframe", "object", "embed":
			wrong = append(wrong, n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"):
				wrong = append(wrong, n.Data+" "+a.Key)
			case a.Key == "style":
				wrong = append(wrong, n.Data+" with a style, which the content policy refuses")
			case slices.Contains([]string{"src", "href", "action", "formaction", "data", "poster"}, a.Key):
				mailto := n.Data == "a" && strings.HasPrefix(a.Val, "mailto:?") || n.Data == "link" && a.Key == "href" && strings.HasPrefix(a.Val, "data:")
				if a.Val != "" && !mailto && !strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "?") && (!strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, "//")) {
					wrong = append(wrong, n.Data+" "+a.Key+"="+a.Val)
				}
			}
		}
	}
	return wrong
}

func TestHarmless(t *testing.T) {
	for _, page := range []string{"<p>" + hostile, `<a href="javascript:alert(1)">`, `<p style="x">`, `<img src="//evil.example/">`, `<form action="https://evil.example">`, `<p onclick="x">`, "<script>x</script>"} {
		if len(harmless(page)) == 0 {
			t.Errorf("%s is taken for harmless", page)
		}
	}
	if wrong := harmless(`<p>&lt;script&gt;</p><a href="/a">b</a><script src="/assets/desk.js"></script>`); len(wrong) > 0 {
		t.Error(wrong)
	}
}

// Markup in names, subjects, file names, fields, the patient list, notes and the text of the
// pages reaches every page of the desk as text.
func TestStoredScript(t *testing.T) {
	d := openPeopleDesk(t, false, func(d *peopleDesk, parts *pipeline.Parts) {
		d.patients[0].Family, d.patients[0].Given = hostile, hostile
		parts.Unpack, parts.Read = hostileUnpacker{}, hostileReader{}
		parts.Sorter = func([]postroom.Patient) (pipeline.Sorter, error) {
			return hostileSorter{letterSorter{d.patients[0].Number: d.patients[0], d.patients[1].Number: d.patients[1]}}, nil
		}
	})
	takeLetter(t, d.pl, 1, d.patients[0].Number+" a letter")
	id := d.one(t)
	if err := d.pl.AddLogin(t.Context(), pipeline.Login{ID: "mallory", Name: hostile, Role: "administrator", Mailboxes: []string{hostile}}, "test"); err != nil {
		t.Fatal(err)
	}
	v := d.visit()
	v.signIn("dave", deskPassword)
	holds := 0
	look := func(path string, least bool) {
		t.Helper()
		code, body, _ := v.do("GET", path, nil)
		if code != http.StatusOK {
			t.Errorf("%s: %d", path, code)
		}
		there := strings.Contains(body, "alert(document.cookie)")
		if least && !there {
			t.Errorf("%s does not show it, so nothing is proved", path)
		}
		if there {
			holds++
		}
		if wrong := harmless(body); len(wrong) > 0 {
			t.Errorf("%s: %q", path, wrong)
		}
	}
	quoted := url.QueryEscape(hostile)
	for _, path := range []string{"/", "/document/" + id, "/document/" + id + "/pages", "/filed/" + id, "/people", "/people/mallory", "/signin?to=" + quoted,
		"/search?find=" + quoted, "/audit?person=" + quoted + "&from=" + quoted} {
		if code, body, _ := v.do("GET", path, nil); code != 200 && code != 422 || len(harmless(body)) > 0 {
			t.Errorf("%s: %d, %q", path, code, harmless(body))
		}
	}
	look("/document/"+id, true)
	look("/people", true)
	look("/people/mallory", true)
	if code, _, _ := v.submit("/filed/"+id, "/filed/"+id+"/note", url.Values{"note": {hostile}}); code != http.StatusSeeOther {
		t.Errorf("a note: %d", code)
	}
	look("/filed/"+id, true)
	for _, path := range []string{"/", "/overdue", "/quarantine", "/copies", "/returns", "/statistics", "/audit", "/account"} {
		look(path, false)
	}
	for _, query := range []string{"q=letter", "q=" + quoted + "&patient=" + quoted + "&sender=" + quoted} {
		if code, body := v.search(query); code != 200 || len(harmless(body)) > 0 {
			t.Errorf("search %s: %d, %q", query, code, harmless(body))
		}
	}
	// The same as data: never of a type that a browser shows.
	_, page, _ := v.do("GET", "/search", nil)
	for path, form := range map[string]url.Values{"/patients": {"q": {d.patients[0].Number}, "token": {formToken.FindStringSubmatch(page)[1]}}, "/document/" + id + "/words": nil} {
		method := "GET"
		if form != nil {
			method = "POST"
		}
		r, _ := http.NewRequestWithContext(t.Context(), method, v.base+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := v.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if h := res.Header; h.Get("Content-Type") != "application/json" || h.Get("X-Content-Type-Options") != "nosniff" || bytes.Contains(b, []byte("<script>")) || !bytes.Contains(b, []byte("alert")) {
			t.Errorf("%s: %v %.200s", path, h, b)
		}
	}
	// Sent back, it stands on the list and in the letter to the sender.
	it, err := d.pl.DeskDocument(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if code, body, _ := v.submit("/document/"+id, "/document/"+id+"/return", url.Values{"revision": {fmt.Sprint(it.Revision)}}); code != http.StatusSeeOther {
		t.Errorf("sent back: %d: %s", code, body)
	}
	look("/returns", false)
	look("/returns/"+id, true)
	// The trail tells that it came, where and from whom, and not what it was; and that somebody typed it, in a note and in a search.
	told := map[string]string{}
	if err := d.pl.AuditEvents(t.Context(), pipeline.AuditFilter{Action: pipeline.AuditMarkup}, func(e pipeline.AuditEvent) error {
		told[e.Person] += e.Document + " " + e.Detail
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"postroom": id + " taken as text: the sender, the subject, a file's name, the pages' text, a value", "user:dave": id + "  "}; !maps.Equal(told, want) {
		t.Errorf("the trail tells %q, not %q", told, want)
	}
	if holds < 5 {
		t.Errorf("only %d pages held it", holds)
	}
}
