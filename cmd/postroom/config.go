package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"github.com/postroom/postroom"
	"github.com/postroom/postroom/classify"
	"github.com/postroom/postroom/ingest"
	"github.com/postroom/postroom/ocr"
	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/store"
)

// config is the one YAML file. docs/postroom.example.yaml explains each line
// and is loaded by a test.
type config struct {
	// Data is the folder for the state (SQLite), caches and, unless a store is
	// named, the filed documents.
	Data string `yaml:"data"`
	// Database is a postgres:// URL; without it the state is an SQLite file in Data.
	Database string          `yaml:"database"`
	Store    storeConfig     `yaml:"store"`
	Sources  []sourceConfig  `yaml:"sources"`
	Practice classify.Config `yaml:"practice"`
	Reading  ocr.Config      `yaml:"reading"`
	Filing   filingConfig    `yaml:"filing"`
	Learning learningConfig  `yaml:"learning"`
	// Types are types of document that the practice has added.
	Types []typeConfig `yaml:"types"`
	Batch batchConfig  `yaml:"batch"`
	// Deliver are the systems that filed documents are handed to.
	Deliver []deliverConfig `yaml:"deliver"`
	// Desk is the review desk that run serves.
	Desk deskConfig `yaml:"desk"`
	// Retention is how long documents are kept.
	Retention retentionConfig `yaml:"retention"`
	Log       logConfig       `yaml:"log"`
	// Workers is how the processes that share the work treat each other.
	Workers workersConfig `yaml:"workers"`
	// Operating is how Postroom tells how it is.
	Operating operatingConfig `yaml:"operating"`

	observer pipeline.Observer // of this process; nil for none
	nightly  bool              // this process is the nightly job
}

type storeConfig struct {
	Folder string     `yaml:"folder"`
	Age    *ageConfig `yaml:"age"`
	S3     *s3Config  `yaml:"s3"`
}

type s3Config struct {
	Endpoint      string        `yaml:"endpoint"`
	Region        string        `yaml:"region"`
	Bucket        string        `yaml:"bucket"`
	Prefix        string        `yaml:"prefix"`
	AccessKey     string        `yaml:"access_key"`
	SecretKey     string        `yaml:"secret_key"`
	SessionToken  string        `yaml:"session_token"`
	CAFile        string        `yaml:"ca_file"`
	PathStyle     bool          `yaml:"path_style"`
	Encryption    string        `yaml:"encryption"`
	KMSKey        string        `yaml:"kms_key"`
	Retention     string        `yaml:"retention"`
	RetentionDays int           `yaml:"retention_days"`
	LegalHold     bool          `yaml:"legal_hold"`
	Versioning    bool          `yaml:"versioning"`
	Timeout       time.Duration `yaml:"timeout"`
}

func (c s3Config) open() (*store.S3, error) {
	return store.OpenS3(store.S3Config{
		Endpoint: c.Endpoint, Region: c.Region, Bucket: c.Bucket, Prefix: c.Prefix,
		AccessKey: c.AccessKey, SecretKey: c.SecretKey, SessionToken: c.SessionToken,
		CAFile: c.CAFile, PathStyle: c.PathStyle, Encryption: c.Encryption, KMSKey: c.KMSKey,
		Retention: c.Retention, RetentionDays: c.RetentionDays, LegalHold: c.LegalHold, Versioning: c.Versioning, Timeout: c.Timeout,
	})
}

// A sourceConfig is a mailbox or a folder.
type sourceConfig struct {
	Name   string                `yaml:"name"`
	IMAP   *ingest.MailboxConfig `yaml:"imap"`
	Folder *ingest.FolderConfig  `yaml:"folder"`
}

type filingConfig struct {
	// HoldEverything sends every document to a person: the way to start.
	HoldEverything bool `yaml:"hold_everything"`
	// Types are the types that may be filed without a person; without the list, the safe default.
	Types           []postroom.TypeCode `yaml:"types"`
	TypeConfidence  float64             `yaml:"type_confidence"`
	FieldConfidence float64             `yaml:"field_confidence"`
	DateConfidence  float64             `yaml:"date_confidence"` // of the letter's date; without it field_confidence, or 0.75
	PageConfidence  float64             `yaml:"page_confidence"`
	// ByType changes what is asked of single types.
	ByType map[postroom.TypeCode]typeRuleConfig `yaml:"by_type"`
	// Sample is the share of what would be filed that goes to a person all the
	// same, to measure the true error; 0.02 when it is left out.
	Sample *float64 `yaml:"sample"`
	// GiveUp is how long a fault that may pass is borne with before the document is quarantined.
	GiveUp time.Duration `yaml:"give_up"`
	FHIR   fhirConfig    `yaml:"fhir"`
	PDF    pdfConfig     `yaml:"pdf"`
}

type fhirConfig struct {
	// Profile is uk-core (the default), us-core or mhd.
	Profile string `yaml:"profile"`
	// BaseURL is put before the PDF's key; without it the bundle holds the PDF, up to a size.
	BaseURL string `yaml:"base_url"`
	// InlineUpTo is that size in KB; 0 for none.
	InlineUpTo *int64 `yaml:"inline_up_to"`
	// Parties is identifiers (the default) or entries: how bundles name the patient, the
	// practice and the sender.
	Parties string `yaml:"parties"`
}

func (f fhirConfig) check() error {
	if _, ok := fhirProfiles[f.Profile]; !ok {
		return &settingError{"$.filing.fhir.profile", fmt.Errorf("write uk-core, us-core or mhd, not %q", f.Profile)}
	}
	if f.InlineUpTo != nil && *f.InlineUpTo < 0 {
		return &settingError{"$.filing.fhir.inline_up_to", errors.New("write a number of KB, 0 for none")}
	}
	if f.Parties != "" && f.Parties != "identifiers" && f.Parties != "entries" {
		return &settingError{"$.filing.fhir.parties", fmt.Errorf("write identifiers or entries, not %q", f.Parties)}
	}
	return nil
}

var fhirProfiles = map[string]store.FHIRProfile{"": store.UKCore, "uk-core": store.UKCore, "us-core": store.USCore, "mhd": store.MHD}

func (c *config) fhirOptions() store.FHIROptions {
	f := c.Filing.FHIR
	o := store.FHIROptions{Profile: fhirProfiles[f.Profile], BaseURL: f.BaseURL, Parties: f.Parties == "entries"}
	if f.InlineUpTo != nil {
		if o.InlineUpTo = *f.InlineUpTo << 10; o.InlineUpTo == 0 {
			o.InlineUpTo = -1
		}
	}
	// The practice itself is the custodian of what is filed.
	if len(c.Practice.PracticeCodes) > 0 {
		o.PracticeODS = c.Practice.PracticeCodes[0]
	}
	if len(c.Practice.PracticeNames) > 0 {
		o.PracticeName = c.Practice.PracticeNames[0]
	}
	return o
}

// readers is how many pages are read at once.
func (c *config) readers() int {
	if c.Reading.Workers > 0 {
		return c.Reading.Workers
	}
	return runtime.NumCPU()
}

type batchConfig struct {
	// Patience is how long a batch waits while nothing moves before it leaves the rest to the next one.
	Patience time.Duration `yaml:"patience"`
}

type logConfig struct {
	Level  string `yaml:"level"`  // debug, info, warn, error
	Format string `yaml:"format"` // text, json
}

func (f filingConfig) rule() (postroom.Rule, error) {
	rule := postroom.SafeRule()
	if f.Types != nil {
		rule.FileTypes = map[postroom.TypeCode]bool{}
		for _, code := range f.Types {
			t, ok := postroom.TypeOf(code)
			if !ok || code == postroom.UnknownType {
				return rule, fmt.Errorf("filing.types: there is no type %q", code)
			}
			if t.Urgency == postroom.AtOnce {
				return rule, fmt.Errorf("filing.types: %q is urgent by nature and is never filed without a person", code)
			}
			rule.FileTypes[code] = true
		}
	}
	if f.HoldEverything {
		rule.FileTypes = nil
	}
	if f.FieldConfidence > 0 && f.DateConfidence == 0 {
		rule.DateConfidence = 0 // who sets the one alone means both
	}
	for _, c := range []struct {
		name string
		from float64
		to   *postroom.Confidence
	}{{"type_confidence", f.TypeConfidence, &rule.TypeConfidence}, {"field_confidence", f.FieldConfidence, &rule.FieldConfidence}, {"date_confidence", f.DateConfidence, &rule.DateConfidence}, {"page_confidence", f.PageConfidence, &rule.PageConfidence}} {
		if c.from < 0 || c.from > 1 {
			return rule, fmt.Errorf("filing.%s: write a number from 0 to 1, such as 0.9", c.name)
		}
		if c.from > 0 {
			*c.to = postroom.Confidence(c.from)
		}
	}
	for code, c := range f.ByType {
		if _, ok := postroom.TypeOf(code); !ok {
			return rule, fmt.Errorf("filing.by_type: there is no type %q", code)
		}
		r, err := c.rule()
		if err != nil {
			return rule, fmt.Errorf("filing.by_type.%s: %w", code, err)
		}
		if rule.ByType == nil {
			rule.ByType = map[postroom.TypeCode]postroom.TypeRule{}
		}
		rule.ByType[code] = r
	}
	if f.Sample != nil {
		if *f.Sample < 0 || *f.Sample > 1 {
			return rule, fmt.Errorf("filing.sample: write a share from 0 to 1, such as 0.02")
		}
		rule.Sample = *f.Sample
	}
	return rule, nil
}

// load reads the configuration, or makes one from --data and --from.
func (o *options) load() (*config, error) {
	cfg := &config{}
	if o.config != "" {
		raw, err := os.ReadFile(o.config)
		if err != nil {
			return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: fmt.Sprintf("the configuration %s cannot be read", o.config), Hint: "check the path and its permissions", Err: err}
		}
		if cfg, err = parseConfig(raw); err != nil {
			return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "the configuration " + o.config + " is wrong", Hint: "docs/postroom.example.yaml shows every setting", Err: err}
		}
	}
	if o.data != "" {
		cfg.Data = o.data
	}
	if cfg.Data == "" && (cfg.Database == "" || cfg.Store.S3 == nil && cfg.Store.Folder == "") {
		return nil, &postroom.Problem{Kind: postroom.Misconfigured, Reason: "nothing says where to keep what is read", Hint: "name a folder with --data, or a configuration file with --config"}
	}
	for _, dir := range o.from {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		// The folder's path is its name: a file keeps its identity when the
		// order of the flags changes.
		cfg.Sources = append(cfg.Sources, sourceConfig{Name: fmt.Sprintf("folder %s", abs), Folder: &ingest.FolderConfig{Path: abs}})
	}
	if cfg.Batch.Patience == 0 {
		cfg.Batch.Patience = 10 * time.Minute
	}
	return cfg, cfg.validate()
}

// parseConfig refuses what it does not know, with the line.
func parseConfig(raw []byte) (*config, error) {
	cfg := &config{}
	if err := yaml.UnmarshalWithOptions(raw, cfg, yaml.Strict()); err != nil {
		return nil, errors.New(strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	if err := expandSecrets(reflect.ValueOf(cfg).Elem(), "$"); err != nil {
		return nil, atLine(raw, err)
	}
	if err := cfg.validate(); err != nil {
		return nil, atLine(raw, err)
	}
	return cfg, nil
}

// A settingError names the setting that is wrong by its YAML path.
type settingError struct {
	path string // "$.sources[0].imap.password"
	err  error
}

func (e *settingError) Error() string { return strings.TrimPrefix(e.path, "$.") + ": " + e.err.Error() }
func (e *settingError) Unwrap() error { return e.err }

// atLine puts the line of the setting before the error where it can be found.
func atLine(raw []byte, err error) error {
	var setting *settingError
	if !errors.As(err, &setting) {
		return err
	}
	file, perr := parser.ParseBytes(raw, 0)
	if perr != nil {
		return err
	}
	// A setting that is missing has no line; the nearest thing around it has.
	for path := setting.path; path != ""; {
		if p, perr := yaml.PathString(path); perr == nil {
			if node, perr := p.FilterFile(file); perr == nil && node != nil && node.GetToken() != nil {
				return fmt.Errorf("line %d: %w", node.GetToken().Position.Line, err)
			}
		}
		i := max(strings.LastIndexByte(path, '.'), strings.LastIndexByte(path, '['))
		if i < 0 {
			break
		}
		path = path[:i]
	}
	return err
}

var secretPattern = regexp.MustCompile(`^\$\{(env|file):([^}]+)\}$`)

// expandSecrets replaces every text that is "${env:NAME}" or "${file:PATH}" by
// the variable's value or the file's contents without the last line break.
func expandSecrets(v reflect.Value, path string) error {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return expandSecrets(v.Elem(), path)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			if name == "" || name == "-" || !v.Field(i).CanSet() {
				continue
			}
			if err := expandSecrets(v.Field(i), path+"."+name); err != nil {
				return err
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if err := expandSecrets(v.Index(i), path+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
	case reflect.String:
		m := secretPattern.FindStringSubmatch(v.String())
		if m == nil {
			return nil
		}
		switch m[1] {
		case "env":
			value, ok := os.LookupEnv(m[2])
			if !ok {
				return &settingError{path, fmt.Errorf("the environment variable %s is not set", m[2])}
			}
			v.SetString(value)
		case "file":
			b, err := os.ReadFile(m[2])
			if err != nil {
				return &settingError{path, err}
			}
			v.SetString(strings.TrimRight(string(b), "\r\n"))
		}
	}
	return nil
}

func (c *config) validate() error {
	names := map[string]bool{}
	for i := range c.Sources {
		s := &c.Sources[i]
		path := fmt.Sprintf("$.sources[%d]", i)
		if s.Name == "" {
			return &settingError{path + ".name", errors.New("give the source a name; it appears in records and may not change later")}
		}
		if names[s.Name] {
			return &settingError{path + ".name", fmt.Errorf("two sources are called %q", s.Name)}
		}
		names[s.Name] = true
		switch {
		case (s.IMAP == nil) == (s.Folder == nil):
			return &settingError{path, errors.New("say either imap or folder")}
		case s.IMAP != nil:
			s.IMAP.Name = s.Name
			if err := s.IMAP.Validate(); err != nil {
				return &settingError{path + ".imap", err}
			}
		default:
			s.Folder.Name = s.Name
			if err := s.Folder.Validate(); err != nil {
				return &settingError{path + ".folder", err}
			}
		}
	}
	if c.Store.Folder != "" && c.Store.S3 != nil {
		return &settingError{"$.store", errors.New("say either folder or s3")}
	}
	if c.Store.Age != nil && c.Store.S3 != nil {
		return &settingError{"$.store.age", errors.New("it encrypts a folder; for a bucket write encryption: sse-s3 or sse-kms")}
	}
	if c.Database != "" && !strings.HasPrefix(c.Database, "postgres://") && !strings.HasPrefix(c.Database, "postgresql://") {
		return &settingError{"$.database", errors.New("write postgres://user:password@host:5432/name, or leave it out for SQLite")}
	}
	if err := c.Filing.FHIR.check(); err != nil {
		return err
	}
	if err := c.Filing.PDF.check(); err != nil {
		return err
	}
	if err := c.Practice.Check(); err != nil {
		return &settingError{"$.practice", err}
	}
	types, err := practiceTypes(c.Types)
	if err != nil {
		return err
	}
	if err := postroom.AddTypes(types); err != nil {
		return &settingError{"$.types", err}
	}
	if err := c.Learning.check(); err != nil {
		return &settingError{"$.learning", err}
	}
	if err := c.Workers.check(); err != nil {
		return err
	}
	if err := c.Operating.check(); err != nil {
		return err
	}
	if _, err := c.receivers(nil); err != nil {
		return err
	}
	if _, err := c.Retention.policy(); err != nil {
		return err
	}
	if _, err := c.Filing.rule(); err != nil {
		return &settingError{"$.filing", err}
	}
	if err := c.Reading.Validate(); err != nil {
		return &settingError{"$.reading", err}
	}
	if _, err := c.Log.handler(os.Stderr, false); err != nil {
		return &settingError{"$.log", err}
	}
	return nil
}

func (c *config) databaseAddress() string {
	if c.Database != "" {
		return c.Database
	}
	return filepath.Join(c.Data, "postroom.db")
}

// storeFolder is where documents are filed when the store is a folder.
func (c *config) storeFolder() string {
	if c.Store.Folder != "" {
		return c.Store.Folder
	}
	return filepath.Join(c.Data, "store")
}

// logger writes to standard error. Batch jobs are quiet unless asked.
func (c *config) logger(verbose bool) *slog.Logger {
	h, err := c.Log.handler(os.Stderr, verbose)
	if err != nil {
		return slog.New(slog.DiscardHandler) // validate has refused it already
	}
	return slog.New(h)
}

func (l logConfig) handler(w *os.File, verbose bool) (slog.Handler, error) {
	level := slog.LevelWarn
	if l.Level != "" {
		if err := level.UnmarshalText([]byte(l.Level)); err != nil {
			return nil, fmt.Errorf("level: write debug, info, warn or error, not %q", l.Level)
		}
	}
	if verbose {
		level = slog.LevelDebug
	}
	opt := &slog.HandlerOptions{Level: level}
	switch l.Format {
	case "", "text":
		return slog.NewTextHandler(w, opt), nil
	case "json":
		return slog.NewJSONHandler(w, opt), nil
	}
	return nil, fmt.Errorf("format: write text or json, not %q", l.Format)
}
