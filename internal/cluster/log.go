package cluster

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// logger writes what the server in this process says. Most of it is of use only to
// who looks into it.
type logger struct {
	log *slog.Logger

	mu    sync.Mutex
	fatal error // what it couldn't start for
}

// why returns why the server isn't there.
func (l *logger) why() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fatal == nil {
		return fmt.Errorf("it isn't ready after %v", startWithin)
	}
	return l.fatal
}

func (l *logger) failed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal != nil
}

// Fatalf notes what the server can't go on without; it doesn't end the process.
func (l *logger) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.mu.Lock()
	l.fatal = errors.New(text)
	l.mu.Unlock()
	l.log.Error("the NATS server has failed", "nats", text)
}

// Errorf is a warning here: most often another node isn't there.
func (l *logger) Errorf(format string, v ...any) {
	l.log.Warn("the NATS server reports an error", "nats", fmt.Sprintf(format, v...))
}

// Warnf is of use only to who looks into it, as are the others.
func (l *logger) Warnf(format string, v ...any) {
	l.log.Debug("the NATS server warns", "nats", fmt.Sprintf(format, v...))
}

// Noticef is as Warnf.
func (l *logger) Noticef(format string, v ...any) {
	l.log.Debug("the NATS server says", "nats", fmt.Sprintf(format, v...))
}

// Debugf is left out.
func (l *logger) Debugf(string, ...any) {}

// Tracef is left out.
func (l *logger) Tracef(string, ...any) {}
