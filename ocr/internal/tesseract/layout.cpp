#include "layout.h"

#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include <tesseract/baseapi.h>
#include <tesseract/resultiterator.h>

void *layout_new(void) {
	auto *api = new (std::nothrow) tesseract::TessBaseAPI;
	if (api != nullptr) {
		// It needs no model for this.
		api->InitForAnalysePage();
		api->SetVariable("debug_file", "/dev/null");
		api->SetVariable("textord_disable_pitch_test", "1");
	}
	return api;
}

void layout_free(void *l) { delete static_cast<tesseract::TessBaseAPI *>(l); }

int layout_find(void *l, void *pix, int dpi, int mode, layout_run **runs) {
	auto *api = static_cast<tesseract::TessBaseAPI *>(l);
	*runs = nullptr;
	try {
		std::vector<layout_run> found;
		api->SetPageSegMode(static_cast<tesseract::PageSegMode>(mode));
		api->SetImage(static_cast<Pix *>(pix));
		api->SetSourceResolution(dpi);
		std::unique_ptr<tesseract::PageIterator> it(api->AnalyseLayout());
		int block = -1, line = -1;
		if (it != nullptr) {
			do {
				if (!tesseract::PTIsTextType(it->BlockType())) {
					continue; // a picture, a ruled line
				}
				if (it->IsAtBeginningOf(tesseract::RIL_BLOCK)) {
					block++;
				}
				if (it->IsAtBeginningOf(tesseract::RIL_TEXTLINE)) {
					line++;
				}
				layout_run r{};
				if (!it->BoundingBox(tesseract::RIL_WORD, &r.left, &r.top, &r.right, &r.bottom)) {
					continue;
				}
				r.block = block;
				r.line = line;
				int x1 = 0, y1 = r.bottom, x2 = 1, y2 = r.bottom;
				it->Baseline(tesseract::RIL_WORD, &x1, &y1, &x2, &y2);
				r.base_left = static_cast<float>(y1);
				r.base_right = static_cast<float>(y2);
				float height = 0, descenders = 0, ascenders = 0;
				it->RowAttributes(&height, &descenders, &ascenders);
				r.descender = -descenders;
				r.ascender = ascenders;
				r.x_height = height - ascenders + descenders;
				found.push_back(r);
			} while (it->Next(tesseract::RIL_WORD));
		}
		it.reset();
		api->Clear();
		auto *out = static_cast<layout_run *>(std::malloc(sizeof(layout_run) * (found.empty() ? 1 : found.size())));
		if (out == nullptr) {
			return -1;
		}
		for (size_t i = 0; i < found.size(); i++) {
			out[i] = found[i];
		}
		*runs = out;
		return static_cast<int>(found.size());
	} catch (...) {
		return -1;
	}
}
