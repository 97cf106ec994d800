package ocr

import "testing"

// An orientation is one of eight, or "as it is", whatever a camera wrote.
func FuzzEXIF(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x22Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00\xff\xd9"))
	f.Add([]byte("\xff\xd8\xff\xe0\x00\x02\xff\xe1\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		degrees, _ := turnOf(exifOrientation(data))
		if degrees%90 != 0 || degrees < 0 || degrees > 270 {
			t.Errorf("turned by %d degrees", degrees)
		}
		if w, h, err := pictureSize(data); err == nil && (w < 0 || h < 0) {
			t.Errorf("%d by %d pixels", w, h)
		}
	})
}
