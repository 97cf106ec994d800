package classify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sort"

	"golang.org/x/sync/errgroup"

	"github.com/postroom/postroom"
)

// An Example is a document whose type is known: a clerk's decision, or a
// generated one.
type Example struct {
	Pages []postroom.Page
	Type  postroom.TypeCode
	// Group is what must not be torn apart when examples are held back: the
	// layout, the sender. Examples with an empty Group stand alone.
	Group string
	// Weight counts the example so often; 0 counts as 1.
	Weight float64
}

// Lessons is how training went, for the log and for people.
type Lessons struct {
	Examples, HeldBack int
	Rounds             int     // until the held-back examples no longer got better
	Accuracy           float64 // on the held-back examples, cues and model together
	ModelAlone         float64 // the model without the cues
	CuesAlone          float64
	ECE                float64 // on the held-back examples
	Loss               float64 // mean logarithmic loss on the held-back examples, by what they count
	CueShare           float64 // the mean over the types
	ModelShare         float64
}

func (l Lessons) String() string {
	return fmt.Sprintf("%d examples, %d held back; %d rounds; right on held-back: together %.2f%%, model alone %.2f%%, cues alone %.2f%%; calibration error %.4f, loss %.4f; shares: cues %.2f, model %.2f",
		l.Examples, l.HeldBack, l.Rounds, 100*l.Accuracy, 100*l.ModelAlone, 100*l.CuesAlone, l.ECE, l.Loss, l.CueShare, l.ModelShare)
}

// A lesson is an example made ready.
type lesson struct {
	x      []feature
	scores []float64
	class  int
	fold   int
	weight float64
	target []float64 // what a model is to say of it, where that is not its class alone
}

const folds = 4

// leastRounds is through how many rounds a model goes at least. The loss of one and of two differs little, now one way and now the
// other; on letters of others a model of one round was surer than right (calibration error 0.02 to 0.09 on five sets, of two 0.02 to 0.07).
const leastRounds = 2

// Learn trains a model. The examples are divided into four parts, groups kept
// whole; each part is predicted by a model that has not seen it, which gives
// the number of rounds, the shares of cues and model, and with them the
// calibration. Then all examples train the final model. The same examples in
// the same order give the same model.
func Learn(ctx context.Context, examples []Example) (*Model, Lessons, error) {
	var out Lessons
	classAt := map[postroom.TypeCode]int{}
	var classes []postroom.TypeCode
	for _, e := range examples {
		if _, ok := classAt[e.Type]; !ok && e.Type != "" && e.Type != postroom.UnknownType {
			classAt[e.Type] = -1
			classes = append(classes, e.Type)
		}
	}
	sort.Slice(classes, func(i, j int) bool { return classes[i] < classes[j] })
	for i, c := range classes {
		classAt[c] = i
	}
	if len(classes) < 2 {
		return nil, out, postroom.Bad(nil, "training needs documents of at least two types", "confirm more documents first")
	}
	groups := groupFolds(examples)
	made := make([]lesson, len(examples))
	if err := sideBySide(len(examples), func(i int) error {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("prepare example %d: %w", i+1, err)
		}
		e := &examples[i]
		made[i] = makeLesson(e.Pages, classAt[e.Type], e.Weight)
		made[i].fold = groups[i]
		if e.Weight == 0 {
			made[i].weight = 1
		}
		return nil
	}); err != nil {
		return nil, out, err
	}
	var lessons []lesson
	for i := range made {
		if _, ok := classAt[examples[i].Type]; ok {
			lessons = append(lessons, made[i])
		}
	}
	out.Examples = len(lessons)
	for _, e := range cueExamples(60) {
		class, ok := classAt[e.Type]
		if !ok {
			continue
		}
		sh := []*sheet{newSheet(&e.Pages[0], 0)}
		// They are in every part's training and never held back.
		lessons = append(lessons, lesson{x: features(sh), scores: weigh(sh).scores, class: class, fold: -1, weight: e.Weight})
	}

	// Predict each part by a model of the others, for every number of rounds.
	const most = 16
	held := make([][][]float64, most) // by round, by lesson: logits
	for r := range held {
		held[r] = make([][]float64, len(lessons))
	}
	if err := sideBySide(folds, func(fold int) error {
		t := newTrainer(len(classes))
		var order, back []int
		for i := range lessons {
			if lessons[i].fold == fold {
				back = append(back, i)
			} else {
				order = append(order, i)
			}
		}
		if len(order) == 0 || len(back) == 0 {
			return nil
		}
		random := rand.New(rand.NewPCG(uint64(fold), 17))
		for round := range most {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("train: %w", err)
			}
			t.round(lessons, order, random)
			for _, i := range back {
				held[round][i] = t.meanLogits(lessons[i].x)
			}
		}
		return nil
	}); err != nil {
		return nil, out, err
	}
	// More rounds make a model surer, not only righter: they are compared with the shares that suit each.
	shares := make([][3]float64, most)
	sideBySide(most, func(round int) error {
		a, b := fitShares(lessons, held[round], classes)
		shares[round] = [3]float64{meanLoss(lessons, held[round], classes, alike(a, len(classes)), b, false), a, b}
		return nil
	})
	rounds := leastRounds - 1
	for round := range most {
		if round > rounds && shares[round][0] < shares[rounds][0]-1e-4 {
			rounds = round
		}
	}
	out.Rounds = rounds + 1
	predictions := held[rounds]
	a, b := shares[rounds][1], shares[rounds][2]
	cueShares, b := fitShareOfEach(lessons, predictions, classes, a, b)
	for _, a := range cueShares {
		out.CueShare += a / float64(len(classes))
	}
	out.ModelShare = b
	out.Loss = meanLoss(lessons, predictions, classes, cueShares, b, false)

	final := newTrainer(len(classes))
	order := make([]int, len(lessons))
	for i := range order {
		order[i] = i
	}
	random := rand.New(rand.NewPCG(99, 17))
	for range rounds + 1 {
		if err := ctx.Err(); err != nil {
			return nil, out, fmt.Errorf("train: %w", err)
		}
		final.round(lessons, order, random)
	}
	m := final.model(classes)
	m.cueShares, m.modelShare = cueShares, b

	var bins [10]Bin
	right, alone, cues, n := 0, 0, 0, 0
	for i, l := range lessons {
		if predictions[i] == nil {
			continue
		}
		n++
		p := joined(l.scores, predictions[i], classes, cueShares, b)
		got := best(p)
		ok := got == l.class
		right += btoi(ok)
		alone += btoi(best(predictions[i]) == l.class)
		cues += btoi(best(joined(l.scores, predictions[i], classes, alike(1, len(classes)), 0)) == l.class)
		binned(&bins, p[got], ok)
	}
	out.HeldBack = n
	out.Accuracy, out.ModelAlone, out.CuesAlone = ratio(right, n), ratio(alone, n), ratio(cues, n)
	out.ECE = ECE(bins[:])
	// The version is that of the bytes as they will be read again.
	m.version = versionOf(m.rawBytes())
	return m, out, nil
}

// sideBySide does n things, as many at a time as there are processors, and gives one of their errors.
func sideBySide(n int, do func(i int) error) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		g.Go(func() error { return do(i) })
	}
	return g.Wait()
}

func versionOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return "linear-" + hex.EncodeToString(sum[:4])
}

// groupFolds gives each group a part; the parts are filled type by type, so
// that each type has groups in several parts.
func groupFolds(examples []Example) []int {
	next := map[postroom.TypeCode]int{}
	given := map[string]int{}
	out := make([]int, len(examples))
	for i, e := range examples {
		key := string(e.Type) + "\x00" + e.Group
		fold, ok := given[key]
		if !ok || e.Group == "" {
			fold = next[e.Type] % folds
			next[e.Type]++
			given[key] = fold
		}
		out[i] = fold
	}
	return out
}

// joined are the probabilities of the model's classes from cues, each class's by its own share, and model.
func joined(scores, logits []float64, classes []postroom.TypeCode, a []float64, b float64) []float64 {
	z := make([]float64, len(classes))
	for i, code := range classes {
		z[i] = b * logits[i]
		if c := classOf(code); c >= 0 {
			z[i] += a[i] * scores[c]
		}
	}
	softmax(z)
	return z
}

// alike is one share for each of n classes.
func alike(a float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = a
	}
	return out
}

// meanLoss is the mean logarithmic loss, the lessons by what they count or all alike.
func meanLoss(lessons []lesson, logits [][]float64, classes []postroom.TypeCode, a []float64, b float64, equal bool) float64 {
	// Parts of the sum are made side by side and added in their order, so that the same lessons give the same loss.
	const part = 1024
	sums := make([][2]float64, (len(lessons)+part-1)/part)
	sideBySide(len(sums), func(k int) error {
		for i := k * part; i < min(len(lessons), (k+1)*part); i++ {
			if l := &lessons[i]; logits[i] != nil {
				p := joined(l.scores, logits[i], classes, a, b)
				weight := l.weight
				if equal {
					weight = 1
				}
				sums[k][0] -= weight * math.Log(math.Max(p[l.class], 1e-9))
				sums[k][1] += weight
			}
		}
		return nil
	})
	sum, n := 0.0, 0.0
	for _, s := range sums {
		sum, n = sum+s[0], n+s[1]
	}
	if n == 0 {
		return math.Inf(1)
	}
	return sum / n
}

// fitShares finds how much of the cues and of the model gives the least loss
// on held-back examples. This is temperature scaling (Guo and others, On
// Calibration of Modern Neural Networks, 2017) with a temperature for each.
// The cues keep at least a fifth of their natural weight: they are what holds
// on letters that look like nothing in training.
func fitShares(lessons []lesson, logits [][]float64, classes []postroom.TypeCode) (a, b float64) {
	a, b = 0.5, 1
	n := len(classes)
	least := meanLoss(lessons, logits, classes, alike(a, n), b, false)
	for step := 0.5; step > 0.01; step /= 2 {
		for improved := true; improved; {
			improved = false
			for _, try := range [][2]float64{{a + step, b}, {a - step, b}, {a, b + step}, {a, b - step}, {a + step, b + step}, {a - step, b - step}} {
				if try[0] < 0.2 || try[0] > 4 || try[1] < 0.1 || try[1] > 8 {
					continue
				}
				if loss := meanLoss(lessons, logits, classes, alike(try[0], n), try[1], false); loss < least-1e-6 {
					a, b, least, improved = try[0], try[1], loss, true
				}
			}
		}
	}
	return a, b
}

// What a class's cues count at least and at most: letters mention titles of other documents, which training has too little of.
const (
	leastCueShare = 0.05
	mostCueShare  = 0.6
)

// fitShareOfEach gives each class's cues a share of their own, beginning at one for all: a
// title says all of a missed appointment, and little of a clinic letter.
func fitShareOfEach(lessons []lesson, logits [][]float64, classes []postroom.TypeCode, a, b float64) ([]float64, float64) {
	shares := alike(a, len(classes))
	least := meanLoss(lessons, logits, classes, shares, b, true)
	move := func(x *float64, by, floor, top float64) bool {
		if *x+by < floor || *x+by > top {
			return false
		}
		*x += by
		if loss := meanLoss(lessons, logits, classes, shares, b, true); loss < least-1e-6 {
			least = loss
			return true
		}
		*x -= by
		return false
	}
	for _, step := range []float64{0.2, 0.1, 0.05} {
		for i := range shares {
			for move(&shares[i], step, leastCueShare, mostCueShare) {
			}
			for move(&shares[i], -step, leastCueShare, mostCueShare) {
			}
		}
		for move(&b, step, 0.1, 8) {
		}
		for move(&b, -step, 0.1, 8) {
		}
	}
	return shares, b
}

// A trainer holds weights in floating point while they are learned with AdaGrad
// (Duchi, Hazan and Singer, 2011), one example at a time.
type trainer struct {
	n       int
	weights []float32
	squares []float32
	bias    []float64
	// The mean of the weights over the last round is the model: the last examples count no more than the first.
	mean     []float32
	meanBias []float64
}

func newTrainer(classes int) *trainer {
	return &trainer{n: classes, weights: make([]float32, classes*buckets), squares: make([]float32, classes*buckets), bias: make([]float64, classes),
		mean: make([]float32, classes*buckets), meanBias: make([]float64, classes)}
}

func (t *trainer) logits(x []feature) []float64 { return linear(t.weights, t.bias, x) }

// meanLogits are those of the mean over the last round.
func (t *trainer) meanLogits(x []feature) []float64 { return linear(t.mean, t.meanBias, x) }

func linear(weights []float32, bias []float64, x []feature) []float64 {
	n := len(bias)
	z := append([]float64(nil), bias...)
	for _, f := range x {
		row := weights[int(f.bucket)*n : int(f.bucket)*n+n]
		for c, w := range row {
			z[c] += float64(w * f.value)
		}
	}
	return z
}

const (
	learningRate = 0.6
	decay        = 2e-5 // L2, applied to what an example touches
	snapshots    = 16   // of a round, for the mean
)

func (t *trainer) round(lessons []lesson, order []int, random *rand.Rand) {
	random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	clear(t.mean)
	clear(t.meanBias)
	for part := range slices.Chunk(order, (len(order)+snapshots-1)/snapshots) {
		t.learn(lessons, part)
		share := float32(len(part)) / float32(len(order))
		for i, w := range t.weights {
			t.mean[i] += share * w
		}
		for c, b := range t.bias {
			t.meanBias[c] += float64(share) * b
		}
	}
}

func (t *trainer) learn(lessons []lesson, order []int) {
	for _, i := range order {
		l := &lessons[i]
		p := t.logits(l.x)
		softmax(p)
		p[l.class]--
		for c := range p {
			p[c] *= l.weight
			t.bias[c] -= 0.02 * p[c]
		}
		for _, f := range l.x {
			at := int(f.bucket) * t.n
			for c, g := range p {
				grad := float32(g)*f.value + decay*t.weights[at+c]
				t.squares[at+c] += grad * grad
				t.weights[at+c] -= learningRate * grad / (float32(math.Sqrt(float64(t.squares[at+c]))) + 0.05)
			}
		}
	}
}

// leastStep is the part of a byte's step below which a weight counts nothing: what is left of it would say little and keeps a model's
// file from being packed well.
const leastStep = 1.5

// model is the mean of the last round.
func (t *trainer) model(classes []postroom.TypeCode) *Model {
	return inBytes(t.mean, t.meanBias, classes)
}

// inBytes makes a model of weights, rounded to bytes, each class by its own scale.
func inBytes(weights []float32, bias []float64, classes []postroom.TypeCode) *Model {
	n := len(bias)
	m := &Model{classes: classes, scale: make([]float32, n), bias: make([]float32, n), weights: make([]int8, len(weights))}
	for c := range n {
		top := float32(1e-6)
		for b := range buckets {
			if w := weights[b*n+c]; w > top {
				top = w
			} else if -w > top {
				top = -w
			}
		}
		m.scale[c], m.bias[c] = top/127, float32(bias[c])
		for b := range buckets {
			if step := float64(weights[b*n+c] / m.scale[c]); math.Abs(step) >= leastStep {
				m.weights[b*n+c] = int8(math.RoundToEven(step))
			}
		}
	}
	return m
}
