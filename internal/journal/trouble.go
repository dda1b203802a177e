package journal

import (
	"log/slog"
	"time"
)

const (
	// wellAfter is how long all must have gone well before a failure is said to be
	// over. It doubles, up to wellAtMost, with each that comes within wellAtMost of
	// the last: who reads the log is told of a disk that fails now and then, but
	// not each time.
	wellAfter  = 4 * time.Second
	wellAtMost = 10 * time.Minute
)

// Trouble tells the log of an engine's failure once, however often it is tried
// again, and once that it is over. It is for one goroutine at a time.
type Trouble struct {
	Log         *slog.Logger
	Began, Over string // what is said

	failing bool          // a failure was told, and not yet that it is over
	failed  time.Time     // when there last was one
	taking  bool          // it has succeeded since
	well    time.Duration // see wellAfter
}

// Fail says that something has failed, unless that is known.
func (t *Trouble) Fail(err error) {
	now := time.Now()
	if !t.failing {
		if now.Sub(t.failed) < wellAtMost {
			t.well = min(2*t.well, wellAtMost)
		} else {
			t.well = wellAfter
		}
		t.Log.Error(t.Began, "err", err) //nolint:sloglint // each engine has words of its own
	}
	t.failing, t.taking, t.failed = true, false, now
}

// Succeed notes a success, and reports whether it is the first after a failure: then
// Look is to be called after a while.
func (t *Trouble) Succeed() bool {
	if !t.failing || t.taking {
		return false
	}
	t.taking = true
	return true
}

// Look says that a failure is over if none has come for a while, and reports whether
// it is to be called again.
func (t *Trouble) Look() bool {
	if !t.taking {
		return false
	}
	if time.Since(t.failed) < t.well {
		return true
	}
	t.failing, t.taking = false, false
	t.Log.Info(t.Over) //nolint:sloglint // likewise
	return false
}
