package jetstream_test

import (
	"errors"
	"os"
	"testing"

	"snug/internal/journal"
)

// Each node in turn is stopped and started again, with its journal. The last one's file is
// removed meanwhile.
func TestARollingRestartLosesNothing(t *testing.T) {
	t.Parallel()
	c := three(t)
	stream := newStream()
	l := begin(t, c.openThree(stream))
	for i := range 3 {
		l.more(t)
		closeAll(t, l.set(i, nil))
		c.stop(i)
		l.more(t)
		if i == 2 {
			if err := os.Remove(c.path(i)); err != nil {
				t.Fatal(err)
			}
		}
		c.start(i)
		l.set(i, open(t, c.nodes[i], stream, c.path(i)))
	}
	l.more(t)
	l.end(t)
	closeAll(t, l.js...)
}

// A node without a majority accepts nothing, says so, and serves what it has. When there
// are two nodes again, it accepts messages.
func TestOneOfThreeAcceptsNothing(t *testing.T) {
	t.Parallel()
	c := three(t)
	stream := newStream()
	js := c.openThree(stream)
	must(t, js[0], message("lobby", "ann", "before", "hello"))
	agree(t, rooms, js[0], js[1], js[2])
	closeAll(t, js[1], js[2])
	c.stop(1)
	c.stop(2)
	if o, err := put(js[0], message("lobby", "ann", "alone", "is anybody there?")); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("alone: %+v, %v; want ErrUnavailable", o, err)
	}
	wait(t, "it says that it accepts nothing", func() bool { return errors.Is(js[0].Probe(), journal.ErrUnavailable) })
	if all := read(t, js[0], "lobby"); len(all) != 1 {
		t.Errorf("%d entries are read, want 1", len(all))
	}
	c.start(1)
	js[1] = open(t, c.nodes[1], stream, c.path(1))
	wait(t, "it accepts messages again", func() bool {
		_, err := put(js[0], message("lobby", "ann", "alone", "is anybody there?"))
		return err == nil
	})
	wait(t, "it says that it accepts them", func() bool { return js[0].Probe() == nil })
	agree(t, rooms, js[0], js[1])
	if all := read(t, js[1], "lobby"); len(all) != 2 || all[1].ID != "alone" {
		t.Errorf("the second node has %v", all)
	}
	closeAll(t, js[0], js[1])
}
