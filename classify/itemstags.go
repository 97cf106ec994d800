package classify

import (
	"math"
	"strings"

	"github.com/postroom/postroom"
)

// tagsOf are the tags of the words of a document's pages: each item stands where its words are found.
func tagsOf(pages []*itemPage, lists map[postroom.FieldName]string) (tags [][]int, found, lost int) {
	keys := make([][]string, len(pages))
	for k, p := range pages {
		tags = append(tags, make([]int, len(p.words)))
		for _, w := range p.words {
			keys[k] = append(keys[k], likeness(nameKey(p.sheet.text(w.span))))
		}
	}
	for _, list := range []int{1, 0, 2, 3} { // what is asked may name a medicine: that is none of the list
		lastPage, lastWord := 0, -1
		for _, item := range itemsOf(lists[listFields[list]]) {
			var best []int
			bestPage, least := 0, math.Inf(1)
			for k, p := range pages {
				for _, at := range p.find(item, keys[k], tags[k]) {
					far := 0.0 // from the item before
					if d := at.words[0] - lastWord; k != lastPage || d < 0 {
						far = 3
					} else if lastWord >= 0 {
						far = math.Min(float64(d)/40, 2)
					}
					if cost := at.cost + far + float64(at.words[0])/1e4; cost < least {
						best, bestPage, least = at.words, k, cost
					}
				}
			}
			if best == nil {
				lost++
				continue
			}
			found++
			for n, i := range best {
				tags[bestPage][i] = insideTag(list)
				if n == 0 {
					tags[bestPage][i] = beginTag(list)
				}
			}
			lastPage, lastWord = bestPage, best[len(best)-1]
		}
	}
	return tags, found, lost
}

// A place is where an item may stand: its words, and how badly they fit.
type place struct {
	words []int
	cost  float64
}

// find looks for the words of an item among those of a page that are free.
func (p *itemPage) find(item string, keys []string, tags []int) []place {
	var want []string
	for _, w := range strings.Fields(item) {
		if k := likeness(nameKey(w)); k != "" {
			want = append(want, k)
		}
	}
	whole := strings.Join(want, "")
	if whole == "" {
		return nil
	}
	limit := 1 + len(whole)/8
	var out []place
	for i, k := range keys {
		if k == "" || tags[i] != 0 || len(k) > len(whole)+limit || editDistance(k, whole[:min(len(k), len(whole))], 1+len(k)/4) > 1+len(k)/4 {
			continue
		}
		for _, column := range []bool{false, true} {
			if words, d := p.follow(i, whole, limit, column, keys, tags); words != nil {
				cost := float64(d) / 2
				if w := p.words[i]; w.step == stepWord {
					before := p.sheet.text(p.words[i-1].span)
					if lastMark(before) == "" && !bulletWord(before) {
						cost += 1.5 // inside a sentence
					}
				}
				out = append(out, place{words, cost})
				if !column && words[len(words)-1]-words[0] == len(words)-1 {
					break
				}
			}
		}
	}
	return out
}

// follow walks from a word as long as the item lasts: through the row, or down its column.
func (p *itemPage) follow(at int, whole string, limit int, column bool, keys []string, tags []int) (words []int, distance int) {
	text := ""
	var walked []int
	distance = limit + 1
	for i := at; i >= 0 && i < len(keys) && tags[i] == 0 && len(text) <= len(whole)+limit; {
		text += keys[i]
		walked = append(walked, i)
		if len(text) >= len(whole)-limit && keys[i] != "" {
			if d := editDistance(text, whole, limit); d < distance {
				words, distance = append([]int(nil), walked...), d
			}
		}
		next := i + 1
		if column && next < len(p.words) && p.words[next].line != p.words[i].line {
			next = p.below(p.words[i].line)
		}
		i = next
	}
	return words, distance
}

// below is the first word of the line under a line, -1 for none.
func (p *itemPage) below(line int) int {
	for i := range p.words {
		if w := &p.words[i]; w.line > line && p.lines[w.line].above == line {
			return i
		}
	}
	return -1
}
