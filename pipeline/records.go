package pipeline

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// draftRecords makes the records of a message: one a document, one more for
// what could not be read, and one for a message that gave no document at all.
// Each page of the message stands in exactly one of them. put gets them one by one.
func draftRecords(ctx context.Context, m postroom.Message, o opened, readings []pageReading, pages readable, sorted postroom.Sorted, engine string, put func(draft) error) error {
	read := pages.of
	base := postroom.Record{
		Schema: postroom.RecordSchema, Version: 1,
		OtherPages: []postroom.OtherPage{},
		Fields:     map[postroom.FieldName]postroom.Field{},
		Patient:    postroom.RecordPatient{Match: postroom.MatchNone},
		Message: postroom.RecordMessage{ID: o.contents.Message.MessageID, Hash: m.Hash, Source: m.Source,
			From: o.contents.Message.From, Subject: o.contents.Message.Subject, Received: m.Received},
		Pages: []postroom.RecordPage{}, Text: []string{}, Reasons: []string{},
		DecidedBy: "postroom",
		Engine:    postroom.RecordEngine{OCR: engine, Model: sorted.Model},
	}
	var held []string
	switch o.contents.Exception {
	case postroom.NoException, postroom.NoDocument:
	default:
		held = append(held, o.contents.Reason)
	}

	fate := make([]postroom.Fate, len(read)) // of each readable page
	why := make([]string, len(read))
	owner := make([]int, len(read)) // the document that lists it
	for i := range owner {
		owner[i] = -1
	}
	claim := func(page int, f postroom.Fate, reason string) error {
		if page < 0 || page >= len(read) {
			return fmt.Errorf("sorting names page %d of %d", page+1, len(read))
		}
		if fate[page] != "" {
			return fmt.Errorf("sorting gives page %d two fates", page+1)
		}
		fate[page], why[page] = f, reason
		return nil
	}
	for d, doc := range sorted.Documents {
		for _, i := range doc.Pages {
			f := postroom.FateDocument
			if doc.Junk {
				f = postroom.FateJunk
			}
			if err := claim(i, f, ""); err != nil {
				return err
			}
			owner[i] = d
		}
	}
	for _, other := range sorted.Others {
		if err := claim(other.Page, other.Fate, other.Reason); err != nil {
			return err
		}
	}
	for d, doc := range sorted.Documents {
		for _, i := range doc.Covers {
			if i >= 0 && i < len(owner) && owner[i] < 0 {
				owner[i] = d
			}
		}
	}
	for i := range fate {
		if fate[i] == "" {
			return fmt.Errorf("sorting gives page %d of %d no fate", i+1, len(read))
		}
	}

	// Junk is no document to file; its pages are listed with what else gave none.
	first := -1 // the document that lists the pages which belong to none
	for d := range sorted.Documents {
		doc := &sorted.Documents[d]
		if doc.Junk {
			for i := range owner {
				if owner[i] == d {
					owner[i] = -1
					if why[i] == "" {
						why[i] = "advertising or the like, with no patient"
					}
				}
			}
			continue
		}
		if first < 0 {
			first = d
		}
	}
	for d := range sorted.Documents {
		doc := &sorted.Documents[d]
		if doc.Junk {
			continue
		}
		r := base
		var ids []postroom.PageID
		var bare []postroom.Page
		for _, i := range doc.Pages {
			p, err := pages.Load(ctx, i)
			if err != nil {
				return err
			}
			ids = append(ids, read[i].id)
			r.Pages = append(r.Pages, postroom.RecordPage{
				Attachment: p.Attachment, Hash: p.Hash, Page: p.Number, Rotation: p.Rotation, Confidence: round(p.Confidence),
				Width: p.Width, Height: p.Height, DPIX: p.DPIX, DPIY: p.DPIY, Notes: p.Notes,
			})
			r.Text = append(r.Text, p.PlainText())
			p.Words = nil
			bare = append(bare, p)
		}
		r.DocumentID = postroom.DocumentID(m.Hash, ids)
		r.Type = doc.Type
		r.Type.Confidence = round(r.Type.Confidence)
		r.Urgent = doc.Urgent
		r.Return = doc.Return
		r.Fields = roundFields(doc.Fields)
		if who := doc.Match.Patient; who != nil {
			r.Patient = postroom.RecordPatient{Match: doc.Match.Kind, NHSNumber: who.Number, Family: who.Family, Given: who.Given, BirthDate: who.BirthDate}
		}
		for i := range read {
			if fate[i] != postroom.FateDocument && (owner[i] == d || owner[i] < 0 && d == first) {
				r.OtherPages = append(r.OtherPages, otherPage(read[i], fate[i], why[i]))
			}
		}
		if d == first {
			for _, l := range o.contents.Leftovers {
				if !l.Problem {
					r.Leftovers = append(r.Leftovers, l)
				}
			}
		}
		if err := put(draft{Record: r, Document: doc, Pages: bare, Held: held}); err != nil {
			return err
		}
	}

	// What a person must look at because it could not be read.
	broken := base
	var brokenWhy []string
	for i, problem := range o.problems {
		if problem == "" {
			continue
		}
		a := o.contents.Attachments[i]
		broken.OtherPages = append(broken.OtherPages, postroom.OtherPage{Attachment: a.Name, Hash: a.Hash, Fate: postroom.FateQuarantined, Reason: problem})
		brokenWhy = append(brokenWhy, fmt.Sprintf("attachment %d: %s", i+1, problem))
	}
	for _, r := range readings {
		if r.page == nil {
			a := o.contents.Attachments[r.id.Attachment]
			broken.OtherPages = append(broken.OtherPages, postroom.OtherPage{Attachment: a.Name, Hash: a.Hash, Page: r.id.Page, Fate: postroom.FateQuarantined, Reason: r.reason})
			brokenWhy = append(brokenWhy, fmt.Sprintf("attachment %d, page %d: %s", r.id.Attachment+1, r.id.Page, r.reason))
		}
	}
	for _, l := range o.contents.Leftovers {
		if l.Problem {
			broken.Leftovers = append(broken.Leftovers, l)
			brokenWhy = append(brokenWhy, l.Reason)
		}
	}
	none := first < 0
	if none && len(held) > 0 {
		brokenWhy = append(held, brokenWhy...)
	}
	if none && len(brokenWhy) == 0 && o.contents.Exception == postroom.NoDocument {
		brokenWhy = append(brokenWhy, o.contents.Reason)
	}
	if none {
		// Blank and junk pages, and the parts that are no page, have no
		// document to be listed with.
		for i := range read {
			broken.OtherPages = append(broken.OtherPages, otherPage(read[i], fate[i], why[i]))
		}
		if slices.Contains(fate, postroom.FateCover) && !slices.Contains(fate, postroom.FateJunk) && len(brokenWhy) == 0 {
			brokenWhy = append(brokenWhy, "only a cover sheet came: what it announces is missing, or it is a message itself; look at it, and ask the sender to send the rest")
		}
		for _, l := range o.contents.Leftovers {
			if !l.Problem {
				broken.Leftovers = append(broken.Leftovers, l)
			}
		}
	}
	if none || len(brokenWhy) > 0 {
		broken.DocumentID = messageRecordID(m.Hash)
		broken.Type = postroom.TypeGuess{Code: postroom.UnknownType}
		broken.Status, broken.Reasons = postroom.Quarantined, brokenWhy
		if len(brokenWhy) == 0 {
			broken.Status, broken.Reasons = postroom.Discarded, discardReasons(broken.OtherPages)
		}
		return put(draft{Record: broken})
	}
	return nil
}

// messageRecordID names the record of what gave no document in a message.
func messageRecordID(m postroom.Hash) string { return postroom.DocumentID(m, nil) }

func otherPage(r *pageReading, f postroom.Fate, reason string) postroom.OtherPage {
	return postroom.OtherPage{Attachment: r.page.Attachment, Hash: r.page.Hash, Page: r.page.Number, Fate: f, Reason: reason}
}

// discardReasons says in one sentence what the pages of a message without a document were.
func discardReasons(pages []postroom.OtherPage) []string {
	count := map[postroom.Fate]int{}
	for _, p := range pages {
		count[p.Fate]++
	}
	var parts []string
	for _, f := range []postroom.Fate{postroom.FateBlank, postroom.FateJunk, postroom.FateCover, postroom.FateSeparator} {
		if n := count[f]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, f))
		}
	}
	return []string{"it holds no document: pages that are " + strings.Join(parts, ", ")}
}

// round keeps four decimals: more would pretend to more than is known, and
// would make records differ where machines round differently.
func round(c postroom.Confidence) postroom.Confidence {
	return postroom.Confidence(math.Round(float64(c)*1e4) / 1e4)
}

func roundFields(fields map[postroom.FieldName]postroom.Field) map[postroom.FieldName]postroom.Field {
	out := make(map[postroom.FieldName]postroom.Field, len(fields))
	for name, f := range fields {
		f.Confidence = round(f.Confidence)
		items := make([]postroom.Field, len(f.Items))
		for i, item := range f.Items {
			item.Confidence = round(item.Confidence)
			items[i] = item
		}
		if len(items) == 0 {
			items = nil
		}
		f.Items = items
		out[name] = f
	}
	return out
}

// decideDraft fills in the decision. duplicateOf is the document of which it is a copy, or empty.
func decideDraft(d *draft, duplicateOf string, rule postroom.Rule) {
	if d.Document == nil {
		return // its status is known: quarantined or discarded
	}
	decision := postroom.Decide(*d.Document, d.Pages, duplicateOf, rule)
	if len(d.Held) > 0 {
		if decision.Status == postroom.Filed {
			decision.Reasons = nil
		}
		decision = postroom.Decision{Status: postroom.InReview, Reasons: append(append([]string{}, d.Held...), decision.Reasons...)}
	}
	if decision.Status == postroom.Filed && postroom.Drawn(d.Record.DocumentID, rule.Sample) {
		decision = decision.Sampled()
	}
	d.Record.Status, d.Record.Reasons, d.Record.Sampled = decision.Status, decision.Reasons, decision.Drawn
	if d.Record.Urgent {
		d.Record.Reasons = append(d.Record.Reasons, d.Document.UrgentWhy...)
	}
	if duplicateOf != "" {
		d.Record.DuplicateOf = &duplicateOf
	}
}

// samePages reports whether two documents hold the same pages of the same files.
func samePages(a, b []postroom.RecordPage) bool {
	if len(a) != len(b) || len(a) == 0 {
		return false
	}
	for i := range a {
		if a[i].Hash != b[i].Hash || a[i].Page != b[i].Page {
			return false
		}
	}
	return true
}

// leastSimilar is the similarity from which two documents are compared word by word.
const leastSimilar = 0.2
