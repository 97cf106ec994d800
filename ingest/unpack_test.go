package ingest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/postroom/postroom"
)

const (
	tinyTIFF = "II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00 not much of a fax"
	tinyPDF  = "%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
)

// picturePNG makes a picture of the given size with something on it, so that
// pictures of one size differ by seed.
func picturePNG(t testing.TB, w, h int, seed uint8) string {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 255 - uint8(i%7)*seed
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func pictureJPEG(t testing.TB, w, h int) string {
	img := image.NewGray(image.Rect(0, 0, w, h))
	img.SetGray(1, 1, color.Gray{200})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func in64(s string) string {
	var b strings.Builder
	e := base64.StdEncoding.EncodeToString([]byte(s))
	for len(e) > 76 {
		b.WriteString(e[:76] + "\n")
		e = e[76:]
	}
	return b.String() + e + "\n"
}

// crlf writes lines as mail has them.
func crlf(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}

// mixed makes a multipart/mixed mail of parts, each with its header.
func mixed(parts ...string) string {
	var b strings.Builder
	boundary := string(postroom.HashOf([]byte(strings.Join(parts, ""))))[:20]
	b.WriteString("From: Fax <fax@example.org>\nTo: practice@example.org\nSubject: letter\nDate: Thu, 12 Mar 2026 09:40:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"" + boundary + "\"\n\n")
	for _, p := range parts {
		b.WriteString("--" + boundary + "\n" + p + "\n")
	}
	b.WriteString("--" + boundary + "--\n")
	return crlf(b.String())
}

func attached(name, kind, data string) string {
	return "Content-Type: " + kind + "\nContent-Disposition: attachment; filename=\"" + name + "\"\nContent-Transfer-Encoding: base64\n\n" + in64(data)
}

func plainPart(s string) string { return "Content-Type: text/plain; charset=utf-8\n\n" + s }

// unpack takes an arrival apart twice and checks what holds for every one.
func unpack(t testing.TB, in UnpackInput, raw string) postroom.Contents {
	t.Helper()
	in.Raw = strings.NewReader(raw)
	dir := t.TempDir()
	c, err := Unpack(context.Background(), in, dir)
	if err != nil {
		t.Fatal(err)
	}
	if problem := wrong(c, raw, dir); problem != "" {
		t.Fatal(problem)
	}
	again := t.TempDir()
	in.Raw = strings.NewReader(raw)
	d, err := Unpack(context.Background(), in, again)
	if err != nil {
		t.Fatal(err)
	}
	for i := range d.Attachments {
		d.Attachments[i].Path = filepath.Join(dir, filepath.Base(d.Attachments[i].Path))
	}
	if !reflect.DeepEqual(c, d) {
		t.Fatalf("the same bytes give other contents:\n%+v\n%+v", c, d)
	}
	return c
}

// wrong names what breaks the promises of Unpack; empty for nothing.
func wrong(c postroom.Contents, raw, dir string) string {
	if c.Message.Hash != postroom.HashOf([]byte(raw)) || c.Message.Size != int64(len(raw)) {
		return "the message's hash or size is not that of its bytes"
	}
	if len(c.Message.Body) > maxBody || !utf8.ValidString(c.Message.Body) {
		return "the body is too long or is not UTF-8"
	}
	files := map[string]bool{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err.Error()
	}
	for _, e := range entries {
		files[e.Name()] = true
	}
	for _, a := range c.Attachments {
		b, err := os.ReadFile(a.Path)
		switch {
		case err != nil:
			return err.Error()
		case filepath.Dir(a.Path) != dir || filepath.Base(a.Path) != string(a.Hash):
			return a.Path + " is not named by its hash"
		case postroom.HashOf(b) != a.Hash || int64(len(b)) != a.Size:
			return a.Name + ": the file is not what is said of it"
		case a.Name == "" || strings.ContainsAny(a.Name, "/\\\x00\r\n"):
			return fmt.Sprintf("bad name %q", a.Name)
		case !slices.Contains([]string{postroom.TIFF, postroom.PDF, postroom.JPEG, postroom.PNG}, a.MediaType):
			return a.Name + " is " + a.MediaType
		case !files[string(a.Hash)]:
			return a.Name + " is listed twice"
		}
		delete(files, string(a.Hash))
	}
	for name := range files {
		return name + " is left in the folder"
	}
	for _, l := range c.Leftovers {
		if l.Name == "" || l.Reason == "" || l.MediaType == "" {
			return fmt.Sprintf("a leftover says too little: %+v", l)
		}
	}
	if (c.Exception == "") != (c.Reason == "") {
		return "an exception without a reason, or the other way round"
	}
	if len(c.Attachments) == 0 && c.Exception == "" && !slices.ContainsFunc(c.Leftovers, func(l postroom.Leftover) bool { return l.Problem }) {
		return "nothing came of it, and nobody is told"
	}
	return ""
}

// briefly writes contents as the tables below do: attachments with what they
// lie in, then leftovers, with "!" for problems.
func briefly(c postroom.Contents) string {
	var out []string
	for _, a := range c.Attachments {
		out = append(out, strings.Join(append(slices.Clone(a.Within), a.Name), " > "))
	}
	for _, l := range c.Leftovers {
		mark := "-"
		if l.Problem {
			mark = "!"
		}
		out = append(out, mark+l.Name+": "+l.Reason)
	}
	if c.Exception != "" {
		out = append(out, "= "+string(c.Exception))
	}
	return strings.Join(out, "\n")
}

func TestUnpackFile(t *testing.T) {
	page := picturePNG(t, 600, 800, 3)
	mail := mixed(plainPart("hello"), attached("a.tif", "image/tiff", tinyTIFF))
	for _, tt := range []struct{ file, raw, want string }{
		{"scan.tif", tinyTIFF, "scan.tif"},
		{"scan.tif", "MM\x00*" + tinyTIFF[4:], "scan.tif"},
		{"scan.tif", "II+\x00\x08\x00\x00\x00", "scan.tif"},
		{"scan.pdf", tinyPDF, "scan.pdf"},
		{"scan.pdf", "\xEF\xBB\xBF" + tinyPDF, "scan.pdf"},
		{"scan.pdf", strings.Repeat("junk ", 200) + tinyPDF, "scan.pdf"},
		{"scan.pdf", strings.Repeat("junk ", 300) + tinyPDF, "!scan.pdf: a text file: not read yet; open it by hand"},
		{"wrong.doc", page, "wrong.doc"},
		{"photo.jpg", pictureJPEG(t, 900, 1200), "photo.jpg"},
		{"zero.pdf", "", "!zero.pdf: the file is empty; ask the sender to send it again"},
		{"what.bin", "\x00\x01\x02\x03", "!what.bin: a file of unknown kind: not read yet; ask the sender for PDF or TIFF"},
		{"fax.efx", "\xDC\xFE\x00\x00 and more", "!fax.efx: an eFax file (.efx): not read yet; set the eFax account to send PDF or TIFF, and open this one with eFax Messenger"},
		{"notes.rtf", `{\rtf1 hello}`, "!notes.rtf: an RTF document: not read yet; open it by hand"},
		{"old.doc", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 600), "!old.doc: a Word document: not read yet; open it by hand"},
		{"fwd.msg", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 600), "!fwd.msg: an Outlook message file (.msg): not read yet; open it by hand and save what is in it, or forward the mail itself"},
		{"a.gif", "GIF89a" + strings.Repeat("\x10", 40), "!a.gif: a GIF picture: not read yet; ask the sender for PDF or TIFF"},
		{"IMG_1.heic", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "!IMG_1.heic: a HEIC photo: not read yet; ask the sender for JPEG or PDF"},
		{"a.webp", "RIFF\x00\x00\x00\x00WEBPVP8 ", "!a.webp: a WebP picture: not read yet; ask the sender for PDF or TIFF"},
		{"a.html", "<!DOCTYPE html><p>x", "!a.html: a web page: not read yet; open it by hand"},
		{"a.txt", "plain words", "!a.txt: a text file: not read yet; open it by hand"},
		{"a.7z", "7z\xBC\xAF\x27\x1C\x00", "!a.7z: a 7z archive: not read yet; only zip is opened; ask the sender for PDF or TIFF"},
		{"mail.eml", mail, "a.tif"},
		{"no-extension", mail, "a.tif"},
		{"mail.eml", "From nobody Thu Mar 12 09:40:00 2026\r\n" + mail, "a.tif"},
		{"box.mbox", "From nobody Thu Mar 12 09:40:00 2026\r\n" + mail + "\r\nFrom nobody Thu Mar 12 09:41:00 2026\r\n" + mail,
			"a.tif\n!message: it is a mailbox file with several mails, of which only the first was opened; open it by hand"},
	} {
		if got := briefly(unpack(t, UnpackInput{Name: tt.file}, tt.raw)); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.file, got, tt.want)
		}
	}
}

// What comes from a mailbox without a name may still be the file itself.
func TestUnpackWithoutName(t *testing.T) {
	if got := briefly(unpack(t, UnpackInput{}, tinyTIFF)); got != "attachment-1.tif" {
		t.Error(got)
	}
	if c := unpack(t, UnpackInput{}, ""); c.Exception != postroom.NoDocument || c.Reason != "the mail is empty" {
		t.Errorf("%+v", c)
	}
	if c := unpack(t, UnpackInput{}, "no header at all, just words"); c.Exception != postroom.NoDocument || c.Message.Body != "no header at all, just words" {
		t.Errorf("%+v", c)
	}
}

func TestUnpackMessage(t *testing.T) {
	raw := crlf("Message-ID: <1@x>\nFrom: =?utf-8?q?Dr_J=C3=B6rg?= <j@example.org>\nTo: a@example.org,\n b@example.org\nSubject: =?iso-8859-1?B?QuliZQ==?= and\n more\n\nHello\n\n\n\n\nthere \x93quoted\x94\n")
	at := time.Date(2026, 3, 12, 10, 0, 0, 0, time.FixedZone("BST", 3600))
	c := unpack(t, UnpackInput{Source: "inbox", Received: at}, raw)
	want := postroom.Message{
		Hash: postroom.HashOf([]byte(raw)), Size: int64(len(raw)), Source: "inbox", MessageID: "<1@x>",
		From: "Dr Jörg <j@example.org>", To: "a@example.org, b@example.org", Subject: "Bébe and more",
		Received: at.UTC(), Body: "Hello\n\nthere “quoted”",
	}
	if c.Message != want {
		t.Errorf("got %+v\nwant %+v", c.Message, want)
	}
}

func TestUnpackByPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tif")
	if err := os.WriteFile(path, []byte(tinyTIFF), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Unpack(t.Context(), UnpackInput{Path: path, Name: "x.tif"}, t.TempDir())
	if err != nil || len(c.Attachments) != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := Unpack(t.Context(), UnpackInput{Path: path + ".none"}, t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestUnpackSameBytes(t *testing.T) {
	c := unpack(t, UnpackInput{}, mixed(attached("a.tif", "image/tiff", tinyTIFF), attached("b.tif", "image/tiff", tinyTIFF), attached("a.tif", "image/tiff", tinyTIFF+"2")))
	if got, want := briefly(c), "a.tif\na.tif\n-b.tif: the same bytes as a.tif"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// A part of the surroundings that fails is an error, and leaves nothing behind.
func TestUnpackFaults(t *testing.T) {
	mail := mixed(plainPart("x"), attached("a.tif", "image/tiff", tinyTIFF+strings.Repeat("x", 300_000)))
	broken := errors.New("the line is dead")
	dir := t.TempDir()
	for at := 0; at < len(mail); at += 50_000 {
		_, err := Unpack(t.Context(), UnpackInput{Raw: io.MultiReader(strings.NewReader(mail[:at]), failing{broken})}, dir)
		if !errors.Is(err, broken) {
			t.Errorf("at %d: %v", at, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := Unpack(ctx, UnpackInput{Raw: &cancelling{strings.NewReader(mail), cancel}}, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := Unpack(t.Context(), UnpackInput{Raw: strings.NewReader(mail)}, filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

type cancelling struct {
	r      io.Reader
	cancel func()
}

func (c *cancelling) Read(p []byte) (int, error) {
	n, err := c.r.Read(p[:min(len(p), 4096)])
	if n < 4096 {
		c.cancel()
	}
	return n, err
}

// A disk that is full or read-only in the middle is an error, never a lost part.
func TestUnpackDiskFull(t *testing.T) {
	mail := mixed(attached("a.tif", "image/tiff", tinyTIFF+strings.Repeat("x", 1<<20)))
	dir := t.TempDir()
	_, err := Unpack(t.Context(), UnpackInput{Raw: io.MultiReader(strings.NewReader(mail[:len(mail)/2]), &once{do: func() { os.RemoveAll(dir) }}, strings.NewReader(mail[len(mail)/2:]))}, dir)
	if err == nil {
		t.Error("no error though the folder is gone")
	}
}

type once struct{ do func() }

func (o *once) Read([]byte) (int, error) { o.do(); return 0, io.EOF }

func TestUnpackLimits(t *testing.T) {
	deep := mixed(attached("a.tif", "image/tiff", tinyTIFF))
	for range 12 {
		deep = mixed("Content-Type: message/rfc822\n\n" + deep)
	}
	c := unpack(t, UnpackInput{}, deep)
	if len(c.Attachments) != 0 || len(c.Leftovers) != 1 || !strings.Contains(c.Leftovers[0].Reason, "more than 10 mails and archives deep") {
		t.Errorf("depth: %s", briefly(c))
	}
	if c := unpack(t, UnpackInput{Limits: Limits{Depth: 12}}, deep); len(c.Attachments) != 1 || len(c.Attachments[0].Within) != 12 {
		t.Errorf("depth 12: %s", briefly(c))
	}

	var nested strings.Builder
	nested.WriteString("From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b0\n\n")
	for i := range 60 {
		fmt.Fprintf(&nested, "--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i, i+1)
	}
	nested.WriteString("--b60\n" + attached("deep.tif", "image/tiff", tinyTIFF))
	for i := 60; i >= 1; i-- {
		fmt.Fprintf(&nested, "--b%d--\n", i)
	}
	nested.WriteString("--b0\n" + attached("after.tif", "image/tiff", tinyTIFF) + "--b0--\n")
	c = unpack(t, UnpackInput{}, crlf(nested.String()))
	if got := briefly(c); !strings.HasPrefix(got, "after.tif\n!message: its parts lie more than 50 deep") {
		t.Errorf("nesting: %s", got)
	}

	var parts []string
	for i := range 12 {
		parts = append(parts, attached(fmt.Sprintf("%d.tif", i), "image/tiff", tinyTIFF+fmt.Sprint(i)))
	}
	c = unpack(t, UnpackInput{Limits: Limits{Parts: 10}}, mixed(parts...))
	if len(c.Attachments) != 10 || len(c.Leftovers) != 1 || !strings.Contains(c.Leftovers[0].Reason, "more than 10 parts: the other 2 were not opened") {
		t.Errorf("parts: %s", briefly(c))
	}

	big := tinyTIFF + strings.Repeat("x", 200_000)
	c = unpack(t, UnpackInput{Limits: Limits{Bytes: 300_000}}, mixed(attached("1.tif", "image/tiff", big), attached("2.tif", "image/tiff", big+"2"), attached("3.tif", "image/tiff", tinyTIFF)))
	if got := briefly(c); !strings.HasPrefix(got, "1.tif\n!2.tif: what is in the message unfolds to more than 300000 bytes") || !strings.Contains(got, "!3.tif:") {
		t.Errorf("bytes: %s", got)
	}
}

// A large attachment passes through without being held in memory.
func TestUnpackMemory(t *testing.T) {
	const size = 60 << 20
	random := make([]byte, 1<<20)
	rand.Read(random)
	pr, pw := io.Pipe()
	go func() {
		io.WriteString(pw, "From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: image/tiff; name=big.tif\r\nContent-Transfer-Encoding: base64\r\n\r\n")
		e := base64.NewEncoder(base64.StdEncoding, &wrapping{w: pw})
		io.WriteString(e, tinyTIFF)
		for range size / len(random) {
			e.Write(random)
		}
		e.Close()
		io.WriteString(pw, "\r\n--b--\r\n")
		pw.Close()
	}()
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	watch := &watching{r: pr, each: 8 << 20, see: func() {
		runtime.ReadMemStats(&now)
		if now.HeapAlloc > before.HeapAlloc+32<<20 {
			t.Errorf("the heap grew by %d MiB", (now.HeapAlloc-before.HeapAlloc)>>20)
		}
	}}
	c, err := Unpack(t.Context(), UnpackInput{Raw: watch}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Attachments) != 1 || c.Attachments[0].Size != size+int64(len(tinyTIFF)) || watch.times < 9 {
		t.Errorf("%s, watched %d times", briefly(c), watch.times)
	}
}

type wrapping struct {
	w io.Writer
	n int
}

func (w *wrapping) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), 76-w.n)
		if _, err := w.w.Write(rest[:n]); err != nil {
			return 0, err
		}
		rest = rest[n:]
		if w.n += n; w.n == 76 {
			io.WriteString(w.w, "\r\n")
			w.n = 0
		}
	}
	return len(p), nil
}

type watching struct {
	r       io.Reader
	n, each int
	times   int
	see     func()
}

func (w *watching) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if w.n += n; w.n >= w.each {
		w.n = 0
		w.times++
		w.see()
	}
	return n, err
}

// A mail that was cut off anywhere gives no error and always the same; and what
// is not there in full is never passed over.
func TestUnpackCutAnywhere(t *testing.T) {
	inner := mixed(plainPart("inside"), attached("inner.pdf", "application/pdf", tinyPDF))
	raw := mixed(plainPart("See attached."), attached("a.tif", "image/tiff", tinyTIFF),
		"Content-Type: message/rfc822\n\n"+inner,
		attached("s.zip", "application/zip", zipOf(t, zipped{name: "z.tif", data: tinyTIFF + "z"})),
		attached("winmail.dat", "application/ms-tnef", string(tnefOf(tnefEntry{title: "t.tif", data: []byte(tinyTIFF + "t")}))))
	whole := unpack(t, UnpackInput{}, raw)
	if got := briefly(whole); got != "a.tif\nattachment-3.eml > inner.pdf\ns.zip > z.tif\nwinmail.dat > t.tif" {
		t.Fatal(got)
	}
	end := strings.LastIndex(raw, "--") + len("--")
	dir := t.TempDir()
	for n := range len(raw) {
		c, err := Unpack(t.Context(), UnpackInput{Raw: strings.NewReader(raw[:n])}, dir)
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if problem := wrong(c, raw[:n], dir); problem != "" {
			t.Fatalf("cut at %d: %s", n, problem)
		}
		told := c.Exception != "" || slices.ContainsFunc(c.Leftovers, func(l postroom.Leftover) bool { return l.Problem })
		if n < end && !told {
			t.Fatalf("cut at %d of %d, and nobody is told: %s", n, len(raw), briefly(c))
		}
		for _, a := range c.Attachments {
			os.Remove(a.Path)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte(tinyTIFF), "a.tif")
	f.Add([]byte(mixed(plainPart("x"), attached("a.tif", "image/tiff", tinyTIFF))), "")
	f.Add([]byte(mixed("Content-Type: message/rfc822\n\n"+mixed(attached("a.pdf", "application/pdf", tinyPDF)))), "")
	f.Add([]byte(mixed("Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n<img src=cid:a width=3><a href=http://x/>view the fax</a>\n--r\nContent-ID: <a>\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n"+in64(picturePNG(f, 20, 10, 2))+"--r--\n")), "")
	f.Add([]byte(zipOf(f, zipped{name: "a.tif", data: tinyTIFF})), "a.zip")
	f.Add([]byte("begin 644 a.tif\n#0V%T\n`\nend\n"), "")
	f.Add(tnefOf(tnefEntry{title: "A.TIF", long: "A long name.tif", data: []byte(tinyTIFF)}), "winmail.dat")
	f.Add([]byte("Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n=zz=3\n=\n"), "")
	f.Fuzz(func(t *testing.T, raw []byte, name string) {
		dir, err := os.MkdirTemp("", "postroom-fuzz-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		limits := Limits{Bytes: 4 << 20, Parts: 100}
		c, err := Unpack(t.Context(), UnpackInput{Raw: bytes.NewReader(raw), Name: name, Limits: limits}, dir)
		if err != nil {
			t.Fatal(err)
		}
		if problem := wrong(c, string(raw), dir); problem != "" {
			t.Fatal(problem)
		}
	})
}
