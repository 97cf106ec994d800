package ingest

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{
		"fax.tif":                "fax.tif",
		"../../etc/passwd":       "passwd",
		`C:\Scans\a letter.pdf`:  "a letter.pdf",
		"a\x00b\r\n.tif":         "ab .tif",
		"invoice\u202Efdp.exe":   "invoicefdp.exe",
		"..":                     "",
		" . ":                    "",
		"/":                      "",
		"\xff.tif":               "\uFFFD.tif",
		"  two   words .tif ":    "two words .tif",
		"Entlassbrief für Ä.pdf": "Entlassbrief für Ä.pdf",
	} {
		if got := cleanName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	long := cleanName(strings.Repeat("ä", 300) + ".tiff")
	if len(long) > 200 || !strings.HasSuffix(long, ".tiff") || !utf8.ValidString(long) {
		t.Errorf("%d bytes: %q", len(long), long)
	}
}
