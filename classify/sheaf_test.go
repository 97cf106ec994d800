package classify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify/internal/simulate"
	"github.com/postroom/postroom/testdata/generate"
)

// loadedPages count how often pages are loaded, and fail from some time on.
type loadedPages struct {
	postroom.PageList
	loads, last int
	err         error
}

func (p *loadedPages) Load(ctx context.Context, i int) (postroom.Page, error) {
	if p.loads++; p.err != nil && p.loads > p.last {
		return postroom.Page{}, p.err
	}
	return p.PageList.Load(ctx, i)
}

// A document of more pages than may be held is read as if they were, by loading each page a few
// times more; one of a page too many loads only a few again.
func TestLongLetterIsReadAsAShortOne(t *testing.T) {
	reg, patients := generatedRegister(4400, 50)
	sorter, err := New(generatedPractice, NewRegister(patients))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(4400, 1))
	types := generate.Types()
	var all postroom.PageList
	for n := 0; len(all) < 90; n++ {
		spec := hardPerson(r, reg)
		spec.Type, spec.Split = types[n%len(types)], generate.Train
		d, err := generate.MakeDocument(4400, fmt.Sprint("long ", n), spec)
		if err != nil {
			t.Fatal(err)
		}
		for _, paper := range d.Papers {
			all = append(all, simulate.Paper(paper, "fax.tif", len(all)+1, simulate.Noises["typical"], r))
		}
	}
	for _, c := range []struct{ pages, holds, mostLoads int }{
		{64, 64, 64}, {65, 64, 65 + 65 + 5*40}, {90, 64, 90 + 90 + 30*40}, {30, 1, 30 + 30 + 40*30}, {30, 7, 30 + 30 + 40*24},
	} {
		in := Input{Pages: all[:c.pages], Received: received}
		want, err := sorter.one(t.Context(), in, len(all))
		if err != nil {
			t.Fatal(err)
		}
		loaded := &loadedPages{PageList: all[:c.pages]}
		in.Pages = loaded
		got, err := sorter.one(t.Context(), in, c.holds)
		if err != nil || !reflect.DeepEqual(want, got) {
			t.Errorf("%d pages of which %d are held give another answer: %v", c.pages, c.holds, err)
		}
		if t.Logf("%d pages of which %d are held: loaded %d times", c.pages, c.holds, loaded.loads); loaded.loads > c.mostLoads {
			t.Errorf("%d pages of which %d are held were loaded %d times, not at most %d", c.pages, c.holds, loaded.loads, c.mostLoads)
		}
		if c.pages <= c.holds {
			continue
		}
		lost := errors.New("the page is gone")
		for _, last := range []int{c.pages / 2, c.pages + c.pages/2, loaded.loads - 1} {
			in.Pages = &loadedPages{PageList: all[:c.pages], last: last, err: lost}
			if _, err := sorter.one(t.Context(), in, c.holds); !errors.Is(err, lost) {
				t.Errorf("a page that was lost after %d loads gave %v", last, err)
			}
			if last < 2*c.pages {
				if _, err := sorter.sort(t.Context(), in, c.holds); !errors.Is(err, lost) {
					t.Errorf("a page that was lost after %d loads gave %v", last, err)
				}
			}
		}
	}
}
