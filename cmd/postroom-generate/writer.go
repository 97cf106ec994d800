package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/postroom/postroom/testdata/generate"
)

// A writer puts messages into a folder.
type writer struct {
	folder, form               string
	file                       *os.File
	truth                      *bufio.Writer
	messages, documents, pages int
}

func newWriter(folder, form string) (*writer, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder: %w", err)
	}
	d, err := os.Open(folder)
	if err != nil {
		return nil, fmt.Errorf("open the folder: %w", err)
	}
	_, err = d.Readdirnames(1)
	_ = d.Close() // it was only read
	if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s is not empty; name a new folder with --out", folder)
	}
	f, err := os.Create(filepath.Join(folder, "truth.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("write the truth: %w", err)
	}
	return &writer{folder: folder, form: form, file: f, truth: bufio.NewWriter(f)}, nil
}

func (w *writer) patients(people []generate.Person) error {
	f, err := os.Create(filepath.Join(w.folder, "patients.csv"))
	if err != nil {
		return fmt.Errorf("write the patients: %w", err)
	}
	return errors.Join(generate.WriteRegister(f, people), f.Close())
}

func (w *writer) write(m generate.Message) error {
	files := []generate.File{{Name: m.Name, Data: m.Raw}}
	if w.form == "files" {
		files = nil
		for _, f := range m.Files {
			files = append(files, generate.File{Name: strings.TrimSuffix(m.Name, ".eml") + "_" + f.Name, Data: f.Data})
		}
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(w.folder, f.Name), f.Data, 0o644); err != nil {
			return fmt.Errorf("write a message: %w", err)
		}
	}
	line, err := generate.AppendTruth(nil, m.Truth)
	if err != nil {
		return err
	}
	if _, err := w.truth.Write(line); err != nil {
		return fmt.Errorf("write the truth: %w", err)
	}
	w.messages++
	w.documents += len(m.Truth.Documents)
	w.pages += len(m.Truth.Pages)
	return nil
}

func (w *writer) close() error {
	return errors.Join(w.truth.Flush(), w.file.Close())
}
