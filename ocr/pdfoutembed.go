package ocr

import (
	"crypto/md5"
	"fmt"
	"slices"
	"strings"

	"github.com/postroom/postroom"
)

// embedOriginals writes files that the document came in, whole and unchanged,
// into the searchable PDF (ISO 32000-1 section 7.11.4), each as the source of the
// document (ISO 19005-3 section 6.8 and annex E). It returns the catalog's entries
// for them; none when there is nothing to embed.
func (d *outDocument) embedOriginals(meta DocumentMeta, originals []searchablePage) (entries string, err error) {
	type file struct {
		name string
		spec int
	}
	var files []file
	for i := range originals {
		h := originals[i].Page.Hash
		data := originals[i].Data
		if postroom.HashOf(data) != h {
			return "", fmt.Errorf("an original to embed is not the file that it should be")
		}
		// A name says nothing of a patient: the one that the sender gave could.
		name := "original-" + string(h[:12]) + fileExtension(originals[i].MediaType)
		stream, spec := d.w.number(), d.w.number()
		created := ""
		if !meta.Created.IsZero() {
			created = "/ModDate" + meta.Created.UTC().Format("(D:20060102150405Z)")
		}
		head := fmt.Sprintf("/Type/EmbeddedFile/Subtype/%s/Params<</Size %d/CheckSum<%X>%s>>",
			strings.ReplaceAll(originals[i].MediaType, "/", "#2F"), len(data), md5.Sum(data), created)
		// Faxes and photographs are compressed already.
		if sample := data[:min(len(data), 64<<10)]; 10*len(deflateFast(sample)) < 9*len(sample) {
			d.w.flate(stream, head, data)
		} else {
			d.w.stream(stream, head, data)
		}
		d.w.object(spec, fmt.Sprintf("<</Type/Filespec/F%s/UF%s/AFRelationship/Source/Desc%s/EF<</F %d 0 R/UF %d 0 R>>>>",
			pdfText(name), pdfText(name), pdfText("The file as it arrived, SHA-256 "+string(h)), stream, stream))
		files = append(files, file{name, spec})
	}
	if len(files) == 0 {
		return "", nil
	}
	var related, names strings.Builder
	for _, f := range files {
		fmt.Fprintf(&related, "%d 0 R ", f.spec)
	}
	// A name tree is in order (ISO 32000-1 section 7.9.6).
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	for _, f := range files {
		fmt.Fprintf(&names, "%s %d 0 R ", pdfText(f.name), f.spec)
	}
	d.embedded = true
	return fmt.Sprintf("/AF[%s]/Names<</EmbeddedFiles<</Names[%s]>>>>", strings.TrimSpace(related.String()), strings.TrimSpace(names.String())), nil
}

func fileExtension(mediaType string) string {
	switch mediaType {
	case postroom.TIFF:
		return ".tif"
	case postroom.JPEG:
		return ".jpg"
	case postroom.PNG:
		return ".png"
	case postroom.PDF:
		return ".pdf"
	}
	return ""
}
