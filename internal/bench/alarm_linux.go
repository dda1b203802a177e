package bench

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// alarm makes Go timers fire on time. While a process is idle, Go's scheduler waits in
// whole milliseconds, so a timer fires up to one millisecond late, which would be counted
// as latency of the server. The scheduler waits for an alarm, a kernel timer, as it waits
// for a socket. When the alarm fires, the scheduler finds the Go timer due.
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
	_ = unix.TimerfdSettime(a.fd, 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(int64(wait))}, nil) // if it fails, the Go timer still fires
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
