package room

import (
	"fmt"
	"testing"
	"testing/synctest"

	"snug/internal/journal"
	"snug/internal/journal/memory"
	"snug/protocol"
)

// write appends events to the lobby's log: m stands for a message, d for an erased one,
// any other letter for a reaction.
func write(t tb, j journal.Journal, log string) {
	t.Helper()
	for i, typ := range log {
		e := protocol.Event{Type: "reacted", From: protocol.Member{Member: "x", Nick: "log", Role: protocol.RoleMember}}
		switch typ {
		case 'm':
			e.Type, e.Body = protocol.EventMessage, protocol.MessageBody{Content: "hi"}.Encode()
		case 'd':
			e.Type, e.Body = protocol.EventMessage, protocol.MessageBody{Deleted: true}.Encode()
		}
		d := journal.Draft{Room: "lobby", Event: e}
		if err := j.Append(t.Context(), d, func(journal.Outcome, error) {}); err != nil {
			t.Fatalf("write event %d: %v", i, err)
		}
	}
}

func TestAWelcomeDescribesTheRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memoryJournal(t, memory.Options{Keep: 3})
		g := newOwnerless(t, Options{Journal: j})
		empty := mustJoin(t, g, v1("ann"))
		if w := empty.welcome; w.First != 1 || w.Head != 0 || w.Resumed || w.Room != "lobby" || w.Epoch == "" || w.Count != 1 {
			t.Errorf("an empty room's welcome is %+v", w)
		}
		if w := empty.welcome; len(w.Members) != 1 || w.Members[0] != w.You.Member || w.You.Nick != "ann" || w.You.Guest {
			t.Errorf("one is %+v among %+v", w.You, w.Members)
		}
		empty.Leave()
		g.Close()

		write(t, j, "mmmmm")
		g = newOwnerless(t, Options{Journal: j})
		mustJoin(t, g, plain("bob"))
		w := mustJoin(t, g, v1("ann")).welcome
		if w.First != 3 || w.Head != 5 || w.Epoch != empty.welcome.Epoch || w.Count != 2 || !w.Members[0].Guest || w.Members[1].Guest {
			t.Errorf("another one's is %+v", w)
		}
		write(t, j, "mm")
		synctest.Wait()
		if w := mustJoin(t, g, v1("ann")).welcome; w.First != 5 || w.Head != 7 {
			t.Errorf("kept are %d to %d, want 5 to 7: the log goes on under an open room", w.First, w.Head)
		}
	})
}

func TestTheReplayBeginsWithTheHistorythLastMessage(t *testing.T) {
	for _, c := range []struct {
		log     string
		history int
		first   uint64 // 0 for no replay
	}{
		{"", 50, 0},
		{"mmmmm", 0, 0},
		{"mmmmm", 1, 5},
		{"mmmmm", 3, 3},
		{"mmmmm", 5, 1},
		{"mmmmm", 1 << 62, 1},
		{"mmmmm", -1, 0},
		{"mxmx", 1, 3},
		{"mxmx", 2, 1},
		{"mmxxxx", 2, 1},
		{"mmmxxxx", 2, 2},
		{"xxxx", 1, 1}, // all there is
		{"mxxmxd", 2, 4},
	} {
		t.Run(fmt.Sprintf("%s/%d", c.log, c.history), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := memoryJournal(t, memory.Options{})
				write(t, j, c.log)
				g := newOwnerless(t, Options{Journal: j})
				q := v1("ann")
				q.History = c.history
				ann := mustJoin(t, g, q)
				var want []string
				for seq := c.first; seq > 0 && seq <= uint64(len(c.log)); seq++ {
					switch c.log[seq-1] {
					case 'm':
						want = append(want, fmt.Sprintf("%d log: hi", seq))
					case 'd':
						want = append(want, fmt.Sprintf("%d log: ", seq))
					default:
						want = append(want, fmt.Sprintf("%d reacted", seq))
					}
				}
				ann.sees(want...)
				ann.mustSend("live")
				ann.sees(fmt.Sprintf("%d ann: live", len(c.log)+1))
			})
		})
	}
}

func TestAReplayHasAtMost1000Events(t *testing.T) {
	for name, typ := range map[string]byte{"of messages": 'm', "of others": 'x'} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := memoryJournal(t, memory.Options{Keep: 5000})
				log := make([]byte, 2500)
				for i := range log {
					log[i] = typ
				}
				write(t, j, string(log))
				g := newOwnerless(t, Options{Journal: j})
				q := v1("ann")
				q.History = 2000
				if seen := mustJoin(t, g, q).read(); len(seen) != protocol.MaxReplay {
					t.Errorf("%d events are replayed, want %d", len(seen), protocol.MaxReplay)
				}
			})
		})
	}
}

func TestPlainReplaysMessagesOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memoryJournal(t, memory.Options{})
		write(t, j, "mxdmx")
		g := newOwnerless(t, Options{Journal: j})
		q := plain("guest")
		q.History = 10
		guest := mustJoin(t, g, q)
		guest.sees("log: hi", "log: hi")
		write(t, j, "xdm")
		guest.sees("log: hi")
	})
}

func TestAResumingClientGetsEachMissedEventOnce(t *testing.T) {
	const head = 5
	for _, c := range []struct {
		name    string
		epoch   string // "" for the room's own
		seq     uint64
		resumed bool
		first   uint64
	}{
		{"from the beginning", "", 0, true, 1},
		{"from the middle", "", 3, true, 4},
		{"nothing missed", "", head, true, 0},
		{"beyond the head", "", head + 1, false, head - 1},
		{"far beyond", "", protocol.MaxSeq, false, head - 1},
		{"another epoch", "other", 3, false, head - 1},
		{"another epoch's beginning", "other", 0, false, head - 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := memoryJournal(t, memory.Options{})
				write(t, j, "mmmmm")
				g := newOwnerless(t, Options{Journal: j})
				q := v1("ann")
				q.Since, q.History = &protocol.Position{Epoch: c.epoch, Seq: c.seq}, 2
				if c.epoch == "" {
					q.Since.Epoch = mustJoin(t, g, v1("bob")).welcome.Epoch
				}
				ann := mustJoin(t, g, q)
				if ann.welcome.Resumed != c.resumed {
					t.Errorf("resumed: %t, want %t", ann.welcome.Resumed, c.resumed)
				}
				ann.mustSend("live")
				var want []string
				for seq := c.first; seq > 0 && seq <= head; seq++ {
					want = append(want, fmt.Sprintf("%d log: hi", seq))
				}
				ann.sees(append(want, "6 ann: live")...)
			})
		})
	}
}

func TestEventsThatAreNoLongerKeptAreAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memoryJournal(t, memory.Options{Keep: 2})
		write(t, j, "mmmmm")
		g := newOwnerless(t, Options{Journal: j})
		bob := mustJoin(t, g, v1("bob"))
		bob.sees("4 log: hi", "5 log: hi") // a join without since misses nothing
		q := v1("ann")
		q.Since = &protocol.Position{Epoch: bob.welcome.Epoch, Seq: 1}
		ann := mustJoin(t, g, q)
		ann.sees("gap 2 to 3", "4 log: hi", "5 log: hi")

		q.Since.Seq = 2
		slow := mustJoin(t, g, q) // what it would read is pruned before it reads
		q.Dialect = protocol.Plain
		mute := mustJoin(t, g, q)
		write(t, j, "mmm")
		slow.sees("gap 3 to 5", "joined ann-3, 4", "6 log: hi", "7 log: hi", "8 log: hi")
		mute.sees("log: hi", "log: hi", "log: hi") // plain has no gap event
	})
}
