package cluster

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// logger logs the messages of the server in this process, most of them at debug level.
type logger struct {
	log *slog.Logger

	mu    sync.Mutex
	fatal error // why the server couldn't start; nil if it could, so far
}

// why returns why the server hasn't started.
func (l *logger) why() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fatal == nil {
		return fmt.Errorf("the server isn't ready after %v", startTimeout)
	}
	return l.fatal
}

func (l *logger) failed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal != nil
}

// Fatalf notes why the server can't go on. It doesn't end the process.
func (l *logger) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.mu.Lock()
	l.fatal = errors.New(text)
	l.mu.Unlock()
	l.log.Error("the NATS server has failed", "nats", text)
}

// Errorf logs a warning: most often, another node can't be reached.
func (l *logger) Errorf(format string, v ...any) {
	l.log.Warn("the NATS server reports an error", "nats", fmt.Sprintf(format, v...))
}

// Warnf logs at debug level.
func (l *logger) Warnf(format string, v ...any) {
	l.log.Debug("the NATS server warns", "nats", fmt.Sprintf(format, v...))
}

// Noticef logs at debug level.
func (l *logger) Noticef(format string, v ...any) {
	l.log.Debug("the NATS server notes", "nats", fmt.Sprintf(format, v...))
}

// Debugf logs nothing.
func (l *logger) Debugf(string, ...any) {}

// Tracef logs nothing.
func (l *logger) Tracef(string, ...any) {}
