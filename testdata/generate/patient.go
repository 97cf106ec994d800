package generate

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/postroom/postroom"
)

// A Person is somebody with what letters say about him.
type Person struct {
	postroom.Patient
	Title  string // Mr, Mrs, Ms, Miss, Dr, Master
	Female bool
	Middle string // a second given name that only some letters print
	Kin    string // next of kin: "Mrs Anne HOLT (daughter)"
	KinTel string
}

// RegisterHeader is the header of patients.csv.
var RegisterHeader = []string{"nhs_number", "family", "given", "dob", "address", "postcode", "phone"}

// WriteRegister writes the patients as CSV.
func WriteRegister(w io.Writer, people []Person) error {
	c := csv.NewWriter(w)
	if err := c.Write(RegisterHeader); err != nil {
		return err
	}
	for _, p := range people {
		if err := c.Write([]string{p.Number, p.Family, p.Given, p.BirthDate, p.Address, p.Postcode, p.Phone}); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// ReadRegister reads what WriteRegister wrote.
func ReadRegister(b []byte) ([]postroom.Patient, error) {
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the patient list: %w", err)
	}
	if len(rows) == 0 || strings.Join(rows[0], ",") != strings.Join(RegisterHeader, ",") {
		return nil, fmt.Errorf("the patient list does not begin with the header %s", strings.Join(RegisterHeader, ","))
	}
	var out []postroom.Patient
	for _, r := range rows[1:] {
		out = append(out, postroom.Patient{ID: r[0], Number: r[0], Family: r[1], Given: r[2], BirthDate: r[3], Address: r[4], Postcode: r[5], Phone: r[6]})
	}
	return out, nil
}

// A Register is the practice's patients, with what makes some of them hard to tell apart.
type Register struct {
	People []Person
	// Strangers are not patients of the practice.
	Strangers []Person
	// Alike are pairs of indexes of people who are easily taken for each other.
	Alike [][2]int
	// Before gives previous surnames by index: the list has the new one, letters may have the old.
	Before map[int]string
}

type numberMaker struct {
	r    *Rand
	used map[string]bool
}

// number returns a valid number of the 999 range, which is never issued.
func (n *numberMaker) number() string {
	for {
		nine := "999" + n.r.digits(6)
		if c, ok := postroom.Modulus11(nine); ok && !n.used[nine] {
			n.used[nine] = true
			return nine + string(c)
		}
	}
}

// near returns a valid number that differs from the given one in as few digits as can be.
func (n *numberMaker) near(of string) string {
	for range 500 {
		b := []byte(of[:9])
		i := n.r.Between(3, 8)
		b[i] = byte('0' + n.r.Intn(10))
		if c, ok := postroom.Modulus11(string(b)); ok && !n.used[string(b)] {
			n.used[string(b)] = true
			return string(b) + string(c)
		}
	}
	return n.number()
}

// NewRegister makes n patients and a tenth as many strangers.
func NewRegister(seed uint64, n int) *Register {
	r := NewRand(seed, "register")
	m := &numberMaker{r, map[string]bool{}}
	reg := &Register{Before: map[int]string{}}
	for len(reg.People) < n {
		p := m.person()
		i := len(reg.People)
		reg.People = append(reg.People, p)
		if i%9 != 4 {
			continue
		}
		q := m.person()
		switch (i / 9) % 6 {
		case 0: // twins
			q.Family, q.BirthDate, q.Address, q.Postcode, q.Phone = p.Family, p.BirthDate, p.Address, p.Postcode, p.Phone
			q.Number = m.near(p.Number)
			q.Given = pick(r, givenNames(q.Female))
			if r.Chance(0.4) { // twins like to begin with the same letter
				q.Given, q.Female = sameInitial(r, p.Given, p.Female), p.Female
			}
		case 1: // the same name, born in another year
			q.Family, q.Given, q.Female, q.Title = p.Family, p.Given, p.Female, p.Title
			q.BirthDate = addYears(p.BirthDate, r.Between(-12, 12)|1)
		case 2: // parent and child of one name at one address
			q.Family, q.Given, q.Female, q.Title = p.Family, p.Given, p.Female, p.Title
			q.Address, q.Postcode, q.Phone = p.Address, p.Postcode, p.Phone
			q.BirthDate = addYears(p.BirthDate, 26)
		case 3: // day and month change places, surname alike
			q.Family, q.Given, q.Female, q.Title = p.Family, p.Given, p.Female, p.Title
			q.BirthDate = swapDayMonth(p.BirthDate)
		case 4: // a couple
			q.Family, q.Address, q.Postcode, q.Phone = p.Family, p.Address, p.Postcode, p.Phone
		case 5: // one letter apart
			q.Family, q.Given, q.Female, q.Title = alike(r, p.Family), p.Given, p.Female, p.Title
			q.Number = m.near(p.Number)
		}
		if q.Number == p.Number || q.Given == p.Given && q.Family == p.Family && q.BirthDate == p.BirthDate {
			continue
		}
		reg.finish(&q)
		reg.Alike = append(reg.Alike, [2]int{i, len(reg.People)})
		reg.People = append(reg.People, q)
		if r.Chance(0.5) && reg.People[i].Female {
			reg.Before[i] = pick(r, familyNames)
		}
	}
	reg.People = reg.People[:n]
	reg.Alike = trimAlike(reg.Alike, n)
	for i := range n/10 + 3 {
		p := m.person()
		if i%2 == 0 { // by name one could take him for a patient
			of := reg.People[r.Intn(n)]
			p.Family, p.Given, p.Female, p.Title = of.Family, of.Given, of.Female, of.Title
			reg.finish(&p)
		}
		reg.Strangers = append(reg.Strangers, p)
	}
	return reg
}

func trimAlike(pairs [][2]int, n int) [][2]int {
	var out [][2]int
	for _, p := range pairs {
		if p[0] < n && p[1] < n {
			out = append(out, p)
		}
	}
	return out
}

func (reg *Register) finish(p *Person) { p.ID = p.Number }

func (m *numberMaker) person() Person {
	r := m.r
	p := Person{Female: r.Chance(0.53)}
	p.Number = m.number()
	p.ID = p.Number
	p.Given, p.Family, p.Middle = pick(r, givenNames(p.Female)), pick(r, familyNames), pick(r, givenNames(p.Female))
	year := 1930 + r.Intn(93)
	if r.Chance(0.5) {
		year = 1935 + r.Intn(35)
	}
	p.BirthDate = time.Date(year, time.Month(r.Between(1, 12)), r.Between(1, 28), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	switch age := 2026 - year; {
	case p.Female:
		p.Title = pick(r, []string{"Mrs", "Mrs", "Ms", "Miss"})
		if age < 18 {
			p.Title = "Miss"
		}
	case age < 16:
		p.Title = "Master"
	default:
		p.Title = "Mr"
	}
	if r.Chance(0.015) && year < 1998 {
		p.Title = "Dr"
	}
	place := pick(r, places)
	p.Address = fmt.Sprintf("%d %s, %s", r.Between(1, 148), pick(r, streets), place.town)
	if r.Chance(0.15) {
		p.Address = fmt.Sprintf("Flat %d, %s", r.Between(1, 24), p.Address)
	}
	p.Postcode = fmt.Sprintf("%s %d%c%c", place.outward, r.Between(1, 9), pick(r, []byte("ABDEFGHJLNPQRSTUWXYZ")), pick(r, []byte("ABDEFGHJLNPQRSTUWXYZ")))
	p.Phone = phoneNumber(r, place.dialling)
	relation := pick(r, []string{"wife", "daughter", "son", "sister", "brother", "partner", "mother", "friend"})
	if relation == "wife" && p.Female {
		relation = "husband"
	}
	female := relation == "wife" || relation == "daughter" || relation == "sister" || relation == "mother"
	title := "Mr"
	if female {
		title = "Mrs"
	}
	family := p.Family
	if r.Chance(0.4) {
		family = pick(r, familyNames)
	}
	p.Kin = fmt.Sprintf("%s %s %s (%s)", title, pick(r, givenNames(female)), family, relation)
	p.KinTel = phoneNumber(r, place.dialling)
	return p
}

// phoneNumber returns a number of the ranges that Ofcom keeps for drama.
func phoneNumber(r *Rand, dialling string) string {
	if dialling == "" || r.Chance(0.45) {
		return "07700 900" + r.digits(3)
	}
	return dialling + " 496 0" + r.digits(3)
}

func addYears(date string, n int) string {
	t, _ := time.Parse(time.DateOnly, date)
	t = t.AddDate(n, 0, 0)
	if t.Year() > 2023 {
		t = t.AddDate(-45, 0, 0)
	}
	return t.Format(time.DateOnly)
}

func swapDayMonth(date string) string {
	t, _ := time.Parse(time.DateOnly, date)
	if t.Day() > 12 || t.Day() == int(t.Month()) {
		return t.AddDate(0, 0, 10).Format(time.DateOnly)
	}
	return time.Date(t.Year(), time.Month(t.Day()), int(t.Month()), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

func sameInitial(r *Rand, given string, female bool) string {
	for _, g := range shuffled(r, givenNames(female)) {
		if g[0] == given[0] && g != given {
			return g
		}
	}
	return pick(r, givenNames(female))
}

// alike returns a surname that is easily misread as the given one.
func alike(r *Rand, family string) string {
	for _, pair := range shuffled(r, [][2]string{{"son", "sen"}, {"ey", "y"}, {"ll", "l"}, {"tt", "t"}, {"ie", "ei"}, {"a", "e"}, {"o", "a"}, {"i", "y"}, {"s", "ss"}, {"n", "nn"}, {"e", "ea"}}) {
		if i := strings.LastIndex(family, pair[0]); i > 0 {
			return family[:i] + pair[1] + family[i+len(pair[0]):]
		}
	}
	return family + "s"
}

func givenNames(female bool) []string {
	if female {
		return femaleNames
	}
	return maleNames
}
