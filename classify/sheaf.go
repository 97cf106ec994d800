package classify

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/postroom/postroom"
)

// A sheaf is the sheets of one message. What a sheet holds is many times its page's words, so those
// of a long message are folded, and opened only while their own document is looked at. Splitting
// needs two neighbours at a time; the rest of the message is known by what folded sheets keep.
//
// A document can be as long as its message. Of one that is longer than what may be held, the last
// sheets are laid down: they keep what was found on them, and their rows are made again of their page
// whenever these are asked for. It takes time, and nothing else: the result is the same.
type sheaf struct {
	load       func(i int) (postroom.Page, error)
	sheets     []*sheet
	holds      int // how many sheets are whole at once
	monthFirst bool
	now        time.Time
	passing    []*sheet // whole ones that are laid down when others are taken up, the oldest first
}

// openSheaf reads all pages once.
func (s *Sorter) openSheaf(ctx context.Context, pages postroom.Pages, now time.Time, holds int) (*sheaf, error) {
	f := &sheaf{sheets: make([]*sheet, pages.Len()), holds: holds, monthFirst: s.config.DateOrder == "mdy", now: now}
	f.load = func(i int) (postroom.Page, error) {
		if err := ctx.Err(); err != nil {
			return postroom.Page{}, fmt.Errorf("sort page %d: %w", i+1, err)
		}
		page, err := pages.Load(ctx, i)
		if err != nil {
			return page, fmt.Errorf("sort page %d: %w", i+1, err)
		}
		return page, nil
	}
	for i := range f.sheets {
		sh := &sheet{index: i, of: f}
		f.sheets[i] = sh
		if err := f.read(sh); err != nil {
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

func (f *sheaf) folds() bool { return len(f.sheets) > f.holds }

func (f *sheaf) read(sh *sheet) error {
	page, err := f.load(sh.index)
	if err != nil {
		return err
	}
	sh.lay(&page)
	sh.read(f.monthFirst, f.now)
	return nil
}

// open makes folded sheets whole, or of a long document the first ones.
func (f *sheaf) open(sheets ...*sheet) error {
	stay := len(sheets)
	if stay > f.holds {
		stay = f.holds - f.pass()
	}
	for i, sh := range sheets {
		if !sh.folded {
			continue
		}
		kept := *sh
		*sh = sheet{index: kept.index, of: f, role: kept.role, cover: kept.cover}
		if err := f.read(sh); err != nil {
			return err
		}
		// The other pages may have said more about these.
		sh.header, sh.headerGuessed, sh.printed, sh.printedGuessed = kept.header, kept.headerGuessed, kept.printed, kept.printedGuessed
		if i >= stay {
			f.letPass(sh)
		}
	}
	return nil
}

// pass is how many sheets of those that do not stay whole are so at once. The rest stays, so
// that a document of one sheet more than may be held has few to make again.
func (f *sheaf) pass() int { return (f.holds + 15) / 16 }

func (f *sheaf) letPass(sh *sheet) {
	f.passing = append(f.passing, sh)
	if len(f.passing) > f.pass() {
		f.passing[0].layDown()
		f.passing = slices.Delete(f.passing, 0, 1)
	}
}

// layDown leaves what was found on the sheet.
func (s *sheet) layDown() {
	s.page, s.body, s.pieces, s.light = bare(s.page), nil, nil, true
}

func bare(p *postroom.Page) *postroom.Page {
	b := *p
	b.Words = nil
	return &b
}

// takeUp makes the rows of a sheet again.
func (f *sheaf) takeUp(sh *sheet) {
	page, err := f.load(sh.index)
	if err != nil {
		panic(lostPage{err})
	}
	again := sheet{}
	again.layRows(&page)
	sh.page, sh.body, sh.pieces, sh.light = &page, again.body, again.pieces, false
	f.letPass(sh)
}

// A lostPage is that a page which was there cannot be loaded again, or nobody waits for it any more.
// Whoever asks for a row has no error to return: it is thrown, and caught in whole.
type lostPage struct{ err error }

// whole runs f, which looks at sheets that are made again when they are asked for.
func whole(f func()) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case lostPage:
			err = p.err
		default:
			panic(p)
		}
	}()
	f()
	return nil
}

// fold leaves of the sheets of a long message what is asked of them beside other documents' sheets.
func (f *sheaf) fold(sheets ...*sheet) {
	if !f.folds() {
		return
	}
	for _, sh := range sheets {
		*sh = sheet{page: bare(sh.page), index: sh.index, of: f, folded: true, header: sh.header, headerGuessed: sh.headerGuessed, station: sh.station, printed: sh.printed, printedGuessed: sh.printedGuessed,
			numbers: sh.numbers, births: sh.births, names: sh.names, role: sh.role, cover: sh.cover}
	}
}

// close leaves of sheets whose document is known what counting all pages asks for.
func (f *sheaf) close(sheets ...*sheet) {
	if !f.folds() {
		return
	}
	f.passing = nil
	for _, sh := range sheets {
		*sh = sheet{index: sh.index, folded: true, header: sh.header, headerGuessed: sh.headerGuessed, role: sh.role, cover: sh.cover}
	}
}
