package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"snug/internal/journal"
)

func TestACopyIsPrivateAndRemovedWhenItIsClosed(t *testing.T) {
	f := newFile(t)
	f.must(t, drafts("lobby", "a", 10))
	c, err := f.Copy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(f.path + ".copy"); err != nil || info.Mode().Perm()&0o077 != 0 || info.Size() != c.Size {
		t.Errorf("the copy is %v, %v", info, err)
	}
	if _, err := f.Copy(t.Context()); !errors.Is(err, journal.ErrCopying) {
		t.Errorf("a second copy: %v, want ErrCopying", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	again, err := f.Copy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	for name := range files(t, f.path) {
		if filepath.Ext(name) == ".copy" {
			t.Errorf("%s is left", name)
		}
	}
}

func TestACancelledCopyLeavesNothing(t *testing.T) {
	f := newFile(t)
	f.must(t, drafts("lobby", "a", 10))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Copy(ctx); err == nil {
		t.Error("the copy was made nevertheless")
	}
	if _, err := os.Stat(f.path + ".copy"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the copy is there: %v", err)
	}
	c, err := f.Copy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// A copy reads the log for as long as it is made. Until then the -wal can't be written back,
// which a reopen has to do before the log accepts anything.
func TestAReopenDoesNotWaitForACopy(t *testing.T) {
	f := newFile(t)
	for i := range 20 {
		ds := drafts("lobby", fmt.Sprint(i, "-"), 1000)
		for k := range ds {
			ds[k].Event.Body = bytes.Repeat([]byte("x"), 1000)
		}
		f.must(t, ds)
	}
	for {
		copied := make(chan error, 1)
		go func() {
			c, err := f.Copy(t.Context())
			if err == nil {
				err = c.Close()
			}
			copied <- err
		}()
		for {
			if info, err := os.Stat(f.path + ".copy"); err == nil && info.Size() > 0 || len(copied) > 0 {
				break // it is being made
			}
			runtime.Gosched()
		}
		_, first := f.Reopen(t.Context()) // it may still meet the copy
		err := <-copied
		if first != nil {
			if _, err := f.Reopen(t.Context()); err != nil {
				t.Fatalf("reopen after the copy has ended: %v", err)
			}
		}
		f.must(t, drafts("lobby", fmt.Sprint(time.Now().UnixNano()), 1))
		if err == nil {
			continue // it was quicker
		}
		if !errors.Is(err, errCopyCancelled) {
			t.Errorf("the copy: %v, want errCopyCancelled", err)
		}
		break
	}
	if _, err := os.Stat(f.path + ".copy"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the copy is there: %v", err)
	}
}

func TestACopyLeftByAKillIsRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.snug")
	for _, left := range []string{".copy", ".copy-journal"} {
		write(t, path+left, []byte("content"))
	}
	f := openFile(t, path)
	defer f.Close()
	for _, left := range []string{".copy", ".copy-journal"} {
		if _, err := os.Stat(path + left); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", left, err)
		}
	}
}

// A copy that replaces its log is recognised as another log, also after a kill.
func TestARestoredCopyIsAnotherLog(t *testing.T) {
	f := newFile(t)
	f.must(t, drafts("lobby", "a", 1))
	c, err := f.Copy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	copied, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	lock, err := os.ReadFile(f.path + ".lock")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "log.snug")
	write(t, path, copied)
	write(t, path+".lock", lock) // as a kill leaves it
	g := openFile(t, path)
	defer g.Close()
	if !g.Renewed() {
		t.Error("it has the epochs of the original")
	}
}

// The log is consistent after each step, and the pruned text is in none of its files.
func TestPrunedTextIsInNoFile(t *testing.T) {
	f := newFile(t)
	early := time.Now().Add(-time.Hour)
	for _, room := range []string{"lobby", "attic", "cellar"} {
		if _, err := f.Commit(t.Context(), f.place(drafts(room, "a", 100), early)); err != nil {
			t.Fatal(err)
		}
	}
	f.must(t, drafts("lobby", "b", 1))
	retention := journal.Retention{Since: early.Add(time.Minute), Last: 1000}
	steps, gone := 0, 0
	for {
		cuts, err := f.Excess(t.Context(), retention, 70)
		if err != nil {
			t.Fatal(err)
		}
		if len(cuts) == 0 {
			break
		}
		if err := f.Prune(t.Context(), cuts); err != nil {
			t.Fatal(err)
		}
		steps++
		for _, c := range cuts {
			gone += c.Entries
			if s, _, err := f.Snapshot(t.Context(), c.Room); err != nil || s.First != c.First {
				t.Errorf("after %+v its first entry is %d, %v", c, s.First, err)
			}
		}
	}
	if steps != 5 || gone != 300 {
		t.Errorf("%d entries went in %d steps, want 300 in 5", gone, steps)
	}
	if err := f.WriteBack(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, held := range files(t, f.path) {
		for _, room := range []string{"attic", "cellar"} {
			if bytes.Contains(held, fmt.Append(nil, "hello to ", room)) {
				t.Errorf("%s has text of room %s", name, room)
			}
		}
	}
}
