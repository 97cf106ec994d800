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
