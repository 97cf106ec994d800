package main

import (
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"io"
	"math"
	"sort"
	"strings"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify"
)

//go:embed report.html
var reportPage string

var reportTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"pct":  func(v float64) string { return fmt.Sprintf("%.1f%%", 100*v) },
	"pct2": func(v float64) string { return fmt.Sprintf("%.2f%%", 100*v) },
	"count": func(n int) template.HTML {
		class := "zero"
		if n > 0 {
			class = "some"
		}
		return template.HTML(fmt.Sprintf(`<td class="%s">%d</td>`, class, n))
	},
}).Parse(reportPage))

type reportTile struct{ Value, Label, Class string }

type reportType struct {
	Title                   string
	Filed, Documents, Wrong int
	Width                   int // percent
	F1                      string
}

type reportField struct {
	classify.FieldJSON
	Width int // percent
}

// writeReport writes a summary as one HTML page that needs nothing else.
func writeReport(w io.Writer, title string, notes []string, s classify.Summary) error {
	data := struct {
		Title, Sentence                         string
		Notes                                   []string
		S                                       classify.Summary
		Tiles                                   []reportTile
		Types                                   []reportType
		Fields                                  []reportField
		FilingPlot, TypePlot, FieldPlot, Matrix template.HTML
	}{Title: title, Notes: notes, S: s, Sentence: capital(s.Current.String()) + "."}
	good := func(ok bool) string {
		if ok {
			return "good"
		}
		return ""
	}
	wrongPatient := reportTile{fmt.Sprint(s.Current.WrongPatient), "filed to a wrong patient", "good"}
	if s.Current.WrongPatient > 0 {
		wrongPatient.Class = "bad"
	}
	data.Tiles = []reportTile{
		{fmt.Sprintf("%.1f%%", 100*s.Current.Share()), "filed by themselves", ""}, wrongPatient,
		{fmt.Sprintf("%.2f%%", 100*s.Current.WrongShare()), "of those wrong in any way", good(s.Current.Wrong() == 0)},
		{fmt.Sprintf("%.3f", s.TypeMacroF1), "types, macro-F1", ""}, {fmt.Sprintf("%.3f", s.SplitF1), "split right, F1", ""},
		{fmt.Sprintf("%d / %d", s.UrgentFound, s.Urgent), "urgent documents found", good(s.UrgentFound == s.Urgent)},
	}
	for code, x := range s.ByType {
		t := reportType{Title: string(code), Filed: x.Filed, Documents: x.Documents, Wrong: x.Wrong(), Width: int(math.Round(100 * x.Share())), F1: "-"}
		if known, ok := postroom.TypeOf(code); ok {
			t.Title = known.Title
		}
		if f1, ok := s.TypeF1[code]; ok {
			t.F1 = fmt.Sprintf("%.3f", f1)
		}
		data.Types = append(data.Types, t)
	}
	sort.Slice(data.Types, func(i, j int) bool { return data.Types[i].Title < data.Types[j].Title })
	for _, f := range s.Fields {
		data.Fields = append(data.Fields, reportField{f, int(math.Round(100 * f.Recall))})
	}
	for _, f := range s.Items {
		f.Name += ", each item"
		data.Fields = append(data.Fields, reportField{f, int(math.Round(100 * f.Recall))})
	}
	data.FilingPlot = filingPlot(s.Sweep, s.Current)
	data.TypePlot, data.FieldPlot = reliabilityPlot(s.TypeCurve), reliabilityPlot(s.FieldCurve)
	data.Matrix = confusionMatrix(s.Confusion)
	if err := reportTemplate.Execute(w, data); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// filingPlot draws what each threshold files, and how much of that is wrong.
func filingPlot(sweep []classify.Setting, now classify.Setting) template.HTML {
	const w, h, left, right, top, bottom = 1000.0, 330.0, 46.0, 54.0, 16.0, 36.0
	lo, hi := sweep[0].TypeConfidence, 1.0
	x := func(v float64) float64 { return left + (v-lo)/(hi-lo)*(w-left-right) }
	// The wrong share has an axis of its own: it should be too small to see on the other.
	most := 0.01
	for _, s := range sweep {
		most = math.Max(most, s.WrongShare())
	}
	most = math.Ceil(most*100) / 100
	y := func(v, most float64) float64 { return top + (1-v/most)*(h-top-bottom) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" role="img" aria-label="Share filed and share wrong by threshold">`, w, h)
	for i := range 6 {
		v := float64(i) / 5
		fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="var(--line)"/><text x="%.1f" y="%.1f" text-anchor="end">%.0f%%</text><text x="%.1f" y="%.1f" style="fill:var(--red)">%.1f%%</text>`,
			left, w-right, y(v, 1), y(v, 1), left-8, y(v, 1)+4, 100*v, w-right+8, y(v, 1)+4, 100*v*most)
	}
	for v := math.Ceil(lo*10) / 10; v <= 1.001; v += 0.1 {
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="middle">%.1f</text>`, x(v), h-14, v)
	}
	if now.TypeConfidence >= lo {
		fmt.Fprintf(&b, `<line x1="%[1]g" x2="%[1]g" y1="%g" y2="%g" stroke="var(--soft)" stroke-dasharray="4 4"/><text x="%g" y="%g" text-anchor="end">now</text>`, x(now.TypeConfidence), top, h-bottom, x(now.TypeConfidence)-6, top+12)
	}
	line := func(colour string, value func(classify.Setting) float64, most float64) {
		var pts []string
		for _, s := range sweep {
			pts = append(pts, fmt.Sprintf("%.1f,%.1f", x(s.TypeConfidence), y(value(s), most)))
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2.5" stroke-linejoin="round"/>`, strings.Join(pts, " "), colour)
		for _, s := range sweep {
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3.6" fill="%s" stroke="var(--card)" stroke-width="1.5"><title>%s</title></circle>`, x(s.TypeConfidence), y(value(s), most), colour, html.EscapeString(s.String()))
		}
	}
	line("var(--blue)", classify.Setting.Share, 1)
	line("var(--red)", classify.Setting.WrongShare, most)
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

// reliabilityPlot draws how often answers of each confidence are right; the
// area of a point is the number of its answers.
func reliabilityPlot(points []classify.Point) template.HTML {
	const w, h, left, right, top, bottom = 440.0, 336.0, 46.0, 26.0, 24.0, 40.0
	x := func(v float64) float64 { return left + v*(w-left-right) }
	y := func(v float64) float64 { return top + (1-v)*(h-top-bottom) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" role="img" aria-label="Reliability: confidence and how often it is right">`, w, h)
	for i := range 6 {
		v := float64(i) / 5
		fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="var(--line)"/><text x="%.1f" y="%.1f" text-anchor="end">%.0f%%</text><text x="%.1f" y="%.1f" text-anchor="middle">%.1f</text>`,
			left, w-right, y(v), y(v), left-8, y(v)+4, 100*v, x(v), h-bottom+18, v)
	}
	fmt.Fprintf(&b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="var(--soft)" stroke-dasharray="4 4"/>`, x(0), y(0), x(1), y(1))
	total, pts := 0, make([]string, len(points))
	for i, p := range points {
		total += p.Answers
		pts[i] = fmt.Sprintf("%.1f,%.1f", x(p.Confidence), y(p.Right))
	}
	fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="var(--blue)" stroke-width="2" opacity=".55"/>`, strings.Join(pts, " "))
	for _, p := range points {
		r := 3 + 15*math.Sqrt(float64(p.Answers)/float64(max(total, 1)))
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="%.1f" fill="var(--blue)" fill-opacity=".75" stroke="var(--card)"><title>%d answers, %.0f%% sure, %.0f%% right</title></circle>`, x(p.Confidence), y(p.Right), r, p.Answers, 100*p.Confidence, 100*p.Right)
	}
	fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="middle">confidence</text></svg>`, x(0.5), h-4)
	return template.HTML(b.String())
}

// confusionMatrix draws the true types against the found ones.
func confusionMatrix(m map[postroom.TypeCode]map[postroom.TypeCode]int) template.HTML {
	have := map[postroom.TypeCode]bool{}
	for want, row := range m {
		have[want] = true
		for got := range row {
			have[got] = true
		}
	}
	var codes []postroom.TypeCode
	for c := range have {
		codes = append(codes, c)
	}
	sort.Slice(codes, func(i, j int) bool { return codes[i] < codes[j] })
	const cell, left, top = 27.0, 172.0, 150.0
	size := cell * float64(len(codes))
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" style="min-width:%gpx;max-width:%gpx" role="img" aria-label="Confusion matrix">`, left+size+90, top+size+4, min(900, left+size), left+size+90)
	for i, want := range codes {
		all := 0
		for _, n := range m[want] {
			all += n
		}
		at := top + cell*float64(i)
		name := html.EscapeString(strings.ReplaceAll(string(want), "_", " "))
		fmt.Fprintf(&b, `<text x="%g" y="%g" text-anchor="end">%s</text>`, left-8, at+cell/2+4, name)
		cx := left + cell*float64(i) + cell/2
		fmt.Fprintf(&b, `<text transform="translate(%g %g) rotate(-52)">%s</text>`, cx, top-8, name)
		for k, got := range codes {
			n := m[want][got]
			x := left + cell*float64(k)
			if n == 0 {
				fmt.Fprintf(&b, `<rect x="%g" y="%g" width="%g" height="%g" rx="4" fill="var(--track)" opacity=".45"/>`, x+1, at+1, cell-2, cell-2)
				continue
			}
			colour := "var(--blue)"
			if want != got {
				colour = "var(--red)"
			}
			share := float64(n) / float64(max(all, 1))
			fmt.Fprintf(&b, `<rect x="%g" y="%g" width="%g" height="%g" rx="4" fill="%s" fill-opacity="%.2f"><title>%s taken for %s: %d of %d</title></rect>`,
				x+1, at+1, cell-2, cell-2, colour, 0.25+0.65*share, name, html.EscapeString(string(got)), n, all)
			ink := "var(--ink)"
			if share > 0.5 {
				ink = "#fff"
			}
			fmt.Fprintf(&b, `<text x="%g" y="%g" text-anchor="middle" style="fill:%s;font-size:11px">%d</text>`, x+cell/2, at+cell/2+4, ink, n)
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}
