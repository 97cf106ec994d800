package review

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/postroom/postroom"
)

//go:embed templates/*.html
var templateFiles embed.FS

// assets holds the NHS.UK frontend too, in assets/nhsuk, where scripts/setup could fetch it.
//
//go:embed assets
var assets embed.FS

// Config is what a desk is made of.
type Config struct {
	Desk   Desk
	Access Access
	Log    *slog.Logger
	Now    func() time.Time
	// Refused is told of what was not allowed; nil for nobody.
	Refused func(ctx context.Context, f Refusal)
	// Seen writes down what somebody is about to see; nil for nobody to write it. When it
	// fails, they do not see it. document is "" for a search.
	Seen func(ctx context.Context, who Person, action, document string) error
	// Trail is the audit trail; nil for none.
	Trail Trail
	// People are the accounts that an administrator looks after; nil for none.
	People People
	// MonthFirst says that people here write 12/31/1980.
	MonthFirst bool
}

type server struct {
	Config
	assets fs.FS
	pages  map[string]*template.Template
	mux    *http.ServeMux
	routes []string // the patterns of mux

	seenMu sync.Mutex
	seenAt map[[3]string]time.Time

	skipMu sync.Mutex
	skips  map[[2]string]time.Time // person and document
}

func (s *server) route(pattern string, h http.HandlerFunc) {
	s.mux.HandleFunc(pattern, h)
	s.routes = append(s.routes, pattern)
}

// New makes the desk's handler.
func New(c Config) http.Handler {
	s := newServer(c)
	if a, ok := c.Access.(*SignInAccess); ok {
		a.server = s // its pages look like the others
	}
	return c.Access.Guard(s.handler())
}

func newServer(c Config) *server { return newServerWith(c, assets) }

// newServerWith takes the desk's own files from elsewhere.
func newServerWith(c Config, files fs.FS) *server {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &server{Config: c, assets: files, pages: map[string]*template.Template{}, mux: http.NewServeMux(), seenAt: map[[3]string]time.Time{}, skips: map[[2]string]time.Time{}}
	addresses := assetAddresses(files)
	more := template.FuncMap{"asset": func(name string) string { return addresses[name] }, // "" when there is none
		"patient": s.patientText}
	all, _ := fs.Glob(templateFiles, "templates/*.html")
	for _, file := range all {
		if name := strings.TrimSuffix(path.Base(file), ".html"); name != "layout" && !strings.HasPrefix(name, "part-") {
			s.pages[name] = template.Must(template.New("").Funcs(functions).Funcs(more).ParseFS(templateFiles, "templates/layout.html", "templates/part-*.html", file))
		}
	}
	s.route("GET /assets/", s.asset)
	s.route("GET /{$}", s.queue)
	s.route("POST /views", s.saveView)
	s.route("POST /views/drop", s.dropView)
	s.route("GET /next", s.next)
	s.route("GET /document/{id}", s.document)
	s.route("GET /document/{id}/page/{n}", s.image)
	s.route("GET /document/{id}/words", s.words)
	s.route("POST /document/{id}/file", s.file)
	s.route("POST /document/{id}/discard", s.discard)
	s.route("POST /document/{id}/skip", s.skip)
	s.route("POST /document/{id}/stay", s.stay)
	s.route("GET /document/{id}/sheet", s.sheet)
	s.route("POST /undo", s.undo)
	s.route("POST /patients", s.patients)
	s.routesAfter()
	s.routesArrange()
	s.route("GET /audit", s.audit)
	s.route("POST /audit", s.verifyAudit)
	s.routesPeople()
	return s
}

var functions = template.FuncMap{
	"title":   typeTitle,
	"label":   fieldLabel,
	"reason":  reasonText,
	"why":     whyShort,
	"percent": func(c postroom.Confidence) int { return int(100 * c) },
	"inc":     func(i int) int { return i + 1 },
}

// assetAddresses are where the desk's own files are, by name; with other contents a file is
// elsewhere, so that browsers can keep it.
func assetAddresses(files fs.FS) map[string]string {
	out := map[string]string{}
	for _, pattern := range []string{"assets/*.*", "assets/*/*.*"} {
		names, _ := fs.Glob(files, pattern)
		for _, name := range names {
			if b, err := fs.ReadFile(files, name); err == nil {
				out[strings.TrimPrefix(name, "assets/")] = "/" + name + "?v=" + string(postroom.HashOf(b)[:12])
			}
		}
	}
	return out
}

func (s *server) asset(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("v") != "" {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.FileServerFS(s.assets).ServeHTTP(w, r)
}

// fieldLabel is a field's name in a clerk's words.
func fieldLabel(f postroom.FieldName) string {
	s := strings.ReplaceAll(string(f), "_", " ")
	s = strings.NewReplacer("nhs ", "NHS ", "chi ", "CHI ", "hc ", "H&C ", "gmc ", "GMC ", "npi", "NPI", "ods ", "ODS ", "mrn", "MRN").Replace(s)
	return strings.ToUpper(s[:1]) + s[1:]
}

// whyShort is why a document waits, in a line. That it is urgent stands beside its name: what
// says more comes first.
func whyShort(rec postroom.Record) string {
	why := rec.Reasons
	if len(why) > 1 && strings.HasPrefix(why[0], "it is urgent") {
		why = why[1:]
	}
	if len(why) == 0 {
		return ""
	}
	return reasonText(why[0])
}

var fieldInReason = regexp.MustCompile(`^the field ([a-z_]+) `)

// reasonText is a reason of a record in a clerk's words: records name values as their schema does.
func reasonText(why string) string {
	return fieldInReason.ReplaceAllStringFunc(why, func(m string) string {
		return "the value “" + fieldLabel(postroom.FieldName(fieldInReason.FindStringSubmatch(m)[1])) + "” "
	})
}

func typeTitle(c postroom.TypeCode) string {
	if t, ok := postroom.TypeOf(c); ok {
		return t.Title
	}
	return "Unknown"
}

// page is what every page shows.
type page struct {
	Title string
	Who   Person
	Token string
	Error string
	Data  any
	// SignedIn says that the person can sign out again.
	SignedIn bool
	Places   []place
}

// A place is a part of the desk that the person can go to from everywhere.
type place struct {
	Address, Title string
	Here           bool
}

// placesOf are those that the role allows.
func placesOf(role Role, path string) (out []place) {
	for _, p := range []struct {
		may            Action
		address, title string
	}{{Check, "/", "Queue"}, {Check, "/overdue", "Overdue"}, {Check, "/quarantine", "Quarantine"}, {Check, "/copies", "Copies"}, {Check, "/returns", "Returns"}, {Check, "/search", "Search"},
		{Watch, "/statistics", "Statistics"}, {Audit, "/audit", "Audit trail"}, {Manage, "/people", "People"}} {
		if role.May(p.may) {
			out = append(out, place{p.address, p.title, path == p.address || p.address != "/" && strings.HasPrefix(path, p.address+"/")})
		}
	}
	return out
}

func (s *server) show(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	p.Who, p.Token = s.Access.Who(r.Context()), s.Access.Token(r.Context())
	p.Places = placesOf(p.Who.Role, r.URL.Path)
	if _, ok := s.Access.(*SignInAccess); ok {
		p.SignedIn = p.Who.ID != ""
	}
	var b bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&b, "layout", p); err != nil {
		s.Log.Error("show a page of the desk", "page", name, "error", err)
		http.Error(w, "The page could not be made; see the log.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

// fail answers what went wrong in words that a clerk can use.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, text := http.StatusInternalServerError, "Something went wrong. Nothing was changed; try again."
	switch {
	case errors.Is(err, ErrNoDocument):
		status, text = http.StatusNotFound, "There is no such document."
	case errors.Is(err, ErrChanged):
		status, text = http.StatusConflict, "Somebody decided about this document in the meantime. Nothing of yours was applied."
	case errors.Is(err, ErrClaimed):
		status, text = http.StatusConflict, "Somebody else has this document open. Nothing of yours was applied."
	case postroom.IsBadInput(err):
		status, text = http.StatusUnprocessableEntity, postroom.ReasonOf(err, "it cannot be done")
	default:
		s.Log.Error("review desk", "error", err)
	}
	s.show(w, r, status, "message", page{Title: "Not done", Error: text})
}

type queuePage struct {
	Items         []Item
	Filter        Filter
	In            template.URL // the filter, as in an address
	Types         []tally
	Sources       []tally
	Whys          []tally
	Views         []shownView
	Typed         string // the name of a view that was refused
	Found         int    // how many the filter leaves
	More          string // the address at which more of them are shown; "" when all are
	Total, Urgent int
	Quarantined   int
	Overdue       int
	Now           time.Time
}

type tally struct {
	Value, Title string
	N            int
}

// Age says how long the item has waited.
func (q queuePage) Age(it Item) string {
	switch d := q.Now.Sub(it.Record.Message.Received); {
	case d < time.Hour:
		return strconv.Itoa(max(0, int(d.Minutes()))) + " min"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d.Hours())) + " h"
	default:
		return strconv.Itoa(int(d.Hours()/24)) + " days"
	}
}

// The queue is shown in steps of so many documents, and no more than so many at once.
const queueStep, mostQueued = 50, 1000

func (s *server) queue(w http.ResponseWriter, r *http.Request) { s.showQueue(w, r, "") }

func (s *server) showQueue(w http.ResponseWriter, r *http.Request, refusal string) {
	q := queuePage{Filter: s.filterOf(r), Now: s.Now()}
	q.In = q.Filter.query()
	shown := q.Filter
	shown.Limit = queueStep
	if n, err := strconv.Atoi(r.URL.Query().Get("show")); err == nil {
		shown.Limit = min(max(n, queueStep), mostQueued)
	}
	var err error
	if q.Items, err = s.Desk.Queue(r.Context(), shown); err != nil {
		s.fail(w, r, err)
		return
	}
	counts, err := s.Desk.Counts(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if q.Overdue, err = s.Desk.Overdue(r.Context(), s.sources(r)); err != nil {
		s.fail(w, r, err)
		return
	}
	types, sources, whys := map[string]int{}, map[string]int{}, map[int64]int{}
	for _, c := range counts {
		if q.Filter.Sources != nil && !slices.Contains(q.Filter.Sources, c.Source) {
			continue
		}
		types[string(c.Type)] += c.N
		sources[c.Source] += c.N
		for _, why := range Whys {
			if c.Why&why.Bit != 0 {
				whys[why.Bit] += c.N
			}
		}
		q.Total += c.N
		if c.Urgent {
			q.Urgent += c.N
		}
		if c.State == postroom.Quarantined {
			q.Quarantined += c.N
		}
	}
	if q.Views, err = s.shownViews(r, q.Filter, counts); err == nil {
		q.Found, err = s.countOf(r, q.Filter, counts)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if n := len(q.Items); n < q.Found && n < mostQueued {
		q.More = within("/?show="+strconv.Itoa(shown.Limit+queueStep), q.Filter) + "#after" + strconv.Itoa(n)
	}
	tallies := func(m map[string]int, title func(string) string) (out []tally) {
		for v, n := range m {
			out = append(out, tally{v, title(v), n})
		}
		slices.SortFunc(out, func(a, b tally) int { return strings.Compare(a.Title, b.Title) })
		return out
	}
	q.Types = tallies(types, func(v string) string { return typeTitle(postroom.TypeCode(v)) })
	q.Sources = tallies(sources, func(v string) string { return v })
	for _, why := range Whys {
		if whys[why.Bit] > 0 || q.Filter.Why == why.Bit {
			q.Whys = append(q.Whys, tally{strconv.FormatInt(why.Bit, 10), why.Title, whys[why.Bit]})
		}
	}
	status := http.StatusOK
	if refusal != "" {
		status, q.Typed = http.StatusUnprocessableEntity, r.PostFormValue("name")
	}
	s.show(w, r, status, "queue", page{Title: "Documents to check", Error: refusal, Data: q})
}

// next leads to the first document that nobody else has open.
func (s *server) next(w http.ResponseWriter, r *http.Request) {
	s.goOn(w, r, r.URL.Query().Get("after"))
}

// goOn leads from a document to the next of the same filter.
func (s *server) goOn(w http.ResponseWriter, r *http.Request, from string) {
	f := s.filterOf(r)
	id, err := s.after(r, f, from)
	switch {
	case err != nil:
		s.fail(w, r, err)
	case id != "":
		http.Redirect(w, r, within("/document/"+id, f), http.StatusSeeOther)
	default:
		http.Redirect(w, r, within("/", f), http.StatusSeeOther)
	}
}

// mostPassed bounds how many documents that the person has skipped are passed by.
const mostPassed = 200

// after is the first document of the queue but the given one, that nobody else has open or was
// given: from the top, for something urgent may have come meanwhile. One that the person has
// skipped comes when there is no other; "" is for none. What is in quarantine has a page of its
// own, and comes only to who asks for it.
func (s *server) after(r *http.Request, f Filter, from string) (string, error) {
	if f.State == "" {
		f.State = postroom.InReview
	}
	seen, skipped := map[string]bool{}, ""
	for at := ""; len(seen) < mostPassed; {
		id, err := s.Desk.Next(r.Context(), f, at, s.me(r))
		if err != nil {
			return "", err
		}
		if id == "" || seen[id] {
			break
		}
		seen[id], at = true, id
		switch {
		case id == from:
		case !s.hasSkipped(s.me(r), id):
			return id, nil
		case skipped == "":
			skipped = id
		}
	}
	return skipped, nil
}

// skipFor is how long a document that a person has skipped comes to them after all others.
const skipFor = time.Hour

func (s *server) hasSkipped(who, id string) bool {
	s.skipMu.Lock()
	defer s.skipMu.Unlock()
	at, ok := s.skips[[2]string{who, id}]
	return ok && s.Now().Sub(at) < skipFor
}

// undo takes back the person's last decision, whichever document it was about.
func (s *server) undo(w http.ResponseWriter, r *http.Request) {
	id, err := s.Desk.Undo(r.Context(), s.me(r), s.sources(r))
	if err != nil {
		s.afterFail(w, r, err)
		return
	}
	http.Redirect(w, r, "/document/"+id, http.StatusSeeOther)
}

func (s *server) skip(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if err := s.Desk.Release(r.Context(), id, s.Access.Who(r.Context()).ID); err != nil {
		s.fail(w, r, err)
		return
	}
	s.skipMu.Lock()
	if len(s.skips) > 10_000 {
		clear(s.skips)
	}
	s.skips[[2]string{s.me(r), id}] = s.Now()
	s.skipMu.Unlock()
	s.goOn(w, r, id)
}

func (s *server) file(w http.ResponseWriter, r *http.Request) {
	d, err := s.decision(r)
	if err == nil {
		before := map[postroom.FieldName]string{}
		for name := range r.PostForm {
			if f, ok := strings.CutPrefix(name, "keyed."); ok {
				before[postroom.FieldName(f)] = r.PostFormValue(name)
			}
		}
		err = Keyed(r.Context(), s.Desk, &d, before)
	}
	if err == nil {
		err = s.Desk.File(r.Context(), d)
	}
	if err != nil {
		if postroom.IsBadInput(err) { // shown beside what the clerk typed
			s.showDocument(w, r, d, postroom.ReasonOf(err, ""))
			return
		}
		s.fail(w, r, err)
		return
	}
	s.goOn(w, r, d.Document)
}

func (s *server) discard(w http.ResponseWriter, r *http.Request) {
	d, err := s.decision(r)
	switch why := r.PostFormValue("why"); {
	case err != nil:
	case why == "not_ours": // goes on the list of what goes back
		err = s.Desk.SendBack(r.Context(), d)
	default:
		err = s.Desk.Discard(r.Context(), d, discardReasons[why])
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.goOn(w, r, d.Document)
}

// discardReasons are fixed, so that no patient's name gets into a reason.
var discardReasons = map[string]string{
	"not_ours": "a person found that it is about none of the practice's patients; it goes back to its sender",
	"nothing":  "a person found nothing in it to file",
	"copy":     "a person found that it is a copy of another document",
}

func (s *server) decision(r *http.Request) (Decision, error) {
	d := Decision{Document: r.PathValue("id"), By: s.Access.Who(r.Context()).ID, Type: postroom.TypeCode(r.PostFormValue("type")),
		Patient: r.PostFormValue("patient"), Fields: map[postroom.FieldName]string{}}
	var err error
	if d.Revision, err = strconv.ParseInt(r.PostFormValue("revision"), 10, 64); err != nil {
		return d, postroom.Bad(err, "the form does not say which version it shows", "load the page again")
	}
	for name, v := range r.PostForm {
		if f, ok := strings.CutPrefix(name, "field."); ok {
			d.Fields[postroom.FieldName(f)] = v[0]
		}
	}
	return d, nil
}

func (s *server) image(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		s.fail(w, r, ErrNoDocument)
		return
	}
	width := 1600
	if r.URL.Query().Get("size") == "small" { // to tell pages apart, of which there can be many
		width = 400
	}
	body, err := s.Desk.Image(r.Context(), r.PathValue("id"), n, width)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	// The pixels never change; only this person's browser keeps them, for the session.
	w.Header().Set("Cache-Control", "private, max-age=600")
	w.Header().Set("Content-Type", http.DetectContentType(body))
	w.Write(body)
}

func (s *server) patients(w http.ResponseWriter, r *http.Request) {
	asked := r.PostFormValue("q")
	found, err := s.Desk.Patients(r.Context(), asked)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out := make([]choice, 0, len(found))
	for _, p := range found {
		c := s.choiceOf(p)
		c.Why = whyFound(p, asked)
		out = append(out, c)
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(out)
}

// A choice is a patient as the desk offers them.
type choice struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	Why  string `json:"why,omitempty"` // by what the patient was found
}

// whyFound says which of a patient's particulars the query is.
func whyFound(p postroom.Patient, query string) string {
	var out []string
	add := func(what string) {
		if !slices.Contains(out, what) {
			out = append(out, what)
		}
	}
	compact := strings.NewReplacer(" ", "", "-", "").Replace(query)
	if compact != "" && (compact == p.Number || strings.EqualFold(compact, p.ID)) {
		return "by the number"
	}
	begins := func(name, term string) bool {
		return slices.ContainsFunc(strings.Fields(strings.ToLower(name)), func(n string) bool { return strings.HasPrefix(n, term) })
	}
	for _, term := range strings.Fields(strings.ToLower(strings.ReplaceAll(query, ",", " "))) {
		switch {
		case begins(p.Family, term):
			add("family name")
		case begins(p.Given, term):
			add("given name")
		case slices.ContainsFunc(p.OtherNames, func(n string) bool { return begins(n, term) }):
			add("another name: " + strings.Join(p.OtherNames, ", "))
		case term == p.Number || term == strings.ToLower(p.ID):
			add("number")
		default:
			add("birth date")
		}
	}
	return "by " + strings.Join(out, " and ")
}

func (s *server) choiceOf(p postroom.Patient) choice {
	number := p.Number
	if n, err := postroom.ParseNHSNumber(number); err == nil {
		number = strings.ReplaceAll(n.Spaced(), " ", "\u00a0") // it stays in one line
	}
	text := p.Family + ", " + p.Given + " · born " + s.day(p.BirthDate) + " · " + number
	if p.Deceased {
		text += " · deceased"
	}
	if p.Left {
		text += " · left the practice"
	}
	return choice{ID: p.ID, Text: text}
}

// day is a date of a record as people here write it.
func (s *server) day(iso string) string {
	t, err := time.Parse(time.DateOnly, iso)
	switch {
	case err != nil:
		return iso
	case s.MonthFirst:
		return t.Format("01/02/2006")
	}
	return t.Format("02/01/2006")
}
