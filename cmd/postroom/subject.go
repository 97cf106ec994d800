package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/store"
)

// newSubject writes everything about one patient as one archive: what a subject
// access request (UK GDPR, article 15) asks for.
func newSubject(o *options) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "subject NUMBER -o FILE.zip",
		Short: "Write everything about one patient as one archive",
		Long: `Writes the patient's entry in the list, the records of all documents about them
whatever their status, the filed PDFs, and the originals; contents.txt says in words which is
which. An original can hold other people's pages: its name then begins with "shared-", and
a person has to look at it before it is handed out.`,
		Example: `  postroom subject 9990000018 --config postroom.yaml -o request.zip`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if len(args) != 1 || output == "" {
				return &usageError{errors.New("name one number and a file: postroom subject NUMBER -o FILE.zip")}
			}
			number, err := postroom.ParseNHSNumber(args[0])
			if err != nil {
				return &usageError{errors.New("that is no valid NHS, CHI or H&C number")}
			}
			ctx := cmd.Context()
			cfg, err := o.load()
			if err != nil {
				return err
			}
			if err := stateExists(cfg); err != nil {
				return err
			}
			pl, p, err := openPipeline(ctx, cfg, false, o.verbose)
			if err != nil {
				return err
			}
			defer p.close()
			defer pl.Close()

			if err := pl.Audit(ctx, atShell(), pipeline.AuditSubject, "", ""); err != nil {
				return err
			}

			// It appears when it is complete, for the owner's eyes only.
			f, err := os.OpenFile(output+".part", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
			if err != nil {
				return err
			}
			defer func() {
				f.Close()
				if err != nil {
					os.Remove(f.Name())
				}
			}()
			archive := zip.NewWriter(f)
			about := map[string]bool{}  // originals that hold something about the patient
			others := map[string]bool{} // and those that hold something about somebody else
			pdfs := []string{}
			names := map[string]string{} // of originals in the archive
			now := time.Now()
			create := func(name string) (io.Writer, error) {
				return archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: now})
			}
			var found []postroom.Record
			records, err := create("records.jsonl")
			if err != nil {
				return err
			}
			err = pl.Records(ctx, func(r postroom.Record) error {
				mine := isAbout(r, number.Digits())
				for _, key := range r.Objects.Originals {
					if mine {
						about[key] = true
					} else {
						others[key] = true
					}
				}
				if !mine {
					return nil
				}
				found = append(found, postroom.Record{Status: r.Status, Type: r.Type, Fields: r.Fields, Message: r.Message, Pages: r.Pages, Objects: r.Objects})
				if r.Status == postroom.Filed && r.Objects.PDF != "" {
					pdfs = append(pdfs, r.Objects.PDF)
				}
				b, err := store.EncodeRecord(r)
				if err == nil {
					_, err = records.Write(b)
				}
				return err
			})
			if err != nil {
				return err
			}
			patients, err := pl.Patients(ctx)
			if err != nil {
				return err
			}
			entry, err := create("patient.txt")
			if err != nil {
				return err
			}
			for _, who := range patients {
				if who.Number == number.Digits() {
					fmt.Fprintf(entry, "number: %s\nfamily: %s\ngiven: %s\nbirth date: %s\naddress: %s\npostcode: %s\nphone: %s\n",
						who.Number, who.Family, who.Given, who.BirthDate, who.Address, who.Postcode, who.Phone)
				}
			}
			add := func(name, key string) error {
				from, err := p.objects.Open(ctx, key)
				if err != nil {
					return err
				}
				defer from.Close()
				begin := bufio.NewReader(from)
				if strings.HasPrefix(key, "originals/") {
					head, _ := begin.Peek(512)
					name += extension(head)
					names[key] = name
				}
				to, err := create(name)
				if err != nil {
					return err
				}
				if _, err = io.Copy(to, begin); err != nil {
					return fmt.Errorf("copy %s: %w", key, err)
				}
				return nil
			}
			for _, key := range pdfs {
				if err := add(key, key); err != nil {
					return err
				}
			}
			var originals []string
			for key := range about {
				originals = append(originals, key)
			}
			slices.Sort(originals)
			shared := 0
			for _, key := range originals {
				name := key
				if others[key] {
					name = strings.Replace(key, "originals/", "originals/shared-", 1)
					shared++
				}
				if err := add(name, key); err != nil {
					return err
				}
			}
			contents, err := create("contents.txt")
			if err != nil {
				return err
			}
			slices.SortStableFunc(found, func(a, b postroom.Record) int { return a.Message.Received.Compare(b.Message.Received) })
			for i, r := range found {
				fmt.Fprintf(contents, "%d. %s\n", i+1, described(r))
				if r.Status == postroom.Filed && r.Objects.PDF != "" {
					fmt.Fprintf(contents, "   %s\n", r.Objects.PDF)
				}
				for _, key := range r.Objects.Originals {
					fmt.Fprintf(contents, "   %s\n", names[key])
				}
			}
			if err := errors.Join(archive.Close(), f.Sync(), f.Close()); err != nil {
				return err
			}
			if err := os.Rename(f.Name(), output); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d documents and %d originals; %d of the originals also hold pages about others\n", len(found), len(originals), shared)
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "the archive (ZIP), readable by you only")
	return cmd
}

// described says what a document is: "Discharge summary of 2026-03-11 from Example Hospital, received 2026-03-12".
func described(r postroom.Record) string {
	out := "Document"
	if t, ok := postroom.TypeOf(r.Type.Code); ok {
		out = t.Title
	}
	if f := r.Fields[postroom.LetterDate]; f.Valid && f.Value != "" {
		out += " of " + f.Value
	}
	if f := r.Fields[postroom.SenderOrganisation]; f.Valid && f.Value != "" {
		out += " from " + strings.Join(strings.Fields(f.Value), " ")
	}
	out += ", received " + r.Message.Received.UTC().Format(time.DateOnly)
	if r.Status != postroom.Filed {
		out += " (" + map[postroom.Status]string{postroom.InReview: "waits for a person", postroom.Quarantined: "could not be read", postroom.Discarded: "put away"}[r.Status] + ")"
	}
	return out
}

// extension is what lets a person open a file that begins so.
func extension(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("II*\x00")), bytes.HasPrefix(head, []byte("MM\x00*")):
		return ".tif"
	case bytes.Contains(head, []byte("%PDF-")):
		return ".pdf"
	}
	switch kind, _, _ := strings.Cut(http.DetectContentType(head), ";"); kind {
	case "image/jpeg":
		return ".jpg"
	case "image/png":
		return ".png"
	case "application/zip":
		return ".zip"
	case "text/plain", "text/html":
		return ".eml" // a mail is text
	}
	return ""
}

// isAbout reports whether a document is about the patient, by the decision or by a number on it.
func isAbout(r postroom.Record, number string) bool {
	if r.Patient.NHSNumber == number {
		return true
	}
	for _, name := range []postroom.FieldName{postroom.NHSNumberField, postroom.CHINumberField, postroom.HCNumberField} {
		if r.Fields[name].Value == number {
			return true
		}
	}
	return false
}
