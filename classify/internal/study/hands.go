package study

import (
	"fmt"
	"math/rand/v2"
	"path"
	"regexp"
	"slices"
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
	Note   string // what it is, for people
	// Fields are what the letter prints, in normal form, as somebody read it who did not write the program; lists
	// are joined with newlines. Nothing is known of a letter that has none.
	Fields map[postroom.FieldName]string
	// Because are the sentences that make an urgent letter so, where its author said it ("@urgent sentence").
	Because []string
	Pages   [][]string // lines; columns stand three and more spaces apart
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
			if body, err = l.takeFields(body); err != nil {
				return nil, fmt.Errorf("%s: letter %d: %w", f.Name(), n+1, err)
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

// takeFields takes the lines "@name value" that open a letter, and returns what follows them.
func (l *Letter) takeFields(body string) (rest string, err error) {
	for strings.HasPrefix(body, "@") {
		line, below, _ := strings.Cut(body[1:], "\n")
		name, value, found := strings.Cut(line, " ")
		if found && name == "urgent" {
			l.Because, body = append(l.Because, value), below
			continue
		}
		if !found || !slices.Contains(postroom.FieldNames, postroom.FieldName(name)) {
			return "", fmt.Errorf("%q is no field: @name value", line)
		}
		if l.Fields == nil {
			l.Fields = map[postroom.FieldName]string{}
		}
		if before := l.Fields[postroom.FieldName(name)]; before != "" {
			value = before + "\n" + value
		}
		l.Fields[postroom.FieldName(name)] = value
		body = below
	}
	return body, nil
}

// Rearranged is the letter as another sender might set it: now and then the letterhead stands at the foot, or the address of whom it
// goes to on top. Where a name stands is the habit of a house, and the same houses do not write to everybody.
func (l Letter) Rearranged(r *rand.Rand) Letter {
	parts := paragraphs(l.Pages[0])
	holding := func(name postroom.FieldName, from, to int) int {
		value := strings.Join(strings.Fields(l.Fields[name]), " ")
		for i := from; i < min(to, len(parts)); i++ {
			if value != "" && strings.Contains(strings.Join(strings.Fields(strings.Join(parts[i], " ")), " "), value) {
				return i
			}
		}
		return -1
	}
	greeting := slices.IndexFunc(parts, func(p []string) bool { return strings.HasPrefix(strings.TrimSpace(p[0]), "Dear ") })
	place, last := r.Float64(), len(l.Pages)-1
	switch head := holding(postroom.SenderOrganisation, 0, 2); {
	case place < footShare && head >= 0 && len(parts) > 3 && len(parts[head]) < 8 && holding(postroom.PatientName, head, head+1) < 0:
		foot := parts[head]
		parts = slices.Delete(parts, head, head+1)
		l.Pages = slices.Clone(l.Pages)
		if last > 0 {
			l.Pages[last] = append(append(slices.Clone(l.Pages[last]), ""), foot...)
		} else {
			parts = append(parts, foot)
		}
	case place >= footShare && place < footShare+addressShare && greeting > 1:
		to := holding(postroom.Recipient, 1, greeting)
		if to < 1 || len(parts[to]) > 7 {
			return l
		}
		address := parts[to]
		parts = slices.Insert(slices.Delete(parts, to, to+1), 0, address)
		l.Pages = slices.Clone(l.Pages)
	default:
		return l
	}
	l.Pages[0] = nil
	for i, p := range parts {
		if i > 0 {
			l.Pages[0] = append(l.Pages[0], "")
		}
		l.Pages[0] = append(l.Pages[0], p...)
	}
	return l
}

const (
	footShare    = 0.15
	addressShare = 0.15
)

// paragraphs parts lines where one is empty.
func paragraphs(lines []string) [][]string {
	var out [][]string
	fresh := true
	for _, line := range lines {
		if strings.TrimSpace(line) == "" {
			fresh = true
			continue
		}
		if fresh {
			out, fresh = append(out, nil), false
		}
		out[len(out)-1] = append(out[len(out)-1], line)
	}
	return out
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
