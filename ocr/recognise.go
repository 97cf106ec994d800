package ocr

// engineVariables are Tesseract's variables that every recognition has.
var engineVariables = map[string]string{
	// Pages are black on white here; looking for white on black costs a second
	// reading of every poor line.
	"tessedit_do_invert": "0",
}
