package room

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal/memory"
	"snug/protocol"
)

// position returns the position of c after seq.
func position(c *client, seq uint64) *protocol.Position {
	return &protocol.Position{Epoch: c.welcome.Epoch, Seq: seq}
}

func TestARoomThatCannotOpenIsTriedAgain(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(j *faulty, on bool)
		want error
	}{
		{"the journal fails", func(j *faulty, on bool) { j.failing.Store(on) }, errFaulty},
		{"the journal panics", func(j *faulty, on bool) { j.panicking.Store(on) }, ErrClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := &faulty{Journal: memoryJournal(t, memory.Options{})}
			g := newOwnerless(t, Options{Journal: j, MaxRooms: 1})
			for range 200 {
				c.set(j, true)
				if _, _, err := g.Join(t.Context(), "lobby", v1("ann")); !errors.Is(err, c.want) {
					t.Fatalf("join: %v, want %v", err, c.want)
				}
				if g.Open() != 0 {
					t.Fatal("the room is there, and the joiner was told of its failure")
				}
				c.set(j, false)
				p, _, err := g.Join(t.Context(), "kitchen", v1("ann"))
				if err != nil {
					t.Fatalf("the next room: %v", err)
				}
				p.Leave()
				if err := g.empty("kitchen"); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// empty retires a room that nobody is in, before its time.
func (g *Registry) empty(code Code) error {
	g.mu.Lock()
	r := g.rooms[code]
	g.mu.Unlock()
	if !g.retire(r) {
		return fmt.Errorf("somebody is in %q", code)
	}
	return nil
}

type hostile struct{ noClient }

func (hostile) Deliver([]byte) { panic("hostile") }

func TestAPanicEndsOneRoomAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		elsewhere, _, err := g.Join(t.Context(), "kitchen", v1("ann"))
		if err != nil {
			t.Fatal(err)
		}
		all := crowd(t, g, 201) // where a rename is delivered to its member alone
		q := v1("hostile")
		q.Client = hostile{}
		hostile := mustJoin(t, g, q)
		all[0].mustSend("hi")
		synctest.Wait()

		if err := hostile.Rename(t.Context(), nick("x")); !errors.Is(err, ErrClosed) {
			t.Errorf("rename: %v, want that the room has ended", err)
		}
		for _, c := range all {
			<-c.room.done
			c.Leave()
		}
		if g.Open() != 1 {
			t.Errorf("%d rooms are open, want the kitchen", g.Open())
		}
		select {
		case <-elsewhere.room.done:
			t.Error("another room has ended with it")
		default:
		}
		if err := elsewhere.Rename(t.Context(), nick("Ann")); err != nil {
			t.Errorf("elsewhere: %v", err)
		}
		q = v1("ann")
		q.Since = position(all[0], 0)
		again := mustJoin(t, g, q)
		if !again.welcome.Resumed || again.welcome.Count != 1 {
			t.Errorf("the room opens again as %+v", again.welcome)
		}
		again.sees("1 n0: hi")
	})
}

func TestAJoinThatIsGivenUpLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &faulty{Journal: memoryJournal(t, memory.Options{}), slow: make(chan struct{})}
		g := newOwnerless(t, Options{Journal: j, Idle: time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, _, err := g.Join(ctx, "lobby", v1("ann")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("join: %v, want the end of its time", err)
		}
		close(j.slow)
		time.Sleep(time.Second)
		if synctest.Wait(); g.Open() != 0 {
			t.Errorf("%d rooms are open for one who gave up", g.Open())
		}
		if w := mustJoin(t, g, v1("ann")).welcome; w.Count != 1 || w.You.Nick != "ann" {
			t.Errorf("later: %+v", w)
		}
	})
}
