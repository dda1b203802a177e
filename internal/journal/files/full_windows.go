package files

import (
	"errors"
	"syscall"
)

// isDiskFull reports whether an error of Windows says that the disk is full.
func isDiskFull(err error) bool {
	const handleDiskFull, diskFull = syscall.Errno(39), syscall.Errno(112)
	return errors.Is(err, handleDiskFull) || errors.Is(err, diskFull)
}
