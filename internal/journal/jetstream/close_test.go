package jetstream_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"snug/internal/journal"
	"snug/protocol"
)

func closing(room, id string) journal.Draft {
	d := message(room, "ann", id, "")
	d.Event.Type, d.Event.Body, d.Close = protocol.EventModerated, []byte("{}"), true
	return d
}

func snapshot(t *testing.T, j journal.Journal, room string) journal.Snapshot {
	t.Helper()
	s, feed, err := j.Follow(t.Context(), room)
	if err != nil {
		t.Fatal(err)
	}
	feed.Close()
	return s
}

// The text of a closed or expired room is in no file, neither of the projection nor of the
// stream. Nor is what comes for a closed room.
func TestTheTextOfAClosedRoomLeavesTheStream(t *testing.T) {
	t.Parallel()
	n, dir := aloneIn(t)
	stream, path := newStream(), filepath.Join(dir, "log.snug")
	j := open(t, n, stream, path)
	for i := range 400 {
		must(t, j, message("lobby", "ann", fmt.Sprint(i), "a secret that goes"))
	}
	must(t, j, message("cellar", "ann", "a", "what is old goes too"))
	must(t, j, message("attic", "ann", "b", "what is said stays"))
	for _, text := range []string{"a secret that goes", "what is old goes too"} {
		if !has(t, dir, text) {
			t.Fatalf("the files don't have %q before it is erased", text)
		}
	}
	must(t, j, journal.Draft{Room: "cellar", StateOnly: true, Expire: -1})
	must(t, j, closing("lobby", "close"))
	if _, err := put(j, message("lobby", "ann", "1", "a secret that goes")); !errors.Is(err, journal.ErrRoomClosed) {
		t.Errorf("a repeat for the closed room: %v, want ErrRoomClosed", err)
	}
	// Before the keeper and the committer could do their work.
	closeAll(t, j)
	j = open(t, n, stream, path)
	defer func() { closeAll(t, j) }()
	wait(t, "the text is gone", func() bool { return !has(t, dir, "a secret that goes") && !has(t, dir, "what is old goes too") })
	if !has(t, dir, "what is said stays") {
		t.Error("what wasn't erased is gone too")
	}
	if s := snapshot(t, j, "lobby"); s.Generation != 1 || s.Closed.IsZero() || s.Head != 0 {
		t.Errorf("the closed room is %+v", s)
	}
}

// A node that borrows another's file knows which rooms are closed.
func TestABorrowedFileKnowsClosedRooms(t *testing.T) {
	t.Parallel()
	n, dir := aloneIn(t)
	stream := newStream()
	first := open(t, n, stream, filepath.Join(dir, "log.snug"))
	for i := range 300 {
		must(t, first, message("lobby", "ann", fmt.Sprint(i), "a secret that goes"))
	}
	must(t, first, closing("lobby", "close"))
	last := must(t, first, message("attic", "ann", "a", "hello"))
	if err := first.purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	borrowed := t.TempDir()
	second := openAs(t, n, "n2", stream, filepath.Join(borrowed, "log.snug"))
	defer closeAll(t, first, second)
	if has(t, borrowed, "a secret that goes") {
		t.Error("the borrowed file has the closed room's text")
	}
	if s := snapshot(t, second, "attic"); s.Head != last.Seq {
		t.Errorf("it isn't the same log: %+v", s)
	}
	if one, two := snapshot(t, first, "lobby"), snapshot(t, second, "lobby"); two.Generation != 1 || !one.Closed.Equal(two.Closed) || one.Epoch != two.Epoch {
		t.Errorf("the closed room is %+v, and %+v in the borrowed file", one, two)
	}
	if _, err := put(second, message("lobby", "bob", "late", "hi")); !errors.Is(err, journal.ErrRoomClosed) {
		t.Errorf("a message for the closed room: %v, want ErrRoomClosed", err)
	}
}
