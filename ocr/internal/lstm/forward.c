#include "forward.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

struct lstm_dense {
	int kind;
	int ni, no;      // inputs and outputs
	int kp;          // inputs, padded to a multiple of 4
	int np;          // outputs, padded to a multiple of 16
	int8_t *w;       // laid out as the kernel wants it; int16_t for AVX2
	int32_t *offset; // bias, and what the activations' offset of 128 adds
	float *scale;
};

static void *aligned(size_t size) {
	void *p = NULL;
	if (posix_memalign(&p, 64, size ? size : 64) != 0) {
		return NULL;
	}
	memset(p, 0, size);
	return p;
}

int lstm_best_kind(void) {
#if defined(__x86_64__)
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
		__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni")) {
		return LSTM_AVX512;
	}
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
		return LSTM_AVX2;
	}
#endif
	return LSTM_PORTABLE;
}

void lstm_dense_free(lstm_dense *d) {
	if (d != NULL) {
		free(d->w);
		free(d->offset);
		free(d->scale);
		free(d);
	}
}

lstm_dense *lstm_dense_new(int kind, int ni, int no, const int8_t *w, const float *scale) {
	lstm_dense *d = calloc(1, sizeof *d);
	if (d == NULL) {
		return NULL;
	}
	d->kind = kind;
	d->ni = ni;
	d->no = no;
	d->kp = (ni + 3) / 4 * 4;
	d->np = (no + 15) / 16 * 16;
	d->w = aligned((size_t)d->kp * d->np * (kind == LSTM_AVX2 ? 2 : 1));
	d->offset = aligned(d->np * sizeof *d->offset);
	d->scale = aligned(d->np * sizeof *d->scale);
	if (d->w == NULL || d->offset == NULL || d->scale == NULL) {
		lstm_dense_free(d);
		return NULL;
	}
	for (int n = 0; n < no; n++) {
		const int8_t *row = w + (size_t)n * (ni + 1);
		int32_t sum = 0;
		for (int k = 0; k < ni; k++) {
			sum += row[k];
			if (kind == LSTM_AVX512) {
				// Blocks of 16 outputs, in them 4 inputs of each output together.
				d->w[((size_t)(n / 16) * (d->kp / 4) + k / 4) * 64 + n % 16 * 4 + k % 4] = row[k];
			} else if (kind == LSTM_AVX2) {
				// Blocks of 8 outputs, in them 2 inputs of each output together.
				((int16_t *)d->w)[((size_t)(n / 8) * (d->kp / 2) + k / 2) * 16 + n % 8 * 2 + k % 2] = row[k];
			} else {
				d->w[(size_t)n * d->kp + k] = row[k];
			}
		}
		d->offset[n] = row[ni] * 127 - 128 * sum;
		d->scale[n] = scale[n];
	}
	return d;
}

// The products of m rows of kp activations (ldx apart) with the matrix: rows of np
// sums in out. The sums are exact, so every kernel gives the same.

static void multiply_portable(const lstm_dense *d, const uint8_t *x, size_t ldx, int m, int32_t *out) {
	for (int i = 0; i < m; i++, x += ldx, out += d->np) {
		const int8_t *w = d->w;
		for (int n = 0; n < d->np; n++, w += d->kp) {
			int32_t sum = 0;
			for (int k = 0; k < d->kp; k++) {
				sum += w[k] * x[k];
			}
			out[n] = sum;
		}
	}
}

#if defined(__x86_64__)

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma,prefer-vector-width=512")))
#define AVX2 __attribute__((target("avx2,fma")))
#define FAST __attribute__((optimize("O3", "no-trapping-math", "no-math-errno")))

static inline int32_t four(const uint8_t *p) {
	int32_t v;
	memcpy(&v, p, 4);
	return v;
}

// R rows by C blocks of 16 outputs.
#define TILE512(NAME, R, C) \
	AVX512 static inline void NAME(const int8_t *w, size_t block, int k4, const uint8_t *x, size_t ldx, int32_t *out, size_t ldo) { \
		__m512i acc[R][C]; \
		_Pragma("GCC unroll 8") for (int r = 0; r < R; r++) _Pragma("GCC unroll 8") for (int c = 0; c < C; c++) acc[r][c] = _mm512_setzero_si512(); \
		for (int k = 0; k < k4; k++) { \
			__m512i b[C]; \
			_Pragma("GCC unroll 8") for (int c = 0; c < C; c++) b[c] = _mm512_load_si512((const void *)(w + c * block + (size_t)k * 64)); \
			_Pragma("GCC unroll 8") for (int r = 0; r < R; r++) { \
				__m512i a = _mm512_set1_epi32(four(x + r * ldx + (size_t)k * 4)); \
				_Pragma("GCC unroll 8") for (int c = 0; c < C; c++) acc[r][c] = _mm512_dpbusd_epi32(acc[r][c], a, b[c]); \
			} \
		} \
		_Pragma("GCC unroll 8") for (int r = 0; r < R; r++) _Pragma("GCC unroll 8") for (int c = 0; c < C; c++) _mm512_storeu_si512((void *)(out + r * ldo + c * 16), acc[r][c]); \
	}
TILE512(tile6x4, 6, 4)
TILE512(tile4x4, 4, 4)
TILE512(tile2x4, 2, 4)
TILE512(tile1x4, 1, 4)
TILE512(tile8x1, 8, 1)
TILE512(tile1x1, 1, 1)

AVX512 static void multiply_avx512(const lstm_dense *d, const uint8_t *x, size_t ldx, int m, int32_t *out) {
	const int k4 = d->kp / 4;
	const size_t block = (size_t)k4 * 64, ldo = d->np;
	int n = 0;
	for (; n + 4 <= d->np / 16; n += 4) {
		const int8_t *w = d->w + n * block;
		int i = 0;
		for (; i + 6 <= m; i += 6) {
			tile6x4(w, block, k4, x + i * ldx, ldx, out + i * ldo + n * 16, ldo);
		}
		for (; i + 4 <= m; i += 4) {
			tile4x4(w, block, k4, x + i * ldx, ldx, out + i * ldo + n * 16, ldo);
		}
		for (; i + 2 <= m; i += 2) {
			tile2x4(w, block, k4, x + i * ldx, ldx, out + i * ldo + n * 16, ldo);
		}
		for (; i < m; i++) {
			tile1x4(w, block, k4, x + i * ldx, ldx, out + i * ldo + n * 16, ldo);
		}
	}
	for (; n < d->np / 16; n++) {
		const int8_t *w = d->w + n * block;
		int i = 0;
		for (; i + 8 <= m; i += 8) {
			tile8x1(w, block, k4, x + i * ldx, ldx, out + i * ldo + n * 16, ldo);
		}
		for (; i < m; i++) {
			tile1x1(w, block, k4, x + i * ldx, ldx, out + i * ldo + n * 16, ldo);
		}
	}
}

// R rows by C blocks of 8 outputs. Each pair of inputs, as 16-bit numbers, is
// multiplied with the pairs of 8 outputs.
#define TILE256(NAME, R, C) \
	AVX2 static inline void NAME(const int16_t *w, size_t block, int k2, const int16_t *x, size_t ldx, int32_t *out, size_t ldo) { \
		__m256i acc[R][C]; \
		_Pragma("GCC unroll 8") for (int r = 0; r < R; r++) _Pragma("GCC unroll 8") for (int c = 0; c < C; c++) acc[r][c] = _mm256_setzero_si256(); \
		for (int k = 0; k < k2; k++) { \
			__m256i b[C]; \
			_Pragma("GCC unroll 8") for (int c = 0; c < C; c++) b[c] = _mm256_load_si256((const void *)(w + c * block + (size_t)k * 16)); \
			_Pragma("GCC unroll 8") for (int r = 0; r < R; r++) { \
				__m256i a = _mm256_set1_epi32(four((const uint8_t *)(x + r * ldx + (size_t)k * 2))); \
				_Pragma("GCC unroll 8") for (int c = 0; c < C; c++) acc[r][c] = _mm256_add_epi32(acc[r][c], _mm256_madd_epi16(a, b[c])); \
			} \
		} \
		_Pragma("GCC unroll 8") for (int r = 0; r < R; r++) _Pragma("GCC unroll 8") for (int c = 0; c < C; c++) _mm256_storeu_si256((void *)(out + r * ldo + c * 8), acc[r][c]); \
	}
TILE256(tile4x2, 4, 2)
TILE256(tile1x2, 1, 2)

AVX2 static void multiply_avx2(const lstm_dense *d, const uint8_t *x, size_t ldx, int m, int32_t *out) {
	enum { most = 1024 }; // inputs; the model's layers have fewer
	int16_t wide[4 * most] __attribute__((aligned(64)));
	const int k2 = d->kp / 2;
	const size_t block = (size_t)k2 * 16, ldo = d->np;
	const int16_t *weights = (const int16_t *)d->w;
	for (int i = 0; i < m;) {
		int rows = m - i >= 4 ? 4 : 1;
		for (int r = 0; r < rows; r++) {
			for (int k = 0; k < d->kp; k++) {
				wide[r * most + k] = x[(i + r) * ldx + k];
			}
		}
		for (int n = 0; n < d->np / 8; n += 2) {
			if (rows == 4) {
				tile4x2(weights + n * block, block, k2, wide, most, out + i * ldo + n * 8, ldo);
			} else {
				tile1x2(weights + n * block, block, k2, wide, most, out + i * ldo + n * 8, ldo);
			}
		}
		i += rows;
	}
}

#endif

static void multiply(const lstm_dense *d, const uint8_t *x, size_t ldx, int m, int32_t *out) {
#if defined(__x86_64__)
	if (d->kind == LSTM_AVX512) {
		multiply_avx512(d, x, ldx, m, out);
		return;
	}
	if (d->kind == LSTM_AVX2) {
		multiply_avx2(d, x, ldx, m, out);
		return;
	}
#endif
	multiply_portable(d, x, ldx, m, out);
}

// tanh(x) is x times rise over fall, two polynomials of the square of x, right to about 1e-7
// up to the limit, where it is 1 as far as a float can tell. Every step is one rounded
// operation, so vectors of any width give the same bits.
#define TANH_LIMIT 7.90531110763549805f

static inline __attribute__((always_inline)) float limit(float x, float most) {
	x = x > most ? most : x;
	return x < -most ? -most : x;
}

static inline __attribute__((always_inline)) float rise(float x) {
	float s = x * x;
	float p = -2.76076847742355e-16f;
	p = __builtin_fmaf(p, s, 2.00018790482477e-13f);
	p = __builtin_fmaf(p, s, -8.60467152213735e-11f);
	p = __builtin_fmaf(p, s, 5.12229709037114e-08f);
	p = __builtin_fmaf(p, s, 1.48572235717979e-05f);
	p = __builtin_fmaf(p, s, 6.37261928875436e-04f);
	p = __builtin_fmaf(p, s, 4.89352455891786e-03f);
	return x * p;
}

static inline __attribute__((always_inline)) float fall(float x) {
	float s = x * x;
	float q = 1.19825839466702e-06f;
	q = __builtin_fmaf(q, s, 1.18534705686654e-04f);
	q = __builtin_fmaf(q, s, 2.26843463243900e-03f);
	return __builtin_fmaf(q, s, 4.89352518554385e-03f);
}

// From -1 to 1 to an activation, halves away from zero.
static inline __attribute__((always_inline)) int32_t activation(float v) {
	v *= 127.0f;
	return 128 + (int32_t)(v + (v >= 0 ? 0.5f : -0.5f));
}

// One step of the cells of one sequence: sums has the input, input gate, forget gate and
// output gate of each cell, each group ns apart.
// The outputs are first kept as wide as what they are computed from, so that vectors of 16 are
// enough for it. The logistic function of x is half of 1 + tanh(x/2); divisions are slow, so what is to be multiplied is
// put over one.
#define CELLS_BODY \
	for (int c = 0; c < ns; c++) { \
		float in = limit(scale[c] * (float)(sums[c] + offset[c]), TANH_LIMIT); \
		float ig = limit(0.5f * scale[ns + c] * (float)(sums[ns + c] + offset[ns + c]), TANH_LIMIT); \
		float fg = limit(0.5f * scale[2 * ns + c] * (float)(sums[2 * ns + c] + offset[2 * ns + c]), TANH_LIMIT); \
		float og = limit(0.5f * scale[3 * ns + c] * (float)(sums[3 * ns + c] + offset[3 * ns + c]), TANH_LIMIT); \
		float fi = fall(ig), ff = fall(fg), fo = fall(og), fn = fall(in); \
		float entered = rise(in) * (rise(ig) + fi) / (fn * fi); \
		float kept = state[c] * (rise(fg) + ff) / ff; \
		float st = limit(0.5f * (entered + kept), 100.0f); \
		state[c] = st; \
		float x = limit(st, TANH_LIMIT); \
		wide[c] = activation(0.5f * rise(x) * (rise(og) + fo) / (fall(x) * fo)); \
	} \
	for (int c = 0; c < ns; c++) { \
		h[c] = (uint8_t)wide[c]; \
	}

static void cells_portable(int ns, const int32_t *restrict sums, const int32_t *restrict offset, const float *restrict scale, float *restrict state, int32_t *restrict wide, uint8_t *restrict h) {
	CELLS_BODY
}

#define TANH_BODY \
	for (int i = 0; i < n; i++) { \
		float x = limit(scale[i] * (float)(sums[i] + offset[i]), TANH_LIMIT); \
		sums[i] = activation(rise(x) / fall(x)); \
	} \
	for (int i = 0; i < n; i++) { \
		out[i] = (uint8_t)sums[i]; \
	}

static void tanh_portable(int n, int32_t *restrict sums, const int32_t *restrict offset, const float *restrict scale, uint8_t *restrict out) {
	TANH_BODY
}

#define LARGER_BODY \
	for (int i = 0; i < n; i++) { \
		best[i] = sums[i] > best[i] ? sums[i] : best[i]; \
	}

static void larger_portable(int n, const int32_t *restrict sums, int32_t *restrict best) {
	LARGER_BODY
}

// e to the power of x, for x from -87 to 0, right to about 1e-6.
#define EXP_BODY \
	for (int i = 0; i < n; i++) { \
		float x = v[i] - most; \
		x = x < -87.0f ? -87.0f : x; \
		float z = x * 1.44269504088896341f; \
		float w = (float)(int32_t)(z - 0.5f); \
		float f = __builtin_fmaf(w, -0.693359375f, x); \
		f = __builtin_fmaf(w, 2.12194440e-4f, f); \
		float p = 1.9875691500e-4f; \
		p = __builtin_fmaf(p, f, 1.3981999507e-3f); \
		p = __builtin_fmaf(p, f, 8.3334519073e-3f); \
		p = __builtin_fmaf(p, f, 4.1665795894e-2f); \
		p = __builtin_fmaf(p, f, 1.6666665459e-1f); \
		p = __builtin_fmaf(p, f, 5.0000001201e-1f); \
		p = __builtin_fmaf(p, f * f, f + 1.0f); \
		union { int32_t i; float f; } power = {.i = ((int32_t)w + 127) << 23}; \
		v[i] = p * power.f; \
	}

static void exp_portable(int n, float most, float *v) {
	EXP_BODY
}

#if defined(__x86_64__)
AVX512 FAST static void cells_avx512(int ns, const int32_t *restrict sums, const int32_t *restrict offset, const float *restrict scale, float *restrict state, int32_t *restrict wide, uint8_t *restrict h) {
	CELLS_BODY
}
AVX2 FAST static void cells_avx2(int ns, const int32_t *restrict sums, const int32_t *restrict offset, const float *restrict scale, float *restrict state, int32_t *restrict wide, uint8_t *restrict h) {
	CELLS_BODY
}
AVX512 FAST static void tanh_avx512(int n, int32_t *restrict sums, const int32_t *restrict offset, const float *restrict scale, uint8_t *restrict out) {
	TANH_BODY
}
AVX2 FAST static void tanh_avx2(int n, int32_t *restrict sums, const int32_t *restrict offset, const float *restrict scale, uint8_t *restrict out) {
	TANH_BODY
}
AVX512 FAST static void larger_avx512(int n, const int32_t *restrict sums, int32_t *restrict best) {
	LARGER_BODY
}
AVX2 FAST static void larger_avx2(int n, const int32_t *restrict sums, int32_t *restrict best) {
	LARGER_BODY
}
AVX512 FAST static void exp_avx512(int n, float most, float *v) {
	EXP_BODY
}
AVX2 FAST static void exp_avx2(int n, float most, float *v) {
	EXP_BODY
}
#define CHOOSE(NAME, KIND) ((KIND) == LSTM_AVX512 ? NAME##_avx512 : (KIND) == LSTM_AVX2 ? NAME##_avx2 : NAME##_portable)
#else
#define CHOOSE(NAME, KIND) NAME##_portable
#endif

int lstm_convolve_pool(const lstm_dense *d, const uint8_t *pixels, int height, int width, uint8_t *out) {
	const int rows = height / 3, columns = width / 3, no = d->no, np = d->np;
	// Each column of three pixels, one above the other, with a column beyond either edge: a pixel's
	// neighbourhood is then three columns in a row. Then their sums, and the largest of each field.
	uint8_t *near = aligned((size_t)3 * (width + 4));
	int32_t *sums = aligned((size_t)width * np * sizeof *sums);
	int32_t *best = aligned((size_t)columns * np * sizeof *best);
	int done = -1;
	if (near != NULL && sums != NULL && best != NULL) {
		memset(near, 128, (size_t)3 * (width + 4));
		for (int row = 0; row < rows; row++) {
			for (size_t i = 0; i < (size_t)columns * np; i++) {
				best[i] = INT32_MIN;
			}
			for (int y = row * 3; y < row * 3 + 3 && y < height; y++) {
				for (int dy = -1; dy <= 1; dy++) {
					const uint8_t *line = y + dy < 0 || y + dy >= height ? NULL : pixels + (size_t)(y + dy) * width;
					uint8_t *p = near + 3 + dy + 1;
					for (int x = 0; x < width; x++) {
						p[3 * x] = line == NULL ? 128 : line[x];
					}
				}
				multiply(d, near, 3, width, sums);
				for (int x = 0; x < columns * 3; x++) {
					CHOOSE(larger, d->kind)(np, sums + (size_t)x * np, best + (size_t)(x / 3) * np);
				}
			}
			// tanh and rounding keep the order, so they come after the maximum.
			for (int c = 0; c < columns; c++) {
				CHOOSE(tanh, d->kind)(no, best + (size_t)c * np, d->offset, d->scale, out + ((size_t)row * columns + c) * no);
			}
		}
		done = 0;
	}
	free(near);
	free(sums);
	free(best);
	return done;
}

// So many sequences take a step together: their sums stay in the second-level cache.
enum { together = 48 };

int lstm_layer(const lstm_dense *gates, int ni, int ns, const uint8_t *x, const lstm_sequence *seq, int n, int summary, uint8_t *out) {
	const size_t kp = gates->kp, np = gates->np;
	uint8_t *source = aligned(together * kp);
	int32_t *sums = aligned(together * np * sizeof *sums);
	float *state = aligned((size_t)together * ns * sizeof *state);
	int32_t *wide = aligned(ns * sizeof *wide);
	int done = -1;
	if (source != NULL && sums != NULL && state != NULL && wide != NULL) {
		for (int start = 0; start < n; start += together) {
			int active = n - start < together ? n - start : together;
			const lstm_sequence *s = seq + start;
			memset(source, 128, together * kp);
			memset(state, 0, (size_t)together * ns * sizeof *state);
			for (int t = 0; t < s[0].len; t++) {
				while (active > 0 && s[active - 1].len <= t) {
					active--;
				}
				for (int b = 0; b < active; b++) {
					memcpy(source + b * kp, x + (size_t)(s[b].first + t * s[b].step) * ni, ni);
				}
				multiply(gates, source, kp, active, sums);
				for (int b = 0; b < active; b++) {
					uint8_t *h = source + b * kp + ni;
					CHOOSE(cells, gates->kind)(ns, sums + b * np, gates->offset, gates->scale, state + (size_t)b * ns, wide, h);
					if (!summary) {
						memcpy(out + (size_t)(s[b].first + t * s[b].step) * ns, h, ns);
					} else if (t == s[b].len - 1) {
						memcpy(out + (size_t)(start + b) * ns, h, ns);
					}
				}
			}
		}
		done = 0;
	}
	free(source);
	free(sums);
	free(state);
	free(wide);
	return done;
}

int lstm_softmax(const lstm_dense *d, const uint8_t *x, int rows, int top, uint16_t *class_, float *prob) {
	enum { step = 64 };
	int32_t *sums = aligned((size_t)step * d->np * sizeof *sums);
	uint8_t *padded = aligned((size_t)step * d->kp);
	float *v = aligned(d->np * sizeof *v);
	int done = -1;
	if (sums != NULL && padded != NULL && v != NULL) {
		for (int start = 0; start < rows; start += step) {
			int m = rows - start < step ? rows - start : step;
			for (int i = 0; i < m; i++) {
				memcpy(padded + (size_t)i * d->kp, x + (size_t)(start + i) * d->ni, d->ni);
			}
			multiply(d, padded, d->kp, m, sums);
			for (int i = 0; i < m; i++) {
				const int32_t *s = sums + (size_t)i * d->np;
				float most = -1e30f, total = 0;
				for (int c = 0; c < d->no; c++) {
					v[c] = d->scale[c] * (float)(s[c] + d->offset[c]);
					most = v[c] > most ? v[c] : most;
				}
				CHOOSE(exp, d->kind)(d->no, most, v);
				for (int c = 0; c < d->no; c++) {
					total += v[c];
				}
				uint16_t *k = class_ + (size_t)(start + i) * top;
				float *p = prob + (size_t)(start + i) * top;
				int n = 0;
				for (int c = 0; c < d->no; c++) {
					float q = v[c];
					if (n == top && q <= p[n - 1]) {
						continue;
					}
					int j = n < top ? n++ : top - 1;
					for (; j > 0 && p[j - 1] < q; j--) {
						p[j] = p[j - 1];
						k[j] = k[j - 1];
					}
					p[j] = q;
					k[j] = (uint16_t)c;
				}
				for (int j = 0; j < n; j++) {
					p[j] /= total;
				}
			}
		}
		done = 0;
	}
	free(sums);
	free(padded);
	free(v);
	return done;
}
