package main

import (
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

// A memory is what processes held while a long fax was read, in megabytes
// (10^6 bytes) of resident memory.
type memory struct {
	Pages      int     `json:"pages"`
	Seconds    float64 `json:"seconds"`
	ParentPeak float64 `json:"parent_peak_mb"`
	ChildPeak  float64 `json:"child_peak_mb"` // of the largest child
	// Growth is how much more was held in the last quarter of the time than in
	// the second one, medians of both: the first fills what is kept for use again.
	ParentGrowth float64 `json:"parent_growth_mb"`
	ChildGrowth  float64 `json:"child_growth_mb"`
}

// measureMemory lets "postroom read" read a long fax, and looks at it and its
// child processes four times a second.
func (b *bench) measureMemory(ctx context.Context) (*memory, error) {
	fax, err := generate.LongFax(b.seed, b.memory)
	if err != nil {
		return nil, fmt.Errorf("make a fax of %d pages: %w", b.memory, err)
	}
	path := filepath.Join(b.dir, "long.tif")
	if err := os.WriteFile(path, fax, 0o600); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, b.program, "read", "--text", path)
	cmd.Stdout, cmd.Stderr = io.Discard, os.Stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	m := memory{Pages: b.memory}
	var parent, child []float64
	look := time.NewTicker(250 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case err := <-ended:
			if err != nil {
				return nil, fmt.Errorf("%s read a fax of %d pages: %w", b.program, b.memory, err)
			}
			if len(parent) == 0 {
				return nil, errors.New("memory is only measured where /proc tells it")
			}
			m.Seconds = time.Since(began).Seconds()
			m.ParentGrowth, m.ChildGrowth = growth(parent), growth(child)
			return &m, nil
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
				largest = max(largest, now)
				m.ChildPeak = max(m.ChildPeak, peak)
			}
			child = append(child, largest)
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

// childrenOf lists the processes whose parent the process is (proc(5), stat).
func childrenOf(parent int) []int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	var out []int
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// The name in brackets may hold anything, brackets too.
		after := strings.Fields(string(b[max(0, strings.LastIndexByte(string(b), ')')+1):]))
		if len(after) > 1 && after[1] == strconv.Itoa(parent) {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
				out = append(out, pid)
			}
		}
	}
	return out
}
