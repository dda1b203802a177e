package journaltest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"snug/internal/journal"
)

var expiring = []promise{
	{name: "ExpireRemovesTheOldestEntriesInSteps", holds: expiresAll},
	{name: "ExpireRemovesWhatIsOld", holds: expiresOld},
	{name: "ADraftHasItsTime", holds: inTime},
	{name: "FollowersGetChangesOfStateAlone", holds: feedsChanges},
	{name: "ChangesAreNotOlderThanTheSnapshot", holds: feedsNoOldChanges},
}

// expire returns a draft that removes what is old from the lobby.
func expire(age time.Duration) journal.Draft {
	d := note("lobby", "expired", "yes")
	d.Expire = age
	return d
}

// woken returns once a feed has woken its follower.
func woken(feed *journal.Feed) { <-feed.Wake() }

func expiresAll(t *testing.T, j *watched) {
	j.must(message("lobby", "ann", "a", "hello"))
	j.fill("attic", 3)
	j.fill("lobby", 990)
	_, feed, err := j.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	for i, want := range []struct {
		first uint64
		more  bool
	}{{992, false}, {992, false}} {
		if o, err := j.put(expire(-1)); err != nil || o.More != want.more || o.Seq != 0 {
			t.Errorf("draft %d: %+v, %v; want more: %v", i, o, err, want.more)
		}
		woken(feed)
		if first := feed.First(); first != want.first {
			t.Errorf("draft %d: the first by the feed is %d, want %d", i, first, want.first)
		}
		j.keeps("lobby", want.first, 991)
	}
	if s := j.snapshot("lobby"); string(s.State["expired"]) != "yes" {
		t.Errorf("its change of the state isn't made: %v", s.State)
	}
	if o, err := j.put(message("lobby", "ann", "a", "hello")); err != nil || !o.Duplicate || o.Seq != 1 {
		t.Errorf("a repeat of an expired message: %+v, %v", o, err)
	}
	j.keeps("attic", 1, 3)
	if seq := j.must(message("lobby", "ann", "next", "hi")); seq != 992 {
		t.Errorf("the next message is %d, want 992", seq)
	}
}

func expiresOld(t *testing.T, j *watched) {
	j.fill("lobby", 5)
	between := later()
	j.fill("lobby", 5)
	if o, err := j.put(expire(time.Hour)); err != nil || o.More {
		t.Errorf("expire nothing: %+v, %v", o, err)
	}
	j.keeps("lobby", 1, 10)
	d := expire(0) // which is not to expire
	if _, err := j.put(d); err != nil {
		t.Errorf("expire no age: %v", err)
	}
	j.keeps("lobby", 1, 10)
	// In whole milliseconds, so that what is older by the log's clock, which has come
	// further when the draft is committed, begins with between or later.
	age := later().Sub(between)
	if _, err := j.put(expire(age)); err != nil {
		t.Fatal(err)
	}
	if s := j.snapshot("lobby"); s.First < 6 {
		t.Errorf("the first is %d, want 6 or more", s.First)
	}
	j.checkRoom("lobby")
}

func inTime(t *testing.T, j *watched) {
	hour := time.Hour
	for i, c := range []struct {
		before, after time.Duration // from now; 0 for none
		want          error
	}{
		{-hour, 0, nil}, {hour, 0, journal.ErrChanged}, {0, hour, nil}, {0, -hour, journal.ErrChanged},
		{-hour, hour, nil}, {hour, hour, journal.ErrChanged}, {-hour, -hour, journal.ErrChanged},
	} {
		for _, d := range []journal.Draft{message("lobby", "ann", string(rune('a'+i)), "hi"), note("lobby", "at", "1"), closeOf("lobby"+string(rune('a'+i)), "close")} {
			if c.before != 0 {
				d.NotBefore = time.Now().Add(c.before)
			}
			if c.after != 0 {
				d.NotAfter = time.Now().Add(c.after)
			}
			if _, err := j.put(d); !errors.Is(err, c.want) {
				t.Errorf("from %v to %v: %v, want %v", c.before, c.after, err, c.want)
			}
		}
	}
	if s := j.snapshot("lobby"); s.Head != 3 {
		t.Errorf("%d messages were accepted, want 3", s.Head)
	}
	// A repeat counts whenever it comes.
	d := message("lobby", "ann", "a", "hi")
	d.NotAfter = time.Now().Add(-hour)
	if o, err := j.put(d); err != nil || !o.Duplicate {
		t.Errorf("a repeat that comes too late: %+v, %v; want a duplicate", o, err)
	}
}

func feedsChanges(t *testing.T, j *watched) {
	put := func(d journal.Draft) {
		t.Helper()
		if _, err := j.put(d); err != nil {
			t.Fatal(err)
		}
	}
	put(note("lobby", "before", "1"))
	s, feed, err := j.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	if string(s.State["before"]) != "1" || len(feed.TakeChanges()) != 0 {
		t.Errorf("what was before the snapshot isn't in it, but in the feed: %+v", s)
	}
	put(note("lobby", "seen", "1"))
	woken(feed)
	put(note("lobby", "seen", "2"))
	put(note("attic", "seen", "9"))
	put(note("lobby", "also", "3"))
	put(journal.Draft{Room: "lobby", StateOnly: true, State: []journal.Change{{Key: "before"}}})
	refused := note("lobby", "seen", "8", journal.Condition{Key: "seen", Value: []byte("7")})
	if _, err := j.put(refused); !errors.Is(err, journal.ErrChanged) {
		t.Fatal(err)
	}
	d := message("lobby", "ann", "a", "hello")
	d.State = []journal.Change{{Key: "topic", Value: []byte("seals")}}
	j.must(d)
	want := []journal.Change{{Key: "also", Value: []byte("3")}, {Key: "before"}, {Key: "seen", Value: []byte("2")}}
	if diff := cmp.Diff(want, feed.TakeChanges()); diff != "" {
		t.Errorf("the changes (-want +got):\n%s", diff)
	}
	if again := feed.TakeChanges(); len(again) != 0 {
		t.Errorf("they come again: %v", again)
	}
	if got := taken(feed); len(got) != 1 {
		t.Errorf("the feed has %d entries, want one", len(got))
	}
}

// feedsNoOldChanges follows a room again and again while a key counts.
func feedsNoOldChanges(t *testing.T, j *watched) {
	const changes = 50
	value := func(b []byte) int { return len(b) }
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := range changes {
			if _, err := j.put(note("lobby", "n", string(make([]byte, n+1)))); err != nil {
				t.Error(err)
			}
		}
	}()
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		default:
		}
		s, feed, err := j.Follow(t.Context(), "lobby")
		if err != nil {
			t.Fatal(err)
		}
		at := value(s.State["n"])
		for _, c := range feed.TakeChanges() {
			if value(c.Value) <= at {
				t.Errorf("after %d the feed has %d", at, value(c.Value))
			}
		}
		feed.Close()
	}
}
