package local_test

import (
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal/local"
	"snug/protocol"
)

// A client sends a message, doesn't hear that it was accepted, and sends it again. In
// between, somebody sets the clock a year ahead.
func TestRepeatsAreRecognisedAfterTheClockJumps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var offset atomic.Int64
		wall := func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
		j, err := local.OpenWithClock(t.Context(), filepath.Join(t.TempDir(), "log.snug"), local.Options{Log: slog.New(slog.DiscardHandler)}, wall)
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		repeats := func(id string, want bool, when string) {
			t.Helper()
			if o, err := put(t, j, message("lobby", id)); err != nil || o.Duplicate != want {
				t.Errorf("%s: %q is %+v, %v; want a duplicate: %v", when, id, o, err, want)
			}
		}
		repeats("first", false, "at first")
		time.Sleep(time.Hour)
		offset.Store(int64(365 * 24 * time.Hour))
		repeats("first", true, "after the jump")
		repeats("second", false, "after the jump")
		offset.Store(0)
		repeats("second", true, "when the clock is right again")
		offset.Store(int64(2 * 365 * 24 * time.Hour))
		repeats("first", true, "after another jump")
		repeats("third", false, "after another jump")
		time.Sleep(protocol.DuplicateTime)
		repeats("first", false, "a day later")
	})
}
