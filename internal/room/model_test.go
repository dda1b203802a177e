package room

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"snug/internal/journal/memory"
	"snug/protocol"
)

// bufferHolds is how many bytes package fanout keeps for each dialect.
const bufferHolds = 512 << 10

// lobby is a model of a room: a slice of what was sent, and the clients in it.
type lobby struct {
	g       *Registry
	said    []string // by seq-1, as v1 shows it
	clients []*follower
	cut     []*follower // disconnected; they may resume
}

// follower is a client and what it knows: how far it has read, and who it believes to be
// in the room.
type follower struct {
	*client
	dialect protocol.Dialect
	seq     uint64
	present map[string]string // nicks by member
	sent    map[string]Message
	seqs    map[string]uint64 // by id
}

func TestNothingIsLostDoubledOrReordered(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rapid.SyncTest(rt, func(rt *rapid.T) {
			l := &lobby{}
			l.g = newOwnerless(rt, Options{Idle: 5 * time.Second, Journal: memoryJournal(rt, memory.Options{Keep: 1e6, ForgetAfter: 1000 * time.Hour})})
			defer l.atRest(rt)
			some := func(of []*follower) (int, *follower) {
				if len(of) == 0 {
					rt.Skip()
				}
				i := rapid.IntRange(0, len(of)-1).Draw(rt, "client")
				return i, of[i]
			}
			rt.Repeat(map[string]func(*rapid.T){
				"enter": func(rt *rapid.T) { l.enter(rt, nil) },
				"resume": func(rt *rapid.T) {
					i, f := some(l.cut)
					l.cut = slices.Delete(l.cut, i, i+1)
					l.enter(rt, f)
				},
				"cut": func(rt *rapid.T) {
					i, f := some(l.clients)
					f.Leave()
					l.clients = slices.Delete(l.clients, i, i+1)
					l.cut = append(l.cut, f)
				},
				"say": func(rt *rapid.T) { _, f := some(l.clients); l.say(rt, f, 1, 10) },
				"say a lot": func(rt *rapid.T) {
					if rapid.IntRange(0, 15).Draw(rt, "seldom") != 13 { // small numbers are drawn more often
						rt.Skip()
					}
					_, f := some(l.clients)
					l.say(rt, f, 10, bufferHolds/9)
				},
				"say again": func(rt *rapid.T) { _, f := some(l.clients); l.sayAgain(rt, f) },
				"rename": func(rt *rapid.T) {
					_, f := some(l.clients)
					to := nick(rapid.SampledFrom([]string{"ann", "bob", "Ann"}).Draw(rt, "nick"))
					if err := f.Rename(rt.Context(), to); err != nil {
						refusedAs(rt, to.Shown, err, protocol.NickTaken)
					}
				},
				"read": func(rt *rapid.T) { _, f := some(l.clients); l.read(rt, f) },
				"wait": func(rt *rapid.T) {
					time.Sleep(rapid.SampledFrom([]time.Duration{time.Microsecond, time.Millisecond, time.Second, time.Minute}).Draw(rt, "wait"))
				},
			})
		})
	})
}

// enter joins as a new client, or as one that resumes.
func (l *lobby) enter(rt *rapid.T, was *follower) {
	f := &follower{sent: map[string]Message{}, seqs: map[string]uint64{}}
	q := v1(rapid.SampledFrom([]string{"ann", "bob", "carl"}).Draw(rt, "nick"))
	q.Dialect = rapid.SampledFrom([]protocol.Dialect{protocol.V1, protocol.V1, protocol.Plain}).Draw(rt, "dialect")
	q.History = rapid.SampledFrom([]int{0, 1, 50, 5000}).Draw(rt, "history")
	if was != nil {
		q.Seat, q.Since = was.welcome.You.Seat, position(was.client, was.seq)
		f.sent, f.seqs = was.sent, was.seqs
	}
	synctest.Wait()
	f.client, f.dialect = mustJoin(rt, l.g, q), q.Dialect
	head := uint64(len(l.said))
	if w := f.welcome; w.Head != head || w.Resumed != (was != nil) || was != nil && w.You.Member.Member != was.You().Member {
		rt.Fatalf("%d messages were said, and the welcome is %+v", head, w)
	}
	if f.seq = head - min(head, uint64(min(q.History, protocol.MaxReplay))); was != nil {
		f.seq = was.seq
	}
	f.fold(f.welcome.Members)
	l.clients = append(l.clients, f)
}

func (l *lobby) say(rt *rapid.T, f *follower, times, length int) {
	for range times {
		m := Message{ID: fmt.Sprint("id", len(f.sent)), Content: strings.Repeat("x", length) + fmt.Sprint(len(l.said))}
		f.sent[m.ID], f.seqs[m.ID] = m, uint64(len(l.said)+1)
		l.said = append(l.said, fmt.Sprintf("%d %s: %s", len(l.said)+1, f.You().Nick, m.Content))
		if o, err := f.client.say(m); err != nil || o.Duplicate || o.Seq != uint64(len(l.said)) {
			rt.Fatalf("message %d became %+v, %v", len(l.said), o, err)
		}
	}
}

// sayAgain repeats a message, as a client does that doesn't know the outcome.
func (l *lobby) sayAgain(rt *rapid.T, f *follower) {
	for id, m := range f.sent {
		if o, err := f.client.say(m); err != nil || !o.Duplicate || o.Seq != f.seqs[id] {
			rt.Fatalf("said again, message %d became %+v, %v", f.seqs[id], o, err)
		}
		return
	}
}

// read reads once and compares with the model.
func (l *lobby) read(rt *rapid.T, f *follower) (more bool) {
	frames := f.next()
	for _, ev := range frames {
		switch ev.Type {
		case "", protocol.EventMessage:
			if f.seq++; f.seq > uint64(len(l.said)) {
				rt.Fatalf("%v was never said", ev)
			}
			want := l.said[f.seq-1]
			if ev.Type == "" {
				want = want[strings.Index(want, " ")+1:]
			}
			if got := ev.String(); got != want {
				rt.Fatalf("shown %.40q, want %.40q", got, want)
			}
		case protocol.EventJoined, protocol.EventRenamed:
			f.present[ev.Member] = ev.Nick
		case protocol.EventLeft:
			delete(f.present, ev.Member)
		case protocol.EventMembers:
			f.fold(ev.Members)
		default:
			rt.Fatalf("shown %v", ev)
		}
	}
	return len(frames) > 0
}

func (f *follower) fold(members []protocol.Member) {
	f.present = map[string]string{}
	for _, m := range members {
		f.present[m.Member] = m.Nick
	}
}

// atRest compares everyone with the model when nothing happens any more.
func (l *lobby) atRest(rt *rapid.T) {
	if rt.Failed() {
		return
	}
	synctest.Wait()
	present := map[string]string{}
	for _, f := range l.clients {
		present[f.You().Member] = f.You().Nick
	}
	for _, f := range l.clients {
		for l.read(rt, f) {
		}
		if f.seq != uint64(len(l.said)) {
			rt.Fatalf("%s has read %d of %d", f.You().Nick, f.seq, len(l.said))
		}
		if f.dialect == protocol.V1 && !maps.Equal(f.present, present) {
			rt.Fatalf("%s takes %v to be there; there are %v", f.You().Nick, f.present, present)
		}
	}
}
