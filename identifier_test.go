package postroom

import "testing"

// The vectors are those of the NHS Data Dictionary's algorithm, worked out by hand.
func TestNHSNumber(t *testing.T) {
	for number, valid := range map[string]bool{
		"943 476 5919": true, "943 476 5870": true, "987 654 3210": true, "9434765919": true, "943-476-5919": true,
		"999 000 0018": true, "999 000 0026": true, "999 012 3454": true, "999 555 1233": true,
		"943 476 5918": false, "943 476 9519": false, "485 777 3456": false, "987 654 4321": false,
		"000 000 0000": false, "111 111 1111": false, "943 476 591": false, "943 476 59191": false, "94347659I9": false, "": false,
		"320 123 4567": true,
	} {
		n, err := ParseNHSNumber(number)
		if (err == nil) != valid {
			t.Errorf("%q: %v", number, err)
		}
		if err == nil && (len(n.Digits()) != 10 || len(n.Spaced()) != 12) {
			t.Errorf("%q: %q, %q", number, n.Digits(), n.Spaced())
		}
	}
	for _, nine := range []string{"999123456", "999000000"} {
		if _, ok := Modulus11(nine); ok {
			t.Errorf("%s has no valid check digit", nine)
		}
	}
}

func TestCHI(t *testing.T) {
	for _, c := range []struct {
		number, birth string
		valid         bool
	}{
		{"010101 0001", "", true}, {"290200 1231", "", true}, {"290200 1231", "2000-02-29", true}, {"290200 1231", "2000-03-01", false},
		{"290201 1237", "", false}, {"310299 1114", "", false},
	} {
		if _, err := ParseCHI(c.number, c.birth); (err == nil) != c.valid {
			t.Errorf("%s born %q: %v", c.number, c.birth, err)
		}
	}
}

func TestHC(t *testing.T) {
	for number, valid := range map[string]bool{"320 123 4567": true, "350 000 0010": true, "943 476 5919": false} {
		if _, err := ParseHC(number); (err == nil) != valid {
			t.Errorf("%s: %v", number, err)
		}
	}
}

func TestNPI(t *testing.T) {
	for number, valid := range map[string]bool{"1234567893": true, "1245319599": true, "2234567891": true, "1234567890": false, "1234567803": false, "3234567890": false, "123": false} {
		if ValidNPI(number) != valid {
			t.Errorf("%s", number)
		}
	}
}

func TestPostcode(t *testing.T) {
	for in, want := range map[string]string{"ne1 4lp": "NE1 4LP", "SW1A1AA": "SW1A 1AA", "M1 1AE": "M1 1AE", "GIR 0AA": "GIR 0AA", "zz99 3vz": "ZZ99 3VZ", "QQ1 1AA": "", "NE1 4L": "", "12345": ""} {
		got, err := ParsePostcode(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}
