package generate

// A look is how a document is set: typefaces and the shape of its parts. The
// parts of the two splits are disjoint.
type look struct {
	family                   string // letter, form, report, plain
	split                    Split
	head, ref, row, heading  string
	table, foot, open, para  string
	body, bold               Face
	size                     float64
	left, right, top, bottom float64 // margins, points
	labels                   int
	spread                   float64 // height of a line of text over its size
}

func (l look) name() string {
	return l.family + ":" + l.head + "+" + l.ref + "+" + l.row + "+" + l.heading
}

var trainFaces = [][2]Face{{Sans, SansBold}, {Serif, SerifBold}, {Narrow, NarrowBold}, {Sans, SansBold}, {Humanist, HumanistBold}}
var testFaces = [][2]Face{{Sans, SansBold}, {Serif, SerifBold}, {Slab, SlabBold}, {Wide, WideBold}}

func newLook(r *Rand, family string, split Split) look {
	l := look{family: family, split: split, size: pick(r, []float64{9.5, 10, 10, 10.5, 11, 11}), left: float64(r.Between(48, 68)), top: float64(r.Between(34, 46)), bottom: 54}
	l.right = l.left
	l.spread = 1.25
	if (family == "letter" || family == "plain") && r.Chance(0.18) {
		l.spread = 1.6
	}
	l.labels = r.Intn(100)
	train := split == Train
	choice := func(a, b []string) string {
		if train {
			return pick(r, a)
		}
		return pick(r, b)
	}
	l.head = choice([]string{"left", "right", "centre", "lozenge"}, []string{"band", "foot", "columns"})
	l.ref = choice([]string{"re", "lines", "box", "table"}, []string{"above", "pipe", "sticker", "prose", "narrow"})
	l.row = choice([]string{"colon", "tab"}, []string{"dots", "tab2"})
	l.heading = choice([]string{"bold", "caps"}, []string{"under", "bar"})
	l.table = choice([]string{"ruled", "plain"}, []string{"shaded", "lines"})
	l.foot = choice([]string{"of", "short", "none"}, []string{"slash", "named"})
	l.open = choice([]string{"to-ref", "ref-to"}, []string{"date-ref-to", "to-date-ref"})
	l.para = choice([]string{"space"}, []string{"space", "tight"})
	faces := testFaces
	if train {
		faces = trainFaces
	}
	pair := pick(r, faces)
	l.body, l.bold = pair[0], pair[1]
	if l.body == Wide || l.body == Slab {
		l.size -= 1
	}
	switch family {
	case "form":
		l.row = choice([]string{"grid"}, []string{"cells"})
		l.heading = choice([]string{"block"}, []string{"tag"})
		l.ref = choice([]string{"table", "box"}, []string{"above", "sticker"})
		l.para = "boxed"
		l.open = "form"
		l.size = min(l.size, 10)
	case "report":
		l.head = choice([]string{"left", "centre"}, []string{"columns", "band"})
		l.ref = choice([]string{"table", "lines"}, []string{"above", "narrow"})
		l.row = choice([]string{"tab"}, []string{"tab2", "dots"})
		l.open = "form"
		l.size = min(l.size, 10)
		if r.Chance(0.25) && train || r.Chance(0.15) {
			l.body, l.bold = Mono, MonoBold
			l.size = 8.5
		}
	case "plain":
		l.head = choice([]string{"typed"}, []string{"typed2"})
		l.ref = choice([]string{"re", "lines"}, []string{"pipe", "narrow"})
		l.row = choice([]string{"colon"}, []string{"dots"})
		l.heading = choice([]string{"caps"}, []string{"under"})
		l.table = choice([]string{"plain"}, []string{"lines"})
		l.body, l.bold = Mono, Mono
		l.size = pick(r, []float64{9, 10})
		if !train {
			l.bold = MonoBold
		}
	case "home": // from a patient's own desk
		l.head = choice([]string{"homeright"}, []string{"homeleft"})
		l.ref, l.heading, l.foot = "none", "bold", "none"
		l.open = "home"
		l.size = pick(r, []float64{11, 12})
	}
	return l
}
