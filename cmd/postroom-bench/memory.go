package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/postroom/postroom/testdata/generate"
)

// What "postroom read" and "postroom batch" may take, in megabytes.
const (
	mostParent = 150
	mostChild  = 400
)

// A memory is what processes held while a long fax was read, in megabytes
// (10^6 bytes) of resident memory, shared libraries included.
type memory struct {
	Command    string  `json:"command"` // and the kind of file
	Pages      int     `json:"pages"`
	Seconds    float64 `json:"seconds"`
	Children   int     `json:"children"` // how many there were, one after the other or at once
	ParentPeak float64 `json:"parent_peak_mb"`
	ChildPeak  float64 `json:"child_peak_mb"` // of the largest child
	// Growth is how much more was held in the last quarter of the time than in
	// the second one, medians of both: the first fills what is kept for use again.
	ParentGrowth float64 `json:"parent_growth_mb"`
	ChildGrowth  float64 `json:"child_growth_mb"`
}

// tooMuch says what is more than it may be, or nothing.
func (m memory) tooMuch() error {
	var over []error
	if m.ParentPeak > mostParent {
		over = append(over, fmt.Errorf("%s: the program took %.0f MB, more than %d", m.Command, m.ParentPeak, mostParent))
	}
	if m.ChildPeak > mostChild {
		over = append(over, fmt.Errorf("%s: a reading process took %.0f MB, more than %d", m.Command, m.ChildPeak, mostChild))
	}
	return errors.Join(over...)
}

// measureMemory lets "postroom read" and "postroom batch" read a fax of many
// sparse pages, as a TIFF and as a PDF.
func (b *bench) measureMemory(ctx context.Context, say io.Writer) ([]memory, error) {
	sheets, err := generate.SparseFax(b.seed, b.memory, 0.25)
	if err != nil {
		return nil, fmt.Errorf("make a fax of %d pages: %w", b.memory, err)
	}
	var out []memory
	for _, kind := range []string{"tif", "pdf"} {
		file := generate.EncodeTIFF(sheets, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 98})
		if kind == "pdf" {
			file = generate.EncodeFaxPDF(sheets, generate.G4, 204, 98, false)
		}
		from := filepath.Join(b.dir, "from-"+kind)
		path := filepath.Join(from, "long."+kind)
		if err := os.Mkdir(from, 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, file, 0o600); err != nil {
			return nil, err
		}
		for _, args := range [][]string{
			{"read", "--text", path},
			{"batch", "--data", filepath.Join(b.dir, "data-"+kind), "--from", from},
		} {
			name := args[0] + ", " + kind
			fmt.Fprintf(say, "bench: a fax of %d pages: %s\n", b.memory, name)
			m, err := watchMemory(ctx, b.program, args...)
			if err != nil {
				return nil, fmt.Errorf("postroom %s: %w", name, err)
			}
			m.Command, m.Pages = name, b.memory
			out = append(out, m)
		}
	}
	return out, nil
}

// watchMemory runs the program and looks at its memory, and its child
// processes', ten times a second.
func watchMemory(ctx context.Context, program string, args ...string) (memory, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return memory{}, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var m memory
	var parent, child []float64
	seen := map[int]bool{}
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case err := <-ended:
			if err != nil {
				return m, fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
			}
			if len(parent) == 0 {
				return m, errors.New("memory is only measured where /proc tells it")
			}
			m.Seconds, m.Children = time.Since(began).Seconds(), len(seen)
			m.ParentGrowth, m.ChildGrowth = growth(parent), growth(child)
			return m, nil
		case <-look.C:
			now, peak, err := resident(cmd.Process.Pid)
			if err != nil {
				continue // it is ending
			}
			parent = append(parent, now)
			m.ParentPeak = max(m.ParentPeak, peak)
			var largest float64
			for _, pid := range childrenOf(cmd.Process.Pid) {
				now, peak, err := resident(pid)
				if err != nil {
					continue
				}
				seen[pid] = true
				largest = max(largest, now)
				m.ChildPeak = max(m.ChildPeak, peak)
			}
			if largest > 0 {
				child = append(child, largest)
			}
		}
	}
}

// growth compares the last quarter of what was seen with the second one.
func growth(seen []float64) float64 {
	n := len(seen)
	if n < 8 {
		return 0
	}
	return median(seen[n-n/4:]) - median(seen[n/4:n/2])
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// resident reads what a process holds now and what it held at most, in megabytes (proc(5)).
func resident(pid int) (now, peak float64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		kib, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 64)
		switch {
		case err != nil:
		case name == "VmRSS":
			now = kib * 1024 / 1e6
		case name == "VmHWM":
			peak = kib * 1024 / 1e6
		}
	}
	if now == 0 {
		return 0, 0, errors.New("it has ended")
	}
	return now, peak, nil
}

// childrenOf lists the processes that any thread of the process started (proc(5),
// task/children).
func childrenOf(pid int) []int {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil
	}
	var out []int
	for _, list := range lists {
		b, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for _, f := range strings.Fields(string(b)) {
			if n, err := strconv.Atoi(f); err == nil {
				out = append(out, n)
			}
		}
	}
	return out
}
