package pipeline

import (
	"path/filepath"
	"testing"

	"github.com/postroom/postroom"
)

func TestTheRegisterFollowsTheList(t *testing.T) {
	p, _ := deskOf(t, filepath.Join(t.TempDir(), "state.db"), Options{}, "a letter")
	for _, want := range []string{"Ash", "Elm"} {
		if want == "Elm" {
			if _, err := p.ImportPatients(t.Context(), []postroom.Patient{{ID: "1", Number: "9990000018", Family: "Elm"}}); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			list, err := p.Register(t.Context())
			if err != nil || len(list) != 1 || list[0].Family != want {
				t.Errorf("the list holds %+v, %v", list, err)
			}
		}
	}
}
