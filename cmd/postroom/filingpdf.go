package main

import (
	"errors"

	"github.com/postroom/postroom/pipeline"
)

// A pdfConfig says how the PDFs that are filed are made.
type pdfConfig struct {
	// EmbedOriginals puts the files that a document came in into its PDF; true
	// when it is left out.
	EmbedOriginals *bool `yaml:"embed_originals"`
	// EmbedUpTo bounds them together, in megabytes; 20 when it is left out.
	EmbedUpTo int64 `yaml:"embed_up_to"`
	// Archival makes every PDF one that archives take (PDF/A); true when it is left out.
	// Pages of senders' PDFs that such a file can't hold are drawn; false keeps them as
	// they came.
	Archival *bool `yaml:"archival"`
	// PatientInTitle adds the patient's name to the title.
	PatientInTitle bool `yaml:"patient_in_title"`
}

func (c pdfConfig) check() error {
	if c.EmbedUpTo < 0 || c.EmbedUpTo > 1000 {
		return &settingError{"$.filing.pdf.embed_up_to", errors.New("write megabytes, from 1 to 1000; to embed nothing write embed_originals: false")}
	}
	return nil
}

func (c pdfConfig) keepPages() bool { return c.Archival != nil && !*c.Archival }

func (c pdfConfig) apply(o *pipeline.Options) {
	o.Embed = c.EmbedUpTo << 20
	if c.EmbedOriginals != nil && !*c.EmbedOriginals {
		o.Embed = -1
	}
	o.PatientInTitle = c.PatientInTitle
}
