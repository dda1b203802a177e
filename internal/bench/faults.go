package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"snug/protocol"
)

// faults counts what went wrong, by kind. It is safe for concurrent use.
type faults struct {
	mu     sync.Mutex
	counts map[string]int64
}

const maxKinds = 20

func (f *faults) add(kind string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.counts == nil {
		f.counts = make(map[string]int64)
	}
	if _, known := f.counts[kind]; !known && len(f.counts) >= maxKinds {
		kind = "others"
	}
	f.counts[kind]++
}

// all returns the counts. Nothing may be added afterwards.
func (f *faults) all() map[string]int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counts
}

// faultKind describes an error without the addresses that differ between connections.
func faultKind(err error) string {
	var number syscall.Errno
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, syscall.EMFILE):
		return "this process may open no more files: raise ulimit -n"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return cutOff // before the server had read everything that was sent
	case errors.As(err, &number):
		return number.Error()
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return cutOff
	}
	return err.Error()
}

const cutOff = "cut by the server"

func (c *closing) kind() string {
	switch {
	case c.code == 0:
		return "closed by the server"
	case c.reason == "":
		return fmt.Sprintf("closed by the server with %d", c.code)
	}
	return fmt.Sprintf("closed by the server with %d: %s", c.code, c.reason)
}

func refusedKind(e *protocol.Error) string {
	if e.Code == protocol.RateLimited {
		return string(e.Code)
	}
	return e.Error()
}
