package classify

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/postroom/postroom"
)

// A RowProblem is a line of a patient list that was not taken as it stands.
// Its text holds no patient data.
type RowProblem struct {
	Line   int    // in the file, from 1; entries of a FHIR Bundle are counted from 1
	Reason string // one plain sentence
	// Taken is set when the patient was taken all the same, without the value
	// that is wrong.
	Taken bool
}

// columnNames are the names under which a patient list's columns are known,
// folded to letters and digits.
var columnNames = map[string][]string{
	"number":     {"nhsnumber", "nhsno", "nhs", "chinumber", "chi", "chino", "hcnumber", "hcn", "nhsnum", "patientnhsnumber", "healthnumber"},
	"family":     {"family", "surname", "lastname", "familyname", "patientsurname"},
	"given":      {"given", "forename", "forenames", "firstname", "firstnames", "givenname", "givennames", "patientforename"},
	"middle":     {"middlename", "middlenames"},
	"previous":   {"previoussurname", "previousname", "maidenname", "othernames", "previousnames", "formersurname", "birthname", "alias", "previousfamily"},
	"birth":      {"dob", "dateofbirth", "birthdate", "birth", "born"},
	"address":    {"address", "homeaddress", "fulladdress", "addressline1", "address1", "usualaddress"},
	"address2":   {"addressline2", "address2"},
	"address3":   {"addressline3", "address3", "town", "city"},
	"address4":   {"addressline4", "address4", "county"},
	"postcode":   {"postcode", "zip", "zipcode", "postalcode"},
	"phone":      {"phone", "telephone", "tel", "mobile", "phonenumber", "telephonenumber", "hometelephone", "contactnumber", "mobilenumber"},
	"mrn":        {"mrn", "hospitalnumber", "localid", "patientid", "emisnumber", "patientnumber", "systmoneid"},
	"id":         {"id", "key", "recordid"},
	"deceased":   {"deceased", "dead", "dateofdeath", "died", "isdeceased"},
	"left":       {"left", "deducted", "inactive", "leftpractice", "deductiondate", "dateleft", "deregistered", "deductedon"},
	"status":     {"status", "registrationstatus", "patientstatus"},
	"restricted": {"restricted", "sensitive", "sflag", "confidential", "accessrestricted", "restrictedaccess"},
}

// maxPatientList is the size of a list that is read; 100,000 patients take
// about 12 MB.
const maxPatientList = 512 << 20

// ReadPatientsCSV reads a practice's list of patients: a header line and one
// patient a line. The header names the columns (nhs_number, family, given,
// dob, address, postcode, phone; the usual other names and further columns are
// accepted, in any order). Fields are separated by comma, semicolon or tab;
// dates are ISO 8601 or day first. A line that cannot be used is skipped and
// reported; a file that cannot be used is a Problem.
func ReadPatientsCSV(r io.Reader) ([]postroom.Patient, []RowProblem, error) {
	limited := &io.LimitedReader{R: r, N: maxPatientList + 1}
	in := bufio.NewReaderSize(limited, 64<<10)
	if bom, _ := in.Peek(3); len(bom) == 3 && bom[0] == 0xEF && bom[1] == 0xBB && bom[2] == 0xBF {
		in.Discard(3)
	}
	start, err := in.Peek(8 << 10)
	if len(start) == 0 {
		return nil, nil, postroom.Bad(err, "the patient list is empty", "export it again with a header line")
	}
	if len(start) > 1 && (start[0] == 0xFF && start[1] == 0xFE || start[0] == 0xFE && start[1] == 0xFF) || strings.ContainsRune(string(start), 0) {
		return nil, nil, postroom.Bad(nil, "the patient list is not plain text in UTF-8", "export it as CSV (UTF-8)")
	}
	header, _, _ := strings.Cut(string(start), "\n")
	comma := ','
	for _, c := range []rune{';', '\t', '|'} {
		if strings.Count(header, string(c)) > strings.Count(header, string(comma)) {
			comma = c
		}
	}
	cr := csv.NewReader(in)
	cr.Comma, cr.FieldsPerRecord, cr.LazyQuotes, cr.TrimLeadingSpace, cr.ReuseRecord = comma, -1, true, true, true
	names, err := cr.Read()
	if err != nil {
		return nil, nil, postroom.Bad(err, "the header line of the patient list cannot be read", "the first line must name the columns: nhs_number,family,given,dob,address,postcode,phone")
	}
	column := map[string]int{}
	for i, name := range names {
		key := nameKey(name)
		for field, aliases := range columnNames {
			if contains(aliases, key) {
				if _, have := column[field]; !have {
					column[field] = i
				}
			}
		}
	}
	for _, need := range []struct{ field, shown string }{{"family", "family"}, {"birth", "dob"}} {
		if _, ok := column[need.field]; !ok {
			return nil, nil, postroom.Bad(nil, fmt.Sprintf("the patient list has no column %q", need.shown), "the first line must name the columns: nhs_number,family,given,dob,address,postcode,phone")
		}
	}

	var patients []postroom.Patient
	var problems []RowProblem
	seen := map[string]int{}
	for {
		record, err := cr.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := cr.FieldPos(0)
		if err != nil {
			var parse *csv.ParseError
			if !errors.As(err, &parse) {
				return nil, nil, fmt.Errorf("read the patient list: %w", err)
			}
			problems = append(problems, RowProblem{Line: parse.StartLine, Reason: "the line is not well-formed CSV"})
			continue
		}
		if limited.N <= 0 {
			return nil, nil, postroom.Bad(nil, "the patient list is larger than 512 MB", "import the patients of one practice only")
		}
		get := func(field string) string {
			i, ok := column[field]
			if !ok || i >= len(record) {
				return ""
			}
			v := strings.TrimSpace(record[i])
			if !utf8.ValidString(v) {
				v = strings.ToValidUTF8(v, "?")
			}
			return v
		}
		p, found := patientOf(get)
		if p.Family == "" && p.Given == "" && p.Number == "" {
			if strings.Trim(strings.Join(record, ""), " ,;\t") != "" {
				problems = append(problems, RowProblem{Line: line, Reason: "the line names no patient"})
			}
			continue
		}
		if p.Family == "" {
			problems = append(problems, RowProblem{Line: line, Reason: "the line has no family name"})
			continue
		}
		for _, reason := range found {
			problems = append(problems, RowProblem{Line: line, Reason: reason, Taken: true})
		}
		if p.Number != "" {
			if at, twice := seen[p.Number]; twice {
				problems = append(problems, RowProblem{Line: line, Reason: fmt.Sprintf("the number stands on line %d too: documents with it are always held", at), Taken: true})
			} else {
				seen[p.Number] = line
			}
		}
		if p.ID == "" {
			if p.ID = p.Number; p.ID == "" {
				p.ID = fmt.Sprintf("line-%d", line)
			}
		}
		patients = append(patients, p)
	}
	if len(patients) == 0 {
		return nil, problems, postroom.Bad(nil, "the patient list holds no patient", "check that it has a header line and that its columns are separated by commas")
	}
	return patients, problems, nil
}

// patientOf makes a patient of a row's fields and says what is wrong with them.
func patientOf(get func(field string) string) (postroom.Patient, []string) {
	var problems []string
	p := postroom.Patient{
		ID: get("id"), Family: get("family"), Given: get("given"), Phone: get("phone"), MRN: get("mrn"),
	}
	if m := get("middle"); m != "" {
		p.Given = strings.TrimSpace(p.Given + " " + m)
	}
	for other := range strings.FieldsFuncSeq(get("previous"), func(r rune) bool { return r == ';' || r == '|' || r == '/' || r == ',' }) {
		if other = strings.TrimSpace(other); other != "" {
			p.OtherNames = append(p.OtherNames, other)
		}
	}
	var address []string
	for _, part := range []string{"address", "address2", "address3", "address4"} {
		if v := get(part); v != "" {
			address = append(address, v)
		}
	}
	p.Address = strings.Join(address, ", ")
	if v := get("number"); v != "" {
		n, err := postroom.ParseNHSNumber(v)
		if err != nil {
			problems = append(problems, "the number is not valid ("+err.Error()+") and was left out")
		} else {
			p.Number = n.Digits()
		}
	}
	if v := get("birth"); v != "" {
		if p.BirthDate = listDate(v); p.BirthDate == "" {
			problems = append(problems, "the birth date cannot be read and was left out; write it as 1951-03-07 or 07/03/1951")
		}
	} else {
		problems = append(problems, "the birth date is missing: documents for this patient are never filed by themselves")
	}
	if v := get("postcode"); v != "" {
		pc, err := parsePostcode(v)
		if err != nil {
			problems = append(problems, "the postcode is no UK postcode; it was kept as it is")
			pc = v
		}
		p.Postcode = pc
	}
	p.Deceased, p.Left, p.Restricted = yes(get("deceased")), yes(get("left")), yes(get("restricted"))
	p.DeathDate = listDate(get("deceased")) // the column holds a date or a yes
	switch status := nameKey(get("status")); {
	case strings.Contains(status, "deceas") || strings.Contains(status, "dead"):
		p.Deceased = true
	case strings.Contains(status, "left") || strings.Contains(status, "deduct") || strings.Contains(status, "inactive") || strings.Contains(status, "deregist"):
		p.Left = true
	case strings.Contains(status, "restrict"):
		p.Restricted = true
	}
	return p, problems
}

// yes reads a flag, or a date where one is given for it.
func yes(s string) bool {
	switch strings.ToLower(s) {
	case "", "0", "n", "no", "false", "f", "none", "null", "-":
		return false
	}
	return true
}

// listDate reads a date of a list: ISO 8601 or day first, with a time behind
// it or not; two-digit years are refused, as they have two meanings.
func listDate(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "T")
	if i := strings.IndexByte(s, ' '); i > 0 && strings.Contains(s[i:], ":") {
		s = s[:i]
	}
	for _, form := range []string{"2006-01-02", "2/1/2006", "2-1-2006", "2.1.2006", "20060102", "2-Jan-2006", "2 Jan 2006", "2 January 2006", "2006/01/02"} {
		if t, err := time.Parse(form, s); err == nil && t.Year() > 1870 && t.Year() < 2200 {
			return t.Format(time.DateOnly)
		}
	}
	return ""
}
