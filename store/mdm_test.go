package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

func mdmOf(t *testing.T, rec postroom.Record, o HL7Options) []string {
	t.Helper()
	b, err := MDM(rec, strings.NewReader("%PDF"), o)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(b), "\r")
}

func TestMDM(t *testing.T) {
	rec := withObjects()
	rec.Patient.Family = `O'Ex|a^m&p~l\e`
	s := mdmOf(t, rec, HL7Options{SendingFacility: "A81001"})
	if want := `PID|1||9990000018^^^NHS^NH||O'Ex\F\a\S\m\T\p\R\l\E\e^Ann^Marie||19480302`; s[2] != want {
		t.Errorf("got %s, not %s", s[2], want)
	}
	f := strings.Split(s[0], "|")
	if f[8] != "MDM^T02^MDM_T02" || f[17] != "UNICODE UTF-8" || len(f[9]) != 20 || f[9] != ControlID(rec) {
		t.Error(s[0])
	}
	txa := strings.Split(s[4], "|")
	if txa[12] != rec.DocumentID+"-1^POSTROOM" || txa[13] != "" || txa[17] != "PA" {
		t.Error(s[4])
	}
	rec.Version, rec.Replaces, rec.DecidedBy, rec.Patient.Family = 2, 1, "user:7", "Müller Ł"
	s = mdmOf(t, rec, HL7Options{Charset: "8859/1", BaseURL: "https://files.example/"})
	txa = strings.Split(s[4], "|")
	if !strings.Contains(s[0], "MDM^T10^MDM_T02") || txa[13] != rec.DocumentID+"-1^POSTROOM" || txa[17] != "AU" {
		t.Error(s[0], s[4])
	}
	if !strings.Contains(s[2], "M\xfcller ?^") {
		t.Errorf("%q", s[2])
	}
	if !strings.Contains(s[5], "|RP|") || !strings.Contains(s[5], "https://files.example/"+rec.Objects.PDF) {
		t.Error(s[5])
	}
	rec.Status = postroom.InReview
	if _, err := MDM(rec, nil, HL7Options{}); !postroom.IsBadInput(err) {
		t.Error("a document in review was sent", err)
	}
}

// cutter is a wire to a server that is cut at random, somewhere in a message
// or its answer.
type cutter struct {
	net.Listener
	to   string
	left int // cuts
	sync.Mutex
	random *rand.Rand
}

func (c *cutter) serve() {
	for {
		conn, err := c.Accept()
		if err != nil {
			return
		}
		c.Lock()
		limit := int64(-1)
		if c.left > 0 {
			c.left--
			limit = 1 + c.random.Int64N(6000)
		}
		c.Unlock()
		go func() {
			defer conn.Close()
			server, err := net.Dial("tcp", c.to)
			if err != nil {
				return
			}
			defer server.Close()
			done := make(chan bool, 2)
			copyTo := func(w io.Writer, r io.Reader) {
				if limit >= 0 {
					r = io.LimitReader(r, limit)
				}
				io.Copy(w, r)
				done <- true
			}
			go copyTo(server, conn)
			go copyTo(conn, server)
			<-done
		}()
	}
}

func TestMLLPToAnEngineOfOthersThroughCuts(t *testing.T) {
	ca := servers.NewCA(t, t.TempDir())
	judge := servers.Judge(t, "hl7.mjs", ca.KeyFile, ca.CertFile, ca.CAFile)
	judge.Stderr = os.Stderr
	stdout, err := judge.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := judge.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { judge.Process.Kill(); judge.Wait() }()
	type heard struct {
		Port                                                          int
		Control, Event, Charset, Number, Family, Unique, Data, Answer string
	}
	lines := make(chan heard, 10000)
	go func() {
		defer close(lines)
		scan := bufio.NewScanner(stdout)
		scan.Buffer(nil, 1<<22)
		for scan.Scan() {
			var h heard
			if json.Unmarshal(scan.Bytes(), &h) == nil {
				lines <- h
			}
		}
	}()
	first, ok := <-lines
	if !ok {
		t.Fatal("the engine did not start")
	}
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	wire := &cutter{Listener: plain, to: fmt.Sprintf("127.0.0.1:%d", first.Port), left: 50, random: rand.New(rand.NewPCG(1, 2))}
	defer wire.Close()
	go wire.serve()
	m, err := OpenMLLP(MLLPConfig{Address: plain.Addr().String(), CAFile: ca.CAFile, CertFile: ca.CertFile, KeyFile: ca.KeyFile, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	pdf := bytes.Repeat([]byte("%PDF- words "), 100)
	var sent []postroom.Record
	for i, rec := range runOf(60) {
		rec.Patient = postroom.RecordPatient{Match: postroom.MatchExact, NHSNumber: []string{"9990000018", "9990000026"}[i%2], Family: "O'Ex^ample", Given: "Zoë", BirthDate: "1948-03-02"}
		message, err := MDM(rec, bytes.NewReader(pdf), HL7Options{SendingFacility: "A81001"})
		if err != nil {
			t.Fatal(err)
		}
		for try := 0; ; try++ {
			err := m.Send(context.Background(), message, ControlID(rec))
			if err == nil {
				break
			}
			if try > 100 || errors.Is(err, ErrRefused) {
				t.Fatal(err)
			}
		}
		sent = append(sent, rec)
	}
	if wire.left > 0 {
		t.Errorf("only %d cuts", 50-wire.left)
	}
	refused := sent[0]
	refused.Patient.Family, refused.Version, refused.Replaces = "REJECT", 2, 1
	message, _ := MDM(refused, bytes.NewReader(pdf), HL7Options{})
	var refusal *Refusal
	if err := m.Send(context.Background(), message, ControlID(refused)); !errors.As(err, &refusal) || refusal.Code != "AR" {
		t.Error("AR gave", err)
	}
	stop := time.After(5 * time.Second)
	var order []string
	times := map[string]int{}
	for done := false; !done; {
		select {
		case h := <-lines:
			if h.Answer == "AR" {
				done = true
				break
			}
			if times[h.Control] == 0 {
				order = append(order, h.Control)
			}
			times[h.Control]++
			if got, _ := base64.StdEncoding.DecodeString(h.Data); !bytes.Equal(got, pdf) {
				t.Fatal("the PDF that arrived is another one")
			}
		case <-stop:
			t.Fatal("the engine said nothing of the last message")
		}
	}
	if len(order) != len(sent) {
		t.Fatalf("%d of %d documents arrived", len(order), len(sent))
	}
	repeats := 0
	for i, rec := range sent {
		if order[i] != ControlID(rec) {
			t.Errorf("message %d is out of order", i)
		}
		repeats += times[order[i]] - 1
	}
	t.Logf("%d documents arrived in order through 50 cuts, %d repeats under the same control id", len(order), repeats)
}

func FuzzParseAck(f *testing.F) {
	f.Add([]byte("MSH|^~\\&|A|B|C|D|20260101||ACK^T02|1|P|2.5.1\rMSA|AA|123\r"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ParseAck(b)
		if err == nil && !strings.Contains("AA AE AR CA CE CR", a.Code) {
			t.Errorf("code %q", a.Code)
		}
	})
}
