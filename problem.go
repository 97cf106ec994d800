package postroom

import (
	"errors"
	"fmt"
)

// A Problem is an error that a person can act on. Reason and Hint are shown to
// users as they are, so they hold no patient data.
type Problem struct {
	Kind   ProblemKind
	Reason string // what happened, one plain sentence: "the PDF is locked with a password"
	Hint   string // what to do about it, one plain sentence; may be empty
	Err    error  // the cause, for the log; may be nil
}

// A ProblemKind says whose fault it is and whether to try again.
type ProblemKind int

const (
	// BadInput will fail in the same way for ever: quarantine, do not retry.
	BadInput ProblemKind = iota + 1
	// Temporary may pass: retry with backoff.
	Temporary
	// Misconfigured needs the person who runs Postroom.
	Misconfigured
)

func (p *Problem) Error() string {
	if p.Err == nil {
		return p.Reason
	}
	return fmt.Sprintf("%s: %v", p.Reason, p.Err)
}

func (p *Problem) Unwrap() error { return p.Err }

// Bad returns a Problem of kind BadInput.
func Bad(cause error, reason, hint string) error {
	return &Problem{Kind: BadInput, Reason: reason, Hint: hint, Err: cause}
}

// IsBadInput reports whether err says that the input itself is at fault, so
// that another try would end the same way.
func IsBadInput(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Kind == BadInput
}

// ReasonOf returns the plain sentence of a Problem in err's chain, with its
// hint, or fallback for any other error.
func ReasonOf(err error, fallback string) string {
	var p *Problem
	if !errors.As(err, &p) {
		return fallback
	}
	if p.Hint == "" {
		return p.Reason
	}
	return p.Reason + "; " + p.Hint
}
