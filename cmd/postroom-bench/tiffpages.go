package main

import (
	"encoding/binary"
	"errors"
	"os"
)

// countPages counts the image file directories of a TIFF (TIFF 6.0, section 2).
func countPages(path string) (int, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case len(data) < 8:
		return 0, errors.New("it is no TIFF")
	case string(data[:2]) == "MM":
		order = binary.BigEndian
	}
	n := 0
	seen := map[uint32]bool{}
	for at := order.Uint32(data[4:]); at != 0 && !seen[at]; n++ {
		seen[at] = true
		if int64(at)+2 > int64(len(data)) {
			return 0, errors.New("it is cut off")
		}
		next := int64(at) + 2 + 12*int64(order.Uint16(data[at:]))
		if next+4 > int64(len(data)) {
			return 0, errors.New("it is cut off")
		}
		at = order.Uint32(data[next:])
	}
	return n, nil
}
