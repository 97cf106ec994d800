package store

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A FHIRProfile is the set of rules that a bundle follows beyond FHIR R4 itself.
type FHIRProfile string

const (
	UKCore FHIRProfile = ""    // HL7 UK Core
	USCore FHIRProfile = "us"  // HL7 US Core
	MHD    FHIRProfile = "mhd" // IHE Mobile access to Health Documents, minimal metadata
)

// FHIROptions say how bundles are made.
type FHIROptions struct {
	Profile FHIRProfile
	// The practice, which keeps the documents (custodian). Receivers refuse
	// documents without it.
	PracticeODS  string
	PracticeName string
	// BaseURL is put before the PDF's object key to make the URL in the bundle.
	BaseURL string
	// InlineUpTo is the size up to which the bundle holds the PDF itself, in bytes; less
	// than zero for none, zero for 700 KiB, or for none with a BaseURL. A larger one is
	// linked to, and with MHD every one: under BaseURL, or else as the receiver's resource
	// Binary/<SHA-256>, which [FHIRServer.Send] makes there.
	InlineUpTo int64
	// Parties makes the patient, the practice, and the sender as far as a person
	// confirmed who it is, entries of the bundle, made only where the receiver has
	// none with that identifier. Otherwise they are named by their identifiers.
	Parties bool

	urns     map[string]string // of the parties that are entries; see partyKey
	Language string            // of the documents, BCP 47; empty for en-GB, or en-US with US Core
	// CHISystem and HCSystem are the identifier systems of Scottish and Northern
	// Irish numbers. When one is empty such an identifier has a type in words instead.
	CHISystem string
	HCSystem  string
}

// inlineUpTo keeps base64 below 1 MiB: FHIR R4 sets base64Binary no limit (2.24.0.1),
// but receivers hold it to that of a string.
const inlineUpTo = 700 << 10

// Identifier systems and profiles.
const (
	sysURI      = "urn:ietf:rfc:3986"
	sysNHS      = "https://fhir.nhs.uk/Id/nhs-number"
	sysODS      = "https://fhir.nhs.uk/Id/ods-organization-code"
	sysGMC      = "https://fhir.hl7.org.uk/Id/gmc-number"
	sysNPI      = "http://hl7.org/fhir/sid/us-npi"
	sysSNOMED   = "http://snomed.info/sct"
	sysLOINC    = "http://loinc.org"
	sysUSClass  = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"
	sysFormat   = "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode"
	sysSecrecy  = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
	sysAgent    = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
	sysActivity = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"

	extVerified = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
	sysVerified = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"

	ukCore = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"
	usCore = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
	mhdDoc = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.Minimal.DocumentReference"
)

// FHIR returns a transaction Bundle (HL7 FHIR R4, 3.1.0.11.2) that hands the
// document on: a DocumentReference, its Provenance, one Provenance each for the
// elements that only the machine has read and for those that a person confirmed, a
// Task when it is urgent, and one for each action that a person confirmed.
// Every entry is a PUT under an id that follows from the document and its
// version, so sending the bundle again changes nothing. Nothing clinical that
// was read from the pages is in it as a resource of its own.
//
// pdf is read to its end. For a correction, previous is the bundle of the version
// that it replaces: its DocumentReference is sent along as superseded and its Tasks as
// cancelled, or as entered in error when it named another patient. For a document that is
// withdrawn that is all that is sent.
func FHIR(rec postroom.Record, pdf io.Reader, previous []byte, o FHIROptions) ([]byte, error) {
	content, err := attachmentOf(rec, pdf, o)
	if err != nil {
		return nil, err
	}
	b := bundle{ResourceType: "Bundle", Type: "transaction"}
	var known []entry
	known, o.urns = parties(rec, o)
	doc := documentReference(rec, content, o)
	var old []entry
	if rec.Version > 1 {
		var wrongPatient bool
		var theirs []entry
		if old, theirs, wrongPatient, err = supersede(previous, doc, withdrawn(rec)); err != nil {
			return nil, err
		}
		for _, e := range theirs {
			if !slices.ContainsFunc(known, func(k entry) bool { return k.FullURL == e.FullURL }) {
				known = append(known, e)
			}
		}
		if !wrongPatient {
			id := strings.TrimPrefix(old[0].Request.URL, "DocumentReference/")
			doc.RelatesTo = []relatesTo{{Code: "replaces", Target: reference{
				Reference: old[0].Request.URL, Type: "DocumentReference",
				Identifier: &identifier{System: sysURI, Value: versionURN(id)}}}}
		}
	}
	if withdrawn(rec) {
		p := nullified(rec, doc, old, o)
		b.add(p.ResourceType, p.ID, p)
		b.Entry = append(append(b.Entry, old...), known...)
		return encodeJSON(b)
	}
	b.add(doc.ResourceType, doc.ID, doc)
	for _, p := range append([]provenanceRes{provenance(rec, doc, o)}, elementProvenances(rec, doc, o)...) {
		b.add(p.ResourceType, p.ID, p)
	}
	if rec.Urgent {
		t := urgentTask(rec, doc, o)
		b.add(t.ResourceType, t.ID, t)
	}
	for _, t := range actionTasks(rec, doc, o) {
		b.add(t.ResourceType, t.ID, t)
	}
	// A task that the replaced version gave and this one does not is withdrawn, too.
	b.Entry = append(append(b.Entry, old...), known...)
	return encodeJSON(b)
}

// fhirID names a version of a document; the same id serves each type of resource.
func fhirID(documentID string, version int) string { return fmt.Sprintf("%s-%d", documentID, version) }

// versionURN is the UUID (RFC 9562, version 8) of what id names.
func versionURN(id string) string {
	sum := sha256.Sum256([]byte("postroom.fhir/1\n" + id))
	u := sum[:16]
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// hashURI names contents by their SHA-256 (RFC 6920).
func hashURI(h postroom.Hash) string {
	raw, _ := hex.DecodeString(string(h))
	return "ni:///sha-256;" + base64.RawURLEncoding.EncodeToString(raw)
}

func attachmentOf(rec postroom.Record, pdf io.Reader, o FHIROptions) (attachment, error) {
	a := attachment{ContentType: "application/pdf", Language: o.Language, Title: title(rec)}
	if a.Language == "" {
		a.Language = "en-GB"
		if o.Profile == USCore {
			a.Language = "en-US"
		}
	}
	if d := date(rec, postroom.LetterDate); d != "" {
		a.Creation = d
	} else {
		a.Creation = instant(rec.Message.Received)
	}
	if o.BaseURL == "" && o.Profile == MHD {
		return a, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "MHD bundles need the URL of the object store",
			Hint: "write the base URL under which receivers reach the objects"}
	}
	most := o.InlineUpTo
	switch {
	case o.Profile == MHD, most < 0, most == 0 && o.BaseURL != "":
		most = 0
	case most == 0:
		most = inlineUpTo
	}
	head, err := io.ReadAll(io.LimitReader(pdf, most+1))
	sum := sha1.New() // R4 asks for SHA-1 here; the SHA-256 is an identifier
	sum.Write(head)
	a.Size = int64(len(head))
	if err == nil && a.Size > most {
		var rest int64
		rest, err = io.Copy(sum, pdf)
		a.Size += rest
		a.URL = binaryURL(rec.Objects.PDFHash)
		if o.BaseURL != "" {
			a.URL = strings.TrimSuffix(o.BaseURL, "/") + "/" + rec.Objects.PDF
		}
	} else {
		a.Data = base64.StdEncoding.EncodeToString(head)
	}
	if err != nil {
		return a, fmt.Errorf("read the PDF of document %s: %w", rec.DocumentID, err)
	}
	if a.Size == 0 {
		return a, postroom.Bad(nil, "the PDF of document "+rec.DocumentID+" is empty", "")
	}
	a.Hash = base64.StdEncoding.EncodeToString(sum.Sum(nil))
	return a, nil
}

// binaryURL is the resource that a PDF becomes on the receiver's side when it is not
// in the bundle; the 64 characters of a SHA-256 are as many as an id may have.
func binaryURL(pdf postroom.Hash) string { return "Binary/" + string(pdf) }

func title(rec postroom.Record) string {
	if t, ok := postroom.TypeOf(rec.Type.Code); ok && t.Code != postroom.UnknownType {
		return t.Title
	}
	return "Document"
}

func documentReference(rec postroom.Record, a attachment, o FHIROptions) documentRef {
	id := fhirID(rec.DocumentID, rec.Version)
	d := documentRef{
		ResourceType:     "DocumentReference",
		ID:               id,
		MasterIdentifier: &identifier{System: sysURI, Value: versionURN(id)},
		Identifier: []identifier{
			{System: sysURI, Value: versionURN(rec.DocumentID)},
			{System: sysURI, Value: hashURI(rec.Objects.PDFHash)},
		},
		Status:      "current",
		DocStatus:   "preliminary",
		Type:        typeOf(rec, o.Profile),
		Category:    []concept{category(rec.Type.Code, o.Profile)},
		Date:        instant(decided(rec)),
		Author:      authors(rec, o),
		Custodian:   practice(o),
		Description: title(rec),
		Content: []content{{Attachment: a, Format: &coding{System: sysFormat,
			Code: "urn:ihe:iti:xds:2017:mimeTypeSufficient", Display: "mimeType Sufficient"}}},
	}
	if letter := date(rec, postroom.LetterDate); letter != "" {
		d.Description += ", " + letter
	}
	if byPerson(rec) {
		d.DocStatus = "final"
	}
	switch o.Profile {
	case UKCore:
		d.Meta = profile(ukCore + "DocumentReference")
	case USCore:
		d.Meta = profile(usCore + "documentreference")
	case MHD:
		d.Meta = profile(mhdDoc)
		d.DocStatus = ""
	}
	if rec.Type.Code == postroom.Safeguarding {
		d.SecurityLabel = []concept{{Coding: []coding{{System: sysSecrecy, Code: "R", Display: "restricted"}}}}
	}
	d.Subject, d.Contained = subject(rec, o)
	context := docContext{Period: period(rec)}
	if source := asRead(rec, o); source != nil {
		source.ID = "as-read"
		d.Contained = append(d.Contained, *source)
		context.SourcePatientInfo = &reference{Reference: "#as-read"}
	}
	if context != (docContext{}) {
		d.Context = &context
	}
	markElements(rec, &d)
	return d
}

func typeOf(rec postroom.Record, p FHIRProfile) *concept {
	t, ok := postroom.TypeOf(rec.Type.Code)
	if !ok {
		t, _ = postroom.TypeOf(postroom.UnknownType)
	}
	// No displays: a receiver may refuse one that differs from its own edition.
	snomed := coding{System: sysSNOMED, Code: t.SNOMED}
	loinc := coding{System: sysLOINC, Code: t.LOINC}
	c := concept{Text: title(rec)}
	switch {
	case p != UKCore:
		c.Coding = []coding{loinc}
		if !t.SNOMEDInexact {
			c.Coding = append(c.Coding, snomed)
		}
	case t.LOINCInexact:
		c.Coding = []coding{snomed}
	default:
		c.Coding = []coding{snomed, loinc}
	}
	return &c
}

// category is the class of the type: exactly one, receivers refuse more. The
// British ones are those of the National Record Locator.
func category(code postroom.TypeCode, p FHIRProfile) concept {
	if p == USCore {
		return concept{Coding: []coding{{System: sysUSClass, Code: "clinical-note", Display: "Clinical Note"}}}
	}
	c := coding{System: sysSNOMED, Code: "823651000000106", Display: "Clinical note"}
	switch code {
	case postroom.LabReport, postroom.HistologyReport, postroom.RadiologyReport, postroom.ScreeningResult:
		c.Code, c.Display = "721981007", "Diagnostic studies report"
	case postroom.AdvancePlan:
		c.Code, c.Display = "734163000", "Care plan"
	}
	return concept{Coding: []coding{c}}
}

// subject is the patient by number. A patient of the list who has none is
// described in a contained resource.
func subject(rec postroom.Record, o FHIROptions) (*reference, []patient) {
	p := rec.Patient
	if id := patientNumber(p.NHSNumber, p.BirthDate, o); id != nil {
		if id.System == sysNHS && o.Profile == UKCore {
			status := coding{System: sysVerified, Code: "02", Display: "Number present but not traced"}
			if p.Match == postroom.MatchExact {
				status.Code, status.Display = "01", "Number present and verified"
			}
			id.Extension = []extension{{URL: extVerified, Value: concept{Coding: []coding{status}}}}
		}
		return &reference{Reference: o.urns[partyKey("Patient", id)], Type: "Patient", Identifier: id}, nil
	}
	if p.Family == "" && p.Given == "" {
		return nil, nil
	}
	contained := patient{ResourceType: "Patient", ID: "patient", BirthDate: dateOnly(p.BirthDate),
		Name: []humanName{{Family: clean(p.Family), Given: strings.Fields(clean(p.Given))}}}
	return &reference{Reference: "#patient", Type: "Patient"}, []patient{contained}
}

// patientNumber tells the three British series apart: CHI numbers begin with a
// birth date (so with 0 to 3), H&C numbers lie in 320 to 399.
func patientNumber(digits, birthDate string, o FHIROptions) *identifier {
	if _, err := postroom.ParseNHSNumber(digits); err != nil {
		return nil
	}
	named := func(system, name string) *identifier {
		if system != "" {
			return &identifier{System: system, Value: digits}
		}
		return &identifier{Type: &concept{Text: name}, Value: digits}
	}
	if _, err := postroom.ParseHC(digits); err == nil {
		return named(o.HCSystem, "Health and Care number")
	}
	if _, err := postroom.ParseCHI(digits, birthDate); err == nil {
		return named(o.CHISystem, "CHI number")
	}
	return &identifier{System: sysNHS, Value: digits}
}

// asRead is the patient as the document has them, for a receiver to compare.
func asRead(rec postroom.Record, o FHIROptions) *patient {
	p := patient{ResourceType: "Patient", BirthDate: date(rec, postroom.BirthDate)}
	if name := value(rec, postroom.PatientName); name != "" {
		p.Name = []humanName{{Text: name}}
	}
	for _, name := range []postroom.FieldName{postroom.NHSNumberField, postroom.CHINumberField, postroom.HCNumberField} {
		if id := patientNumber(value(rec, name), p.BirthDate, o); id != nil {
			p.Identifier = append(p.Identifier, *id)
		}
	}
	if address := value(rec, postroom.Address); address != "" {
		p.Address = []postalAddress{{Text: address, PostalCode: value(rec, postroom.Postcode)}}
	}
	if p.BirthDate == "" && p.Name == nil && p.Identifier == nil && p.Address == nil {
		return nil
	}
	return &p
}

func authors(rec postroom.Record, o FHIROptions) []reference {
	var out []reference
	add := func(kind, display string, id *identifier) {
		if display != "" || id != nil {
			out = append(out, reference{Reference: o.urns[partyKey(kind, id)], Type: kind, Identifier: id, Display: display})
		}
	}
	organisation := value(rec, postroom.SenderOrganisation)
	if department := value(rec, postroom.SenderDepartment); department != "" && organisation != "" {
		organisation += ", " + department
	} else if organisation == "" {
		organisation = department
	}
	add("Organization", organisation, senderODS(rec, o))
	add("Practitioner", value(rec, postroom.SenderClinician), clinician(rec))
	return out
}

func senderODS(rec postroom.Record, o FHIROptions) *identifier {
	id := fieldIdentifier(rec, sysODS, postroom.ODSCode)
	if id != nil && id.Value == o.PracticeODS {
		return nil // the letter repeats the code of the practice that it is for
	}
	return id
}

func clinician(rec postroom.Record) *identifier {
	if id := fieldIdentifier(rec, sysGMC, postroom.GMCNumber); id != nil {
		return id
	}
	return fieldIdentifier(rec, sysNPI, postroom.NPIField)
}

func fieldIdentifier(rec postroom.Record, system string, name postroom.FieldName) *identifier {
	if v := value(rec, name); v != "" {
		return &identifier{System: system, Value: v}
	}
	return nil
}

func practice(o FHIROptions) *reference {
	if o.PracticeODS == "" && o.PracticeName == "" {
		return nil
	}
	r := &reference{Type: "Organization", Display: clean(o.PracticeName)}
	if o.PracticeODS != "" {
		r.Identifier = &identifier{System: sysODS, Value: o.PracticeODS}
		r.Reference = o.urns[partyKey(r.Type, r.Identifier)]
	}
	return r
}

func period(rec postroom.Record) fhirPeriod {
	p := fhirPeriod{Start: date(rec, postroom.AdmissionDate), End: date(rec, postroom.DischargeDate)}
	if p == (fhirPeriod{}) {
		d := date(rec, postroom.EventDate)
		p = fhirPeriod{Start: d, End: d}
	}
	if p.Start != "" && p.End != "" && p.End < p.Start {
		return fhirPeriod{} // R4 forbids it
	}
	return p
}

func provenance(rec postroom.Record, doc documentRef, o FHIROptions) provenanceRes {
	p := provenanceRes{
		ResourceType: "Provenance",
		ID:           doc.ID,
		Target:       []reference{{Reference: "DocumentReference/" + doc.ID, Type: "DocumentReference"}},
		Recorded:     doc.Date,
		Activity:     &concept{Coding: []coding{{System: sysActivity, Code: "CREATE", Display: "create"}}},
	}
	switch o.Profile {
	case UKCore:
		p.Meta = profile(ukCore + "Provenance")
	case USCore:
		p.Meta = profile(usCore + "provenance")
	}
	if rec.Version > 1 {
		p.Activity.Coding[0].Code, p.Activity.Coding[0].Display = "UPDATE", "revise"
	}
	what := strings.Join(slices.DeleteFunc([]string{"Postroom", clean(rec.Engine.OCR), clean(rec.Engine.Model)},
		func(s string) bool { return s == "" }), "; ")
	p.Agent = []agent{{
		Type: agentType("assembler", "Assembler"),
		Who:  reference{Type: "Device", Display: what},
	}}
	if id, ok := strings.CutPrefix(rec.DecidedBy, "user:"); ok {
		p.Agent = append(p.Agent, agent{
			Type:       agentType("verifier", "Verifier"),
			Who:        reference{Type: "Practitioner", Identifier: &identifier{Value: id}, Display: "the person who checked the document"},
			OnBehalfOf: practice(o),
		})
	}
	sources := []postroom.Hash{rec.Message.Hash}
	for _, page := range rec.Pages {
		if !slices.Contains(sources, page.Hash) {
			sources = append(sources, page.Hash)
		}
	}
	for i, h := range sources {
		display := "a file of the message"
		if i == 0 {
			display = "the message as it arrived"
		}
		p.Entity = append(p.Entity, entity{Role: "source", What: reference{
			Identifier: &identifier{System: sysURI, Value: hashURI(h)}, Display: display}})
	}
	return p
}

func agentType(code, display string) *concept {
	return &concept{Coding: []coding{{System: sysAgent, Code: code, Display: display}}}
}

func urgentTask(rec postroom.Record, doc documentRef, o FHIROptions) task {
	t := task{
		ResourceType: "Task",
		ID:           doc.ID,
		Status:       "requested",
		Intent:       "order",
		Priority:     "urgent",
		Code:         &concept{Text: "Act on an urgent document"},
		Description:  "Urgent: " + doc.Description,
		Focus:        &reference{Reference: "DocumentReference/" + doc.ID, Type: "DocumentReference"},
		AuthoredOn:   doc.Date,
		Owner:        practice(o),
	}
	if doc.Subject != nil && doc.Subject.Identifier != nil {
		t.For = doc.Subject
	}
	if kind, ok := postroom.TypeOf(rec.Type.Code); ok && kind.Urgency == postroom.AtOnce {
		t.Priority = "asap"
	}
	if o.Profile == UKCore {
		t.Meta = profile(ukCore + "Task")
	}
	return t
}

// withdrawn reports whether a document that was filed turned out to be about nobody of the practice.
func withdrawn(rec postroom.Record) bool { return rec.Version > 1 && rec.Return != nil }

// nullified says who took back what was sent about a document that is withdrawn. There is no
// new DocumentReference: it would be about nobody, and a receiver that refuses such a one would
// refuse with it that the old one is wrong.
func nullified(rec postroom.Record, doc documentRef, old []entry, o FHIROptions) provenanceRes {
	p := provenance(rec, doc, o)
	p.Target = nil
	for _, e := range old {
		kind, _, _ := strings.Cut(e.Request.URL, "/")
		p.Target = append(p.Target, reference{Reference: e.Request.URL, Type: kind})
	}
	p.Activity.Coding[0].Code, p.Activity.Coding[0].Display = "NULLIFY", "nullify"
	return p
}

// supersede takes the DocumentReference and the Tasks out of an earlier version's
// bundle and gives them the status that they have now, the DocumentReference first, with
// the parties that they refer to as entries; true when it named another patient.
func supersede(previous []byte, doc documentRef, withdrawn bool) (out, parties []entry, wrongPatient bool, err error) {
	bad := func(err error) ([]entry, []entry, bool, error) {
		return nil, nil, false, postroom.Bad(err, "the bundle of the version that is corrected cannot be read", "run postroom reconcile --deep")
	}
	var old struct {
		Entry []struct {
			FullURL  string         `json:"fullUrl"`
			Resource map[string]any `json:"resource"`
			Request  request        `json:"request"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(previous, &old); err != nil {
		return bad(errors.New("not a bundle"))
	}
	var reference *entry
	var tasks []entry
	for _, e := range old.Entry {
		if e.Request.Method == "POST" {
			parties = append(parties, entry{FullURL: e.FullURL, Resource: e.Resource, Request: e.Request})
			continue
		}
		// What it took back itself is taken back already, and names another version.
		status := e.Resource["status"]
		switch {
		case e.Resource["resourceType"] == "DocumentReference" && reference == nil:
			wrongPatient = withdrawn || status == "entered-in-error" || numberIn(e.Resource["subject"]) != numberOf(doc.Subject)
			reference = &entry{Resource: e.Resource, Request: e.Request}
			e.Resource["status"] = "superseded"
			if wrongPatient {
				e.Resource["status"] = "entered-in-error"
				if e.Resource["docStatus"] != nil {
					e.Resource["docStatus"] = "entered-in-error"
				}
			}
		case e.Resource["resourceType"] == "Task" && status == "requested":
			tasks = append(tasks, entry{Resource: e.Resource, Request: e.Request})
		}
	}
	if reference == nil {
		return bad(errors.New("no DocumentReference in it"))
	}
	for _, t := range tasks {
		t.Resource.(map[string]any)["status"] = "cancelled"
		if wrongPatient {
			t.Resource.(map[string]any)["status"] = "entered-in-error"
		}
	}
	out = append([]entry{*reference}, tasks...)
	said, err := json.Marshal(out)
	if err != nil {
		return bad(err)
	}
	parties = slices.DeleteFunc(parties, func(e entry) bool { return !bytes.Contains(said, []byte(e.FullURL)) })
	return out, parties, wrongPatient, nil
}

func numberOf(r *reference) string {
	if r == nil || r.Identifier == nil {
		return ""
	}
	return r.Identifier.Value
}

func numberIn(subject any) string {
	r, _ := subject.(map[string]any)
	id, _ := r["identifier"].(map[string]any)
	number, _ := id["value"].(string)
	return number
}

func byPerson(rec postroom.Record) bool { return strings.HasPrefix(rec.DecidedBy, "user:") }

func decided(rec postroom.Record) time.Time {
	if rec.DecidedAt.IsZero() {
		return rec.Message.Received
	}
	return rec.DecidedAt
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// value is a field's value if it may be used, without what FHIR forbids in a string.
func value(rec postroom.Record, name postroom.FieldName) string {
	f, ok := rec.Fields[name]
	if !ok || !f.Valid {
		return ""
	}
	return clean(f.Value)
}

func date(rec postroom.Record, name postroom.FieldName) string { return dateOnly(value(rec, name)) }

func dateOnly(s string) string {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return ""
	}
	return s
}

func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}
