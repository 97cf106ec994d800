package ocr

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/ocr/internal/tesseract"
)

// preparation counts the ways of preparing, recognising and judging pages that
// this package has had. Whoever changes what a page is read as, raises it: results
// kept under the old number are then not used again.
const preparation = 22

// modelFolders are where packages put Tesseract's models.
var modelFolders = []string{
	"/usr/share/tesseract-ocr/5/tessdata",
	"/usr/share/tesseract-ocr/4.00/tessdata",
	"/usr/share/tessdata",
	"/usr/share/tesseract/tessdata",
	"/usr/local/share/tessdata",
	"/opt/homebrew/share/tessdata",
}

// findModels returns the folder with the models of all the languages, and the
// version of everything that reads.
func findModels(folder string, languages []string) (string, string, error) {
	if tesseract.Version() == "none" {
		return "", "", &postroom.Problem{
			Kind:   postroom.Misconfigured,
			Reason: "this program was built without cgo and can't read images",
			Hint:   "install libtesseract-dev, libleptonica-dev and tesseract-ocr-eng, and build it again with CGO_ENABLED=1",
		}
	}
	folders := modelFolders
	if prefix := os.Getenv("TESSDATA_PREFIX"); prefix != "" {
		folders = []string{prefix}
	}
	if folder != "" {
		folders = []string{folder}
	}
	missing := languages[0]
search:
	for _, f := range folders {
		hashes := make([]string, len(languages))
		for i, l := range languages {
			b, err := os.ReadFile(filepath.Join(f, l+".traineddata"))
			if err != nil {
				if i > 0 {
					missing = l
				}
				continue search
			}
			hashes[i] = l + ":" + string(postroom.HashOf(b))[:8]
		}
		version := fmt.Sprintf("postroom-ocr/%d tesseract/%s leptonica/%s %s", preparation,
			tesseract.Version(), tesseract.LeptonicaVersion(), strings.Join(hashes, "+"))
		return f, version, nil
	}
	return "", "", &postroom.Problem{
		Kind:   postroom.Misconfigured,
		Reason: fmt.Sprintf("Tesseract's model for the language %q was not found in %s", missing, strings.Join(folders, ", ")),
		Hint:   "install it (on Debian: apt-get install tesseract-ocr-" + strings.ReplaceAll(missing, "_", "-") + "), or set the folder that holds it",
	}
}
