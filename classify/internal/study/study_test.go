package study

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

// Every slot is known, every type can be made, and what is said to be printed
// is there.
func TestDocuments(t *testing.T) {
	for _, m := range []*Maker{New(3, All), ForTypes(3, All)} {
		testDocuments(t, m)
	}
}

func testDocuments(t *testing.T, m *Maker) {
	if len(m.Types()) != len(postroom.Types) { // junk in place of unknown
		t.Errorf("%d types can be made", len(m.Types()))
	}
	for _, code := range m.Types() {
		for range 12 {
			d := m.Document(code, "")
			var all strings.Builder
			for _, p := range d.Pages {
				all.WriteString(p.PlainText() + "\n")
			}
			text := strings.Join(strings.Fields(all.String()), " ")
			if strings.ContainsAny(text, "?{}") && (strings.Contains(text, "?") && strings.Contains(text, "{") || strings.Contains(text, "{")) {
				t.Errorf("%s: a slot is not filled: %s", code, text)
			}
			if n := d.Fields[postroom.NHSNumberField]; n != "" && !strings.Contains(strings.NewReplacer(" ", "", "-", "").Replace(text), n) {
				t.Errorf("%s: the number is not printed", code)
			}
			if pc := d.Fields[postroom.Postcode]; pc != "" && !strings.Contains(text, pc) && len(d.Pages) == 1 {
				f := strings.Fields(pc)
				if !strings.Contains(text, f[0]) || !strings.Contains(text, f[1]) {
					t.Errorf("%s: the postcode is not printed", code)
				}
			}
			if code == postroom.DischargeSummary && (d.Fields[postroom.AdmissionDate] == "" || d.Fields[postroom.AdmissionDate] > d.Fields[postroom.DischargeDate]) {
				t.Errorf("%s: %v", code, d.Fields)
			}
		}
	}
}

// The part that is kept back has no sentence of the part to learn from.
func TestPartsShareNothing(t *testing.T) {
	learn, check := readPools(Learn, true), readPools(Check, true)
	for code, w := range learn.types {
		for _, s := range w.sentences {
			for _, o := range check.types[code].sentences {
				if s == o {
					t.Errorf("%s: %q is in both parts", code, s)
				}
			}
		}
	}
}

func TestMessages(t *testing.T) {
	m := New(4, All)
	covers, several := 0, 0
	for range 60 {
		msg := m.Message("typical")
		covers += len(msg.Others)
		n := len(msg.Others)
		for _, d := range msg.Documents {
			n += len(d.At)
			if len(d.At) > 1 {
				several++
			}
		}
		if n != len(msg.Pages) {
			t.Fatalf("%d of %d pages are accounted for", n, len(msg.Pages))
		}
	}
	if covers < 10 || several < 10 {
		t.Errorf("%d covers, %d documents of several pages", covers, several)
	}
}

// What is learned from shares no run of four words with what the generator
// words its test layouts in, unless its training layouts share it too or it is
// a standard phrase: else the test layouts would flatter.
func TestNothingOfTheTestLayouts(t *testing.T) {
	test, train := map[string]bool{}, map[string]bool{}
	names, err := filepath.Glob("../../../testdata/generate/wording/*.txt")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d files of wordings, %v", len(names), err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		into := train
		for line := range strings.Lines(string(b)) {
			if head, ok := strings.CutPrefix(line, "=== "); ok {
				into = train
				if strings.HasPrefix(strings.TrimPrefix(head, "bank "), "test") {
					into = test
				}
				continue
			}
			for _, run := range runsOfFour(line) {
				into[run] = true
			}
		}
	}
	if len(test) < 1000 || len(train) < 1000 {
		t.Fatalf("%d and %d runs of words", len(test), len(train))
	}
	for _, phrase := range []string{
		"to whom it may concern", "i look forward to", "many thanks for asking", "at the time of", "an accident at work", "a road traffic collision",
		"same day emergency care", "abdominal aortic aneurysm screening", "enquiry under section 42", "thoughts of self harm",
		"left bundle branch block", "tubular adenoma with low grade", "invasive ductal carcinoma grade 2", "invasive carcinoma of no special type",
		"escherichia coli greater than 10 5", "folic acid 5 mg",
	} {
		for _, run := range runsOfFour(phrase) {
			delete(test, run)
		}
	}
	err = fs.WalkDir(wordFiles, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := fs.ReadFile(wordFiles, name)
		for line := range strings.Lines(string(b)) {
			if !strings.Contains(name, "/urgency/") && !strings.Contains(name, "/letters/") {
				_, line, _ = strings.Cut(line, " ") // its mark
			}
			for _, run := range runsOfFour(line) {
				if test[run] && !train[run] {
					t.Errorf("%s: %q is in a test layout: %s", name, run, strings.TrimSpace(line))
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var (
	wordingMarkup = regexp.MustCompile(`\{[^}]*\}|[\[\]|#*]|::?\w*`)
	wordingWord   = regexp.MustCompile(`[a-z0-9']+`)
)

// runsOfFour returns each four words in a row of a wording; slots and choices
// part them.
func runsOfFour(wording string) []string {
	var runs []string
	for _, part := range wordingMarkup.Split(strings.ToLower(wording), -1) {
		words := wordingWord.FindAllString(part, -1)
		for i := 4; i <= len(words); i++ {
			runs = append(runs, strings.Join(words[i-4:i], " "))
		}
	}
	return runs
}

// Every whole letter can be read, each author wrote of every type, and what is set has the letter's words. Those from o on were asked for
// letters of types that are taken for each other, most without a title.
func TestLetters(t *testing.T) {
	all, err := Letters()
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]map[postroom.TypeCode]bool{}
	m := New(1, All)
	for _, l := range all {
		if types[l.Hand] == nil {
			types[l.Hand] = map[postroom.TypeCode]bool{}
		}
		types[l.Hand][l.Type] = true
		words := 0
		for _, p := range m.Set(l, "clean") {
			words += len(p.Words)
		}
		if words < 20 {
			t.Errorf("%s: %s: %d words are set", l.Hand, l.Note, words)
		}
	}
	for hand, of := range types {
		if least := len(New(1, All).Types()); len(of) < least && (hand < "o" || len(of) < 19) {
			t.Errorf("%s wrote of %d types", hand, len(of))
		}
	}
	if len(all) < 900 {
		t.Errorf("%d letters", len(all))
	}
}

// Fields stand before a letter; what is none is refused.
func TestLetterFields(t *testing.T) {
	var l Letter
	rest, err := l.takeFields("@letter_date 2026-03-06\n@actions Check the potassium.\n@actions Stop ramipril.\nExample Hospital\n@ the end")
	if err != nil || rest != "Example Hospital\n@ the end" || l.Fields[postroom.LetterDate] != "2026-03-06" || l.Fields[postroom.Actions] != "Check the potassium.\nStop ramipril." {
		t.Errorf("%q, %v, %v", rest, l.Fields, err)
	}
	for _, bad := range []string{"@colour red\n", "@letter_date\n"} {
		if _, err := new(Letter).takeFields(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	all, err := Letters()
	if err != nil {
		t.Fatal(err)
	}
	known := 0
	for _, l := range all {
		if len(l.Fields) > 0 {
			known++
		}
	}
	if known < 930 {
		t.Errorf("the fields of %d letters are known", known)
	}
}

// A letter set in another order has the same lines, whichever they are.
func TestRearranged(t *testing.T) {
	l := Letter{Fields: map[postroom.FieldName]string{postroom.SenderOrganisation: "Example Hospital", postroom.Recipient: "Dr H Marsh"}, Pages: [][]string{{
		"Example Hospital", "High Street", "", "10 March 2026", "", "Dr H Marsh", "Larchfield Surgery", "", "Dear Dr Marsh", "", "She is well.",
	}}}
	sorted := func(l Letter) string {
		lines := slices.DeleteFunc(slices.Concat(l.Pages...), func(s string) bool { return s == "" })
		slices.Sort(lines)
		return strings.Join(lines, "|")
	}
	r := rand.New(rand.NewPCG(1, 1))
	first, last := map[string]int{}, map[string]int{}
	want := sorted(l)
	for range 200 {
		got := l.Rearranged(r)
		if sorted(got) != want {
			t.Fatalf("%q", got.Pages)
		}
		first[got.Pages[0][0]]++
		last[got.Pages[0][len(got.Pages[0])-1]]++
	}
	if first["Dr H Marsh"] < 10 || last["High Street"] < 10 || first["Example Hospital"] < 100 {
		t.Errorf("first lines %v, last lines %v", first, last)
	}
}

// Whoever says what makes a letter urgent says so of urgent letters only, and in words that stand there.
func TestUrgentLettersSayWhy(t *testing.T) {
	all, err := Letters()
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for n, l := range all {
		if len(l.Because) > 0 && !l.Urgent {
			t.Errorf("letter %d (%s) is calm and says why it is urgent", n, l.Note)
		}
		words := map[string]bool{}
		for _, p := range l.Pages {
			for _, w := range strings.Fields(strings.Join(p, " ")) {
				words[w] = true
			}
		}
		for _, why := range l.Because {
			said++
			found, list := 0, strings.Fields(why)
			for _, w := range list {
				if words[w] {
					found++
				}
			}
			if found*2 < len(list) {
				t.Errorf("letter %d (%s): %q does not stand in it", n, l.Note, why)
			}
		}
	}
	if said < 250 {
		t.Errorf("%d sentences", said)
	}
}
