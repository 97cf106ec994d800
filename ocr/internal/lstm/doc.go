// Package lstm reads lines of text with the neural network of a Tesseract model.
//
// Tesseract runs its network for one line after the other and one column of
// pixels after the other, and spends most of its time on the way between them. Here
// all lines of a page go through the network side by side, which is the same
// arithmetic (8-bit weights and activations, exact sums) at a fraction of the time.
// What comes out of the network is then decoded with a search of our own (decode.go).
//
// The models are those of Tesseract 4 and 5 that hold integer weights, as the
// "tessdata_fast" models do that Linux distributions package (the format is what
// Tesseract's src/ccutil/tessdatamanager.cpp, src/lstm/network.cpp and their kin
// read). Open returns ErrUnsupported for others; Tesseract itself can read them.
//
// The same image gives the same result on every processor, whatever it is used
// with (forward.c): only the time differs.
package lstm

import "errors"

// ErrUnsupported is returned for models that are made of other parts than this package knows.
var ErrUnsupported = errors.New("the model is of a kind that only tesseract itself can run")
