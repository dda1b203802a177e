package journaltest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"snug/internal/journal"
)

var following = []promise{
	{name: "SnapshotAndFeedTogetherAreTheLog", holds: snapshotAndFeed},
	{name: "AFeedThatNobodyTakesFromDelaysNoOne", holds: slowFollower},
	{name: "AFeedHasOnlyItsRoom", holds: ownRoom},
	{name: "AClosedFeedIsEmpty", holds: closedFeed},
}

// snapshotAndFeed has followers come and go while messages are appended. At any moment,
// the log up to the snapshot's head and the feed after it must be the whole log.
func snapshotAndFeed(t *testing.T, j *watched) {
	const rooms, appenders, each, followers, total = 2, 8, 40, 6, 8 * 40
	ctx := t.Context()
	var all sync.WaitGroup
	for r := range rooms {
		room := fmt.Sprint("room-", r)
		for a := range appenders {
			all.Go(func() {
				for i := range each {
					if _, err := j.put(message(room, fmt.Sprint("member-", a), fmt.Sprint(i), "hi")); err != nil {
						t.Errorf("append: %v", err)
					}
				}
			})
		}
		for f := range followers {
			all.Go(func() {
				for stay := f; j.visit(ctx, room, stay, total) < total && ctx.Err() == nil; stay += 7 {
				}
			})
		}
	}
	all.Wait()
}

// visit follows a room until it has received more than stay entries or the entry last. It
// returns the last seq that it has seen.
func (w *watched) visit(ctx context.Context, room string, stay int, last uint64) uint64 {
	s, feed, err := w.Follow(ctx, room)
	if err != nil {
		w.t.Errorf("follow: %v", err)
		return last
	}
	defer feed.Close()
	var got []journal.Entry
	for at := s.Head; at < last && len(got) <= stay; at = s.Head + uint64(len(got)) {
		select {
		case <-feed.Wake():
			got = append(got, taken(feed)...)
		case <-ctx.Done():
			w.t.Errorf("the test ended before an entry after %d of %q came", at, room)
			return last
		}
	}
	read := w.up(room, s.Head)
	if len(read) < len(got) {
		w.t.Errorf("of the %d entries that came only %d can be read", len(got), len(read))
		return last
	}
	if diff := diff(read[:len(got)], got); diff != "" {
		w.t.Errorf("after %d of %q the log (-) and the feed (+) differ:\n%s", s.Head, room, diff)
	}
	if s.Head > 0 {
		if page, err := w.ReadBefore(ctx, room, s.Head+1, 1); err != nil || len(page) != 1 || page[0].Seq != s.Head {
			w.t.Errorf("the head %d of %q can't be read: %v, %v", s.Head, room, page, err)
		}
	}
	return s.Head + uint64(len(got))
}

func slowFollower(t *testing.T, j *watched) {
	j.fill("lobby", 3)
	s, feed, err := j.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	j.fill("lobby", 200)
	<-feed.Wake()
	got := taken(feed)
	if diff := diff(j.up("lobby", s.Head), got); diff != "" || len(got) != 200 {
		t.Errorf("the log (-) and the waiting entries (+) differ:\n%s", diff)
	}
	if again := feed.Take(); len(again) != 0 {
		t.Errorf("%d entries are taken twice", len(again))
	}
}

func ownRoom(t *testing.T, j *watched) {
	_, feed, err := j.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	j.fill("attic", 3)
	j.fill("lobby", 2)
	j.fill("attic", 3)
	if got := feed.Take(); len(got) != 2 {
		t.Errorf("%d entries came, want the room's 2", len(got))
	}
}

func closedFeed(t *testing.T, j *watched) {
	_, gone, err := j.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	_, stays, err := j.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	defer stays.Close()
	j.fill("lobby", 1)
	gone.Close()
	gone.Close()
	j.fill("lobby", 1)
	if got := gone.Take(); len(got) != 0 {
		t.Errorf("%d entries are in it", len(got))
	}
	if got := stays.Take(); len(got) != 2 {
		t.Errorf("the other follower got %d entries, want 2", len(got))
	}
}
