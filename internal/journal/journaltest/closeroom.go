package journaltest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

var roomClosing = []promise{
	{name: "AClosedRoomLeavesNothing", holds: leavesNothing},
	{name: "ACloseHasConditionsLikeEveryDraft", holds: closesOnCondition},
	{name: "NothingFollowsTheClose", holds: closesInAFlood},
	{name: "AfterADayTheCodeIsANewRoom", fresh: closesForADay, setsClock: true},
	{name: "FeedsThatBeginDuringACloseAreOfOneRoom", holds: followsACloseRace},
	{name: "ARoomStaysClosedWhenTheJournalIsReopened", holds: staysClosed, reopens: true},
	{name: "ABackupHasNothingOfAClosedRoom", holds: copiesNothingClosed, restores: true},
}

// closeOf returns a draft that closes a room.
func closeOf(room, id string) journal.Draft {
	d := message(room, "ann", id, "")
	d.Event.Type, d.Event.Body, d.Close = protocol.EventModerated, []byte(`{"action":"close"}`), true
	return d
}

// isClosed checks that the lobby is empty and refuses every draft.
func (w *watched) isClosed(generation uint64) {
	w.t.Helper()
	const room = "lobby"
	s := w.snapshot(room)
	if s.First != 1 || s.Head != 0 || len(s.State) != 0 || s.Generation != generation {
		w.t.Errorf("the closed room is %+v, want an empty one of generation %d", s, generation)
	}
	if left := time.Until(s.Closed); left <= 0 || left > protocol.ClosedFor {
		w.t.Errorf("it is closed until %v, in %v; want up to %v", s.Closed, left, protocol.ClosedFor)
	}
	w.checkRoom(room) // which reads it
	only, repeat := message(room, "ann", "only", "hi"), message(room, "ann", "a", "hello")
	only.OnlyIfRepeat = true
	for name, d := range map[string]journal.Draft{
		"a message": message(room, "bob", "late", "hi"), "a repeat": repeat, "a repeat of the close": closeOf(room, "close"),
		"another close": closeOf(room, "again"), "whether it is a repeat": only, "a change of the state": note(room, "topic", "late"),
	} {
		if o, err := w.put(d); o != (journal.Outcome{}) || !errors.Is(err, journal.ErrRoomClosed) {
			w.t.Errorf("%s in the closed room: %+v, %v; want ErrRoomClosed", name, o, err)
		}
	}
}

// inhabit fills a room with entries, IDs and state.
func (w *watched) inhabit(room string) {
	w.t.Helper()
	d := message(room, "ann", "a", "hello")
	d.State, d.Private = []journal.Change{{Key: "topic", Value: []byte("seals")}}, []byte("private")
	w.must(d)
	w.fill(room, 600)
	w.must(target(protocol.EventEdited, room, "ann", "e", 1, `{"content":"hello!"}`))
}

func leavesNothing(t *testing.T, j *watched) {
	j.inhabit("lobby")
	j.inhabit("attic")
	before, feed, err := j.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	attic := j.up("attic", 0)
	d := closeOf("lobby", "close")
	d.State = []journal.Change{{Key: "topic", Value: []byte("otters")}}
	if seq := j.must(d); seq != before.Head+1 {
		t.Errorf("the close has the seq %d, want %d", seq, before.Head+1)
	}
	if got := taken(feed); len(got) != 1 || got[0].Type != protocol.EventModerated || got[0].Seq != before.Head+1 {
		t.Errorf("the feed has %+v, want the close alone", got)
	}
	j.isClosed(1)
	if s := j.snapshot("lobby"); s.Epoch == before.Epoch {
		t.Error("it has the epoch of the room that was closed")
	}
	if rest := len(taken(feed)) + len(feed.TakeChanges()); rest != 0 {
		t.Errorf("after the close the feed has %d more", rest)
	}
	all, err := j.Journal.(journal.Observable).Rooms(t.Context(), "")
	if _, there := all["lobby"]; there || len(all) != 1 || err != nil {
		t.Errorf("the rooms with state are %v, %v; want the attic alone", all, err)
	}
	if diff := diff(attic, j.up("attic", 0)); diff != "" {
		t.Errorf("another room has changed:\n%s", diff)
	}
	if s := j.snapshot("attic"); s.Generation != 0 || !s.Closed.IsZero() || string(s.State["topic"]) != "seals" {
		t.Errorf("another room is now %+v", s)
	}
	j.must(message("attic", "ann", "next", "hi"))
}

func closesOnCondition(t *testing.T, j *watched) {
	j.inhabit("lobby")
	d := closeOf("lobby", "close")
	d.If = []journal.Condition{{Key: "topic", Value: []byte("otters")}}
	if _, err := j.put(d); !errors.Is(err, journal.ErrChanged) {
		t.Errorf("with a condition that doesn't hold: %v, want ErrChanged", err)
	}
	if s := j.snapshot("lobby"); s.Head != 602 || s.Generation != 0 || !s.Closed.IsZero() {
		t.Errorf("a close that was refused has made it %+v", s)
	}
	d.If[0].Value = []byte("seals")
	j.must(d)
	j.isClosed(1)
}

// closesInAFlood has many members speak while the room is closed.
func closesInAFlood(t *testing.T, j *watched) {
	_, feed, err := j.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	const members, each = 8, 60
	var mu sync.Mutex
	accepted, refused := map[uint64]bool{}, 0
	var answered, speaking sync.WaitGroup
	half := make(chan struct{})
	for m := range members {
		speaking.Go(func() {
			for i := range each {
				if m == 0 && i == each/2 {
					close(half)
				}
				answered.Add(1)
				err := j.Append(context.Background(), message("lobby", fmt.Sprint("member-", m), fmt.Sprint(i), "hi"), func(o journal.Outcome, err error) {
					defer answered.Done()
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err == nil:
						accepted[o.Seq] = true
					case errors.Is(err, journal.ErrRoomClosed):
						refused++
					default:
						t.Errorf("append: %v", err)
					}
				})
				if err != nil {
					t.Errorf("append: %v", err)
				}
			}
		})
	}
	<-half
	last := j.must(closeOf("lobby", "close"))
	speaking.Wait()
	answered.Wait()
	j.must(message("attic", "ann", "after", "everything is committed"))
	got := taken(feed)
	if uint64(len(got)) != last || got[len(got)-1].Type != protocol.EventModerated {
		t.Fatalf("the feed has %d entries, want %d and the close as the last", len(got), last)
	}
	for i, e := range got {
		if e.Seq != uint64(i+1) || i < len(got)-1 && !accepted[e.Seq] {
			t.Errorf("entry %d of the feed is %d, accepted: %v", i+1, e.Seq, accepted[e.Seq])
		}
	}
	if uint64(len(accepted)) != last-1 || len(accepted)+refused != members*each {
		t.Errorf("%d were accepted and %d refused; want %d of %d", len(accepted), refused, last-1, members*each)
	}
	j.isClosed(1)
}

func closesForADay(t *testing.T, open func(*testing.T) *watched) {
	synctest.Test(t, func(t *testing.T) {
		j := open(t)
		_, feed, err := j.Follow(t.Context(), "lobby")
		if err != nil {
			t.Fatal(err)
		}
		defer feed.Close()
		j.inhabit("lobby")
		j.must(closeOf("lobby", "close"))
		time.Sleep(protocol.ClosedFor - time.Millisecond)
		j.isClosed(1)
		closed := j.snapshot("lobby")
		time.Sleep(time.Millisecond)
		again, second, err := j.Follow(t.Context(), "lobby")
		if err != nil {
			t.Fatal(err)
		}
		defer second.Close()
		if !again.Closed.IsZero() || again.Generation != 1 || again.Head != 0 || again.Epoch != closed.Epoch {
			t.Errorf("after a day it is %+v, was %+v", again, closed)
		}
		only := message("lobby", "ann", "a", "hello")
		only.OnlyIfRepeat = true
		if _, err := j.put(only); !errors.Is(err, journal.ErrNotRepeat) {
			t.Errorf("a repeat from before the close: %v, want ErrNotRepeat", err)
		}
		if seq := j.must(message("lobby", "ann", "a", "hello")); seq != 1 {
			t.Errorf("the first message of the new room is %d", seq)
		}
		if got := taken(feed); len(got) != 603 || got[602].Seq != 603 {
			t.Errorf("the closed room's feed has %d entries, want 603, of which the close is the last", len(got))
		}
		if got := taken(second); len(got) != 1 || got[0].Seq != 1 {
			t.Errorf("the new room's feed has %+v, want its first message", got)
		}
		j.must(closeOf("lobby", "close"))
		j.isClosed(2)
	})
}

// followsACloseRace follows a room again and again while it is spoken in and closed.
func followsACloseRace(t *testing.T, j *watched) {
	const rooms = 5
	for r := range rooms {
		room := fmt.Sprint("lobby-", r)
		done := make(chan struct{})
		go func() {
			defer close(done)
			j.fill(room, 20)
			j.must(closeOf(room, "close"))
		}()
		var feeds []*journal.Feed
		var snapshots []journal.Snapshot
		for ended := false; !ended; {
			select {
			case <-done:
				ended = true
			default:
			}
			s, feed, err := j.Follow(t.Context(), room)
			if err != nil {
				t.Fatal(err)
			}
			feeds, snapshots = append(feeds, feed), append(snapshots, s)
		}
		for i, feed := range feeds {
			s, got := snapshots[i], taken(feed)
			feed.Close()
			if want := int(21 - s.Head); s.Generation == 0 && len(got) != want || s.Generation == 1 && len(got) > 0 {
				t.Errorf("after the snapshot %+v come %d entries", s, len(got))
			}
			for n, e := range got {
				if e.Seq != s.Head+1+uint64(n) {
					t.Errorf("after the snapshot %+v, entry %d is %d", s, n, e.Seq)
				}
			}
		}
	}
}

func staysClosed(t *testing.T, j *watched) {
	j.inhabit("lobby")
	j.must(closeOf("lobby", "close"))
	was := j.snapshot("lobby")
	for range 2 {
		j.reopen()
		if s := j.snapshot("lobby"); s.Epoch != was.Epoch || !s.Closed.Equal(was.Closed) {
			t.Errorf("it is %+v, was %+v", s, was)
		}
		j.isClosed(1)
	}
}

func copiesNothingClosed(t *testing.T, j *watched) {
	d := message("lobby", "ann", "secret-id", "a secret that goes")
	d.State = []journal.Change{{Key: "secret-key", Value: []byte("a secret that goes")}}
	j.must(d)
	j.inhabit("lobby")
	j.must(message("attic", "ann", "b", "what is said stays"))
	j.must(closeOf("lobby", "close"))
	backup := j.backup() // at once: what is left of the room may not be removed yet
	for text, want := range map[string]bool{"a secret that goes": false, "secret-id": false, "secret-key": false, "what is said stays": true} {
		if contains(backup, text) != want {
			t.Errorf("the backup has %q: %v, want %v", text, !want, want)
		}
	}
	r := j.restored(backup)
	r.isClosed(1)
	if s := r.snapshot("attic"); s.Head != 1 {
		t.Errorf("the other room of the backup is %+v", s)
	}
}
