package ocr

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"testing"

	"github.com/postroom/postroom"
)

func TestFrames(t *testing.T) {
	var wire bytes.Buffer
	sent := request{Op: opRead, Page: 3, Files: []fileRef{{Hash: "ab", Name: "x", MediaType: postroom.TIFF}}}
	body := bytes.Repeat([]byte("0123456789"), 300_000)
	if err := writeFrame(&wire, sent, body); err != nil {
		t.Fatal(err)
	}
	wire.WriteString("next")
	var got request
	gotBody, err := readFrame(&wire, &got)
	if err != nil || !reflect.DeepEqual(got, sent) || !bytes.Equal(gotBody, body) {
		t.Errorf("got %+v with %d bytes, %v", got, len(gotBody), err)
	}
	if wire.String() != "next" {
		t.Errorf("the frame took more than its own: %q is left", wire.String())
	}
}

func TestProblemsCrossTheWire(t *testing.T) {
	for _, err := range []error{
		postroom.Bad(errors.New("cause"), "reason", "hint"),
		&postroom.Problem{Kind: postroom.Temporary, Reason: "later"},
		errors.New("plain"),
	} {
		got := toWire(err).err()
		if got.Error() != err.Error() || kindOf(got) != kindOf(err) || postroom.ReasonOf(got, "") != postroom.ReasonOf(err, "") {
			t.Errorf("%v came out as %v", err, got)
		}
	}
}

// A child may have been taken over by a hostile file: whatever it sends is read
// without trouble and without more memory than it sends bytes.
func FuzzFrame(f *testing.F) {
	var wire bytes.Buffer
	_ = writeFrame(&wire, response{More: true}, []byte("body"))
	f.Add(wire.Bytes())
	f.Add([]byte("\x03\xff\xff\xff\x03\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		var header response
		body, err := readFrame(r, &header)
		if err == nil && len(body) > len(data) {
			t.Errorf("%d bytes of %d", len(body), len(data))
		}
		if err == nil {
			var again bytes.Buffer
			if err := writeFrame(&again, header, body); err != nil {
				t.Errorf("what was read can't be written: %v", err)
			}
		}
		_, _ = io.Copy(io.Discard, r)
	})
}
