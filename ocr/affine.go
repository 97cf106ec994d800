package ocr

import "math"

// An affine leads from a point (x, y) to (m[0]x + m[1]y + m[2], m[3]x + m[4]y + m[5]),
// as postroom.Frame.Matrix does. Points are places between pixels: the first
// pixel reaches from 0 to 1.
type affine [6]float64

var inPlace = affine{1, 0, 0, 0, 1, 0}

func (m affine) apply(x, y float64) (float64, float64) {
	return m[0]*x + m[1]*y + m[2], m[3]*x + m[4]*y + m[5]
}

// after returns the way through n first and then m.
func (m affine) after(n affine) affine {
	return affine{
		m[0]*n[0] + m[1]*n[3], m[0]*n[1] + m[1]*n[4], m[0]*n[2] + m[1]*n[5] + m[2],
		m[3]*n[0] + m[4]*n[3], m[3]*n[1] + m[4]*n[4], m[3]*n[2] + m[4]*n[5] + m[5],
	}
}

// unscaled leads back from an image that was enlarged by the factors.
func unscaled(sx, sy float64) affine { return affine{1 / sx, 0, 0, 0, 1 / sy, 0} }

// unturned leads back from an image that was turned clockwise by 0, 90, 180 or
// 270 degrees and was w by h pixels before.
func unturned(degrees, w, h int) affine {
	switch degrees {
	case 90:
		return affine{0, 1, 0, -1, 0, float64(h)}
	case 180:
		return affine{-1, 0, float64(w), 0, -1, float64(h)}
	case 270:
		return affine{0, -1, float64(w), 1, 0, 0}
	default:
		return inPlace
	}
}

// unrotated leads back from an image of w by h pixels that was turned clockwise
// about its centre by a small angle in degrees.
func unrotated(degrees float64, w, h int) affine {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	cx, cy := float64(w)/2, float64(h)/2
	return affine{
		cos, sin, cx - cos*cx - sin*cy,
		-sin, cos, cy + sin*cx - cos*cy,
	}
}

// inverse returns the way back; false when m flattens the plane.
func (m affine) inverse() (affine, bool) {
	det := m[0]*m[4] - m[1]*m[3]
	if math.Abs(det) < 1e-12 || math.IsNaN(det) || math.IsInf(det, 0) {
		return inPlace, false
	}
	return affine{
		m[4] / det, -m[1] / det, (m[1]*m[5] - m[2]*m[4]) / det,
		-m[3] / det, m[0] / det, (m[2]*m[3] - m[0]*m[5]) / det,
	}, true
}
