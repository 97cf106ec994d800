package testdata

import (
	"bytes"
	"io"
	"io/fs"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

func TestTruthOfTheInbox(t *testing.T) {
	patients, truths, err := generate.SampleInbox(Inbox)
	if err != nil {
		t.Fatal(err)
	}
	if len(patients) != generate.InboxPatients {
		t.Errorf("%d patients", len(patients))
	}
	listed := map[string]postroom.Patient{}
	for _, p := range patients {
		if _, err := postroom.ParseNHSNumber(p.Number); err != nil || !strings.HasPrefix(p.Number, "999") {
			t.Errorf("%s is no number of the test range: %v", p.Number, err)
		}
		if _, err := postroom.ParsePostcode(p.Postcode); err != nil {
			t.Errorf("%s: %v", p.Postcode, err)
		}
		if _, err := time.Parse(time.DateOnly, p.BirthDate); err != nil {
			t.Error(err)
		}
		if listed[p.Number].Number != "" {
			t.Errorf("%s is twice in the list", p.Number)
		}
		listed[p.Number] = p
	}
	names, err := fs.Glob(Inbox, "*.eml")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 28 || len(names) != len(truths) {
		t.Fatalf("%d mails and %d truths", len(names), len(truths))
	}
	types, holds, forms := map[postroom.TypeCode]int{}, map[string]int{}, map[string]int{}
	for i, truth := range truths {
		if truth.Message != names[i] {
			t.Errorf("the truth of %s stands where that of %s should", truth.Message, names[i])
		}
		checkTruth(t, truth)
		for _, d := range truth.Documents {
			types[d.Type]++
			holds[d.Hold]++
			p, known := listed[d.Patient.NHSNumber]
			if d.Patient.InRegister != known {
				t.Errorf("%s: in_register is %v", truth.Message, d.Patient.InRegister)
			}
			if known && (p.Family != d.Patient.Family || p.BirthDate != d.Patient.BirthDate) {
				t.Errorf("%s: the patient is not as listed", truth.Message)
			}
		}
		forms[strings.Split(truth.Form, "+")[0]]++
		if truth.Exception != "" {
			forms[string(truth.Exception)]++
		}
		raw, err := fs.ReadFile(Inbox, names[i])
		if err != nil {
			t.Fatal(err)
		}
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%s: %v", names[i], err)
		}
		if _, err := m.Header.Date(); err != nil {
			t.Errorf("%s: %v", names[i], err)
		}
		if _, err := io.ReadAll(m.Body); err != nil {
			t.Error(err)
		}
	}
	if len(types) < 18 {
		t.Errorf("only %d types: %v", len(types), types)
	}
	for _, want := range []string{generate.HoldUrgent, generate.HoldNotInRegister, generate.HoldConflict, generate.HoldNoNumber, generate.HoldDuplicate, generate.HoldIncomplete, ""} {
		if holds[want] == 0 {
			t.Errorf("no document of the hold %q", want)
		}
	}
	for _, want := range []string{"fax-tiff-g3", "fax-tiff-g3-2d", "fax-tiff-g4", "fax-tiff-g4-fine", "fax-pdf-g4-fine", "scan-pdf", "scan-jpeg", "scan-png", "text-pdf", "locked-pdf", "owner-pdf",
		"link_only", "failed_reception", "partial_reception", "auto_reply", "no_document"} {
		if forms[want] == 0 {
			t.Errorf("no mail of the form %s", want)
		}
	}
}

// checkTruth checks that each page is in one document or has one fate.
func checkTruth(t *testing.T, truth generate.Truth) {
	t.Helper()
	count := map[generate.PageRef]int{}
	for _, d := range truth.Documents {
		if len(d.Pages) == 0 {
			t.Errorf("%s: a document without a page", truth.Message)
		}
		for _, p := range d.Pages {
			count[p]++
		}
		if n := d.Fields[postroom.NHSNumberField]; n != "" && !strings.HasPrefix(n, "999") {
			t.Errorf("%s: the number %s is not of the test range", truth.Message, n)
		}
	}
	for _, p := range truth.OtherPages {
		count[p.PageRef]++
	}
	for _, p := range truth.Pages {
		if count[p.PageRef] != 1 {
			t.Errorf("%s: page %v is accounted for %d times", truth.Message, p.PageRef, count[p.PageRef])
		}
		delete(count, p.PageRef)
		for _, l := range p.Lines {
			if l.Box[0] < 0 || l.Box[1] < -20 || l.Box[2] > 10100 || l.Box[3] > 10100 || l.Box[0] >= l.Box[2] || l.Box[1] >= l.Box[3] {
				t.Errorf("%s: %q stands at %v", truth.Message, l.Text, l.Box)
			}
		}
	}
	if len(count) > 0 {
		t.Errorf("%s: fates of pages that are not there: %v", truth.Message, count)
	}
	if truth.Exception == "" && len(truth.Pages)+len(truth.Quarantined) == 0 {
		t.Errorf("%s holds nothing and is no exception", truth.Message)
	}
}

// Every value of the truth must stand on the paper: it is what the letter says.
func TestValuesStandOnThePage(t *testing.T) {
	_, truths, err := generate.SampleInbox(Inbox)
	if err != nil {
		t.Fatal(err)
	}
	digits := regexp.MustCompile(`[^0-9]`)
	for _, truth := range truths {
		for _, d := range truth.Documents {
			var lines []string
			for _, p := range truth.Pages {
				if slices.Contains(d.Pages, p.PageRef) {
					lines = append(lines, p.Text())
				}
			}
			text := strings.Join(strings.Fields(strings.Join(lines, " ")), " ")
			for name, value := range d.Fields {
				if d.Hold == generate.HoldIncomplete {
					continue // what is missing may be on the lost page
				}
				switch name {
				case postroom.BirthDate, postroom.LetterDate, postroom.EventDate, postroom.AdmissionDate, postroom.DischargeDate:
					at, err := time.Parse(time.DateOnly, value)
					if err != nil {
						t.Error(err)
					}
					if !strings.Contains(text, at.Format("06")) {
						t.Errorf("%s: no %s %s", truth.Message, name, value)
					}
				case postroom.NHSNumberField, postroom.PatientPhone:
					if !strings.Contains(digits.ReplaceAllString(text, ""), value) {
						t.Errorf("%s: no %s", truth.Message, name)
					}
				case postroom.PatientName:
					for _, word := range strings.Fields(value) {
						if !strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
							t.Errorf("%s: no %s %s", truth.Message, name, value)
						}
					}
				default:
					for _, item := range strings.Split(value, "\n") {
						if first := strings.Fields(item)[0]; !strings.Contains(strings.ToLower(text), strings.ToLower(first)) {
							t.Errorf("%s: no %s %q", truth.Message, name, item)
						}
					}
				}
			}
		}
	}
}

func TestHostileFolderIsEmbedded(t *testing.T) {
	if *update {
		return // what is embedded is still the old
	}
	made, err := generate.Hostile()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range made {
		b, err := fs.ReadFile(Hostile, f.Name)
		if err != nil {
			t.Error(err)
		}
		if !bytes.Equal(b, f.Data) {
			t.Errorf("%s differs", f.Name)
		}
	}
}
