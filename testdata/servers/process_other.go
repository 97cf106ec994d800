//go:build !linux

package servers

import "syscall"

// Only Linux has a parent death signal; elsewhere the keeper alone stops the
// server.
func setParentDeathSignal(*syscall.SysProcAttr, syscall.Signal) {}
