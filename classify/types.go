package classify

import (
	"regexp"
	"sort"

	"github.com/postroom/postroom"
)

// evidence is what speaks for each type in some sheets.
type evidence struct {
	scores []float64            // by class
	why    []map[string]float64 // by class: phrase to weight
}

// weigh sums the type cues of a document's sheets. A phrase counts once for a
// type, at its best place: a heading of the first page most, its first 15 rows
// next, later pages least.
func weigh(sheets []*sheet) evidence {
	ev := evidence{make([]float64, len(allTypes)), make([]map[string]float64, len(allTypes))}
	for order, s := range sheets {
		covered := s.longestTypeHits()
		for k, h := range s.hits {
			if !covered[k] {
				continue
			}
			first, last := &s.tokens()[h.from], &s.tokens()[h.to-1]
			r := &s.rows()[first.row]
			place := 1.0
			switch {
			case order > 0 && first.row < 4:
				place = 0.7
			case order > 0:
				place = 0.5
			case (first.row < 15 || s.depth(first.row) < 0.5) && s.isTitle(h):
				place = 2
				if r.big {
					place = 2.6
				}
			case first.row < 15:
				place = 1.25
			}
			exact := 1.0
			for i := h.from; i < h.to; i++ {
				if !s.tokens()[i].exact {
					exact = 0.85
				}
			}
			_ = last
			for _, n := range h.phrase.notes {
				if n.kind != kindType {
					continue
				}
				weight := n.weight * exact
				if n.weight == titleWeight {
					// A type's title deep in prose is only a mention of it.
					switch {
					case place >= 2:
						weight *= place
					case place > 1:
						weight *= 0.55
					default:
						weight *= 0.4 * place
					}
				} else {
					weight *= min(place, 1.4)
				}
				if ev.why[n.code] == nil {
					ev.why[n.code] = map[string]float64{}
				}
				if weight > ev.why[n.code][h.phrase.text] {
					ev.why[n.code][h.phrase.text] = weight
				}
			}
		}
	}
	for c, why := range ev.why {
		var all []float64
		for _, w := range why {
			all = append(all, w)
		}
		sort.Sort(sort.Reverse(sort.Float64Slice(all)))
		// Each further cue says a little less: long documents mention everything.
		fade := 1.0
		for _, w := range all {
			ev.scores[c] += w * fade
			fade *= 0.88
		}
	}
	if len(sheets) > 0 && sheets[0].hasLetterhead() {
		// A patient's own letter has none; first persons write others too.
		c := classOf(postroom.PatientLetter)
		ev.scores[c] = 0.25*ev.scores[c] - 4
	}
	return ev
}

// degrees are what doctors set behind their names.
var degrees = regexp.MustCompile(`\b(?:MB ?BS|MB ?Ch ?B|BM ?BS|MB ?BCh|FRC[A-Z][A-Za-z]*|MRC[A-Z][A-Za-z]*|FRACP|FFICM|FDS ?RCS)\b`)

// hasLetterhead reports whether an organisation that is no general practice
// stands at the top of the page, or a telephone number with a fax number, or a doctor with degrees.
func (s *sheet) hasLetterhead() bool {
	for _, h := range s.hits {
		first := &s.tokens()[h.from]
		if first.row > 8 || s.depth(first.row) > 0.25 {
			continue
		}
		for _, n := range h.phrase.notes {
			if n.kind == kindOrg && n.code == 0 && (first.row < 3 || h.to-h.from > 1) {
				return true
			}
		}
	}
	for _, l := range s.labels {
		if l.label == labelFax && s.depth(l.row) < 0.25 {
			return true
		}
	}
	for i := 0; i < min(len(s.rows()), 5) && s.depth(i) < 0.2; i++ {
		if degrees.MatchString(s.rows()[i].text) {
			return true
		}
	}
	return false
}

// longestTypeHits leaves out cues that lie inside a longer cue.
func (s *sheet) longestTypeHits() []bool {
	keep := make([]bool, len(s.hits))
	reach := -1
	isCue := func(h *hit) bool {
		for _, n := range h.phrase.notes {
			if n.kind == kindType || n.kind == kindCalm {
				return true
			}
		}
		return false
	}
	// Hits come in order of their first token; the furthest end so far covers.
	for i := 0; i < len(s.hits); {
		j := i
		longest := 0
		for j < len(s.hits) && s.hits[j].from == s.hits[i].from {
			if isCue(&s.hits[j]) {
				longest = max(longest, s.hits[j].to)
			}
			j++
		}
		for k := i; k < j; k++ {
			if isCue(&s.hits[k]) && s.hits[k].to == longest && longest > reach {
				keep[k] = true
			}
		}
		reach = max(reach, longest)
		i = j
	}
	return keep
}

// isTitle reports whether a phrase makes up most of its cell.
func (s *sheet) isTitle(h hit) bool {
	first, last := &s.tokens()[h.from], &s.tokens()[h.to-1]
	if first.row != last.row {
		return false
	}
	r := &s.rows()[first.row]
	c := r.cells[r.cellAt(first.start)]
	if last.end > c.end {
		return false
	}
	share := float64(last.end-first.start) / float64(max(c.end-c.start, 1))
	return share >= 0.5 || (r.big || allCaps(r.text[c.start:c.end])) && share >= 0.25 && c.end-c.start < 70
}

// best returns the class with the highest probability.
func best(p []float64) int {
	at := 0
	for i := range p {
		if p[i] > p[at] {
			at = i
		}
	}
	return at
}

func strongest(why map[string]float64, n int) []string {
	out := make([]string, 0, len(why))
	for k := range why {
		out = append(out, k)
	}
	sort.Slice(out, func(i, j int) bool {
		if why[out[i]] != why[out[j]] {
			return why[out[i]] > why[out[j]]
		}
		return out[i] < out[j]
	})
	return out[:min(n, len(out))]
}
