//go:build cgo

package browser_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/postroom/postroom/testdata/generate"
)

// Script in the name of a sender and of a patient, in a subject, a file's name, the text of a page and a
// note runs on no page, and gives the browser nothing to refuse: it is text, as it stands there.
func TestStoredScriptNeverRuns(t *testing.T) {
	const script, attribute = `<script>window.ran=1</script>`, `"><img src=x onerror=window.ran=1>`
	dir := t.TempDir()
	data, in := filepath.Join(dir, "data"), filepath.Join(dir, "in")
	if err := os.Mkdir(in, 0o700); err != nil {
		t.Fatal(err)
	}
	paper := generate.NewPaper(false)
	for i, line := range []string{"Wexcombe Park Hospital " + attribute, "Dear Doctor " + script, "Patient: Mary EXAMPLE", "Date of birth: 03/02/1950", "NHS Number: 999 000 0018", "Date: 12/03/2026",
		"I reviewed her in clinic " + script + " and will see her again in six months.", "Diagnosis: " + attribute, "Yours sincerely", "Dr A " + script} {
		paper.Write(generate.Sans, 11, 60, 80+float64(i)*22, line)
	}
	pdf := base64.StdEncoding.EncodeToString(generate.EncodeTextPDF([]*generate.Paper{paper}, generate.PDFOptions{}))
	word := func(s string) string { return "=?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?=" }
	mail := "From: " + word(script) + " <a@evil.example>\r\nTo: practice@example.com\r\nSubject: " + word(attribute+script) + "\r\nDate: Thu, 12 Mar 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\n" + script + "\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''" + url.PathEscape("a"+strings.ReplaceAll(attribute, "/", "")+".pdf") + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + pdf + "\r\n--b--\r\n"
	var list strings.Builder
	c := csv.NewWriter(&list)
	c.WriteAll([][]string{generate.RegisterHeader, {"9990000018", "EXAMPLE" + attribute, "Mary" + script, "1950-02-03", script, "ZZ99 1AA", ""}})
	config := filepath.Join(dir, "c.yaml")
	for name, body := range map[string]string{filepath.Join(in, "m.eml"): mail, filepath.Join(dir, "patients.csv"): list.String(),
		config: fmt.Sprintf("data: %q\nsources: [{name: stranger, folder: {path: %q}}]\n", data, in)} {
		if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"patients", "import", filepath.Join(dir, "patients.csv")}, {"batch"}} {
		cmd := exec.Command(world.program, append(args, "--config", config)...)
		cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
	}
	desk := exec.Command(world.program, "review", "--data", data, "--listen", "127.0.0.1:0")
	out, err := desk.StdoutPipe()
	if err == nil {
		err = desk.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { desk.Process.Signal(os.Interrupt); desk.Wait() }()
	line, _ := bufio.NewReader(out).ReadString('\n')
	_, link, _ := strings.Cut(strings.TrimSpace(line), ": ")
	export, err := exec.Command(world.program, "export", "--data", data).Output()
	_, id, found := strings.Cut(string(export), `"document_id":"`)
	if err != nil || !found || !strings.HasPrefix(link, "http://") {
		t.Fatalf("%v %q %.200s", err, link, export)
	}
	id = id[:32]

	s := sit(t, "")
	s.do(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(`window.violations = []; addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective + ' ' + e.blockedURI))`).Do(ctx)
		return err
	}))
	s.open(link)
	base, _, _ := strings.Cut(link, "/?")
	look := func(what string, shows ...string) {
		t.Helper()
		s.until(`document.readyState === 'complete'`)
		if refused := value[[]string](s, `violations`); len(refused) > 0 {
			t.Errorf("%s gave the browser something to refuse: %q", what, refused)
		}
		if value[bool](s, `'ran' in window`) {
			t.Errorf("%s ran it", what)
		}
		text := value[string](s, `document.body.innerText + [...document.querySelectorAll('input,textarea')].map((i) => i.value).join(' ')`)
		for _, want := range shows {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not show %q, so nothing is proved: %.300s", what, want, text)
			}
		}
	}
	visit := func(path string, shows ...string) { t.Helper(); s.open(base + path); look(path, shows...) }
	quoted := url.QueryEscape(script + attribute)
	visit("/")
	for _, p := range []string{"/overdue", "/quarantine", "/copies", "/returns", "/statistics", "/audit?person=" + quoted, "/people", "/document/" + id + "/pages", "/document/" + id + "/sheet"} {
		visit(p)
	}
	visit("/search?q=clinic&patient=&sender=", "window.ran")
	visit("/search?q="+quoted, "window.ran")
	visit("/filed/"+id, script, attribute, "onerror=window.ran=1>.pdf")
	s.do(chromedp.Evaluate(fmt.Sprintf(`document.querySelector('#note').value = %q; document.querySelector('form[action$="/note"]').submit()`, script+attribute), nil))
	s.until(`location.hash === '#history' && document.body.innerText.includes('ran=1')`)
	look("a note", script+attribute)
	visit("/document/"+id, attribute)
	s.until(`document.querySelector('.desk').dataset.document`)
	s.key(kb.Escape + "pexample")
	s.until(`document.querySelectorAll('#found li').length === 1`)
	look("a patient found", "EXAMPLE"+attribute, "Mary"+script)
	s.key("\r")
	look("a patient chosen", "EXAMPLE"+attribute)
	s.do(chromedp.Evaluate(fmt.Sprintf(`(() => { const f = document.querySelector('[name="field.patient_name"]'); f.value = %q; f.dispatchEvent(new Event('input', {bubbles: true})); })()`, attribute), nil))
	s.do(chromedp.Evaluate(`document.querySelector('#patient').value = ''`, nil))
	s.leave()
	s.key(kb.F2) // refused, and shown again with what was typed
	s.until(`!window.left && document.querySelector('.error')`)
	look("a refusal", attribute)
	if told, err := exec.Command(world.program, "audit", "export", "--data", data, "--action", "markup").CombinedOutput(); err != nil || strings.Count(string(told), "\n") < 2 || strings.Contains(string(told), "ran") {
		t.Errorf("the trail: %v %s", err, told)
	}
}
