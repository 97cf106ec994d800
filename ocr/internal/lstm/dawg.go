package lstm

import (
	"errors"
	"math/bits"
)

// A dawg is a set of words: a graph whose edges are characters (SquishedDawg in
// Tesseract's src/dict/dawg.cpp). A node is the number of its first edge.
type dawg struct {
	edges  []uint64
	letter uint // bits of the character's id
	root   map[int][]int
}

const (
	edgeLast = 1 << iota // the node's last edge
	_                    // an edge backwards
	edgeEnd              // a word may end here
	edgeBits = 3
)

func readDawg(b []byte) (*dawg, error) {
	r := reader{b: b}
	if r.uint16() != 42 {
		return nil, errors.New("a dictionary does not begin as one")
	}
	ids, n := int(r.uint32()), int(r.uint32())
	if r.err != nil || ids < 1 || ids > 1<<20 || n < 1 || n > len(r.b)/8 {
		return nil, errors.New("a dictionary breaks off")
	}
	d := &dawg{edges: make([]uint64, n), letter: uint(bits.Len(uint(ids))), root: map[int][]int{}}
	for i := range d.edges {
		d.edges[i] = r.uint64()
	}
	for i := 0; i < n; i++ {
		id := d.id(i)
		d.root[id] = append(d.root[id], i)
		if d.flags(i)&edgeLast != 0 {
			break
		}
	}
	return d, nil
}

func (d *dawg) id(edge int) int       { return int(d.edges[edge] & (1<<d.letter - 1)) }
func (d *dawg) flags(edge int) uint64 { return d.edges[edge] >> d.letter & (1<<edgeBits - 1) }
func (d *dawg) next(edge int) int     { return int(d.edges[edge] >> (d.letter + edgeBits)) }

// dead is the node from which nothing goes on.
const dead = -1

// step follows the character from the node, 0 at a word's beginning. end tells
// whether a word may end behind it.
func (d *dawg) step(node, id int) (next int, end bool) {
	next = dead
	follow := func(edge int) {
		if d.flags(edge)&edgeEnd != 0 {
			end = true
		}
		// 0 here means that no longer word goes on.
		if n := d.next(edge); n > 0 && n < len(d.edges) {
			next = n
		}
	}
	if node == dead {
		return dead, false
	}
	if node == 0 {
		for _, e := range d.root[id] {
			follow(e)
		}
		return next, end
	}
	for e := node; e < len(d.edges); e++ {
		if d.id(e) == id {
			follow(e)
		}
		if d.flags(e)&edgeLast != 0 {
			break
		}
	}
	return next, end
}
