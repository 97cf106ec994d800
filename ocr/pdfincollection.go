package ocr

import (
	"bytes"
	"fmt"
	"sort"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/postroom/postroom"
)

const (
	mostEmbedded  = 200
	portfolioDeep = 2
)

// An embedded is a file that a PDF carries (ISO 32000-1 section 7.11.4).
type embedded struct {
	name   string
	stream *types.StreamDict
}

// portfolio returns the pages of the PDFs in a portfolio (ISO 32000-1 section
// 12.3.5), whose own page only says that a special viewer is needed; nil when
// the file is none. In other files that carry files, the first page gets a note.
func (f *pdfFile) portfolio(depth int) (opened, error) {
	catalog, err := f.ctx.Catalog()
	if err != nil {
		return nil, nil
	}
	files := f.embeddedFiles(catalog)
	if f.dict(catalog["Collection"]) == nil {
		if len(files) > 0 {
			f.notes = append(f.notes, fmt.Sprintf("the PDF carries %d attached files, which were not read", len(files)))
		}
		return nil, nil
	}
	out := &bundle{}
	left := 0
	for _, file := range files {
		data, err := f.decoded(file.stream)
		if err != nil || depth >= portfolioDeep || !bytes.HasPrefix(bytes.TrimLeft(data[:min(len(data), 1024)], "\x00\r\n\t "), []byte("%PDF-")) {
			left++
			continue
		}
		inner, err := openPDFWithin(data, f.o, depth+1)
		if err != nil {
			out.Close()
			return nil, err
		}
		out.parts = append(out.parts, inner)
	}
	if len(out.parts) == 0 {
		return nil, postroom.Bad(nil, "the PDF is a portfolio that holds no PDF", "ask the sender to send the files in it one by one")
	}
	if n := out.Pages(); f.o.MaxPages > 0 && n > f.o.MaxPages {
		out.Close()
		return nil, postroom.Bad(nil, fmt.Sprintf("the PDF portfolio has %d pages; at most %d are read", n, f.o.MaxPages), "ask the sender to split it")
	}
	out.notes = []string{"the PDF is a portfolio: the pages of the PDFs in it were read, not its cover"}
	if left > 0 {
		out.notes = append(out.notes, fmt.Sprintf("%d files in the portfolio are no PDFs and were not read", left))
	}
	f.Close()
	return out, nil
}

// embeddedFiles lists the files of the EmbeddedFiles name tree by name.
func (f *pdfFile) embeddedFiles(catalog types.Dict) []embedded {
	var out []embedded
	var walk func(o types.Object, depth int)
	walk = func(o types.Object, depth int) {
		d := f.dict(o)
		if d == nil || depth > 16 {
			return
		}
		names := f.array(d["Names"])
		for i := 1; i < len(names) && len(out) < mostEmbedded; i += 2 {
			spec := f.dict(names[i])
			ef := f.dict(spec["EF"])
			for _, key := range []string{"UF", "F"} {
				if sd := f.stream(ef[key]); sd != nil {
					out = append(out, embedded{fmt.Sprint(f.deref(names[i-1])), sd})
					break
				}
			}
		}
		for i, kid := range f.array(d["Kids"]) {
			if i < mostEmbedded {
				walk(kid, depth+1)
			}
		}
	}
	walk(f.dict(catalog["Names"])["EmbeddedFiles"], 0)
	sort.SliceStable(out, func(i, j int) bool { return out[i].name < out[j].name })
	return out
}

// A bundle is several PDFs, one after the other.
type bundle struct {
	parts []opened
	notes []string
	last  opened // the part that was read from last
}

func (b *bundle) Pages() int {
	n := 0
	for _, p := range b.parts {
		n += p.Pages()
	}
	return n
}

func (b *bundle) Close() error {
	for _, p := range b.parts {
		p.Close()
	}
	return nil
}

// at returns the part that holds page n, and the page's number in it.
func (b *bundle) at(n int) (opened, int, error) {
	for _, p := range b.parts {
		if n >= 1 && n <= p.Pages() {
			return p, n, nil
		}
		n -= p.Pages()
	}
	return nil, 0, fmt.Errorf("the PDF portfolio has no such page")
}

func (b *bundle) Page(n int) (rawPage, error)    { return b.get(n, opened.Page) }
func (b *bundle) Picture(n int) (rawPage, error) { return b.get(n, opened.Picture) }

func (b *bundle) get(n int, what func(opened, int) (rawPage, error)) (rawPage, error) {
	part, m, err := b.at(n)
	if err != nil {
		return rawPage{}, err
	}
	if b.last != nil && b.last != part {
		b.last.Close() // pdfium's memory; it is started anew when needed
	}
	b.last = part
	raw, err := what(part, m)
	if n == 1 {
		raw.Notes = append(raw.Notes, b.notes...)
	}
	return raw, err
}
