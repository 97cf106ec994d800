package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/review"
)

// A document is one with its place in the queue.
type document struct {
	Revision     int64      `json:"revision"`
	State        string     `json:"state"`
	Mailbox      string     `json:"mailbox"`
	ClaimedBy    string     `json:"claimed_by,omitempty"`
	ClaimedUntil *time.Time `json:"claimed_until,omitempty"`
	Assigned     string     `json:"assigned,omitempty"`
	Due          *time.Time `json:"due,omitempty"`
	// ToKey are values that two readings disagree about: they are keyed from the image, and
	// left out here.
	ToKey  []postroom.FieldName `json:"to_key,omitempty"`
	Record postroom.Record      `json:"record"`
}

// shown is what of documents may be shown.
func (s *server) shown(ctx context.Context, all []review.Item) ([]document, error) {
	out := make([]document, len(all))
	for i, it := range all {
		shield, err := review.ShieldOf(ctx, s.Desk, it)
		if err != nil {
			return nil, err
		}
		out[i] = documentOf(shield.Item(it))
		out[i].ToKey = shield.Names
	}
	return out, nil
}

func documentOf(it review.Item) document {
	moment := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		t = t.UTC()
		return &t
	}
	d := document{Revision: it.Revision, State: it.State, Mailbox: it.Source, ClaimedBy: it.ClaimedBy, Assigned: it.Assigned, Due: moment(it.Due), Record: it.Record}
	if it.ClaimedBy != "" {
		d.ClaimedUntil = moment(it.Until)
	}
	return d
}

func etag(revision int64) string { return `"` + strconv.FormatInt(revision, 10) + `"` }

// give answers with a document as it stands now.
func (s *server) give(w http.ResponseWriter, r *http.Request, id string) error {
	it, err := s.Desk.Document(r.Context(), id)
	if err != nil {
		return err
	}
	out, err := s.shown(r.Context(), []review.Item{it})
	if err != nil {
		return err
	}
	w.Header().Set("ETag", etag(it.Revision))
	return answer(w, http.StatusOK, out[0])
}

func (s *server) documents(w http.ResponseWriter, r *http.Request, all []review.Item) error {
	out, err := s.shown(r.Context(), all)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]any{"documents": out})
}

func (s *server) routesDocuments() {
	s.route("GET /queue", Read, s.queue)
	s.route("GET /counts", Read, s.counts)
	s.route("POST /search", Read, s.search)
	s.route("POST /patients/search", Read, s.patients)
	s.route("GET /documents/{id}", Read, func(w http.ResponseWriter, r *http.Request) error { return s.give(w, r, r.PathValue("id")) })
	s.route("GET /documents/{id}/pages", Read, s.pages)
	s.route("GET /documents/{id}/pages/{page}/image", Read, s.image)
	s.route("GET /documents/{id}/siblings", Read, s.siblings)
	s.route("GET /documents/{id}/history", Read, s.history)
	s.route("GET /documents/{id}/versions", Read, s.versions)
	s.route("GET /documents/{id}/versions/{version}/pdf", Read, s.pdf)
	s.route("GET /documents/{id}/deliveries", Read, s.deliveries)
	s.route("GET /documents/{id}/originals", Read, s.originals)
	s.route("GET /documents/{id}/originals/{hash}", Read, s.original)
	s.route("GET /returns", Read, s.returns)
	s.route("GET /statistics", Statistics, s.statistics)
	s.route("GET /audit", Audit, s.audit)
}

// limitOf is how many the request asks for.
func limitOf(r *http.Request, standard, most int) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, postroom.Bad(err, "limit is no number from 1 to "+strconv.Itoa(most), "")
	}
	return n, nil
}

// list answers with a list, which is never null.
func list[T, U any](w http.ResponseWriter, name string, all []T, of func(T) U) error {
	out := make([]U, len(all))
	for i, v := range all {
		out[i] = of(v)
	}
	return answer(w, http.StatusOK, map[string]any{name: out})
}

func (s *server) queue(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	f := review.Filter{Type: postroom.TypeCode(v.Get("type")), Source: v.Get("mailbox"), State: postroom.Status(v.Get("state")),
		Assigned: v.Get("assigned"), Overdue: v.Get("overdue") == "true", Sources: caller(r).Person.Mailboxes}
	var err error
	if f.Limit, err = limitOf(r, 50, 500); err != nil {
		return err
	}
	items, err := s.Desk.Queue(r.Context(), f)
	if err != nil {
		return err
	}
	return s.documents(w, r, items)
}

func (s *server) counts(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Desk.Counts(r.Context())
	if err != nil {
		return err
	}
	type count struct {
		Type    postroom.TypeCode `json:"type"`
		Mailbox string            `json:"mailbox"`
		State   postroom.Status   `json:"state"`
		Urgent  bool              `json:"urgent"`
		N       int               `json:"n"`
	}
	added := map[count]int{}
	var order []count
	for _, c := range all { // those of one kind that wait for different reasons are one
		if !mayShow(caller(r).Person, c.Source) {
			continue
		}
		key := count{Type: c.Type, Mailbox: c.Source, State: c.State, Urgent: c.Urgent}
		if _, there := added[key]; !there {
			order = append(order, key)
		}
		added[key] += c.N
	}
	return list(w, "counts", order, func(c count) count { c.N = added[c]; return c })
}

// search is asked by POST: what is looked for is a patient's as a rule, and addresses are logged.
func (s *server) search(w http.ResponseWriter, r *http.Request) error {
	var q struct {
		Words   string            `json:"words"`
		Patient string            `json:"patient"`
		Sender  string            `json:"sender"`
		Type    postroom.TypeCode `json:"type"`
		State   postroom.Status   `json:"state"`
		From    string            `json:"from"`
		To      string            `json:"to"`
		Before  int64             `json:"before"`
		Limit   int               `json:"limit"`
	}
	if err := s.ask(r, &q); err != nil {
		return err
	}
	for _, day := range []string{q.From, q.To} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return postroom.Bad(err, "a day is no date", "write it as 2026-12-31")
		}
	}
	if q.Limit < 0 || q.Limit > 500 || q.Before < 0 {
		return postroom.Bad(nil, "limit is more than 500, or before is no place in the list", "")
	}
	if q.Limit == 0 {
		q.Limit = 50
	}
	hits, err := s.Desk.Search(r.Context(), review.SearchQuery{Words: q.Words, Patient: q.Patient, Sender: q.Sender, Type: q.Type, State: q.State,
		From: q.From, To: q.To, Sources: caller(r).Person.Mailboxes, Before: q.Before, Limit: q.Limit})
	if err != nil {
		return err
	}
	out := struct {
		Documents []document `json:"documents"`
		Next      int64      `json:"next,omitempty"` // the before of the page after this one
	}{}
	found := make([]review.Item, len(hits))
	for i, h := range hits {
		found[i] = h.Item
	}
	if out.Documents, err = s.shown(r.Context(), found); err != nil {
		return err
	}
	if len(hits) == q.Limit {
		out.Next = hits[len(hits)-1].At
	}
	return answer(w, http.StatusOK, out)
}

func (s *server) patients(w http.ResponseWriter, r *http.Request) error {
	var q struct {
		Query string `json:"query"`
	}
	if err := s.ask(r, &q); err != nil {
		return err
	}
	found, err := s.Desk.Patients(r.Context(), q.Query)
	if err != nil {
		return err
	}
	type patient struct {
		ID        string `json:"id"`
		NHSNumber string `json:"nhs_number,omitempty"`
		Family    string `json:"family"`
		Given     string `json:"given"`
		BirthDate string `json:"birth_date"`
		Left      bool   `json:"left"`
		Deceased  bool   `json:"deceased"`
	}
	return list(w, "patients", found, func(p postroom.Patient) patient {
		return patient{p.ID, p.Number, p.Family, p.Given, p.BirthDate, p.Left, p.Deceased}
	})
}

func (s *server) shieldOf(r *http.Request) (review.Shield, error) {
	it, err := s.Desk.Document(r.Context(), r.PathValue("id"))
	if err != nil {
		return review.Shield{}, err
	}
	return review.ShieldOf(r.Context(), s.Desk, it)
}

func (s *server) pages(w http.ResponseWriter, r *http.Request) error {
	shield, err := s.shieldOf(r)
	if err != nil {
		return err
	}
	pages, err := s.Desk.Pages(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return list(w, "pages", shield.Pages(pages), func(p postroom.Page) postroom.Page {
		if p.Words == nil {
			p.Words = []postroom.Word{}
		}
		return p
	})
}

func (s *server) image(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.Atoi(r.PathValue("page"))
	if err != nil || n < 1 {
		return review.ErrNoDocument
	}
	width := 1600
	if text := r.URL.Query().Get("width"); text != "" {
		if width, err = strconv.Atoi(text); err != nil || width < 50 || width > 5000 {
			return postroom.Bad(err, "width is no number of pixels from 50 to 5000", "")
		}
	}
	body, err := s.Desk.Image(r.Context(), r.PathValue("id"), n, width)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", http.DetectContentType(body))
	w.Write(body)
	return nil
}

func (s *server) siblings(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Desk.Siblings(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.documents(w, r, all)
}

func (s *server) history(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Desk.History(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	type event struct {
		At     time.Time `json:"at"`
		By     string    `json:"by"`
		Action string    `json:"action"`
		Why    string    `json:"why,omitempty"`
		Undone bool      `json:"undone"`
	}
	return list(w, "events", all, func(e review.Event) event { return event{e.At.UTC(), e.By, e.Action, e.Why, e.Undone} })
}

func (s *server) versions(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Desk.Versions(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	shield, err := s.shieldOf(r)
	if err != nil {
		return err
	}
	return list(w, "versions", all, shield.Record)
}

func (s *server) pdf(w http.ResponseWriter, r *http.Request) error {
	version, err := strconv.Atoi(r.PathValue("version"))
	if err != nil {
		return review.ErrNoDocument
	}
	f, err := s.Desk.FiledPDF(r.Context(), r.PathValue("id"), version)
	if err != nil {
		return err
	}
	return s.send(w, f, "application/pdf", "")
}

// send answers with a file that browsers save and never show.
func (s *server) send(w http.ResponseWriter, f io.ReadCloser, kind, name string) error {
	defer f.Close()
	w.Header().Set("Content-Type", kind)
	disposition := "attachment"
	if name != "" {
		disposition = mime.FormatMediaType("attachment", map[string]string{"filename": name})
	}
	w.Header().Set("Content-Disposition", disposition)
	if _, err := io.Copy(w, f); err != nil {
		s.Log.Warn("a download broke off", "error", err)
		panic(http.ErrAbortHandler) // so that the other end sees that it is not whole
	}
	return nil
}

func (s *server) deliveries(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Desk.Deliveries(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	type delivery struct {
		Receiver string     `json:"receiver"`
		Version  int        `json:"version"`
		State    string     `json:"state"`
		Said     string     `json:"said,omitempty"`
		Created  time.Time  `json:"created"`
		Done     *time.Time `json:"done,omitempty"`
	}
	return list(w, "deliveries", all, func(d review.Delivery) delivery {
		out := delivery{d.Receiver, d.Version, d.State, d.Said, d.Created.UTC(), nil}
		if !d.Done.IsZero() {
			done := d.Done.UTC()
			out.Done = &done
		}
		return out
	})
}

func (s *server) originals(w http.ResponseWriter, r *http.Request) error {
	arrival, err := s.Desk.Arrival(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	type original struct {
		Hash      postroom.Hash `json:"sha256"`
		Name      string        `json:"name"`
		MediaType string        `json:"media_type"`
		Size      int64         `json:"size"`
		Pages     int           `json:"pages"`
		Problem   string        `json:"problem,omitempty"`
		Message   bool          `json:"message"`
	}
	return list(w, "originals", arrival.Originals, func(o review.Original) original {
		return original{o.Hash, o.Name, o.MediaType, o.Size, o.Pages, o.Problem, o.Message}
	})
}

func (s *server) original(w http.ResponseWriter, r *http.Request) error {
	o, f, err := s.Desk.Original(r.Context(), r.PathValue("id"), postroom.Hash(r.PathValue("hash")))
	if err != nil {
		return err
	}
	name := strings.Map(func(c rune) rune {
		if c < ' ' || strings.ContainsRune(`/\"`, c) {
			return '_'
		}
		return c
	}, o.Name)
	return s.send(w, f, "application/octet-stream", name)
}

func (s *server) returns(w http.ResponseWriter, r *http.Request) error {
	limit, err := limitOf(r, 50, 500)
	if err != nil {
		return err
	}
	all, err := s.Desk.Returns(r.Context(), r.URL.Query().Get("sent") == "true", caller(r).Person.Mailboxes, limit)
	if err != nil {
		return err
	}
	type returned struct {
		Document document   `json:"document"`
		By       string     `json:"by"`
		At       time.Time  `json:"at"`
		SendBy   time.Time  `json:"send_by"`
		Sent     *time.Time `json:"sent,omitempty"`
		SentBy   string     `json:"sent_by,omitempty"`
		How      string     `json:"how,omitempty"`
	}
	return list(w, "returns", all, func(x review.Returned) returned {
		out := returned{documentOf(x.Item), x.By, x.At.UTC(), x.SendBy.UTC(), nil, x.SentBy, x.How}
		if !x.Sent.IsZero() {
			sent := x.Sent.UTC()
			out.Sent = &sent
		}
		return out
	})
}

func (s *server) statistics(w http.ResponseWriter, r *http.Request) error {
	from := r.URL.Query().Get("from")
	if from == "" {
		from = s.Now().UTC().AddDate(0, 0, -30).Format(time.DateOnly)
	} else if _, err := time.Parse(time.DateOnly, from); err != nil {
		return postroom.Bad(err, "from is no date", "write it as 2026-12-31")
	}
	all, err := s.Desk.Statistics(r.Context(), from)
	if err != nil {
		return err
	}
	type stat struct {
		Day  string `json:"day"`
		Kind string `json:"kind"`
		Name string `json:"name"`
		N    int64  `json:"n"`
		Part int64  `json:"part"`
	}
	return list(w, "statistics", all, func(x review.Stat) stat { return stat(x) })
}

func (s *server) audit(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	q := review.TrailQuery{Person: v.Get("person"), Action: v.Get("action"), Document: v.Get("document")}
	var err error
	if q.Limit, err = limitOf(r, 100, 1000); err != nil {
		return err
	}
	if text := v.Get("before"); text != "" {
		if q.Before, err = strconv.ParseInt(text, 10, 64); err != nil {
			return postroom.Bad(err, "before is no row's number", "")
		}
	}
	var all []review.TrailEvent
	if s.Trail != nil {
		if all, err = s.Trail.Events(r.Context(), q); err != nil {
			return err
		}
	}
	type event struct {
		Seq      int64     `json:"seq"`
		At       time.Time `json:"at"`
		Person   string    `json:"person"`
		Action   string    `json:"action"`
		Document string    `json:"document,omitempty"`
		Detail   string    `json:"detail,omitempty"`
	}
	return list(w, "events", all, func(e review.TrailEvent) event {
		return event{e.Seq, e.At.UTC(), e.Person, e.Action, e.Document, e.Detail}
	})
}
