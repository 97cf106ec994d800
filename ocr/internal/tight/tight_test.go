package tight

import (
	"bytes"
	"compress/zlib"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

func unpacked(t *testing.T, b []byte) []byte {
	t.Helper()
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func samples() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	noise, few, mixed := make([]byte, 150_000), make([]byte, 20_000), []byte{}
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	for i := range few {
		few[i] = byte(r.IntN(3))
	}
	for range 40 {
		mixed = append(mixed, noise[r.IntN(1000):][:r.IntN(400)]...)
		mixed = append(mixed, strings.Repeat("the ward round ", r.IntN(9))...)
	}
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	return map[string][]byte{
		"nothing": nil, "one byte": {7}, "two": {7, 7}, "three": {1, 2, 3}, "every byte": every,
		"one byte often": make([]byte, 100_000), "noise": noise, "few": few, "mixed": mixed,
		"far": append(append(bytes.Clone(noise[:40_000]), noise[:40_000]...), noise[7_300:40_000]...),
	}
}

func TestPackKeepsTheData(t *testing.T) {
	for name, data := range samples() {
		packed := Pack(data)
		if got := unpacked(t, packed); !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes came out as %d others", name, len(data), len(got))
		}
		var usual bytes.Buffer
		w, _ := zlib.NewWriterLevel(&usual, zlib.BestCompression)
		w.Write(data)
		w.Close()
		if len(packed) > usual.Len()+5 {
			t.Errorf("%s: %d bytes, by compress/zlib %d", name, len(packed), usual.Len())
		}
		t.Logf("%s: %d bytes become %d, by compress/zlib %d", name, len(data), len(packed), usual.Len())
	}
}

// No code may be longer than the format allows, however uneven the symbols are.
func TestCodesAreNotTooLong(t *testing.T) {
	often := make([]int, 30)
	a, b := 1, 1
	for i := range often {
		often[i] = a
		a, b = b, a+b
	}
	for _, most := range []int{7, 15} {
		sum := 0.0
		for i, n := range codeLengths(often, most) {
			if n < 1 || n > most {
				t.Fatalf("symbol %d has a code of %d bits of %d", i, n, most)
			}
			sum += 1 / float64(int(1)<<n)
		}
		if sum != 1 {
			t.Errorf("the codes of up to %d bits fill %v of the room", most, sum)
		}
	}
}

func FuzzPack(f *testing.F) {
	for _, data := range samples() {
		f.Add(data[:min(len(data), 5000)])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !bytes.Equal(unpacked(t, Pack(data)), data) {
			t.Fatal("the data have changed")
		}
	})
}
