package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/testdata/generate"
)

// A sample is one file with what stands on it.
type sample struct {
	class string // resolution and quality, or the corpus's folder
	path  string
	media string
	hash  postroom.Hash
	size  int64
	text  string
}

func (s sample) attachment() postroom.Attachment {
	return postroom.Attachment{Hash: s.hash, Name: filepath.Base(s.path), Path: s.path, MediaType: s.media, Size: s.size}
}

// write keeps data in the bench's folder as a sample of the class.
func (b *bench) write(class, name string, media string, data []byte, text string) (sample, error) {
	s := sample{class, filepath.Join(b.dir, name), media, postroom.HashOf(data), int64(len(data)), text}
	return s, os.WriteFile(s.path, data, 0o600)
}

// makeFaxes makes fax pages: standard and fine resolution, clean to bad, every type of document.
func (b *bench) makeFaxes() ([]sample, error) {
	types := generate.Types()
	qualities := []generate.Quality{generate.Clean, generate.Typical, generate.Bad}
	var out []sample
	for i := range b.pages {
		dpiY := 98.0
		if i%2 == 1 {
			dpiY = 196
		}
		quality := qualities[i/2%len(qualities)]
		page, truth, _, err := generate.Page(generate.PageOptions{Seed: b.seed + uint64(i), Type: types[i%len(types)], Split: generate.Test, Quality: quality, DPIX: 204, DPIY: dpiY})
		if err != nil {
			return nil, fmt.Errorf("make page %d: %w", i, err)
		}
		file := generate.EncodeTIFF([]*generate.Bits{page}, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: dpiY})
		s, err := b.write(fmt.Sprintf("204x%.0f %s", dpiY, quality), fmt.Sprintf("page%04d.tif", i), postroom.TIFF, file, truth.Header+"\n"+truth.Text())
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// makeScans makes gray scans of 90 to 110 dots per inch, most of them forms, as
// JPEGs: what comes of a page that was once put on a screen or in a mail.
func (b *bench) makeScans() ([]sample, error) {
	types := []postroom.TypeCode{postroom.ConsentForm, postroom.LabReport, postroom.ReferralLetter, postroom.ConsentForm}
	var out []sample
	for i := range b.forms {
		dpi := []float64{100, 90, 110}[i%3]
		img, truth, _, err := generate.ScanPage(generate.PageOptions{Seed: b.seed + 1_000_000 + uint64(i), Type: types[i%len(types)], Split: generate.Test, Quality: []generate.Quality{generate.Clean, generate.Typical}[i/2%2], DPIX: dpi})
		if err != nil {
			return nil, fmt.Errorf("make scan %d: %w", i, err)
		}
		s, err := b.write("about 100 dpi, gray", fmt.Sprintf("scan%04d.jpg", i), postroom.JPEG, generate.EncodeJPEG(img, 75, dpi), truth.Text())
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// makeSingle writes one fax page as a TIFF and in a PDF.
func (b *bench) makeSingle() (tif, pdf string, err error) {
	page, _, _, err := generate.Page(generate.PageOptions{Seed: b.seed, Split: generate.Test, Quality: generate.Typical})
	if err != nil {
		return "", "", fmt.Errorf("make a page: %w", err)
	}
	tif, pdf = filepath.Join(b.dir, "single.tif"), filepath.Join(b.dir, "single.pdf")
	one := []*generate.Bits{page}
	if err := os.WriteFile(tif, generate.EncodeTIFF(one, generate.TIFFOptions{Coding: generate.G4, DPIX: 204, DPIY: 196}), 0o600); err != nil {
		return "", "", err
	}
	return tif, pdf, os.WriteFile(pdf, generate.EncodeFaxPDF(one, generate.G4, 204, 196, false), 0o600)
}

var mediaTypes = map[string]string{
	".tif": postroom.TIFF, ".tiff": postroom.TIFF, ".png": postroom.PNG, ".jpg": postroom.JPEG, ".jpeg": postroom.JPEG,
}

// readCorpus lists the pictures under the folder that have a text beside them.
// The text of a file of several pages holds all of them.
func readCorpus(folder string) ([]sample, error) {
	var out []sample
	var lone []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		ext := filepath.Ext(path)
		media, ok := mediaTypes[strings.ToLower(ext)]
		if !ok {
			return nil
		}
		text, err := os.ReadFile(strings.TrimSuffix(path, ext) + ".txt")
		if errors.Is(err, fs.ErrNotExist) {
			lone = append(lone, path)
			return nil
		}
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		class, err := filepath.Rel(folder, filepath.Dir(path))
		if err != nil {
			return err
		}
		if class == "." {
			class = filepath.Base(folder)
		}
		out = append(out, sample{filepath.ToSlash(class), path, media, postroom.HashOf(data), int64(len(data)), string(text)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the corpus: %w", err)
	}
	if len(lone) > 0 {
		return nil, fmt.Errorf("%d pictures have no text beside them, such as %s: write what is printed on it into the file of the same name with .txt", len(lone), lone[0])
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s has no pictures: put .tif, .png or .jpg files there, each with a .txt", folder)
	}
	slices.SortStableFunc(out, func(a, b sample) int { return strings.Compare(a.class, b.class) })
	return out, nil
}
