package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
)

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// terminalWidth is 140 where the output is no terminal.
func terminalWidth(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 40 {
			return n
		}
	}
	return 140
}

// newProgress shows how far the work has come: a bar on a terminal, a plain
// line every few seconds elsewhere. end must be called.
func newProgress(w io.Writer, before pipeline.Progress) (show func(pipeline.Progress), end func()) {
	line := func(g pipeline.Progress) string {
		return fmt.Sprintf("%d of %d messages done, %d of %d pages read",
			g.MessagesDone-before.MessagesDone, g.Messages-before.MessagesDone, g.PagesDone-before.PagesDone, g.Pages-before.PagesDone)
	}
	if !isTerminal(w) {
		last, said := time.Now(), ""
		return func(g pipeline.Progress) {
			if s := line(g); time.Since(last) > 5*time.Second && s != said {
				last, said = time.Now(), s
				fmt.Fprintln(w, s)
			}
		}, func() {}
	}
	bar := progressbar.NewOptions(-1,
		progressbar.OptionSetWriter(w), progressbar.OptionSetWidth(28), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetElapsedTime(true), progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: "█", SaucerPadding: "░", BarStart: "", BarEnd: ""}))
	return func(g pipeline.Progress) {
		// A page is a unit of work; a message one more, for what surrounds its pages.
		most := g.Pages - before.PagesDone + g.Messages - before.MessagesDone
		bar.ChangeMax(max(1, most))
		bar.Describe(line(g))
		bar.Set(g.PagesDone - before.PagesDone + g.MessagesDone - before.MessagesDone)
	}, func() { bar.Finish() }
}

// A table prints rows in columns. The last column takes what width is left and
// is broken over lines there.
type table struct {
	head []string
	rows [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print(w io.Writer, width int) {
	const gap = "  "
	n := len(t.head)
	widths := make([]int, n)
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, c := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	used := 0
	for _, c := range widths[:n-1] {
		used += c + len(gap)
	}
	last := max(36, width-used)
	emit := func(row []string) {
		lines := wrap(row[n-1], last)
		for i, l := range lines {
			var b strings.Builder
			for c := range n - 1 {
				cell := ""
				if i == 0 {
					cell = row[c]
				}
				b.WriteString(cell + strings.Repeat(" ", widths[c]-utf8.RuneCountInString(cell)) + gap)
			}
			fmt.Fprintln(w, strings.TrimRight(b.String()+l, " "))
		}
	}
	emit(t.head)
	rule := make([]string, n)
	for i := range rule {
		rule[i] = strings.Repeat("─", min(widths[i], last))
	}
	emit(rule)
	for _, row := range t.rows {
		emit(row)
	}
}

func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

func shorten(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	r := []rune(s)
	return string(r[:most-1]) + "…"
}

// summary is the table of what became of each document.
type summary struct {
	table
	names  bool // show patients' names: on the clerk's own screen, never in a nightly job's mail
	counts map[postroom.Status]int
}

func newSummary(names bool) *summary {
	s := &summary{names: names, counts: map[postroom.Status]int{}}
	s.head = []string{"message", "pages", "type", "patient", "status", "why"}
	return s
}

func (s *summary) record(r postroom.Record) {
	s.counts[r.Status]++
	name := r.Message.Subject
	if name == "" && len(r.Pages) > 0 {
		name = r.Pages[0].Attachment
	}
	if !s.names {
		name = string(r.Message.Hash[:12]) // subjects and file names can name a patient
	}
	pages := pageList(r)
	title := "-"
	if t, ok := postroom.TypeOf(r.Type.Code); ok && len(r.Pages) > 0 {
		title = t.Title
		if t.Code != postroom.UnknownType {
			title = fmt.Sprintf("%s %.0f%%", shorten(t.Title, 23), 100*r.Type.Confidence)
		}
	}
	patient := "-"
	switch {
	case len(r.Pages) == 0:
	case !s.names:
		patient = string(r.Patient.Match)
	case r.Patient.Match == postroom.MatchNone:
		patient = "not matched"
	default:
		patient = strings.ToUpper(r.Patient.Family) + " " + r.Patient.Given
		if r.Patient.Match == postroom.MatchProbable {
			patient += "?"
		}
	}
	status := string(r.Status)
	if r.Urgent {
		status += " !"
	}
	s.add(shorten(name, 24), pages, shorten(title, 28), shorten(patient, 20), status, firstReasons(r.Reasons))
}

// firstReasons is what fits beside a document: its first reason in full and the
// number of the others. The record has them all.
func firstReasons(reasons []string) string {
	switch len(reasons) {
	case 0:
		return ""
	case 1:
		return shorten(reasons[0], 120)
	default:
		return fmt.Sprintf("%s (+%d more)", shorten(reasons[0], 110), len(reasons)-1)
	}
}

// pageList says how many pages the document has and what else came with it: "2 +1 cover".
func pageList(r postroom.Record) string {
	out := fmt.Sprint(len(r.Pages))
	counts := map[postroom.Fate]int{}
	for _, p := range r.OtherPages {
		counts[p.Fate]++
	}
	for _, f := range []postroom.Fate{postroom.FateCover, postroom.FateSeparator, postroom.FateBlank, postroom.FateJunk, postroom.FateQuarantined} {
		if counts[f] == 0 {
			continue
		}
		if out == "0" {
			out = ""
		} else {
			out += " "
		}
		out += fmt.Sprintf("+%d %s", counts[f], f)
	}
	return out
}

func (s *summary) total() string {
	var parts []string
	n := 0
	for _, st := range []postroom.Status{postroom.Filed, postroom.InReview, postroom.Quarantined, postroom.Discarded} {
		n += s.counts[st]
		label := map[postroom.Status]string{postroom.Filed: "filed", postroom.InReview: "held for review", postroom.Quarantined: "quarantined", postroom.Discarded: "discarded (blank or junk)"}[st]
		if s.counts[st] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", s.counts[st], label))
		}
	}
	if n == 0 {
		return "nothing arrived"
	}
	return strings.Join(parts, ", ")
}
