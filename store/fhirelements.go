package store

import (
	"fmt"
	"strings"

	"github.com/postroom/postroom"
)

const extElement = "http://hl7.org/fhir/StructureDefinition/targetElement"

// An element of a DocumentReference with the fields that it was made of.
type element struct {
	id     string
	fields []postroom.FieldName
}

// markElements gives an id to every element of doc that was made of what stands on the
// pages, so that a Provenance can point at it.
func markElements(rec postroom.Record, doc *documentRef) {
	if doc.Type != nil {
		doc.Type.ID = "type"
	}
	for i := range doc.Author {
		doc.Author[i].ID = "author-" + strings.ToLower(doc.Author[i].Type)
	}
	if date(rec, postroom.LetterDate) != "" {
		doc.Content[0].Attachment.ID = "creation"
	}
	if c := doc.Context; c != nil {
		if c.Period != (fhirPeriod{}) {
			c.Period.ID = "period"
		}
		if c.SourcePatientInfo != nil {
			c.SourcePatientInfo.ID = "patient-as-read"
		}
	}
}

func elementsOf(doc documentRef) (out []element) {
	for _, a := range doc.Author {
		e := element{a.ID, []postroom.FieldName{postroom.SenderOrganisation, postroom.SenderDepartment, postroom.ODSCode}}
		if a.Type == "Practitioner" {
			e.fields = []postroom.FieldName{postroom.SenderClinician, postroom.GMCNumber, postroom.NPIField}
		}
		out = append(out, e)
	}
	if doc.Content[0].Attachment.ID != "" {
		out = append(out, element{doc.Content[0].Attachment.ID, []postroom.FieldName{postroom.LetterDate}})
	}
	if c := doc.Context; c != nil {
		if c.Period.ID != "" {
			out = append(out, element{c.Period.ID, []postroom.FieldName{postroom.AdmissionDate, postroom.DischargeDate, postroom.EventDate}})
		}
		if c.SourcePatientInfo != nil {
			out = append(out, element{c.SourcePatientInfo.ID, []postroom.FieldName{postroom.PatientName, postroom.BirthDate, postroom.NHSNumberField,
				postroom.CHINumberField, postroom.HCNumberField, postroom.Address, postroom.Postcode}})
		}
	}
	return out
}

// elementProvenances say of every element that was made of what stands on the pages whether a
// person confirmed all of it, and who, or only the machine has read it.
func elementProvenances(rec postroom.Record, doc documentRef, o FHIROptions) (out []provenanceRes) {
	by := map[string][]string{} // person, or "" for the machine, to elements
	var order []string
	add := func(who, id string) {
		if _, ok := by[who]; !ok {
			order = append(order, who)
		}
		by[who] = append(by[who], id)
	}
	// A type that a person chose is certain; see pipeline.Correction and the desk.
	if id, ok := strings.CutPrefix(rec.DecidedBy, "user:"); ok && doc.Type != nil {
		add(id, doc.Type.ID)
	} else if doc.Type != nil {
		add("", doc.Type.ID)
	}
	for _, e := range elementsOf(doc) {
		who, first := "", true
		for _, name := range e.fields {
			f, ok := rec.Fields[name]
			if !ok || !f.Valid {
				continue
			}
			person := strings.TrimPrefix(f.ConfirmedBy, "user:")
			if !first && person != who {
				person = "" // not all of it by the same person
			}
			who, first = person, false
			if who == "" {
				break
			}
		}
		add(who, e.id)
	}
	for n, who := range order {
		p := provenance(rec, doc, o)
		p.Activity, p.Entity = nil, nil
		what := "DocumentReference/" + doc.ID
		target := reference{Reference: what, Type: "DocumentReference"}
		for _, id := range by[who] {
			target.Extension = append(target.Extension, elementExtension{extElement, id})
		}
		p.Target = []reference{target}
		p.Agent = p.Agent[:1]
		p.ID = doc.ID + "-read"
		if who != "" {
			p.ID = fmt.Sprintf("%s-confirmed-%d", doc.ID, n+1)
			p.Agent = []agent{{
				Type:       agentType("verifier", "Verifier"),
				Who:        reference{Type: "Practitioner", Identifier: &identifier{Value: clean(who)}, Display: "the person who confirmed it"},
				OnBehalfOf: practice(o),
			}}
		}
		out = append(out, p)
	}
	return out
}

// actionTasks are the actions that the sender asks for, as far as a person confirmed them.
func actionTasks(rec postroom.Record, doc documentRef, o FHIROptions) (out []task) {
	f := rec.Fields[postroom.Actions]
	if f.ConfirmedBy == "" || !f.Valid {
		return nil
	}
	n := 0
	for line := range strings.Lines(f.Value) {
		action := clean(line)
		if action == "" {
			continue
		}
		n++
		t := urgentTask(rec, doc, o)
		t.ID = fmt.Sprintf("%s-action-%d", doc.ID, n)
		t.Code = &concept{Text: "Act on what a letter asks for"}
		t.Description = action
		if !rec.Urgent {
			t.Priority = "routine"
		}
		out = append(out, t)
	}
	return out
}
