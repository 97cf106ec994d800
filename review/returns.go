package review

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// returnWays are how a document can go back to its sender.
var returnWays = []struct{ Code, Text string }{{"post", "By post"}, {"email", "By secure e-mail"}, {"fax", "By fax"}, {"telephone", "The sender was told by telephone"}, {"portal", "By the sender's portal"}}

type returnsPage struct {
	Items []Returned
	Sent  bool
	Now   time.Time
}

// Age says how long it has been on the list.
func (p returnsPage) Age(t time.Time) string { return age(p.Now, t) }

// Late reports whether it ought to have been sent back by now.
func (p returnsPage) Late(r Returned) bool { return r.Sent.IsZero() && p.Now.After(r.SendBy) }

func (s *server) returns(w http.ResponseWriter, r *http.Request) {
	d := returnsPage{Sent: r.URL.Query().Get("sent") == "1", Now: s.Now()}
	var err error
	if d.Items, err = s.Desk.Returns(r.Context(), d.Sent, s.sources(r), 200); err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "returns", page{Title: "Back to the sender", Data: d})
}

type returnPage struct {
	Item  Returned
	To    []string
	Why   string
	Text  string // the prepared letter
	Mail  string // the same as an address that opens a mail program
	Ways  []struct{ Code, Text string }
	Now   time.Time
	Late  bool
	Waits string
}

func returnWhy(why string) string {
	switch why {
	case "left":
		return "The patient has left the practice."
	case "deceased":
		return "The practice's list holds the patient as deceased."
	}
	return "Nobody of that number, name and birth date is on the practice's list."
}

func (s *server) returnDraft(w http.ResponseWriter, r *http.Request) {
	it, err := s.Desk.ReturnOf(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d := returnPage{Item: it, Ways: returnWays, Now: s.Now(), Late: it.Sent.IsZero() && s.Now().After(it.SendBy), Waits: age(s.Now(), it.At)}
	back := it.Record.Return
	if back == nil {
		back = &postroom.Return{}
	}
	for _, line := range []string{back.Clinician, back.Department, back.Organisation} {
		if line != "" {
			d.To = append(d.To, line)
		}
	}
	if back.Phone != "" {
		d.To = append(d.To, "Telephone "+back.Phone)
	}
	if back.Fax != "" {
		d.To = append(d.To, "Fax "+back.Fax)
	}
	d.Why = returnWhy(back.Why)
	d.Text = returnText(it.Record, s.Access.Who(r.Context()).Name)
	// A draft without an address: who may have it by e-mail is for the person to say.
	d.Mail = "mailto:?" + strings.ReplaceAll(url.Values{"subject": {"A document that was sent to us by mistake"}, "body": {d.Text}}.Encode(), "+", "%20")
	s.show(w, r, http.StatusOK, "return", page{Title: "Back to the sender", Data: d})
}

// returnText is the letter that goes back with a document. It names no patient: the
// document itself does, and mail is read on its way.
func returnText(rec postroom.Record, by string) string {
	back := rec.Return
	if back == nil {
		back = &postroom.Return{}
	}
	dated := ""
	if t, err := time.Parse(time.DateOnly, back.LetterDate); err == nil {
		dated = " dated " + t.Format("2 January 2006")
	}
	pages := fmt.Sprintf("%d pages", len(rec.Pages))
	if len(rec.Pages) == 1 {
		pages = "one page"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "To: %s\n\n", strings.Join(nonEmpty(back.Clinician, back.Department, back.Organisation), ", "))
	fmt.Fprintf(&b, "We received a document%s (%s, %s) on %s. ", dated, strings.ToLower(typeTitle(rec.Type.Code)), pages, rec.Message.Received.Local().Format("2 January 2006"))
	switch back.Why {
	case "left":
		b.WriteString("It is about somebody who is no longer a patient of this practice. ")
	case "deceased":
		b.WriteString("Our list holds the person whom it is about as deceased. Please check your records. ")
	default:
		b.WriteString("It is about somebody who is not a patient of this practice. ")
	}
	b.WriteString("We return it to you and have kept no copy in any patient's record. Nobody here has acted on it: please send it to the right practice")
	switch back.Priority {
	case "at_once":
		b.WriteString(" AT ONCE, as it looks urgent")
	case "same_day":
		b.WriteString(" today")
	}
	b.WriteString(", and put the address right in your system.\n\n")
	fmt.Fprintf(&b, "Our reference: %.8s\n\n%s\n", rec.DocumentID, by)
	return b.String()
}

func nonEmpty(in ...string) (out []string) {
	for _, s := range in {
		if s != "" {
			out = append(out, s)
		}
	}
	if out == nil {
		out = []string{"the sender"}
	}
	return out
}

func (s *server) sendBack(w http.ResponseWriter, r *http.Request) {
	d, err := s.seen(r)
	if err == nil {
		err = s.Desk.SendBack(r.Context(), d)
	}
	if err != nil {
		s.afterFail(w, r, err)
		return
	}
	done(w, r, "/returns/"+url.PathEscape(d.Document))
}

func (s *server) returnSent(w http.ResponseWriter, r *http.Request) {
	if err := s.Desk.ReturnSent(r.Context(), r.PathValue("id"), s.me(r), r.PostFormValue("how")); err != nil {
		s.afterFail(w, r, err)
		return
	}
	done(w, r, "/returns")
}
