// Where text stands on a page, by Tesseract's analysis of its layout. See layout.go.

#ifndef POSTROOM_TESSERACT_LAYOUT_H
#define POSTROOM_TESSERACT_LAYOUT_H

#ifdef __cplusplus
extern "C" {
#endif

// A run of letters between gaps, in pixels from the image's upper left corner.
typedef struct {
	int left, top, right, bottom;
	int block, line;       // counted over the page, from 0
	float base_left;       // y of the line's baseline below the run's left and right end
	float base_right;
	float x_height;        // of the line, above the baseline
	float ascender;        // above that
	float descender;       // below the baseline, positive
} layout_run;

void *layout_new(void);
void layout_free(void *l);

// Finds the runs of a PIX in reading order; *runs is to be freed. Returns their
// number, or -1 when the analysis failed.
int layout_find(void *l, void *pix, int dpi, int mode, layout_run **runs);

#ifdef __cplusplus
}
#endif

#endif
