package postroom

import (
	"context"
	"io"
	"time"
)

// An ArrivalID says where a message stood in its source. For a mailbox it is
// the UID under its UIDVALIDITY (RFC 9051 section 2.3.1.1); for a folder or
// the command line it is the file's path.
//
// A Message-ID header is never part of it: two different faxes can carry the
// same one, and resends do.
type ArrivalID struct {
	Source      string // the name of the source in the configuration
	Folder      string // the mailbox folder, or the path of the watched folder
	UIDValidity uint32 // mailboxes only
	UID         uint32 // mailboxes only
	Path        string // files only
}

// An Arrival is one message as its source found it, before its bytes are read.
type Arrival struct {
	ID       ArrivalID
	Received time.Time // UTC; the server's INTERNALDATE, or the file's modification time
	Name     string    // the file's base name; empty for mail
	Size     int64     // bytes, as announced by the source; 0 when unknown
}

// An ArrivalState is how far an arrival has come, as its source needs to know it.
type ArrivalState int

const (
	// ArrivalNew has not been taken: its bytes must be fetched.
	ArrivalNew ArrivalState = iota
	// ArrivalTaken is durably stored; its outcome is not known yet. It stays where it is.
	ArrivalTaken
	// ArrivalProcessed has an outcome that needs nothing of the mailbox's owner.
	ArrivalProcessed
	// ArrivalProblem was quarantined or is an exception: somebody should look at the mail.
	ArrivalProblem
)

// An Intake is what a source hands its arrivals to.
//
// Any of its calls may fail with a temporary error; the source then leaves the
// arrival where it is and tries again on its next pass.
type Intake interface {
	// States returns how far each arrival has come, in the order asked.
	States(ctx context.Context, ids []ArrivalID) ([]ArrivalState, error)

	// Take makes the message durable. It returns nil only when the bytes are in
	// the object store and the message is committed together with the job
	// that reads it. Taking the same bytes again changes nothing.
	// It reads body to its end or returns an error.
	Take(ctx context.Context, a Arrival, body io.Reader) error

	// Settled is told that an arrival was moved or flagged in its source.
	Settled(ctx context.Context, ids []ArrivalID) error
}

// A Message is one arrival: an e-mail (RFC 5322) with its attachments, or one
// file from a folder. Its identity is the hash of its raw bytes.
type Message struct {
	Hash      Hash      `json:"sha256"`
	Source    string    `json:"source"`
	Name      string    `json:"name,omitempty"` // the file's name, when it was not a mail
	MessageID string    `json:"id"`             // the Message-ID header, as written; may be empty or repeated
	From      string    `json:"from"`
	To        string    `json:"to,omitempty"`
	Subject   string    `json:"subject"`
	Received  time.Time `json:"received"` // UTC
	Size      int64     `json:"size"`     // bytes
	// Pages is the number of pages that the mail itself announces ("3 page(s)"); 0 when it says none.
	Pages int `json:"pages,omitempty"`
	// Body is the mail's own text, at most 64 KiB of it.
	Body string `json:"body,omitempty"`
}

// An Attachment is a file that a message carries. Files from a folder are a
// message with one attachment.
type Attachment struct {
	Hash      Hash   `json:"sha256"`
	Name      string `json:"name"`       // as the sender named it, path removed; never used as a path
	Path      string `json:"-"`          // where its bytes are on this machine
	MediaType string `json:"media_type"` // by its bytes, never by its name or Content-Type
	Size      int64  `json:"size"`       // bytes
	// Within lists the containers that it was taken out of, outermost first:
	// "fwd.eml", "scans.zip", "winmail.dat".
	Within []string `json:"within,omitempty"`
}

// Media types that become pages.
const (
	TIFF = "image/tiff"
	PDF  = "application/pdf"
	JPEG = "image/jpeg"
	PNG  = "image/png"
)

// A Leftover is a part of a message that becomes no page, with the reason.
// A message keeps its leftovers so that every part is accounted for.
type Leftover struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Hash      Hash   `json:"sha256,omitempty"`
	Size      int64  `json:"size"`
	// Problem is set when a person should know (unknown format, encrypted zip,
	// broken part); a signature image or the mail's own text is no problem.
	Problem bool   `json:"problem"`
	Reason  string `json:"reason"` // one plain sentence
}

// An Exception is why a message as a whole goes to the exceptions list
// instead of being read: a person looks at it.
type Exception string

const (
	NoException      Exception = ""
	LinkOnly         Exception = "link_only"         // the document is behind a link
	FailedReception  Exception = "failed_reception"  // the fax server reports a fax that it could not receive
	PartialReception Exception = "partial_reception" // the fax server reports a fax that broke off
	AutoReply        Exception = "auto_reply"        // out of office, delivery status, receipt
	NoDocument       Exception = "no_document"       // nothing in it becomes a page
)

// Contents is a message taken apart.
type Contents struct {
	Message     Message
	Attachments []Attachment
	Leftovers   []Leftover
	Exception   Exception
	Reason      string // one plain sentence for the exception
}
