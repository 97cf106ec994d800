package pipeline

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postroom/postroom"
)

type wish time.Duration

func (wish) Error() string               { return "later" }
func (w wish) RetryAfter() time.Duration { return time.Duration(w) }

// A receiver that asks to be left alone is left alone for so long, an hour at the most; then one
// delivery tries it, and when that is taken all do.
func TestReceiverIsLeftAloneAsItAsks(t *testing.T) {
	for _, c := range []struct{ asked, kept time.Duration }{{90 * time.Second, 90 * time.Second}, {100 * time.Hour, time.Hour}} {
		synctest.Test(t, func(t *testing.T) {
			var d doors
			leave, ok := d.enter("fhir")
			if !ok {
				t.Fatal("the door is closed from the start")
			}
			err := fmt.Errorf("deliver: %w", &postroom.Problem{Kind: postroom.Temporary, Reason: "not now", Err: wish(c.asked)})
			if wishOf(err) != c.kept || wishOf(errors.New("away")) != 0 {
				t.Errorf("the wish is %s", wishOf(err))
			}
			leave(err)
			time.Sleep(c.kept - time.Second)
			if _, ok := d.enter("fhir"); ok {
				t.Error("it is tried before its time")
			}
			if _, ok := d.enter("another"); !ok {
				t.Error("others have to wait too")
			}
			time.Sleep(2 * time.Second)
			if leave, ok = d.enter("fhir"); !ok {
				t.Fatal("it is not tried after its time")
			}
			if _, ok := d.enter("fhir"); ok {
				t.Error("all try it at once")
			}
			leave(nil)
			if _, ok := d.enter("fhir"); !ok {
				t.Error("it took one, and is not tried again")
			}
		})
	}
}
