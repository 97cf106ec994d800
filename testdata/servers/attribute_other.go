//go:build !linux

package servers

import "errors"

func setAttribute(string, string, []byte) error { return errors.ErrUnsupported }
