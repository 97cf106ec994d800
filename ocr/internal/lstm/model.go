package lstm

import (
	"fmt"
	"os"
)

// A Model reads lines. It may not be used by two goroutines at once.
type Model struct {
	engine  *engine
	charset charset
	words   *dawg // nil without a dictionary
}

// Open reads a <language>.traineddata file. The error is ErrUnsupported when only
// Tesseract itself can run it.
func Open(path string) (*Model, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m, err := parse(file, bestKind())
	if err != nil {
		return nil, fmt.Errorf("read the model %s: %w", path, err)
	}
	return m, nil
}

func parse(file []byte, kind int) (*Model, error) {
	all, err := parts(file)
	if err != nil {
		return nil, err
	}
	if all[partNetwork] == nil || all[partCharset] == nil || all[partRecoder] == nil {
		return nil, fmt.Errorf("%w: it holds no network with its characters", ErrUnsupported)
	}
	r := reader{b: all[partNetwork]}
	net, err := readNetwork(&r)
	if err != nil {
		return nil, err
	}
	r.string()  // how the network was described
	r.bytes(12) // flags and counts of its training
	null := int(int32(r.uint32()))
	if r.err != nil {
		return nil, r.err
	}
	m := &Model{}
	if m.charset, err = readCharset(all[partCharset], all[partRecoder], net.softmax.no, null); err != nil {
		return nil, err
	}
	if b := all[partWordDawg]; b != nil {
		if m.words, err = readDawg(b); err != nil {
			return nil, err
		}
	}
	if m.engine, err = newEngine(net, kind); err != nil {
		return nil, err
	}
	return m, nil
}

// Height is the height in pixels of the lines that the model reads.
func (m *Model) Height() int { return m.engine.net.height }

// pixels is a line as the network takes it.
type pixels struct {
	width int
	data  []byte
}

// Line is the picture of a line: gray pixels, row by row, of the model's height.
type Line struct {
	Width int
	Gray  []byte
}

// normalise brings a line's black and white to -1 and 1. Both are taken from the
// row in the middle of the line, where letters are: black is the lower quartile of its dark
// spots, white the upper quartile of its light ones (as Tesseract trained the models,
// src/lstm/networkio.cpp).
func normalise(l Line, height int) pixels {
	var dark, light [256]int
	darks, lights := 0, 0
	if l.Width >= 3 {
		row := l.Gray[height/2*l.Width : (height/2+1)*l.Width]
		for x := 1; x+1 < len(row); x++ {
			before, here, after := row[x-1], row[x], row[x+1]
			if here < before && here <= after || here <= before && here < after {
				dark[here]++
				darks++
			}
			if here > before && here >= after || here >= before && here > after {
				light[here]++
				lights++
			}
		}
	}
	black, white := 0.0, 255.0
	if darks > 0 {
		black = quantile(&dark, 0.25*float64(darks))
	}
	if lights > 0 {
		white = quantile(&light, 0.75*float64(lights))
	}
	contrast := (white - black) / 2
	if contrast <= 0 {
		contrast = 1
	}
	var table [256]byte
	for v := range table {
		f := 128 * ((float64(v)-black)/contrast - 1)
		i := int(f + 0.5)
		if f < 0 {
			i = -int(-f + 0.5)
		}
		table[v] = byte(128 + max(-127, min(127, i)))
	}
	out := pixels{width: l.Width, data: make([]byte, l.Width*height)}
	for i := range out.data {
		out.data[i] = table[l.Gray[i]]
	}
	return out
}

// quantile returns the value up to which so many of the counted lie, between
// the values that it falls between.
func quantile(counts *[256]int, target float64) float64 {
	target = max(1, target)
	sum := 0
	for v, n := range counts {
		sum += n
		if float64(sum) >= target {
			return float64(v+1) - (float64(sum)-target)/float64(max(1, n))
		}
	}
	return 255
}
