package postroom

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"
)

// An NHSNumber is a ten-digit number of the English, Welsh, Scottish (CHI) or
// Northern Irish (H&C) health service. Only ParseNHSNumber makes one, so its
// check digit holds.
type NHSNumber struct{ digits string }

// Digits returns the ten digits.
func (n NHSNumber) Digits() string { return n.digits }

// Spaced returns the number as it is printed, 3 3 4 (NHS Data Dictionary).
func (n NHSNumber) Spaced() string {
	if len(n.digits) != 10 {
		return n.digits
	}
	return n.digits[:3] + " " + n.digits[3:6] + " " + n.digits[6:]
}

// LogValue hides the number from logs.
func (NHSNumber) LogValue() slog.Value { return hidden }

// ParseNHSNumber reads ten digits, with spaces or hyphens between them, and
// checks the modulus 11 digit (NHS Data Dictionary, NHS NUMBER): the sum of
// d1*10 to d9*2, c = 11 - sum mod 11, 11 counts as 0, 10 is never issued.
// Ten equal digits are refused although some pass the sum.
func ParseNHSNumber(s string) (NHSNumber, error) {
	digits := stripSeparators(s)
	if len(digits) != 10 || !allDigits(digits) {
		return NHSNumber{}, fmt.Errorf("an NHS number has ten digits")
	}
	if strings.Count(digits, digits[:1]) == 10 {
		return NHSNumber{}, fmt.Errorf("ten equal digits are no NHS number")
	}
	want, ok := Modulus11(digits[:9])
	if !ok || want != digits[9] {
		return NHSNumber{}, fmt.Errorf("the check digit of the NHS number does not hold")
	}
	return NHSNumber{digits}, nil
}

// Modulus11 returns the check digit for nine digits; false when none is valid.
func Modulus11(nine string) (byte, bool) {
	if len(nine) != 9 || !allDigits(nine) {
		return 0, false
	}
	sum := 0
	for i := range 9 {
		sum += int(nine[i]-'0') * (10 - i)
	}
	switch c := 11 - sum%11; c {
	case 11:
		return '0', true
	case 10:
		return 0, false
	default:
		return byte('0' + c), true
	}
}

// ParseCHI checks a Scottish Community Health Index number: modulus 11, and
// the first six digits are a real date (DDMMYY) that equals birthDate (ISO
// 8601) when that is known.
func ParseCHI(s, birthDate string) (NHSNumber, error) {
	n, err := ParseNHSNumber(s)
	if err != nil {
		return NHSNumber{}, err
	}
	d := n.digits
	for _, century := range []string{"19", "20", "18"} {
		date := century + d[4:6] + "-" + d[2:4] + "-" + d[0:2]
		if _, err := time.Parse(time.DateOnly, date); err == nil && (birthDate == "" || birthDate == date) {
			return n, nil
		}
	}
	return NHSNumber{}, fmt.Errorf("the first six digits of a CHI number are the birth date")
}

// ParseHC checks a Northern Irish Health and Care number: modulus 11, from
// 320 000 001x to 399 999 999x.
func ParseHC(s string) (NHSNumber, error) {
	n, err := ParseNHSNumber(s)
	if err != nil {
		return NHSNumber{}, err
	}
	if n.digits < "3200000010" || n.digits > "3999999999" {
		return NHSNumber{}, fmt.Errorf("an H&C number lies between 320 000 001x and 399 999 999x")
	}
	return n, nil
}

// ValidNPI checks a US National Provider Identifier: ten digits, the first 1
// or 2, Luhn over 80840 and the number (45 CFR 162.406).
func ValidNPI(s string) bool {
	s = stripSeparators(s)
	if len(s) != 10 || !allDigits(s) || (s[0] != '1' && s[0] != '2') {
		return false
	}
	full := "80840" + s
	sum := 0
	for i := range len(full) {
		d := int(full[len(full)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// postcodePattern is the form that the UK government published for bulk data
// transfer, with the space optional; ZZ99 are the NHS's pseudo codes (no fixed
// abode, overseas and the like).
var postcodePattern = regexp.MustCompile(`^(GIR ?0AA|ZZ99 ?[0-9][A-Z]{2}|[A-PR-UWYZ]([0-9]{1,2}|[A-HK-Y][0-9]([0-9ABEHMNPRV-Y])?|[0-9][A-HJKPS-UW]) ?[0-9][ABD-HJLNP-UW-Z]{2})$`)

// ParsePostcode returns a UK postcode as "OUT IN" in upper case.
func ParsePostcode(s string) (string, error) {
	s = strings.ToUpper(strings.Join(strings.Fields(s), " "))
	if !postcodePattern.MatchString(s) {
		return "", fmt.Errorf("this is no UK postcode")
	}
	s = strings.ReplaceAll(s, " ", "")
	return s[:len(s)-3] + " " + s[len(s)-3:], nil
}

func stripSeparators(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' || r == '\u2009' || r == '\u2013' {
			return -1
		}
		return r
	}, s)
}

func allDigits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}
