package test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestClusterPartitionLosesNothing(t *testing.T) {
	t.Parallel()
	partitionRounds(t, 3)
}

func TestSoakClusterPartitionLosesNothing(t *testing.T) {
	soak(t)
	partitionRounds(t, 100)
}

// partitioned is a cluster whose servers each have a network namespace, linked to a bridge
// between them. Clients connect to a server inside its namespace, so they reach it also
// while its link is down.
type partitioned struct {
	*cluster
	bridge string
}

func newPartitioned(t *testing.T) *partitioned {
	t.Helper()
	c := &partitioned{bridge: namespace(t, "bridge")}
	run(t, "ip", "-n", c.bridge, "link", "add", "bridge", "type", "bridge")
	run(t, "ip", "-n", c.bridge, "link", "set", "bridge", "up")
	var spaces, peers []string
	for i := range 3 {
		space := namespace(t, port(i))
		run(t, "ip", "-n", c.bridge, "link", "add", port(i), "type", "veth", "peer", "name", "nodes", "netns", space)
		run(t, "ip", "-n", c.bridge, "link", "set", port(i), "master", "bridge", "up")
		run(t, "ip", "-n", space, "link", "set", "lo", "up")
		run(t, "ip", "-n", space, "address", "add", fmt.Sprintf("10.0.0.%d/24", i+1), "dev", "nodes")
		run(t, "ip", "-n", space, "link", "set", "nodes", "up")
		spaces, peers = append(spaces, space), append(peers, fmt.Sprintf("10.0.0.%d:6222", i+1))
	}
	c.cluster = clusterAt(t, peers)
	for i, s := range c.sites {
		s.within = []string{"ip", "netns", "exec", spaces[i]}
		transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return in(spaces[i], func() (*net.TCPConn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, addr)
				if err != nil {
					return nil, err
				}
				return conn.(*net.TCPConn), nil
			})
		}}
		t.Cleanup(transport.CloseIdleConnections)
		s.web = &http.Client{Transport: transport}
	}
	return c
}

// port returns the name of a server's link on the bridge.
func port(server int) string { return fmt.Sprint("n", server+1) }

// cut takes the links of servers down. Nothing tells the servers so.
func (c *partitioned) cut(servers ...int) {
	c.t.Helper()
	for _, i := range servers {
		run(c.t, "ip", "-n", c.bridge, "link", "set", port(i), "down")
	}
}

func (c *partitioned) heal(servers ...int) {
	c.t.Helper()
	for _, i := range servers {
		run(c.t, "ip", "-n", c.bridge, "link", "set", port(i), "up")
	}
}

// leader is the server that was the last to say that it leads the log's stream.
func (c *partitioned) leader() int {
	c.t.Helper()
	leader, since := -1, ""
	for i, p := range c.runs {
		for line := range strings.Lines(p.err.String()) {
			at, _, _ := strings.Cut(strings.TrimPrefix(line, "time="), " ")
			if strings.Contains(line, "new stream leader for '$G > SNUG'") && at > since {
				leader, since = i, at
			}
		}
	}
	if leader < 0 {
		c.t.Fatal("nobody has said that it leads")
	}
	return leader
}

// refuses checks that a server refuses a new client as unavailable.
func (c *partitioned) refuses(server int) {
	c.t.Helper()
	l, err := c.sites[server].dial(within(c.t), "room0")
	if err != nil {
		c.t.Fatal(err)
	}
	defer l.cut()
	if err := l.send(within(c.t), fields{"type": "join", "nick": "newcomer", "history": 0}); err != nil {
		c.t.Fatal(err)
	}
	if e, err := l.next(within(c.t)); err != nil || e.Type != "error" || e.Code != "unavailable" {
		c.t.Errorf("on a server that is cut off a newcomer sees %+v, %v", e, err)
	}
}

// part cuts servers off for a while, in a way that it returns.
func (c *partitioned) part(way string) {
	c.t.Helper()
	order := rand.Perm(3)
	lasts := 2*time.Second + rand.N(10*time.Second)
	switch way {
	case "flap":
		c.cut(order[0])
		time.Sleep(rand.N(time.Second)) // it lasts as long
		c.heal(order[0])
		return
	case "leader":
		order[0] = c.leader()
		order = order[:1]
	case "one":
		order = order[:1]
	case "all apart":
		order = order[:2]
	case "one, another killed":
		defer c.start(order[1])
		c.runs[order[1]].kill9(c.t)
		order = order[:1]
	}
	c.cut(order...)
	until := time.Now().Add(lasts)
	for _, i := range order {
		c.refuses(i)
	}
	time.Sleep(time.Until(until))
	c.heal(order...)
}

// partitionRounds cuts servers off from each other, at random, and disturbs them in other
// ways, while clients send messages.
func partitionRounds(t *testing.T, rounds int) {
	c := newPartitioned(t)
	c.start(0, 1, 2)
	c.talk()
	c.awaitMore()
	ways := []string{"leader", "all apart", "flap", "one", "one, another killed"}
	counts := map[string]int{}
	for round := range rounds {
		way := ways[round%len(ways)]
		if round >= len(ways) {
			way = append(ways, "harm", "harm")[rand.N(len(ways)+2)]
		}
		if way == "harm" {
			way = c.disturb("killed", "stopped", "frozen")
		} else {
			c.part(way)
			way = "cut off: " + way
		}
		counts[way]++
		c.awaitMore()
		if t.Failed() {
			t.Fatal(c.ledger.verdict())
		}
	}
	c.stopTalking()
	figure(t, "a cluster of three whose network is cut", rounds, "%s; %v", c.compareLogs(), counts)
}

// TestASmallerPartKeepsWhatItHas: the server that leads is cut off, with people on
// it; then they are together again.
func TestASmallerPartKeepsWhatItHas(t *testing.T) {
	t.Parallel()
	c := newPartitioned(t)
	c.start(0, 1, 2)
	before := 0
	next := func(l line, typ string) event {
		t.Helper()
		e, err := l.await(within(t), typ)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	say := func(l line, command fields) {
		t.Helper()
		if err := l.send(within(t), command); err != nil {
			t.Fatal(err)
		}
	}
	var people [3][2]line
	for i, s := range c.sites {
		for n := range people[i] {
			people[i][n], _ = s.enter(t, "lobby")
		}
		settles(t, people[i][0], fmt.Sprint("before ", i))
		before = i + 2 // after the claim
	}
	alone := c.leader()
	other := (alone + 1) % 3
	for i := range people {
		for e := (event{}); e.Seq < uint64(before); e = next(people[i][1], "message") {
		}
	}

	c.cut(alone)
	began := time.Now()
	next(people[other][1], "left")
	next(people[other][1], "left")
	gone := time.Since(began)
	settles(t, people[other][0], "theirs")
	taken := time.Since(began)
	asked := time.Now()
	say(people[alone][0], fields{"type": "send", "id": "mine", "content": contents})
	if e := next(people[alone][0], "error"); e.Code != "unavailable" {
		t.Errorf("a message to a server that is cut off: %+v", e)
	}
	unavailable := time.Since(asked)
	say(people[alone][0], fields{"type": "typing"})
	next(people[alone][1], "typing")
	say(people[alone][0], fields{"type": "history", "ref": "all"})
	if page := next(people[alone][0], "history"); len(page.Events) != before {
		t.Errorf("of %d events a server that is cut off has %+v", before, page.Events)
	}
	asked = time.Now()
	c.refuses(alone)
	refused := time.Since(asked)

	c.heal(alone)
	began = time.Now()
	settles(t, people[alone][0], "mine")
	healed := time.Since(began)
	next(people[other][1], "joined")
	next(people[other][1], "joined")
	var logs [3][]event
	for i, s := range c.sites {
		eventually(t, "the log can be read on each server, with all", func() bool {
			logs[i], _ = s.read(within(t), "lobby") // a newcomer may still be refused
			return len(logs[i]) >= before+2
		})
	}
	for _, log := range logs {
		if len(log) != before+2 || !slices.EqualFunc(log, logs[0], sameEvent) {
			t.Fatalf("want %d events, the same on all: %v", before+2, logs)
		}
	}
	seen := func(d time.Duration) time.Duration { return d.Round(100 * time.Millisecond) }
	figure(t, "the leader of three is cut off", 1, "its members gone from the others' presence after %v, a message taken by the others after %v; there a message is unavailable after %v, a newcomer refused after %v; a message taken %v after it is back; the logs are the same",
		seen(gone), seen(taken), seen(unavailable), seen(refused), seen(healed))
}

// settles sends a message until it is confirmed.
func settles(t *testing.T, l line, id string) {
	t.Helper()
	for ctx := within(t); ; {
		if err := l.send(ctx, fields{"type": "send", "id": id, "content": contents}); err != nil {
			t.Fatal(err)
		}
		for answered := false; !answered; {
			e, err := l.next(ctx)
			switch {
			case err != nil:
				t.Fatal(err)
			case (e.Type == "message" || e.Type == "ack") && e.ID == id:
				return
			case e.Type == "error" && e.Code == "unavailable":
				answered = true
				time.Sleep(200 * time.Millisecond) // the pace of who says it again
			case e.Type == "error":
				t.Fatalf("%+v", e)
			}
		}
	}
}

// sameEvent compares events as two servers have them.
func sameEvent(a, b event) bool {
	return a.Type == b.Type && a.Seq == b.Seq && a.ID == b.ID && a.At == b.At && a.From == b.From && a.Content == b.Content
}
