package room

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal/memory"
)

func TestAnEmptyRoomEndsAndContinuesWhenReopened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{Idle: time.Second})
		ann := mustJoin(t, g, v1("ann"))
		ann.mustSend("one", "two")
		time.Sleep(time.Hour) // with somebody in it, it stays open
		if g.Open() != 1 {
			t.Fatalf("%d rooms are open, and ann is in one", g.Open())
		}
		ann.Leave()
		time.Sleep(time.Second - 1)
		if synctest.Wait(); g.Open() != 1 {
			t.Error("ended before its time")
		}
		time.Sleep(time.Nanosecond)
		if synctest.Wait(); g.Open() != 0 {
			t.Error("an empty room stays open")
		}
		<-ann.room.done // its goroutine has ended

		q := v1("ann")
		q.Seat, q.Since = ann.welcome.You.Seat, position(ann, 1)
		again := mustJoin(t, g, q)
		if w := again.welcome; !w.Resumed || w.Head != 2 || w.Epoch != ann.welcome.Epoch || w.You != ann.welcome.You {
			t.Errorf("came back to %+v", w)
		}
		again.sent = ann.sent
		again.mustSend("three")
		again.sees("2 ann: two", "3 ann: three")
	})
}

func TestEmptyRoomsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{Idle: time.Second})
		for i := range 500 {
			p, _, err := g.Join(t.Context(), Code("room"+strconv.Itoa(i)), v1("ann"))
			if err != nil {
				t.Fatal(err)
			}
			p.Leave()
		}
		time.Sleep(time.Second)
		if synctest.Wait(); g.Open() != 0 {
			t.Errorf("%d rooms are open, and nobody is in any", g.Open())
		}
	})
}

// In real time, since joins have to meet rooms that are about to end.
func TestAJoinToAnEndingRoomSucceeds(t *testing.T) {
	const members, times = 4, 150
	for _, idle := range []time.Duration{1, 10 * time.Microsecond, 200 * time.Microsecond} {
		g := newOwnerless(t, Options{Idle: idle, Journal: memoryJournal(t, memory.Options{Keep: members * times})})
		first := mustJoin(t, g, v1("first"))
		first.Leave()
		var all sync.WaitGroup
		for i := range members {
			all.Go(func() {
				q := v1(fmt.Sprint("n", i))
				q.Since = position(first, 0)
				for range times {
					c := mustJoin(t, g, q)
					o, err := c.say(Message{Content: "hi"})
					if err != nil || !c.welcome.Resumed {
						t.Errorf("say: %v; resumed: %t", err, c.welcome.Resumed)
					}
					if seen := c.collect(o.Seq); uint64(len(seen)) != o.Seq-q.Since.Seq {
						t.Errorf("%d events from %d to %d", len(seen), q.Since.Seq, o.Seq)
					}
					q.Since = position(c, o.Seq)
					c.Leave()
				}
			})
		}
		all.Wait()
		g.running.Wait() // the room has ended
		if g.Open() != 0 {
			t.Errorf("idle %v: %d rooms are open", idle, g.Open())
		}
		last := mustJoin(t, g, v1("last"))
		if last.welcome.Head != members*times {
			t.Errorf("idle %v: the log ends with %d of %d", idle, last.welcome.Head, members*times)
		}
		last.Leave()
	}
}

func TestOpenRoomsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{MaxRooms: 2, Idle: time.Second})
		join := func(code Code) (*Participant, error) {
			p, _, err := g.Join(t.Context(), code, v1("ann"))
			return p, err
		}
		a, errA := join("a")
		_, errB := join("b")
		_, errB2 := join("b") // no third room
		if err := errors.Join(errA, errB, errB2); err != nil {
			t.Fatal(err)
		}
		if _, err := join("c"); !errors.Is(err, ErrTooMany) {
			t.Errorf("a third room: %v, want it refused", err)
		}
		a.Leave()
		time.Sleep(time.Second)
		synctest.Wait()
		if _, err := join("c"); err != nil {
			t.Errorf("where one has ended: %v", err)
		}
	})
}

// In real time, since joins and Close have to run concurrently.
func TestCloseWaitsForRoomsAndNobodyWaitsForClose(t *testing.T) {
	for range 30 {
		g := newOwnerless(t, Options{Idle: time.Microsecond})
		var all sync.WaitGroup
		var joined atomic.Int64
		begun := make(chan struct{}, 1)
		for i := range 8 {
			all.Go(func() {
				for n := 0; ; n++ {
					p, _, err := g.Join(t.Context(), Code(strconv.Itoa((i+n)%5)), v1("ann"))
					if err != nil {
						if !errors.Is(err, ErrClosed) {
							t.Errorf("join: %v, want ErrClosed", err)
						}
						return
					}
					if joined.Add(1) == 20 {
						begun <- struct{}{}
					}
					if n%2 == 0 {
						p.Leave()
						continue
					}
					defer p.Leave() // after the end
				}
			})
		}
		<-begun
		g.Close()
		if g.Open() != 0 {
			t.Errorf("%d rooms are open after Close", g.Open())
		}
		all.Wait()
	}
}

func TestCallsToAnEndedRoomFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		ann := mustJoin(t, g, v1("ann"))
		ann.mustSend("hi")
		synctest.Wait()
		g.Close()
		g.Close() // a second Close does nothing
		<-ann.room.done
		if err := ann.Rename(t.Context(), nick("bob")); !errors.Is(err, ErrClosed) {
			t.Errorf("rename: %v", err)
		}
		ann.Typing(t.Context())
		if _, _, err := g.Join(t.Context(), "kitchen", v1("ann")); !errors.Is(err, ErrClosed) {
			t.Errorf("join: %v", err)
		}
		ann.sees("1 ann: hi") // what is in the buffer can still be read
		ann.Leave()
	})
}
