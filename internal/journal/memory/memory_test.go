package memory_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"snug/internal/journal"
	"snug/internal/journal/journaltest"
	"snug/internal/journal/memory"
	"snug/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	journaltest.Run(t, func(*testing.T) journal.Journal { return memory.Open(memory.Options{}) }, journaltest.Engine{})
}

func BenchmarkAppend(b *testing.B) {
	journaltest.BenchmarkAppend(b, func(*testing.B) journal.Journal { return memory.Open(memory.Options{}) })
}

// send appends n messages to the lobby.
func send(t *testing.T, j journal.Journal, n int) {
	t.Helper()
	for range n {
		d := journal.Draft{Room: "lobby", Event: protocol.Event{Type: protocol.EventMessage, Body: protocol.MessageBody{Content: "hi"}.Encode()}}
		if err := j.Append(t.Context(), d, func(journal.Outcome, error) {}); err != nil {
			t.Fatal(err)
		}
	}
}

func follow(t *testing.T, j journal.Journal, room string) (journal.Snapshot, *journal.Feed) {
	t.Helper()
	s, feed, err := j.Follow(t.Context(), room)
	if err != nil {
		t.Fatal(err)
	}
	return s, feed
}

func TestTheLast1000EntriesAreKept(t *testing.T) {
	j := memory.Open(memory.Options{})
	defer j.Close()
	send(t, j, 2500)
	s, feed := follow(t, j, "lobby")
	feed.Close()
	if s.First != 1501 || s.Head != 2500 {
		t.Errorf("entries %d to %d are kept, want 1501 to 2500", s.First, s.Head)
	}
	for _, after := range []uint64{0, 7, 1499, 1500} {
		page, err := j.ReadAfter(t.Context(), "lobby", after, 3)
		if err != nil || len(page) != 3 || page[0].Seq != 1501 {
			t.Errorf("after %d: %v, %v; want 3 entries from the oldest kept on", after, page, err)
		}
	}
	for _, before := range []uint64{1, 1501} {
		if page, err := j.ReadBefore(t.Context(), "lobby", before, 3); err != nil || len(page) != 0 {
			t.Errorf("before %d: %v, %v; want none", before, page, err)
		}
	}
}

func TestARoomIsForgottenAWhileAfterItsLastUse(t *testing.T) {
	for _, c := range []struct {
		name      string
		use       func(t *testing.T, j journal.Journal)
		wait      time.Duration
		forgotten bool
	}{
		{"left", func(t *testing.T, j journal.Journal) {}, 10 * time.Minute, true},
		{"left a moment later", func(t *testing.T, j journal.Journal) {}, 10*time.Minute - 1, false},
		{"appended to without a follower", func(t *testing.T, j journal.Journal) {
			time.Sleep(9 * time.Minute)
			send(t, j, 1)
		}, 9 * time.Minute, false},
		{"and then left alone", func(t *testing.T, j journal.Journal) {
			time.Sleep(9 * time.Minute)
			send(t, j, 1)
		}, 10 * time.Minute, true},
		{"followed", func(t *testing.T, j journal.Journal) {
			_, feed := follow(t, j, "lobby")
			t.Cleanup(feed.Close)
		}, 24 * time.Hour, false},
		{"followed by another who leaves", func(t *testing.T, j journal.Journal) {
			_, stays := follow(t, j, "lobby")
			t.Cleanup(stays.Close)
			_, goes := follow(t, j, "lobby")
			goes.Close()
		}, 24 * time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := memory.Open(memory.Options{})
				defer j.Close()
				before, feed := follow(t, j, "lobby")
				send(t, j, 1)
				feed.Close()
				c.use(t, j)
				time.Sleep(c.wait)
				synctest.Wait()
				after, feed := follow(t, j, "lobby")
				feed.Close()
				if forgotten := after.Epoch != before.Epoch; forgotten != c.forgotten || (after.Head == 0) != c.forgotten {
					t.Errorf("epoch %q, then %q with head %d; want forgotten: %v", before.Epoch, after.Epoch, after.Head, c.forgotten)
				}
			})
		})
	}
}

// Only a room's timer outlives a call.
func TestClosingEndsTheTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.Open(memory.Options{})
		send(t, j, 1)
		_, feed := follow(t, j, "attic")
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		feed.Close()
		time.Sleep(time.Hour)
		if _, err := j.ReadAfter(t.Context(), "lobby", 0, 1); !errors.Is(err, journal.ErrClosed) {
			t.Errorf("read after Close: %v, want ErrClosed", err)
		}
	})
}

// Entries that a follower or a reader has stay as they were.
func TestAnErasureReplacesEntries(t *testing.T) {
	j := memory.Open(memory.Options{})
	defer j.Close()
	_, feed := follow(t, j, "lobby")
	defer feed.Close()
	send(t, j, 1)
	page, err := j.ReadAfter(t.Context(), "lobby", 0, 1)
	if err != nil || len(page) != 1 {
		t.Fatalf("%v, %v", page, err)
	}
	content := string(page[0].Body)
	d := journal.Draft{Room: "lobby", Event: protocol.Event{Type: protocol.EventDeleted, ID: "d", From: protocol.Member{Member: "m"}, Target: 1, Body: []byte("{}")}}
	if err := j.Append(t.Context(), d, func(_ journal.Outcome, err error) {
		if err != nil {
			t.Error(err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if fed := feed.Take(); len(fed) != 2 || string(fed[0].Body) != content || string(page[0].Body) != content {
		t.Errorf("%d entries came, and the page has %s; want %s in both", len(fed), page[0].Body, content)
	}
	if now, err := j.ReadAfter(t.Context(), "lobby", 0, 1); err != nil || len(now) != 1 || string(now[0].Body) == content {
		t.Errorf("it isn't erased: %v, %v", now, err)
	}
}
