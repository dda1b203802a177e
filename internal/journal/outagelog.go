package journal

import (
	"log/slog"
	"time"
)

const (
	// minCalm is how long no failure may happen before an outage counts as over. It
	// doubles, up to maxCalm, with every outage that begins within maxCalm of the last
	// failure. So a disk that fails now and then fills no log.
	minCalm = 4 * time.Second
	maxCalm = 10 * time.Minute
)

// OutageLog logs an engine's outage once when it begins, however many attempts fail,
// and once when it is over. It is for one goroutine at a time.
type OutageLog struct {
	Log         *slog.Logger
	Began, Over string // the messages to log

	failing    bool          // Began was logged, and Over was not yet
	recovering bool          // an attempt has succeeded since the last failure
	lastFailed time.Time     // when an attempt last failed
	calm       time.Duration // between minCalm and maxCalm
}

// Fail notes a failed attempt, and logs err if it begins an outage.
func (o *OutageLog) Fail(err error) {
	now := time.Now()
	if !o.failing {
		if now.Sub(o.lastFailed) < maxCalm {
			o.calm = min(2*o.calm, maxCalm)
		} else {
			o.calm = minCalm
		}
		o.Log.Error(o.Began, "err", err) //nolint:sloglint // each engine has a message of its own
	}
	o.failing, o.recovering, o.lastFailed = true, false, now
}

// Succeed notes a successful attempt. It reports whether this is the first one after a
// failure: then the caller calls CheckOver after a while.
func (o *OutageLog) Succeed() bool {
	if !o.failing || o.recovering {
		return false
	}
	o.recovering = true
	return true
}

// CheckOver logs the end of the outage if nothing has failed for long enough. It
// reports whether the caller has to call it again later.
func (o *OutageLog) CheckOver() bool {
	if !o.recovering {
		return false
	}
	if time.Since(o.lastFailed) < o.calm {
		return true
	}
	o.failing, o.recovering = false, false
	o.Log.Info(o.Over) //nolint:sloglint // each engine has a message of its own
	return false
}
