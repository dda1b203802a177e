package room

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"snug/internal/journal"
	"snug/internal/journal/memory"
	"snug/protocol"
)

func TestContentIsCountedInCharacters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann := mustJoin(t, newOwnerless(t, Options{MaxChars: 10}), v1("ann"))
		for i, c := range []struct {
			name, content string
			code          protocol.ErrorCode
		}{
			{"nothing", "", protocol.Empty},
			{"one", "a", ""},
			{"ten", strings.Repeat("a", 10), ""},
			{"eleven", strings.Repeat("a", 11), protocol.TooLong},
			{"ten of four bytes", strings.Repeat("🙂", 10), ""},
			{"eleven of four bytes", strings.Repeat("🙂", 11), protocol.TooLong},
			{"spaces", "   ", ""},
			{"NUL", "\x00", ""},
		} {
			_, err := ann.say(Message{ID: fmt.Sprint(i), Content: c.content})
			if c.code != "" {
				refusedAs(t, c.name, err, c.code)
			} else if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		synctest.Wait()
		if n := len(ann.read()); n != 5 {
			t.Errorf("%d messages are shown, want the 5 that were taken", n)
		}
	})
}

func TestAReplyNeedsAnExistingMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann := mustJoin(t, newOwnerless(t, Options{}), v1("ann"))
		_, err := ann.say(Message{ID: "1", Content: "first", ReplyTo: 1})
		refusedAs(t, "to itself", err, protocol.NotFound)
		ann.mustSend("first")
		ann.sees("1 ann: first")
		for to, code := range map[uint64]protocol.ErrorCode{0: "", 1: "", protocol.MaxSeq: protocol.NotFound} {
			_, err := ann.say(Message{ID: fmt.Sprint("to", to), Content: "reply", ReplyTo: to})
			if code != "" {
				refusedAs(t, fmt.Sprint(to), err, code)
			} else if err != nil {
				t.Errorf("to %d: %v", to, err)
			}
		}
		if _, err := ann.react("thumb", 1); err != nil {
			t.Fatal(err)
		}
		_, err = ann.say(Message{ID: "to-a-reaction", Content: "reply", ReplyTo: ann.last().Seq})
		refusedAs(t, "to a reaction", err, protocol.NotFound)
	})
}

func TestACommandCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		ann, bob := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("bob"))
		ann.sees("joined bob, 2")
		again := v1("ann")
		again.Seat = ann.welcome.You.Seat
		for i, c := range []struct {
			from    *client
			content string
			seq     uint64
			repeat  bool
			err     error
		}{
			{ann, "hi", 1, false, nil},
			{ann, "hi", 1, true, nil},
			{mustJoin(t, g, again), "hi", 1, true, nil}, // over another connection of the member
			{ann, "ho", 0, false, journal.ErrConflict},
			{bob, "hi", 2, false, nil}, // IDs of different members are independent
			{bob, "hi", 2, true, nil},
		} {
			want := journal.Outcome{Seq: c.seq, Duplicate: c.repeat}
			o, err := c.from.say(Message{ID: "1", Content: c.content})
			if o != want || !errors.Is(err, c.err) {
				t.Errorf("step %d became %+v, %v; want %+v, %v", i, o, err, want, c.err)
			}
		}
		ann.sees("1 ann: hi", "2 bob: hi")
		refusedAs(t, "conflict", Refusal(journal.ErrConflict), protocol.IDConflict)
		refusedAs(t, "outcome unknown", Refusal(journal.ErrUnavailable), protocol.Unavailable)
		refusedAs(t, "closed", Refusal(journal.ErrClosed), protocol.Unavailable)
	})
}

func TestPlainMessagesAreNotDeduplicated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		guest, ann := mustJoin(t, g, plain("guest")), mustJoin(t, g, v1("ann"))
		for _, author := range []string{"", "client 1", "client 1"} {
			if _, err := guest.say(Message{Author: author, Content: "hi"}); err != nil {
				t.Fatal(err)
			}
		}
		guest.sees("guest: hi", "client 1: hi", "client 1: hi")
		synctest.Wait()
		frames := ann.all()
		if len(frames) != 3 {
			t.Errorf("ann was shown %v", frames)
		}
		for _, f := range frames {
			if f.From.Member != guest.You().Member || !f.From.Guest {
				t.Errorf("from %+v, want the guest %s, whatever it calls itself", f.From, guest.You().Member)
			}
		}
	})
}

func TestPagesOfHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memoryJournal(t, memory.Options{Keep: 5})
		write(t, j, "mmmmmmmm") // 4 to 8 are kept
		ann := mustJoin(t, newOwnerless(t, Options{Journal: j}), v1("ann"))
		for _, c := range []struct {
			name        string
			read        func() (protocol.History, error)
			first, last uint64
			more        bool
		}{
			{"before all", func() (protocol.History, error) { return ann.ReadBefore(t.Context(), protocol.MaxSeq, 3) }, 6, 8, true},
			{"before 6", func() (protocol.History, error) { return ann.ReadBefore(t.Context(), 6, 3) }, 4, 5, false},
			{"before 6, as many as there are", func() (protocol.History, error) { return ann.ReadBefore(t.Context(), 6, 2) }, 4, 5, false},
			{"before the first", func() (protocol.History, error) { return ann.ReadBefore(t.Context(), 4, 3) }, 0, 0, false},
			{"before 0", func() (protocol.History, error) { return ann.ReadBefore(t.Context(), 0, 3) }, 0, 0, false},
			{"after nothing", func() (protocol.History, error) { return ann.ReadAfter(t.Context(), 0, 3) }, 4, 6, true},
			{"after 6", func() (protocol.History, error) { return ann.ReadAfter(t.Context(), 6, 3) }, 7, 8, false},
			{"after 6, as many as there are", func() (protocol.History, error) { return ann.ReadAfter(t.Context(), 6, 2) }, 7, 8, false},
			{"after the last", func() (protocol.History, error) { return ann.ReadAfter(t.Context(), 8, 3) }, 0, 0, false},
			{"after all", func() (protocol.History, error) { return ann.ReadAfter(t.Context(), protocol.MaxSeq, 3) }, 0, 0, false},
		} {
			h, err := c.read()
			var first, last uint64
			if n := len(h.Events); n > 0 {
				first, last = h.Events[0].Seq, h.Events[n-1].Seq
			}
			if err != nil || first != c.first || last != c.last || h.More != c.more {
				t.Errorf("%s: %d to %d, more %t, %v; want %d to %d, %t", c.name, first, last, h.More, err, c.first, c.last, c.more)
			}
		}
	})
}
