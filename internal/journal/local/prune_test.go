package local_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal"
)

// After a step that failed, as after a commit, the journal reopens the file and continues.
func TestPruningContinuesAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
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
			t.Errorf("%d entries went, %v; want ErrUnavailable", n, err)
		}
		exec(t, db, "DROP TRIGGER broken")
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if s, err := head(t, j); err != nil || s.First != 1 || s.Head != 20 {
			t.Errorf("after the failure the room is %+v, %v", s, err)
		}
		time.Sleep(2 * time.Second) // the file is reopened within a second
		if err := j.Probe(); err != nil {
			t.Errorf("the file isn't reopened: %v", err)
		}
		if n, err := j.Prune(t.Context(), journal.Retention{Last: 5}); n != 15 || err != nil {
			t.Errorf("then %d entries went, %v; want 15", n, err)
		}
		if _, err := put(t, j, message("lobby", "next")); err != nil {
			t.Error(err)
		}
	})
}

func head(t *testing.T, j journal.Journal) (journal.Snapshot, error) {
	t.Helper()
	s, feed, err := j.Follow(t.Context(), "lobby")
	if err == nil {
		feed.Close()
	}
	return s, err
}

func TestProbeSaysWhetherEntriesAreAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
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
		exec(t, db, "BEGIN IMMEDIATE") // so that the file can't be reopened
		if _, err := put(t, j, message("lobby", "a")); !errors.Is(err, journal.ErrUnavailable) {
			t.Errorf("append: %v", err)
		}
		if err := j.Probe(); !errors.Is(err, journal.ErrUnavailable) {
			t.Errorf("while it accepts none: %v", err)
		}
		exec(t, db, "ROLLBACK", "DROP TRIGGER broken")
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second) // the file is reopened within a second
		if err := j.Probe(); err != nil {
			t.Errorf("when the disk works again: %v", err)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
		if err := j.Probe(); !errors.Is(err, journal.ErrClosed) {
			t.Errorf("when it is closed: %v", err)
		}
	})
}

// The context ends between two steps.
func TestPruningEndsWithItsContext(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "log.snug"))
	defer j.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Prune(ctx, journal.Retention{Last: 5}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}
