package servers

import "syscall"

func setAttribute(path, name string, value []byte) error {
	return syscall.Setxattr(path, name, value, 0)
}
