package classify

import (
	"context"
	"fmt"
	"time"

	"github.com/postroom/postroom"
)

// A sheaf is the sheets of one message. What a sheet holds is many times its page's words, so those
// of a long message are folded, and opened only while their own document is looked at. Splitting
// needs two neighbours at a time; the rest of the message is known by what folded sheets keep.
type sheaf struct {
	pages      postroom.Pages
	sheets     []*sheet
	folds      bool // the message is long
	monthFirst bool
	now        time.Time
}

// openSheaf reads all pages once.
func (s *Sorter) openSheaf(ctx context.Context, pages postroom.Pages, now time.Time, folds bool) (*sheaf, error) {
	f := &sheaf{pages: pages, sheets: make([]*sheet, pages.Len()), folds: folds, monthFirst: s.config.DateOrder == "mdy", now: now}
	for i := range f.sheets {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("sort page %d: %w", i+1, err)
		}
		sh := &sheet{index: i}
		f.sheets[i] = sh
		if err := f.read(ctx, sh); err != nil {
			return nil, err
		}
		sh.role = sh.findRole(s.roles)
		if sh.role == roleCover {
			sh.cover = sh.readCover()
		}
		f.fold(sh)
	}
	readHeadersTogether(f.sheets)
	return f, nil
}

func (f *sheaf) read(ctx context.Context, sh *sheet) error {
	page, err := f.pages.Load(ctx, sh.index)
	if err != nil {
		return fmt.Errorf("sort page %d: %w", sh.index+1, err)
	}
	sh.lay(&page)
	sh.read(f.monthFirst, f.now)
	return nil
}

// open makes folded sheets whole.
func (f *sheaf) open(ctx context.Context, sheets ...*sheet) error {
	for _, sh := range sheets {
		if !sh.folded {
			continue
		}
		kept := *sh
		*sh = sheet{index: kept.index, role: kept.role, cover: kept.cover}
		if err := f.read(ctx, sh); err != nil {
			return err
		}
		// The other pages may have said more about these.
		sh.header, sh.printed = kept.header, kept.printed
	}
	return nil
}

// fold leaves of the sheets of a long message what is asked of them beside other documents' sheets.
func (f *sheaf) fold(sheets ...*sheet) {
	if !f.folds {
		return
	}
	for _, sh := range sheets {
		bare := *sh.page
		bare.Words = nil
		*sh = sheet{page: &bare, index: sh.index, folded: true, header: sh.header, station: sh.station, printed: sh.printed,
			numbers: sh.numbers, births: sh.births, names: sh.names, role: sh.role, cover: sh.cover}
	}
}

// close leaves of sheets whose document is known what counting all pages asks for.
func (f *sheaf) close(sheets ...*sheet) {
	if !f.folds {
		return
	}
	for _, sh := range sheets {
		*sh = sheet{index: sh.index, folded: true, header: sh.header, role: sh.role, cover: sh.cover}
	}
}
