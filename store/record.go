package store

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/postroom/postroom"
)

//go:embed record.schema.json
var recordSchema []byte

// Schema returns the JSON Schema (draft 2020-12) of a [postroom.Record].
func Schema() []byte { return slices.Clone(recordSchema) }

var compiledSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(recordSchema))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	const name = "record.schema.json"
	if err := compiler.AddResource(name, doc); err != nil {
		return nil, err
	}
	return compiler.Compile(name)
})

// ValidateRecord checks that b is one record in JSON as the schema says. The
// error names the places that are wrong, never the values in them.
func ValidateRecord(b []byte) error {
	schema, err := compiledSchema()
	if err != nil {
		return fmt.Errorf("compile the record's schema: %w", err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return postroom.Bad(errors.New("not one JSON value"), "the record is not JSON", "")
	}
	err = schema.Validate(value)
	var invalid *jsonschema.ValidationError
	if errors.As(err, &invalid) {
		return postroom.Bad(errors.New(places(invalid)), "the record does not follow its schema", "")
	}
	return err
}

// places tells where a record is wrong and which rule it breaks. The library's
// own message would repeat the values, which are patient data.
func places(e *jsonschema.ValidationError) string {
	var out bytes.Buffer
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			walk(cause)
		}
		if len(e.Causes) > 0 || out.Len() > 1000 {
			return
		}
		if out.Len() > 0 {
			out.WriteString("; ")
		}
		for _, part := range e.InstanceLocation {
			out.WriteString("/" + part)
		}
		rule := "a rule"
		if path := e.ErrorKind.KeywordPath(); len(path) > 0 {
			rule = path[len(path)-1]
		}
		switch k := e.ErrorKind.(type) {
		case *kind.Required:
			fmt.Fprintf(&out, " lacks %v", k.Missing)
		case *kind.AdditionalProperties:
			fmt.Fprintf(&out, " has %d properties too many", len(k.Properties))
		default:
			fmt.Fprintf(&out, " breaks %q", rule)
		}
	}
	walk(e)
	return out.String()
}

// EncodeRecord returns the record as one line of JSON (RFC 8259) with a newline
// at its end: the bytes of record.json, and a line of an export. The same
// record gives the same bytes. It returns an error for a record that does not
// follow the schema.
func EncodeRecord(rec postroom.Record) ([]byte, error) {
	b, err := encodeJSON(normal(rec))
	if err != nil {
		return nil, fmt.Errorf("write record %s: %w", rec.DocumentID, err)
	}
	if err := ValidateRecord(b); err != nil {
		return nil, fmt.Errorf("write record %s: %w", rec.DocumentID, err)
	}
	return b, nil
}

// DecodeRecord reads what EncodeRecord wrote. It checks the schema, so that
// what it returns can be relied on.
func DecodeRecord(b []byte) (postroom.Record, error) {
	if err := ValidateRecord(b); err != nil {
		return postroom.Record{}, err
	}
	var rec postroom.Record
	if err := json.Unmarshal(b, &rec); err != nil {
		return postroom.Record{}, postroom.Bad(errors.New("a value has the wrong form"), "the record cannot be read", "")
	}
	return normal(rec), nil
}

func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		// The error of encoding/json can hold the value.
		return nil, postroom.Bad(errors.New("a value that JSON cannot hold"), "a number in the record is not a number", "")
	}
	return b.Bytes(), nil
}

// normal gives what means the same the same form: empty lists instead of none,
// times in UTC to the millisecond.
func normal(rec postroom.Record) postroom.Record {
	if rec.Schema == "" {
		rec.Schema = postroom.RecordSchema
	}
	rec.Pages = list0(rec.Pages)
	rec.OtherPages = list0(rec.OtherPages)
	rec.Reasons = list0(rec.Reasons)
	rec.Text = list0(rec.Text)
	rec.Objects.Originals = list0(rec.Objects.Originals)
	if rec.Fields == nil {
		rec.Fields = map[postroom.FieldName]postroom.Field{}
	}
	rec.Message.Received = moment(rec.Message.Received)
	rec.DecidedAt = moment(rec.DecidedAt)
	return rec
}

func list0[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func moment(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// ReadRecords calls each for every record of r, which holds one JSON value a line as
// an export in JSON lines does. It stops at the first line that is no record
// and says which.
func ReadRecords(r io.Reader, each func(postroom.Record) error) error {
	lines := newLines(r)
	for {
		line, err := lines.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read line %d: %w", lines.number, err)
		}
		rec, err := DecodeRecord(line)
		if err != nil {
			return fmt.Errorf("read line %d: %w", lines.number, err)
		}
		if err := each(rec); err != nil {
			return err
		}
	}
}
