// Command nhsuk makes the desk's part of the NHS.UK frontend from the style sheet of its npm
// package: only the rules of the classes that the desk's pages name, in a cascade layer so that
// the desk's own rules come after them, and without fonts, which NHS.UK serves from another host.
//
//	go run ./scripts/nhsuk STYLESHEET PAGES... >review/assets/nhsuk/nhsuk.css
package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: nhsuk STYLESHEET PAGES...")
		os.Exit(2)
	}
	sheet, err := os.ReadFile(os.Args[1])
	var pages strings.Builder
	for _, name := range os.Args[2:] {
		b, e := os.ReadFile(name)
		err = errors.Join(err, e)
		pages.Write(b)
	}
	out := ""
	if err == nil {
		out, err = part(string(sheet), pages.String())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "nhsuk:", err)
		os.Exit(1)
	}
	fmt.Print(out)
}

const head = `/* Made by scripts/nhsuk from the NHS.UK frontend, https://github.com/nhsuk/nhsuk-frontend, MIT License,
Copyright NHS England: the rules that the desk uses, without fonts. "plain" is what the desk looks like without them. */
@layer plain,nhsuk;
@layer nhsuk{
`

var (
	negated = regexp.MustCompile(`:not\([^()]*\)`)
	class   = regexp.MustCompile(`\.(nhsuk-[\w-]+)`)
	named   = regexp.MustCompile(`nhsuk-[\w-]+`)
	outside = regexp.MustCompile(`url\(\s*["']?(https?:)?/`)
	comment = regexp.MustCompile(`(?s)/\*.*?\*/`)
)

// part is what of the sheet the pages need.
func part(sheet, pages string) (string, error) {
	used := map[string]bool{}
	for _, c := range named.FindAllString(pages, -1) {
		used[c] = true
	}
	body, rest, err := rules(comment.ReplaceAllString(sheet, ""), used)
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(rest) != "" {
		return "", fmt.Errorf("a block is closed that was not opened: %.60q", rest)
	}
	if !strings.Contains(body, ".nhsuk-button") {
		return "", errors.New("the style sheet has no .nhsuk-button: is it the NHS.UK frontend's?")
	}
	return head + body + "}\n", nil
}

// rules goes through rules until the end of their block and returns what stands after it.
func rules(s string, used map[string]bool) (string, string, error) {
	var out strings.Builder
	for {
		s = strings.TrimLeft(s, " \t\r\n;")
		if s == "" || s[0] == '}' {
			return out.String(), s, nil
		}
		i := strings.IndexAny(s, "{;")
		if i < 0 {
			return "", "", fmt.Errorf("a rule without an end: %.60q", s)
		}
		before := strings.TrimSpace(s[:i])
		if s[i] == ';' { // @charset and @import have nothing for us
			s = s[i:]
			continue
		}
		s = s[i+1:]
		if name, _, _ := strings.Cut(before, " "); name == "@media" || name == "@supports" || name == "@container" {
			body, rest, err := rules(s, used)
			if err != nil {
				return "", "", err
			}
			if !strings.HasPrefix(rest, "}") {
				return "", "", fmt.Errorf("%s is not closed", before)
			}
			if s = rest[1:]; body != "" {
				out.WriteString(before + "{\n" + body + "}\n")
			}
			continue
		}
		end, depth := -1, 0 // another kind of rule can hold blocks of its own
		for i := 0; i < len(s) && end < 0; i++ {
			switch {
			case s[i] == '{':
				depth++
			case s[i] == '}' && depth == 0:
				end = i
			case s[i] == '}':
				depth--
			}
		}
		if end < 0 {
			return "", "", fmt.Errorf("%s is not closed", before)
		}
		declarations := s[:end]
		s = s[end+1:]
		if keep := selectors(before, used); keep != "" && !outside.MatchString(declarations) {
			out.WriteString(keep + "{" + strings.ReplaceAll(declarations, "Frutiger W01,", "") + "}\n")
		}
	}
}

// selectors are those of a list whose classes are all in use.
func selectors(list string, used map[string]bool) string {
	if strings.HasPrefix(list, "@") { // fonts, and movements
		return ""
	}
	var keep []string
	for _, s := range split(list) {
		all := true
		for _, m := range class.FindAllStringSubmatch(negated.ReplaceAllString(s, ""), -1) {
			all = all && used[m[1]]
		}
		if all {
			keep = append(keep, s)
		}
	}
	return strings.Join(keep, ",")
}

// split cuts a list at the commas that stand in no brackets.
func split(list string) (out []string) {
	depth, from := 0, 0
	for i, c := range list {
		switch c {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, list[from:i])
				from = i + 1
			}
		}
	}
	return append(out, list[from:])
}
