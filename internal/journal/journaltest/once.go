package journaltest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

var repeating = []promise{
	{name: "ARepeatAddsNothing", fresh: repeats},
	{name: "RepeatsAtOnceAddOneEntry", holds: repeatsAtOnce},
	{name: "ARefusedDraftIsForgotten", holds: refusedIsForgotten},
	{name: "OnlyIfRepeatAddsNothing", holds: onlyIfRepeat},
	{name: "ARepeatIsKnownForTheNextEvents", holds: knownForEvents},
	{name: "ARepeatIsKnownForADay", fresh: knownForADay, setsClock: true},
}

func repeats(t *testing.T, open func(*testing.T) *watched) {
	j := open(t)
	for i, c := range []struct {
		name   string
		change func(first, second *journal.Draft)
		want   journal.Outcome // Seq 0: a new entry
		err    error
	}{
		{"the same", func(_, _ *journal.Draft) {}, journal.Outcome{Seq: 1, Duplicate: true}, nil},
		{"under another nick", func(_, d *journal.Draft) { d.Event.From.Nick = "anna" }, journal.Outcome{Seq: 1, Duplicate: true}, nil},
		{"in another role", func(_, d *journal.Draft) { d.Event.From.Role = "owner" }, journal.Outcome{Seq: 1, Duplicate: true}, nil},
		{"from another address", func(_, d *journal.Draft) { d.Private = []byte("192.0.2.7") }, journal.Outcome{Seq: 1, Duplicate: true}, nil},
		{"other content", func(_, d *journal.Draft) { d.Event.Body = protocol.MessageBody{Content: "else"}.Encode() }, journal.Outcome{}, journal.ErrConflict},
		{"about another event", func(_, d *journal.Draft) { d.Event.Target = 7 }, journal.Outcome{}, journal.ErrConflict},
		{"of another type", func(_, d *journal.Draft) { d.Event.Type = "reacted" }, journal.Outcome{}, journal.ErrConflict},
		{"another id", func(_, d *journal.Draft) { d.Event.ID = "other" }, journal.Outcome{}, nil},
		{"another member", func(_, d *journal.Draft) { d.Event.From.Member = "bob" }, journal.Outcome{}, nil},
		{"in another room", func(_, d *journal.Draft) { d.Room += "-2" }, journal.Outcome{}, nil},
		{"not to be recognised", func(_, d *journal.Draft) { d.Once = false }, journal.Outcome{}, nil},
		{"the first not to be recognised", func(d, _ *journal.Draft) { d.Once = false }, journal.Outcome{}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			room := fmt.Sprint("room-", i)
			first := message(room, "ann", "id", "hello")
			first.State = []journal.Change{{Key: "by", Value: []byte("first")}}
			second := first
			second.State = []journal.Change{{Key: "by", Value: []byte("second")}}
			c.change(&first, &second)
			j.must(first)
			got, err := j.put(second)
			if !errors.Is(err, c.err) {
				t.Fatalf("got error %v, want %v", err, c.err)
			}
			added := c.err == nil && !c.want.Duplicate
			if !added && got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if added && got.Duplicate {
				t.Errorf("got %+v, want a new entry", got)
			}
			by := map[bool]string{true: "second", false: "first"}[added]
			if got := string(j.snapshot(second.Room).State["by"]); got != by {
				t.Errorf("the state is by the %s, want by the %s", got, by)
			}
			want := map[bool]uint64{true: 2, false: 1}[added && second.Room == room]
			if head := j.snapshot(room).Head; head != want {
				t.Errorf("the head is %d, want %d", head, want)
			}
			if next := j.must(message(room, "ann", "next", "on")); next != want+1 {
				t.Errorf("the next seq is %d, want %d", next, want+1)
			}
		})
	}
}

func repeatsAtOnce(t *testing.T, j *watched) {
	var added atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			o, err := j.put(message("lobby", "ann", "id", "hello"))
			if err != nil || o.Seq != 1 {
				t.Errorf("got %+v, %v", o, err)
			}
			if !o.Duplicate {
				added.Add(1)
			}
		})
	}
	all.Wait()
	if n := added.Load(); n != 1 {
		t.Errorf("%d of them added an entry", n)
	}
}

func refusedIsForgotten(t *testing.T, j *watched) {
	d := message("lobby", "ann", "id", "hello")
	d.If = []journal.Condition{{Key: "open", Value: []byte("yes")}}
	if o, err := j.put(d); !errors.Is(err, journal.ErrChanged) {
		t.Fatalf("with a condition that doesn't hold: %+v, %v; want ErrChanged", o, err)
	}
	about := message("lobby", "ann", "about", "hello")
	about.Event.Target = 1
	if o, err := j.put(about); !errors.Is(err, journal.ErrGone) {
		t.Fatalf("about a message that doesn't exist: %+v, %v; want ErrGone", o, err)
	}
	opened := message("lobby", "bob", "open", "come in")
	opened.State = []journal.Change{{Key: "open", Value: []byte("yes")}}
	j.must(opened)
	d.Event.Body = protocol.MessageBody{Content: "other content"}.Encode()
	if seq := j.must(d); seq != 2 {
		t.Errorf("under the same id, when it holds: seq %d, want 2", seq)
	}
	if seq := j.must(about); seq != 3 {
		t.Errorf("under the same id, when the message exists: seq %d, want 3", seq)
	}
}

func onlyIfRepeat(t *testing.T, j *watched) {
	asked := func(d journal.Draft) journal.Draft {
		d.OnlyIfRepeat = true
		d.State = []journal.Change{{Key: "asked", Value: []byte("yes")}}
		return d
	}
	accepted := message("lobby", "ann", "id", "hello")
	j.must(accepted)
	changed := accepted
	changed.If = []journal.Condition{{Key: "open", Value: []byte("yes")}}
	changed.Event.From.Nick = "anna"
	other := message("lobby", "ann", "id", "else")
	aboutGone := target(protocol.EventReacted, "lobby", "ann", "gone", 7, `{"emoji":"👍"}`)
	notOnce := message("lobby", "ann", "id", "hello")
	notOnce.Once = false
	for _, c := range []struct {
		name string
		d    journal.Draft
		want journal.Outcome
		err  error
	}{
		{"a repeat", accepted, journal.Outcome{Seq: 1, Duplicate: true}, nil},
		{"a repeat that would be refused now", changed, journal.Outcome{Seq: 1, Duplicate: true}, nil},
		{"the id of another entry", other, journal.Outcome{}, journal.ErrConflict},
		{"another id", message("lobby", "ann", "new", "hello"), journal.Outcome{}, journal.ErrNotRepeat},
		{"another member", message("lobby", "bob", "id", "hello"), journal.Outcome{}, journal.ErrNotRepeat},
		{"an empty room", message("empty", "ann", "id", "hello"), journal.Outcome{}, journal.ErrNotRepeat},
		{"about a message that doesn't exist", aboutGone, journal.Outcome{}, journal.ErrNotRepeat},
		{"not to be recognised", notOnce, journal.Outcome{}, journal.ErrNotRepeat},
	} {
		for range 2 { // asking changes nothing
			if got, err := j.put(asked(c.d)); got != c.want || !errors.Is(err, c.err) {
				t.Errorf("%s: %+v, %v; want %+v, %v", c.name, got, err, c.want, c.err)
			}
		}
	}
	if s := j.snapshot("lobby"); s.Head != 1 || len(s.State) != 0 {
		t.Errorf("asking left head %d and state %q, want 1 and none", s.Head, s.State)
	}
	if seq := j.must(message("lobby", "ann", "new", "other content")); seq != 2 {
		t.Errorf("under an id that was asked about: seq %d, want 2", seq)
	}
}

func knownForEvents(t *testing.T, j *watched) {
	d := message("lobby", "ann", "id", "hello")
	j.must(d)
	j.fill("lobby", protocol.DuplicateSeqs-1)
	if o, err := j.put(d); err != nil || !o.Duplicate || o.Seq != 1 {
		t.Errorf("as the %dth event after it: %+v, %v; want a repeat of 1", protocol.DuplicateSeqs, o, err)
	}
	j.fill("lobby", 1)
	asking := d
	asking.OnlyIfRepeat = true
	if o, err := j.put(asking); !errors.Is(err, journal.ErrNotRepeat) {
		t.Errorf("asked after %d further events: %+v, %v; want ErrNotRepeat", protocol.DuplicateSeqs, o, err)
	}
	if o, err := j.put(d); err != nil || o.Duplicate || o.Seq != protocol.DuplicateSeqs+2 {
		t.Errorf("after %d further events: %+v, %v; want a new entry", protocol.DuplicateSeqs, o, err)
	}
	if o, err := j.put(d); err != nil || !o.Duplicate || o.Seq != protocol.DuplicateSeqs+2 {
		t.Errorf("repeated again: %+v, %v; want a repeat of the new entry", o, err)
	}
	if _, err := j.put(message("lobby", "ann", "id", "else")); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("the id with other content: %v, want ErrConflict", err)
	}
}

// The log is opened in the bubble, so that its clock is the bubble's.
func knownForADay(t *testing.T, open func(*testing.T) *watched) {
	synctest.Test(t, func(t *testing.T) {
		j := open(t)
		_, feed, err := j.Follow(t.Context(), "lobby") // so that the memory engine keeps the room
		if err != nil {
			t.Fatal(err)
		}
		defer feed.Close()
		d := message("lobby", "ann", "id", "hello")
		j.must(d)
		time.Sleep(protocol.DuplicateTime - time.Millisecond)
		if o, err := j.put(d); err != nil || !o.Duplicate {
			t.Errorf("just before a day has passed: %+v, %v; want a repeat", o, err)
		}
		time.Sleep(time.Millisecond)
		if got := j.must(d); got != 2 {
			t.Errorf("after a day: %d, want a new entry", got)
		}
	})
}
