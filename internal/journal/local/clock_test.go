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

// The clock is set while the server is stopped.
func TestRepeatsAreRecognisedAfterAStartWithAWrongClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log.snug")
		j := open(t, path)
		if _, err := put(t, j, message("lobby", "first")); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		wall := func() time.Time { return time.Now().Add(400 * 24 * time.Hour) }
		late, err := local.OpenWithClock(t.Context(), path, local.Options{Log: slog.New(slog.DiscardHandler)}, wall)
		if err != nil {
			t.Fatal(err)
		}
		defer late.Close()
		for _, when := range []time.Duration{0, protocol.DuplicateTime / 2} {
			time.Sleep(when)
			if o, err := put(t, late, message("lobby", "first")); err != nil || !o.Duplicate {
				t.Errorf("after %v: %+v, %v; want a duplicate", when, o, err)
			}
		}
		time.Sleep(protocol.DuplicateTime)
		if o, err := put(t, late, message("lobby", "first")); err != nil || o.Duplicate {
			t.Errorf("after a day and a half: %+v, %v; want a new entry", o, err)
		}
	})
}
