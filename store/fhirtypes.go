package store

// The parts of FHIR R4 (HL7 FHIR 4.0.1) that a filed document needs, with the
// elements in the order of the specification.

type bundle struct {
	ResourceType string  `json:"resourceType"`
	Type         string  `json:"type"`
	Entry        []entry `json:"entry"`
}

func (b *bundle) add(kind, id string, resource any) {
	b.Entry = append(b.Entry, entry{Resource: resource, Request: request{Method: "PUT", URL: kind + "/" + id}})
}

type entry struct {
	FullURL  string  `json:"fullUrl,omitempty"`
	Resource any     `json:"resource"`
	Request  request `json:"request"`
}

type request struct {
	Method string `json:"method"`
	URL    string `json:"url"`
	// IfNoneExist makes nothing where the receiver has what it searches for.
	IfNoneExist string `json:"ifNoneExist,omitempty"`
}

type meta struct {
	Profile []string `json:"profile"`
}

func profile(url string) *meta { return &meta{[]string{url}} }

type coding struct {
	System  string `json:"system,omitempty"`
	Code    string `json:"code,omitempty"`
	Display string `json:"display,omitempty"`
}

type concept struct {
	ID     string   `json:"id,omitempty"`
	Coding []coding `json:"coding,omitempty"`
	Text   string   `json:"text,omitempty"`
}

type extension struct {
	URL   string  `json:"url"`
	Value concept `json:"valueCodeableConcept"`
}

type identifier struct {
	Extension []extension `json:"extension,omitempty"`
	Type      *concept    `json:"type,omitempty"`
	System    string      `json:"system,omitempty"`
	Value     string      `json:"value"`
}

// elementExtension names the element of the target that a Provenance is about (R4,
// targetElement): the value is the element's id.
type elementExtension struct {
	URL   string `json:"url"`
	Value string `json:"valueUri"`
}

type reference struct {
	ID         string             `json:"id,omitempty"`
	Extension  []elementExtension `json:"extension,omitempty"`
	Reference  string             `json:"reference,omitempty"`
	Type       string             `json:"type,omitempty"`
	Identifier *identifier        `json:"identifier,omitempty"`
	Display    string             `json:"display,omitempty"`
}

type fhirPeriod struct {
	ID    string `json:"id,omitempty"`
	Start string `json:"start,omitempty"`
	End   string `json:"end,omitempty"`
}

type humanName struct {
	Text   string   `json:"text,omitempty"`
	Family string   `json:"family,omitempty"`
	Given  []string `json:"given,omitempty"`
}

type postalAddress struct {
	Text       string `json:"text,omitempty"`
	PostalCode string `json:"postalCode,omitempty"`
}

type patient struct {
	ResourceType string          `json:"resourceType"`
	ID           string          `json:"id,omitempty"`
	Meta         *meta           `json:"meta,omitempty"`
	Identifier   []identifier    `json:"identifier,omitempty"`
	Name         []humanName     `json:"name,omitempty"`
	BirthDate    string          `json:"birthDate,omitempty"`
	Address      []postalAddress `json:"address,omitempty"`
}

type organization struct {
	ResourceType string       `json:"resourceType"`
	Meta         *meta        `json:"meta,omitempty"`
	Identifier   []identifier `json:"identifier"`
	Name         string       `json:"name,omitempty"`
}

type practitioner struct {
	ResourceType string       `json:"resourceType"`
	Meta         *meta        `json:"meta,omitempty"`
	Identifier   []identifier `json:"identifier"`
	Name         []humanName  `json:"name,omitempty"`
}

type documentRef struct {
	ResourceType     string       `json:"resourceType"`
	ID               string       `json:"id"`
	Meta             *meta        `json:"meta,omitempty"`
	Contained        []patient    `json:"contained,omitempty"`
	MasterIdentifier *identifier  `json:"masterIdentifier,omitempty"`
	Identifier       []identifier `json:"identifier,omitempty"`
	Status           string       `json:"status"`
	DocStatus        string       `json:"docStatus,omitempty"`
	Type             *concept     `json:"type,omitempty"`
	Category         []concept    `json:"category,omitempty"`
	Subject          *reference   `json:"subject,omitempty"`
	Date             string       `json:"date"`
	Author           []reference  `json:"author,omitempty"`
	Custodian        *reference   `json:"custodian,omitempty"`
	RelatesTo        []relatesTo  `json:"relatesTo,omitempty"`
	Description      string       `json:"description,omitempty"`
	SecurityLabel    []concept    `json:"securityLabel,omitempty"`
	Content          []content    `json:"content"`
	Context          *docContext  `json:"context,omitempty"`
}

type relatesTo struct {
	Code   string    `json:"code"`
	Target reference `json:"target"`
}

type content struct {
	Attachment attachment `json:"attachment"`
	Format     *coding    `json:"format,omitempty"`
}

type attachment struct {
	ID          string `json:"id,omitempty"`
	ContentType string `json:"contentType"`
	Language    string `json:"language,omitempty"`
	Data        string `json:"data,omitempty"`
	URL         string `json:"url,omitempty"`
	Size        int64  `json:"size"`
	Hash        string `json:"hash"`
	Title       string `json:"title,omitempty"`
	Creation    string `json:"creation,omitempty"`
}

type docContext struct {
	Period            fhirPeriod `json:"period,omitzero"`
	SourcePatientInfo *reference `json:"sourcePatientInfo,omitempty"`
}

type provenanceRes struct {
	ResourceType string      `json:"resourceType"`
	ID           string      `json:"id"`
	Meta         *meta       `json:"meta,omitempty"`
	Target       []reference `json:"target"`
	Recorded     string      `json:"recorded"`
	Activity     *concept    `json:"activity,omitempty"`
	Agent        []agent     `json:"agent"`
	Entity       []entity    `json:"entity,omitempty"`
}

type agent struct {
	Type       *concept   `json:"type,omitempty"`
	Who        reference  `json:"who"`
	OnBehalfOf *reference `json:"onBehalfOf,omitempty"`
}

type entity struct {
	Role string    `json:"role"`
	What reference `json:"what"`
}

type task struct {
	ResourceType string     `json:"resourceType"`
	ID           string     `json:"id"`
	Meta         *meta      `json:"meta,omitempty"`
	Status       string     `json:"status"`
	Intent       string     `json:"intent"`
	Priority     string     `json:"priority"`
	Code         *concept   `json:"code,omitempty"`
	Description  string     `json:"description"`
	Focus        *reference `json:"focus,omitempty"`
	For          *reference `json:"for,omitempty"`
	AuthoredOn   string     `json:"authoredOn"`
	Owner        *reference `json:"owner,omitempty"`
}
