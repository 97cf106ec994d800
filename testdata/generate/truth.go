package generate

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/postroom/postroom"
)

// A Truth is what is really in one message: one line of truth.jsonl.
// testdata/README.md describes the form.
type Truth struct {
	// Message is the mail's or the file's name.
	Message string `json:"message"`
	// Exception is set when the message as a whole is to go to the exceptions list.
	Exception postroom.Exception `json:"exception"`
	Documents []TrueDocument     `json:"documents"`
	// OtherPages are the pages that are in no document.
	OtherPages []TrueOtherPage `json:"other_pages"`
	// Quarantined are the files that cannot be read.
	Quarantined []TrueQuarantine `json:"quarantined"`
	// Pages are all readable pages with the text that stands on them.
	Pages   []TruePage `json:"pages"`
	Quality string     `json:"quality"` // clean, typical or bad
	Form    string     `json:"form"`    // what the message is: "fax-tiff-g4", "zip", "link-only"
	Split   string     `json:"split"`   // train or test; empty when the message has no document
}

// A TrueDocument is one document of a message.
type TrueDocument struct {
	Type    postroom.TypeCode `json:"type"`
	Pages   []PageRef         `json:"pages"` // in reading order
	Patient TruePatient       `json:"patient"`
	// Fields are the values that stand on the document, in normal form; lists
	// are joined with newlines. A field that is not printed is not here.
	Fields map[postroom.FieldName]string `json:"fields"`
	// DuplicateOf names the document of which this is a resend: "0007.eml#0".
	DuplicateOf *string `json:"duplicate_of"`
	Urgent      bool    `json:"urgent"`
	// Hold is why the document must never be filed without a person; empty
	// when it may be. See the Hold constants.
	Hold   string `json:"hold"`
	Layout string `json:"layout"` // the wording and the look that it was made with
	Split  string `json:"split"`  // train or test
}

// Why a document must stop for a person.
const (
	HoldUrgent        = "urgent"          // urgent by its type or its words
	HoldNotInRegister = "not_in_register" // not a patient of the practice
	HoldConflict      = "conflict"        // number, name or birth date contradict each other or the register
	HoldNoNumber      = "no_number"       // it carries no NHS number
	HoldDuplicate     = "duplicate"       // a resend of an earlier document
	HoldIncomplete    = "incomplete"      // a page of it is missing
)

// A PageRef names a page of an attachment, from 1. In nested containers the
// attachment is the innermost file.
type PageRef struct {
	Attachment string `json:"attachment"`
	Page       int    `json:"page"`
}

// A TruePatient is whose the document is.
type TruePatient struct {
	InRegister bool   `json:"in_register"`
	NHSNumber  string `json:"nhs_number"` // of the register's entry, whether printed or not; empty when he is not in it and has none
	Family     string `json:"family"`
	Given      string `json:"given"`
	BirthDate  string `json:"birth_date"`
}

// A TrueOtherPage is a page that is in no document.
type TrueOtherPage struct {
	PageRef
	Fate postroom.Fate `json:"fate"`
}

// A TrueQuarantine is a file that cannot be read.
type TrueQuarantine struct {
	Attachment string `json:"attachment"`
	Why        string `json:"why"` // "encrypted", "corrupt", "empty", "unknown_format"
}

// A TruePage is a page as it was printed and as it was sent.
type TruePage struct {
	PageRef
	// Lines are the printed lines from top to bottom; pieces on the same
	// height are separate lines, left before right.
	Lines []TrueLine `json:"lines"`
	// Header is the line that a fax machine wrote above the page; not in Lines.
	Header   string  `json:"header,omitempty"`
	Rotation int     `json:"rotation"` // degrees clockwise that turn it upright
	Skew     float64 `json:"skew"`     // degrees clockwise by which it lies askew, once upright
	DPIX     float64 `json:"dpi_x"`    // as sent; 0 for a page of text without an image
	DPIY     float64 `json:"dpi_y"`
	Width    int     `json:"width"` // pixels as sent
	Height   int     `json:"height"`
	Digital  bool    `json:"digital"` // text of the PDF, no image
}

// A TrueLine is a piece of text with its place on the upright, unskewed sheet.
type TrueLine struct {
	Text string `json:"text"`
	// Box is left, top, right, bottom in ten thousandths of the picture's width and
	// height; good to about a hundredth, since skew is not in it.
	Box [4]int `json:"box"`
	// Field is set when the piece is, or holds, the printed value of a field.
	Field postroom.FieldName `json:"field,omitempty"`
}

// Text returns the page's lines, one below the other.
func (p TruePage) Text() string {
	var b []byte
	for _, l := range p.Lines {
		b = append(b, l.Text...)
		b = append(b, '\n')
	}
	return string(b)
}

// ReadTruths reads truth.jsonl: one Truth a line.
func ReadTruths(b []byte) ([]Truth, error) {
	var out []Truth
	d := json.NewDecoder(bytes.NewReader(b))
	for d.More() {
		var t Truth
		if err := d.Decode(&t); err != nil {
			return nil, fmt.Errorf("read line %d of the truth: %w", len(out)+1, err)
		}
		out = append(out, t)
	}
	return out, nil
}

// AppendTruth adds t to b as one line of truth.jsonl.
func AppendTruth(b []byte, t Truth) ([]byte, error) {
	line, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("write the truth of %s: %w", t.Message, err)
	}
	return append(append(b, line...), '\n'), nil
}
