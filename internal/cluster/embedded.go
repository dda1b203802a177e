package cluster

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// Embedded is how a server in this process is set up.
type Embedded struct {
	Dir  string // its files
	Name string // of this node: the same at each start, and no other's
	// Listen is where the other nodes reach this one, as host:port, and Peers where
	// they all are; it may name this one too. Without peers it is alone.
	Listen string
	Peers  []string
	// Secret is what the nodes know each other by. Without one they must all be on
	// this machine.
	Secret []byte
	// Unsynced leaves it to the system when what was confirmed is on the disk: for
	// tests, which don't lose power.
	Unsynced bool
	Log      *slog.Logger
}

// Errors of Start.
var (
	ErrTwo      = errors.New("of two nodes neither can go on without the other: name one, or three")
	ErrName     = errors.New("the directory is of the node")
	ErrNoSecret = errors.New("other machines can reach it: name a file with the secret that the nodes share")
)

// startWithin is how long a server may take to be there.
const startWithin = 30 * time.Second

// Start starts a server, and connects to it. It doesn't wait for the other nodes.
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
		// Of this port only this process knows the password. There has to be one:
		// without, nodes aren't listened to either.
		Host: "127.0.0.1", Port: server.RANDOM_PORT,
		Username: "snug", Password: password,
		JetStream: true, StoreDir: filepath.Join(e.Dir, "nats"),
		// Or what was confirmed may be lost with the power.
		SyncAlways: !e.Unsynced,
		NoSigs:     true,
	}
	nodes, err := e.join(o)
	if err != nil {
		return nil, err
	}
	if err := e.keepName(); err != nil {
		return nil, err
	}
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
	options := append(common(e.Name, e.Log), nats.InProcessServer(s), nats.UserInfo("snug", password))
	conn, err := nats.Connect("", options...)
	if err != nil {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, err
	}
	return &Node{conn: conn, server: s, name: e.Name, replicas: min(nodes, maxReplicas)}, nil
}

// ready waits until the server is there, or has said that it won't be.
func ready(s *server.Server, log *logger) bool {
	for end := time.Now().Add(startWithin); time.Now().Before(end) && !log.failed(); {
		if s.ReadyForConnections(100 * time.Millisecond) {
			return true
		}
	}
	return false
}

// keepName sees to it that a directory stays one node's: the others know it by name.
func (e *Embedded) keepName() error {
	file := filepath.Join(e.Dir, "node")
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() { // to read a FIFO could block for ever
		return fmt.Errorf("%s is no regular file: remove it", file)
	}
	was, err := os.ReadFile(file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if err := os.MkdirAll(e.Dir, 0o700); err != nil {
			return err
		}
		return os.WriteFile(file, []byte(e.Name+"\n"), 0o600)
	case err != nil:
		return err
	case strings.TrimSpace(string(was)) != e.Name:
		return fmt.Errorf("%w %q, and this is %q: name it so, or another directory", ErrName, strings.TrimSpace(string(was)), e.Name)
	}
	return nil
}

// join sets up the routes to the other nodes, and returns how many nodes there are.
func (e *Embedded) join(o *server.Options) (nodes int, err error) {
	if len(e.Peers) == 0 {
		return 1, nil
	}
	host, port, err := e.address(e.Listen)
	if err != nil {
		return 0, fmt.Errorf("listen: %w", err)
	}
	peers := slices.Clone(e.Peers)
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
			return 0, fmt.Errorf("peer: %w", err)
		}
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats-route", User: user, Host: peer})
	}
	return len(peers), nil
}

// address reads a host and a port, which must be this machine's if there is no
// secret.
func (e *Embedded) address(text string) (host string, port int, err error) {
	host, service, err := net.SplitHostPort(text)
	if err == nil {
		port, err = strconv.Atoi(service)
	}
	if err != nil || port < 1 || port > 65535 {
		return "", 0, fmt.Errorf("%q is no address: one is as 10.0.0.1:6222", text)
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
