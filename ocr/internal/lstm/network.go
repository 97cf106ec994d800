package lstm

import "fmt"

type layerKind string

// The kinds of layers, by the names that Tesseract stores.
const (
	kindSeries    layerKind = "Series"
	kindInput     layerKind = "Input"
	kindConvolve  layerKind = "Convolve"
	kindMaxpool   layerKind = "Maxpool"
	kindTanh      layerKind = "Tanh"
	kindLSTM      layerKind = "LSTM"        // left to right
	kindSummary   layerKind = "SummLSTM"    // the last state of each column, top to bottom
	kindReverse   layerKind = "RTLReversed" // what is in it runs right to left
	kindTranspose layerKind = "XYTranspose"
	kindSoftmax   layerKind = "Softmax"
)

// weights are 8-bit numbers: for each of no outputs, ni weights and the bias. An
// output is the sum of its products, times its scale.
type weights struct {
	ni, no int
	w      []int8
	scale  []float32
}

// A network is the one shape of network that this package runs: 3 by 3 convolution,
// largest of 3 by 3, an LSTM down each column, LSTMs along the line in either direction, softmax.
type network struct {
	height   int // of a line in pixels
	convolve weights
	down     lstmLayer
	along    []lstmLayer
	softmax  weights
}

type lstmLayer struct {
	weights  weights // the four gates after each other: input, input gate, forget gate, output gate
	ni, ns   int     // inputs, cells
	backward bool
}

// flattened is what a stored network consists of, in order.
type flattened struct {
	kind     layerKind
	height   int
	halfX    int
	halfY    int
	scaleX   int
	scaleY   int
	backward bool
	upright  bool // inside a transposition
	w        weights
	ns       int
}

// readNetwork reads a network in the order in which Tesseract's Network::CreateFromFile does.
func readNetwork(r *reader) (network, error) {
	var flat []flattened
	if err := flatten(r, 0, false, false, &flat); err != nil {
		return network{}, err
	}
	var n network
	want := func(i int, kind layerKind) (flattened, error) {
		if i >= len(flat) || flat[i].kind != kind {
			return flattened{}, fmt.Errorf("%w: layer %d is no %s", ErrUnsupported, i, kind)
		}
		return flat[i], nil
	}
	in, err := want(0, kindInput)
	if err != nil {
		return n, err
	}
	conv, err := want(1, kindConvolve)
	if err != nil {
		return n, err
	}
	tanh, err := want(2, kindTanh)
	if err != nil {
		return n, err
	}
	pool, err := want(3, kindMaxpool)
	if err != nil {
		return n, err
	}
	down, err := want(4, kindSummary)
	if err != nil {
		return n, err
	}
	last, err := want(len(flat)-1, kindSoftmax)
	if err != nil {
		return n, err
	}
	if in.height < 16 || in.height > 128 || conv.halfX != 1 || conv.halfY != 1 || tanh.w.ni != 9 ||
		pool.scaleX != 3 || pool.scaleY != 3 || !down.upright || down.backward {
		return n, fmt.Errorf("%w: its first layers have other sizes", ErrUnsupported)
	}
	n.height, n.convolve, n.softmax = in.height, tanh.w, last.w
	width := tanh.w.no
	add := func(l flattened) (lstmLayer, error) {
		if l.w.ni != width+l.ns || l.w.no != 4*l.ns || l.w.ni > 1000 {
			return lstmLayer{}, fmt.Errorf("%w: an LSTM has %d inputs after %d outputs", ErrUnsupported, l.w.ni, width)
		}
		out := lstmLayer{weights: l.w, ni: width, ns: l.ns, backward: l.backward}
		width = l.ns
		return out, nil
	}
	if n.down, err = add(down); err != nil {
		return n, err
	}
	for i := 5; i < len(flat)-1; i++ {
		l, err := want(i, kindLSTM)
		if err != nil {
			return n, err
		}
		if l.upright {
			return n, fmt.Errorf("%w: layer %d is upright", ErrUnsupported, i)
		}
		along, err := add(l)
		if err != nil {
			return n, err
		}
		n.along = append(n.along, along)
	}
	if last.w.ni != width || last.w.no > 60000 {
		return n, fmt.Errorf("%w: its last layer has %d inputs", ErrUnsupported, last.w.ni)
	}
	return n, nil
}

func flatten(r *reader, depth int, backward, upright bool, out *[]flattened) error {
	if depth > 8 || len(*out) > 64 {
		return fmt.Errorf("%w: it has too many layers", ErrUnsupported)
	}
	if t := r.uint8(); t != 0 {
		return fmt.Errorf("%w: layer of type %d", ErrUnsupported, t)
	}
	kind := layerKind(r.string())
	r.bytes(2) // whether it was being trained
	flags := r.uint32()
	ni, no := int(int32(r.uint32())), int(int32(r.uint32()))
	r.uint32() // the number of its weights
	r.string() // its name
	if r.err != nil {
		return r.err
	}
	f := flattened{kind: kind, backward: backward, upright: upright}
	var err error
	switch kind {
	case kindSeries, kindReverse, kindTranspose:
		n := int(r.uint32())
		for i := 0; i < n && r.err == nil; i++ {
			if err := flatten(r, depth+1, backward != (kind == kindReverse), upright != (kind == kindTranspose), out); err != nil {
				return err
			}
		}
		if flags&64 != 0 { // NF_LAYER_SPECIFIC_LR: learning rates follow
			r.bytes(4 * int(r.uint32()))
		}
		return r.err
	case kindInput:
		r.uint32() // batch
		f.height = int(int32(r.uint32()))
		r.uint32() // width: any
		if depth := r.uint32(); depth != 1 {
			return fmt.Errorf("%w: it wants colour or lines of no fixed height", ErrUnsupported)
		}
		r.uint32()
	case kindConvolve:
		f.halfX, f.halfY = int(int32(r.uint32())), int(int32(r.uint32()))
	case kindMaxpool:
		f.scaleX, f.scaleY = int(int32(r.uint32())), int(int32(r.uint32()))
	case kindTanh, kindSoftmax:
		f.w, err = readWeights(r)
	case kindLSTM, kindSummary:
		na := int(int32(r.uint32()))
		for range 4 {
			gate, err := readWeights(r)
			if err != nil {
				return err
			}
			if f.ns != 0 && gate.no != f.ns || gate.ni != na || f.ns != 0 && gate.ni != f.w.ni {
				return fmt.Errorf("%w: the gates of an LSTM differ", ErrUnsupported)
			}
			f.ns = gate.no
			f.w.ni = gate.ni
			f.w.no += gate.no
			f.w.w = append(f.w.w, gate.w...)
			f.w.scale = append(f.w.scale, gate.scale...)
		}
		if na != ni+f.ns || no != f.ns {
			return fmt.Errorf("%w: an LSTM in two dimensions", ErrUnsupported)
		}
	default:
		return fmt.Errorf("%w: layer %q", ErrUnsupported, kind)
	}
	if err == nil {
		err = r.err
	}
	*out = append(*out, f)
	return err
}

// readWeights reads a matrix as Tesseract's WeightMatrix::DeSerialize does.
func readWeights(r *reader) (weights, error) {
	const integers, doubles = 1, 128
	mode := r.uint8()
	if r.err == nil && mode&(integers|doubles) != integers|doubles {
		return weights{}, fmt.Errorf("%w: its weights are no integers", ErrUnsupported)
	}
	no, ni := int(int32(r.uint32())), int(int32(r.uint32()))-1
	r.uint8() // the value of empty cells
	if r.err == nil && (no < 1 || ni < 1 || no > 1<<16 || ni > 1<<16) {
		return weights{}, fmt.Errorf("%w: a matrix of %d by %d", ErrUnsupported, no, ni)
	}
	w := weights{ni: ni, no: no}
	raw := r.bytes(no * (ni + 1))
	w.w = make([]int8, len(raw))
	for i, b := range raw {
		w.w[i] = int8(b)
	}
	n := int(r.uint32())
	if r.err == nil && n < no || n > 1<<17 {
		return weights{}, fmt.Errorf("%w: a matrix without scales", ErrUnsupported)
	}
	for i := range n {
		s := r.float64()
		if i < no {
			w.scale = append(w.scale, float32(s/127))
		}
	}
	return w, r.err
}
