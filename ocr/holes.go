package ocr

import (
	"image"
	"math"
)

// Punch holes have 5.5 to 8 mm (ISO 838 has 6), lie within an inch of an edge, and are at
// least 1.5 inches apart. Sizes in inches.
const (
	holeLeast  = 0.2
	holeMost   = 0.34
	holeInset  = 1.0
	holesApart = 1.5
	holesLevel = 0.1 // by how much they may be out of line
)

// punchHoles returns where the holes of a folder show as black discs: two or more in a line along an
// edge. parts are the page's solid parts: what is left of it when all that is thinner than an eighth of an inch is gone.
func (w *workpiece) punchHoles(parts []image.Rectangle) []image.Rectangle {
	var discs []image.Rectangle
	for _, r := range parts {
		if d, ok := w.disc(r); ok {
			discs = append(discs, d)
		}
	}
	if len(discs) < 2 {
		return nil
	}
	width, height := float64(w.pix.Width())/w.dpiX, float64(w.pix.Height())/w.dpiY
	at := func(r image.Rectangle) (x, y float64) {
		return float64(r.Min.X+r.Max.X) / 2 / w.dpiX, float64(r.Min.Y+r.Max.Y) / 2 / w.dpiY
	}
	inLine := func(a, b image.Rectangle) bool {
		ax, ay := at(a)
		bx, by := at(b)
		upright := math.Abs(ax-bx) < holesLevel && math.Abs(ay-by) >= holesApart && (ax < holeInset || ax > width-holeInset)
		level := math.Abs(ay-by) < holesLevel && math.Abs(ax-bx) >= holesApart && (ay < holeInset || ay > height-holeInset)
		return upright || level
	}
	var holes []image.Rectangle
	for i, d := range discs {
		for k, other := range discs {
			if i != k && inLine(d, other) {
				holes = append(holes, d)
				break
			}
		}
	}
	return holes
}

// disc returns the place of a disc of the size of a punch hole, with nothing around it.
func (w *workpiece) disc(r image.Rectangle) (image.Rectangle, bool) {
	// The solid part of a disc ends where its chord is as long as a solid part is wide.
	diameter := func(solid float64) float64 { return math.Hypot(solid, solidLeast) }
	across, down := diameter(float64(r.Dx())/w.dpiX), diameter(float64(r.Dy())/w.dpiY)
	if min(across, down) < holeLeast || max(across, down) > holeMost || math.Abs(across-down) > 0.2*max(across, down) {
		return image.Rectangle{}, false
	}
	// The corners of its box are white, and so is all around: π/4 of the box of the disc is black.
	inner := w.inkIn(r)
	dx, dy := int(math.Ceil(0.2*float64(r.Dx()))), int(math.Ceil(0.2*float64(r.Dy())))
	whole := image.Rect(r.Min.X-dx, r.Min.Y-dy, r.Max.X+dx, r.Max.Y+dy)
	outer := w.inkIn(whole)
	disc := math.Pi / 4 * across * w.dpiX * down * w.dpiY
	if inner < 0.84*float64(r.Dx()*r.Dy()) || inner > 0.99*float64(r.Dx()*r.Dy()) || math.Abs(outer/disc-1) > 0.17 {
		return image.Rectangle{}, false
	}
	return whole.Intersect(image.Rect(0, 0, w.pix.Width(), w.pix.Height())), true
}

// inkIn counts the black pixels in a part of the page.
func (w *workpiece) inkIn(r image.Rectangle) float64 {
	part, err := w.pix.Crop(r)
	if err != nil {
		return 0
	}
	defer part.Close()
	return part.Ink() * float64(part.Width()) * float64(part.Height())
}
