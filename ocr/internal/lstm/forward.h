// The network of a Tesseract model, run over many lines at once. See forward.go.

#ifndef POSTROOM_LSTM_FORWARD_H
#define POSTROOM_LSTM_FORWARD_H

#include <stddef.h>
#include <stdint.h>

// What the processor is used with; each gives the same bits.
enum { LSTM_PORTABLE = 0, LSTM_AVX2 = 1, LSTM_AVX512 = 2 };

// A matrix of 8-bit weights, as lstm_dense_new has laid it out for the processor.
typedef struct lstm_dense lstm_dense;

// The best that the processor can do.
int lstm_best_kind(void);

// A matrix of no rows; each row of w has ni weights and, last, the bias.
lstm_dense *lstm_dense_new(int kind, int ni, int no, const int8_t *w, const float *scale);
void lstm_dense_free(lstm_dense *d);

// Activations are bytes: 128 + 127 times a value from -1 to 1.

// A sequence of rows: its first row, how far the next one is, and how many.
typedef struct {
	int32_t first, step, len;
} lstm_sequence;

// Convolves a line of 8-bit pixels (36 rows of width, say, as activations) with 3 by 3
// kernels, takes the largest in each field of 3 by 3, and applies tanh.
// out gets height/3 times width/3 rows of d's outputs, both rounded down.
// Returns 0, or -1 without memory.
int lstm_convolve_pool(const lstm_dense *d, const uint8_t *pixels, int height, int width, uint8_t *out);

// Runs an LSTM with ns cells along each of n sequences, which are sorted by length,
// the longest first. x has rows of ni activations. With summary, out has a row for
// each sequence, its last state; without, the rows that x has. Returns 0, or -1 without memory.
int lstm_layer(const lstm_dense *gates, int ni, int ns, const uint8_t *x,
	const lstm_sequence *seq, int n, int summary, uint8_t *out);

// Applies the last, fully connected layer and softmax to rows of activations. For each
// row, the most likely classes come first: class gets them, prob their probabilities.
int lstm_softmax(const lstm_dense *d, const uint8_t *x, int rows, int top, uint16_t *class_, float *prob);

#endif
