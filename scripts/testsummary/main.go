// Command testsummary runs "go test" and says how it went: one line for each
// package, the output of what failed, and at the end how many tests passed,
// failed and were skipped, and which took longest.
//
//	go run ./scripts/testsummary -timeout 15m ./...
//
// Its arguments are those of go test. A skipped test counts as a failure: a
// test that needs a program must say which one is missing, not look green.
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"time"
)

func main() {
	signal.Ignore(os.Interrupt) // go test gets it too, and ends; we have the last word
	os.Exit(run(os.Stdout, os.Stderr, "", os.Args[1:]))
}

// run runs go test with args in dir and returns the exit code: 0 when at least
// one test ran and none failed or was skipped.
func run(stdout, stderr io.Writer, dir string, args []string) int {
	started := time.Now()
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Dir = dir
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(stderr, "testsummary: start go test:", err)
		return 1
	}
	results := newResults(stdout)
	if err := results.read(out); err != nil {
		fmt.Fprintln(stderr, "testsummary: read what go test says:", err)
	}
	err = cmd.Wait()
	sum := results.sum()
	sum.print(stdout, time.Since(started))
	switch {
	case err != nil:
		if sum.failed == 0 {
			fmt.Fprintln(stdout, "go test:", err)
		}
		return 1
	case sum.failed > 0 || len(sum.skipped) > 0 || sum.passed == 0:
		return 1
	}
	return 0
}
