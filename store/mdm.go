package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"

	"github.com/postroom/postroom"
)

// HL7Options say how HL7 v2 messages are made.
type HL7Options struct {
	SendingApplication   string // MSH-3; POSTROOM
	SendingFacility      string // MSH-4, the practice's ODS code
	ReceivingApplication string // MSH-5
	ReceivingFacility    string // MSH-6
	Processing           string // MSH-11: P (production), T (training) or D; P
	// Charset is MSH-18 (HL7 table 0211): "UNICODE UTF-8", or "8859/1", in which a
	// letter that it lacks becomes a question mark. UTF-8 when empty.
	Charset string
	// BaseURL is put before the PDF's key: the PDF is then given by reference
	// (OBX-2 RP) instead of inside the message (ED).
	BaseURL string
	// ReplaceAlways sends T10 for every correction: receivers that hold to the note in
	// HL7 v2.5.1, 9.5.8 take an edit (T08) only before a document is available.
	ReplaceAlways bool
}

// ControlID names the message about a version of a document (MSH-10, at most
// 20 characters). It follows from the version alone: a repeat carries the same.
func ControlID(rec postroom.Record) string {
	return string(postroom.HashOf(fmt.Appendf(nil, "postroom.mdm/1\n%s\n%d", rec.DocumentID, rec.Version))[:20])
}

// uniqueNumber is a version's number in TXA-12.
func uniqueNumber(rec postroom.Record, version int) string {
	return fmt.Sprintf("%s-%d", rec.DocumentID, version)
}

// A Lineage says how a document's version came from the ones before it.
type Lineage struct {
	// Since is the version since which the document is about the same patient.
	Since int
	// Before is the same of the patient before; 0 when there was none.
	Before int
	// Was is the patient of the version that was replaced, for a document that is withdrawn.
	Was postroom.RecordPatient
	// Returned is set when the version that was replaced had withdrawn the document.
	Returned bool
}

// LineageOf reads the versions before rec, which are kept.
func LineageOf(ctx context.Context, objects Objects, rec postroom.Record) (Lineage, error) {
	f := &Filer{Objects: objects}
	l := Lineage{Since: rec.Version}
	at := rec
	for at.Version > 1 {
		before := at
		before.Version = at.Replaces
		earlier, err := f.record(ctx, RecordKey(before))
		if err != nil {
			return l, fmt.Errorf("read version %d of document %s: %w", before.Version, rec.DocumentID, err)
		}
		if at.Version == rec.Version {
			l.Was, l.Returned = earlier.Patient, withdrawn(earlier)
		}
		same := samePatient(earlier.Patient, at.Patient)
		switch {
		case l.Before == 0 && same:
			l.Since = earlier.Version
		case l.Before == 0 || same:
			l.Before = earlier.Version
		default:
			return l, nil
		}
		at = earlier
	}
	return l, nil
}

func samePatient(a, b postroom.RecordPatient) bool {
	if a.NHSNumber != "" || b.NHSNumber != "" {
		return a.NHSNumber == b.NHSNumber
	}
	return a.Family == b.Family && a.Given == b.Given && a.BirthDate == b.BirthDate
}

// MDM returns an HL7 v2.5.1 message (chapter 9) about a filed document:
//
//	MDM^T02  a new one
//	MDM^T08  one that was corrected: its number in TXA-12 stays what it was
//	MDM^T10  one that is another patient's now, under a new number, with the number
//	         that it replaces in TXA-13
//	MDM^T11  one that was about nobody of the practice: cancelled, for the patient
//	         who had it, and nothing in its place
//
// Of what was read it holds nothing but the document's type and dates; the
// patient is the one of the register. Segments end with CR. The same record and
// PDF give the same bytes.
func MDM(rec postroom.Record, l Lineage, pdf io.Reader, o HL7Options) ([]byte, error) {
	if rec.Status != postroom.Filed {
		return nil, postroom.Bad(nil, "document "+rec.DocumentID+" is not filed", "a person has to look at it")
	}
	event, number, parent := "T02", rec.Version, 0
	gone := withdrawn(rec)
	switch {
	case gone:
		// The number that the receiver has it under.
		if event, number = "T11", rec.Replaces; !o.ReplaceAlways && l.Before > 0 {
			number = l.Before
		}
		rec.Patient = l.Was
	case rec.Version == 1, l.Returned:
	case o.ReplaceAlways:
		event, parent = "T10", rec.Replaces
	case l.Since > 0 && l.Since < rec.Version:
		event, number = "T08", l.Since
	default:
		event, parent = "T10", l.Before
		if parent == 0 {
			parent = rec.Replaces
		}
	}
	charset := o.Charset
	if charset == "" {
		charset = "UNICODE UTF-8"
	}
	if charset != "UNICODE UTF-8" && charset != "8859/1" {
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "HL7 messages cannot be written in the character set " + charset, Hint: `write "UNICODE UTF-8" or "8859/1"`}
	}
	application, processing := o.SendingApplication, o.Processing
	if application == "" {
		application = "POSTROOM"
	}
	if processing == "" {
		processing = "P"
	}
	at := hl7Time(decided(rec))
	kind, _ := postroom.TypeOf(rec.Type.Code)
	name := title(rec)

	var b strings.Builder
	segment := func(fields ...string) {
		b.WriteString(strings.TrimRight(strings.Join(fields, "|"), "|"))
		b.WriteByte('\r')
	}
	e := hl7Escape
	segment("MSH", `^~\&`, e(application), e(o.SendingFacility), e(o.ReceivingApplication), e(o.ReceivingFacility), at, "",
		"MDM^"+event+"^"+map[bool]string{true: "MDM_T01", false: "MDM_T02"}[gone], ControlID(rec), processing, "2.5.1", "", "", "AL", "NE", "", charset)
	segment("EVN", "", at)
	identity := ""
	if id := patientNumber(rec.Patient.NHSNumber, rec.Patient.BirthDate, FHIROptions{}); id != nil {
		authority := "NHS"
		if id.System != sysNHS {
			authority = map[bool]string{true: "CHI", false: "HCN"}[id.Type != nil && id.Type.Text == "CHI number"]
		}
		identity = id.Value + "^^^" + authority + "^NH"
	}
	given := strings.Fields(clean(rec.Patient.Given))
	first, more := "", ""
	if len(given) > 0 {
		first, more = given[0], strings.Join(given[1:], " ")
	}
	segment("PID", "1", "", identity, "", strings.TrimRight(e(clean(rec.Patient.Family))+"^"+e(first)+"^"+e(more), "^"), "",
		strings.ReplaceAll(dateOnly(rec.Patient.BirthDate), "-", ""))
	segment("PV1", "1", "N")
	replaced, authenticated := "", "PA"
	if parent > 0 {
		replaced = uniqueNumber(rec, parent) + "^" + e(application)
	}
	if byPerson(rec) {
		authenticated = "AU"
	}
	confidential := ""
	if rec.Type.Code == postroom.Safeguarding {
		confidential = "R"
	}
	activity := strings.ReplaceAll(date(rec, postroom.LetterDate), "-", "")
	segment("TXA", "1", e(string(rec.Type.Code))+"^"+e(name)+"^L", "AP", activity, "", hl7Time(rec.Message.Received), "", "", "", "", "",
		uniqueNumber(rec, number)+"^"+e(application), replaced, "", "", "document.pdf", authenticated, confidential, map[bool]string{true: "CA", false: "AV"}[gone])
	if gone {
		return encodeHL7(b.String(), charset)
	}
	code := e(kind.SNOMED) + "^" + e(name) + "^SCT"
	if kind.SNOMED == "" {
		code = e(string(rec.Type.Code)) + "^" + e(name) + "^L"
	}
	value, valueType := "", "ED"
	if o.BaseURL != "" {
		valueType = "RP"
		value = e(strings.TrimSuffix(o.BaseURL, "/")+"/"+rec.Objects.PDF) + "^" + e(application) + "^AP^PDF"
	} else {
		raw, err := io.ReadAll(pdf)
		if err != nil {
			return nil, fmt.Errorf("read the PDF of document %s: %w", rec.DocumentID, err)
		}
		if len(raw) == 0 {
			return nil, postroom.Bad(nil, "the PDF of document "+rec.DocumentID+" is empty", "")
		}
		value = "^AP^PDF^Base64^" + base64.StdEncoding.EncodeToString(raw)
	}
	segment("OBX", "1", valueType, code, "", value, "", "", "", "", "", "F")
	return encodeHL7(b.String(), charset)
}

func encodeHL7(message, charset string) ([]byte, error) {
	if charset != "8859/1" {
		return []byte(message), nil
	}
	out, err := charmap.ISO8859_1.NewEncoder().String(strings.Map(func(r rune) rune {
		if r > 0xff {
			return '?'
		}
		return r
	}, message))
	return []byte(out), err
}

// hl7Escape writes the delimiters of a message as HL7 v2.5.1, 2.7.1 asks.
func hl7Escape(s string) string {
	return strings.NewReplacer(`\`, `\E\`, "|", `\F\`, "^", `\S\`, "&", `\T\`, "~", `\R\`, "\r", `\X0D\`, "\n", `\X0A\`,
		"\x0b", " ", "\x1c", " ").Replace(s)
}

func hl7Time(t time.Time) string { return t.UTC().Format("20060102150405-0700") }

// An HL7Ack is the answer to a message.
type HL7Ack struct {
	Code    string // MSA-1: AA, AE or AR (or CA, CE, CR)
	Control string // MSA-2: the control id of the message that it answers
	Text    string // MSA-3 or ERR-8, which can hold patient data: for the screen, not for logs
}

// ParseAck reads an acknowledgement (HL7 v2.5.1, 2.9.2).
func ParseAck(b []byte) (HL7Ack, error) {
	bad := func() (HL7Ack, error) {
		return HL7Ack{}, postroom.Bad(nil, "the receiver's answer is no HL7 acknowledgement", "look whether the address is that of an HL7 v2 receiver")
	}
	segments := bytes.FieldsFunc(b, func(r rune) bool { return r == '\r' || r == '\n' })
	if len(segments) < 2 || len(segments[0]) < 8 || !bytes.HasPrefix(segments[0], []byte("MSH")) {
		return bad()
	}
	separator := string(segments[0][3:4])
	for _, s := range segments[1:] {
		fields := strings.Split(string(s), separator)
		if fields[0] != "MSA" || len(fields) < 3 {
			continue
		}
		a := HL7Ack{Code: fields[1], Control: fields[2]}
		if len(fields) > 3 {
			a.Text = fields[3]
		}
		switch a.Code {
		case "AA", "AE", "AR", "CA", "CE", "CR":
			return a, nil
		}
	}
	return bad()
}
