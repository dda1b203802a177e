package cluster

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// Embedded says how to start a NATS server in this process.
type Embedded struct {
	Dir  string // of its files; no other process uses it
	Name string // of this node: the same at each start, and different from the others
	// Listen is the address, as host:port, at which the other nodes reach this one. Peers
	// are the addresses of all nodes; this one's may be missing. Without peers the node
	// is alone.
	Listen string
	Peers  []string
	// Secret is what the nodes recognise each other by. Without one, all nodes must be
	// on this machine.
	Secret []byte
	// Unsynced leaves it to the system when confirmed messages reach the disk: for tests,
	// which don't lose power.
	Unsynced bool
	Log      *slog.Logger
}

// Errors of Start.
var (
	ErrTwo      = errors.New("in a cluster of two, neither node could go on without the other: name one node, or three")
	ErrSeveral  = errors.New("the directory is that of one of several nodes, and no others are named")
	ErrName     = errors.New("the directory belongs to the node")
	ErrInUse    = errors.New("another process uses the directory")
	ErrNotDir   = errors.New("it isn't a directory")
	ErrNoSecret = errors.New("other machines can reach this address: name a file with the secret that the nodes share")
)

// NATSDir is where in Dir the NATS server has its files.
const NATSDir = "nats"

// startTimeout is how long a server may take to start.
const startTimeout = 30 * time.Second

// Start starts a NATS server in this process and connects to it. It doesn't wait for the
// other nodes. The error may wrap ErrTwo, ErrSeveral, ErrName, ErrNoSecret, ErrInUse or ErrNotDir.
func Start(e Embedded) (*Node, error) {
	n, err := start(e)
	if err != nil {
		return nil, fmt.Errorf("start NATS: %w", err)
	}
	return n, nil
}

func start(e Embedded) (*Node, error) {
	password := rand.Text()
	o := &server.Options{
		ServerName: e.Name,
		// Only this process knows the password of this port. The port is needed: without
		// it, the server doesn't listen to other nodes either.
		Host: "127.0.0.1", Port: server.RANDOM_PORT,
		Username: "snug", Password: password,
		JetStream: true, StoreDir: filepath.Join(e.Dir, NATSDir),
		// Without it, a power loss may take confirmed messages.
		SyncAlways: !e.Unsynced,
		NoSigs:     true,
	}
	nodes, err := e.configureRoutes(o)
	if err != nil {
		return nil, err
	}
	if nodes == 1 && e.wasClustered() {
		// Alone, it would write a log of its own, with which it could not come back.
		return nil, fmt.Errorf("%w: name all of them as its peers; or remove %s, to go on alone with the log", ErrSeveral, o.StoreDir)
	}
	unlock, err := e.claimDir()
	if err != nil {
		return nil, err
	}
	n, err := e.run(o, nodes)
	if err != nil {
		unlock()
		return nil, err
	}
	n.unlock = unlock
	return n, nil
}

// run starts the server and connects to it.
func (e *Embedded) run(o *server.Options, nodes int) (*Node, error) {
	s, err := server.NewServer(o)
	if err != nil {
		return nil, err
	}
	log := &logger{log: e.Log}
	s.SetLoggerV2(log, false, false, false)
	s.Start()
	if !ready(s, log) {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, log.why()
	}
	options := append(connectOptions(e.Name, e.Log), nats.InProcessServer(s), nats.UserInfo(o.Username, o.Password))
	conn, err := nats.Connect("", options...)
	if err != nil {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, err
	}
	return &Node{conn: conn, server: s, name: e.Name, replicas: min(nodes, maxReplicas)}, nil
}

// ready waits until the server has started or failed.
func ready(s *server.Server, log *logger) bool {
	for end := time.Now().Add(startTimeout); time.Now().Before(end) && !log.failed(); {
		if s.ReadyForConnections(100 * time.Millisecond) {
			return true
		}
	}
	return false
}

// configureRoutes sets the routes to the other nodes, and returns how many nodes there
// are.
func (e *Embedded) configureRoutes(o *server.Options) (nodes int, err error) {
	if len(e.Peers) == 0 {
		return 1, nil
	}
	host, port, err := e.address(e.Listen)
	if err != nil {
		return 0, fmt.Errorf("listen: %w", err)
	}
	peers := slices.Clone(e.Peers)
	for i, peer := range peers {
		if slices.Contains(peers[:i], peer) {
			return 0, fmt.Errorf("peers: %s is listed twice: list each node once", peer)
		}
	}
	if ip, err := netip.ParseAddr(host); host != "" && (err != nil || !ip.IsUnspecified()) && !slices.Contains(peers, e.Listen) {
		peers = append(peers, e.Listen)
	}
	if len(peers) == 1 {
		return 1, nil
	}
	if len(peers) == 2 {
		return 0, ErrTwo
	}
	o.Cluster = server.ClusterOpts{
		Name: "snug", Host: host, Port: port, NoAdvertise: true,
		PingInterval: pingEvery, MaxPingsOut: 2,
	}
	var user *url.Userinfo
	if len(e.Secret) > 0 {
		k := deriveKeys(e.Secret)
		if o.Cluster.TLSConfig, err = k.tls(); err != nil {
			return 0, err
		}
		o.Cluster.TLSTimeout = 5
		o.Cluster.Username, o.Cluster.Password = "snug", k.password
		user = url.UserPassword("snug", k.password)
	}
	for _, peer := range peers {
		if _, _, err := e.address(peer); err != nil {
			return 0, fmt.Errorf("peers: %w", err)
		}
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats-route", User: user, Host: peer})
	}
	return len(peers), nil
}

// address parses a host and port. Without a secret, they must be this machine's.
func (e *Embedded) address(text string) (host string, port int, err error) {
	host, service, err := net.SplitHostPort(text)
	if err == nil {
		port, err = strconv.Atoi(service)
	}
	if err != nil || port < 1 || port > 65535 {
		return "", 0, fmt.Errorf("%q isn't an address: write a host and a port, such as 10.0.0.1:6222", text)
	}
	if len(e.Secret) == 0 && !loopback(host) {
		return "", 0, fmt.Errorf("%s: %w", text, ErrNoSecret)
	}
	return host, port, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && ip.IsLoopback()
}
