package people

import (
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

func TestPassword(t *testing.T) {
	kept, err := HashPassword("três moinhos azuis")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(kept, "$argon2id$v=19$m=65536,t=3,p=1$") || strings.Contains(kept, "moinhos") {
		t.Error(kept)
	}
	again, _ := HashPassword("três moinhos azuis")
	if again == kept {
		t.Error("two accounts with one password look the same")
	}
	for password, want := range map[string]bool{
		"três moinhos azuis":       true,
		"tre\u0302s moinhos azuis": true, // typed with a dead key
		"três moinhos azuis ":      false,
		"Três moinhos azuis":       false,
		"":                         false,
		strings.Repeat("x", 1<<20): false,
	} {
		if got, err := SamePassword(kept, password); err != nil || got != want {
			t.Errorf("%.30q: %v, %v", password, got, err)
		}
	}
	if same, err := SamePassword("", "três moinhos azuis"); same || err != nil {
		t.Error("an account without a password", same, err)
	}
	// The hash of RFC 9106's reference program for "password", "somesalt", t=2, m=65536, p=1.
	if same, err := SamePassword("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password"); err != nil || !same {
		t.Error("the reference vector", same, err)
	}
}

func TestBadHashes(t *testing.T) {
	for _, kept := range []string{"x", "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "$argon2id$v=19$m=64,t=1,p=1$$"} {
		if same, err := SamePassword(kept, "password"); same || err == nil {
			t.Errorf("%q: %v, %v", kept, same, err)
		}
	}
}

func TestWeakPasswords(t *testing.T) {
	for _, password := range []string{"short", "elevenchars", "password1234!", "Welcome2026!!", "aaaaaaaaaaaaaaa", "abababababababab", "123456789012", "abcdefghijklm", "qwertyuiopasdf", "PostroomAdmin1", "\xff\xfe123456789012", strings.Repeat("long", 100)} {
		if _, err := HashPassword(password); !postroom.IsBadInput(err) {
			t.Errorf("%q is taken: %v", password, err)
		}
	}
	for _, password := range []string{"correct horse battery", "Zwölf Boxkämpfer", "k7$Qm!x2Vb#9"} {
		if _, err := HashPassword(password); err != nil {
			t.Errorf("%q: %v", password, err)
		}
	}
}
