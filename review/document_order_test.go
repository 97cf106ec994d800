package review

import (
	"testing"

	"github.com/postroom/postroom"
)

// The value for which a document waits comes before others that are doubtful but hold nothing up,
// and the reason is told in words, not by the name that records use.
func TestWhatHoldsItUpComesFirst(t *testing.T) {
	sure := postroom.Field{Value: "x", Valid: true, Confidence: 0.99}
	doubtful := postroom.Field{Value: "x", Valid: true, Confidence: 0.5}
	rec := postroom.Record{Reasons: []string{"the field letter_date is only 45% sure; 90% are needed"}, Fields: map[postroom.FieldName]postroom.Field{
		postroom.NHSNumberField: sure, postroom.PatientName: sure, postroom.BirthDate: sure, postroom.Address: doubtful, postroom.LetterDate: doubtful, postroom.SenderOrganisation: sure}}
	rows := fieldRows(rec, nil)
	if rows[0].Name != postroom.LetterDate || rows[1].Name != postroom.Address || !rows[1].Doubtful || rows[2].Doubtful {
		t.Errorf("%+v", rows)
	}
	if got := reasonText(rec.Reasons[0]); got != "the value “Letter date” is only 45% sure; 90% are needed" {
		t.Error(got)
	}
	if got := reasonText("it is urgent: a person must see it"); got != "it is urgent: a person must see it" {
		t.Error(got)
	}
}
