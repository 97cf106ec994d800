package store

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/postroom/postroom"
)

// WriteJSONL writes one record a line, as record.json holds it.
func WriteJSONL(w io.Writer, records iter.Seq2[postroom.Record, error]) error {
	for rec, err := range records {
		if err != nil {
			return fmt.Errorf("export records: %w", err)
		}
		b, err := EncodeRecord(rec)
		if err != nil {
			return fmt.Errorf("export records: %w", err)
		}
		if _, err := w.Write(b); err != nil {
			return fmt.Errorf("export records: %w", err)
		}
	}
	return nil
}

// CSVHeader is the first line of WriteCSV.
func CSVHeader() []string {
	header := []string{
		"document_id", "version", "status", "type", "type_title", "type_confidence", "urgent", "duplicate_of", "received",
		"match", "nhs_number", "family", "given", "birth_date",
	}
	for _, name := range postroom.FieldNames {
		header = append(header, "read_"+string(name))
	}
	return append(header, "pages", "other_pages", "reasons", "source", "from", "subject", "message_sha256", "pdf", "fhir", "decided_by", "decided_at")
}

// WriteCSV writes records as CSV (RFC 4180) that a spreadsheet opens as it is:
// UTF-8 with a byte order mark, lines ended by CR LF, dates in ISO 8601, numbers
// of patients as "943 476 5919" so that they stay text. A cell that a
// spreadsheet would take for a formula, or for a number that it is not, begins with an apostrophe. The columns read_... are
// values read from the document, those that break a rule with a question mark before them.
func WriteCSV(w io.Writer, records iter.Seq2[postroom.Record, error]) error {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return fmt.Errorf("export records: %w", err)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(CSVHeader()); err != nil {
		return fmt.Errorf("export records: %w", err)
	}
	for rec, err := range records {
		if err != nil {
			return fmt.Errorf("export records: %w", err)
		}
		row := csvRow(rec)
		for i := range row {
			row[i] = cell(row[i])
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("export records: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("export records: %w", err)
	}
	return nil
}

func csvRow(rec postroom.Record) []string {
	rec = normal(rec)
	kind, _ := postroom.TypeOf(rec.Type.Code)
	duplicate := ""
	if rec.DuplicateOf != nil {
		duplicate = *rec.DuplicateOf
	}
	row := []string{
		rec.DocumentID, strconv.Itoa(rec.Version), string(rec.Status), string(rec.Type.Code), kind.Title,
		strconv.FormatFloat(float64(rec.Type.Confidence), 'f', 3, 64), yesNo(rec.Urgent), duplicate, csvTime(rec.Message.Received),
		string(rec.Patient.Match), spaced(rec.Patient.NHSNumber), rec.Patient.Family, rec.Patient.Given, rec.Patient.BirthDate,
	}
	for _, name := range postroom.FieldNames {
		f, ok := rec.Fields[name]
		v := f.Value
		switch name {
		case postroom.NHSNumberField, postroom.CHINumberField, postroom.HCNumberField:
			v = spaced(v)
		case postroom.PatientPhone:
			if digits.MatchString(v) && len(v) == 11 {
				v = v[:5] + " " + v[5:]
			}
		}
		if ok && !f.Valid && v != "" {
			v = "? " + v
		}
		row = append(row, v)
	}
	return append(row, strconv.Itoa(len(rec.Pages)), strconv.Itoa(len(rec.OtherPages)), strings.Join(rec.Reasons, "; "),
		rec.Message.Source, rec.Message.From, rec.Message.Subject, string(rec.Message.Hash),
		rec.Objects.PDF, rec.Objects.FHIR, rec.DecidedBy, csvTime(rec.DecidedAt))
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// spaced prints a ten-digit number 3 3 4 as forms do; a spreadsheet would turn
// the bare digits into a number and drop leading zeros.
func spaced(digits string) string {
	if len(digits) != 10 || strings.Trim(digits, "0123456789") != "" {
		return digits
	}
	return digits[:3] + " " + digits[3:6] + " " + digits[6:]
}

// cell makes one line of a value and takes away its power (OWASP, CSV
// Injection): a spreadsheet evaluates what begins with = + - @, also after
// white space and in full-width forms. It also takes "007" for 7, "12E5" for 1200000, and
// shows long numbers rounded: these, too, are kept as text by an apostrophe.
func cell(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.ReplaceAll(strings.TrimSpace(s), "\n", "; ")
	// Invisible characters may hide the first one that counts.
	first := strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	if first != "" && strings.ContainsRune("=+-@＝＋－＠|%", []rune(first)[0]) {
		return "'" + s
	}
	if digits.MatchString(s) && (len(s) > 11 || len(s) > 1 && s[0] == '0') || powers.MatchString(s) {
		return "'" + s
	}
	return s
}

var (
	digits = regexp.MustCompile(`^[0-9]+$`)
	powers = regexp.MustCompile(`^[0-9]+(\.[0-9]*)?[eE][+-]?[0-9]+$`)
)
