// Package tight packs small data as tightly as zlib's format allows (RFC 1950, RFC 1951).
//
// compress/zlib looks for a good way to write each piece of the data as it comes by. Pack
// knows all of the data first and looks for the way that is cheapest as a whole, with the
// codes that come of it, as zopfli does. Of what a searchable PDF adds to a fax that saves a
// tenth, and of the fax a hundredth, for some milliseconds. What reads any zlib data reads it.
package tight

import (
	"encoding/binary"
	"hash/adler32"
	"math"
	"math/bits"
	"slices"
)

const (
	window   = 32 << 10
	shortest = 3
	longest  = 258
	chain    = 64 // how many earlier places are looked at for one
	rounds   = 2  // how often costs and the way through the data are fitted to each other
)

// Pack returns the data in zlib's format.
func Pack(data []byte) []byte {
	p := newPacker(data)
	w := writer{out: []byte{0x78, 0xda}}
	whole := p.fit(0, len(data), firstCosts())
	c := newCutter(data, whole.steps)
	ends := append(c.cuts(0, len(c.places)-1), len(data))
	from := 0
	for i, end := range ends {
		part := whole
		if len(ends) > 1 {
			part = p.fit(from, end, whole.codes.costs())
		}
		w.block(data[from:end], part, i == len(ends)-1)
		from = end
	}
	w.align()
	return binary.BigEndian.AppendUint32(w.out, adler32.Checksum(data))
}

// A step is a literal byte (length 1), or a copy of what stands so far back.
type step struct{ length, back uint16 }

type packer struct {
	data    []byte
	matches []step  // of all places
	first   []int32 // of a place, in matches: longer and longer ones, from further and further back
}

func newPacker(data []byte) *packer {
	p := &packer{data: data, first: make([]int32, len(data)+1)}
	const none = -1
	heads := make([]int32, 1<<15)
	for i := range heads {
		heads[i] = none
	}
	earlier := make([]int32, len(data))
	for i := range data {
		if i+shortest <= len(data) {
			h := (uint32(data[i])<<16 | uint32(data[i+1])<<8 | uint32(data[i+2])) * 0x9e3779b1 >> 17
			most, length := min(longest, len(data)-i), shortest-1
			for at, tries := heads[h], chain; at != none && i-int(at) <= window && tries > 0 && length < most; at, tries = earlier[at], tries-1 {
				if data[int(at)+length] != data[i+length] {
					continue
				}
				n := 0
				for n < most && data[int(at)+n] == data[i+n] {
					n++
				}
				if n > length {
					length = n
					p.matches = append(p.matches, step{uint16(n), uint16(i - int(at))})
				}
			}
			earlier[i], heads[h] = heads[h], int32(i)
		}
		p.first[i+1] = int32(len(p.matches))
	}
	return p
}

// A way is how a stretch of the data is written, and the codes for it.
type way struct {
	steps []step
	codes codes
	bits  int
}

// fit returns the cheapest way for a stretch that it finds, beginning with these costs.
func (p *packer) fit(from, to int, cost *costs) way {
	data := p.data[from:to]
	best := way{bits: math.MaxInt}
	try := func(w way) {
		if w.bits = w.codes.size(data, w.steps); w.bits < best.bits {
			best = w
		}
	}
	for range rounds {
		steps := p.cheapest(from, to, cost)
		codes := newCodes(count(data, steps))
		try(way{steps: steps, codes: codes})
		cost = codes.costs()
	}
	if len(data) < 512 { // a header weighs more than good codes save
		try(way{steps: p.cheapest(from, to, fixedCodes.costs()), codes: fixedCodes})
	}
	return best
}

// costs are the bits that letters, lengths and distances take.
type costs struct {
	literal [256]float32
	length  [longest + 1]float32
	back    [30]float32
}

func firstCosts() *costs {
	c := &costs{}
	for i := range c.literal {
		c.literal[i] = 8
	}
	for n := shortest; n <= longest; n++ {
		_, extra, _ := lengthSymbol(n)
		c.length[n] = float32(7 + extra)
	}
	for s := range c.back {
		c.back[s] = float32(5 + backExtra(s))
	}
	return c
}

// cheapest returns the steps through a stretch that take the fewest bits.
func (p *packer) cheapest(from, to int, c *costs) []step {
	n := to - from
	total, last := make([]float32, n+1), make([]step, n+1)
	for i := 1; i <= n; i++ {
		total[i] = math.MaxFloat32
	}
	for i := range n {
		if t := total[i] + c.literal[p.data[from+i]]; t < total[i+1] {
			total[i+1], last[i+1] = t, step{1, 0}
		}
		length := shortest
		for _, m := range p.matches[p.first[from+i]:p.first[from+i+1]] {
			s, _, _ := backSymbol(int(m.back))
			base := total[i] + c.back[s]
			for most := min(int(m.length), n-i); length <= most; length++ {
				if t := base + c.length[length]; t < total[i+length] {
					total[i+length], last[i+length] = t, step{uint16(length), m.back}
				}
			}
		}
	}
	var steps []step
	for i := n; i > 0; i -= int(last[i].length) {
		steps = append(steps, last[i])
	}
	slices.Reverse(steps)
	return steps
}

// A cutter finds where a way is best cut, so that each part has codes of its own.
type cutter struct {
	places []int              // in the data, every few steps
	before [][286 + 30]uint32 // how often letters and lengths, and distances, came before there
}

const everySteps = 64

func newCutter(data []byte, steps []step) *cutter {
	c := &cutter{}
	var often [286 + 30]uint32
	at := 0
	mark := func() { c.places, c.before = append(c.places, at), append(c.before, often) }
	for i, s := range steps {
		if i%everySteps == 0 {
			mark()
		}
		if s.back == 0 {
			often[data[at]]++
		} else {
			symbol, _, _ := lengthSymbol(int(s.length))
			often[symbol]++
			symbol, _, _ = backSymbol(int(s.back))
			often[286+symbol]++
		}
		at += int(s.length)
	}
	mark()
	return c
}

// cuts returns the places in the data where the part between two marks is cut.
func (c *cutter) cuts(from, to int) []int {
	const tries = 8
	at, least := 0, c.estimate(from, to)
	low, high := from+1, to-1
	for gap := max(1, (high-low)/tries); low <= high; gap = max(1, gap/tries) {
		for i := low; i <= high; i += gap {
			if n := c.estimate(from, i) + c.estimate(i, to); n < least {
				at, least = i, n
			}
		}
		if at == 0 || gap == 1 {
			break
		}
		low, high = max(from+1, at-gap+1), min(to-1, at+gap-1)
	}
	if at == 0 {
		return nil
	}
	return slices.Concat(c.cuts(from, at), []int{c.places[at]}, c.cuts(at, to))
}

// estimate is about how many bits a part takes, but those that come to the same however it is cut.
func (c *cutter) estimate(from, to int) float64 {
	const aBlock, aSymbol = 60, 4 // bits in the header
	total := float64(aBlock)
	letters, backs := uint32(0), uint32(0)
	a, b := &c.before[from], &c.before[to]
	for s := range b {
		n := b[s] - a[s]
		if n == 0 {
			continue
		}
		total += aSymbol - entropy(n)
		if s < 286 {
			letters += n
		} else {
			backs += n
		}
	}
	return total + entropy(letters) + entropy(backs)
}

// entropy is n times the binary logarithm of n.
func entropy(n uint32) float64 {
	if n < uint32(len(entropies)) {
		return entropies[n]
	}
	return float64(n) * math.Log2(float64(n))
}

var entropies = func() (out [1 << 10]float64) {
	for n := 1; n < len(out); n++ {
		out[n] = float64(n) * math.Log2(float64(n))
	}
	return out
}()

// lengthSymbol returns a length's symbol and its extra bits (RFC 1951 section 3.2.5).
func lengthSymbol(n int) (symbol, extra, value int) {
	switch {
	case n == longest:
		return 285, 0, 0
	case n < 11:
		return 254 + n, 0, 0
	}
	n -= shortest
	extra = bits.Len(uint(n)) - 3
	return 257 + 4*extra + n>>extra, extra, n & (1<<extra - 1)
}

func backSymbol(back int) (symbol, extra, value int) {
	if back < 5 {
		return back - 1, 0, 0
	}
	n := back - 1
	extra = bits.Len(uint(n)) - 2
	return 2*extra + n>>extra, extra, n & (1<<extra - 1)
}

func backExtra(symbol int) int { return max(0, symbol/2-1) }

// counts are how often the symbols of letters and lengths, and of distances, come.
type counts struct {
	letters [286]int
	backs   [30]int
}

const endOfBlock = 256

func count(data []byte, steps []step) *counts {
	c := &counts{}
	at := 0
	for _, s := range steps {
		if s.back == 0 {
			c.letters[data[at]]++
		} else {
			symbol, _, _ := lengthSymbol(int(s.length))
			c.letters[symbol]++
			symbol, _, _ = backSymbol(int(s.back))
			c.backs[symbol]++
		}
		at += int(s.length)
	}
	c.letters[endOfBlock] = 1
	return c
}

// codes are the lengths of a block's Huffman codes: fixed ones, or those that stand in its header.
type codes struct {
	letters, backs []int
	fixed          bool
}

func newCodes(c *counts) codes {
	return codes{letters: codeLengths(c.letters[:], 15), backs: codeLengths(c.backs[:], 15)}
}

// fixedCodes are those that a short block is written in (RFC 1951 section 3.2.6).
var fixedCodes = func() codes {
	c := codes{make([]int, 288), make([]int, 30), true}
	for i := range c.letters {
		switch {
		case i < 144 || i > 279:
			c.letters[i] = 8
		case i < 256:
			c.letters[i] = 9
		default:
			c.letters[i] = 7
		}
	}
	for i := range c.backs {
		c.backs[i] = 5
	}
	return c
}()

func (c codes) costs() *costs {
	const unused = 13 // bits for what has no code yet
	of := func(lengths []int, symbol int) float32 {
		if lengths[symbol] == 0 {
			return unused
		}
		return float32(lengths[symbol])
	}
	out := &costs{}
	for i := range out.literal {
		out.literal[i] = of(c.letters, i)
	}
	for n := shortest; n <= longest; n++ {
		symbol, extra, _ := lengthSymbol(n)
		out.length[n] = of(c.letters, symbol) + float32(extra)
	}
	for s := range out.back {
		out.back[s] = of(c.backs, s) + float32(backExtra(s))
	}
	return out
}

// size is how many bits a block takes with these codes.
func (c codes) size(data []byte, steps []step) int {
	total, at := 3, 0
	if !c.fixed {
		runs, lengths := c.header()
		total += 14 + 3*headerCodes(lengths)
		for _, r := range runs {
			total += lengths[r.symbol] + r.extra
		}
	}
	for _, s := range steps {
		if s.back == 0 {
			total += c.letters[data[at]]
		} else {
			symbol, extra, _ := lengthSymbol(int(s.length))
			total += c.letters[symbol] + extra
			symbol, extra, _ = backSymbol(int(s.back))
			total += c.backs[symbol] + extra
		}
		at += int(s.length)
	}
	return total + c.letters[endOfBlock]
}

// A run is an item of a block's header: a code's length, or one that comes again.
type run struct{ symbol, extra, value int }

var headerOrder = [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

func headerCodes(lengths []int) int {
	n := len(headerOrder)
	for n > 4 && lengths[headerOrder[n-1]] == 0 {
		n--
	}
	return n
}

// used is how many of the codes go into the header.
func (c codes) used() (letters, backs int) {
	letters, backs = len(c.letters), len(c.backs)
	for letters > 257 && c.letters[letters-1] == 0 {
		letters--
	}
	for backs > 1 && c.backs[backs-1] == 0 {
		backs--
	}
	return letters, backs
}

// header returns the lengths of the codes as they are written, and the code for that.
func (c codes) header() (runs []run, lengths []int) {
	l, b := c.used()
	all := slices.Concat(c.letters[:l], c.backs[:b])
	for i := 0; i < len(all); {
		n := 1
		for i+n < len(all) && all[i+n] == all[i] {
			n++
		}
		left := n
		if all[i] == 0 {
			for left >= 3 {
				some := min(left, 138)
				if some < 11 {
					runs = append(runs, run{17, 3, some - 3})
				} else {
					runs = append(runs, run{18, 7, some - 11})
				}
				left -= some
			}
		} else {
			runs, left = append(runs, run{symbol: all[i]}), left-1
			for left >= 3 {
				some := min(left, 6)
				runs = append(runs, run{16, 2, some - 3})
				left -= some
			}
		}
		for range left {
			runs = append(runs, run{symbol: all[i]})
		}
		i += n
	}
	var often [19]int
	for _, r := range runs {
		often[r.symbol]++
	}
	return runs, codeLengths(often[:], 7)
}

// codeLengths returns the lengths of a prefix code with none longer than most: Huffman's,
// of counts that are made more alike until it fits. Symbols that never come have length 0.
func codeLengths(often []int, most int) []int {
	lengths := make([]int, len(often))
	type node struct{ weight, left, right int } // the nodes below; of a leaf, its symbol and -1
	nodes := make([]node, 0, 2*len(often))
	for s, n := range often {
		if n > 0 {
			nodes = append(nodes, node{n, s, -1})
		}
	}
	leaves := len(nodes)
	if leaves < 2 { // one code has to have a bit
		for _, n := range nodes {
			lengths[n.left] = 1
		}
		return lengths
	}
	slices.SortStableFunc(nodes, func(a, b node) int { return a.weight - b.weight })
	depth := make([]int, 2*leaves)
	for {
		// Leaves and joined nodes both come in order of weight: the next is the lighter of two.
		nodes = nodes[:leaves]
		leaf, joined := 0, leaves
		next := func() int {
			if leaf < leaves && (joined >= len(nodes) || nodes[leaf].weight <= nodes[joined].weight) {
				leaf++
				return leaf - 1
			}
			joined++
			return joined - 1
		}
		for range leaves - 1 {
			a := next()
			b := next()
			nodes = append(nodes, node{nodes[a].weight + nodes[b].weight, a, b})
		}
		deepest := 0
		depth[len(nodes)-1] = 0
		for i := len(nodes) - 1; i >= leaves; i-- {
			depth[nodes[i].left], depth[nodes[i].right] = depth[i]+1, depth[i]+1
			deepest = max(deepest, depth[i]+1)
		}
		if deepest <= most {
			break
		}
		for i := range nodes[:leaves] {
			nodes[i].weight = (nodes[i].weight + 1) / 2
		}
	}
	for i, n := range nodes[:leaves] {
		lengths[n.left] = depth[i]
	}
	return lengths
}

// A writer writes bits, the lowest of a byte first.
type writer struct {
	out  []byte
	hold uint64
	n    int
}

func (w *writer) bits(value uint64, n int) {
	w.hold |= value << w.n
	for w.n += n; w.n >= 8; w.n -= 8 {
		w.out = append(w.out, byte(w.hold))
		w.hold >>= 8
	}
}

func (w *writer) align() {
	if w.n > 0 {
		w.bits(0, 8-w.n)
	}
}

// block writes a block in the way that is shortest: coded, or as it is.
func (w *writer) block(data []byte, best way, last bool) {
	final := uint64(0)
	if last {
		final = 1
	}
	if stored := 8*len(data) + 8*5*(1+len(data)/0xffff); stored < best.bits || len(data) == 0 {
		for rest := data; ; {
			some := rest[:min(len(rest), 0xffff)]
			rest = rest[len(some):]
			if len(rest) == 0 {
				w.bits(final, 1)
			} else {
				w.bits(0, 1)
			}
			w.bits(0, 2)
			w.align()
			w.out = binary.LittleEndian.AppendUint16(w.out, uint16(len(some)))
			w.out = binary.LittleEndian.AppendUint16(w.out, ^uint16(len(some)))
			w.out = append(w.out, some...)
			if len(rest) == 0 {
				return
			}
		}
	}
	if best.codes.fixed {
		w.bits(final|1<<1, 3)
	} else {
		w.bits(final|2<<1, 3)
		w.header(best.codes)
	}
	letter, back := canonical(best.codes.letters), canonical(best.codes.backs)
	at := 0
	for _, s := range best.steps {
		if s.back == 0 {
			w.bits(letter[data[at]], best.codes.letters[data[at]])
		} else {
			symbol, extra, value := lengthSymbol(int(s.length))
			w.bits(letter[symbol], best.codes.letters[symbol])
			w.bits(uint64(value), extra)
			symbol, extra, value = backSymbol(int(s.back))
			w.bits(back[symbol], best.codes.backs[symbol])
			w.bits(uint64(value), extra)
		}
		at += int(s.length)
	}
	w.bits(letter[endOfBlock], best.codes.letters[endOfBlock])
}

func (w *writer) header(c codes) {
	runs, lengths := c.header()
	letters, backs := c.used()
	n := headerCodes(lengths)
	w.bits(uint64(letters-257)|uint64(backs-1)<<5|uint64(n-4)<<10, 14)
	for _, s := range headerOrder[:n] {
		w.bits(uint64(lengths[s]), 3)
	}
	code := canonical(lengths)
	for _, r := range runs {
		w.bits(code[r.symbol], lengths[r.symbol])
		w.bits(uint64(r.value), r.extra)
	}
}

// canonical returns the codes of these lengths (RFC 1951 section 3.2.2), their first bit lowest.
func canonical(lengths []int) []uint64 {
	out := make([]uint64, len(lengths))
	next := uint64(0)
	for n := 1; n <= 15; n++ {
		next <<= 1
		for s, l := range lengths {
			if l == n {
				out[s] = uint64(bits.Reverse16(uint16(next)) >> (16 - n))
				next++
			}
		}
	}
	return out
}
