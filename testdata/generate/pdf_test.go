package generate

import (
	"bytes"
	"image"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/postroom/postroom"
)

func init() { api.DisableConfigDir() }

func pagesOf(data []byte, password string) (int, error) {
	conf := model.NewDefaultConfiguration()
	conf.UserPW = password
	ctx, err := api.ReadValidateAndOptimize(bytes.NewReader(data), conf)
	if err != nil {
		return 0, err
	}
	return ctx.PageCount, nil
}

func samplePapers(t *testing.T) []*Paper {
	t.Helper()
	d, err := MakeDocument(3, "pdf", DocumentSpec{Type: postroom.DischargeSummary, Split: Train, Wording: longWording, Sent: everySlotDate, Patient: NewRegister(3, 20).People[0]})
	if err != nil {
		t.Fatal(err)
	}
	return d.Papers
}

func TestPDFReadByPdfcpu(t *testing.T) {
	papers := samplePapers(t)
	page, _, _, err := Page(PageOptions{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	img, _, _, err := ScanPage(PageOptions{Seed: 3, DPIX: 100})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data  []byte
		pages int
	}{
		"text":  {EncodeTextPDF(papers, PDFOptions{}), len(papers)},
		"g4":    {EncodeFaxPDF([]*Bits{page, page}, G4, 204, 196, false), 2},
		"g3":    {EncodeFaxPDF([]*Bits{page}, G3, 204, 196, true), 1},
		"jpeg":  {EncodeJPEGPDF([]*image.Gray{img, img, img}, 60, 100), 3},
		"owner": {EncodeTextPDF(papers, PDFOptions{Encrypt: true, OwnerPassword: "o"}), len(papers)},
	} {
		if n, err := pagesOf(c.data, ""); err != nil || n != c.pages {
			t.Errorf("%s: %d pages, %v", name, n, err)
		}
	}
}

func TestLockedPDFNeedsItsPassword(t *testing.T) {
	locked := EncodeTextPDF(samplePapers(t), PDFOptions{Encrypt: true, UserPassword: "clinic", OwnerPassword: "owner"})
	if _, err := pagesOf(locked, ""); err == nil || !strings.Contains(err.Error(), "password") {
		t.Errorf("without the password: %v", err)
	}
	if _, err := pagesOf(locked, "wrong"); err == nil {
		t.Error("a wrong password opens it")
	}
	if n, err := pagesOf(locked, "clinic"); err != nil || n == 0 {
		t.Errorf("with the password: %d pages, %v", n, err)
	}
	if n, err := pagesOf(lockedAES, "fax2026"); err != nil || n == 0 {
		t.Errorf("the AES file with its password: %d pages, %v", n, err)
	}
}
