package main

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/postroom/postroom/pipeline"
	"github.com/postroom/postroom/store"
)

// workersConfig says how the processes that share the work treat each other.
// It must be the same for all of them.
type workersConfig struct {
	// TakeOver is how long a process may be silent before its work is taken over; 30s.
	TakeOver time.Duration `yaml:"take_over"`
	// MostOpen is how many messages may be taken and not yet done; 2000. Above it
	// mail stays in its mailbox until some are done.
	MostOpen int `yaml:"most_open"`
}

func (c workersConfig) check() error {
	switch {
	case c.TakeOver != 0 && (c.TakeOver < 5*time.Second || c.TakeOver > time.Minute):
		return &settingError{"$.workers.take_over", fmt.Errorf("write a time from 5s to 1m, not %s", c.TakeOver)}
	case c.MostOpen < 0:
		return &settingError{"$.workers.most_open", errors.New("write how many messages may be at hand, such as 2000")}
	}
	return nil
}

// apply passes the settings on.
func (c workersConfig) apply(o *pipeline.Options) { o.TakeOver, o.MostOpen = c.TakeOver, c.MostOpen }

// operatingConfig is how Postroom tells how it is.
type operatingConfig struct {
	// Listen is where /metrics, /healthz and /readyz are answered, such as
	// 127.0.0.1:9464; nowhere without it.
	Listen  string        `yaml:"listen"`
	Traces  tracesConfig  `yaml:"traces"`
	Summary summaryConfig `yaml:"summary"`
	// Patience is how long a document may wait for a person before it is overdue.
	Patience patienceConfig `yaml:"patience"`
}

// patienceConfig is the patience by priority; see postroom.Priority.
type patienceConfig struct {
	AtOnce  time.Duration `yaml:"at_once"`  // 1h
	SameDay time.Duration `yaml:"same_day"` // 8h
	Routine time.Duration `yaml:"routine"`  // 48h
}

func (c patienceConfig) check() error {
	for _, one := range []struct {
		name string
		is   time.Duration
	}{{"at_once", c.AtOnce}, {"same_day", c.SameDay}, {"routine", c.Routine}} {
		if one.is < 0 || one.is > 0 && one.is < time.Minute {
			return &settingError{"$.operating.patience." + one.name, fmt.Errorf("write a time of a minute or more, such as 8h, not %s", one.is)}
		}
	}
	return nil
}

// apply passes the settings on.
func (c patienceConfig) apply(o *pipeline.Options) {
	o.Patience = map[string]time.Duration{"at_once": c.AtOnce, "same_day": c.SameDay, "routine": c.Routine}
}

func (c operatingConfig) check() error {
	if c.Listen != "" {
		if _, _, err := net.SplitHostPort(c.Listen); err != nil {
			return &settingError{"$.operating.listen", errors.New("write an address and a port, such as 127.0.0.1:9464")}
		}
	}
	if err := c.Traces.check(); err != nil {
		return err
	}
	if err := c.Patience.check(); err != nil {
		return err
	}
	return c.Summary.check()
}

// ageConfig encrypts what is kept in a folder.
type ageConfig struct {
	Recipients []string `yaml:"recipients"` // age1...
	Identities []string `yaml:"identities"` // AGE-SECRET-KEY-1..., or the contents of files of age-keygen
}

// encrypted wraps the folder when the configuration asks for it.
func (c *config) encrypted(folder *store.Folder) (store.Objects, error) {
	if c.Store.Age == nil {
		return folder, nil
	}
	return store.NewEncrypted(folder, store.AgeConfig{Recipients: c.Store.Age.Recipients, Identities: c.Store.Age.Identities})
}
