package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/postroom/postroom"
)

// A DeskSearch is what a person looks for among all documents. A zero field
// narrows nothing; all that is set must hold.
type DeskSearch struct {
	Words   string // anywhere: in the text, the patient, the sender
	Patient string // number, name or birth date
	Sender  string
	Type    postroom.TypeCode
	State   postroom.Status
	// From and To bound the day of the letter or, where it has none, of its
	// arrival: ISO 8601, both included.
	From, To string
	Sources  []string // the mailboxes that may be seen; nil for all
	Before   int64    // goes on after the last hit of the page before
	Limit    int      // 50 when it is 0
}

// A DeskHit is a document that was found.
type DeskHit struct {
	DeskItem
	At int64 // for DeskSearch.Before
}

// searchID orders documents as they arrived; it is the key of their entry in the index.
func searchID(seq, number int64) int64 { return seq<<16 | number }

// indexForSearch puts a record into the index in place of what stood there.
func (p *Pipeline) indexForSearch(ctx context.Context, t tx, id int64, state string, r postroom.Record) error {
	patient := []string{r.Patient.Family, r.Patient.Given, r.Patient.NHSNumber, dateWord(r.Patient.BirthDate)}
	for _, name := range []postroom.FieldName{postroom.PatientName, postroom.NHSNumberField, postroom.CHINumberField, postroom.HCNumberField, postroom.MRN} {
		patient = append(patient, r.Fields[name].Value)
	}
	patient = append(patient, dateWord(r.Fields[postroom.BirthDate].Value))
	sender := []string{r.Message.From}
	for _, name := range []postroom.FieldName{postroom.SenderOrganisation, postroom.SenderDepartment, postroom.SenderClinician} {
		sender = append(sender, r.Fields[name].Value)
	}
	text := append([]string{r.Message.Subject}, r.Text...)
	if t, ok := postroom.TypeOf(r.Type.Code); ok {
		text = append(text, t.Title)
	}
	if state == stateDocumentFiling {
		state = string(postroom.InReview)
	}
	day := r.Message.Received.UTC().Format(time.DateOnly)
	if f, ok := r.Fields[postroom.LetterDate]; ok && f.Valid {
		if _, err := time.Parse(time.DateOnly, f.Value); err == nil {
			day = f.Value
		}
	}
	facets := []string{facet("type", string(r.Type.Code)), facet("state", state), facet("source", r.Message.Source),
		facet("year", day[:4]), facet("month", day[:7]), facet("day", day)}
	words := func(in []string) []string { return searchWords(strings.Join(in, " ")) }
	return t.indexWords(ctx, id, words(patient), words(sender), words(text), facets)
}

// facet is a word that no document holds.
func facet(kind, value string) string {
	return "zz" + kind + string(postroom.HashOf([]byte(value))[:16])
}

// dateWord is a date as one word, so that its parts find nothing else.
func dateWord(iso string) string { return strings.ReplaceAll(iso, "-", "") }

// searchWords cuts a text into words as the index keeps them: letters and digits
// without case or accents, digits in groups also as one number.
func searchWords(s string) []string {
	var out []string
	var b strings.Builder
	digits := ""
	end := func() {
		if b.Len() == 0 {
			return
		}
		w := b.String()
		b.Reset()
		out = append(out, w)
		if strings.Trim(w, "0123456789") == "" && len(digits)+len(w) <= 12 {
			if digits += w; digits != w {
				out = append(out, digits)
			}
			return
		}
		digits = ""
	}
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if b.Len() < 64 {
				b.WriteRune(unicode.ToLower(r))
			}
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '\u2019':
		case r == ' ' || r == '-':
			end()
		default:
			end()
			digits = ""
		}
	}
	end()
	return out
}

// A searchTerm is one thing that must hold: any of the words, in one of the columns.
type searchTerm struct {
	column string // "" for all but the facets
	any    []string
	prefix bool
}

// terms are what a person typed, the last word perhaps only begun.
func typedTerms(column, text string) (out []searchTerm) {
	if d, err := NormalValue(postroom.BirthDate, text); err == nil && d != "" {
		return []searchTerm{{column: column, any: []string{dateWord(d)}}}
	}
	if n, err := postroom.ParseNHSNumber(text); err == nil {
		return []searchTerm{{column: column, any: []string{n.Digits()}}}
	}
	words := searchWords(text)
	for i, w := range words {
		out = append(out, searchTerm{column: column, any: []string{w}, prefix: i == len(words)-1 && len(w) >= 3})
	}
	return out
}

// dayTerms covers a span of days with years, months and days.
func dayTerms(from, to string) ([]string, error) {
	parse := func(s, otherwise string) (time.Time, error) {
		s, err := NormalValue(postroom.LetterDate, s)
		if err != nil {
			return time.Time{}, err
		}
		if s == "" {
			s = otherwise
		}
		return time.Parse(time.DateOnly, s)
	}
	a, err := parse(from, "1980-01-01")
	if err != nil {
		return nil, postroom.Bad(err, "the first day is no date", "write it as 31/12/2026")
	}
	b, err := parse(to, "2099-12-31")
	if err != nil {
		return nil, postroom.Bad(err, "the last day is no date", "write it as 31/12/2026")
	}
	if a.Year() < 1900 || b.Year() > 2200 || b.Before(a) {
		return nil, postroom.Bad(nil, "the last day lies before the first", "change one of them")
	}
	var out []string
	for d := a; !d.After(b); {
		switch {
		case d.YearDay() == 1 && !d.AddDate(1, 0, -1).After(b):
			out = append(out, facet("year", d.Format("2006")))
			d = d.AddDate(1, 0, 0)
		case d.Day() == 1 && !d.AddDate(0, 1, -1).After(b):
			out = append(out, facet("month", d.Format("2006-01")))
			d = d.AddDate(0, 1, 0)
		default:
			out = append(out, facet("day", d.Format(time.DateOnly)))
			d = d.AddDate(0, 0, 1)
		}
	}
	return out, nil
}

func (s DeskSearch) terms() ([]searchTerm, error) {
	var out []searchTerm
	out = append(out, typedTerms("", s.Words)...)
	out = append(out, typedTerms("patient", s.Patient)...)
	out = append(out, typedTerms("sender", s.Sender)...)
	one := func(kind, value string) {
		if value != "" {
			out = append(out, searchTerm{column: "facets", any: []string{facet(kind, value)}})
		}
	}
	one("type", string(s.Type))
	one("state", string(s.State))
	if s.From != "" || s.To != "" {
		days, err := dayTerms(s.From, s.To)
		if err != nil {
			return nil, err
		}
		out = append(out, searchTerm{column: "facets", any: days})
	}
	if s.Sources != nil {
		t := searchTerm{column: "facets", any: []string{"zznone"}}
		for _, source := range s.Sources {
			t.any = append(t.any, facet("source", source))
		}
		out = append(out, t)
	}
	return out, nil
}

// Search finds documents, whatever their state, the latest arrivals first.
func (p *Pipeline) Search(ctx context.Context, s DeskSearch) ([]DeskHit, error) {
	if s.Limit <= 0 {
		s.Limit = 50
	}
	if s.Before <= 0 {
		s.Before = 1<<63 - 1
	}
	terms, err := s.terms()
	if err != nil {
		return nil, err
	}
	if len(terms) == 0 {
		return nil, nil
	}
	ids, err := p.db.searchRows(ctx, terms, s.Before, s.Limit)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	out := make([]DeskHit, 0, len(ids))
	for _, id := range ids {
		it, err := p.scanDesk(p.db.row(ctx, deskColumns+` WHERE d.message_seq = ? AND d.number = ?`, id>>16, id&0xffff).scan)
		if err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		out = append(out, DeskHit{it, id})
	}
	return out, nil
}

// The index of SQLite: FTS5, which keeps the words without the text. Words that are
// only begun are looked for by their first three or four letters, else one of them goes
// through every word that there is.

const sqliteSearch = `CREATE VIRTUAL TABLE IF NOT EXISTS desk_search USING fts5(patient, sender, words, facets, content='', contentless_delete=1, prefix='3 4', tokenize='unicode61 remove_diacritics 0')`

func (d *sqliteDB) prepareSearch(ctx context.Context) error {
	_, err := d.exec(ctx, sqliteSearch)
	return err
}

// mergedPages is how much of the index is merged at a time, in pages of 4 kB: others
// wait for a step. Left to itself FTS5 merges all that has piled up within the
// transaction of whoever comes sixteenth, which took a clerk's decision half a second.
const mergedPages = 64

// tidySearch merges a piece of the index, and reports whether there is more to merge.
func (d *sqliteDB) tidySearch(ctx context.Context) (more bool, err error) {
	err = d.inTx(ctx, func(t tx) error {
		var before, after int64
		if err := t.row(ctx, `SELECT total_changes()`).scan(&before); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `INSERT INTO desk_search (desk_search, rank) VALUES ('merge', ?)`, mergedPages); err != nil {
			return err
		}
		if err := t.row(ctx, `SELECT total_changes()`).scan(&after); err != nil {
			return err
		}
		more = after-before >= 2 // as FTS5 documents it (section 6.7)
		return nil
	})
	return more, err
}

func (t *sqliteTx) indexWords(ctx context.Context, id int64, patient, sender, words []string, facets []string) error {
	if _, err := t.exec(ctx, `DELETE FROM desk_search WHERE rowid = ?`, id); err != nil {
		return err
	}
	_, err := t.exec(ctx, `INSERT INTO desk_search (rowid, patient, sender, words, facets) VALUES (?, ?, ?, ?, ?)`,
		id, strings.Join(patient, " "), strings.Join(sender, " "), strings.Join(words, " "), strings.Join(facets, " "))
	return err
}

func (d *sqliteDB) searchRows(ctx context.Context, terms []searchTerm, before int64, limit int) (ids []int64, err error) {
	var all []string
	for _, t := range terms {
		columns := t.column
		if columns == "" {
			columns = "patient sender words"
		}
		var any []string
		for _, w := range t.any {
			q := `"` + w + `"`
			if t.prefix {
				q += "*"
			}
			any = append(any, q)
		}
		all = append(all, "{"+columns+"} : ("+strings.Join(any, " OR ")+")")
	}
	err = d.each(ctx, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT rowid FROM desk_search WHERE desk_search MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?`, strings.Join(all, " AND "), before, limit)
	return ids, err
}

// The index of PostgreSQL: a tsvector without positions, whose words begin with a letter
// for their column. Weights would do that too, but an index of type GIN does not hold
// them, so that every document that matches would have to be opened.

var columnLetters = map[string]string{"": "w", "patient": "p", "sender": "s", "facets": ""}

func (d *postgresDB) prepareSearch(ctx context.Context) error {
	for _, q := range []string{
		`CREATE TABLE IF NOT EXISTS desk_search (rowid BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)`,
		`CREATE INDEX IF NOT EXISTS desk_search_words ON desk_search USING GIN (words)`,
	} {
		if _, err := d.exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func (d *postgresDB) tidySearch(context.Context) (bool, error) { return false, nil }

// tsvectorText bounds what is indexed of one document, in bytes: PostgreSQL refuses a
// tsvector of more than a megabyte.
const tsvectorText = 400_000

func (t *postgresTx) indexWords(ctx context.Context, id int64, patient, sender, words []string, facets []string) error {
	seen := map[string]bool{}
	list, size := []string{}, 0
	add := func(column string, words []string) {
		for _, w := range words {
			w = columnLetters[column] + w
			if !seen[w] && size+len(w) <= tsvectorText {
				seen[w] = true
				list, size = append(list, w), size+len(w)
			}
		}
	}
	add("facets", facets)
	add("patient", patient)
	add("sender", sender)
	add("", patient)
	add("", sender)
	add("", words)
	_, err := t.exec(ctx, `INSERT INTO desk_search (rowid, words) VALUES (?, array_to_tsvector(CAST(? AS TEXT[])))
		ON CONFLICT (rowid) DO UPDATE SET words = excluded.words`, id, list)
	return err
}

// recentDocuments is how many documents are looked through one by one before the index is
// asked: what many documents hold is soon found there, and the index, which gives all
// that match before the first of them, is left to what few hold.
const recentDocuments = 2000

func (d *postgresDB) searchRows(ctx context.Context, terms []searchTerm, before int64, limit int) (ids []int64, err error) {
	var all []string
	for _, t := range terms {
		var any []string
		for _, w := range t.any {
			q := "'" + columnLetters[t.column] + w + "'"
			if t.prefix {
				q += ":*"
			}
			any = append(any, q)
		}
		all = append(all, "("+strings.Join(any, " | ")+")")
	}
	query := strings.Join(all, " & ")
	collect := func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		ids = append(ids, id)
		return err
	}
	if err := d.each(ctx, collect, `SELECT x.rowid FROM (SELECT s.rowid, s.words FROM desk_search s WHERE s.rowid < ? ORDER BY s.rowid DESC LIMIT ?) x
		WHERE x.words @@ CAST(? AS TSQUERY) ORDER BY x.rowid DESC LIMIT ?`, before, recentDocuments, query, limit); err != nil || len(ids) == limit {
		return ids, err
	}
	ids = nil
	// The planner does not know how rare a word is and would go through all documents.
	err = d.inTx(ctx, func(t tx) error {
		for _, q := range []string{`SET LOCAL enable_seqscan = off`, `SET LOCAL enable_indexscan = off`} {
			if _, err := t.exec(ctx, q); err != nil {
				return err
			}
		}
		return t.each(ctx, collect, `WITH found AS MATERIALIZED (SELECT s.rowid FROM desk_search s WHERE s.words @@ CAST(? AS TSQUERY))
			SELECT rowid FROM found WHERE rowid < ? ORDER BY rowid DESC LIMIT ?`, query, before, limit)
	})
	return ids, err
}

// A DeskView is a filter of the queue that a person keeps under a name, for themselves or for all.
type DeskView struct {
	Name, Filter string
	Shared       bool
}

// owner is whose the view is in the table: nobody's is everybody's.
func (v DeskView) owner(who string) string {
	if v.Shared {
		return ""
	}
	return who
}

// Views returns the views of all, and those that a person keeps, by name.
func (p *Pipeline) Views(ctx context.Context, who string) (out []DeskView, err error) {
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var v DeskView
		var by string
		err := scan(&by, &v.Name, &v.Filter)
		v.Shared = by == ""
		out = append(out, v)
		return err
	}, `SELECT by_whom, name, filter FROM desk_views WHERE by_whom IN ('', ?) ORDER BY by_whom, name`, who)
	if err != nil {
		return nil, fmt.Errorf("load views: %w", err)
	}
	return out, nil
}

// mostViews bounds what one person keeps, and all together.
const mostViews = 30

// SaveView keeps a filter under a name, in place of an earlier one; an empty filter
// with no name left takes it away.
func (p *Pipeline) SaveView(ctx context.Context, who string, v DeskView) error {
	v.Name = strings.TrimSpace(v.Name)
	if v.Name == "" || len(v.Name) > 60 || len(v.Filter) > 500 {
		return postroom.Bad(nil, "the view has no name, or a very long one", "give it a short name")
	}
	who = v.owner(who)
	var n int
	if err := p.db.row(ctx, `SELECT COUNT(*) FROM desk_views WHERE by_whom = ? AND name <> ?`, who, v.Name).scan(&n); err != nil {
		return err
	}
	if n >= mostViews {
		return postroom.Bad(nil, fmt.Sprintf("there are %d views already", n), "take one away first")
	}
	_, err := p.db.exec(ctx, `INSERT INTO desk_views (by_whom, name, filter) VALUES (?, ?, ?) ON CONFLICT (by_whom, name) DO UPDATE SET filter = excluded.filter`, who, v.Name, v.Filter)
	return err
}

// DropView takes a view away.
func (p *Pipeline) DropView(ctx context.Context, who string, v DeskView) error {
	_, err := p.db.exec(ctx, `DELETE FROM desk_views WHERE by_whom = ? AND name = ?`, v.owner(who), v.Name)
	return err
}

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain values
	}
	return string(b)
}
