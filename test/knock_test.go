//go:build unix

package test

import (
	"fmt"
	"net/http"
	"syscall"
	"testing"
)

// Somebody who waits before a locked room at one server is admitted by somebody at another one,
// who also learns when somebody has gone.
func TestClusterAdmitsWhoKnocksAtAnotherServer(t *testing.T) {
	c := newCluster(t)
	c.start(0, 1, 2)
	l := linkClient{t, "knocked"}
	in := l.stream(c.sites[0], http.MethodPost, `{"type":"join","nick":"ann"}`)
	owner := l.nextEvent(in).You.Seat
	if status, body := l.post(c.sites[0], "/commands", `{"type":"set","id":"s","locked":true}`, "Snug-Seat", owner); status != http.StatusOK {
		t.Fatalf("lock the room: %d %s", status, body)
	}
	knock := func(server int, nick string) (line, string) {
		t.Helper()
		var (
			zoe line
			e   event
		)
		eventually(t, "the server has stored that "+nick+" waits", func() bool { // it can't while the servers elect who leads
			var err error
			if zoe, err = c.sites[server].dial(within(t), l.room); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(zoe.cut)
			if err := zoe.send(within(t), fields{"type": "knock", "nick": nick}); err != nil {
				t.Fatal(err)
			}
			if e, err = zoe.next(within(t)); err != nil {
				t.Fatal(err)
			}
			if e.Type != "knock" {
				zoe.cut()
			}
			return e.Type == "knock"
		})
		return zoe, e.Member
	}
	told := func(member string, gone bool) { // after others perhaps, of knocks that nobody could say were stored
		t.Helper()
		for {
			if e := l.nextEvent(in); e.Type == "knock" && e.Member == member && e.Gone == gone {
				return
			}
		}
	}
	c.runs[2].signal(t, syscall.SIGSTOP) // so that it is behind
	zoe, member := knock(1, "zoe")
	told(member, false)
	c.runs[2].signal(t, syscall.SIGCONT)
	if status, body := l.post(c.sites[2], "/commands", fmt.Sprintf(`{"type":"admit","id":"a","member":%q}`, member), "Snug-Seat", owner); status != http.StatusOK {
		t.Fatalf("admit at a third server: %d %s", status, body)
	}
	seat, err := zoe.next(within(t))
	if err != nil || seat.Type != "seat" || seat.Seat == "" {
		t.Fatalf("who is admitted gets %+v, %v", seat, err)
	}
	if e := zoe.join(t, fields{"type": "join", "nick": "zoe", "seat": seat.Seat}); e.You.Member != member {
		t.Errorf("it joins with %+v", e)
	}
	told(member, true)
	eve, member := knock(2, "eve")
	told(member, false)
	eve.cut()
	told(member, true)
}
