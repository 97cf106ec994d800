//go:build !cgo

package lstm

import "errors"

// Without cgo there is no network.
type engine struct{ net network }

const top = 8

type column struct {
	class [top]uint16
	prob  [top]float32
}

const portable = 0

func bestKind() int { return portable }

func newEngine(network, int) (*engine, error) {
	return nil, errors.New("this program was built without cgo and can't read images")
}

func (*engine) run([]pixels) ([][]column, error) {
	return nil, errors.New("this program was built without cgo and can't read images")
}
