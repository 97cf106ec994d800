package ocr

import (
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// A shownAnnot is how an annotation or a form field looks, and where.
type shownAnnot struct {
	form   types.Object // a form XObject
	placed matrix       // from the form's space to the page
}

// shownAnnots returns the looks of the annotations and form fields that a viewer shows, to be
// painted as part of the page: then nothing in the file leaves them to the viewer, and they print
// (ISO 19005-2 section 6.3). Links and pop-ups have none. why is given when one has no looks
// of its own.
func (f *pdfFile) shownAnnots(p pdfPage) (out []shownAnnot, why string) {
	const invisible, hidden, noView = 1, 2, 32
	for _, o := range f.array(p.dict["Annots"]) {
		d := f.dict(o)
		if d == nil || f.integer(d["F"], 0)&(hidden|noView|invisible) != 0 {
			continue
		}
		kind := f.name(d["Subtype"])
		switch kind {
		case "Link", "Popup", "":
			continue
		}
		if d["OC"] != nil {
			return nil, reasonLayers
		}
		looks := f.deref(f.dict(d["AP"])["N"])
		form := f.dict(d["AP"])["N"]
		if states, ok := looks.(types.Dict); ok {
			form = states[f.name(d["AS"])]
			if form == nil && kind == "Widget" {
				continue // a box that is not ticked
			}
		}
		sd := f.stream(form)
		if sd == nil || f.leavesLooks() && kind == "Widget" {
			if kind == "Widget" && !f.hasValue(d) {
				continue
			}
			return nil, reasonNoLooks
		}
		box, ok := f.rect(sd.Dict["BBox"])
		rectangle, whole := f.rect(d["Rect"])
		if !ok || !whole {
			continue // it has no size
		}
		// ISO 32000-1 section 12.5.5, algorithm 8.1.
		own := unitMatrix
		if m := f.numbers(sd.Dict["Matrix"]); len(m) == 6 {
			own = matrix(m)
		}
		at := box.under(own)
		if at.empty() {
			continue
		}
		sx, sy := rectangle.width()/at.width(), rectangle.height()/at.height()
		out = append(out, shownAnnot{form, matrix{sx, 0, 0, sy, rectangle[0] - at[0]*sx, rectangle[1] - at[1]*sy}})
	}
	return out, ""
}

// leavesLooks reports whether the file asks viewers to make the looks of its form fields anew.
func (f *pdfFile) leavesLooks() bool {
	catalog, err := f.ctx.Catalog()
	return err == nil && f.flag(f.dict(catalog["AcroForm"])["NeedAppearances"], false)
}
