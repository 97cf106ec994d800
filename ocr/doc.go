// Package ocr turns attachments into pages and pages into words.
//
// A Reader opens TIFF, PDF, JPEG and PNG files, and reads their pages: it decodes
// a page, finds its true resolution, turns it upright, straightens and cleans it,
// finds its lines with Tesseract and reads them with Tesseract's models, and gives
// each word its place and a confidence. A PDF's own text is used where it is sound.
//
//	reader, err := ocr.Open(ocr.Config{})
//	defer reader.Close()
//	info, err := reader.Inspect(ctx, attachment) // how many pages
//	for n := 1; n <= info.Pages; n++ {
//		page, err := reader.Read(ctx, attachment, n)
//	}
//
// # What it promises
//
// Files come from strangers and the libraries that open them are written in C, so
// nothing is opened in the caller's process. Each Reader keeps child processes (the
// same program, started with the argument "reader"), one for a core, with limits on
// memory and time. On Linux they can open no files, make no connections and start no
// programs either: attachments are handed to them open (Protections tells what a
// system does not give). A file that crashes, hangs or fills its child costs
// its own page: that page ends with a postroom.Problem of kind BadInput, and a
// new child takes the next. A child that ends for any other reason costs nothing,
// since the page is given to another one; if that ends too the error is Temporary.
//
// A page is never half read in silence: a page whose image is cut off, or that a
// file announces and does not hold, is an error; a page that was read with doubts has
// a low Confidence and Notes that say why. Page.Confidence falls when text-like ink
// got no word, which the confidence of the words alone would not show.
//
// Words stand in the upright page (postroom.Frame), whose matrix leads back to the
// page as it arrived, which here means as a viewer shows it: turned as the file itself says.
//
// Programs that use a Reader call RunChildIfAsked first thing in main, and test
// binaries in TestMain, so that they can be started as its children.
package ocr
