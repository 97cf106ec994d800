package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/postroom/postroom/ocr"
)

// results are what -json prints.
type results struct {
	Cores   int    `json:"cores"`
	Workers int    `json:"workers"`
	Rounds  int    `json:"rounds"`
	Seed    uint64 `json:"seed,omitempty"`
	Corpus  string `json:"corpus,omitempty"`
	Files   int    `json:"files"`
	Timed   int    `json:"timed_files"` // those that count for the speed

	Speed       []speed      `json:"speed"`
	Accuracy    []accuracy   `json:"accuracy"`
	Calibration *calibration `json:"calibration,omitempty"` // of Postroom's words
	Start       *start       `json:"start,omitempty"`
	Memory      []memory     `json:"memory,omitempty"`
}

// speed is how long a tool took for all files.
type speed struct {
	Tool    string    `json:"tool"`
	Seconds []float64 `json:"seconds"`     // of each round, by the clock
	CPU     []float64 `json:"cpu_seconds"` // of each round, user and system, all processes
	// Times and CPUTimes are how many times as long, and how many times as much
	// processor time, the tool took as Postroom did in the same round: medians.
	Times    float64 `json:"times"`
	CPUTimes float64 `json:"cpu_times"`
}

// accuracy is how well a tool read the files of a class.
type accuracy struct {
	Class     string    `json:"class"`
	Tool      string    `json:"tool"`
	Files     int       `json:"files"`
	CER       float64   `json:"character_error_rate"`
	WER       float64   `json:"word_error_rate"`
	Found     float64   `json:"words_found"` // share of printed words read exactly
	OrderCER  float64   `json:"character_error_rate_in_order"`
	score     ocr.Score // what they were made of
	inOrder   int       // errors
	printed   int       // characters, with one space between words
	ratioCER  float64   // Postroom's to this tool's
	ratioWER  float64
	ratioIn   float64
	ratioWord float64
}

// measure lets every tool read the samples in every round, beginning with another
// one each time, so that what slows the machine down for a while hits all of them.
func (r *results) measure(ctx context.Context, say io.Writer, tools []tool, samples []sample, rounds int) error {
	r.Files += len(samples)
	r.Timed = len(samples)
	r.Speed = make([]speed, len(tools))
	last := make([]reading, len(tools))
	for i, t := range tools {
		r.Speed[i].Tool = t.name
	}
	for round := range rounds {
		for k := range tools {
			i := (k + round) % len(tools)
			fmt.Fprintf(say, "bench: round %d of %d, %d files: %s", round+1, rounds, len(samples), tools[i].name)
			began := time.Now()
			read, err := tools[i].read(ctx, samples)
			if err != nil {
				fmt.Fprintln(say)
				return fmt.Errorf("%s: %w", tools[i].name, err)
			}
			took := time.Since(began).Seconds()
			fmt.Fprintf(say, ", %.1f s\n", took)
			r.Speed[i].Seconds = append(r.Speed[i].Seconds, took)
			r.Speed[i].CPU = append(r.Speed[i].CPU, read.cpu.Seconds())
			last[i] = read
		}
	}
	for i := range tools {
		r.Speed[i].Times = median(ratios(r.Speed[i].Seconds, r.Speed[0].Seconds))
		r.Speed[i].CPUTimes = median(ratios(r.Speed[i].CPU, r.Speed[0].CPU))
	}
	r.score(tools, samples, last)
	return nil
}

// compare lets every tool read the samples once.
func (r *results) compare(ctx context.Context, say io.Writer, tools []tool, samples []sample) error {
	r.Files += len(samples)
	last := make([]reading, len(tools))
	for i, t := range tools {
		fmt.Fprintf(say, "bench: %d scans of low resolution: %s\n", len(samples), t.name)
		var err error
		if last[i], err = t.read(ctx, samples); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	r.score(tools, samples, last)
	return nil
}

func ratios(a, b []float64) []float64 {
	var out []float64
	for i := range a {
		if b[i] > 0 {
			out = append(out, a[i]/b[i])
		}
	}
	return out
}

// score adds the accuracy of each tool by class, and over all when there are several.
func (r *results) score(tools []tool, samples []sample, read []reading) {
	var classes []string
	for _, s := range samples {
		if !slices.Contains(classes, s.class) {
			classes = append(classes, s.class)
		}
	}
	slices.Sort(classes)
	if len(classes) > 1 {
		classes = append(classes, "all")
	}
	for _, class := range classes {
		first := len(r.Accuracy)
		for i, t := range tools {
			a := accuracy{Class: class, Tool: t.name}
			for k, s := range samples {
				if s.class != class && class != "all" {
					continue
				}
				a.Files++
				a.score = a.score.Add(ocr.Compare(s.text, read[i].texts[k]))
				errors, printed := inOrder(s.text, read[i].texts[k])
				a.inOrder += errors
				a.printed += printed
			}
			a.CER, a.WER, a.OrderCER = a.score.CharacterErrorRate(), a.score.WordErrorRate(), quotient(float64(a.inOrder), float64(a.printed))
			a.Found = 1 - a.WER
			r.Accuracy = append(r.Accuracy, a)
			ours, theirs := r.Accuracy[first], &r.Accuracy[len(r.Accuracy)-1]
			theirs.ratioCER, theirs.ratioWER = quotient(ours.CER, theirs.CER), quotient(ours.WER, theirs.WER)
			theirs.ratioIn, theirs.ratioWord = quotient(ours.OrderCER, theirs.OrderCER), quotient(ours.Found, theirs.Found)
		}
	}
	if r.Calibration == nil {
		r.Calibration = newCalibration()
	}
	for k, s := range samples {
		words := read[0].words[k]
		r.Calibration.add(words, ocr.Judge(s.text, words))
	}
}

func quotient(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// inOrder counts the characters to change, leave out or put in until the whole
// text is the printed one, spaces and the order of the lines included.
func inOrder(printed, read string) (errors, characters int) {
	want, got := []rune(strings.Join(strings.Fields(printed), " ")), []rune(strings.Join(strings.Fields(read), " "))
	row := make([]int, len(got)+1)
	for j := range row {
		row[j] = j
	}
	for i := range want {
		diagonal := row[0]
		row[0] = i + 1
		for j := range got {
			cost := diagonal
			if want[i] != got[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(got)], len(want)
}

func (r *results) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	from := fmt.Sprintf("seed %d", r.Seed)
	if r.Corpus != "" {
		from = r.Corpus
	}
	fmt.Fprintf(out, "%d files (%s), %d rounds, %d at once, %d cores\n\n", r.Files, from, r.Rounds, r.Workers, r.Cores)
	if len(r.Speed) > 0 {
		fmt.Fprintln(w, "speed (medians)\tfiles/s\tCPU s/file\tpostroom is\tand takes of its CPU")
		for _, s := range r.Speed {
			fmt.Fprintf(w, "%s\t%.2f\t%.2f", s.Tool, quotient(float64(r.Timed), median(s.Seconds)), quotient(median(s.CPU), float64(r.Timed)))
			if s.Tool != "postroom" {
				fmt.Fprintf(w, "\t%.2f times as fast\t%.2f", s.Times, quotient(1, s.CPUTimes))
			}
			fmt.Fprintln(w)
		}
		w.Flush()
		fmt.Fprintln(out)
	}
	if len(r.Accuracy) > 0 {
		fmt.Fprintln(w, "accuracy\tread by\tCER\tWER\tCER in order\twords found\tpostroom's CER / WER / in order / found, as a part of it")
		class := ""
		for _, a := range r.Accuracy {
			name := ""
			if a.Class != class {
				class, name = a.Class, fmt.Sprintf("%s (%d)", a.Class, a.Files)
			}
			fmt.Fprintf(w, "%s\t%s\t%.2f%%\t%.1f%%\t%.2f%%\t%.1f%%", name, a.Tool, 100*a.CER, 100*a.WER, 100*a.OrderCER, 100*a.Found)
			if a.Tool != "postroom" {
				fmt.Fprintf(w, "\t%.2f / %.2f / %.2f / %.2f", a.ratioCER, a.ratioWER, a.ratioIn, a.ratioWord)
			}
			fmt.Fprintln(w)
		}
		w.Flush()
		fmt.Fprintln(out)
	}
	if c := r.Calibration; c != nil {
		fmt.Fprintln(w, "postroom's confidence\twords\tmean\tright")
		for i, b := range c.Bins {
			end := ")"
			if i == len(c.Bins)-1 {
				end = "]"
			}
			if b.Words > 0 {
				fmt.Fprintf(w, "[%.2f, %.2f%s\t%d\t%.3f\t%.3f\n", b.From, b.To, end, b.Words, b.Said, b.share())
			}
		}
		w.Flush()
		fmt.Fprintf(out, "expected calibration error %.3f\n", c.Error)
	}
	if s := r.Start; s != nil {
		fmt.Fprintf(out, "\npostroom read of one page, start and end included: TIFF %.2f s, PDF %.2f s (medians of %d; first PDF %.2f s)\n", median(s.TIFF), median(s.PDF), len(s.TIFF), s.PDF[0])
	}
	if len(r.Memory) > 0 {
		fmt.Fprintln(out)
		fmt.Fprintln(w, "MB of memory\tpages\tparent, most\tgrowth\ta child, most\tgrowth\tchildren\tseconds")
		for _, m := range r.Memory {
			fmt.Fprintf(w, "%s\t%d\t%.0f\t%+.1f\t%.0f\t%+.1f\t%d\t%.0f\n", m.Command, m.Pages, m.ParentPeak, m.ParentGrowth, m.ChildPeak, m.ChildGrowth, m.Children, m.Seconds)
		}
		w.Flush()
	}
}
