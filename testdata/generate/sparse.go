package generate

import "time"

// SparseFax returns a fax of n pages that differ, each with a header line and the
// first part of a letter: a long fax that is read quickly. share is how much of
// each page stays, from 0 to 1.
func SparseFax(seed uint64, n int, share float64) ([]*Bits, error) {
	g := newGlyphs()
	var base []*Bits
	for i := range min(n, 4) {
		b, _, _, err := Page(PageOptions{Seed: seed + uint64(i), Quality: Clean, DPIX: 204, DPIY: 98})
		if err != nil {
			return nil, err
		}
		clear(b.Pix[int(float64(b.H)*share)*b.Stride:])
		base = append(base, b)
	}
	pages := make([]*Bits, n)
	for i := range pages {
		from := base[i%len(base)]
		b := &Bits{from.W, from.H, from.Stride, append([]byte(nil), from.Pix...)}
		c := Channel{DPIX: 204, DPIY: 98, Header: HeaderLine(0, "12/03/2026", "09:14", "MARLFIELD INFIRMARY", "0161 496 0123", i+1, n)}
		c.header(g, b)
		pages[i] = b
	}
	return pages, nil
}

// EncodeTNEF returns a winmail.dat (MS-OXTNEF) that holds one file.
func EncodeTNEF(subject string, sent time.Time, name string, data []byte) []byte {
	return encodeTNEF(subject, sent, []file{{name, data, ""}})
}
