package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/postroom/postroom"
)

// The kinds of counters that the statistics keep by day.
const (
	StatField     = "field"     // name is the field: n were looked at, part of them were put right
	StatType      = "type"      // name is the type that was guessed: n were looked at, part of them were put right
	StatTime      = "time"      // n documents were decided in part seconds
	StatFiled     = "filed"     // n documents were filed, part of them without a person
	StatCorrected = "corrected" // name is what was done to n documents after filing: correct, refile, withdraw; part of them had been filed without a person
	StatBacklog   = "backlog"   // n documents waited at the last look, the oldest for part hours
)

// A DeskStat is one counter of a day.
type DeskStat struct {
	Day  string // ISO 8601, UTC
	Kind string
	Name string
	N    int64
	Part int64
}

// Statistics returns the counters from the day on (ISO 8601), by day, kind and name.
func (p *Pipeline) Statistics(ctx context.Context, from string) (out []DeskStat, err error) {
	err = p.db.each(ctx, func(scan func(...any) error) error {
		var s DeskStat
		err := scan(&s.Day, &s.Kind, &s.Name, &s.N, &s.Part)
		out = append(out, s)
		return err
	}, `SELECT day, kind, name, n, part FROM desk_stats WHERE day >= ? ORDER BY day, kind, name`, from)
	if err != nil {
		return nil, fmt.Errorf("load the statistics: %w", err)
	}
	return out, nil
}

func (p *Pipeline) count(ctx context.Context, q queries, kind, name string, n, part int64) error {
	_, err := q.exec(ctx, `INSERT INTO desk_stats (day, kind, name, n, part) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (day, kind, name) DO UPDATE SET n = desk_stats.n + excluded.n, part = desk_stats.part + excluded.part`,
		p.now().UTC().Format(time.DateOnly), kind, name, n, part)
	return err
}

// longestLook bounds the time that a document counts: beyond it the clerk was away.
const longestLook = 30 * time.Minute

// countDecision compares what a person decided with what the program had read; r is
// the record as the person found it.
func (p *Pipeline) countDecision(ctx context.Context, t tx, r postroom.Record, code postroom.TypeCode, values map[postroom.FieldName]string) error {
	guessed := r.Type.Code
	if guessed == "" {
		guessed = postroom.UnknownType
	}
	if err := p.count(ctx, t, StatType, string(guessed), 1, boolInt(guessed != code)); err != nil {
		return err
	}
	for _, name := range postroom.FieldNames {
		value, seen := values[name]
		f, had := r.Fields[name]
		if !seen || value == "" && !had {
			continue
		}
		if err := p.count(ctx, t, StatField, string(name), 1, boolInt(f.Value != value)); err != nil {
			return err
		}
	}
	var opened int64
	if err := t.row(ctx, `SELECT opened FROM documents WHERE id = ?`, r.DocumentID).scan(&opened); err != nil {
		return err
	}
	if took := p.now().Sub(fromMicros(opened)); opened > 0 && took <= longestLook {
		return p.count(ctx, t, StatTime, "", 1, int64(took.Seconds()+0.5))
	}
	return nil
}

// countFiled counts a document that was filed.
func (p *Pipeline) countFiled(ctx context.Context, t tx, r postroom.Record) error {
	if r.Version > 1 {
		return nil
	}
	return p.count(ctx, t, StatFiled, "", 1, boolInt(r.DecidedBy == "postroom"))
}

// sampleBacklog keeps how much waits, and how long the oldest has waited, as the day's last look.
func (p *Pipeline) sampleBacklog(ctx context.Context) error {
	var n, oldest int64
	if err := p.db.row(ctx, `SELECT COUNT(*), COALESCE(MIN(d.created), 0) FROM documents d WHERE `+waitsAtDesk).scan(&n, &oldest); err != nil {
		return err
	}
	hours := int64(0)
	if n > 0 {
		hours = int64(p.now().Sub(fromMicros(oldest)).Hours())
	}
	_, err := p.db.exec(ctx, `INSERT INTO desk_stats (day, kind, name, n, part) VALUES (?, ?, '', ?, ?)
		ON CONFLICT (day, kind, name) DO UPDATE SET n = excluded.n, part = excluded.part`, p.now().UTC().Format(time.DateOnly), StatBacklog, n, hours)
	return err
}
