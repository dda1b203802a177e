package journaltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"snug/internal/journal"
)

var closing = []promise{
	{name: "AClosedJournalSaysSo", holds: saysClosed},
	{name: "CloseCommitsWhatWasAppended", holds: closeCommits},
	{name: "AppendsDuringCloseAreAnswered", holds: closeAmongAppends},
}

var reopening = []promise{
	{name: "EverythingSurvivesReopening", holds: thereAgain, reopens: true},
	{name: "ErasuresAndConditionsSurviveReopening", holds: erasedAgain, reopens: true},
}

func saysClosed(t *testing.T, j *watched) {
	j.fill("lobby", 2)
	_, feed, err := j.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	feed.Close()
	if err := j.Close(); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("the second Close: %v, want ErrClosed", err)
	}
	if _, err := j.put(message("lobby", "ann", "1", "hi")); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("Append: %v, want ErrClosed", err)
	}
	// A closed journal must not look empty.
	if _, _, err := j.Follow(t.Context(), "lobby"); err == nil {
		t.Error("Follow succeeds")
	}
	if _, err := j.ReadAfter(t.Context(), "lobby", 0, 10); err == nil {
		t.Error("ReadAfter succeeds")
	}
	if _, err := j.ReadBefore(t.Context(), "lobby", 10, 10); err == nil {
		t.Error("ReadBefore succeeds")
	}
}

func closeCommits(t *testing.T, j *watched) {
	const n = 200
	var mu sync.Mutex
	answered := map[uint64]bool{}
	for i := range n {
		err := j.Append(t.Context(), message("lobby", "ann", fmt.Sprint(i), "hi"), func(o journal.Outcome, err error) {
			if err != nil {
				t.Errorf("append: %v", err)
			}
			mu.Lock()
			answered[o.Seq] = true
			mu.Unlock()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	if len(answered) != n { // without the lock: Close waits for every answer
		t.Errorf("%d of %d were answered before Close returned", len(answered), n)
	}
}

func closeAmongAppends(t *testing.T, j *watched) {
	const appenders, each = 8, 200
	var all sync.WaitGroup
	half := make(chan struct{}) // closed when half of the appends are done
	var n atomic.Int32
	for a := range appenders {
		all.Go(func() {
			for i := range each {
				err := j.Append(context.Background(), message("lobby", fmt.Sprint("member-", a), fmt.Sprint(i), "hi"), func(journal.Outcome, error) {})
				if n.Add(1) == appenders*each/2 {
					close(half)
				}
				if err != nil {
					if !errors.Is(err, journal.ErrClosed) {
						t.Errorf("append: %v, want ErrClosed", err)
					}
					return
				}
			}
		})
	}
	<-half
	if err := j.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	all.Wait()
	if accepted, answered := j.accepted.Load(), j.answered.Load(); accepted != answered {
		t.Errorf("of %d appends %d were answered", accepted, answered)
	}
}

func thereAgain(t *testing.T, j *watched) {
	first := message("lobby", "ann", "id", "hello")
	first.Private = []byte("192.0.2.7")
	first.State = []journal.Change{{Key: "topic", Value: []byte("seals")}}
	j.must(first)
	j.fill("lobby", 20)
	j.fill("attic", 5)
	type kept struct {
		Lobby, Attic, Empty journal.Snapshot
		Entries             []journal.Entry
	}
	all := func() kept {
		return kept{j.snapshot("lobby"), j.snapshot("attic"), j.snapshot("empty"), j.up("lobby", 0)}
	}
	before, key := all(), j.Key("seats")
	for range 2 {
		j.reopen()
		if diff := cmp.Diff(before, all()); diff != "" {
			t.Errorf("before (-) and after (+):\n%s", diff)
		}
		if !bytes.Equal(key, j.Key("seats")) {
			t.Error("the key has changed")
		}
		if o, err := j.put(first); err != nil || !o.Duplicate || o.Seq != 1 {
			t.Errorf("a repeat: %+v, %v; want a duplicate of 1", o, err)
		}
		if _, err := j.put(message("lobby", "ann", "id", "else")); !errors.Is(err, journal.ErrConflict) {
			t.Errorf("the id with other content: %v, want ErrConflict", err)
		}
	}
	if got := j.must(message("lobby", "ann", "next", "on")); got != 22 {
		t.Errorf("the next seq is %d, want 22", got)
	}
}
