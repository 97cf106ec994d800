//go:build cgo

package main

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/store"
	"github.com/postroom/postroom/testdata/generate"
	"github.com/postroom/postroom/testdata/servers"
)

// How much torture there is: "make torture" asks for more than the tests do.
var (
	tortureMessages = flag.Int("torture.messages", 24, "messages that TestTorture delivers to each set-up")
	tortureFaults   = flag.Int("torture.faults", 10, "faults that TestTorture arranges in each set-up")
	tortureSeed     = flag.Uint64("torture.seed", 0, "seed of TestTorture; 0 takes a new one")
	tortureOnly     = flag.String("torture.only", "", "only this set-up: postgres or sqlite")
)

// A tortureMail is a mail with what is known of it.
type tortureMail struct {
	raw      []byte
	received time.Time
	pages    int
}

// tortureMails makes mails whose pages cost little to read: born-digital
// letters, now and then a broken file, a mail without a document, two letters in
// one mail, or a fax. No two are alike, so that which came first changes nothing.
func tortureMails(t *testing.T, seed uint64, n int) (mails []tortureMail, patients string) {
	t.Helper()
	register := generate.NewRegister(seed, max(100, n))
	types := []postroom.TypeCode{postroom.LabReport, postroom.OutpatientLetter, postroom.DischargeSummary, postroom.RadiologyReport, postroom.ReferralUrgentCancer}
	r := rand.New(rand.NewPCG(seed, 1))
	day := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for i := range n {
		m := tortureMail{received: day.Add(time.Duration(i) * time.Minute)}
		letter := func(part string) []byte {
			d, err := generate.MakeDocument(seed, fmt.Sprintf("torture %d %s", i, part), generate.DocumentSpec{
				Type: types[r.IntN(len(types))], Split: generate.Train, Sent: m.received, Patient: register.People[i%len(register.People)], InRegister: true})
			if err != nil {
				t.Fatal(err)
			}
			m.pages += len(d.Papers)
			return generate.EncodeTextPDF(d.Papers, generate.PDFOptions{Producer: "Hospital"})
		}
		type file struct {
			name, kind string
			data       []byte
		}
		var files []file
		switch kind := r.IntN(100); {
		case kind < 4:
			files = []file{{"broken.pdf", postroom.PDF, append([]byte("%PDF-1.4\n"), letter("x")[200:400]...)}}
			m.pages = 0
		case kind < 7: // a mail without a document
		case kind < 15:
			files = []file{{"first.pdf", postroom.PDF, letter("a")}, {"second.pdf", postroom.PDF, letter("b")}}
		case kind == 15:
			b, err := generate.FaxTIFF(seed+uint64(i), 1, generate.Clean, generate.TIFFOptions{Coding: generate.G4})
			if err != nil {
				t.Fatal(err)
			}
			files, m.pages = []file{{"fax.tif", postroom.TIFF, b}}, 1
		default:
			files = []file{{"letter.pdf", postroom.PDF, letter("a")}}
		}
		var b bytes.Buffer
		fmt.Fprintf(&b, "From: ward@hospital.example\r\nTo: fax@practice.example\r\nSubject: Letter %d\r\nDate: %s\r\nMessage-ID: <%d.%d@hospital.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=part\r\n",
			i, m.received.Format(time.RFC1123Z), seed, i)
		fmt.Fprintf(&b, "\r\n--part\r\nContent-Type: text/plain\r\n\r\nPlease find the letter attached.\r\n")
		for _, f := range files {
			fmt.Fprintf(&b, "--part\r\nContent-Type: %s\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=%s\r\n\r\n", f.kind, f.name)
			text := base64.StdEncoding.EncodeToString(f.data)
			for len(text) > 0 {
				k := min(76, len(text))
				b.WriteString(text[:k] + "\r\n")
				text = text[k:]
			}
		}
		b.WriteString("--part--\r\n")
		m.raw = b.Bytes()
		mails = append(mails, m)
	}
	patients = filepath.Join(t.TempDir(), "patients.csv")
	f, err := os.Create(patients)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := generate.WriteRegister(f, register.People); err != nil {
		t.Fatal(err)
	}
	return mails, patients
}

// A victim is a process of ours that is killed and started again.
type victim struct {
	args  []string
	cmd   *exec.Cmd
	ended chan struct{}
}

// A torture is one set-up with everything that can be done to it.
type torture struct {
	t       *testing.T
	random  *rand.Rand
	victims []*victim
	dovecot *servers.DovecotServer
	user    string
	imap    *tcpProxy
	s3      *servers.S3Server
	s3proxy *s3Proxy
	pg      *servers.PostgresServer
	log     *os.File
	counts  map[string]int
	longest time.Duration // of an end by SIGTERM
}

func (x *torture) start(v *victim) {
	x.t.Helper()
	v.cmd = command(x.t, v.args...)
	v.cmd.Stderr = x.log
	v.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := v.cmd.Start(); err != nil {
		x.t.Fatal(err)
	}
	v.ended = make(chan struct{})
	cmd, ended := v.cmd, v.ended
	go func() { cmd.Wait(); close(ended) }()
}

// keepAlive starts again whatever ended, as systemd would.
func (x *torture) keepAlive() {
	for _, v := range x.victims {
		select {
		case <-v.ended:
			x.start(v)
		default:
		}
	}
}

func (x *torture) someone() *victim { return x.victims[x.random.IntN(len(x.victims))] }

func (x *torture) pause(least, most time.Duration) {
	time.Sleep(least + time.Duration(x.random.Int64N(int64(most-least))))
}

// terminate tells a process to stop and takes the time.
func (x *torture) terminate(v *victim) {
	began := time.Now()
	v.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-v.ended:
	case <-time.After(time.Minute):
		v.cmd.Process.Kill()
		<-v.ended
		x.t.Errorf("%v did not end within a minute of SIGTERM", v.args)
	}
	x.longest = max(x.longest, time.Since(began))
}

// A misfortune is something that can happen; it ends what it began.
type misfortune struct {
	name   string
	weight int
	strike func(x *torture)
}

func misfortunes(postgres bool) []misfortune {
	all := []misfortune{
		{"kill -9 of the program", 8, func(x *torture) {
			v := x.someone()
			v.cmd.Process.Kill()
			<-v.ended
		}},
		{"kill -9 of a reading process", 6, func(x *torture) {
			if children := childrenOf(x.someone().cmd.Process.Pid); len(children) > 0 {
				syscall.Kill(children[x.random.IntN(len(children))], syscall.SIGKILL)
			}
		}},
		{"SIGTERM", 3, func(x *torture) { x.terminate(x.someone()) }},
		{"the program hangs for a moment", 2, func(x *torture) {
			v := x.someone()
			v.cmd.Process.Signal(syscall.SIGSTOP)
			x.pause(500*time.Millisecond, 2*time.Second)
			v.cmd.Process.Signal(syscall.SIGCONT)
		}},
		{"the mail server is killed and started again", 2, func(x *torture) {
			x.dovecot.Kill()
			x.pause(0, time.Second)
			x.dovecot.Restart()
		}},
		{"connections to the mail server are cut", 3, func(x *torture) { x.imap.cutAll() }},
		{"connections to the mail server are cut in a message", 3, func(x *torture) {
			x.imap.cutAt.Store(int64(3000 + x.random.IntN(30_000)))
			x.imap.cuts.Store(int64(1 + x.random.IntN(2)))
			x.imap.cutAll()
		}},
		{"no file can be written", 4, func(x *torture) {
			v := x.someone()
			limit := int64(x.random.IntN(2)) * int64(x.random.IntN(64<<10))
			if err := limitFiles(v.cmd.Process.Pid, limit); err != nil {
				return // it has just ended
			}
			x.pause(200*time.Millisecond, 1500*time.Millisecond)
			limitFiles(v.cmd.Process.Pid, -1)
		}},
	}
	if !postgres {
		return all
	}
	return append(all,
		misfortune{"PostgreSQL is killed and started again", 3, func(x *torture) {
			x.pg.Kill()
			x.pause(0, time.Second)
			x.pg.Restart()
		}},
		misfortune{"the S3 server is killed and started again", 2, func(x *torture) {
			x.s3.Kill()
			x.pause(0, time.Second)
			x.s3.Restart()
		}},
		misfortune{"S3 answers 500", 3, func(x *torture) { x.s3proxy.misbehave(1+x.random.IntN(12), answerWith(http.StatusInternalServerError)) }},
		misfortune{"S3 answers 503", 3, func(x *torture) { x.s3proxy.misbehave(1+x.random.IntN(12), answerWith(http.StatusServiceUnavailable)) }},
		misfortune{"S3 cuts uploads off", 3, func(x *torture) { x.s3proxy.misbehave(1+x.random.IntN(8), cutOff) }},
		misfortune{"S3 is slow", 2, func(x *torture) {
			x.s3proxy.misbehave(1+x.random.IntN(5), func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(time.Second)
				answerWith(http.StatusServiceUnavailable)(w, r)
			})
		}},
	)
}

// run delivers the mails a few at a time while misfortunes strike.
func (x *torture) run(mails []tortureMail, faults int, all []misfortune) {
	weights := 0
	for _, m := range all {
		weights += m.weight
	}
	for _, v := range x.victims {
		x.start(v)
	}
	began := time.Now()
	for done, step := 0, 0; step < faults; step++ {
		for done < len(mails)*(step+1)/faults {
			x.dovecot.Append(x.user, "INBOX", mails[done].raw, mails[done].received)
			done++
		}
		x.keepAlive()
		x.pause(100*time.Millisecond, 1200*time.Millisecond)
		// Misfortunes are to strike while there is work, and all through it.
		for wait := time.Now(); x.dovecot.Count(x.user, "INBOX") > 60 && time.Since(wait) < 10*time.Second; {
			time.Sleep(200 * time.Millisecond)
		}
		n := x.random.IntN(weights)
		for _, m := range all {
			if n -= m.weight; n < 0 {
				x.counts[m.name]++
				m.strike(x)
				break
			}
		}
		if (step+1)%50 == 0 {
			x.t.Logf("%s: %d faults, %d mails delivered, %d still in the inbox", time.Since(began).Round(time.Second), step+1, done, x.dovecot.Count(x.user, "INBOX"))
		}
	}
	x.imap.cuts.Store(0)
	if x.s3proxy != nil {
		x.s3proxy.behave()
	}
	for _, v := range x.victims {
		x.terminate(v)
	}
	var names []string
	for name := range x.counts {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		x.t.Logf("%4d x %s", x.counts[name], name)
	}
	x.t.Logf("the longest end by SIGTERM took %s", x.longest.Round(100*time.Millisecond))
}

// settle lets a batch bring everything to its end, and accounts for all of it.
func (x *torture) settle(config string, mails []tortureMail) []postroom.Record {
	t := x.t
	t.Helper()
	var last result
	for try := 0; ; try++ {
		last = run(t, "batch", "--config", config)
		if last.code == 0 {
			break
		}
		if try == 5 {
			t.Fatalf("batch still ends with %d\n%s\n%s", last.code, last.stdout, last.stderr)
		}
		t.Logf("batch ended with %d: %s", last.code, last.stderr)
	}
	account := run(t, "reconcile", "--config", config, "--deep")
	t.Logf("\n%s", account.stdout)
	if account.code != 0 {
		t.Errorf("reconcile --deep ended with %d\n%s", account.code, account.stderr)
	}
	records := exported(t, "--config", config)
	pages, seen := map[postroom.Hash]int{}, map[string]bool{}
	for _, r := range records {
		if seen[r.DocumentID] {
			t.Errorf("document %s is there twice", r.DocumentID)
		}
		seen[r.DocumentID] = true
		pages[r.Message.Hash] += len(r.Pages)
		for _, p := range r.OtherPages {
			if p.Page > 0 {
				pages[r.Message.Hash]++
			}
		}
		if _, ok := pages[r.Message.Hash]; !ok {
			pages[r.Message.Hash] = 0
		}
	}
	lost, double := 0, 0
	for _, m := range mails {
		switch n, ok := pages[postroom.HashOf(m.raw)]; {
		case !ok || n < m.pages:
			lost++
		case n > m.pages:
			double++
		}
	}
	if len(pages) != len(mails) {
		t.Errorf("records of %d messages, %d were delivered", len(pages), len(mails))
	}
	inbox, processed, problem := inboxes(x.dovecot, x.user)
	delivered := map[postroom.Hash]bool{}
	for _, folder := range []string{"Postroom/Processed", "Postroom/Problem"} {
		for _, b := range x.dovecot.Mails(x.user, folder) {
			delivered[postroom.HashOf(b)] = true
		}
	}
	if inbox != 0 || len(delivered) != len(mails) {
		t.Errorf("%d mails are left in the inbox, %d of %d are in the two folders", inbox, len(delivered), len(mails))
	}
	t.Logf("%d messages, %d records: %d lost, %d double; %d mails processed, %d problems", len(mails), len(records), lost, double, processed, problem)
	if lost+double > 0 {
		t.Errorf("%d lost, %d double", lost, double)
	}
	return records
}

// TestTorture delivers mail while the program, its reading processes and all
// servers are killed, cut and starved at random: once on PostgreSQL and S3 with
// three processes, once on SQLite and a folder. Afterwards nothing may be lost, double
// or altered, and both must have made the same records.
func TestTorture(t *testing.T) {
	seed := *tortureSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) % 1e9
	}
	t.Logf("seed %d: run it again with  go test ./cmd/postroom -run TestTorture -torture.messages=%d -torture.faults=%d -torture.seed=%d", seed, *tortureMessages, *tortureFaults, seed)
	mails, patients := tortureMails(t, seed, *tortureMessages)
	dovecot := servers.Dovecot(t)
	made := map[string][]postroom.Record{}
	logs, err := os.OpenFile(filepath.Join(t.TempDir(), "log"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close()
	prepare := func(t *testing.T, user string, salt uint64) (x *torture, imap string) {
		dovecot.AddUser(user, "secret")
		x = &torture{t: t, dovecot: dovecot, user: user, random: rand.New(rand.NewPCG(seed, salt)), log: logs, counts: map[string]int{}}
		x.imap = newTCPProxy(t, dovecot.Addr)
		host, port, _ := strings.Cut(x.imap.addr, ":")
		// A short patience with faults that pass keeps the test short.
		return x, fmt.Sprintf("workers: {take_over: 8s}\nfiling: {give_up: 24h, sample: 0}\nsources:\n  - name: fax\n    imap: {host: %q, port: %s, user: %q, password: secret, ca_file: %q, timeout: 10s}\n", host, port, user, dovecot.CAFile)
	}
	if *tortureOnly != "sqlite" {
		t.Run("PostgreSQL and S3", func(t *testing.T) {
			x, imap := prepare(t, "torture-pg", 2)
			x.s3, x.pg = servers.S3(t), servers.OwnPostgres(t)
			x.s3proxy = newS3Proxy(t, x.s3)
			config := writeConfig(t, fmt.Sprintf("data: %q\ndatabase: %q\nstore:\n  s3: {endpoint: %q, bucket: %q, access_key: %q, secret_key: %q, ca_file: %q, path_style: true, timeout: 10s}\n",
				t.TempDir(), x.pg.NewDatabase(), x.s3proxy.URL, x.s3.NewBucket("torture", false), x.s3.AccessKey, x.s3.SecretKey, x.s3proxy.caFile)+imap)
			must(t, "patients", "import", "--config", config, patients)
			x.victims = []*victim{{args: []string{"run", "--config", config}}, {args: []string{"run", "--config", config}}, {args: []string{"worker", "--config", config}}}
			x.run(mails, *tortureFaults, misfortunes(true))
			made["postgres"] = x.settle(config, mails)
		})
	}
	if *tortureOnly != "postgres" {
		t.Run("SQLite and a folder", func(t *testing.T) {
			x, imap := prepare(t, "torture-lite", 3)
			config := writeConfig(t, fmt.Sprintf("data: %q\n", t.TempDir())+imap)
			must(t, "patients", "import", "--config", config, patients)
			x.victims = []*victim{{args: []string{"run", "--config", config}}}
			x.run(mails, *tortureFaults, misfortunes(false))
			made["sqlite"] = x.settle(config, mails)
		})
	}
	if t.Failed() {
		logs.Seek(0, io.SeekStart)
		b, _ := io.ReadAll(logs)
		t.Logf("the end of what was said:\n%s", b[max(0, len(b)-8000):])
	}
	if len(made) == 2 && !t.Failed() {
		t.Logf("%d records differ", altered(t, made["postgres"], made["sqlite"]))
	}
}

// altered returns how many records are not the same in both.
func altered(t *testing.T, a, b []postroom.Record) (n int) {
	t.Helper()
	encode := func(records []postroom.Record) map[string]string {
		out := map[string]string{}
		for _, r := range records {
			line, err := store.EncodeRecord(r)
			if err != nil {
				t.Fatalf("record %s: %v", r.DocumentID, err)
			}
			out[r.DocumentID] = string(line)
		}
		return out
	}
	x, y := encode(a), encode(b)
	for id := range y {
		if x[id] == "" {
			x[id] = ""
		}
	}
	for id := range x {
		if x[id] != y[id] {
			n++
			t.Errorf("document %s differs:\n%.1500s\n%.1500s", id, x[id], y[id])
		}
	}
	return n
}
