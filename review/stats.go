package review

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

type statsPage struct {
	Days   int
	Spans  []int
	Plots  []plot
	Types  []accuracy
	Fields []accuracy
	Fixed  []correction
	None   bool
}

// A plot is one measure over time, as a picture and as a table.
type plot struct {
	ID, Title, Unit, About string
	Points                 []point
	Line                   string // of an SVG polyline, "x,y x,y"
	Top                    string // the label of the scale's end
	Last                   string
}

// A point is a day's value.
type point struct {
	Day  string
	N    int64 // how many it is drawn from
	Text string
	X, Y float64
	has  bool
	v    float64
}

// An accuracy is how often what was read was right, as people found.
type accuracy struct {
	Name     string
	N, Wrong int64
}

// Share is how much was right, in percent.
func (a accuracy) Share() string { return percent(float64(a.N-a.Wrong), float64(a.N)) }

// A correction counts what was changed after filing.
type correction struct {
	What  string
	N, By int64 // By of them had been filed without a person
}

func percent(part, of float64) string {
	if of == 0 {
		return "none"
	}
	return strconv.FormatFloat(math.Round(1000*part/of)/10, 'f', -1, 64) + "%"
}

var statSpans = []int{14, 30, 90, 365}

func (s *server) statistics(w http.ResponseWriter, r *http.Request) {
	days := 30
	if n, err := strconv.Atoi(r.URL.Query().Get("days")); err == nil && slices.Contains(statSpans, n) {
		days = n
	}
	today := s.Now().UTC()
	stats, err := s.Desk.Statistics(r.Context(), today.AddDate(0, 0, 1-days).Format(time.DateOnly))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d := statsOf(stats, today, days)
	s.show(w, r, http.StatusOK, "statistics", page{Title: "Statistics", Data: d})
}

// statsOf makes the page of the counters of the last days.
func statsOf(stats []Stat, today time.Time, days int) statsPage {
	d := statsPage{Days: days, Spans: statSpans, None: len(stats) == 0}
	type key struct{ kind, day string }
	sums := map[key][2]int64{}
	types, fields, fixed := map[string][2]int64{}, map[string][2]int64{}, map[string][2]int64{}
	add := func(m map[string][2]int64, name string, x Stat) {
		m[name] = [2]int64{m[name][0] + x.N, m[name][1] + x.Part}
	}
	for _, x := range stats {
		k := key{x.Kind, x.Day}
		sums[k] = [2]int64{sums[k][0] + x.N, sums[k][1] + x.Part}
		switch x.Kind {
		case "type":
			add(types, typeTitle(postroom.TypeCode(x.Name)), x)
		case "field":
			add(fields, x.Name, x)
		case "corrected":
			add(fixed, x.Name, x)
		}
	}
	measure := func(id, kind, title, about, unit string, value func(n, part float64) float64, scale float64) {
		p := plot{ID: id, Title: title, About: about, Unit: unit}
		for i := days - 1; i >= 0; i-- {
			day := today.AddDate(0, 0, -i).Format(time.DateOnly)
			pt := point{Day: day}
			if v, ok := sums[key{kind, day}]; ok && v[0] > 0 {
				pt.has, pt.N = true, v[0]
				pt.v = value(float64(v[0]), float64(v[1]))
				pt.Text = strconv.FormatFloat(math.Round(10*pt.v)/10, 'f', -1, 64) + unit
			} else if ok && (kind == "backlog") {
				pt.has, pt.Text = true, "0"+unit
			}
			p.Points = append(p.Points, pt)
		}
		p.draw(scale)
		d.Plots = append(d.Plots, p)
	}
	right := func(n, part float64) float64 { return 100 * (n - part) / n }
	measure("types", "type", "Types that were right", "Of the documents that people looked at, how many had the type that they confirmed.", "%", right, 100)
	measure("fields", "field", "Values that were right", "Of the values that people looked at, how many they left as they were read.", "%", right, 100)
	measure("filed", "filed", "Filed without a person", "Of the documents filed on the day, how many nobody had to look at.", "%", func(n, part float64) float64 { return 100 * part / n }, 100)
	measure("time", "time", "Time for a document", "From opening a document to its decision, on average.", " s", func(n, part float64) float64 { return part / n }, 0)
	measure("backlog", "backlog", "Documents that wait", "At the last look of the day.", "", func(n, _ float64) float64 { return n }, 0)
	measure("age", "backlog", "Age of the oldest", "How long the oldest document that waited had been there, at the last look of the day.", " h", func(_, part float64) float64 { return part }, 0)
	list := func(m map[string][2]int64, name func(string) string) (out []accuracy) {
		for k, v := range m {
			out = append(out, accuracy{name(k), v[0], v[1]})
		}
		slices.SortFunc(out, func(a, b accuracy) int {
			if a.N != b.N {
				return int(b.N - a.N)
			}
			return strings.Compare(a.Name, b.Name)
		})
		return out
	}
	d.Types = list(types, func(s string) string { return s })
	d.Fields = list(fields, func(s string) string { return fieldTitle(postroom.FieldName(s)) })
	for _, what := range []struct{ code, text string }{{"correct", "A type or value was put right"}, {"refile", "Filed to another patient"}, {"withdraw", "It was about none of our patients"}} {
		if v, ok := fixed[what.code]; ok {
			d.Fixed = append(d.Fixed, correction{what.text, v[0], v[1]})
		}
	}
	return d
}

// The plots are drawn in a box of this size; the labels stand outside of it.
const plotWidth, plotHeight = 600.0, 140.0

// draw puts the points into the box. With no scale, it follows the largest value.
func (p *plot) draw(scale float64) {
	top := scale
	if top == 0 {
		for _, pt := range p.Points {
			top = max(top, pt.v)
		}
		top = niceTop(top)
	}
	p.Top = strconv.FormatFloat(top, 'f', -1, 64) + p.Unit
	var line []string
	for i := range p.Points {
		pt := &p.Points[i]
		pt.X = plotWidth
		if len(p.Points) > 1 {
			pt.X = math.Round(10*plotWidth*float64(i)/float64(len(p.Points)-1)) / 10
		}
		if !pt.has {
			continue
		}
		pt.Y = math.Round(10*plotHeight*(1-min(1, max(0, pt.v/top)))) / 10
		line = append(line, fmt.Sprintf("%g,%g", pt.X, pt.Y))
		p.Last = pt.Text
	}
	p.Line = strings.Join(line, " ")
}

// Drawn are the days that have a value.
func (p plot) Drawn() (out []point) {
	for _, pt := range p.Points {
		if pt.has {
			out = append(out, pt)
		}
	}
	return out
}

// First and End are the days at the ends of the scale.
func (p plot) First() string { return p.Points[0].Day }

// End is the last day.
func (p plot) End() string { return p.Points[len(p.Points)-1].Day }

// niceTop is the next of 1, 2, 5, 10, 20, ... that is not below v.
func niceTop(v float64) float64 {
	for unit := 1.0; ; unit *= 10 {
		for _, m := range []float64{1, 2, 5} {
			if m*unit >= v || unit > 1e12 {
				return m * unit
			}
		}
	}
}

// fieldTitle is a field's name in words.
func fieldTitle(f postroom.FieldName) string {
	return functions["label"].(func(postroom.FieldName) string)(f)
}
