// Package journaltest is the one suite that every engine of package journal
// passes: what the contract promises, told in tests.
package journaltest

import (
	"testing"

	"snug/internal/journal"
)

// Engine says what the suite can't see from a journal.
type Engine struct {
	// Reopen opens the storage of a journal, which is closed, again. It is nil
	// for an engine that keeps nothing.
	Reopen func(t *testing.T, closed journal.Journal) journal.Journal
	// Restore opens a journal on a backup that was read in full, as one that is
	// put back elsewhere. It is nil for an engine that makes none.
	Restore func(t *testing.T, backup []byte) journal.Journal
	// OwnClock says that the log's clock is another process's, or a network's: no
	// test can turn it.
	OwnClock bool
}

// Run puts an engine to the test. open returns a journal that is new and empty;
// the suite closes it.
func Run(t *testing.T, open func(t *testing.T) journal.Journal, e Engine) {
	for _, part := range []struct {
		name  string
		tests []promise
	}{
		{"Append", appending},
		{"Once", repeating},
		{"About", about},
		{"Read", reading},
		{"Follow", following},
		{"Keep", keeping},
		{"Prune", pruning},
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
						t.Skip("the engine keeps nothing")
					}
					if p.restores && e.Restore == nil {
						t.Skip("the engine makes no backups")
					}
					if p.turns && e.OwnClock {
						t.Skip("the engine's clock can't be turned")
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

// promise is one test. It has either holds, which gets a journal, or fresh,
// which opens them itself.
type promise struct {
	name  string
	holds func(t *testing.T, j *watched)
	fresh func(t *testing.T, open func(t *testing.T) *watched)
	// What the engine has to be able to do: turns is that its clock is the test's.
	reopens, restores, turns bool
}
