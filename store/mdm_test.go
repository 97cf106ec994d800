package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/servers"
)

func mdmOf(t *testing.T, rec postroom.Record, l Lineage, o HL7Options) []string {
	t.Helper()
	b, err := MDM(rec, l, strings.NewReader("%PDF"), o)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(b), "\r")
}

func TestMDM(t *testing.T) {
	rec := withObjects()
	rec.Patient.Family = `O'Ex|a^m&p~l\e`
	s := mdmOf(t, rec, Lineage{Since: 1}, HL7Options{SendingFacility: "A81001"})
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
	s = mdmOf(t, rec, Lineage{Since: 2, Before: 1}, HL7Options{Charset: "8859/1", BaseURL: "https://files.example/"})
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
	// The same patient still: the document keeps its number.
	rec.Version, rec.Replaces = 3, 2
	s = mdmOf(t, rec, Lineage{Since: 2, Before: 1}, HL7Options{})
	txa = strings.Split(s[4], "|")
	if !strings.Contains(s[0], "MDM^T08^MDM_T02") || txa[12] != rec.DocumentID+"-2^POSTROOM" || txa[13] != "" || !strings.Contains(s[5], "|ED|") {
		t.Error(s[0], s[4])
	}
	s = mdmOf(t, rec, Lineage{Since: 2, Before: 1}, HL7Options{ReplaceAlways: true})
	txa = strings.Split(s[4], "|")
	if !strings.Contains(s[0], "MDM^T10^MDM_T02") || txa[12] != rec.DocumentID+"-3^POSTROOM" || txa[13] != rec.DocumentID+"-2^POSTROOM" {
		t.Error(s[0], s[4])
	}
	// Withdrawn: cancelled for whom it was filed to, under the number that the receiver knows; found to be
	// the practice's after all it is a new document again.
	rec.Version, rec.Replaces, rec.Return = 4, 3, &postroom.Return{}
	was := rec.Patient
	rec.Patient = postroom.RecordPatient{Match: postroom.MatchNone}
	s = mdmOf(t, rec, Lineage{Since: 4, Before: 2, Was: was}, HL7Options{})
	txa = strings.Split(s[4], "|")
	if !strings.Contains(s[0], "MDM^T11^MDM_T01") || !strings.Contains(s[2], "9990000018^^^NHS^NH") || txa[12] != rec.DocumentID+"-2^POSTROOM" || txa[13] != "" || txa[19] != "CA" || len(s) != 6 || s[5] != "" {
		t.Errorf("%q", s)
	}
	rec.Version, rec.Replaces, rec.Return, rec.Patient = 5, 4, nil, was
	s = mdmOf(t, rec, Lineage{Since: 5, Before: 4, Returned: true}, HL7Options{})
	if txa = strings.Split(s[4], "|"); !strings.Contains(s[0], "MDM^T02^MDM_T02") || txa[12] != rec.DocumentID+"-5^POSTROOM" || txa[13] != "" {
		t.Errorf("%q", s)
	}
	rec.Status = postroom.InReview
	if _, err := MDM(rec, Lineage{}, nil, HL7Options{}); !postroom.IsBadInput(err) {
		t.Error("a document in review was sent", err)
	}
}

func TestLineage(t *testing.T) {
	f := &Filer{Objects: withOriginals(t, openFolder(t))}
	rec := filedRecord()
	rec.DecidedBy = "user:7"
	one, two := rec.Patient, rec.Patient
	two.NHSNumber = "9990000026"
	for i, c := range []struct {
		patient postroom.RecordPatient
		want    Lineage
	}{{one, Lineage{Since: 1}}, {one, Lineage{1, 0, one, false}}, {two, Lineage{3, 1, one, false}}, {two, Lineage{3, 1, two, false}}, {one, Lineage{5, 3, two, false}},
		{postroom.RecordPatient{Match: postroom.MatchNone}, Lineage{6, 5, one, false}}, {two, Lineage{7, 6, postroom.RecordPatient{Match: postroom.MatchNone}, true}}} {
		rec.Version, rec.Replaces, rec.Patient = i+1, i, c.patient
		if rec.Return = nil; c.patient.Match == postroom.MatchNone {
			rec.Return = &postroom.Return{Why: "left", Priority: "routine"}
		}
		rec.Objects = postroom.RecordObjects{Originals: rec.Objects.Originals}
		if _, err := file(f, rec, "%PDF"); err != nil {
			t.Fatal(err)
		}
		if got, err := LineageOf(t.Context(), f.Objects, rec); err != nil || got != c.want {
			t.Errorf("version %d: %+v, not %+v (%v)", i+1, got, c.want, err)
		}
	}
}

func TestMLLPToAnEngineOfOthersThroughCuts(t *testing.T) {
	engine := servers.HL7(t)
	wire := servers.CutWire(t, engine.Addr, 50, 6000)
	ca := engine.CA
	m, err := OpenMLLP(MLLPConfig{Address: wire.Addr, CAFile: ca.CAFile, CertFile: ca.CertFile, KeyFile: ca.KeyFile, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	pdf := bytes.Repeat([]byte("%PDF- words "), 100)
	var sent []postroom.Record
	for i, rec := range runOf(60) {
		rec.Patient = postroom.RecordPatient{Match: postroom.MatchExact, NHSNumber: []string{"9990000018", "9990000026"}[i%2], Family: "O'Ex^ample", Given: "Zoë", BirthDate: "1948-03-02"}
		message, err := MDM(rec, Lineage{Since: 1}, bytes.NewReader(pdf), HL7Options{SendingFacility: "A81001"})
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
	if n := wire.CutsLeft(); n > 0 {
		t.Errorf("only %d cuts", 50-n)
	}
	refused := sent[0]
	refused.Patient.Family, refused.Version, refused.Replaces = "REJECT", 2, 1
	message, _ := MDM(refused, Lineage{Since: 1}, bytes.NewReader(pdf), HL7Options{})
	var refusal *Refusal
	if err := m.Send(context.Background(), message, ControlID(refused)); !errors.As(err, &refusal) || refusal.Code != "AR" {
		t.Error("AR gave", err)
	}
	var order []string
	times := map[string]int{}
	for _, h := range engine.Heard() {
		if h.Answer == "AR" {
			if h.Event != "T08" {
				t.Errorf("a correction came as %s", h.Event)
			}
			continue
		}
		if times[h.Control] == 0 {
			order = append(order, h.Control)
		}
		times[h.Control]++
		if got, _ := base64.StdEncoding.DecodeString(h.Data); !bytes.Equal(got, pdf) {
			t.Fatal("the PDF that arrived is another one")
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
	gone := sent[2]
	gone.Version, gone.Replaces, gone.Return, gone.Patient = 2, 1, &postroom.Return{}, postroom.RecordPatient{Match: postroom.MatchNone}
	if message, err = MDM(gone, Lineage{Since: 2, Before: 1, Was: sent[2].Patient}, nil, HL7Options{}); err == nil {
		err = m.Send(t.Context(), message, ControlID(gone))
	}
	heard := engine.Heard()
	if last := heard[len(heard)-1]; err != nil || last.Event != "T11" || last.Number != sent[2].Patient.NHSNumber || last.Unique != gone.DocumentID+"-1" || last.Data != "" {
		t.Errorf("a withdrawn document: %+v, %v", last, err)
	}
	if err := m.Check(t.Context()); err != nil {
		t.Error(err)
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
