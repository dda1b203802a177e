package room

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/memory"
	"snug/protocol"
)

func TestPresenceIsFlushedWithinAMillisecond(t *testing.T) {
	for name, members := range map[string]int{"a few": 3, "a crowd": 300} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newOwnerless(t, Options{})
				all := crowd(t, g, members)
				time.Sleep(10 * protocol.CrowdEvery)
				ann, bob := all[0], all[1]
				bob.all()
				for _, pause := range []time.Duration{time.Second, 0, 0, time.Microsecond, time.Second} {
					time.Sleep(pause)
					bob.next()
					before := time.Now()
					ann.mustSend("hi")
					<-bob.more
					waited := time.Since(before)
					if frames := bob.all(); len(frames) != 1 || waited > maxFlushDelay || pause == time.Second && waited > 0 {
						t.Errorf("%v after the last one, shown %v after %v", pause, frames, waited)
					}
				}
			})
		})
	}
}

// What a trim releases is tried in package fanout.
func TestAQuietRoomIsTrimmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		ann, slow := mustJoin(t, g, v1("ann")), mustJoin(t, g, plain("slow"))
		ann.mustSend("hi")
		synctest.Wait()
		ann.all()
		if frames, ok := slow.Cursor.Ready(); !ok || len(frames) == 0 {
			t.Error("the message isn't there to be read")
		}
		ann.mustSend("ho")
		synctest.Wait()
		ann.all()
		time.Sleep(trimAfter + maxFlushDelay)
		synctest.Wait()
		if _, ok := slow.Cursor.Ready(); ok {
			t.Error("what somebody hasn't read is still in memory")
		}
		slow.sees("ann: ho")
		ann.mustSend("again")
		ann.sees("3 ann: again") // a member who had read all didn't lose its place
	})
}

func TestADialectThatNobodySpeaksIsNotShownLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		ann, mute := mustJoin(t, g, v1("ann")), mustJoin(t, g, plain("mute"))
		mute.Leave()
		ann.mustSend("hi")
		synctest.Wait()
		back := mustJoin(t, g, plain("mute"))
		back.sees() // no history was asked for
		ann.mustSend("ho")
		back.sees("ann: ho")
	})
}

// The room's time comes while somebody holds it who then doesn't come in.
func TestAnAcquiredRoomDoesNotRetire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{Idle: time.Second})
		r, err := g.acquire("lobby")
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

// Nothing is said after the join, so nothing else wakes the room.
func TestARoomThatIsOnlyReadIsTrimmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &counting{Journal: memoryJournal(t, memory.Options{})}
		write(t, j, "mmmmm")
		g := newOwnerless(t, Options{Journal: j})
		read := func() uint64 {
			before := j.reads.Load()
			p, _, err := g.Join(t.Context(), "lobby", plain("p"))
			if err != nil {
				t.Fatal(err)
			}
			p.Leave()
			ann := mustJoin(t, g, v1("ann"))
			ann.all()
			ann.Leave()
			return j.reads.Load() - before
		}
		first, shared := read(), read()
		time.Sleep(trimAfter)
		synctest.Wait()
		if again := read(); shared != 0 || again != first {
			t.Errorf("the journal was read %d times at first, %d times a moment later and %d times after a while", first, shared, again)
		}
	})
}

// counting is a journal whose reads are counted.
type counting struct {
	journal.Journal
	reads atomic.Uint64
}

func (j *counting) ReadAfter(ctx context.Context, room string, after uint64, limit int) ([]journal.Entry, error) {
	j.reads.Add(1)
	return j.Journal.ReadAfter(ctx, room, after, limit)
}

func (j *counting) ReadBefore(ctx context.Context, room string, before uint64, limit int) ([]journal.Entry, error) {
	j.reads.Add(1)
	return j.Journal.ReadBefore(ctx, room, before, limit)
}

// With a journal that is quicker than the room.
func TestSendersWaitForARoomThatCannotKeepUp(t *testing.T) {
	g := newOwnerless(t, Options{})
	ann := mustJoin(t, g, v1("ann"))
	for i := range 20 * maxFeed {
		d, err := ann.Send(t.Context(), Message{Content: "hi"})
		if err == nil {
			err = ann.Append(t.Context(), d, func(journal.Outcome, error) {})
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := ann.room.feed.Len(); n > maxFeed+1 {
			t.Fatalf("after %d messages %d wait for the room", i, n)
		}
	}
}
