package journaltest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"snug/internal/journal"
)

var observing = []promise{
	{name: "AnObserverSeesEveryLog", holds: seesAll},
	{name: "AnObserverSeesEveryChange", holds: seesChanges},
	{name: "RoomsAreFoundByTheirState", holds: findsRooms},
	{name: "StateAloneSurvives", holds: stateOnlyAgain, reopens: true},
}

// note returns a draft of state alone.
func note(room, key, value string, conditions ...journal.Condition) journal.Draft {
	return journal.Draft{Room: room, StateOnly: true, If: conditions, State: []journal.Change{{Key: key, Value: []byte(value)}}}
}

func stateOnly(t *testing.T, j *watched) {
	_, feed, err := j.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	j.must(message("lobby", "ann", "a", "hello"))
	at := journal.Condition{Key: "at", Value: []byte("1")}
	for i, c := range []struct {
		draft journal.Draft
		want  error
	}{
		{note("lobby", "at", "1", journal.Condition{Key: "at"}), nil},
		{note("lobby", "at", "9", journal.Condition{Key: "at"}), journal.ErrChanged},
		{note("lobby", "at", "2", at), nil},
		{note("lobby", "at", "3", at), journal.ErrChanged},
		{note("attic", "at", "7"), nil},
	} {
		if o, err := j.put(c.draft); o != (journal.Outcome{}) || !errors.Is(err, c.want) {
			t.Errorf("draft %d: %+v, %v; want no entry and %v", i, o, err, c.want)
		}
	}
	if seq := j.must(message("lobby", "ann", "b", "hello")); seq != 2 {
		t.Errorf("the next message is %d, want 2", seq)
	}
	if s := j.snapshot("lobby"); s.Head != 2 || string(s.State["at"]) != "2" {
		t.Errorf("head %d, at %q; want 2, 2", s.Head, s.State["at"])
	}
	if got := taken(feed); len(got) != 2 {
		t.Errorf("the feed has %d entries, want the two messages", len(got))
	}
}

func stateOnlyAgain(t *testing.T, j *watched) {
	if _, err := j.put(note("lobby", "at", "1")); err != nil {
		t.Fatal(err)
	}
	j.reopen()
	if s := j.snapshot("lobby"); s.Head != 0 || string(s.State["at"]) != "1" {
		t.Errorf("head %d, at %q; want 0, 1", s.Head, s.State["at"])
	}
}

// seesAll has several rooms appended to at once while an observer comes and goes.
func seesAll(t *testing.T, j *watched) {
	const rooms, each = 3, 40
	var mu sync.Mutex
	seen := map[string][]uint64{}
	stop := j.Journal.(journal.Observable).Observe(func(room string, entries []*journal.Entry) {
		mu.Lock()
		defer mu.Unlock()
		for _, e := range entries {
			seen[room] = append(seen[room], e.Seq)
		}
	})
	var all sync.WaitGroup
	want := map[string][]uint64{}
	for r := range rooms {
		room := fmt.Sprint("room-", r)
		for i := range each {
			want[room] = append(want[room], uint64(i+1))
		}
		all.Go(func() {
			for i := range each {
				if _, err := j.put(message(room, "ann", fmt.Sprint(i), "hi")); err != nil {
					t.Errorf("append: %v", err)
				}
			}
		})
	}
	all.Wait()
	stop()
	j.must(message("room-0", "ann", "late", "nobody observes this"))
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
}

// seesChanges has the state of rooms changed without entries while an observer comes and goes.
func seesChanges(t *testing.T, j *watched) {
	var mu sync.Mutex
	var seen []string
	stop := j.Journal.(journal.Observable).ObserveChanges(func(room string, changes []journal.Change) {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range changes {
			seen = append(seen, room+" "+c.Key+"="+string(c.Value))
		}
	})
	j.must(message("lobby", "ann", "a", "hello"))
	for _, d := range []journal.Draft{note("lobby", "at", "1"), note("attic", "at", "7"), note("lobby", "at", "2")} {
		if _, err := j.put(d); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.put(note("lobby", "at", "9", journal.Condition{Key: "at"})); !errors.Is(err, journal.ErrChanged) {
		t.Errorf("a condition that doesn't hold: %v", err)
	}
	stop()
	if _, err := j.put(note("lobby", "at", "3")); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff([]string{"lobby at=1", "attic at=7", "lobby at=2"}, seen); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
}

func findsRooms(t *testing.T, j *watched) {
	j.must(message("lobby", "ann", "a", "hello"))
	for _, d := range []journal.Draft{note("lobby", "app/x", "1"), note("lobby", "apx", "2"), note("lobby", "topic", "3"), note("attic", "app/y", "4"), note("other", "topic", "5")} {
		if _, err := j.put(d); err != nil {
			t.Fatal(err)
		}
	}
	all, err := j.Journal.(journal.Observable).Rooms(t.Context(), "app/")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]journal.Snapshot{}
	for room, key := range map[string]string{"lobby": "app/x", "attic": "app/y"} {
		s := j.snapshot(room)
		s.State = map[string][]byte{key: s.State[key]}
		want[room] = s
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}
