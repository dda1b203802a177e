package room

import (
	"strings"
	"testing"
	"testing/synctest"

	"snug/internal/journal/memory"
	"snug/protocol"
)

// told returns the knocks that the client was told of. The test runs in a bubble of synctest.
func (c *client) told() string {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.own)
}

// A server that is killed says of nobody that they have gone. Its next start knows.
func TestNobodyWaitsWhenAServerStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memoryJournal(t, memory.Options{})
		g := newRegistry(t, Options{Journal: j})
		ann := mustJoin(t, g, v1("ann"))
		lockIt(ann)
		q := v1("zoe")
		q.Client = &client{t: t, more: make(chan struct{}, 1)}
		zoe, err := g.Knock(t.Context(), "lobby", q, "hello")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(zoe.Leave)
		if !strings.Contains(ann.told(), "hello") {
			t.Fatal("the owner isn't told")
		}

		next := newRegistry(t, Options{Journal: j})
		seat := v1("ann")
		seat.Seat = ann.welcome.You.Seat
		again := mustJoin(t, next, seat)
		if told := again.told(); told != "" {
			t.Errorf("after the start, the owner is told %s", told)
		}
		if _, err := again.moderate(Moderation{ID: "late", Action: protocol.ActionAdmit, Member: zoe.knock.Member}); code(t, err) != string(protocol.NotFound) {
			t.Errorf("who is gone is admitted: %v", err)
		}
		q = v1("eve")
		q.Client = &client{t: t, more: make(chan struct{}, 1)}
		eve, err := next.Knock(t.Context(), "lobby", q, "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(eve.Leave)
		s, feed, err := j.Follow(t.Context(), "lobby")
		if err != nil {
			t.Fatal(err)
		}
		feed.Close()
		if _, there := s.State["knock/"+zoe.knock.Member]; there {
			t.Error("who is gone is stored for good")
		}
	})
}
