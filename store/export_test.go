package store

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

func csvOf(t *testing.T, recs ...postroom.Record) (raw string, rows []map[string]string) {
	t.Helper()
	var b bytes.Buffer
	if err := WriteCSV(&b, records(recs...)); err != nil {
		t.Fatal(err)
	}
	raw = b.String()
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(raw, "\uFEFF"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return raw, rows
}

func TestCSV(t *testing.T) {
	raw, rows := csvOf(t, withObjects())
	if !strings.HasPrefix(raw, "\uFEFFdocument_id,") {
		t.Error("no byte order mark: a spreadsheet would take it for another encoding")
	}
	if strings.Count(raw, "\n") != 2 || strings.Count(raw, "\r\n") != 2 {
		t.Errorf("lines of %q", raw)
	}
	row := rows[0]
	for name, want := range map[string]string{
		"document_id": filedRecord().DocumentID, "status": "filed", "type": "discharge_summary", "type_title": "Discharge summary",
		"type_confidence": "0.991", "urgent": "no", "received": "2026-03-12T09:14:00Z", "decided_at": "2026-03-12T09:15:30Z",
		"nhs_number": "999 000 0018", "family": "O'Example", "given": "Ann Marie", "birth_date": "1948-03-02",
		"read_nhs_number": "999 000 0018", "read_ods_code": "? RXX", "read_medications": "Aspirin 75 mg; Ramipril 2.5 mg",
		"read_allergies": "", "pages": "2", "other_pages": "1", "reasons": "Discharge summary, 99% sure",
		"pdf": withObjects().Objects.PDF, "decided_by": "postroom", "duplicate_of": "",
	} {
		if got, ok := row[name]; !ok || got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
}

func TestCSVCannotInjectFormulas(t *testing.T) {
	rec := withObjects()
	for i, evil := range []string{
		"=1+1", "+44 1632 960123", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", " =1+1", "\u00a0=1+1", "\u200b=1+1", "\ufeff=1+1",
		"＝1+1", "＋1", "－1", "＠SUM(1)", "\x00=1+1", "=cmd|' /C calc'!A0", "\n=HYPERLINK(\"https://evil.example\")", "%0a=1", "|calc",
	} {
		rec.Message.Subject = evil
		rec.Message.From = "a" + evil
		rec.Fields[postroom.PatientName] = postroom.Field{Value: evil, Valid: true}
		rec.Patient.Family = evil
		raw, rows := csvOf(t, rec)
		for _, name := range []string{"subject", "read_patient_name", "family"} {
			if got := rows[0][name]; !strings.HasPrefix(got, "'") {
				t.Errorf("%d: %s is %q", i, name, got)
			}
		}
		if got := rows[0]["from"]; strings.HasPrefix(got, "'") {
			t.Errorf("%d: a harmless cell is %q", i, got)
		}
		if strings.Count(raw, "\n") != 2 {
			t.Errorf("%d: a line break in a cell: %q", i, raw)
		}
	}
}

// A spreadsheet drops leading zeros, rounds what is long, and takes an E for a power of ten.
func TestCSVKeepsNumbersThatAreNone(t *testing.T) {
	for value, want := range map[string]string{
		"0012345": "'0012345", "12E45": "'12E45", "1.5e3": "'1.5e3", "123456789012": "'123456789012",
		"7654321": "7654321", "0": "0", "12 E 45": "12 E 45", "A81001": "A81001",
	} {
		rec := withObjects()
		rec.Fields[postroom.MRN] = postroom.Field{Value: value, Valid: true}
		rec.Fields[postroom.PatientPhone] = postroom.Field{Value: "01632960123", Valid: true}
		_, rows := csvOf(t, rec)
		if got := rows[0]["read_mrn"]; got != want {
			t.Errorf("%s is %s, not %s", value, got, want)
		}
		if got := rows[0]["read_patient_phone"]; got != "01632 960123" {
			t.Errorf("the telephone number is %s", got)
		}
	}
}

func TestCSVOfHeldMessage(t *testing.T) {
	rec := postroom.Record{DocumentID: filedRecord().DocumentID, Version: 1, Status: postroom.Quarantined, Message: filedRecord().Message, Reasons: []string{"one", "two"}}
	_, rows := csvOf(t, rec, rec)
	if len(rows) != 2 || rows[0]["status"] != "quarantined" || rows[0]["reasons"] != "one; two" || rows[0]["nhs_number"] != "" || rows[0]["decided_at"] != "" {
		t.Errorf("%v", rows)
	}
	if header := CSVHeader(); len(header) != len(slices.Compact(slices.Sorted(slices.Values(header)))) {
		t.Error("two columns have one name")
	}
}

func TestExportStops(t *testing.T) {
	broken := errors.New("the database went away")
	failing := func(yield func(postroom.Record, error) bool) { yield(postroom.Record{}, broken) }
	if err := WriteCSV(&bytes.Buffer{}, failing); !errors.Is(err, broken) {
		t.Errorf("CSV: %v", err)
	}
	if err := WriteJSONL(&bytes.Buffer{}, failing); !errors.Is(err, broken) {
		t.Errorf("JSONL: %v", err)
	}
	full := writeFunc(func([]byte) (int, error) { return 0, broken })
	if err := WriteCSV(full, records(withObjects())); !errors.Is(err, broken) {
		t.Errorf("CSV to a full disk: %v", err)
	}
	if err := WriteJSONL(full, records(withObjects())); !errors.Is(err, broken) {
		t.Errorf("JSONL to a full disk: %v", err)
	}
	wrong := withObjects()
	wrong.Status = "lost"
	if err := WriteJSONL(&bytes.Buffer{}, records(wrong)); !postroom.IsBadInput(err) {
		t.Errorf("a wrong record: %v", err)
	}
}

type writeFunc func([]byte) (int, error)

func (f writeFunc) Write(p []byte) (int, error) { return f(p) }

// However a value looks, it comes back from the CSV as one cell that is no formula.
func FuzzCell(f *testing.F) {
	for _, s := range []string{"=1", "plain", "a\nb", "\"quoted\"", "'x", "\x00", "\xff", "ß"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := cell(s)
		if strings.ContainsAny(c, "\n\r\t\x00") {
			t.Errorf("%q has a control character", c)
		}
		if c != "" && strings.ContainsAny(c[:1], "=+-@") {
			t.Errorf("%q is a formula", c)
		}
		if cell(c) != c {
			t.Errorf("%q becomes %q the second time", c, cell(c))
		}
	})
}
