package ingest

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleanName takes what could mislead out of a file name: folders, control
// characters, marks that turn the direction of writing, and excessive length.
// It may return an empty string.
func cleanName(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029':
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if strings.Trim(s, ". ") == "" {
		return ""
	}
	const most = 200 // bytes; file systems end at 255
	if len(s) > most {
		ext := path.Ext(s)
		if len(ext) > 16 {
			ext = ""
		}
		n := most - len(ext)
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + ext
	}
	return s
}

// nameOf returns the part's name, or makes one from its place and kind.
func (u *unpacker) nameOf(p *part, f *format) string {
	if p.name != "" {
		return p.name
	}
	ext := ""
	if f != nil {
		ext = f.ext
	}
	return fmt.Sprintf("attachment-%d%s", p.n, ext)
}
