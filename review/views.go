package review

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/postroom/postroom"
)

// A View is a filter of the queue that is kept under a name: by a person, or for all.
type View struct {
	Name, Filter string
	Shared       bool
}

// A Reason is one bit of Item.Why with what it means.
type Reason struct {
	Bit   int64
	Title string
}

// Whys are the reasons for which a document waits, in the order of their bits.
var Whys = []Reason{
	{1 << 0, "It is urgent"},
	{1 << 1, "Its type is not sure"},
	{1 << 2, "Its patient is not sure"},
	{1 << 3, "A value is missing or not sure"},
	{1 << 4, "It looks like a copy"},
	{1 << 5, "It is about none of our patients"},
	{1 << 6, "It is hard to read"},
	{1 << 7, "Pages are missing"},
	{1 << 8, "It was drawn at random"},
	{1 << 9, "Another reason"},
}

func (s *server) filterOf(r *http.Request) Filter {
	f := filterFrom(r.URL.Query(), s.me(r))
	f.Sources = s.sources(r)
	return f
}

// filterFrom reads a filter as it stands in an address; who is the person it is for.
func filterFrom(v url.Values, who string) Filter {
	f := Filter{Type: postroom.TypeCode(v.Get("type")), Source: v.Get("source"), State: postroom.Status(v.Get("state")), Overdue: v.Get("overdue") != ""}
	if n, err := strconv.ParseInt(v.Get("why"), 10, 64); err == nil {
		f.Why = n
	}
	if v.Get("given") == "me" {
		f.Assigned = who
	}
	return f
}

// Address is the filter as filterFrom reads it, and "" for one that narrows nothing. The mailboxes
// that may be seen are no part of it: they are the person's.
func (f Filter) Address() string {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("type", string(f.Type))
	set("source", f.Source)
	set("state", string(f.State))
	if f.Why != 0 {
		v.Set("why", strconv.FormatInt(f.Why, 10))
	}
	if f.Assigned != "" {
		v.Set("given", "me")
	}
	if f.Overdue {
		v.Set("overdue", "1")
	}
	return v.Encode()
}

// query is the filter with what parts it from a path. It is safe in an address as it stands.
func (f Filter) query() template.URL {
	if in := f.Address(); in != "" {
		return template.URL("?" + in)
	}
	return ""
}

// within is an address at which the person goes on with the documents of the same filter.
func within(path string, f Filter) string {
	in := f.Address()
	switch {
	case in == "":
		return path
	case strings.Contains(path, "?"):
		return path + "&" + in
	}
	return path + "?" + in
}

// has reports whether the documents of a count are among those of the filter; whom they
// were given to and since when they are overdue is not counted.
func (f Filter) has(c Count) bool {
	return (f.Type == "" || f.Type == c.Type) && (f.Source == "" || f.Source == c.Source) && (f.State == "" || f.State == c.State) &&
		(f.Why == 0 || f.Why&c.Why != 0) && (f.Sources == nil || slices.Contains(f.Sources, c.Source))
}

// A shownView is a saved view as the queue shows it.
type shownView struct {
	View
	In   template.URL
	N    int
	Here bool
}

func (s *server) shownViews(r *http.Request, here Filter, counts []Count) ([]shownView, error) {
	views, err := s.Desk.Views(r.Context(), s.me(r))
	if err != nil {
		return nil, err
	}
	out := make([]shownView, 0, len(views))
	for _, v := range views {
		values, err := url.ParseQuery(v.Filter)
		if err != nil {
			continue // kept by a version that wrote them otherwise
		}
		f := filterFrom(values, s.me(r))
		if f.Sources = here.Sources; v.Shared && f.Source != "" && f.Sources != nil && !slices.Contains(f.Sources, f.Source) {
			continue // about a mailbox that is not theirs
		}
		shown := shownView{View: v, In: f.query(), Here: f.Address() == here.Address()}
		if shown.N, err = s.countOf(r, f, counts); err != nil {
			return nil, err
		}
		out = append(out, shown)
	}
	return out, nil
}

// countOf is how many documents wait that a filter leaves.
func (s *server) countOf(r *http.Request, f Filter, counts []Count) (n int, err error) {
	if f.Assigned != "" || f.Overdue {
		return s.Desk.QueueCount(r.Context(), f)
	}
	for _, c := range counts {
		if f.has(c) {
			n += c.N
		}
	}
	return n, nil
}

func (s *server) saveView(w http.ResponseWriter, r *http.Request) {
	f := s.filterOf(r)
	v := View{strings.TrimSpace(r.PostFormValue("name")), f.Address(), r.PostFormValue("shared") != ""}
	if s.mayKeep(w, r, v) {
		s.afterView(w, r, f, s.Desk.SaveView(r.Context(), s.me(r), v))
	}
}

func (s *server) dropView(w http.ResponseWriter, r *http.Request) {
	v := View{Name: r.PostFormValue("name")}
	if name := r.PostFormValue("shared"); name != "" {
		v = View{Name: name, Shared: true}
	}
	if s.mayKeep(w, r, v) {
		s.afterView(w, r, s.filterOf(r), s.Desk.DropView(r.Context(), s.me(r), v))
	}
}

// mayKeep refuses a view for all to who does not lead.
func (s *server) mayKeep(w http.ResponseWriter, r *http.Request, v View) bool {
	who := s.Access.Who(r.Context())
	if !v.Shared || who.Role.May(Share) {
		return true
	}
	s.refuseRole(w, r, who)
	return false
}

func (s *server) afterView(w http.ResponseWriter, r *http.Request, f Filter, err error) {
	switch {
	case postroom.IsBadInput(err):
		s.showQueue(w, r, postroom.ReasonOf(err, ""))
	case err != nil:
		s.fail(w, r, err)
	default:
		http.Redirect(w, r, within("/", f), http.StatusSeeOther)
	}
}
