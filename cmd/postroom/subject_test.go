package main

import (
	"testing"

	"github.com/postroom/postroom"
)

func TestIsAbout(t *testing.T) {
	matched := postroom.Record{Patient: postroom.RecordPatient{NHSNumber: "9990000018"}}
	read := postroom.Record{Fields: map[postroom.FieldName]postroom.Field{postroom.NHSNumberField: {Value: "9990000018"}}}
	if !isAbout(matched, "9990000018") || !isAbout(read, "9990000018") || isAbout(matched, "9990000026") || isAbout(postroom.Record{}, "9990000018") {
		t.Error("a document is about the patient of its decision and those whose number it carries")
	}
}
