// Package journaltest is the test suite that every engine of package journal passes. Each
// test is a promise of the contract in package journal.
package journaltest

import (
	"testing"

	"snug/internal/journal"
)

// Engine says what an engine can do in addition to the interface [journal.Journal].
type Engine struct {
	// Reopen opens the storage of a closed journal again. It is nil for an engine
	// that stores nothing.
	Reopen func(t *testing.T, closed journal.Journal) journal.Journal
	// Restore opens a journal on a backup, in a new place. It is nil for an engine
	// that makes no backups.
	Restore func(t *testing.T, backup []byte) journal.Journal
	// OwnClock says that the log's clock is not this process's, so that a test can't
	// control it.
	OwnClock bool
	// HasBytes reports whether the bytes of a file are on the disk. It is nil for an engine
	// whose files a test can't find there.
	HasBytes func(j journal.Journal, id string) bool
}

// Run tests an engine. open returns a new, empty journal, which the suite closes.
func Run(t *testing.T, open func(t *testing.T) journal.Journal, e Engine) {
	for _, part := range []struct {
		name  string
		tests []promise
	}{
		{"Append", appending},
		{"Once", repeating},
		{"Conditions", conditions},
		{"Read", reading},
		{"Messages", messages},
		{"Follow", following},
		{"Store", storing},
		{"Observe", observing},
		{"Prune", pruning},
		{"CloseRoom", roomClosing},
		{"Expire", expiring},
		{"List", listing},
		{"Files", filing},
		{"Copy", copying},
		{"Close", closing},
		{"Reopen", reopening},
		{"Model", modelling},
	} {
		t.Run(part.name, func(t *testing.T) {
			for _, p := range part.tests {
				t.Run(p.name, func(t *testing.T) {
					t.Parallel()
					if p.reopens && e.Reopen == nil {
						t.Skip("the engine stores nothing")
					}
					if p.restores && e.Restore == nil {
						t.Skip("the engine makes no backups")
					}
					if p.setsClock && e.OwnClock {
						t.Skip("the test can't control the engine's clock")
					}
					if p.fresh != nil {
						p.fresh(t, func(t *testing.T) *watched { return watch(t, open(t), e) })
						return
					}
					p.holds(t, watch(t, open(t), e))
				})
			}
		})
	}
}

// promise is one test. It has either holds, which gets a journal, or fresh, which opens
// journals itself.
type promise struct {
	name  string
	holds func(t *testing.T, j *watched)
	fresh func(t *testing.T, open func(t *testing.T) *watched)
	// What the engine must be able to do. setsClock requires that the test controls its
	// clock.
	reopens, restores, setsClock bool
}
