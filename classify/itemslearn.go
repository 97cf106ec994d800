package classify

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/postroom/postroom"
)

// An ItemExample is a document of which the lists are known.
type ItemExample struct {
	Pages    []postroom.Page
	Fields   map[postroom.FieldName]string // normal forms of what is printed; of these the lists
	Received time.Time
	// HeldBack examples fit the confidence; they train the final model too.
	HeldBack bool
	// Partly is set where sentences may ask for things that the fields don't name.
	Partly bool
}

// itemLesson is a page with the right tags of its words.
type itemLesson struct {
	page     *itemPage
	features itemFeatures
	tags     []int
	held     bool
	// partly are the sentences of a page of which nothing is known but that they may ask for something; nil when all is known.
	partly []bool
}

// ItemLessons is how training went.
type ItemLessons struct {
	Words, Items, Lost int // items that are not found on the pages are lost
	Held               [len(listFields)]FieldScore
	Surety             [2]float64
	Lean               [len(listFields)]float64
}

func (l ItemLessons) String() string {
	out := fmt.Sprintf("%d words, %d items (%d more are not found on their pages); surety %.2f; lean %.1f; on held-back pages", l.Words, l.Items, l.Lost, l.Surety, l.Lean)
	for i, name := range listFields {
		out += fmt.Sprintf(" %s %.3f at %.3f", name, l.Held[i].ItemRecall(), l.Held[i].Precision())
	}
	return out
}

// LearnItems trains the model that finds the items of lists. The same examples in the same order give the same model.
func LearnItems(ctx context.Context, examples []ItemExample) (*Items, ItemLessons, error) {
	var out ItemLessons
	var lessons []itemLesson
	for i := range examples {
		if err := ctx.Err(); err != nil {
			return nil, out, fmt.Errorf("prepare example %d: %w", i+1, err)
		}
		e := &examples[i]
		var pages []*itemPage
		for k := range e.Pages {
			s := newSheet(&e.Pages[k], k)
			s.read(false, e.Received)
			pages = append(pages, s.itemPage())
		}
		tags, found, lost := tagsOf(pages, e.Fields)
		out.Items, out.Lost = out.Items+found, out.Lost+lost
		for k, p := range pages {
			if len(p.words) > 0 {
				l := itemLesson{page: p, features: p.features(k), tags: tags[k], held: e.HeldBack}
				if e.Partly {
					l.partly = p.asking()
				}
				lessons = append(lessons, l)
				out.Words += len(p.words)
			}
		}
	}
	var train, held []int
	for i := range lessons {
		if lessons[i].held {
			held = append(held, i)
		} else {
			train = append(train, i)
		}
	}
	m := &Items{surety: [2]float64{1, 0}}
	if len(train) > 0 && len(held) > 0 {
		t := newItemTrainer()
		if err := t.learn(ctx, lessons, train, 1); err != nil {
			return nil, out, err
		}
		t.into(m)
		lean := m.leaning(lessons, held)
		m.lean(lean)
		var said []sayingRight
		for _, i := range held {
			said = append(said, m.tried(&lessons[i], &out.Held)...)
		}
		m.surety, out.Lean = fitSurety(said), lean
	}
	all := make([]int, len(lessons))
	for i := range all {
		all[i] = i
	}
	t := newItemTrainer()
	if err := t.learn(ctx, lessons, all, 2); err != nil {
		return nil, out, err
	}
	t.into(m)
	m.lean(out.Lean)
	m.name()
	out.Surety = m.surety
	return m, out, nil
}

// leaning is by how much the tags of each list must be favoured: most words are in none, and a model that is unsure
// says so too often. That what is found is right counts twice as much as that all is found; of what is as good within half
// a point, that is taken which finds most.
func (m *Items) leaning(lessons []itemLesson, held []int) (lean [len(listFields)]float64) {
	leans := []float64{0, 0.3, 0.6, 0.9, 1.2, 1.5}
	for list := range listFields {
		scores := make([]float64, len(leans))
		for k, v := range leans {
			var by [len(listFields)]float64
			by[list] = v
			tried := *m
			tried.lean(by)
			var out [len(listFields)]FieldScore
			for _, i := range held {
				tried.tried(&lessons[i], &out)
			}
			if s := &out[list]; s.Right > 0 {
				scores[k] = 3 / (2/s.Precision() + 1/s.ItemRecall())
			}
		}
		best := slices.Max(scores)
		for k, v := range leans {
			if scores[k] > best-0.005 {
				lean[list] = v
			}
		}
	}
	return lean
}

func (m *Items) lean(by [len(listFields)]float64) {
	for list, v := range by {
		m.bias[beginTag(list)] += float32(v)
		m.bias[insideTag(list)] += float32(v)
	}
}

// tried compares the items that a model finds on a page with the right ones.
func (m *Items) tried(l *itemLesson, out *[len(listFields)]FieldScore) []sayingRight {
	z := m.scores(l.page, l.features)
	want := l.page.assemble(l.tags, nil)
	var said []sayingRight
	for _, f := range l.page.assemble(m.moves.best(l.page, z), m.moves.likely(l.page, z)) {
		at := slices.IndexFunc(want, func(w foundItem) bool {
			return w.list == f.list && SameField(listFields[f.list], l.page.text(w), l.page.text(f))
		})
		said = append(said, sayingRight{f.p, at >= 0})
		if at < 0 {
			out[f.list].Wrong++
			continue
		}
		out[f.list].Right++
		want = slices.Delete(want, at, at+1)
	}
	for _, w := range want {
		out[w.list].Missed++
	}
	return said
}

// An itemTrainer learns with AdaGrad, one page at a time.
type itemTrainer struct {
	weights, squares   []float32
	bias               [tagCount]float32
	moves, moveSquares itemMoves
}

func newItemTrainer() *itemTrainer {
	return &itemTrainer{weights: make([]float32, itemBuckets*tagCount), squares: make([]float32, itemBuckets*tagCount)}
}

const (
	itemRounds  = 7
	itemRate    = 0.1
	itemDecay   = 2e-6
	itemDropout = 0.2 // of the features in each step, so that none is leant on
	meanRounds  = 2   // rounds at the end over which the weights' mean is taken: the last pages seen weigh no more than others
	meanOf      = 8   // times in each
)

func (t *itemTrainer) sum(x []uint32) (z [tagCount]float64) {
	for _, b := range x {
		row := t.weights[int(b)*tagCount : int(b)*tagCount+tagCount]
		for c, w := range row {
			z[c] += float64(w)
		}
	}
	norm := featureNorm(len(x))
	for c := range z {
		z[c] *= norm
	}
	return z
}

func (t *itemTrainer) update(x []uint32, g *[tagCount]float64) {
	norm := featureNorm(len(x))
	var step [tagCount]float32
	for c := range g {
		step[c] = float32(g[c] * norm)
	}
	for _, b := range x {
		at := int(b) * tagCount
		for c, g := range step {
			grad := g + itemDecay*t.weights[at+c]
			t.squares[at+c] += grad * grad
			t.weights[at+c] -= itemRate * grad / (float32(math.Sqrt(float64(t.squares[at+c]))) + 0.1)
		}
	}
}

func (t *itemTrainer) learn(ctx context.Context, lessons []itemLesson, order []int, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 29))
	order = append([]int(nil), order...)
	thin := func(list [][]uint32) [][]uint32 {
		out := make([][]uint32, len(list))
		for i, x := range list {
			kept := make([]uint32, 0, len(x))
			for _, b := range x {
				if r.Float32() >= itemDropout {
					kept = append(kept, b)
				}
			}
			out[i] = kept
		}
		return out
	}
	mean, seen := newItemTrainer(), 0
	for round := range itemRounds {
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for n, i := range order {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("train: %w", err)
			}
			if round >= itemRounds-meanRounds && n%(len(order)/meanOf+1) == 0 {
				seen++
				mean.towards(t, seen)
			}
			l := &lessons[i]
			words, lines, sentences := thin(l.features.words), thin(l.features.lines), thin(l.features.sentences)
			lineSums, sentenceSums := make([][tagCount]float64, len(lines)), make([][tagCount]float64, len(sentences))
			for k, x := range lines {
				lineSums[k] = t.sum(x)
			}
			for k, x := range sentences {
				sentenceSums[k] = t.sum(x)
			}
			z := make([][tagCount]float64, len(words))
			for k, x := range words {
				z[k] = t.sum(x)
				w := &l.page.words[k]
				for c := range tagCount {
					z[k][c] += lineSums[w.line][c] + sentenceSums[w.sentence][c] + float64(t.bias[c])
				}
			}
			var pairs [stepCount][tagCount][tagCount]float64
			p, _ := t.moves.forwardBackward(l.page, z, &pairs)
			gold, goldPairs := l.right(&t.moves, z)
			clear(lineSums)
			clear(sentenceSums)
			for k := range p {
				for c := range p[k] {
					p[k][c] -= gold[k][c]
				}
				w := &l.page.words[k]
				for c, g := range p[k] {
					lineSums[w.line][c] += g
					sentenceSums[w.sentence][c] += g
					t.bias[c] -= float32(0.001 * g)
				}
				t.update(words[k], &p[k])
			}
			for k, x := range lines {
				t.update(x, &lineSums[k])
			}
			for k, x := range sentences {
				t.update(x, &sentenceSums[k])
			}
			for s := range pairs {
				for from := range tagCount {
					for to := range tagCount {
						g := float32(pairs[s][from][to] - goldPairs[s][from][to])
						if g == 0 {
							continue
						}
						t.moveSquares[s][from][to] += g * g
						t.moves[s][from][to] -= itemRate * g / (float32(math.Sqrt(float64(t.moveSquares[s][from][to]))) + 1)
					}
				}
			}
		}
	}
	mean.towards(t, seen+1)
	t.weights, t.bias, t.moves = mean.weights, mean.bias, mean.moves
	return nil
}

// towards makes t the mean of what it was the mean of and another, which is the n-th.
func (t *itemTrainer) towards(o *itemTrainer, n int) {
	share := 1 / float32(n)
	for i, w := range o.weights {
		t.weights[i] += share * (w - t.weights[i])
	}
	for i, b := range o.bias {
		t.bias[i] += share * (b - t.bias[i])
	}
	for s := range o.moves {
		for from := range o.moves[s] {
			for to, w := range o.moves[s][from] {
				t.moves[s][from][to] += share * (w - t.moves[s][from][to])
			}
		}
	}
}

// right are the probabilities of the tags, and of each behind each other, among those ways to tag the page that agree with what is
// known of it.
func (l *itemLesson) right(m *itemMoves, z [][tagCount]float64) ([][tagCount]float64, *[stepCount][tagCount][tagCount]float64) {
	var pairs [stepCount][tagCount][tagCount]float64
	if l.partly != nil {
		known := make([][tagCount]float64, len(z))
		for k, tag := range l.tags {
			for c := range tagCount {
				known[k][c] = z[k][c]
				if c != tag && (tag != 0 || !l.partly[l.page.words[k].sentence] || listOf(c) != listOf(tagCount-1)) {
					known[k][c] = -1000
				}
			}
		}
		p, _ := m.forwardBackward(l.page, known, &pairs)
		return p, &pairs
	}
	p := make([][tagCount]float64, len(z))
	before := 0
	for k, tag := range l.tags {
		step := stepRow
		if k > 0 {
			step = l.page.words[k].step
		}
		p[k][tag]++
		pairs[step][before][tag]++
		before = tag
	}
	return p, &pairs
}

// into rounds the weights, each tag's by its own scale.
func (t *itemTrainer) into(m *Items) {
	m.weights, m.bias, m.moves = make([]int8, len(t.weights)), t.bias, t.moves
	for c := range tagCount {
		top := float32(1e-6)
		for b := range itemBuckets {
			top = max(top, float32(math.Abs(float64(t.weights[b*tagCount+c]))))
		}
		m.scale[c] = top / 127
		for b := range itemBuckets {
			m.weights[b*tagCount+c] = int8(math.Round(float64(t.weights[b*tagCount+c] / m.scale[c])))
		}
	}
}

// asking tells of each sentence whether it may ask for something that is no courtesy.
func (p *itemPage) asking() []bool {
	texts := make([]string, p.sentences)
	for _, w := range p.words {
		texts[w.sentence] += p.sheet.text(w.span) + " "
	}
	out := make([]bool, p.sentences)
	for i, t := range texts {
		out[i] = askedWords.MatchString(t) && !courtesy.MatchString(t)
	}
	return out
}
