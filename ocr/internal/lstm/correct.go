package lstm

import (
	"cmp"
	"slices"
)

// A Mark tells what a line's picture shows at a place, where the network is known to see something else.
// From and To are in pixels of the line as it was handed over.
type Mark struct {
	Kind     MarkKind
	From, To float64
}

// MarkKind is what stands at a place.
type MarkKind int

const (
	// Stroke is an upright stroke as high as a capital that stands on the line. Without serifs
	// a capital I is no more than that, and the network takes it for a bar or an exclamation mark.
	Stroke MarkKind = iota
	// Point ends where the letters beside it stand, and Tail well below: a full stop and a comma, or with another
	// point above it a colon and a semicolon, which are the same to the network in coarse print.
	Point
	Tail
	// Nothing is where no character stands: a gap, or a ruled line.
	Nothing
	// Gap is as wide as the line's spaces are.
	Gap
	// NoGap is much narrower than they are.
	NoGap
)

// strokeReach is how far in pixels from a stroke or a point it may have been seen.
const strokeReach = 6

// hardlySeen is how likely a sign has to be for the network at least. In coarse print it gives the wrong of two points a
// thousand times the probability of the right one, but not more; where print is fine it does, and is right.
const hardlySeen = 0.001

// gapSure is how likely a space is where the picture has a gap as wide as a space.
const gapSure = 0.9

// Correct returns the view with what the marks say.
func (m *Model) Correct(v View, marks []Mark) View {
	if len(marks) == 0 {
		return v
	}
	out := View{v.width, slices.Clone(v.columns)}
	null, space := uint16(m.charset.null), uint16(m.charset.space)
	for _, k := range marks {
		switch k.Kind {
		case Stroke:
			capital, ok := m.class("I")
			if !ok {
				continue
			}
			out.each(k.From-strokeReach, k.To+strokeReach, func(c *column) {
				bar, mark := c.of(m, "|"), c.of(m, "!")
				c.move(func(x uint16) bool {
					t := m.charset.text[x]
					return t == "|" || t == "!" && mark < 10*bar
				}, capital, 1)
			})
		case Point:
			m.swap(&out, k, ",", ".")
			m.swap(&out, k, ";", ":")
		case Tail:
			m.swap(&out, k, ".", ",")
			m.swap(&out, k, ":", ";")
		case Nothing:
			out.each(k.From, k.To, func(c *column) { c.move(func(x uint16) bool { return x != space }, null, 1) })
		case Gap:
			// One column is enough, and more would make a space that nothing speaks against.
			middle := (k.From + k.To) / 2
			out.each(middle-1.5, middle+1.4, func(c *column) { c.move(func(x uint16) bool { return x == null }, space, gapSure) })
		case NoGap:
			out.each(k.From, k.To, func(c *column) { c.move(func(x uint16) bool { return x == space }, null, 1) })
		}
	}
	return out
}

// swap takes a mark's place for one character that was seen as another.
func (m *Model) swap(v *View, k Mark, from, to string) {
	class, ok := m.class(to)
	if !ok {
		return
	}
	seen := float32(0)
	v.each(k.From-strokeReach, k.To+strokeReach, func(c *column) { seen = max(seen, c.of(m, to)) })
	if seen < hardlySeen {
		return
	}
	v.each(k.From-strokeReach, k.To+strokeReach, func(c *column) {
		c.move(func(x uint16) bool { return m.charset.text[x] == from }, class, 1)
	})
}

// class returns the class of a character.
func (m *Model) class(text string) (uint16, bool) {
	i := slices.Index(m.charset.text, text)
	return uint16(max(0, i)), i >= 0
}

// of returns how likely a character is.
func (c *column) of(m *Model, text string) float32 {
	for k, p := range c.prob {
		if m.charset.text[c.class[k]] == text {
			return p
		}
	}
	return 0
}

// each does something to the columns whose middle lies between two places.
func (v *View) each(from, to float64, do func(*column)) {
	for t := max(0, int((from-1.5)/3)); t < len(v.columns); t++ {
		x := 3*float64(t) + 1.5
		if x > to {
			return
		}
		if x >= from {
			do(&v.columns[t])
		}
	}
}

// move gives a share of the probability of some classes to another one.
func (c *column) move(from func(class uint16) bool, to uint16, share float32) {
	var moved float32
	at := -1
	for k := range c.class {
		switch {
		case c.prob[k] == 0:
		case c.class[k] == to:
			at = k
		case from(c.class[k]):
			moved += share * c.prob[k]
			c.prob[k] -= share * c.prob[k]
		}
	}
	if moved == 0 {
		return
	}
	if at < 0 {
		// Columns are full; the least likely class makes room, when the other one is likelier.
		at = 0
		for k := range c.class {
			if c.prob[k] < c.prob[at] {
				at = k
			}
		}
		if c.prob[at] > moved {
			return
		}
		c.class[at], c.prob[at] = to, 0
	}
	c.prob[at] += moved
	type entry struct {
		class uint16
		prob  float32
	}
	var all [top]entry
	for k := range c.class {
		all[k] = entry{c.class[k], c.prob[k]}
	}
	slices.SortStableFunc(all[:], func(a, b entry) int { return cmp.Compare(b.prob, a.prob) })
	for k, e := range all {
		c.class[k], c.prob[k] = e.class, e.prob
	}
}
