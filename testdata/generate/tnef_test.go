package generate

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// Walks the attributes as MS-OXTNEF section 2.1.3 lays them out and checks their sums.
func TestTNEFHoldsItsFiles(t *testing.T) {
	files := []file{{"A long name of a letter.pdf", noise(5000), ""}, {"fax.tif", noise(77), ""}}
	b := encodeTNEF("Letters", everySlotDate, files)
	if binary.LittleEndian.Uint32(b) != 0x223E9F78 {
		t.Fatal("the signature is wrong")
	}
	var found [][]byte
	var properties []byte
	for b = b[6:]; len(b) > 0; {
		id, size := binary.LittleEndian.Uint32(b[1:]), binary.LittleEndian.Uint32(b[5:])
		data := b[9 : 9+size]
		var sum uint16
		for _, c := range data {
			sum += uint16(c)
		}
		if sum != binary.LittleEndian.Uint16(b[9+size:]) {
			t.Errorf("the sum of attribute %x is wrong", id)
		}
		switch id {
		case 0x0006800F:
			found = append(found, data)
		case 0x00069005:
			properties = append(properties, data...)
		}
		b = b[11+size:]
	}
	if len(found) != 2 || !bytes.Equal(found[0], files[0].data) || !bytes.Equal(found[1], files[1].data) {
		t.Errorf("%d files", len(found))
	}
	if !bytes.Contains(properties, utf16le(files[0].name)) {
		t.Error("the long name is not there")
	}
}
