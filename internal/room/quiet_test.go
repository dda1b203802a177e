package room

import (
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/memory"
	"snug/protocol"
)

func TestWhoWaitsIsWokenWithinAMillisecond(t *testing.T) {
	for name, members := range map[string]int{"a few": 3, "a crowd": 300} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := open(t, Options{})
				all := crowd(t, g, members)
				time.Sleep(10 * protocol.CrowdEvery)
				ann, bob := all[0], all[1]
				bob.all()
				for _, pause := range []time.Duration{time.Second, 0, 0, time.Microsecond, time.Second} {
					time.Sleep(pause)
					bob.next()
					before := time.Now()
					ann.says("hi")
					<-bob.more
					waited := time.Since(before)
					if frames := bob.all(); len(frames) != 1 || waited > tellWithin || pause == time.Second && waited > 0 {
						t.Errorf("%v after the last one, shown %v after %v", pause, frames, waited)
					}
				}
			})
		})
	}
}

func TestAQuietRoomHoldsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := kept(t, memory.Options{})
		write(t, j, "mmmmm")
		g := open(t, Options{Journal: j})
		ann, mute := enter(t, g, v1("ann")), enter(t, g, plain("mute"))
		ann.says("hi")
		synctest.Wait()
		ann.all()
		mute.all()
		time.Sleep(trimAfter + tellWithin)
		synctest.Wait()
		r := ann.room
		for d, w := range r.wires {
			if w.held != 0 || len(w.chunks) != 0 {
				t.Errorf("the %v wire holds %d bytes", protocol.Dialect(d), w.held)
			}
		}
		if pages, starts := len(r.replay.pages.calls), len(r.replay.starts.calls); pages+starts > 0 || r.frame != nil {
			t.Errorf("%d pages and %d places are remembered, and a buffer of %d bytes", pages, starts, cap(r.frame))
		}
		ann.says("ho")
		ann.sees("7 ann: ho") // nobody lost its place by it
	})
}

func TestADialectThatNobodySpeaksIsNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := open(t, Options{})
		ann, mute := enter(t, g, v1("ann")), enter(t, g, plain("mute"))
		mute.Leave()
		before, _ := mute.Cursor.wire.place()
		ann.says("hi")
		synctest.Wait()
		if after, _ := mute.Cursor.wire.place(); after != before {
			t.Errorf("%d bytes for nobody", after-before)
		}
		back := enter(t, g, plain("mute"))
		back.sees() // no history was asked for
		ann.says("ho")
		back.sees("ann: ho")
	})
}

// The room's time comes while somebody holds it who then doesn't come in.
func TestARoomThatWasHeldEndsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := open(t, Options{Idle: time.Second})
		r, err := g.hold("lobby")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if synctest.Wait(); g.Open() != 1 {
			t.Error("a room that is held has ended")
		}
		g.release(r)
		time.Sleep(time.Second)
		if synctest.Wait(); g.Open() != 0 {
			t.Error("a room that nobody holds stays")
		}
	})
}

// Nothing is said after the join, so nothing wakes the room that could remind it.
func TestARoomThatIsOnlyReadHoldsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := kept(t, memory.Options{})
		write(t, j, "mmmmm")
		g := open(t, Options{Journal: j})
		ann := enter(t, g, v1("ann"))
		ann.all()
		time.Sleep(trimAfter)
		synctest.Wait()
		if r := &ann.room.replay; len(r.pages.calls)+len(r.starts.calls) > 0 {
			t.Errorf("%d pages and %d places are remembered", len(r.pages.calls), len(r.starts.calls))
		}
	})
}

// With a journal that is quicker than the room.
func TestSendersWaitForARoomThatCanNotKeepUp(t *testing.T) {
	g := open(t, Options{})
	ann := enter(t, g, v1("ann"))
	for i := range 20 * feedHolds {
		err := ann.Send(t.Context(), Message{Content: "hi"}, func(journal.Outcome, error) {})
		if err != nil {
			t.Fatal(err)
		}
		if n := ann.room.feed.Len(); n > feedHolds+1 {
			t.Fatalf("after %d messages %d wait for the room", i, n)
		}
	}
}
