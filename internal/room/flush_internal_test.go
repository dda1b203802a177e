package room

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/memory"
	"snug/internal/room/fanout"
	"snug/protocol"
)

// tellable is a reader that calls more, on the room's goroutine, when it is told.
type tellable struct {
	fanout.Cursor
	more func()
}

func (r *tellable) More() { r.more() }

// openLobby returns a journal in memory and its room lobby, for as long as the test runs.
func openLobby(t *testing.T) (journal.Journal, *Room) {
	t.Helper()
	j := memory.Open(memory.Options{})
	g := NewRegistry(Options{Journal: j, Log: slog.New(slog.DiscardHandler), Idle: time.Minute})
	r, err := g.acquire("lobby")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.release(r)
		g.Close()
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j, r
}

// Whoever wants to join a room of many members gets a turn while they are written to.
func TestOthersHaveTurnsWhileManyAreWrittenTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, r := openLobby(t)
		const readers = 50_000
		told := 0
		more := func() {
			if told++; told == 1 {
				synctest.Wait() // until the other waits for its turn
			}
		}
		first := make(chan int, 1) // how many were told when the other had its first turn
		if err := r.call(t.Context(), func() {
			for range readers {
				c := &tellable{more: more}
				r.fanout.Attach(&c.Cursor, protocol.V1, c)
			}
			go func() {
				n, err := ask(context.Background(), r, func() int { return told })
				if err != nil {
					n = readers
				}
				first <- n
			}()
			r.broadcast(protocol.EventTyping, protocol.Typing{Member: "ann"})
		}); err != nil {
			t.Fatal(err)
		}
		if n := <-first; n == readers {
			t.Errorf("the other has waited until all %d were told", n)
		}
		for n := 0; n < readers; {
			var err error
			if n, err = ask(t.Context(), r, func() int { return told }); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// What is told without end, such as who types, doesn't keep messages from being told.
func TestMessagesHaveTurnsWhileThereIsAlwaysMoreToTell(t *testing.T) {
	j, r := openLobby(t)
	told := 0
	more := func() {
		if told++; told%100 == 0 {
			r.fanout.AppendEvent(protocol.EventTyping, protocol.Typing{Member: "ann"})
		}
	}
	if err := r.call(t.Context(), func() {
		for range 1000 {
			c := &tellable{more: more}
			r.fanout.Attach(&c.Cursor, protocol.V1, c)
		}
		r.broadcast(protocol.EventTyping, protocol.Typing{Member: "ann"})
	}); err != nil {
		t.Fatal(err)
	}
	e := protocol.Event{Type: protocol.EventMessage, ID: "1", From: protocol.Member{Member: "m", Nick: "ann"}, Body: protocol.MessageBody{Content: "hi"}.Encode()}
	if err := j.Append(t.Context(), journal.Draft{Room: "lobby", Event: e}, func(journal.Outcome, error) {}); err != nil {
		t.Fatal(err)
	}
	for r.Head() == 0 { // for ever, if it doesn't come
		if _, err := ask(t.Context(), r, func() int { return told }); err != nil {
			t.Fatal(err)
		}
	}
}
