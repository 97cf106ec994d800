//go:build cgo

// Package browser_test opens the review desk as its users do: the program itself, with the
// sample mails really read, in Chromium.
package browser_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/draw"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/postroom/postroom/testdata/generate"
)

var pictures = flag.String("pictures", "", "write pictures of the desk into this `folder`")

const password = "three random words"

// world is what all tests share: the program, what it has read, and a browser.
var world struct {
	top, data, address string
	program            string
	browser            context.Context
}

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "postroom-desk-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	if world.top, err = filepath.Abs("../.."); err != nil {
		return 1, err
	}
	world.data, world.program = filepath.Join(dir, "data"), filepath.Join(dir, "postroom")
	command := func(stdin, name string, args ...string) error {
		c := exec.Command(name, args...)
		c.Dir, c.Stdin = world.top, strings.NewReader(stdin)
		c.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("%s %s: %w: %s", filepath.Base(name), strings.Join(args, " "), err, out)
		}
		return nil
	}
	if err := command("", "go", "build", "-o", world.program, "./cmd/postroom"); err != nil {
		return 1, err
	}
	if err := command("", world.program, "demo", "--once", "--data", world.data); err != nil {
		return 1, err
	}
	// More letters from a scanner, and one whose page takes longer to read than it may.
	for name, how := range map[string]struct {
		files  int
		limits string
	}{"scanner": {20, ""}, "slow": {1, "reading: {limits: {page_time: 1s}}\n"}} {
		folder := filepath.Join(dir, name)
		if err := os.Mkdir(folder, 0o700); err != nil {
			return 1, err
		}
		for i := range how.files {
			b, err := generate.FaxTIFF(uint64(500+40*len(name)+i), 1, generate.Typical, generate.TIFFOptions{})
			if name == "slow" {
				b = thicket()
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("scan%d.tif", i)), b, 0o600)
			}
			if err != nil {
				return 1, err
			}
		}
		config := filepath.Join(dir, name+".yaml")
		if err := os.WriteFile(config, fmt.Appendf(nil, "data: %q\nsources: [{name: %s, folder: {path: %q}}]\n%s", world.data, name, folder, how.limits), 0o600); err != nil {
			return 1, err
		}
		if err := command("", world.program, "batch", "--config", config); err != nil {
			return 1, err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 1, err
	}
	listen := l.Addr().String()
	l.Close()
	config := filepath.Join(dir, "postroom.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, "data: %q\ndesk: {listen: %q}\n", world.data, listen), 0o600); err != nil {
		return 1, err
	}
	for _, account := range [][]string{{"ann", "--role", "clerk"}, {"bob", "--role", "clerk"}, {"eve", "--role", "clerk"}, {"lucy", "--role", "lead"}, {"dave", "--role", "administrator"}, {"olga", "--role", "clerk", "--mailboxes", "none"}} {
		args := append([]string{"user", "add", "--config", config, "--name", strings.ToUpper(account[0][:1]) + account[0][1:]}, account...)
		if err := command(password+"\n", world.program, args...); err != nil {
			return 1, err
		}
	}
	desk := exec.Command(world.program, "review", "--config", config)
	desk.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
	out, err := desk.StdoutPipe()
	if err != nil {
		return 1, err
	}
	var log strings.Builder
	desk.Stderr = &log
	if err := desk.Start(); err != nil {
		return 1, err
	}
	defer func() {
		desk.Process.Signal(os.Interrupt)
		desk.Wait()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	_, address, found := strings.Cut(strings.TrimSpace(line), ": ")
	if !found {
		desk.Process.Kill()
		desk.Wait()
		return 1, fmt.Errorf("the desk did not start: %w: %s", err, log.String())
	}
	world.address = address

	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.WindowSize(1280, 720), chromedp.UserDataDir(filepath.Join(dir, "chromium")))
	allocator, end := chromedp.NewExecAllocator(context.Background(), opts...)
	defer end()
	browser, end := chromedp.NewContext(allocator)
	defer end()
	if err := chromedp.Run(browser); err != nil {
		return 1, fmt.Errorf("start chromium, which scripts/setup test installs: %w", err)
	}
	world.browser = browser
	return m.Run(), nil
}

// thicket is a page full of strokes that are no letters, as a broken scanner makes them:
// looking for words in it takes seconds.
func thicket() []byte {
	r := rand.New(rand.NewPCG(1, 1))
	page := image.NewGray(image.Rect(0, 0, 2480, 3508))
	for i := range page.Pix {
		page.Pix[i] = 255
	}
	for range 60_000 {
		x, y, w, h := r.IntN(2460), r.IntN(3490), 2+r.IntN(10), 2+r.IntN(10)
		draw.Draw(page, image.Rect(x, y, x+w, y+h), image.Black, image.Point{}, draw.Src)
	}
	return generate.EncodePNG(page, 300)
}

// A seat is a person in front of a tab of their own, without the others' cookies.
type seat struct {
	t   *testing.T
	ctx context.Context
}

// sit opens a tab, and signs in when an account is named.
func sit(t *testing.T, account string) *seat {
	t.Helper()
	tab, end := chromedp.NewContext(world.browser, chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	limited, stop := context.WithTimeout(tab, 10*time.Minute)
	t.Cleanup(stop)
	s := &seat{t, limited}
	s.do(emulation.SetDeviceMetricsOverride(1280, 720, 1, false))
	if account != "" {
		s.open("/signin")
		s.do(chromedp.SendKeys("#account", account), chromedp.SendKeys("#password", password+"\r"))
		s.until(`document.querySelector("header .who")`)
		// What they have open is free again for the next test.
		t.Cleanup(func() {
			chromedp.Run(limited, chromedp.Navigate(world.address+"/account"), chromedp.Evaluate(`document.querySelector("header form")?.submit()`, nil), chromedp.WaitVisible("#account"))
		})
	}
	return s
}

func (s *seat) do(actions ...chromedp.Action) {
	s.t.Helper()
	if err := chromedp.Run(s.ctx, actions...); err != nil {
		s.t.Fatal(err)
	}
}

func (s *seat) open(path string) {
	s.t.Helper()
	if !strings.Contains(path, "://") {
		path = world.address + path
	}
	at, query, _ := strings.Cut(path, "?")
	v, err := url.ParseQuery(query)
	if err != nil {
		s.t.Fatal(err)
	}
	action := at
	switch looks := v.Has("q") || v.Has("find"); {
	case strings.HasSuffix(at, "/search") && query != "":
	case looks && strings.HasSuffix(at, "/refile"):
		action += "/find"
	case looks && strings.Contains(at, "/filed/"):
		action += "/look"
	default:
		s.do(chromedp.Navigate(path))
		return
	}
	// What is looked for stands in no address: it is sent as the forms send it.
	s.do(chromedp.Navigate(at))
	s.leave()
	s.do(chromedp.Evaluate(fmt.Sprintf(`(() => {
		const form = document.createElement('form'), token = document.querySelector('[name=token]').value;
		form.method = 'post'; form.action = %q;
		for (const [name, value] of [['token', token], ...new URLSearchParams(%q)]) { const i = document.createElement('input'); i.name = name; i.value = value; form.append(i); }
		document.body.append(form); form.submit();
	})()`, action, query), nil))
	s.until(`!window.left && document.readyState === 'complete'`)
}

// value is what an expression of the page is.
func value[T any](s *seat, expression string) (v T) {
	s.t.Helper()
	s.do(chromedp.Evaluate(expression, &v, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return v
}

// until waits for an expression of the page to be true.
func (s *seat) until(expression string) {
	s.t.Helper()
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		var yes bool
		// While a page is replaced by another there is nothing to ask.
		err := chromedp.Run(s.ctx, chromedp.Evaluate("Boolean("+expression+")", &yes))
		if err == nil && yes {
			return
		}
		if errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 20*time.Second {
			var where, text string
			chromedp.Run(s.ctx, chromedp.Location(&where), chromedp.Evaluate(`document.body.innerText.slice(0, 800)`, &text))
			s.t.Fatalf("waited in vain for %s at %s (%v): %s", expression, where, err, text)
		}
	}
}

func (s *seat) path() string { return value[string](s, "location.pathname") }

// key types as a keyboard does: a key that the page keeps for itself makes no character,
// which chromedp's own way of typing would send all the same.
func (s *seat) key(keys string, modifiers ...input.Modifier) {
	s.t.Helper()
	var all []chromedp.Action
	for _, r := range keys {
		var down *input.DispatchKeyEventParams
		for _, e := range kb.Encode(r) {
			for _, m := range modifiers {
				e.Modifiers |= m
			}
			switch e.Type {
			case input.KeyChar:
				down.Type, down.Text, down.UnmodifiedText = input.KeyDown, e.Text, e.UnmodifiedText
				continue
			case input.KeyDown, input.KeyRawDown:
				down = e
			}
			all = append(all, e)
		}
	}
	s.do(all...)
}

// documents are the ids of the documents in a state, by their records.
func documents(t *testing.T, status string) (out []record) {
	t.Helper()
	b, err := exec.Command(world.program, "export", "--data", world.data, "--status", status).Output()
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

type record struct {
	ID      string `json:"document_id"`
	Version int    `json:"version"`
	Status  string `json:"status"`
	Type    struct {
		Code string `json:"code"`
	} `json:"type"`
	Patient struct {
		NHSNumber string `json:"nhs_number"`
	} `json:"patient"`
	Pages       []struct{} `json:"pages"`
	DuplicateOf *string    `json:"duplicate_of"`
	DecidedBy   string     `json:"decided_by"`
	Fields      map[string]struct {
		Value string `json:"value"`
	} `json:"fields"`
}
