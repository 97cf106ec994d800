package store

import (
	"net/url"
	"strings"

	"github.com/postroom/postroom"
)

// parties are the patient, the practice and the sender as entries of a bundle, with the
// URNs under which its other entries refer to them.
//
// Each is a conditional create (R4, 3.1.0.8.1): the receiver makes it only when it has none with
// the identifier, and otherwise takes its own, which stays as it is. Whose identifier
// only the machine has read is none of them: a misread digit would be a new
// doctor in somebody's directory.
func parties(rec postroom.Record, o FHIROptions) (out []entry, urns map[string]string) {
	urns = map[string]string{}
	add := func(kind string, id *identifier, resource any) {
		key := partyKey(kind, id)
		if key == "" || urns[key] != "" {
			return
		}
		urns[key] = versionURN(key)
		// FHIR R4, 3.1.1.4.2.2: what means something in a search is escaped by "\".
		value := strings.NewReplacer(`\`, `\\`, "|", `\|`, "$", `\$`, ",", `\,`).Replace(id.Value)
		out = append(out, entry{FullURL: urns[key], Resource: resource,
			Request: request{Method: "POST", URL: kind, IfNoneExist: url.Values{"identifier": {id.System + "|" + value}}.Encode()}})
	}
	if !o.Parties {
		return nil, urns
	}
	meta := func(kind string) *meta {
		if o.Profile == UKCore {
			return profile(ukCore + kind)
		}
		return nil
	}
	if who, _ := subject(rec, o); who != nil && who.Identifier != nil && (rec.Patient.Match == postroom.MatchExact || byPerson(rec)) {
		p := patient{ResourceType: "Patient", Meta: meta("Patient"), Identifier: []identifier{*who.Identifier}, BirthDate: dateOnly(rec.Patient.BirthDate)}
		if rec.Patient.Family != "" || rec.Patient.Given != "" {
			p.Name = []humanName{{Family: clean(rec.Patient.Family), Given: strings.Fields(clean(rec.Patient.Given))}}
		}
		add("Patient", who.Identifier, p)
	}
	if r := practice(o); r != nil {
		if r.Identifier != nil {
			add("Organization", r.Identifier, organization{"Organization", meta("Organization"), []identifier{*r.Identifier}, r.Display})
		}
	}
	confirmed := func(name postroom.FieldName) string {
		if rec.Fields[name].ConfirmedBy == "" {
			return ""
		}
		return value(rec, name)
	}
	if id := senderODS(rec, o); id != nil && confirmed(postroom.ODSCode) != "" {
		add("Organization", id, organization{"Organization", meta("Organization"), []identifier{*id}, confirmed(postroom.SenderOrganisation)})
	}
	if id := clinician(rec); id != nil && (id.Value == confirmed(postroom.GMCNumber) || id.Value == confirmed(postroom.NPIField)) {
		p := practitioner{ResourceType: "Practitioner", Meta: meta("Practitioner"), Identifier: []identifier{*id}}
		if name := confirmed(postroom.SenderClinician); name != "" {
			p.Name = []humanName{{Text: name}}
		}
		add("Practitioner", id, p)
	}
	return out, urns
}

// partyKey tells parties apart; "" for one that nobody could look for.
func partyKey(kind string, id *identifier) string {
	if id == nil || id.System == "" || id.Value == "" {
		return ""
	}
	return kind + "?identifier=" + id.System + "|" + id.Value
}
