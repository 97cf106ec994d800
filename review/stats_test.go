package review

import (
	"math"
	"testing"
	"time"
)

func TestStatisticsOverTime(t *testing.T) {
	today := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	d := statsOf([]Stat{
		{"2026-03-01", "field", "patient_name", 10, 5}, {"2026-03-14", "field", "patient_name", 10, 1}, {"2026-03-14", "field", "birth_date", 10, 1},
		{"2026-03-14", "type", "fit_note", 4, 1}, {"2026-03-14", "filed", "", 8, 6}, {"2026-03-14", "time", "", 4, 90}, {"2026-03-13", "backlog", "", 0, 0}, {"2026-03-14", "backlog", "", 37, 52},
		{"2026-03-14", "corrected", "refile", 2, 1},
	}, today, 14)
	got := map[string]plot{}
	for _, p := range d.Plots {
		got[p.ID] = p
		if len(p.Points) != 14 {
			t.Errorf("%s has %d days", p.ID, len(p.Points))
		}
	}
	for id, want := range map[string][3]string{"fields": {"90%", "100%", "0,70 600,14"}, "types": {"75%", "100%", "600,35"}, "filed": {"75%", "100%", "600,35"},
		"time": {"22.5 s", "50 s", "600,77"}, "backlog": {"37", "50", "553.8,140 600,36.4"}, "age": {"52 h", "100 h", "553.8,140 600,67.2"}} {
		if p := got[id]; p.Last != want[0] || p.Top != want[1] || p.Line != want[2] {
			t.Errorf("%s: %q %q %q, want %q", id, p.Last, p.Top, p.Line, want)
		}
	}
	if len(d.Fields) != 2 || d.Fields[0].Name != "Patient name" || d.Fields[0].Share() != "70%" || d.Fields[1].Share() != "90%" {
		t.Errorf("the fields: %+v", d.Fields)
	}
	if len(d.Types) != 1 || d.Types[0].Share() != "75%" || len(d.Fixed) != 1 || d.Fixed[0].By != 1 {
		t.Errorf("types %+v, fixed %+v", d.Types, d.Fixed)
	}
	if empty := statsOf(nil, today, 30); !empty.None || len(empty.Plots[0].Drawn()) != 0 {
		t.Error("nothing was counted, and yet something is drawn")
	}
	if top := niceTop(math.MaxFloat64); math.IsInf(top, 0) || math.IsNaN(top) {
		t.Error("a scale without an end:", top)
	}
	for v, want := range map[float64]float64{0: 1, 1: 1, 3: 5, 5.1: 10, 11: 20} {
		if got := niceTop(v); got != want {
			t.Errorf("above %g comes %g, want %g", v, got, want)
		}
	}
}
