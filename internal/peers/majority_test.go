package peers

import (
	"fmt"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"snug/internal/room"
	"snug/protocol"
)

func TestNicksSurviveTheLossOfTheirStream(t *testing.T) {
	t.Parallel()
	n := startThree(t, room.Options{NoOwners: true})
	ann := n[0].join(t, v1("ann"))
	n[1].join(t, v1("bob"))
	ann.expect("joined bob, 2")
	if err := n[0].network.nicks.store.(*nickStream).js.DeleteStream(t.Context(), nickStreamName); err != nil {
		t.Fatal(err)
	}
	// The first claim notices it, and is refused for now.
	eventually(t, "nicks are given out again", func() bool {
		c, err := n[2].tryJoin(t, "lobby", v1("cat"))
		if err != nil {
			refused(t, err, protocol.Unavailable)
			return false
		}
		c.Leave()
		return true
	})
	// The others notice when they lose their connection, as they do when a server ends.
	for _, h := range n {
		if err := h.nc.ForceReconnect(); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "members that are present own their nicks again", func() bool {
		c, err := n[2].tryJoin(t, "lobby", v1("bob"))
		if err != nil {
			refused(t, err, protocol.Unavailable)
			return false
		}
		defer c.Leave()
		return c.You().Nick == "bob-2"
	})
}

func TestAMinorityGivesOutNoNicks(t *testing.T) {
	t.Parallel()
	servers := startCluster(t)
	all := startAt(t, servers, room.Options{NoOwners: true})
	ann := all[0].join(t, v1("ann"))
	all[1].join(t, v1("bob"))
	ann.expect("joined bob, 2")
	stop(servers[2].Server)
	all[1].join(t, v1("cat")) // two of three are a majority
	ann.expect("joined cat, 3")
	stop(servers[1].Server)
	_, err := all[0].tryJoin(t, "lobby", v1("dan"))
	refused(t, err, protocol.Unavailable)
	ann.expect("left bob, 2", "left cat, 1")
	if _, err := all[0].tryJoin(t, "lobby", ann.sameMember("ann")); err != nil {
		t.Errorf("a member that is present can't open another connection: %v", err)
	}
}

// Or the room would belong to a member that nobody has the seat of.
func TestWhoGetsNoNickDoesNotClaimTheRoom(t *testing.T) {
	t.Parallel()
	servers := startCluster(t)
	all := startAt(t, servers, room.Options{})
	restart(t, servers[1:], func() {
		_, err := all[0].tryJoin(t, "lobby", v1("ann"))
		refused(t, err, protocol.Unavailable)
	})
	if bob := all[0].join(t, v1("bob")); bob.You().Role != protocol.RoleOwner {
		t.Errorf("the first member is %s", bob.You().Role)
	}
}

// restart stops servers, calls meanwhile, and starts them again.
func restart(t *testing.T, servers []*natsServer, meanwhile func()) {
	t.Helper()
	var again []*server.Options
	for _, s := range servers {
		o := *s.options
		again = append(again, &o)
		stop(s.Server)
	}
	meanwhile()
	for _, o := range again {
		server, err := server.NewServer(o)
		if err != nil {
			t.Fatal(err)
		}
		server.Start()
		t.Cleanup(func() { stop(server) })
	}
}

func TestAMajorityOfServersMayRestart(t *testing.T) {
	t.Parallel()
	servers := startCluster(t)
	all := startAt(t, servers, room.Options{NoOwners: true})
	ann := all[0].join(t, v1("ann"))
	all[1].join(t, v1("bob"))
	ann.expect("joined bob, 2")
	// The stream is in memory: these two servers have forgotten the nicks.
	restart(t, servers[1:], func() {})
	awaitPeers(t, all[:]...)
	eventually(t, "ann and bob own their nicks", func() bool {
		got := fmt.Sprint(all[0].otherNicks(t))
		if got != "[ann bob]" {
			return false
		}
		a, errA := all[1].tryJoin(t, "lobby", v1("ann"))
		if errA != nil {
			refused(t, errA, protocol.Unavailable)
			return false
		}
		defer a.Leave()
		b, errB := all[2].tryJoin(t, "lobby", v1("bob"))
		if errB != nil {
			refused(t, errB, protocol.Unavailable)
			return false
		}
		defer b.Leave()
		if a.You().Nick == "ann" || b.You().Nick == "bob" {
			t.Errorf("nicks of members that are present were given away: %s, %s", a.You().Nick, b.You().Nick)
		}
		return a.You().Nick == "ann-2" && b.You().Nick == "bob-2"
	})
}
