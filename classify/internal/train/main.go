// Train makes the models that are part of the program: from documents put
// together freely, whole letters and single pages of several authors (see internal/study), and generated letters of the training
// layouts, with simulated recognition errors. Layouts for testing are never
// looked at.
//
//	go generate ./classify
//
// The same sources give the same bytes.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify"
	"github.com/postroom/postroom/classify/internal/simulate"
	"github.com/postroom/postroom/classify/internal/study"
	"github.com/postroom/postroom/testdata/generate"
)

func main() {
	out := flag.String("o", "model.bin", "where the model of types is written; empty for none")
	roles := flag.String("roles", "roles.bin", "where the model of roles is written; empty for none")
	items := flag.String("items", "items.bin", "where the model of items of lists is written; empty for none")
	urgency := flag.String("urgency", "urgency.bin", "where the model of urgency is written; empty for none")
	each := flag.Int("each", 80, "documents of each type")
	hold := flag.String("hold", "", "hands, parted by commas, whose whole letters are held back, and the models tried on them")
	only := flag.Bool("try", false, "only try the models that -o, -roles, -items and -urgency name, which are there already")
	all := flag.Bool("all", true, "learn from all wordings; false keeps those back that the tests of new wordings use")
	flag.Parse()
	part := study.All
	if !*all {
		part = study.Learn
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *out != "" && !*only {
		err = train(ctx, *out, 4**each, part, *hold) // there are more wordings of types than of roles, and few documents make the model lean on how they fell
	}
	if err == nil && *roles != "" && !*only {
		err = trainRoles(ctx, *roles, 2**each, *hold)
	}
	if err == nil && *items != "" && !*only {
		err = trainItems(ctx, *items, 2**each, *hold)
	}
	if err == nil && *urgency != "" && !*only {
		err = trainUrgency(ctx, *urgency, *hold)
	}
	if err == nil && strings.HasPrefix(*hold, sheetHand) {
		err = trySheets(ctx, tried{*out, *roles, *items, *urgency}, *hold)
	} else if err == nil && *hold != "" {
		err = try(ctx, tried{*out, *roles, *items, *urgency}, *hold)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func train(ctx context.Context, out string, each int, part study.Part, hold string) error {
	examples, err := examples(each, part)
	if err != nil {
		return err
	}
	learned, _, err := letters(typeTimes, false, hold)
	if err != nil {
		return err
	}
	examples = append(examples, typesOf(learned)...)
	r := rand.New(rand.NewPCG(2026, 3))
	r.Shuffle(len(examples), func(i, j int) { examples[i], examples[j] = examples[j], examples[i] })
	start := time.Now()
	model, lessons, err := classify.Learn(ctx, examples)
	if err != nil {
		return err
	}
	fmt.Printf("%s in %s\n%s\n", model.Version(), time.Since(start).Round(time.Millisecond), lessons)
	return save(out, "the model", model)
}

// save writes a model to a file.
func save(out, what string, m io.WriterTo) error {
	f, err := os.Create(out)
	if err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	if _, err := m.WriteTo(f); err != nil {
		f.Close()
		return fmt.Errorf("write %s: %w", what, err)
	}
	return f.Close()
}

// examples makes documents of every type and junk, in all qualities. Now and
// then the heading, a few lines or the later pages are left out, so that the
// model does not lean on any one of them.
func examples(each int, part study.Part) ([]classify.Example, error) {
	const seed = 2026
	reg := generate.NewRegister(seed, 300)
	r := rand.New(rand.NewPCG(seed, 1))
	qualities := []string{"clean", "typical", "typical", "bad", "bad", "poor"}
	day := time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)
	var out []classify.Example
	for _, code := range append(generate.Types(), postroom.Junk) {
		for n := range each {
			spec := generate.DocumentSpec{
				Type: code, Split: generate.Train, Sent: day.AddDate(0, 0, -r.IntN(700)),
				Patient: reg.People[r.IntN(len(reg.People))], InRegister: true, Wording: n + 1,
			}
			d, err := generate.MakeDocument(seed, fmt.Sprintf("train %s %d", code, n), spec)
			if err != nil {
				return nil, fmt.Errorf("make %s %d: %w", code, n, err)
			}
			wording, _, _ := strings.Cut(d.Truth.Layout, "/letter")
			if at := strings.LastIndex(d.Truth.Layout, "/"); at > 0 {
				wording = d.Truth.Layout[:at]
			}
			e := classify.Example{Type: code, Group: wording}
			noise := simulate.Noises[qualities[r.IntN(len(qualities))]]
			for i, p := range d.Papers {
				e.Pages = append(e.Pages, thin(simulate.Paper(p, "train", i+1, noise, r), r))
			}
			out = append(out, e)
		}
	}
	made := study.ForTypes(seed, part)
	for _, code := range made.Types() {
		for n := range 2 * each {
			d := made.Document(code, qualities[r.IntN(len(qualities))])
			e := classify.Example{Type: code, Group: fmt.Sprintf("study %d", n%8)}
			for _, p := range d.Pages {
				e.Pages = append(e.Pages, thin(p, r))
			}
			out = append(out, e)
		}
	}
	return out, nil
}

// thin leaves lines of a page out.
func thin(p postroom.Page, r *rand.Rand) postroom.Page {
	headless := r.IntN(6) == 0
	var kept []postroom.Word
	gone := map[int]bool{}
	seen := map[int]bool{}
	for _, w := range p.Words {
		if !seen[w.Line] {
			seen[w.Line] = true
			big := w.Box.Height() > 42
			gone[w.Line] = r.IntN(12) == 0 || headless && big
		}
		if !gone[w.Line] {
			kept = append(kept, w)
		}
	}
	if len(kept) > 20 {
		p.Words = kept
	}
	return p
}
