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
	"text/tabwriter"
	"time"

	"github.com/postroom/postroom/testdata/generate"
)

// What a long fax may take, in MiB of resident memory.
const (
	mostParent = 150
	mostChild  = 400
)

// A memoryRun is the measure of one command.
type memoryRun struct {
	name     string
	pages    int
	took     time.Duration
	parent   trace
	child    trace
	children int // how many there were, one after the other
}

// A trace is resident memory over time, in MiB.
type trace []float64

func (t trace) most() float64 {
	if len(t) == 0 {
		return 0
	}
	return slices.Max(t)
}

// growth is how much more the last fifth takes than the second, each by its median.
func (t trace) growth() float64 {
	fifth := len(t) / 5
	if fifth == 0 {
		return 0
	}
	middle := func(t trace) float64 {
		s := slices.Sorted(slices.Values(t))
		return s[len(s)/2]
	}
	return middle(t[4*fifth:]) - middle(t[fifth:2*fifth])
}

// measureMemory reads a fax of so many sparse pages with "postroom read" and "postroom
// batch", and says how much memory the program and its reading processes take.
func (b *bench) measureMemory(ctx context.Context, pages int, kinds []string) error {
	dir, err := os.MkdirTemp("", "postroom-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "postroom")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/postroom").CombinedOutput(); err != nil {
		return fmt.Errorf("build postroom: %w: %s", err, out)
	}
	sheets, err := generate.SparseFax(b.seed, pages, 0.25)
	if err != nil {
		return err
	}
	var runs []memoryRun
	for _, kind := range kinds {
		var file []byte
		switch kind {
		case "tif":
			file = generate.EncodeTIFF(sheets, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 98})
		case "pdf":
			file = generate.EncodeFaxPDF(sheets, generate.G4, 204, 98, false)
		default:
			return fmt.Errorf("there is no kind of fax %q: write tif or pdf", kind)
		}
		from := filepath.Join(dir, "from-"+kind)
		path := filepath.Join(from, "long."+kind)
		if err := os.Mkdir(from, 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, file, 0o600); err != nil {
			return err
		}
		for _, c := range []struct {
			name string
			args []string
		}{
			{"read, " + kind, []string{"read", path}},
			{"batch, " + kind, []string{"batch", "--data", filepath.Join(dir, "data-"+kind), "--from", from}},
		} {
			r, err := watchMemory(ctx, program, c.args...)
			if err != nil {
				return fmt.Errorf("postroom %s: %w", c.name, err)
			}
			r.name, r.pages = c.name, pages
			runs = append(runs, r)
		}
	}
	return reportMemory(os.Stdout, runs)
}

// watchMemory runs the program and looks at its memory, and its children's, ten times a second.
func watchMemory(ctx context.Context, program string, args ...string) (memoryRun, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return memoryRun{}, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var r memoryRun
	seen := map[int]bool{}
	for {
		select {
		case err := <-ended:
			r.took, r.children = time.Since(start), len(seen)
			if err != nil {
				return r, fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
			}
			return r, nil
		case <-time.After(100 * time.Millisecond):
		}
		if m := resident(cmd.Process.Pid); m > 0 {
			r.parent = append(r.parent, m)
		}
		var most float64
		for _, pid := range childrenOf(cmd.Process.Pid) {
			seen[pid] = true
			most = max(most, resident(pid))
		}
		if most > 0 {
			r.child = append(r.child, most)
		}
	}
}

// resident returns a process's resident memory in MiB, shared libraries and mapped
// files included; 0 when it is gone.
func resident(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmRSS:" {
			kb, _ := strconv.ParseFloat(f[1], 64)
			return kb / 1024
		}
	}
	return 0
}

func childrenOf(pid int) []int {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil
	}
	var out []int
	for _, l := range lists {
		b, err := os.ReadFile(l)
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

// reportMemory prints the measures; its error says which are more than they may be.
func reportMemory(out io.Writer, runs []memoryRun) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "MiB of memory\tpages\tparent, most\tgrowth\ta child, most\tgrowth\tchildren\ttook")
	var over []error
	for _, r := range runs {
		fmt.Fprintf(w, "%s\t%d\t%.0f\t%+.0f\t%.0f\t%+.0f\t%d\t%s\n", r.name, r.pages, r.parent.most(), r.parent.growth(), r.child.most(), r.child.growth(), r.children, r.took.Round(time.Second))
		if m := r.parent.most(); m > mostParent {
			over = append(over, fmt.Errorf("%s: the program took %.0f MiB, more than %d", r.name, m, mostParent))
		}
		if m := r.child.most(); m > mostChild {
			over = append(over, fmt.Errorf("%s: a reading process took %.0f MiB, more than %d", r.name, m, mostChild))
		}
	}
	w.Flush()
	return errors.Join(over...)
}
