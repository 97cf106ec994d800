package ocr

import (
	"context"

	"github.com/postroom/postroom/ocr/internal/confine"
)

// Protections says what keeps a hostile file in the process that reads it. Memory,
// computing time and the crash of a process are bounded whatever the system.
type Protections struct {
	// Files: a reading process can open no file but Tesseract's models and the PDF
	// renderer's cache. What it reads is handed to it open.
	Files bool
	// Network: it can make no connection.
	Network bool
	// Programs: it can start no program and reach into no other process.
	Programs bool
	// Missing are those that this system does not give, and why, in plain words.
	Missing []string
}

// Protections starts a reading process, when none stands ready, and returns what
// holds for it. What is missing is the system's affair, and no error.
func (r *Reader) Protections(ctx context.Context) (Protections, error) {
	if err := r.pool.ready(ctx); err != nil {
		return Protections{}, err
	}
	state := confine.State{}
	if s := r.pool.confined.Load(); s != nil {
		state = *s
	}
	return protectionsOf(state), nil
}

func protectionsOf(s confine.State) Protections {
	p := Protections{Files: s.Landlock > 0, Network: s.Seccomp || s.Landlock >= 4, Programs: s.Seccomp}
	because := func(fault string) string {
		if fault == "" {
			return ""
		}
		return " (" + fault + ")"
	}
	if !p.Files {
		p.Missing = append(p.Missing, "reading processes can open files: this system has no Landlock"+because(s.LandlockFault))
	}
	if !p.Network {
		p.Missing = append(p.Missing, "reading processes can make connections: there is neither a system call filter nor Landlock 4")
	}
	if !p.Programs {
		p.Missing = append(p.Missing, "reading processes can start programs: this system has no system call filter"+because(s.SeccompFault))
	}
	return p
}
