package peers

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"snug/internal/room"
	"snug/protocol"
)

// leaveWithin is how long the members of a node that dies may still be shown.
const leaveWithin = 5 * time.Second

func TestMembersOfANodeThatDiesLeaveWithin5s(t *testing.T) {
	t.Parallel()
	n := three(t, room.Options{NoOwners: true})
	ann := n[0].enter(t, v1("ann"))
	bob := n[1].enter(t, v1("bob"))
	ann.sees("joined bob, 2")
	too := n[0].enter(t, bob.again("bob")) // bob is here, too
	n[1].enter(t, v1("cat"))
	ann.sees("joined cat, 3")
	n[1].kill()
	died := time.Now()
	ann.sees("left cat, 2")
	if took := time.Since(died); took > leaveWithin {
		t.Errorf("it took %v", took)
	}
	other := n[2].enter(t, v1("dan"))
	within(t, patience, "the nick of one whose node has died is to be had", func() bool { return other.Rename(t.Context(), nick("cat")) == nil })
	if other := n[2].enter(t, v1("bob")); other.You().Nick != "bob-2" {
		t.Errorf("bob's nick, who is on another node, too, was given away: as %q", other.You().Nick)
	}
	too.Leave()
}

func TestANodeThatStopsIsGoneAtOnce(t *testing.T) {
	t.Parallel()
	n := three(t, room.Options{NoOwners: true})
	ann := n[0].enter(t, v1("ann"))
	bob := n[1].enter(t, v1("bob"))
	ann.sees("joined bob, 2")
	bob.Leave()
	ann.sees("left bob, 1")
	n[1].stop()
	within(t, time.Second, "its goodbye is heard", func() bool { return !n[0].mesh.alive(n[1].mesh.self) })
}

// cable is a way to a NATS server that can be cut.
type cable struct {
	net.Listener
	to string

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
	ended sync.WaitGroup
}

func lay(t *testing.T, to string) *cable {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{Listener: l, to: u.Host, conns: make(map[net.Conn]bool)}
	c.ended.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.ended.Go(func() { c.carry(conn) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		c.set(true)
		c.ended.Wait()
	})
	return c
}

func (c *cable) url() string { return "nats://" + c.Addr().String() }

// set cuts the cable or mends it.
func (c *cable) set(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut = cut; cut {
		for conn := range c.conns {
			_ = conn.Close()
		}
	}
}

// hold takes a connection, unless the cable is cut.
func (c *cable) hold(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		_ = conn.Close()
		return false
	}
	c.conns[conn] = true
	return true
}

func (c *cable) carry(conn net.Conn) {
	if !c.hold(conn) {
		return
	}
	up, err := new(net.Dialer).DialContext(context.Background(), "tcp", c.to)
	if err != nil || !c.hold(up) {
		_ = conn.Close()
		return
	}
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{conn, up}, {up, conn}} {
		both.Go(func() {
			_, _ = io.Copy(way[0], way[1])
			_ = way[0].Close()
			_ = way[1].Close()
		})
	}
	both.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.conns, conn)
	delete(c.conns, up)
}

// apart is a cluster of which one node has a cable of its own.
func apart(t *testing.T) (one, other *house, c *cable) {
	t.Helper()
	direct, j := serve(t).ClientURL(), kept(t)
	c = lay(t, direct)
	one = start(t, direct, "one", j, room.Options{NoOwners: true}, Options{})
	other = start(t, c.url(), "other", j, room.Options{NoOwners: true}, Options{})
	meet(t, one, other)
	return one, other, c
}

func TestAPartitionHeals(t *testing.T) {
	t.Parallel()
	one, other, c := apart(t)
	ann := one.enter(t, v1("ann"))
	bob := other.enter(t, v1("bob"))
	eve := other.enter(t, v1("eve"))
	ann.sees("joined bob, 2", "joined eve, 3")
	bob.sees("joined eve, 3")
	c.set(true)
	ann.sees("left bob, 2", "left eve, 1")
	bob.sees("left ann, 2")

	// Who is cut off goes on, and gives no nicks.
	within(t, patience, "it knows that it can't", func() bool { return other.mesh.Ready() != nil })
	_, err := other.try(t, "lobby", v1("dan"))
	if again := refused(t, err, protocol.Unavailable); again <= 0 {
		t.Error("the refusal doesn't say when to come back")
	}
	refused(t, bob.Rename(t.Context(), nick("Rob")), protocol.Unavailable)
	// Its members are taken for gone, so their nicks are to be had.
	newer := one.enter(t, v1("dan"))
	within(t, patience, "the nick of one who can't be reached is to be had", func() bool { return newer.Rename(t.Context(), nick("bob")) == nil })
	ann.sees("joined dan, 2", "renamed to bob")
	eve.Leave()
	bob.sees("left eve, 1")

	c.set(false)
	within(t, patience, "both sides see the same, and no nick twice", func() bool {
		a, b := one.welcomed(t), other.welcomed(t)
		return fmt.Sprint(a) == "[ann bob bob-2]" && fmt.Sprint(b) == "[ann bob bob-2]"
	})
	if got := bob.You().Nick; got != "bob-2" {
		t.Errorf("he whose nick was given away goes by %q, want bob-2", got)
	}
	within(t, patience, "it knows that it can", func() bool { return other.mesh.Ready() == nil })
	within(t, patience, "after the cut a nick is to be had", func() bool { return bob.Rename(t.Context(), nick("Rob")) == nil })
}

func TestWhatIsMissedIsNoticed(t *testing.T) {
	t.Parallel()
	one, other, _ := apart(t)
	ann := one.enter(t, v1("ann"))
	bob := other.enter(t, v1("bob"))
	ann.sees("joined bob, 2")
	l := one.mesh.link("lobby")
	heard := l.sub
	for i := range 2 {
		// What one is told of the room is lost, as in a full buffer on the way.
		if err := heard.Unsubscribe(); err != nil {
			t.Fatal(err)
		}
		cat := other.enter(t, v1(fmt.Sprint("cat", i)))
		within(t, patience, "it was told", func() bool { return pending(other.mesh.link("lobby")) == 0 })
		if err := other.nc.FlushTimeout(patience); err != nil {
			t.Fatal(err)
		}
		heard = hear(t, l)
		ann.sees(fmt.Sprintf("joined cat%d, 3", i))
		cat.Leave()
		ann.sees(fmt.Sprintf("left cat%d, 2", i))
	}
	bob.Leave()
}

// hear makes a link hear what is told of its room.
func hear(t *testing.T, l *link) *nats.Subscription {
	t.Helper()
	sub, err := l.mesh.nc.ChanSubscribe(l.mesh.subjectOf(l.code), l.mesh.messages)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.mesh.nc.FlushTimeout(patience); err != nil {
		t.Fatal(err)
	}
	return sub
}

// pending is how many members a link has to tell of.
func pending(l *link) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.news)
}

func TestWhatNodesDontSayIsPassedOver(t *testing.T) {
	t.Parallel()
	n := three(t, room.Options{NoOwners: true})
	ann := n[0].enter(t, v1("ann"))
	bob := n[1].enter(t, v1("bob"))
	ann.sees("joined bob, 2")
	bob.Leave()
	ann.sees("left bob, 1")
	m := n[0].mesh
	for range 1000 {
		for _, odd := range []string{
			"", "{", "null", "[]", `{"n":7}`, `{"n":""}`, `{"n":"x"}`, `{"n":"x.1","b":-1}`, `{"n":"x.1","d":{"r":"lobby","v":1}}`,
			`{"n":"` + n[1].mesh.self + `","d":{"r":"lobby","v":99,"m":[{"m":"","n":"x"}]}}`,
			`{"n":"` + n[1].mesh.self + `","d":{"r":"lobby","v":99,"m":[{"m":"x","n":""}]}}`,
			`{"n":"` + n[1].mesh.self + `","l":[{"r":"lobby","v":99,"p":-7,"o":true}]}`,
			`{"n":"` + n[1].mesh.self + `","d":{"r":"kitchen","v":99}}`,
		} {
			for _, subject := range []string{m.subject("beat"), m.subject("node." + m.self), m.subjectOf("lobby")} {
				if err := n[2].nc.Publish(subject, []byte(odd)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	cat := n[1].enter(t, v1("cat"))
	ann.sees("joined cat, 2")
	cat.Leave()
	ann.sees("left cat, 1")
}

func TestTheStreamOfNicksMayBeLost(t *testing.T) {
	t.Parallel()
	n := three(t, room.Options{NoOwners: true})
	ann := n[0].enter(t, v1("ann"))
	n[1].enter(t, v1("bob"))
	ann.sees("joined bob, 2")
	if err := n[0].mesh.js.DeleteStream(t.Context(), "snug-nicks"); err != nil {
		t.Fatal(err)
	}
	// The first to need it finds out, and is told to come again.
	within(t, patience, "nicks can be had again", func() bool {
		c, err := n[2].try(t, "lobby", v1("cat"))
		if err != nil {
			refused(t, err, protocol.Unavailable)
			return false
		}
		c.Leave()
		return true
	})
	// The others do when they lose their connection, which a server's end is.
	for _, h := range n {
		if err := h.nc.ForceReconnect(); err != nil {
			t.Fatal(err)
		}
	}
	within(t, patience, "those who are here have theirs again", func() bool {
		c, err := n[2].try(t, "lobby", v1("bob"))
		if err != nil {
			refused(t, err, protocol.Unavailable)
			return false
		}
		defer c.Leave()
		return c.You().Nick == "bob-2"
	})
}

func TestAMinorityGivesNoNicks(t *testing.T) {
	t.Parallel()
	servers := cluster(t)
	all := over(t, servers)
	ann := all[0].enter(t, v1("ann"))
	all[1].enter(t, v1("bob"))
	ann.sees("joined bob, 2")
	stop(servers[2].Server)
	all[1].enter(t, v1("cat")) // two of three are enough
	ann.sees("joined cat, 3")
	stop(servers[1].Server)
	_, err := all[0].try(t, "lobby", v1("dan"))
	refused(t, err, protocol.Unavailable)
	ann.sees("left bob, 2", "left cat, 1")
	if _, err := all[0].try(t, "lobby", ann.again("ann")); err != nil {
		t.Errorf("one who is there can't open another connection: %v", err)
	}
}

func TestAMajorityOfServersMayRestart(t *testing.T) {
	t.Parallel()
	servers := cluster(t)
	all := over(t, servers)
	ann := all[0].enter(t, v1("ann"))
	all[1].enter(t, v1("bob"))
	ann.sees("joined bob, 2")
	// What keeps the nicks is in memory: these two can't know them any more.
	var again []*server.Options
	for _, s := range servers[1:] {
		o := *s.options
		o.Port = s.Addr().(*net.TCPAddr).Port
		again = append(again, &o)
		stop(s.Server)
	}
	for _, o := range again {
		server, err := server.NewServer(o)
		if err != nil {
			t.Fatal(err)
		}
		server.Start()
		t.Cleanup(func() { stop(server) })
	}
	meet(t, all[:]...)
	within(t, 4*patience, "ann and bob have their nicks", func() bool {
		got := fmt.Sprint(all[0].welcomed(t))
		if got != "[ann bob]" {
			return false
		}
		a, errA := all[1].try(t, "lobby", v1("ann"))
		if errA != nil {
			refused(t, errA, protocol.Unavailable)
			return false
		}
		defer a.Leave()
		b, errB := all[2].try(t, "lobby", v1("bob"))
		if errB != nil {
			refused(t, errB, protocol.Unavailable)
			return false
		}
		defer b.Leave()
		if a.You().Nick == "ann" || b.You().Nick == "bob" {
			t.Errorf("nicks of those who are there were given away: %s, %s", a.You().Nick, b.You().Nick)
		}
		return a.You().Nick == "ann-2" && b.You().Nick == "bob-2"
	})
}

// over starts a node at each server.
func over(t testing.TB, servers []*served) (all [3]*house) {
	t.Helper()
	j := kept(t)
	for i, s := range servers {
		all[i] = start(t, s.ClientURL(), fmt.Sprint("n", i), j, room.Options{NoOwners: true}, Options{Replicas: 3})
	}
	meet(t, all[:]...)
	return all
}

// spread is nodes that each have their own of three servers, which give nicks.
func spread(t testing.TB) (all [3]*house) {
	t.Helper()
	all = over(t, cluster(t))
	for _, h := range all {
		for end := time.Now().Add(2 * patience); h.mesh.Ready() != nil; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s gives no nicks: %v", h.mesh.name, h.mesh.Ready())
			}
		}
		h.enter(t, v1("first")).Leave()
	}
	return all
}

// served is a server that can be started again.
type served struct {
	*server.Server
	options *server.Options
}

// cluster starts three NATS servers that are one.
func cluster(t testing.TB) (servers []*served) {
	t.Helper()
	var routes []*url.URL
	var ports []int
	for range 3 {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		ports = append(ports, port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprint("127.0.0.1:", port)})
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		s := &served{}
		s.Server = serve(t, func(o *server.Options) {
			o.ServerName, o.Routes = fmt.Sprint("s", i), routes
			o.Cluster = server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: ports[i]}
			s.options = o
		})
		servers = append(servers, s)
	}
	within(t, 2*patience, "the servers have a leader", func() bool {
		for _, s := range servers {
			if s.JetStreamIsLeader() {
				return s.JetStreamIsCurrent()
			}
		}
		return false
	})
	return servers
}
