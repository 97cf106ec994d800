package generate

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"mime"
	mimeparts "mime/multipart"
	netmail "net/mail"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

func hashesOf(t *testing.T, order []int) map[int]string {
	t.Helper()
	g, err := New(Options{Seed: 77, Docs: 1})
	if err != nil {
		t.Fatal(err)
	}
	out := map[int]string{}
	for _, n := range order {
		m, err := g.Message(n)
		if err != nil {
			t.Fatal(err)
		}
		line, err := AppendTruth(m.Raw, m.Truth)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(line)
		out[n] = hex.EncodeToString(sum[:])
	}
	return out
}

// The order in which messages are asked for must not show in them.
func TestSameSeedSameBytes(t *testing.T) {
	forward := hashesOf(t, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	backward := hashesOf(t, []int{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1})
	for n := range forward {
		if forward[n] != backward[n] {
			t.Errorf("message %d differs", n)
		}
	}
}

// filesOf gathers the files of a mail as the standard library takes it apart.
func filesOf(t *testing.T, kind string, body io.Reader, out map[string][]byte) {
	t.Helper()
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatalf("%q: %v", kind, err)
	}
	if media == "message/rfc822" {
		m, err := netmail.ReadMessage(body)
		if err != nil {
			t.Fatal(err)
		}
		filesOf(t, m.Header.Get("Content-Type"), m.Body, out)
		return
	}
	if !strings.HasPrefix(media, "multipart/") {
		return
	}
	r := mimeparts.NewReader(body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		kind := p.Header.Get("Content-Type")
		if name := p.FileName(); name != "" && !strings.HasPrefix(kind, "message/") {
			b, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, p))
			if err != nil {
				t.Fatal(err)
			}
			out[name] = b
			continue
		}
		filesOf(t, kind, p, out)
	}
}

// Every file must come out of its mail as it went in, and every page have one place.
func TestMailsHoldTheirFiles(t *testing.T) {
	g, err := New(Options{Seed: 12, Docs: 70})
	if err != nil {
		t.Fatal(err)
	}
	wraps, docs := map[string]int{}, 0
	for m, err := range g.Corpus() {
		if err != nil {
			t.Fatal(err)
		}
		read, err := netmail.ReadMessage(bytes.NewReader(m.Raw))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]byte{}
		if _, params, err := mime.ParseMediaType(read.Header.Get("Content-Disposition")); err == nil {
			// The mail is nothing but a file.
			b, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, read.Body))
			if err != nil {
				t.Fatal(err)
			}
			got[params["filename"]] = b
		}
		filesOf(t, read.Header.Get("Content-Type"), read.Body, got)
		for _, f := range m.Files {
			if !bytes.Equal(got[f.Name], f.Data) {
				t.Errorf("%s (%s): %q is not in the mail as it was made", m.Name, m.Truth.Form, f.Name)
			}
		}
		docs += len(m.Truth.Documents)
		for _, w := range strings.Split(m.Truth.Form, "+")[1:] {
			wraps[w]++
		}
		places := map[PageRef]int{}
		for _, d := range m.Truth.Documents {
			for _, p := range d.Pages {
				places[p]++
			}
		}
		for _, p := range m.Truth.OtherPages {
			places[p.PageRef]++
		}
		if len(places) != len(m.Truth.Pages) {
			t.Errorf("%s: %d pages with a place, %d pages", m.Name, len(places), len(m.Truth.Pages))
		}
		for _, p := range m.Truth.Pages {
			if places[p.PageRef] != 1 {
				t.Errorf("%s: page %v has %d places", m.Name, p.PageRef, places[p.PageRef])
			}
		}
	}
	if docs < 70 {
		t.Errorf("%d documents", docs)
	}
	for _, want := range []string{"html", "octet", "forward", "zip", "winmail", "rfc2231", "nested"} {
		if wraps[want] == 0 {
			t.Errorf("no mail is of the kind %s: %v", want, wraps)
		}
	}
}

func TestOptionsAreObeyed(t *testing.T) {
	g, err := New(Options{Seed: 4, Docs: 15, Layouts: Test, Quality: Clean, Plain: true, Types: []postroom.TypeCode{postroom.Maternity, postroom.DNALetter}})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for m, err := range g.Corpus() {
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range m.Truth.Documents {
			n++
			if d.Split != "test" || d.Type != postroom.Maternity && d.Type != postroom.DNALetter || !strings.Contains(d.Layout, "/test-") {
				t.Errorf("%s %s", d.Type, d.Layout)
			}
		}
		if m.Truth.Quality != "clean" || len(m.Truth.Documents) != 1 {
			t.Errorf("%s: %s, %d documents", m.Name, m.Truth.Quality, len(m.Truth.Documents))
		}
	}
	if n != 15 {
		t.Errorf("%d documents", n)
	}
	if _, err := New(Options{Types: []postroom.TypeCode{postroom.FaxCover}}); err == nil {
		t.Error("a cover is no type of document")
	}
}

func TestRegister(t *testing.T) {
	reg := NewRegister(8, 400)
	seen, same := map[string]bool{}, map[string]int{}
	for _, p := range append(append([]Person{}, reg.People...), reg.Strangers...) {
		if _, err := postroom.ParseNHSNumber(p.Number); err != nil || !strings.HasPrefix(p.Number, "999") || seen[p.Number] {
			t.Errorf("number %s: %v", p.Number, err)
		}
		seen[p.Number] = true
		if _, err := postroom.ParsePostcode(p.Postcode); err != nil {
			t.Errorf("%s: %v", p.Postcode, err)
		}
	}
	for _, p := range reg.People {
		same[p.Family+p.BirthDate+p.Postcode]++
	}
	twins := 0
	for _, n := range same {
		if n > 1 {
			twins++
		}
	}
	if len(reg.People) != 400 || len(reg.Alike) < 20 || twins < 3 || len(reg.Strangers) < 40 || len(reg.Before) == 0 {
		t.Errorf("%d people, %d alike, %d twins, %d strangers, %d renamed", len(reg.People), len(reg.Alike), twins, len(reg.Strangers), len(reg.Before))
	}
	var b bytes.Buffer
	if err := WriteRegister(&b, reg.People); err != nil {
		t.Fatal(err)
	}
	back, err := ReadRegister(b.Bytes())
	if err != nil || len(back) != 400 || back[7].Number != reg.People[7].Number || back[7].BirthDate != reg.People[7].BirthDate {
		t.Errorf("%d read back, %v", len(back), err)
	}
}
