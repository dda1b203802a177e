package peers

import (
	"fmt"
	"testing"

	"github.com/nats-io/nats.go"

	"snug/internal/room"
	"snug/protocol"
)

func TestAPartitionHeals(t *testing.T) {
	t.Parallel()
	one, other, c := startWithCable(t)
	ann := one.join(t, v1("ann"))
	bob := other.join(t, v1("bob"))
	eve := other.join(t, v1("eve"))
	ann.expect("joined bob, 2", "joined eve, 3")
	bob.expect("joined eve, 3")
	c.setCut(true)
	ann.expect("left bob, 2", "left eve, 1")
	bob.expect("left ann, 2")

	// The node that is cut off goes on, and gives out no nicks.
	eventually(t, "the node that is cut off isn't ready", func() bool { return other.network.Ready() != nil })
	_, err := other.tryJoin(t, "lobby", v1("dan"))
	if again := refused(t, err, protocol.Unavailable); again <= 0 {
		t.Error("the refusal has no RetryAfter")
	}
	refused(t, bob.Rename(t.Context(), nick("Rob")), protocol.Unavailable)
	// Its members count as gone, so their nicks are free.
	newer := one.join(t, v1("dan"))
	eventually(t, "the nick of a member on the other side is free", func() bool { return newer.Rename(t.Context(), nick("bob")) == nil })
	ann.expect("joined dan, 2", "renamed to bob")
	eve.Leave()
	bob.expect("left eve, 1")

	c.setCut(false)
	eventually(t, "both sides see the same members, and no nick twice", func() bool {
		a, b := one.otherNicks(t), other.otherNicks(t)
		return fmt.Sprint(a) == "[ann bob bob-2]" && fmt.Sprint(b) == "[ann bob bob-2]"
	})
	if got := bob.You().Nick; got != "bob-2" {
		t.Errorf("the member whose nick was given away has the nick %q, want bob-2", got)
	}
	eventually(t, "the node is ready again", func() bool { return other.network.Ready() == nil })
	eventually(t, "the node gives out nicks again", func() bool { return bob.Rename(t.Context(), nick("Rob")) == nil })
}

func TestMissedChangesAreNoticed(t *testing.T) {
	t.Parallel()
	one, other, _ := startWithCable(t)
	ann := one.join(t, v1("ann"))
	bob := other.join(t, v1("bob"))
	ann.expect("joined bob, 2")
	l := one.network.link("lobby")
	sub := l.sub
	for i := range 2 {
		// The room's changes are lost, as they are when a buffer of NATS is full.
		if err := sub.Unsubscribe(); err != nil {
			t.Fatal(err)
		}
		cat := other.join(t, v1(fmt.Sprint("cat", i)))
		eventually(t, "the change was published", func() bool { return unsent(other.network.link("lobby")) == 0 })
		if err := other.nc.FlushTimeout(patience); err != nil {
			t.Fatal(err)
		}
		sub = resubscribe(t, l)
		ann.expect(fmt.Sprintf("joined cat%d, 3", i))
		cat.Leave()
		ann.expect(fmt.Sprintf("left cat%d, 2", i))
	}
	bob.Leave()
}

// resubscribe subscribes a link to its room's changes again.
func resubscribe(t *testing.T, l *link) *nats.Subscription {
	t.Helper()
	sub, err := l.network.nc.ChanSubscribe(roomSubject(l.code), l.network.messages)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.network.nc.FlushTimeout(patience); err != nil {
		t.Fatal(err)
	}
	return sub
}

// unsent returns of how many members a link has to publish a change.
func unsent(l *link) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.unsent)
}

func TestInvalidPacketsAreIgnored(t *testing.T) {
	t.Parallel()
	n := startThree(t, room.Options{NoOwners: true})
	ann := n[0].join(t, v1("ann"))
	bob := n[1].join(t, v1("bob"))
	ann.expect("joined bob, 2")
	bob.Leave()
	ann.expect("left bob, 1")
	m := n[0].network
	for range 1000 {
		for _, invalid := range []string{
			"", "{", "null", "[]", `{"n":7}`, `{"n":""}`, `{"n":"x"}`, `{"n":"x.1","b":-1}`, `{"n":"x.1","d":{"r":"lobby","v":1}}`,
			`{"n":"` + n[1].network.self + `","d":{"r":"lobby","v":99,"m":[{"m":"","n":"x"}]}}`,
			`{"n":"` + n[1].network.self + `","d":{"r":"lobby","v":99,"m":[{"m":"x","n":""}]}}`,
			`{"n":"` + n[1].network.self + `","l":[{"r":"lobby","v":99,"p":-7,"o":true}]}`,
			`{"n":"` + n[1].network.self + `","d":{"r":"kitchen","v":99}}`,
		} {
			for _, subject := range []string{heartbeatSubject, nodeSubject(m.self), roomSubject("lobby")} {
				if err := n[2].nc.Publish(subject, []byte(invalid)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	cat := n[1].join(t, v1("cat"))
	ann.expect("joined cat, 2")
	cat.Leave()
	ann.expect("left cat, 1")
}
