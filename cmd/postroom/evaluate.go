package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify"
	"github.com/postroom/postroom/pipeline"
)

func newEvaluate(o *options) *cobra.Command {
	e := evaluation{options: o}
	cmd := &cobra.Command{
		Use:   "evaluate CORPUS",
		Short: "Score a corpus with known truth, or the documents that people confirmed",
		Long: `Says how well documents are split, typed, read and matched, whether confidences can be
trusted, and what each threshold would have filed without a person: "at this setting N%
are filed by themselves and M% of those were wrong".

CORPUS is a folder as postroom-generate writes it: messages (.eml) or their files,
truth.jsonl and patients.csv. With --confirmed there is none: the practice's own documents
are scored that people have confirmed (postroom train --from FILE, or the review desk);
what they say about the random sample is printed as the true error of filing.

Recognised pages are kept by content and engine in --cache, so a second run over the same
corpus takes seconds. They are patient data.`,
		Example: `  postroom evaluate corpus
  postroom evaluate --html report.html --json report.json corpus
  postroom evaluate --config postroom.yaml --confirmed`,
		Args: func(_ *cobra.Command, args []string) error {
			if e.confirmed && len(args) > 0 || !e.confirmed && len(args) != 1 {
				return &usageError{errors.New("name the one folder that holds the corpus, or say --confirmed")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return e.run(cmd, args) },
	}
	f := cmd.Flags()
	f.BoolVar(&e.confirmed, "confirmed", false, "score the documents that people confirmed")
	f.StringVar(&e.json, "json", "", "also write the scores as JSON to this `file` (- for standard output, alone)")
	f.StringVar(&e.html, "html", "", "also write a report with plots to this `file`")
	f.StringVar(&e.mistakes, "mistakes", "", "write every mistake to this `file`; it holds values of patients")
	f.StringVar(&e.cache, "cache", "", "keep recognised pages in this `folder` (default: the user's cache)")
	f.IntVar(&e.limit, "limit", 0, "stop after so many messages")
	return cmd
}

// An evaluation is one run of the command.
type evaluation struct {
	*options
	confirmed                   bool
	json, html, mistakes, cache string
	limit                       int
}

func (e *evaluation) run(cmd *cobra.Command, args []string) error {
	ctx := cmd.Context()
	cfg := &config{}
	if e.options.config != "" || e.confirmed {
		var err error
		if cfg, err = e.load(); err != nil {
			return err
		}
	}
	if e.data != "" {
		cfg.Data = e.data
	}
	rule, err := cfg.Filing.rule()
	if err != nil {
		return err
	}
	held := len(rule.FileTypes) == 0
	if held {
		// Everything is held now: what would opening the safe types do?
		rule.FileTypes = postroom.SafeRule().FileTypes
	}
	var report classify.Report
	notes := []string{}
	if held {
		notes = append(notes, "everything is held by the configuration; the figures are for the types that are safe to open")
	}
	var title string
	if e.confirmed {
		title = "the documents that people confirmed"
		more, err := e.scoreConfirmed(ctx, cfg, rule, &report)
		if err != nil {
			return err
		}
		notes = append(notes, more...)
	} else {
		title = filepath.Base(filepath.Clean(args[0]))
		more, err := e.scoreCorpus(cmd, cfg, rule, args[0], &report)
		if err != nil {
			return err
		}
		notes = append(notes, more...)
	}
	if report.Documents == 0 {
		return postroom.Bad(nil, "there is no document to score", "check the folder, or confirm some documents first")
	}
	s := report.Summary(rule)
	if e.mistakes != "" {
		if err := writePrivate(e.mistakes, func(w io.Writer) error {
			_, err := io.WriteString(w, strings.Join(report.Mistakes, "\n")+"\n")
			return err
		}); err != nil {
			return err
		}
	}
	full := struct {
		Corpus string   `json:"corpus"`
		Notes  []string `json:"notes"`
		classify.Summary
	}{title, notes, s}
	if e.json != "" {
		print := func(w io.Writer) error {
			enc := json.NewEncoder(w)
			enc.SetIndent("", "  ")
			return enc.Encode(full)
		}
		if e.json == "-" {
			if err := print(cmd.OutOrStdout()); err != nil {
				return err
			}
		} else if err := writePrivate(e.json, print); err != nil {
			return err
		}
	}
	if e.html != "" {
		if err := writePrivate(e.html, func(w io.Writer) error { return writeReport(w, title, notes, s) }); err != nil {
			return err
		}
	}
	if e.json != "-" {
		s.WriteText(cmd.OutOrStdout())
		for _, n := range notes {
			fmt.Fprintf(cmd.OutOrStdout(), "\nnote: %s\n", n)
		}
	}
	return nil
}

// writePrivate writes a file that only its owner may read.
func writePrivate(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the file " + path + " cannot be written", Hint: "check the folder and its permissions", Err: err}
	}
	w := bufio.NewWriter(f)
	return errors.Join(write(w), w.Flush(), f.Close())
}

// A corpusTruth is one line of truth.jsonl, as far as scoring asks for it.
type corpusTruth struct {
	Message   string `json:"message"`
	Documents []struct {
		Type    postroom.TypeCode `json:"type"`
		Pages   []corpusPage      `json:"pages"`
		Patient struct {
			InRegister bool   `json:"in_register"`
			NHSNumber  string `json:"nhs_number"`
		} `json:"patient"`
		Fields      map[postroom.FieldName]string `json:"fields"`
		DuplicateOf *string                       `json:"duplicate_of"`
		Urgent      bool                          `json:"urgent"`
		Hold        string                        `json:"hold"`
	} `json:"documents"`
	OtherPages []struct {
		corpusPage
		Fate postroom.Fate `json:"fate"`
	} `json:"other_pages"`
}

type corpusPage struct {
	Attachment string `json:"attachment"`
	Page       int    `json:"page"`
}

func readCorpusTruth(folder string) ([]corpusTruth, error) {
	f, err := os.Open(filepath.Join(folder, "truth.jsonl"))
	if err != nil {
		return nil, postroom.Bad(err, "there is no truth.jsonl in "+folder, "name a folder that postroom-generate wrote, or say --confirmed")
	}
	defer f.Close()
	var out []corpusTruth
	d := json.NewDecoder(bufio.NewReader(f))
	for {
		var t corpusTruth
		if err := d.Decode(&t); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, postroom.Bad(err, fmt.Sprintf("line %d of truth.jsonl cannot be read", len(out)+1), "make the corpus again")
		}
		if t.Message == "" || strings.ContainsAny(t.Message, `/\`) {
			return nil, postroom.Bad(nil, fmt.Sprintf("line %d of truth.jsonl names no message", len(out)+1), "make the corpus again")
		}
		out = append(out, t)
	}
}

// scoreCorpus reads and scores a folder with its truth.
func (e *evaluation) scoreCorpus(cmd *cobra.Command, cfg *config, rule postroom.Rule, folder string, report *classify.Report) (notes []string, err error) {
	ctx := cmd.Context()
	truths, err := readCorpusTruth(folder)
	if err != nil {
		return nil, err
	}
	if e.limit > 0 && len(truths) > e.limit {
		truths = truths[:e.limit]
	}
	patients, err := readPatients(filepath.Join(folder, "patients.csv"), cmd.ErrOrStderr())
	if err != nil {
		return nil, err
	}
	rd, err := openReader(cfg, e.verbose)
	if err != nil {
		return nil, err
	}
	defer rd.Close()
	kept, err := newKeptReader(reader{Reader: rd}, e.cacheDir())
	if err != nil {
		return nil, err
	}
	s, err := newSorter(cfg.Practice, patients)
	if err != nil {
		return nil, err
	}
	if model, err := e.learned(ctx, cfg); err != nil {
		return nil, err
	} else if model != nil {
		s = sorter{s.WithTrained(model)}
	}
	notes = append(notes, "model "+s.Model()+", engine "+kept.Version())
	names, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	parts := pipeline.Parts{Unpack: unpacker{}, Read: kept, Rule: rule}
	copies := copyFinder{sorter: s}
	show := newCounter(cmd.ErrOrStderr(), len(truths))
	var spent time.Duration
	for n, t := range truths {
		pages, contents, err := gatherTruth(ctx, parts, folder, names, t, cfg.readers())
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", t.Message, err)
		}
		started := time.Now()
		got, err := s.Sort(ctx, contents, postroom.PageList(pages))
		if err != nil {
			return nil, fmt.Errorf("sort %s: %w", t.Message, err)
		}
		spent += time.Since(started)
		report.AddWithCopies(t.Message, knownOf(t, pages), pages, got, rule, copies.of(t.Message, pages, got))
		show(n + 1)
	}
	notes = append(notes, fmt.Sprintf("sorting took %s for %d messages", spent.Round(time.Millisecond), len(truths)))
	return notes, nil
}

// A gatherer stands where a sorter does and only takes what is to be sorted,
// so that the files of one message can be sorted together.
type gatherer struct {
	pipeline.Sorter
	contents postroom.Contents
	pages    []postroom.Page
}

func (g *gatherer) Sort(ctx context.Context, c postroom.Contents, pages postroom.Pages) (postroom.Sorted, error) {
	g.contents = c
	var out postroom.Sorted
	for i := range pages.Len() {
		page, err := pages.Load(ctx, i)
		if err != nil {
			return out, err
		}
		g.pages = append(g.pages, page)
		out.Others = append(out.Others, postroom.PageFate{Page: i, Fate: postroom.FateSeparator})
	}
	return out, nil
}

// gatherTruth reads a message of a corpus: the mail itself, or its files with
// the message's number before their names.
func gatherTruth(ctx context.Context, parts pipeline.Parts, folder string, names []os.DirEntry, t corpusTruth, readers int) ([]postroom.Page, postroom.Contents, error) {
	var files []string
	prefix := strings.TrimSuffix(t.Message, filepath.Ext(t.Message)) + "_"
	if _, err := os.Stat(filepath.Join(folder, t.Message)); err == nil {
		files, prefix = []string{t.Message}, ""
	} else if errors.Is(err, fs.ErrNotExist) {
		for _, n := range names {
			if strings.HasPrefix(n.Name(), prefix) {
				files = append(files, n.Name())
			}
		}
	}
	var pages []postroom.Page
	var contents postroom.Contents
	for i, name := range files {
		path := filepath.Join(folder, name)
		f, err := os.Open(path)
		if err != nil {
			return nil, contents, err
		}
		info, err := f.Stat()
		if err != nil {
			f.Close()
			return nil, contents, err
		}
		hash, size, err := postroom.HashReader(f)
		f.Close()
		if err != nil {
			return nil, contents, err
		}
		m := postroom.Message{Hash: hash, Source: "corpus", Name: name, Received: dateOfMail(path, info.ModTime()).UTC(), Size: size}
		var read gatherer
		err = pipeline.ReadDirect(ctx, parts, &read, m, path, readers, pipeline.DirectTo{Record: func(postroom.Record) error { return nil }})
		if postroom.IsBadInput(err) {
			continue // its truth has no readable page either, or they are missed
		}
		if err != nil {
			return nil, contents, err
		}
		if i == 0 {
			contents = read.contents
		}
		for _, p := range read.pages {
			p.Attachment = strings.TrimPrefix(p.Attachment, prefix)
			pages = append(pages, p)
		}
	}
	return pages, contents, nil
}

// dateOfMail is the day that a mail names as its own, as a mailbox would have
// dated its arrival; for other files, and mails without one, it is changed.
func dateOfMail(path string, changed time.Time) time.Time {
	if !strings.EqualFold(filepath.Ext(path), ".eml") {
		return changed
	}
	f, err := os.Open(path)
	if err != nil {
		return changed
	}
	defer f.Close()
	m, err := mail.ReadMessage(io.LimitReader(f, 1<<20))
	if err != nil {
		return changed
	}
	if t, err := m.Header.Date(); err == nil && t.Before(changed) {
		return t
	}
	return changed
}

// knownOf finds the truth's pages among those that were read.
func knownOf(t corpusTruth, pages []postroom.Page) classify.Known {
	at := map[corpusPage]int{}
	for i, p := range pages {
		at[corpusPage{p.Attachment, p.Number}] = i
	}
	k := classify.Known{Others: map[int]postroom.Fate{}}
	for _, d := range t.Documents {
		kd := classify.KnownDocument{
			Type: d.Type, Fields: d.Fields, Urgent: d.Urgent, Copy: d.DuplicateOf != nil,
			// A copy is held for being one: a setting alone would file it.
			Hold: d.Hold != "",
		}
		if d.Patient.InRegister {
			kd.Number = d.Patient.NHSNumber
		}
		for _, ref := range d.Pages {
			if i, ok := at[ref]; ok {
				kd.Pages = append(kd.Pages, i)
			}
		}
		k.Documents = append(k.Documents, kd)
	}
	for _, p := range t.OtherPages {
		if i, ok := at[p.corpusPage]; ok {
			k.Others[i] = p.Fate
		}
	}
	return k
}

// A copyFinder finds documents sent again among those scored so far.
type copyFinder struct {
	sorter sorter
	seen   []seenDocument
}

type seenDocument struct {
	id          string
	record      postroom.Record
	fingerprint []uint64
}

func (c *copyFinder) of(message string, pages []postroom.Page, got postroom.Sorted) []string {
	out := make([]string, len(got.Documents))
	before := len(c.seen)
	for i, d := range got.Documents {
		one := seenDocument{id: fmt.Sprintf("%s#%d", message, i), record: postroom.Record{Fields: d.Fields}, fingerprint: d.Fingerprint}
		for _, p := range d.Pages {
			one.record.Text = append(one.record.Text, pages[p].PlainText())
		}
		for _, earlier := range c.seen[:before] {
			if c.sorter.Similar(earlier.fingerprint, one.fingerprint) < classify.LeastSimilar {
				continue
			}
			if again, _ := c.sorter.SentAgain(earlier.record, one.record); again {
				out[i] = earlier.id
				break
			}
		}
		c.seen = append(c.seen, one)
	}
	return out
}

// scoreConfirmed scores the practice's own confirmed documents.
func (e *evaluation) scoreConfirmed(ctx context.Context, cfg *config, rule postroom.Rule, report *classify.Report) (notes []string, err error) {
	if err := stateExists(cfg); err != nil {
		return nil, err
	}
	pl, p, err := openPipeline(ctx, cfg, false, e.verbose)
	if err != nil {
		return nil, err
	}
	defer p.close()
	defer pl.Close()
	patients, err := pl.Patients(ctx)
	if err != nil {
		return nil, err
	}
	s, err := newSorter(cfg.Practice, patients)
	if err != nil {
		return nil, err
	}
	use, body, err := pl.Model(ctx)
	if err != nil {
		return nil, err
	}
	if body != nil {
		t, err := classify.ReadTrained(body)
		if err != nil {
			return nil, err
		}
		s = sorter{s.WithTrained(t)}
	}
	learned, gone := 0, 0
	err = pl.Decisions(ctx, 0, func(d pipeline.Decided) error {
		if len(d.Pages) == 0 {
			gone++
			return nil
		}
		if d.Seq <= use.Through {
			learned++
		}
		got, err := s.Sort(ctx, postroom.Contents{Message: postroom.Message{Received: d.Record.Message.Received}}, postroom.PageList(d.Pages))
		if err != nil {
			return err
		}
		known := classify.KnownDocument{Type: d.Type, Fields: d.Fields, Number: d.Patient, PatientUnknown: !d.PatientKnown, Urgent: d.Record.Urgent, Copy: d.Record.DuplicateOf != nil}
		for i := range d.Pages {
			known.Pages = append(known.Pages, i)
		}
		copyOf := make([]string, len(got.Documents))
		if d.Record.DuplicateOf != nil {
			for i := range copyOf {
				copyOf[i] = *d.Record.DuplicateOf
			}
		}
		report.AddWithCopies(d.DocumentID, classify.Known{Documents: []classify.KnownDocument{known}}, d.Pages, got, rule, copyOf)
		return nil
	})
	if err != nil {
		return nil, err
	}
	notes = append(notes, "model "+s.Model(), "what is urgent and what is a copy was not confirmed: those figures repeat the records")
	if learned > 0 {
		notes = append(notes, fmt.Sprintf("the model in use has learned from %d of these documents, so it does better on them than it will on new ones", learned))
	}
	if gone > 0 {
		notes = append(notes, fmt.Sprintf("%d confirmed documents were left out: what was read of them is no longer kept", gone))
	}
	sample, err := pl.Sample(ctx, classify.SameField)
	if err != nil {
		return nil, err
	}
	if sample.Drawn > 0 {
		notes = append(notes, sampleNote(sample))
	} else {
		notes = append(notes, "no document has been drawn at random yet, so the true error of filing by itself is not measured")
	}
	return notes, nil
}

// sampleNote says the true error, with the bound that the numbers allow: with
// none wrong of n, the error is below 3/n with 95% certainty.
func sampleNote(s pipeline.SampleResult) string {
	text := fmt.Sprintf("the random sample of what would be filed: %d drawn, %d checked by a person, %d right; wrong patient %d, wrong type %d, wrong field %d",
		s.Drawn, s.Checked, s.Right, s.WrongPatient, s.WrongType, s.WrongField)
	if s.Checked > 0 && s.WrongPatient == 0 {
		text += fmt.Sprintf("; with 95%% certainty fewer than %.1f%% go to a wrong patient", min(100, 300/float64(s.Checked)))
	}
	return text
}

// learned is the model that the state has in use; nil for the shipped one.
func (e *evaluation) learned(ctx context.Context, cfg *config) (*classify.Trained, error) {
	if e.options.config == "" && e.data == "" {
		return nil, nil
	}
	if err := stateExists(cfg); err != nil {
		return nil, nil // a corpus can be scored before anything is kept
	}
	pl, p, err := openPipeline(ctx, cfg, false, e.verbose)
	if err != nil {
		return nil, err
	}
	defer p.close()
	defer pl.Close()
	_, body, err := pl.Model(ctx)
	if err != nil || body == nil {
		return nil, err
	}
	return classify.ReadTrained(body)
}

func (e *evaluation) cacheDir() string {
	if e.cache != "" {
		return e.cache
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "postroom", "evaluate")
}

// newCounter says every few seconds how far the work has come.
func newCounter(w io.Writer, all int) func(n int) {
	last := time.Now()
	return func(n int) {
		if time.Since(last) > 5*time.Second {
			last = time.Now()
			fmt.Fprintf(w, "%d of %d messages\n", n, all)
		}
	}
}
