// Package cluster connects a node to the others of its cluster: to a NATS server in this
// process, or to an existing NATS. The NATS server and its client have goroutines of their own,
// which end with [Node.Close].
package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"snug/internal/keyfile"
)

// Node is a connection to NATS. It reconnects whenever it is lost. Meanwhile publishing
// fails at once: nothing is buffered.
type Node struct {
	conn     *nats.Conn
	server   *server.Server // nil for an existing NATS
	name     string
	replicas int
	unlock   func() // the directory of server; nil without one
}

// Conn returns the connection. The Node owns it and closes it.
func (n *Node) Conn() *nats.Conn { return n.conn }

// Name returns the name of this node in the cluster.
func (n *Node) Name() string { return n.name }

// Replicas returns how many replicas a stream should have.
func (n *Node) Replicas() int { return n.replicas }

// Close closes the connection and stops the server in this process, if there is one. It
// waits for their goroutines.
func (n *Node) Close() error {
	n.conn.Close()
	if n.server != nil {
		n.server.Shutdown()
		n.server.WaitForShutdown()
		n.unlock()
	}
	return nil
}

const (
	// reconnectWait is the pause between two attempts to connect.
	reconnectWait = 200 * time.Millisecond
	// writeTimeout bounds a write: the connection to a server that doesn't read is closed.
	writeTimeout = 5 * time.Second
	// pingEvery is how often the other side is pinged. After two missing answers the
	// connection counts as lost.
	pingEvery = 5 * time.Second
	// maxReplicas is how many replicas a stream has at most: enough to survive the loss of
	// one server. More would be slower.
	maxReplicas = 3
)

// connectOptions returns the options of any connection.
func connectOptions(name string, log *slog.Logger) []nats.Option {
	return []nats.Option{
		nats.Name("snug " + name),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.ReconnectBufSize(-1), // what can't be sent now fails now
		nats.FlusherTimeout(writeTimeout),
		nats.PingInterval(pingEvery),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("lost the connection to NATS", "err", err)
			}
		}),
		nats.ReconnectHandler(func(c *nats.Conn) { log.Info("reconnected to NATS", "url", c.ConnectedUrlRedacted()) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { log.Debug("NATS reports an error", "err", err) }),
	}
}

// External says how to connect to an existing NATS.
type External struct {
	URLs  []string // such as nats://host:4222 or tls://user:password@host:4222
	Name  string   // of this node
	Creds string   // a file with credentials, as nsc writes them; may be empty
	CA    string   // a PEM file with the certificate authority of the servers; may be empty
	Log   *slog.Logger
}

// checkFile returns why the client of NATS can't read a file, which it does whole, and again for
// each connection; nil for no file.
func checkFile(file string) error {
	if file == "" {
		return nil
	}
	info, err := os.Stat(file)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s isn't a regular file", file)
	}
	if err == nil {
		_, err = keyfile.Read(file)
	}
	return err
}

// waitingLogEvery is how often a log line says that there is no connection yet.
const waitingLogEvery = 10 * time.Second

// Connect connects to an existing NATS. It waits for the connection until ctx ends.
func Connect(ctx context.Context, s External) (*Node, error) {
	connected := make(chan struct{}, 1)
	failed := make(chan error, 1) // why an attempt has failed: the connection itself forgets it before the next one
	options := append(connectOptions(s.Name, s.Log),
		nats.RetryOnFailedConnect(true),
		nats.ConnectHandler(func(*nats.Conn) { connected <- struct{}{} }),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) {
			if errors.Is(err, nats.ErrNoServers) { // it hides why the first attempt has failed; the second one comes soon
				return
			}
			select {
			case failed <- err:
			default: // the last one hasn't been read yet, or there is a connection
			}
		}))
	for _, file := range []string{s.Creds, s.CA} {
		if err := checkFile(file); err != nil {
			return nil, err
		}
	}
	if s.Creds != "" {
		options = append(options, nats.UserCredentials(s.Creds))
	}
	if s.CA != "" {
		options = append(options, nats.RootCAs(s.CA))
	}
	conn, err := nats.Connect(strings.Join(s.URLs, ","), options...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	var why error
	var said time.Time // the zero Time, so that the first failure is said at once: the address may be wrong
	for !conn.IsConnected() {
		select {
		case <-connected:
		case why = <-failed:
			if time.Since(said) >= waitingLogEvery {
				said = time.Now()
				s.Log.Warn("not connected to NATS yet", "urls", len(s.URLs), "err", why)
			}
		case <-ctx.Done():
			conn.Close()
			return nil, fmt.Errorf("connect to NATS: %w", errors.Join(ctx.Err(), why))
		}
	}
	replicas := 1
	if len(conn.Servers()) >= maxReplicas {
		replicas = maxReplicas
	}
	return &Node{conn: conn, name: s.Name, replicas: replicas}, nil
}
