package study

import (
	"fmt"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify/internal/simulate"
)

// Memo makes a short message about a patient that is laid out like the head of
// a fax: to, from, date, subject, and a few sentences. It looks like a cover
// sheet and is none, since all that is to be said stands on it.
func (m *Maker) Memo(quality string) postroom.Page {
	r := m.r
	code := postroom.Junk
	for code == postroom.Junk || len(m.pools.types[code].sentences) == 0 || len(m.pools.types[code].titles) == 0 {
		code = pick(r, m.pools.order)
	}
	f := newFacts(r, m.pools, code, m.sent)
	s := newSetter(r)
	w := m.pools.types[code]
	b := &build{setter: s, f: f, w: w, pools: m.pools, fields: map[postroom.FieldName]string{}, lists: map[postroom.FieldName][]string{}}
	b.colon = pick(r, []string{": ", ": ", ":", " "})
	if chance(r, 0.4) {
		b.column = 200 + r.IntN(200)
	}
	if chance(r, 0.35) {
		b.letterhead()
	}
	keep := m.pools.keep
	switch r.IntN(4) {
	case 0, 1:
		b.title(pick(r, keep(list(`Memo; MEMO; Memorandum; Message; Telephone Message; Note; Internal Memo; MESSAGE SHEET; Handover; Notes; Message for the doctor; Short Report; Fax Message; FAX; Fax; FAX MESSAGE; Facsimile; Fax`))))
	case 2:
		b.title(pick(r, w.titles))
	}
	e := []entry{
		{pick(r, keep(list(`To; TO; For; FAO; Attention; For the attention of; Attn`))), pick(r, []string{f.gp, f.surgery, "Duty doctor", "Practice Nurse", "The doctor"})},
		{pick(r, keep(list(`From; FROM; Sender; Sent by; Contact; Caller; Author`))), pick(r, []string{f.org, f.author, f.dept, "District Nurses"})},
	}
	if chance(r, 0.6) {
		e = append(e, entry{pick(r, list(`Date; DATE; Date/time`)), f.date(f.letter)})
	}
	if chance(r, 0.25) {
		e = append(e, entry{pick(r, list(`Tel; Phone; Telephone; Fax`)), f.orgPhone})
	}
	if chance(r, 0.8) {
		who := f.name()
		if chance(r, 0.6) {
			who += pick(r, []string{" ", ", ", "  DOB "}) + f.born()
		}
		if chance(r, 0.4) {
			who += pick(r, []string{" NHS ", " ", ", "}) + f.nhs()
		}
		e = append(e, entry{pick(r, list(`Re; Patient; Name; RE; Regarding; Subject; About`)), who})
	}
	if chance(r, 0.3) {
		r.Shuffle(len(e), func(i, j int) { e[i], e[j] = e[j], e[i] })
	}
	for _, x := range e {
		b.pair(b.left, x.label, x.value)
		b.gap(0.4 * r.Float64())
	}
	b.gap(0.7)
	if chance(r, 0.2) {
		b.line(b.left, pick(r, w.titles))
	}
	text := ""
	for range 1 + r.IntN(4) {
		text += f.fill(pick(r, w.sentences)) + " "
	}
	b.text(b.left, text)
	if chance(r, 0.3) {
		b.gap(1)
		b.line(b.left, pick(r, []string{"Thank you", "Thanks", "Many thanks", "Regards"}))
		b.line(b.left, f.author)
	}
	return s.done(fmt.Sprintf("study-%d.tif", r.IntN(1<<30)), 1, simulate.Noises[quality])[0]
}
