package review

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

type quarantinePage struct {
	Items []Item
	Now   time.Time
}

// Age says how long the item has waited.
func (q quarantinePage) Age(it Item) string { return age(q.Now, it.Record.Message.Received) }

// mostQuarantined is how many the list shows.
const mostQuarantined = 200

func (s *server) quarantine(w http.ResponseWriter, r *http.Request) {
	items, err := s.Desk.Queue(r.Context(), Filter{State: postroom.Quarantined, Source: r.URL.Query().Get("source"), Sources: s.sources(r), Limit: mostQuarantined})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "quarantine", page{Title: "Quarantine and exceptions", Data: quarantinePage{items, s.Now()}})
}

type quarantinedPage struct {
	Item      Item
	Arrival   Arrival
	Kind      string
	ToDo      []string
	Unread    []postroom.OtherPage
	Open      bool // it waits for a decision
	Others    bool // somebody else has it open
	Retriable bool
	Shown     bool // pages of it may be shown as they are
	Tried     bool
	History   []Event
	Reasons   []struct{ Code, Text string }
	Body      string
	Now       time.Time
}

// Age says how long it has waited.
func (q quarantinedPage) Age() string { return age(q.Now, q.Item.Record.Message.Received) }

// The reasons for putting away what is in quarantine are fixed, as for all that is put away.
var quarantineReasons = []struct{ Code, Text string }{
	{"again", "a person asked the sender to send it again"},
	{"elsewhere", "a person got the document in another way"},
	{"fetched", "a person fetched the document from the sender's portal"},
	{"nothing", "a person found nothing in it to file"},
	{"unwanted", "a person found that it is advertising or a fraud"},
}

func (s *server) quarantined(w http.ResponseWriter, r *http.Request) {
	ctx, id := r.Context(), r.PathValue("id")
	it, err := s.Desk.Document(ctx, id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d := quarantinedPage{Item: it, Reasons: quarantineReasons, Now: s.Now()}
	d.Open = it.State == string(postroom.Quarantined)
	d.Others = it.ClaimedBy != "" && it.ClaimedBy != s.me(r)
	if d.Arrival, err = s.Desk.Arrival(ctx, id); err != nil {
		s.fail(w, r, err)
		return
	}
	if d.History, err = s.Desk.History(ctx, id); err != nil {
		s.fail(w, r, err)
		return
	}
	for _, e := range d.History {
		d.Tried = d.Tried || strings.HasPrefix(e.Why, "another try ended")
	}
	for _, p := range it.Record.OtherPages {
		if p.Fate == postroom.FateQuarantined {
			d.Unread = append(d.Unread, p)
			d.Shown = d.Shown || p.Page > 0
		}
	}
	d.Retriable = len(d.Unread) > 0 || len(it.Record.Pages) > 0
	for _, l := range it.Record.Leftovers {
		d.Retriable = d.Retriable || l.Problem && l.Hash == it.Record.Message.Hash
	}
	d.Body = d.Arrival.Message.Body
	d.Kind, d.ToDo = adviceFor(d)
	s.show(w, r, http.StatusOK, "quarantined", page{Title: d.Kind, Data: d})
}

// adviceFor says what kind of trouble it is and what to do about it, in order.
func adviceFor(d quarantinedPage) (kind string, todo []string) {
	switch d.Arrival.Exception {
	case postroom.LinkOnly:
		return "The document is behind a link", []string{
			"Do not open the link from here. Check that you know the sender and were expecting it; a strange one is likely a fraud.",
			"Open the sender's portal from your own bookmark and fetch the document there.",
			"Bring it in as a file, and put this notice away with “fetched from the sender's portal”.",
			"Ask the sender to send documents and not links."}
	case postroom.FailedReception:
		return "A fax could not be received", []string{
			"Somebody tried to reach you and could not: ring the sender's number below, where there is one, and ask for it again.",
			"Put this notice away once you have asked.",
			"When it happens often, tell whoever runs the fax line."}
	case postroom.PartialReception:
		return "A fax broke off", []string{
			"Pages are missing. What arrived waits in the queue like any other document.",
			"Ask the sender to send all of it again; do not file half a letter as if it were whole.",
			"Put this notice away once you have asked."}
	case postroom.AutoReply:
		return "A reply from a machine", []string{"It is out-of-office mail, a receipt or a delivery report. Read it below, and put it away."}
	case postroom.NoDocument:
		if len(d.Unread) == 0 && len(d.Item.Record.Leftovers) == 0 {
			return "A message without a document", []string{"Read the mail below: what it says may matter all the same. Then put it away."}
		}
	}
	if len(d.Item.Record.Pages) > 0 {
		return "A document that could not be filed", []string{
			"Everything was read, but its files could not be written. Try it again: it goes back to the queue.",
			"When it ends here again, tell whoever runs Postroom."}
	}
	reasons := strings.ToLower(strings.Join(d.Item.Record.Reasons, " "))
	if strings.Contains(reasons, "password") || strings.Contains(reasons, "locked") || strings.Contains(reasons, "encrypted") {
		todo = append(todo, "It is locked: ask the sender for one without a password. Where a password was agreed with them, whoever runs Postroom puts it into the configuration; then try it again.")
	}
	if d.Shown {
		todo = append(todo, "Some pages could be opened but not read. Release them as they are: you type what they say from the image.")
	}
	todo = append(todo, "Try it again once: a fault of the machine may have passed.",
		"Save the original and look at it on your own computer only if you know the sender and were expecting it.",
		"Ask the sender to send it again, best as PDF, and put this away with that reason.")
	return "It could not be read", todo
}

func (s *server) retry(w http.ResponseWriter, r *http.Request) {
	d, err := s.seen(r)
	if err == nil {
		err = s.Desk.Retry(r.Context(), d)
	}
	if err != nil {
		s.afterFail(w, r, err)
		return
	}
	it, err := s.Desk.Document(r.Context(), d.Document)
	if err == nil && it.State == string(postroom.InReview) {
		done(w, r, "/document/"+url.PathEscape(d.Document))
		return
	}
	done(w, r, "/quarantine/"+url.PathEscape(d.Document)+"?asked=1")
}

func (s *server) releaseAsItIs(w http.ResponseWriter, r *http.Request) {
	d, err := s.seen(r)
	first := ""
	if err == nil {
		first, err = s.Desk.ReleaseAsItIs(r.Context(), d)
	}
	if err != nil {
		s.afterFail(w, r, err)
		return
	}
	done(w, r, "/document/"+url.PathEscape(first))
}

func (s *server) discardQuarantined(w http.ResponseWriter, r *http.Request) {
	d, err := s.seen(r)
	why := ""
	for _, reason := range quarantineReasons {
		if reason.Code == r.PostFormValue("why") {
			why = reason.Text
		}
	}
	if err == nil {
		err = s.Desk.Discard(r.Context(), d, why)
	}
	if err != nil {
		s.afterFail(w, r, err)
		return
	}
	done(w, r, "/quarantine")
}
