package classify

import (
	"math"
	"sort"

	"github.com/postroom/postroom"
)

// How often a detail agrees when it is the right patient, as faxes are read.
// The rest of each is what is misread, mistyped, or has changed since.
const (
	agreeNumber, nearNumber     = 0.93, 0.05
	agreeBirth, nearBirth       = 0.93, 0.05
	agreeFamily, nearFamily     = 0.88, 0.07 // people marry
	agreeGiven, nearGiven       = 0.86, 0.09
	agreePostcode, agreePhone   = 0.82, 0.55 // people move
	chanceNearNumber            = 1e-5
	chanceNearBirth             = 0.004 // two of three parts equal
	chanceSwapped               = 3e-5
	chanceNearName              = 0.01
	chanceSoundAlike            = 0.01
	mostCandidates, widestBlock = 5, 400
)

// candidates ranks the patients who may be meant by the weight of the evidence
// (Fellegi and Sunter, A Theory for Record Linkage, 1969): each detail adds the
// logarithm of how much likelier its agreement is for the right patient than
// for a chance one. How likely chance is comes from the list itself: to share
// a rare surname says more than to share a common one.
func (r *Register) candidates(d subject) []postroom.Candidate {
	ids := map[int32]bool{}
	take := func(list []int32) {
		for _, id := range list {
			// Of very many who share a common name only those are weighed whom
			// the birth date speaks for.
			if len(list) <= widestBlock || r.speaks(id, d) {
				ids[id] = true
			}
		}
	}
	for _, n := range d.numbers {
		take(r.number[n])
	}
	near := append(append([]string(nil), d.broken...), d.proposed...)
	for _, n := range d.numbers {
		if len(r.number[n]) == 0 || len(d.numbers) > 1 {
			near = append(near, n)
		}
	}
	for _, n := range near {
		take(r.number[n])
		for _, other := range nearNumbers(n) {
			take(r.number[other])
		}
	}
	for _, b := range d.births {
		for _, day := range []string{b.iso, b.other, swapped(b.iso)} {
			if day != "" {
				take(r.birth[day])
			}
		}
	}
	for i, n := range d.names {
		if i > 1 {
			break
		}
		family, given := nameKey(n.family), nameKey(n.given)
		take(r.family[family+first(given)])
		take(r.sound[sound(family)+first(given)])
		if given != "" { // the order of a printed name is a guess
			take(r.family[given+first(family)])
		}
	}
	if d.phone != "" {
		take(r.phone[phoneKey(d.phone)])
	}
	if d.postcode != "" {
		take(r.postcode[postcodeKey(d.postcode)])
	}
	type weighed struct {
		id     int32
		weight float64
		why    []string
	}
	prior := -math.Log2(float64(len(r.patients)) + 1)
	var list []weighed
	for id := range ids {
		w, why := r.weigh(id, d)
		if w+prior > -6 && w > 4 {
			list = append(list, weighed{id, w + prior, why})
		}
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].weight != list[j].weight {
			return list[i].weight > list[j].weight
		}
		return list[i].id < list[j].id
	})
	if len(list) > mostCandidates {
		list = list[:mostCandidates]
	}
	total := 1.0 // nobody in the list
	for _, c := range list {
		total += math.Exp2(min(c.weight, 60))
	}
	var out []postroom.Candidate
	for _, c := range list {
		out = append(out, postroom.Candidate{
			Patient:    r.patients[c.id],
			Confidence: postroom.Confidence(min(math.Exp2(min(c.weight, 60))/total, 0.999)),
			Why:        c.why,
		})
	}
	return out
}

// speaks reports whether the birth date speaks for a patient at least in part.
func (r *Register) speaks(id int32, d subject) bool {
	for _, b := range d.births {
		if nearDate(b, r.patients[id].BirthDate) {
			return true
		}
	}
	return false
}

// swapped exchanges day and month of a date; "" when that is none.
func swapped(iso string) string {
	if len(iso) != 10 || iso[8:] > "12" || iso[8:] == iso[5:7] {
		return ""
	}
	return iso[:5] + iso[8:] + "-" + iso[5:7]
}

// chance is how likely one of the list's patients shares something by chance
// that n of them have. It never falls below what three patients would make: a
// list is a sample.
func (r *Register) chance(n int) float64 {
	return min(0.9, float64(max(n, 3))/float64(max(len(r.patients), 2000)))
}

func (r *Register) weigh(id int32, d subject) (float64, []string) {
	p, key := &r.patients[id], &r.keys[id]
	w := 0.0
	var why []string
	say := func(agree, chance float64, reason string) {
		w += math.Log2(agree / chance)
		why = append(why, reason)
	}
	if p.Number != "" {
		switch {
		case contains(d.numbers, p.Number):
			say(agreeNumber, 1/float64(len(r.patients)+1)/4, "the number agrees")
		case contains(d.proposed, p.Number):
			say(nearNumber, chanceNearNumber/3, "the number agrees but for a misread digit")
		case nearAny(d.broken, p.Number):
			say(nearNumber, chanceNearNumber, "the number agrees but for one digit or two exchanged ones")
		case nearAny(d.numbers, p.Number):
			// Both are valid: twins' numbers are alike, and a misreading that
			// is valid again is rare.
			say(nearNumber/10, chanceNearNumber*40, "the number differs in one digit or two exchanged ones")
		case len(d.numbers) > 0:
			say(1-agreeNumber-nearNumber, 1, "the number differs")
		}
	}
	if len(d.births) > 0 && p.BirthDate != "" {
		exact, near, turned := false, false, false
		for _, b := range d.births {
			exact = exact || b.is(p.BirthDate)
			near = near || nearDate(b, p.BirthDate)
			turned = turned || swapped(b.iso) == p.BirthDate
		}
		switch {
		case exact:
			say(agreeBirth, r.chance(len(r.birth[p.BirthDate])), "the birth date agrees")
		case turned:
			say(0.01, chanceSwapped, "the birth date agrees, with day and month exchanged")
		case near:
			say(nearBirth, chanceNearBirth, "the birth date agrees in part")
		default:
			say(1-agreeBirth-nearBirth, 1, "the birth date differs")
		}
	}
	if len(d.names) > 0 {
		family, given := r.compareName(id, d)
		switch family {
		case nameEqual:
			say(agreeFamily, r.chance(r.families[key.family]), "the surname agrees")
		case nameNear:
			say(nearFamily, chanceNearName, "the surname agrees in part")
		case nameDiffers:
			if k := nameKey(d.names[0].family); k != "" && sound(k) == sound(key.family) {
				say(0.03, chanceSoundAlike, "the surname sounds alike")
			} else {
				say(1-agreeFamily-nearFamily, 1, "the surname differs")
			}
		}
		switch given {
		case nameEqual:
			agree, n := agreeGiven, r.givens[firstWord(key.given, p.Given)]
			if len(nameKey(d.names[0].given)) == 1 {
				n = len(r.patients) / 12 // an initial says little
			}
			say(agree, r.chance(n), "the given name agrees")
		case nameNear:
			say(nearGiven, 2*chanceNearName, "the given name agrees in part")
		case nameDiffers:
			say(1-agreeGiven-nearGiven, 1, "the given name differs")
		}
	}
	// Those who share a house share postcode and telephone: together they say
	// little more than one.
	household := false
	if d.postcode != "" && p.Postcode != "" {
		if k := postcodeKey(d.postcode); k == postcodeKey(p.Postcode) {
			household = true
			say(agreePostcode, r.chance(len(r.postcode[k])), "the postcode agrees")
		} else {
			say(1-agreePostcode, 1, "the postcode differs")
		}
	}
	if k := phoneKey(d.phone); k != "" && k == phoneKey(p.Phone) {
		if household {
			say(2, 1, "the telephone number agrees")
		} else {
			say(agreePhone, r.chance(len(r.phone[k])), "the telephone number agrees")
		}
	}
	return w, why
}

func firstWord(key, name string) string {
	if words := nameWords(name); len(words) > 0 {
		return words[0]
	}
	return key
}

// nearNumbers are the numbers that a misread digit or two exchanged
// neighbours would make.
func nearNumbers(n string) []string {
	if len(n) != 10 || onlyDigits(n) != n {
		return nil
	}
	var out []string
	b := []byte(n)
	for i := range b {
		was := b[i]
		for c := byte('0'); c <= '9'; c++ {
			if c != was {
				b[i] = c
				out = append(out, string(b))
			}
		}
		b[i] = was
		if i+1 < len(b) && b[i] != b[i+1] {
			b[i], b[i+1] = b[i+1], b[i]
			out = append(out, string(b))
			b[i], b[i+1] = b[i+1], b[i]
		}
	}
	return out
}

func nearAny(list []string, n string) bool {
	for _, x := range list {
		if len(x) == len(n) && nearlyEqual(x, n) {
			return true
		}
	}
	return false
}
