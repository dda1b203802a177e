package local_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"snug/internal/journal"
)

// A step that fails is as a commit that fails: its outcome is unknown, so the file is
// opened anew, and then it goes on.
func TestPruningGoesOnAfterAFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.snug")
	j := open(t, path)
	defer j.Close()
	for i := range 20 {
		if _, err := put(t, j, message("lobby", fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	db := shell(t, path)
	exec(t, db, "CREATE TRIGGER broken BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'disk'); END")
	if n, err := j.Prune(t.Context(), journal.Retention{Last: 5}); n != 0 || !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("%d went, %v; want ErrUnavailable", n, err)
	}
	exec(t, db, "DROP TRIGGER broken")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err := head(t, j); err != nil || s.First != 1 || s.Head != 20 {
		t.Errorf("after the failure the room is %+v, %v", s, err)
	}
	for end := time.Now().Add(30 * time.Second); j.Probe() != nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it isn't opened again")
		}
	}
	if n, err := j.Prune(t.Context(), journal.Retention{Last: 5}); n != 15 || err != nil {
		t.Errorf("then %d went, %v", n, err)
	}
	if _, err := put(t, j, message("lobby", "next")); err != nil {
		t.Error(err)
	}
}

func head(t *testing.T, j journal.Journal) (journal.Snapshot, error) {
	t.Helper()
	s, feed, err := j.Follow(t.Context(), "lobby")
	if err == nil {
		feed.Close()
	}
	return s, err
}

func TestItSaysWhetherItTakesEntries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.snug")
	j := open(t, path)
	if err := j.Probe(); err != nil {
		t.Errorf("at first: %v", err)
	}
	db := shell(t, path)
	exec(t, db, "CREATE TRIGGER broken BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'disk'); END")
	if _, err := put(t, j, message("lobby", "a")); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("append: %v", err)
	}
	exec(t, db, "BEGIN IMMEDIATE") // so that it can't be opened again
	if _, err := put(t, j, message("lobby", "a")); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("append: %v", err)
	}
	if err := j.Probe(); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("while it takes none: %v", err)
	}
	exec(t, db, "ROLLBACK", "DROP TRIGGER broken")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); j.Probe() != nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it isn't opened again")
		}
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	if err := j.Probe(); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("when it is closed: %v", err)
	}
}

// Pruning that takes long ends with its context, between two steps.
func TestPruningEndsWithItsContext(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "log.snug"))
	defer j.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Prune(ctx, journal.Retention{Last: 5}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
