// Package review is the review desk: the web pages at which a clerk checks what
// waits for a person. It asks for the state through Desk and for who is there
// through Access; cmd/postroom joins them.
package review

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/postroom/postroom"
)

// Errors that a Desk returns for what a clerk can do something about.
var (
	ErrNoDocument = errors.New("there is no such document")
	ErrChanged    = errors.New("the document was changed in the meantime")
	ErrClaimed    = errors.New("somebody else has the document open")
)

// An Item is a document with its place in the queue.
type Item struct {
	Record    postroom.Record
	Source    string
	Revision  int64  // grows with every decision
	State     string // filing, or a postroom.Status
	ClaimedBy string // "" when nobody has it open
	Until     time.Time
	Why       int64     // bits of Whys
	Assigned  string    // the person it was given to; "" for anybody
	Due       time.Time // when it is overdue
}

// A Filter narrows the queue; a zero field narrows nothing.
type Filter struct {
	Type     postroom.TypeCode
	Source   string
	State    postroom.Status
	Why      int64  // any of these bits
	Assigned string // what was given to this person
	Overdue  bool
	Sources  []string // the mailboxes that may be seen; nil for all
	Limit    int
}

// A Count is how many documents of one kind wait.
type Count struct {
	Type   postroom.TypeCode
	Source string
	State  postroom.Status
	Urgent bool
	Why    int64
	N      int
}

// A Decision is what a person decided about the revision that they saw.
type Decision struct {
	Document string
	Revision int64
	By       string
	Type     postroom.TypeCode
	Patient  string // the key in the practice's list
	Fields   map[postroom.FieldName]string
	// Again are values that were keyed without seeing the readings, are neither of them, and
	// are to be keyed once more.
	Again map[postroom.FieldName]string
}

// A Desk is the state that the pages show and change. File and Discard return
// ErrChanged or ErrClaimed, and change nothing, when the document is not what the
// person saw or is open elsewhere; what a person must put right is a Problem.
type Desk interface {
	Queue(ctx context.Context, f Filter) ([]Item, error)
	// Next is the id of the first document that is free for the person, after the given one and
	// round again; "" for none.
	Next(ctx context.Context, f Filter, after, who string) (string, error)
	Counts(ctx context.Context) ([]Count, error)
	// QueueCount is how many documents wait that the filter leaves, whatever its limit.
	QueueCount(ctx context.Context, f Filter) (int, error)
	// Views are the filters that all share, and those that the person keeps, by name.
	Views(ctx context.Context, who string) ([]View, error)
	SaveView(ctx context.Context, who string, v View) error
	DropView(ctx context.Context, who string, v View) error
	Document(ctx context.Context, id string) (Item, error)
	// Pages are the document's pages with their words.
	Pages(ctx context.Context, id string) ([]postroom.Page, error)
	// Image is page n, counted from 1, upright and with square pixels, PNG or JPEG. Behind the document's pages the record's
	// OtherPages are counted, so that its cover sheet can be read.
	Image(ctx context.Context, id string, n, maxWidth int) ([]byte, error)
	Claim(ctx context.Context, id, who string) error
	Release(ctx context.Context, id, who string) error
	// Normal is a value that a person typed, as records keep it, or what is wrong with it.
	Normal(name postroom.FieldName, value string) (string, error)
	File(ctx context.Context, d Decision) error
	Discard(ctx context.Context, d Decision, why string) error
	// Patients are entries of the practice's list, by number, name or birth date, the best first.
	Patients(ctx context.Context, query string) ([]postroom.Patient, error)
	After
	Arranging
}

// A Person is who sits at the desk.
type Person struct {
	ID, Name  string
	Role      Role
	Mailboxes []string // the sources whose documents they may see; nil for all
}

// Access lets people in.
type Access interface {
	// Guard lets only people through, refuses forms without their token, and sets
	// the headers that protect the pages.
	Guard(next http.Handler) http.Handler
	Who(ctx context.Context) Person
	// Token is what each form must carry.
	Token(ctx context.Context) string
}
