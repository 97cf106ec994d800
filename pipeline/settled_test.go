package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// An export that goes on behind the last settled record misses nothing that ends later.
func TestRecordsSettled(t *testing.T) {
	p := newWorld(t.TempDir()+"/postroom.db").open(t, Options{})
	ctx := t.Context()
	for i := range 4 {
		text := fmt.Sprintf("letter %d", i)
		if err := p.Intake().Take(ctx, postroom.Arrival{ID: postroom.ArrivalID{Source: "test", Path: text}, Received: p.now()}, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	// The third is still being read while the fourth has ended.
	for seq, state := range []string{stateDone, stateDone, stateReading, stateDone} {
		if _, err := p.db.exec(ctx, `UPDATE messages SET state = ? WHERE seq = ?`, state, seq+1); err != nil {
			t.Fatal(err)
		}
		if state != stateDone {
			continue
		}
		r := postroom.Record{DocumentID: fmt.Sprint("doc-", seq+1), Version: 1, Status: postroom.InReview}
		if _, err := p.db.exec(ctx, `INSERT INTO documents (id, message, message_seq, number, state, type, record, version, run, urgent, created, filed, fingerprint)
			SELECT ?, id, seq, 0, 'review', '', ?, 1, '', 0, 0, 0, '' FROM messages WHERE seq = ?`, r.DocumentID, jsonOf(r), seq+1); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	if err := p.RecordsSettled(ctx, func(r postroom.Record, settled bool) error {
		got = append(got, fmt.Sprint(r.DocumentID, " ", settled))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := "doc-1 true,doc-2 true,doc-4 false"; strings.Join(got, ",") != want {
		t.Errorf("got %v", got)
	}
}
