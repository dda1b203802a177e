package chat_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// descriptors returns the number of the process's open file descriptors.
func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("NOT TESTED: descriptors: they can be counted on Linux only")
	}
	return len(open)
}

// settled returns a count when it has stayed the same for a while, because earlier tests have
// been cleaned up.
func settled(t *testing.T, count func() int) (n int) {
	t.Helper()
	same := 0
	waitUntil(t, "the count has settled", func() bool {
		now := count()
		same++
		if now != n {
			n, same = now, 0
		}
		return same == 50
	})
	return n
}

func TestClientsThatAreSilentHaveNoGoroutines(t *testing.T) {
	for _, subprotocol := range []string{"", protocol.Subprotocol} {
		t.Run("speaking "+subprotocol, func(t *testing.T) {
			h := open(t)
			before := settled(t, runtime.NumGoroutine)
			var clients []*rawClient
			for _, nick := range []string{"one", "two", "three"} {
				c := h.connectRaw(t, "room1", subprotocol)
				if subprotocol != "" {
					c.say(fmt.Sprintf(`{"type":"join","nick":%q}`, nick))
				}
				clients = append(clients, c)
			}
			said := 0
			talk := func() {
				for _, c := range clients {
					said++
					c.say(fmt.Sprintf(`{"type":"send","id":"%d","Content":"hi %[1]d"}`, said))
					for !strings.Contains(string(c.until(text)), fmt.Sprintf(`"hi %d"`, said)) {
					}
				}
			}
			talk()
			// The room's, and the poller's; where that isn't, a reader for each. net/http's
			// handlers have returned, or are about to.
			want, readers := 2, 0
			if runtime.GOOS != "linux" {
				want, readers = 4, 3
			}
			for range 3 {
				waitUntil(t, "it is quiet", func() bool { return runtime.NumGoroutine()-before == want })
				stacks := make([]byte, 1<<20)
				all := string(stacks[:runtime.Stack(stacks, true)])
				for what, want := range map[string]int{"room.(*Room).serve(": 1, "chat.(*conn).read(": readers, "chat.(*conn).write(": 0} {
					if n := strings.Count(all, what); n != want {
						t.Errorf("%d goroutines are in %s), want %d", n, what, want)
					}
				}
				talk()
			}
		})
	}
}

// Also over TLS, which has its own bytes in buffers.
func TestWhoRestsIsAskedAndAnswered(t *testing.T) {
	t.Parallel()
	for what, h := range map[string]*testServer{"TCP": open(t), "TLS": openTLS(t)} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			c, other := h.joinRaw(t, "room1", "ann"), h.joinRaw(t, "room1", "bob")
			c.until(ping)
			c.raw(masked(final|pong, nil)) // it rests again
			c.setPatience()
			whole := masked(final|text, []byte(`{"type":"send","id":"1","content":"`+strings.Repeat("long ", 700)+`"}`))
			for _, part := range [][]byte{whole[:1], whole[1:2000], whole[2000:]} {
				c.raw(part)
			}
			other.setPatience()
			for !strings.Contains(string(other.until(text)), "long ") {
			}
		})
	}
}

func TestConnectsAndLeavesLeaveNothingBehind(t *testing.T) {
	h := open(t, func(s *setup) { s.room.Idle = 10 * time.Millisecond })
	n := short(10_000, 50_000)
	code := func(i int) string { return fmt.Sprint("room", i%500) }
	leave := map[string]func(i int){
		"clean": func(i int) {
			c := h.connectRaw(t, code(i), "")
			c.raw(masked(final|closes, []byte("\x03\xe8")))
			c.until(closes)
			_ = c.Close()
		},
		"rude": func(i int) {
			c := h.connectRaw(t, code(i), protocol.Subprotocol)
			c.raw(masked(final|text, []byte(joinAnn)))
			c.reset()
		},
		"half": func(i int) {
			conn := h.tcp(t)
			request := upgrade(h.addr, code(i), protocol.Subprotocol)
			if _, err := conn.Write([]byte(request[:i%(len(request)+1)])); err != nil { // now and then the whole of it
				t.Error(err)
			}
			_ = conn.SetLinger(i % 2 * -1) // a RST or not
			_ = conn.Close()
		},
	}
	for _, how := range []string{"clean", "rude", "half"} {
		leave[how](0)
	}
	empty := func() bool { return h.Connections() == 0 && h.rooms.Open() == 0 }
	waitUntil(t, "the first are gone", empty)
	goroutines := settled(t, runtime.NumGoroutine)
	files := settled(t, func() int { return descriptors(t) })
	for how, once := range leave {
		for i := range n / 3 {
			once(i)
		}
		waitUntil(t, how+": all are gone, and their rooms", empty)
		waitUntil(t, how+": goroutines and descriptors are as many as before", func() bool {
			return runtime.NumGoroutine() <= goroutines && descriptors(t) <= files
		})
	}
	figure(t, "connects and leaves", n, "clean, rude and half: goroutines, descriptors and rooms as before")
}

// panics is a journal that panics on a certain message.
type panics struct{ journal.Journal }

func (p panics) Append(ctx context.Context, d journal.Draft, done journal.Done) error {
	if strings.Contains(string(d.Event.Body), `"panic"`) {
		panic("on demand")
	}
	return p.Journal.Append(ctx, d, done)
}

func TestPanicInAConnectionEndsThatOneAlone(t *testing.T) {
	h := open(t, func(s *setup) {
		s.mayFail = true
		s.journalOf = func(j journal.Journal) journal.Journal { return panics{j} }
	})
	ends(t, h, "room1", frame(final|text, `{"type":"send","id":"1","content":"panic"}`), 1011)
	other := h.connectRaw(t, "room2", "")
	other.say(`{"Author":"ann","Content":"hi"}`)
	if got := string(other.until(text)); got != `{"Author":"ann","Content":"hi"}` {
		t.Errorf("another room got %s", got)
	}
	said := h.errors.all()
	if len(said) != 1 || !strings.Contains(said[0], "panic=on demand") || !strings.Contains(said[0], "stack=goroutine") {
		t.Errorf("the log says %q, want the panic with its stack, once", said)
	}
}
