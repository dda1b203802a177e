package archive

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"snug/protocol"
)

// bigLog says n things, edits each of them twice at the end, and has a reaction to each.
type bigLog struct{ n int }

func (l bigLog) event(seq uint64) protocol.Event {
	e := protocol.Event{Seq: seq, At: time.Unix(0, 0), From: protocol.Member{Member: "m", Nick: "ada"}, Target: (seq-1)%uint64(l.n) + 1}
	switch n := uint64(l.n); {
	case seq <= n:
		e.Type, e.Target, e.Body = protocol.EventMessage, 0, protocol.MessageBody{Content: fmt.Sprint("first ", seq)}.Encode()
	case seq <= 2*n:
		e.Type, e.Body = protocol.EventEdited, protocol.EditedBody{Content: fmt.Sprint("second ", e.Target)}.Encode()
	case seq <= 3*n:
		e.Type, e.Body = protocol.EventReacted, protocol.ReactedBody{Emoji: "👍"}.Encode()
	default:
		e.Type, e.Body = protocol.EventEdited, protocol.EditedBody{Content: fmt.Sprint("third ", e.Target)}.Encode()
	}
	return e
}

func (l bigLog) ReadAfter(_ context.Context, after uint64, limit int) (page protocol.History, err error) {
	for seq := after + 1; seq <= uint64(4*l.n) && len(page.Events) < limit; seq++ {
		page.Events = append(page.Events, l.event(seq))
	}
	return page, nil
}

// TestChangesThatDoNotFitAreReadInRounds: the result doesn't depend on the memory.
func TestChangesThatDoNotFitAreReadInRounds(t *testing.T) {
	l := bigLog{120}
	show := func(limit int) string {
		var b strings.Builder
		out := &output{Writer: bufio.NewWriter(&b), flushed: func() error { return nil }}
		room := Room{Code: "lobby", First: 1, Head: uint64(4 * l.n)}
		if err := foldWithin(t.Context(), l, room, out, &plain{out: out, room: room}, limit); err != nil {
			t.Fatal(err)
		}
		_ = out.Flush()
		return b.String()
	}
	want := show(changesBytes)
	if n := strings.Count(want, "third"); n != l.n {
		t.Fatalf("%d of %d messages have their last content:\n%.500s", n, l.n, want)
	}
	for _, limit := range []int{1, 300, 5000, 50_000} {
		if got := show(limit); got != want {
			t.Errorf("within %d bytes it is another text", limit)
		}
	}
}

// TestCollectedChangesAreBounded: however many there are.
func TestCollectedChangesAreBounded(t *testing.T) {
	l := bigLog{20_000}
	const limit = 100_000
	c, err := collect(t.Context(), l, 0, uint64(4*l.n), limit, func() error { return nil })
	if err != nil || c.bytes > limit || len(c.of) == 0 || c.until <= 1 {
		t.Errorf("%v: %d bytes of %d messages, up to %d", err, c.bytes, len(c.of), c.until)
	}
	sum := 0
	for _, m := range c.of {
		sum += m.bytes
	}
	if sum != c.bytes {
		t.Errorf("%d bytes are counted as %d", sum, c.bytes)
	}
}
