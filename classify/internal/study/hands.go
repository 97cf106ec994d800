package study

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify/internal/simulate"
)

// A Letter is a whole document as one person wrote it, line by line: with what real senders put around
// and between the words that tell its type, which documents put together from phrases do not have.
type Letter struct {
	Hand   string // who wrote it: what is learned from one hand is tried on another
	Type   postroom.TypeCode
	Urgent bool
	Note   string     // what it is, for people
	Pages  [][]string // lines; columns stand three and more spaces apart
}

// Letters are all whole letters, hand by hand.
func Letters() ([]Letter, error) {
	files, err := wordFiles.ReadDir("words/letters")
	if err != nil {
		return nil, err
	}
	var out []Letter
	for _, f := range files {
		b, err := wordFiles.ReadFile("words/letters/" + f.Name())
		if err != nil {
			return nil, err
		}
		hand := strings.TrimSuffix(f.Name(), path.Ext(f.Name()))
		for n, text := range strings.Split("\n"+string(b), "\n=== ")[1:] {
			head, body, _ := strings.Cut(text, "\n")
			parts := strings.SplitN(head, "|", 3)
			if len(parts) < 3 {
				return nil, fmt.Errorf("%s: letter %d: %q is no head of a letter: TYPE | urgent: yes or no | note", f.Name(), n+1, head)
			}
			l := Letter{Hand: hand, Type: postroom.TypeCode(strings.TrimSpace(parts[0])), Note: strings.TrimSpace(parts[2])}
			switch strings.TrimSpace(parts[1]) {
			case "urgent: yes":
				l.Urgent = true
			case "urgent: no":
			default:
				return nil, fmt.Errorf("%s: letter %d: %q says neither yes nor no", f.Name(), n+1, parts[1])
			}
			if _, known := postroom.TypeOf(l.Type); !known && l.Type != postroom.Junk {
				return nil, fmt.Errorf("%s: letter %d: %q is no type", f.Name(), n+1, l.Type)
			}
			for page := range strings.SplitSeq(body, "\n---page---") {
				if strings.TrimSpace(page) != "" {
					l.Pages = append(l.Pages, strings.Split(strings.Trim(page, "\n"), "\n"))
				}
			}
			out = append(out, l)
		}
	}
	return out, nil
}

// column parts what stands apart in a line.
var column = regexp.MustCompile(`\S+(?: {1,2}\S+)*`)

// Set sets a whole letter as it might have been printed, read with the noise of a quality.
func (m *Maker) Set(l Letter, quality string) []postroom.Page {
	r := m.r
	s := newSetter(r)
	widest := 90
	for _, lines := range l.Pages {
		for _, line := range lines {
			widest = max(widest, len(strings.TrimRight(line, " ")))
		}
	}
	unit := float64(s.right-s.left) / float64(widest)
	s.size = min(s.size, int(unit/0.48))
	named, titled := chance(r, 0.6), chance(r, 0.4) // the house's name, titles in larger letters
	for n, lines := range l.Pages {
		if n > 0 {
			s.page()
		}
		for i, line := range lines {
			if !strings.ContainsFunc(line, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) {
				s.gap(0.8)
				continue
			}
			size := s.size
			if named && n == 0 && i == 0 {
				size = size * 3 / 2
			} else if t := strings.TrimSpace(line); titled && len(t) < 50 && t == strings.ToUpper(t) && strings.ContainsFunc(t, unicode.IsLetter) {
				size = size * 4 / 3
			}
			s.room(size)
			end := 0
			for _, at := range column.FindAllStringIndex(line, -1) {
				text := line[at[0]:at[1]]
				x := max(s.left+int(float64(at[0])*unit), end)
				s.at(x, s.p.y, size, text)
				end = x + long(text, size) + size*3/2
			}
			s.p.y += s.step(size)
		}
	}
	if chance(r, 0.5) {
		s.letterHeader(len(s.papers))
	}
	return s.done(fmt.Sprintf("letter-%d.tif", r.IntN(1<<30)), 1, simulate.Noises[quality])
}

// letterHeader sets the line that the sending machine prints at the top of each page.
func (s *setter) letterHeader(total int) {
	form := pick(s.r, []string{"%s %02d:%02d   P. %02d/%02d", "%s %02d:%02d FROM: PAGE %d OF %d", "%s  %02d:%02d  FAX Pg %d/%d"})
	day := Day.AddDate(0, 0, -s.r.IntN(700)).Format(pick(s.r, []string{"02/01/2006", "02-Jan-2006", "2006-01-02"}))
	hour, minute := 7+s.r.IntN(12), s.r.IntN(60)
	for n, p := range s.papers {
		s.p = p
		s.at(60, 8+s.r.IntN(14), 20, fmt.Sprintf(form, day, hour, minute, n+1, total))
	}
}
