package journaltest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"snug/internal/journal"
)

var appending = []promise{
	{name: "SeqBeginsAt1AndGoesUpBy1InEachRoom", holds: seqIsContiguous},
	{name: "ConcurrentAppendersShareNoSeqAndKeepTheirOrder", holds: appendersKeepTheirOrder},
	{name: "AnAppendWithAnEndedContextIsAnswered", holds: endedContext},
	{name: "AConfirmedEntryCanBeRead", holds: confirmedIsReadable},
	{name: "ACommitSaysThatItBegins", holds: commitSaysThatItBegins},
}

func seqIsContiguous(t *testing.T, j *watched) {
	for want := uint64(1); want <= 5; want++ {
		for _, room := range []string{"lobby", "attic", "Zürich.1"} {
			if got := j.must(message(room, "ann", fmt.Sprint(want), "hi")); got != want {
				t.Errorf("%q got seq %d, want %d", room, got, want)
			}
		}
	}
}

func appendersKeepTheirOrder(t *testing.T, j *watched) {
	const appenders, each = 20, 30
	rooms := []string{"a", "b", "c"}
	var mu sync.Mutex
	given := map[string]map[uint64]string{"a": {}, "b": {}, "c": {}} // seq to id
	var all, pending sync.WaitGroup
	for a := range appenders {
		all.Go(func() {
			last := map[string]uint64{}
			for i := range each {
				d := message(rooms[(a+i)%len(rooms)], fmt.Sprint("member-", a), fmt.Sprint(a, ".", i), "hi")
				pending.Add(1)
				err := j.Append(context.Background(), d, func(o journal.Outcome, err error) {
					defer pending.Done()
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err != nil:
						t.Errorf("append: %v", err)
					case given[d.Room][o.Seq] != "":
						t.Errorf("seq %d of %q was given twice", o.Seq, d.Room)
					case o.Seq <= last[d.Room]:
						t.Errorf("%s got seq %d after %d", d.Event.ID, o.Seq, last[d.Room])
					}
					given[d.Room][o.Seq], last[d.Room] = d.Event.ID, o.Seq
				})
				if err != nil {
					t.Errorf("append: %v", err)
					pending.Done()
				}
			}
		})
	}
	all.Wait()
	pending.Wait()
	for room, ids := range given {
		if len(ids) != appenders*each/len(rooms) {
			t.Errorf("room %q has %d entries", room, len(ids))
		}
		for _, e := range j.up(room, 0) {
			if ids[e.Seq] != e.ID {
				t.Errorf("%q has %q at %d, its sender was answered for %q", room, e.ID, e.Seq, ids[e.Seq])
			}
		}
	}
}

// The engine decides about the outcome; watched checks that there is one.
func endedContext(t *testing.T, j *watched) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for i := range 20 {
		var pending sync.WaitGroup
		pending.Add(1)
		err := j.Append(ctx, message("lobby", "ann", fmt.Sprint(i), "hi"), func(journal.Outcome, error) { pending.Done() })
		if err == nil {
			pending.Wait()
		}
	}
}

func confirmedIsReadable(t *testing.T, j *watched) {
	for i := range uint64(20) {
		read := make(chan int)
		err := j.Append(context.Background(), message("lobby", "ann", fmt.Sprint(i), "hi"), func(o journal.Outcome, _ error) {
			go func() { // done must not block
				page, err := j.ReadAfter(context.Background(), "lobby", o.Seq-1, 10)
				if err != nil {
					t.Errorf("read: %v", err)
				}
				read <- len(page)
			}()
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := <-read; n != 1 {
			t.Errorf("%d entries can be read when the last one is confirmed, want 1", n)
		}
	}
}

func commitSaysThatItBegins(t *testing.T, j *watched) {
	for _, id := range []string{"first", "second", "first"} { // the last one is a repeat
		begun := make(chan struct{}, 2)
		d := message("lobby", "ann", id, "hi")
		d.Once, d.Began = true, func() { begun <- struct{}{} }
		var before int
		done := make(chan error, 1)
		err := j.Append(context.Background(), d, func(_ journal.Outcome, err error) {
			before = len(begun)
			done <- err
		})
		if err == nil {
			err = <-done
		}
		if err != nil || before != 1 || len(begun) != 1 {
			t.Errorf("%s: %d times before the outcome, and %d in all; %v", id, before, len(begun), err)
		}
	}
}
