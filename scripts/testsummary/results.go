package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"
)

// An event is a line of "go test -json"; see "go doc test2json".
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64 // seconds
	ImportPath                    string  // of build-output
	FailedBuild                   string
}

// A pack holds what is known of one package.
type pack struct {
	output  []string // of the package itself, outside of its tests
	results map[string]string
	outputs map[string][]string
}

type results struct {
	to    io.Writer
	packs map[string]*pack
	// builds is what the compiler said, by the package that it said it of.
	builds map[string][]string
	failed int // packages that failed with no test that did
	times  []timed
}

// A timed is a test and how long it took.
type timed struct {
	name string
	took time.Duration
}

func newResults(to io.Writer) *results {
	return &results{to: to, packs: map[string]*pack{}, builds: map[string][]string{}}
}

// read takes events until r ends. Lines that are none are passed on as they are.
func (r *results) read(from io.Reader) error {
	in := bufio.NewReader(from)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action != "" {
				r.take(e)
			} else {
				r.to.Write(line)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *results) take(e event) {
	if e.Action == "build-output" {
		r.builds[e.ImportPath] = append(r.builds[e.ImportPath], e.Output)
		return
	}
	if e.Package == "" {
		return
	}
	p := r.packs[e.Package]
	if p == nil {
		p = &pack{results: map[string]string{}, outputs: map[string][]string{}}
		r.packs[e.Package] = p
	}
	switch e.Action {
	case "run":
		p.results[e.Test] = "run"
	case "output":
		if e.Test == "" {
			p.output = append(p.output, e.Output)
		} else {
			p.outputs[e.Test] = append(p.outputs[e.Test], e.Output)
		}
	case "pass", "fail", "skip":
		if e.Test != "" {
			p.results[e.Test] = e.Action
			if !strings.Contains(e.Test, "/") {
				r.times = append(r.times, timed{e.Package + " " + e.Test, time.Duration(e.Elapsed * float64(time.Second))})
			}
			return
		}
		r.finish(e, p)
	}
}

// finish prints the line of a package, as go test does without -json, and
// before it why it failed.
func (r *results) finish(e event, p *pack) {
	if e.Action != "fail" {
		for _, line := range p.output {
			if strings.HasPrefix(line, "ok ") {
				fmt.Fprint(r.to, line)
			}
		}
		return
	}
	for _, line := range r.builds[e.FailedBuild] {
		fmt.Fprint(r.to, line)
	}
	failed := p.failed()
	for _, name := range failed {
		fmt.Fprint(r.to, strings.Join(p.outputs[name], ""))
	}
	if len(failed) == 0 {
		r.failed++
	}
	for _, line := range p.output {
		if line != "PASS\n" && line != "FAIL\n" {
			fmt.Fprint(r.to, line)
		}
	}
	if len(p.output) == 0 {
		fmt.Fprintf(r.to, "FAIL\t%s\t%.3fs\n", e.Package, e.Elapsed)
	}
}

// failed lists the tests that failed, and those that were running when the
// package broke off.
func (p *pack) failed() []string {
	var names []string
	for name, result := range p.results {
		if result == "fail" || result == "run" {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// A summary counts tests. A test that only groups others counts by those.
type summary struct {
	passed, failed int
	packages       int // with at least one test
	skipped        []string
	slowest        []timed
}

// slow is what a test may take before the summary names it.
const slow = 10 * time.Second

func (r *results) sum() summary {
	s := summary{failed: r.failed}
	for name, p := range r.packs {
		if len(p.results) > 0 {
			s.packages++
		}
		for test, result := range p.results {
			switch {
			case result == "skip":
				s.skipped = append(s.skipped, name+" "+test)
			case result == "pass" && !p.any(test, "pass", "fail", "run", "skip"):
				s.passed++
			case (result == "fail" || result == "run") && !p.any(test, "fail", "run"):
				s.failed++
			}
		}
	}
	sort.Strings(s.skipped)
	sort.Slice(r.times, func(i, j int) bool { return r.times[i].took > r.times[j].took })
	for _, t := range r.times[:min(len(r.times), 5)] {
		if t.took >= slow {
			s.slowest = append(s.slowest, t)
		}
	}
	return s
}

// any says whether a subtest of test ended in one of the ways.
func (p *pack) any(test string, ways ...string) bool {
	for name, result := range p.results {
		if strings.HasPrefix(name, test+"/") {
			for _, way := range ways {
				if result == way {
					return true
				}
			}
		}
	}
	return false
}

func (s summary) print(to io.Writer, took time.Duration) {
	for _, name := range s.skipped {
		fmt.Fprintln(to, "skipped, which counts as a failure:", name)
	}
	for _, t := range s.slowest {
		fmt.Fprintf(to, "slow: %s, %s\n", t.name, t.took.Round(time.Second))
	}
	if s.passed+s.failed+len(s.skipped) == 0 {
		fmt.Fprintln(to, "no test ran")
	}
	fmt.Fprintf(to, "%d passed, %d failed, %d skipped in %d packages, %s\n", s.passed, s.failed, len(s.skipped), s.packages, took.Round(time.Second))
}
