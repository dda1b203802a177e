package peers

import (
	"fmt"
	"net/netip"
	"net/url"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"snug/internal/room"
	"snug/internal/servertest/vacant"
)

// startNATS starts a NATS server with JetStream that ends with the test.
func startNATS(t testing.TB, changes ...func(*server.Options)) *server.Server {
	t.Helper()
	o := &server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(),
		NoLog: true, NoSigs: true, JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: 64 << 20,
	}
	for _, change := range changes {
		change(o)
	}
	return runNATS(t, o)
}

func runNATS(t testing.TB, o *server.Options) *server.Server {
	t.Helper()
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { stop(s) })
	if !s.ReadyForConnections(patience) {
		t.Fatal("NATS doesn't start")
	}
	return s
}

func stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// natsServer is a server that can be started again.
type natsServer struct {
	*server.Server
	options *server.Options
}

// startCluster starts a cluster of three NATS servers.
func startCluster(t testing.TB) (servers []*natsServer) {
	t.Helper()
	var routes []*url.URL
	var ports []int // of routes, and of clients
	for i, address := range vacant.Addresses(t, 6) {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			t.Fatal(err)
		}
		if ports = append(ports, int(at.Port())); i < 3 {
			routes = append(routes, &url.URL{Scheme: "nats", Host: address})
		}
	}
	for i := range 3 {
		s := &natsServer{}
		s.Server = startNATS(t, func(o *server.Options) {
			o.ServerName, o.Routes, o.Port = fmt.Sprint("s", i), routes, ports[3+i]
			o.Cluster = server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: ports[i]}
			s.options = o
		})
		servers = append(servers, s)
	}
	eventually(t, "the servers have a leader", func() bool {
		for _, s := range servers {
			if s.JetStreamIsLeader() {
				return s.JetStreamIsCurrent()
			}
		}
		return false
	})
	return servers
}

// startAt starts a node at each server.
func startAt(t testing.TB, servers []*natsServer, o room.Options) (all [3]*testNode) {
	t.Helper()
	j := newJournal(t)
	for i, s := range servers {
		all[i] = startNode(t, s.ClientURL(), fmt.Sprint("n", i), j, o, Options{Replicas: 3})
	}
	awaitPeers(t, all[:]...)
	return all
}

// startSpread starts three nodes with a NATS server each, and waits until they give out nicks.
func startSpread(t testing.TB) (all [3]*testNode) {
	t.Helper()
	all = startAt(t, startCluster(t), room.Options{NoOwners: true})
	for _, h := range all {
		eventually(t, "the node gives out nicks", func() bool { return h.network.Ready() == nil })
		h.join(t, v1("first")).Leave()
	}
	return all
}
