package classify

import "sync"

// urgentWords are the long words that are urgent by themselves.
var urgentWords = sync.OnceValue(func() []*phrase {
	var out []*phrase
	for _, p := range words().phrases {
		for _, n := range p.notes {
			if n.kind == kindUrgent && len(p.words) == 1 && len(p.text) >= 8 {
				out = append(out, p)
				break
			}
		}
	}
	return out
})

// garbled returns urgent words that were read too badly for the lexicon: with a character more misread than it allows, or
// with a gap in them ("ca rcinoms", "ov erdose"). What a page says of cancer must not hang on two letters.
func (s *sheet) garbled() []hit {
	var out []hit
	for i := range s.tokens() {
		a := &s.tokens()[i]
		if a.id >= 0 {
			continue
		}
		text := s.rows()[a.row].text
		if p := nearUrgent(text[a.start:a.end], 9); p != nil {
			out = append(out, hit{p, i, i + 1})
		}
		if i+1 == len(s.tokens()) {
			break
		}
		if b := &s.tokens()[i+1]; b.id < 0 && b.row == a.row && b.start == a.end+1 {
			if p := nearUrgent(text[a.start:a.end]+text[b.start:b.end], 8); p != nil {
				out = append(out, hit{p, i, i + 2})
			}
		}
	}
	return out
}

// nearUrgent returns the urgent word of at least so many letters that the text is a misreading of: one
// letter may be wrong in eight, two in more.
func nearUrgent(text string, least int) *phrase {
	key := likeness(plain(text))
	if key == likeness("clinically") {
		return nil // it is no "critically"
	}
	for _, p := range urgentWords() {
		limit := 1
		if len(p.text) >= 9 {
			limit = 2
		}
		if d := len(key) - len(p.text); len(p.text) < least || d > limit || -d > limit {
			continue
		}
		if editDistance(key, likeness(p.text), limit) <= limit {
			return p
		}
	}
	return nil
}
