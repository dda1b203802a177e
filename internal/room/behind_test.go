package room

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal/memory"
	"snug/protocol"
)

// behind has the ways in which a cursor loses its place in the buffer.
var behind = map[string]func(t *testing.T, from *client) (said []string){
	"more came than the buffer holds": func(t *testing.T, from *client) []string {
		said := slices.Repeat([]string{strings.Repeat("x", 30_000)}, 20)
		from.mustSend(said...)
		return said
	},
	"it was quiet for a while": func(t *testing.T, from *client) []string {
		from.mustSend("one", "two")
		synctest.Wait()
		time.Sleep(2 * trimAfter)
		return []string{"one", "two"}
	},
}

func TestAReaderThatFellBehindContinuesInTheJournal(t *testing.T) {
	for name, fall := range behind {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newOwnerless(t, Options{Journal: memoryJournal(t, memory.Options{Keep: 10_000})})
				slow, mute, ann := mustJoin(t, g, v1("slow")), mustJoin(t, g, plain("mute")), mustJoin(t, g, v1("ann"))
				slow.sees("joined mute, 2", "joined ann, 3")
				seq := 0
				for round := range 3 {
					if err := ann.Rename(t.Context(), nick(fmt.Sprint("ann", round))); err != nil { // an event that will be lost
						t.Fatal(err)
					}
					var want, wantPlain []string
					for _, content := range fall(t, ann) {
						seq++
						want = append(want, fmt.Sprintf("%d ann%d: %s", seq, round, content))
						wantPlain = append(wantPlain, fmt.Sprintf("ann%d: %s", round, content))
					}
					slow.sees(append(want, fmt.Sprintf("members [slow mute ann%d], 3", round))...)
					mute.sees(wantPlain...)
					ann.mustSend("live")
					seq++
					slow.sees(fmt.Sprintf("%d ann%d: live", seq, round))
					mute.sees(fmt.Sprintf("ann%d: live", round))
				}
			})
		})
	}
}

func TestAReaderBehindWhatIsKeptGetsAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{Journal: memoryJournal(t, memory.Options{Keep: 1})})
		slow, ann := mustJoin(t, g, v1("slow")), mustJoin(t, g, v1("ann"))
		ann.mustSend("one", "two", "three")
		synctest.Wait()
		time.Sleep(2 * trimAfter)
		slow.sees("gap 1 to 2", "3 ann: three", "members [slow ann], 2", "pruned up to 3")
	})
}

// In real time, since readers and senders have to run concurrently.
func TestASlowReaderMissesNothingWhileOthersTalk(t *testing.T) {
	const talkers, each = 4, 200
	g := newOwnerless(t, Options{Journal: memoryJournal(t, memory.Options{Keep: talkers * each})})
	quick, slow, mute := mustJoin(t, g, v1("quick")), mustJoin(t, g, v1("slow")), mustJoin(t, g, plain("mute"))
	var talking, reading sync.WaitGroup
	content := strings.Repeat("x", 2500) // 800 of them are four times what a buffer holds
	for i := range talkers {
		c := mustJoin(t, g, v1(fmt.Sprint("talker", i)))
		talking.Go(func() {
			for n := range each {
				if _, err := c.say(Message{ID: fmt.Sprint(n), Content: content}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	lost := 0
	for _, c := range []*client{quick, slow} {
		reading.Go(func() {
			for seq := uint64(0); seq < talkers*each; {
				frames := c.next()
				for _, f := range frames {
					if f.Type == protocol.EventMembers && c == slow {
						lost++
					}
					if f.Seq > 0 && f.Seq != seq+1 || f.Type == protocol.EventGap {
						t.Errorf("%s: %v after %d", c.You().Nick, f, seq)
						return
					}
					seq = max(seq, f.Seq)
				}
				switch {
				case len(frames) == 0:
					<-c.more
				case c == slow && seq < talkers*each/2:
					c.waits(min(seq+talkers*each/3, talkers*each))
				}
			}
		})
	}
	reading.Go(func() {
		for n := 0; n < talkers*each; {
			frames := mute.next()
			if n += len(frames); len(frames) == 0 {
				<-mute.more
			}
		}
	})
	talking.Wait()
	reading.Wait()
	if rest := slow.read(); len(rest) == 1 && strings.HasPrefix(rest[0], "members") {
		lost++
	} else if len(rest) > 0 {
		t.Errorf("after the last message: %v", rest)
	}
	if lost == 0 {
		t.Error("the slow one never fell behind: this has tried nothing")
	}
	if seen := mute.read(); len(seen) > 0 {
		t.Errorf("%d messages more than there are", len(seen))
	}
}

// waits waits until the room has delivered seq, and reads nothing.
func (c *client) waits(seq uint64) {
	for c.room.Head() < seq {
		<-c.more
	}
}

func TestAFailedReadIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &faulty{Journal: memoryJournal(t, memory.Options{})}
		write(t, j, "mm")
		g := newOwnerless(t, Options{Journal: j})
		ann := mustJoin(t, g, v1("ann"))
		j.failing.Store(true)
		if frames, err := ann.Cursor.Next(t.Context()); err == nil {
			t.Errorf("the journal can't be read, and %q was", frames)
		}
		q := v1("bob")
		q.History = 1
		if _, _, err := g.Join(t.Context(), "lobby", q); err == nil {
			t.Error("joined without the replay that was asked for")
		}
		j.failing.Store(false)
		ann.sees("1 log: hi", "2 log: hi", "joined bob, 2", "left bob, 1")
	})
}
