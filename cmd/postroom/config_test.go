package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postroom/postroom"
)

func TestExampleConfiguration(t *testing.T) {
	raw, err := os.ReadFile("../../docs/postroom.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("/run/secrets/postroom_s3_secret", secret, "/run/secrets/postroom_google_refresh", secret).Replace(string(raw))
	for _, name := range []string{"POSTROOM_S3_ACCESS_KEY", "POSTROOM_M365_SECRET", "POSTROOM_GOOGLE_SECRET", "POSTROOM_EFAX_PASSWORD"} {
		t.Setenv(name, "from "+name)
	}
	cfg, err := parseConfig([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Store.S3.SecretKey != "from a file" || cfg.Sources[2].IMAP.Password != "from POSTROOM_EFAX_PASSWORD" {
		t.Error("secrets were not taken from the file and the environment")
	}
	if len(cfg.Sources) != 4 || cfg.Sources[3].Folder == nil || cfg.Sources[0].IMAP.OAuth == nil {
		t.Errorf("sources %+v", cfg.Sources)
	}
	rule, err := cfg.Filing.rule()
	if err != nil || len(rule.FileTypes) != 0 {
		t.Errorf("hold_everything leaves %v, %v", rule.FileTypes, err)
	}

	// What is commented out is right too.
	var lines []string
	for line := range strings.Lines(text) {
		if i := strings.Index(line, "# "); i >= 0 && strings.TrimSpace(line[:i]) == "" && uncommentable(line[i+2:]) {
			line = line[:i] + line[i+2:]
		}
		lines = append(lines, line)
	}
	t.Setenv("POSTROOM_DATABASE", "postgres://postroom@db.example/postroom")
	t.Setenv("POSTROOM_PDF_PASSWORD", "agreed")
	all := strings.ReplaceAll(strings.Join(lines, ""), "folder: /srv/records\n", "\n")
	all = strings.Replace(all, "hold_everything: true", "hold_everything: false", 1)
	if cfg, err = parseConfig([]byte(all)); err != nil {
		t.Fatal(err)
	}
	if cfg.Database == "" || cfg.Practice.DateOrder != "mdy" || len(cfg.Reading.Passwords) != 1 || cfg.Sources[2].IMAP.Settle != "keyword" {
		t.Errorf("settings in comments were not reached: %+v", cfg)
	}
}

// uncommentable reports whether a comment is a setting: "name: value".
func uncommentable(s string) bool {
	name, _, ok := strings.Cut(s, ":")
	return ok && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") == "" && strings.HasPrefix(s[len(name):], ": ")
}

func TestUrgentTypesAreNeverOpened(t *testing.T) {
	for _, tp := range postroom.Types {
		if tp.Urgency != postroom.AtOnce {
			continue
		}
		if _, err := (filingConfig{Types: []postroom.TypeCode{tp.Code}}).rule(); err == nil {
			t.Errorf("%s may be filed without a person", tp.Code)
		}
		if postroom.SafeRule().FileTypes[tp.Code] {
			t.Errorf("%s is filed by the safe rule", tp.Code)
		}
	}
}
