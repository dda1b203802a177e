package jetstream_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	natsjs "github.com/nats-io/nats.go/jetstream"

	"snug/protocol"
)

// purged waits until the stream begins after a position.
func purged(t *testing.T, j *stored, after uint64) {
	t.Helper()
	js, err := natsjs.New(j.node.Conn())
	if err != nil {
		t.Fatal(err)
	}
	wait(t, "the stream is purged", func() bool {
		s, err := js.Stream(t.Context(), j.stream)
		return err == nil && s.CachedInfo().State.FirstSeq > after
	})
}

// A second journal of the same stream, over the same NATS, is another node.
func TestANewNodeStartsFromAnothersSnapshot(t *testing.T) {
	t.Parallel()
	n := alone(t)
	stream := newStream()
	first := open(t, n, stream, filepath.Join(t.TempDir(), "log.snug"))
	for i := range 300 {
		must(t, first, message(rooms[i%len(rooms)], "ann", fmt.Sprint(i), strings.Repeat("x", 4000)))
	}
	must(t, first, about(protocol.EventDeleted, "lobby", "ann", "d", 1))
	purged(t, first, 301)
	must(t, first, message("lobby", "ann", "after", "hello"))

	path := filepath.Join(t.TempDir(), "log.snug")
	second := openAs(t, n, "n2", stream, path)
	agree(t, rooms, first, second)
	must(t, second, message("attic", "bob", "a", "from the second"))
	agree(t, rooms, first, second)

	// The second node is away for longer than the stream reaches back.
	closeAll(t, second)
	must(t, first, message("attic", "bob", "b", "meanwhile"))
	must(t, first, about(protocol.EventDeleted, "attic", "bob", "d", 3))
	if err := first.purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	second = openAs(t, n, "n2", stream, path)
	agree(t, rooms, first, second)
	if o := must(t, second, message("lobby", "ann", "after", "hello")); !o.Duplicate {
		t.Error("it doesn't recognise a repeat")
	}
	for _, left := range []string{".snapshot", ".copy"} {
		if _, err := os.Stat(path + left); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left: %v", left, err)
		}
	}
	closeAll(t, first, second)
}
