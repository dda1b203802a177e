package jetstream_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"snug/internal/journal/jetstream"
	"snug/internal/journal/local"
)

func TestALogOfOneMachineBecomesAClusters(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log.snug")
	one, err := local.Open(t.Context(), path, local.Options{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		must(t, one, message("lobby", "ann", fmt.Sprint(i), "hello"))
	}
	was, feed, err := one.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	feed.Close()
	key := one.Key("seat")
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	n := alone(t)
	stream := newStream()
	first := open(t, n, stream, path)
	second := openAs(t, n, "n2", stream, filepath.Join(t.TempDir(), "log.snug"))
	defer closeAll(t, first, second)
	s, feed, err := second.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	feed.Close()
	if s.Head != 10 || s.Epoch == was.Epoch || !bytes.Equal(second.Key("seat"), key) {
		t.Errorf("the room is %+v, was %+v", s, was)
	}
	if o := must(t, second, message("lobby", "ann", "9", "hello")); !o.Duplicate {
		t.Error("it doesn't recognise a repeat of a message from the single machine")
	}
	if o := must(t, second, message("lobby", "ann", "next", "hello")); o.Seq != 11 {
		t.Errorf("the next is %d, want 11", o.Seq)
	}
	agree(t, rooms, first, second)
}

func TestAFileOfAnotherStreamIsRefused(t *testing.T) {
	t.Parallel()
	n := alone(t)
	path := filepath.Join(t.TempDir(), "log.snug")
	j := open(t, n, newStream(), path)
	must(t, j, message("lobby", "ann", "a", "hello"))
	closeAll(t, j)
	other := open(t, n, newStream(), filepath.Join(t.TempDir(), "log.snug"))
	defer closeAll(t, other)
	_, err := jetstream.Open(t.Context(), n.Conn(), path, jetstream.Options{Log: quiet(), Stream: other.stream, Node: "n2", Keep: time.Hour})
	if !errors.Is(err, jetstream.ErrOther) || !strings.Contains(err.Error(), "move the file away") {
		t.Errorf("got %v, want ErrOther and what to do", err)
	}
}
