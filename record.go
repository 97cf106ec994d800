package postroom

import (
	"log/slog"
	"strings"
	"time"
)

// RecordSchema names the form of a Record. A change that a reader could trip
// over gets a new number.
const RecordSchema = "postroom.record/1"

// A Status is where a document stands.
type Status string

const (
	Filed       Status = "filed"       // in the object store, for downstream systems
	InReview    Status = "review"      // waits for a clerk
	Quarantined Status = "quarantined" // could not be read; waits for a person
	Discarded   Status = "discarded"   // holds nothing to file (blank, junk, no document)
)

// A Record is what is filed for a document, and what export prints for it. A
// message whose attachments give no document still has one Record, so that
// the records account for every page of every message.
type Record struct {
	Schema      string              `json:"schema"`
	DocumentID  string              `json:"document_id"`
	Version     int                 `json:"version"`
	Replaces    int                 `json:"replaces,omitempty"` // the version that this one corrects
	Status      Status              `json:"status"`
	Type        TypeGuess           `json:"type"`
	Urgent      bool                `json:"urgent"`
	Pages       []RecordPage        `json:"pages"`
	OtherPages  []OtherPage         `json:"other_pages"`
	DuplicateOf *string             `json:"duplicate_of"`
	Patient     RecordPatient       `json:"patient"`
	Fields      map[FieldName]Field `json:"fields"`
	Reasons     []string            `json:"reasons"`
	// Sampled is set when the rule would have filed the document and it was
	// drawn at random for a person: what they find measures the true error.
	Sampled bool `json:"sampled,omitempty"`
	// Return is set when the document is about no patient of the practice.
	Return    *Return       `json:"return,omitempty"`
	Message   RecordMessage `json:"message"`
	Leftovers []Leftover    `json:"leftovers,omitempty"` // parts of the message that became no page
	Text      []string      `json:"text"`
	Objects   RecordObjects `json:"objects"`
	DecidedBy string        `json:"decided_by"` // "postroom" or "user:<id>"
	// DecidedAt is when the status was decided, UTC; the same whenever the
	// record is filed again, so it is taken from the state and never from the clock.
	DecidedAt time.Time    `json:"decided_at,omitzero"`
	Engine    RecordEngine `json:"engine"`
}

// LogValue hides the record from logs.
func (Record) LogValue() slog.Value { return hidden }

// A RecordPage is a page of the document.
type RecordPage struct {
	Attachment string     `json:"attachment"`
	Hash       Hash       `json:"sha256"`
	Page       int        `json:"page"`
	Rotation   int        `json:"rotation"`
	Confidence Confidence `json:"confidence"`
	Width      int        `json:"width"`  // pixels of the page as it arrived:
	Height     int        `json:"height"` // fields' boxes are in these
	DPIX       float64    `json:"dpi_x"`
	DPIY       float64    `json:"dpi_y"`
	Notes      []string   `json:"notes,omitempty"`
}

// An OtherPage is a page of the same message that is in no document. Each is
// listed once, in the record of the first document of its message.
type OtherPage struct {
	Attachment string `json:"attachment"`
	Hash       Hash   `json:"sha256"`
	Page       int    `json:"page"` // 0 when the attachment could not be opened to count its pages
	Fate       Fate   `json:"fate"`
	Reason     string `json:"reason,omitempty"`
}

// ReasonNoList is why a document waits at a practice whose list of patients nobody has brought in yet.
const ReasonNoList = "there is no list of patients to compare with"

// A RecordPatient is the patient as the register has them; empty for no match.
type RecordPatient struct {
	Match     MatchKind `json:"match"`
	NHSNumber string    `json:"nhs_number"`
	Family    string    `json:"family"`
	Given     string    `json:"given"`
	BirthDate string    `json:"birth_date"`
}

// A RecordMessage is the arrival that the document came in.
type RecordMessage struct {
	ID       string    `json:"id"`
	Hash     Hash      `json:"sha256"`
	Source   string    `json:"source"`
	From     string    `json:"from"`
	Subject  string    `json:"subject"`
	Received time.Time `json:"received"`
}

// RecordObjects are keys in the object store.
type RecordObjects struct {
	PDF       string   `json:"pdf"`
	FHIR      string   `json:"fhir"`
	Originals []string `json:"originals"`
	PDFHash   Hash     `json:"pdf_sha256,omitempty"`
	PDFSize   int64    `json:"pdf_size,omitempty"` // bytes
	FHIRHash  Hash     `json:"fhir_sha256,omitempty"`
	FHIRSize  int64    `json:"fhir_size,omitempty"` // bytes
}

// A RecordEngine names what made the record, so that it can be made again.
type RecordEngine struct {
	OCR   string `json:"ocr"`
	Model string `json:"model"`
}

// OriginalKey is the object key of original bytes.
func OriginalKey(h Hash) string { return "originals/" + string(h) }

// DocumentKey is the object key of one file of a document. The day is the one
// on which the message was received, in UTC.
func DocumentKey(received time.Time, documentID, file string) string {
	return "documents/" + received.UTC().Format("2006/01/02") + "/" + documentID + "/" + file
}

// ManifestKey is the object key of a run's manifest.
func ManifestKey(day time.Time, runID string) string {
	return "manifests/" + day.UTC().Format("2006/01/02") + "/" + runID + ".ndjson"
}

// DocumentID makes the identity of a document from the message and the pages
// that it holds, so that doing the work again gives the same one. It is 32
// hexadecimal characters.
func DocumentID(message Hash, pages []PageID) string {
	var b strings.Builder
	b.WriteString("postroom.document/1\n" + string(message) + "\n")
	for _, p := range pages {
		b.WriteString(p.String() + "\n")
	}
	return string(HashOf([]byte(b.String()))[:32])
}
