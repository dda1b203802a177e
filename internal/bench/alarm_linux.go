package bench

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// alarm wakes Go's scheduler on time. While a process has nothing to do, Go waits
// in whole milliseconds, so a timer goes off up to one too late, and that would be
// counted as the server's latency. A timer of the kernel's that the scheduler waits
// for as for a socket ends its wait; it then finds the Go timer due.
type alarm struct {
	file *os.File
	fd   int
}

func newAlarm() (*alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	return &alarm{os.NewFile(uintptr(fd), "timer"), fd}, nil
}

func (a *alarm) set(wait time.Duration) {
	_ = unix.TimerfdSettime(a.fd, 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(int64(wait))}, nil) // without it, a little late
}

// watch returns when the alarm is closed.
func (a *alarm) watch() {
	var count [8]byte
	for {
		if _, err := a.file.Read(count[:]); err != nil {
			return
		}
	}
}

func (a *alarm) close() { _ = a.file.Close() }
