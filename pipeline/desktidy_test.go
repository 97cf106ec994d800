package pipeline

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// The index is merged in pieces, so that no decision has to do it, and finds the same after.
func TestTheSearchIsTidied(t *testing.T) {
	ctx := t.Context()
	p := newWorld(filepath.Join(t.TempDir(), "state.db")).open(t, Options{})
	segments := func() (n int) {
		t.Helper()
		if err := p.db.row(ctx, `SELECT COUNT(DISTINCT segid) FROM desk_search_idx`).scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for i := range int64(15) {
		if err := p.db.inTx(ctx, func(x tx) error {
			return x.indexWords(ctx, i+1, []string{"ash"}, nil, strings.Fields(fmt.Sprintf("letter number%d", i)), nil)
		}); err != nil {
			t.Fatal(err)
		}
	}
	before := segments()
	steps := 0
	for more := true; more; steps++ {
		var err error
		if more, err = p.db.tidySearch(ctx); err != nil || steps > 100 {
			t.Fatal(steps, err)
		}
	}
	if after := segments(); before < 5 || after >= before {
		t.Errorf("%d segments became %d", before, after)
	}
	for words, want := range map[string]int{"letter": 15, "number7": 1, "numb": 15, "absent": 0} {
		ids, err := p.db.searchRows(ctx, typedTerms("", words), 1<<62, 50)
		if err != nil || len(ids) != want {
			t.Errorf("%q finds %d, want %d: %v", words, len(ids), want, err)
		}
	}
}
