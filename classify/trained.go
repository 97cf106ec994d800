package classify

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"

	"github.com/postroom/postroom"
)

// Trained is what a practice's decisions taught: a model of types, and a
// memory of senders' layouts.
type Trained struct {
	Model  *Model
	Memory *Memory
}

// Version names what was learned by its content.
func (t *Trained) Version() string {
	v := t.Model.Version()
	if m := t.Memory.Version(); m != "" {
		v += "+" + m
	}
	return v
}

const trainedForm = "postroom.trained/1"

type trainedFile struct {
	Form   string          `json:"form"`
	Model  []byte          `json:"model"`
	Memory json.RawMessage `json:"memory"`
}

// Bytes are what ReadTrained reads.
func (t *Trained) Bytes() ([]byte, error) {
	var model bytes.Buffer
	if _, err := t.Model.WriteTo(&model); err != nil {
		return nil, fmt.Errorf("write the model: %w", err)
	}
	memory, err := json.Marshal(t.Memory)
	if err != nil {
		return nil, fmt.Errorf("write the memory of layouts: %w", err)
	}
	body, err := json.Marshal(trainedFile{trainedForm, model.Bytes(), memory})
	if err != nil {
		return nil, fmt.Errorf("write the model: %w", err)
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(body) // never fails: bytes.Buffer
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// ReadTrained reads what Bytes wrote; anything else is a Problem.
func ReadTrained(b []byte) (*Trained, error) {
	bad := func(err error) error {
		return postroom.Bad(err, "the model that was kept is damaged or of another version", `run "postroom train", or "postroom train --rollback" for the one before`)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, bad(err)
	}
	body, err := io.ReadAll(io.LimitReader(z, 256<<20))
	if err != nil {
		return nil, bad(err)
	}
	var f trainedFile
	if err := json.Unmarshal(body, &f); err != nil || f.Form != trainedForm {
		return nil, bad(err)
	}
	t := &Trained{Memory: newMemory()}
	if t.Model, err = ReadModel(bytes.NewReader(f.Model)); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(f.Memory, t.Memory); err != nil {
		return nil, bad(err)
	}
	for _, l := range t.Memory.Layouts {
		if l == nil || len(l.Words) < leastLayoutWords {
			return nil, bad(fmt.Errorf("a layout has no words"))
		}
		for _, list := range l.Places {
			for _, p := range list {
				if p == nil || p.Page < -1 {
					return nil, bad(fmt.Errorf("a place stands nowhere"))
				}
			}
		}
	}
	t.Memory.name()
	return t, nil
}

// WithTrained returns a Sorter that uses what was learned.
func (s *Sorter) WithTrained(t *Trained) *Sorter {
	c := *s
	c.model, c.memory = t.Model, t.Memory
	return &c
}
