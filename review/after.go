package review

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/postroom/postroom"
)

// ErrNothingToUndo says that there is nothing of the person's to take back.
var ErrNothingToUndo = errors.New("there is nothing to undo")

// A SearchQuery is what a person looks for among all documents. A zero field
// narrows nothing; all that is set must hold.
type SearchQuery struct {
	Words    string // anywhere: in the text, the patient, the sender
	Patient  string // number, name or birth date
	Sender   string
	Type     postroom.TypeCode
	State    postroom.Status
	From, To string   // the day of the letter or of its arrival, both included
	Sources  []string // the mailboxes that may be seen; nil for all
	Before   int64    // goes on after the last hit of the page before
	Limit    int
}

// A Hit is a document that was found.
type Hit struct {
	Item
	At      int64 // for SearchQuery.Before
	Excerpt []Part
}

// A Part is a piece of a line.
type Part struct {
	Text string
	Hit  bool
}

// An Event is one thing that a person did to a document, or a note.
type Event struct {
	At     time.Time
	By     string
	Action string
	Why    string
	Undone bool
}

// A Delivery is one version of a document on its way to a receiver.
type Delivery struct {
	Seq        int64
	Receiver   string
	DocumentID string
	Version    int
	State      string // waiting, sent, refused, overtaken
	Said       string // what the receiver said when it refused
	Created    time.Time
	Done       time.Time
}

// A FiledChange is what a person changes of a filed document.
type FiledChange struct {
	Decision
	Action string // correct, refile, withdraw
	Why    string
}

// A Returned is a document that goes back, or went back, to its sender.
type Returned struct {
	Item
	By     string // who said that it is about nobody of the practice's
	At     time.Time
	SendBy time.Time
	Sent   time.Time // zero while it was not
	SentBy string
	How    string
}

// An Original is a file as it arrived.
type Original struct {
	Hash      postroom.Hash
	Name      string
	MediaType string
	Size      int64
	Pages     int
	Problem   string
	Message   bool // it is the mail or file itself
}

// An Arrival is the message that a document came in, taken apart.
type Arrival struct {
	postroom.Contents
	Originals []Original
}

// A Stat is one counter of a day: see pipeline for the kinds.
type Stat struct {
	Day  string
	Kind string
	Name string
	N    int64
	Part int64
}

// After is what the desk asks of the state beyond deciding what waits.
type After interface {
	Search(ctx context.Context, q SearchQuery) ([]Hit, error)
	// Marks returns which words of each page the query means.
	Marks(q SearchQuery, pages []postroom.Page) [][]int
	History(ctx context.Context, id string) ([]Event, error)
	Versions(ctx context.Context, id string) ([]postroom.Record, error)
	Deliveries(ctx context.Context, id string) ([]Delivery, error)
	FiledPDF(ctx context.Context, id string, version int) (io.ReadCloser, error)
	ChangeFiled(ctx context.Context, c FiledChange) error
	// Undo takes back the person's last decision and returns the document to look at again.
	// sources are the mailboxes that the person may see, nil for all.
	Undo(ctx context.Context, by string, sources []string) (string, error)
	// UndoOf takes back the person's last decision when it is about the document.
	UndoOf(ctx context.Context, by, id string) error

	SendBack(ctx context.Context, d Decision) error
	Returns(ctx context.Context, sent bool, sources []string, limit int) ([]Returned, error)
	ReturnOf(ctx context.Context, id string) (Returned, error)
	ReturnSent(ctx context.Context, id, by, how string) error

	KeepBoth(ctx context.Context, d Decision) error
	Arrival(ctx context.Context, id string) (Arrival, error)
	Original(ctx context.Context, id string, hash postroom.Hash) (Original, io.ReadCloser, error)
	Retry(ctx context.Context, d Decision) error
	// ReleaseAsItIs returns the first document that waits now.
	ReleaseAsItIs(ctx context.Context, d Decision) (string, error)

	Note(ctx context.Context, id, by, note string) error
	Assign(ctx context.Context, id, by, to string) error
	Overdue(ctx context.Context, sources []string) (int, error)
	Statistics(ctx context.Context, from string) ([]Stat, error)
}

// routesAfter adds the pages for what comes after the decision.
func (s *server) routesAfter() {
	s.route("GET /search", s.search)
	s.route("POST /search", s.searchFor)
	s.route("GET /filed/{id}", s.filed)
	s.route("POST /filed/{id}/look", s.filedLook)
	s.route("GET /filed/{id}/correct", s.correctForm)
	s.route("POST /filed/{id}/correct", s.correct)
	s.route("GET /filed/{id}/refile", s.refileForm)
	s.route("POST /filed/{id}/refile", s.refile)
	s.route("POST /filed/{id}/refile/find", s.refileFind)
	s.route("GET /filed/{id}/withdraw", s.withdrawForm)
	s.route("POST /filed/{id}/withdraw", s.withdraw)
	s.route("POST /filed/{id}/undo", s.undoFiled)
	s.route("GET /filed/{id}/pdf/{version}", s.filedPDF)
	s.route("POST /filed/{id}/note", s.note)
	s.route("POST /filed/{id}/assign", s.assign)
	s.route("GET /filed/{id}/original/{hash}", s.original)

	s.route("POST /document/{id}/return", s.sendBack)
	s.route("GET /returns", s.returns)
	s.route("GET /returns/{id}", s.returnDraft)
	s.route("POST /returns/{id}/sent", s.returnSent)

	s.route("GET /copies", s.copies)
	s.route("GET /copies/{id}", s.compare)
	s.route("POST /copies/{id}/keep", s.keepBoth)
	s.route("POST /copies/{id}/copy", s.isCopy)

	s.route("GET /quarantine", s.quarantine)
	s.route("GET /quarantine/{id}", s.quarantined)
	s.route("POST /quarantine/{id}/retry", s.retry)
	s.route("POST /quarantine/{id}/release", s.releaseAsItIs)
	s.route("POST /quarantine/{id}/discard", s.discardQuarantined)

	s.route("GET /overdue", s.overdue)
	s.route("GET /statistics", s.statistics)
}

// afterFail is fail with what only these pages know.
func (s *server) afterFail(w http.ResponseWriter, r *http.Request, err error) {
	var problem *postroom.Problem
	switch {
	case errors.Is(err, ErrNothingToUndo):
		s.show(w, r, http.StatusConflict, "message", page{Title: "Not done", Error: "Your last decision was about something else, so there is nothing to take back here."})
	case errors.As(err, &problem) && problem.Kind == postroom.Temporary:
		s.show(w, r, http.StatusServiceUnavailable, "message", page{Title: "Not done", Error: postroom.ReasonOf(err, "")})
	default:
		s.fail(w, r, err)
	}
}

// me is the id of who sits there.
func (s *server) me(r *http.Request) string { return s.Access.Who(r.Context()).ID }

// seen is the decision of a form that says only which revision it shows.
func (s *server) seen(r *http.Request) (Decision, error) {
	d := Decision{Document: r.PathValue("id"), By: s.me(r)}
	var err error
	if d.Revision, err = strconv.ParseInt(r.PostFormValue("revision"), 10, 64); err != nil {
		return d, postroom.Bad(err, "the form does not say which version it shows", "load the page again")
	}
	return d, nil
}

// done leads on after a form was carried out.
func done(w http.ResponseWriter, r *http.Request, path string) {
	http.Redirect(w, r, path, http.StatusSeeOther)
}

func filedPath(id string) string { return "/filed/" + url.PathEscape(id) }

// moment is a time as the pages write it: by the clock on the wall, which is the machine's time zone.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2 January 2006, 15:04")
}

// age is how long ago t was, in words.
func age(now, t time.Time) string {
	switch d := now.Sub(t); {
	case d < time.Hour:
		return strconv.Itoa(max(0, int(d.Minutes()))) + " min"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d.Hours())) + " h"
	default:
		return strconv.Itoa(int(d.Hours()/24)) + " days"
	}
}

// priorityTitle is a priority in words.
func priorityTitle(p string) string {
	switch p {
	case "at_once":
		return "At once"
	case "same_day":
		return "Same day"
	}
	return "Routine"
}

// stateTitle is where a document stands, in words.
func stateTitle(state string) string {
	switch state {
	case string(postroom.Filed):
		return "Filed"
	case string(postroom.InReview):
		return "Waits for a check"
	case string(postroom.Quarantined):
		return "Quarantined"
	case string(postroom.Discarded):
		return "Not filed"
	case "filing":
		return "Being filed"
	}
	return state
}

// marksOf are the boxes of what was looked for on a page, in shares of the upright page.
func marksOf(p postroom.Page, words []int) (out [][4]float64) {
	for _, i := range words {
		if i >= 0 && i < len(p.Words) {
			b := shares(p, p.Original(p.Words[i].Box))
			short := func(share float64) float64 { return math.Round(share*1e4) / 1e4 }
			out = append(out, [4]float64{short(b[0]), short(b[1]), short(b[2] - b[0]), short(b[3] - b[1])})
		}
	}
	return out
}

func init() {
	functions["moment"] = moment
	functions["stateTitle"] = stateTitle
	functions["priority"] = func(rec postroom.Record) string {
		return priorityTitle(postroom.Priority(rec.Type.Code, rec.Urgent))
	}
	functions["value"] = func(rec postroom.Record, name string) string { return rec.Fields[postroom.FieldName(name)].Value }
	functions["day"] = func(iso string) string {
		if t, err := time.Parse(time.DateOnly, iso); err == nil {
			return t.Format("2 January 2006")
		}
		return iso
	}
	functions["size"] = func(n int64) string {
		switch {
		case n < 1000:
			return strconv.FormatInt(n, 10) + " bytes"
		case n < 1_000_000:
			return strconv.FormatInt((n+500)/1000, 10) + " kB"
		}
		return strconv.FormatFloat(float64(n/100_000)/10, 'f', 1, 64) + " MB"
	}
	functions["action"] = actionTitle
}

// actionTitle is what was done to a document, in words.
func actionTitle(action string) string {
	if t, ok := map[string]string{
		"file": "Filed it", "discard": "Put it away", "undo": "Took a decision back", "note": "Note", "correct": "Corrected it", "refile": "Filed it to another patient",
		"withdraw": "Withdrew it from the patient", "keep both": "Found that it is no copy", "retry": "Had it read again", "release": "Released it as it is",
		"split": "Split it", "merge": "Joined pages to it", "order": "Put its pages in order", "move": "Moved a page", "mark": "Marked a page", "take": "Took a page into it", "turn": "Turned a page",
	}[action]; ok {
		return t
	}
	return action
}
