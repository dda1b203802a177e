// Package cluster is a node's place among others: a connection to NATS, with a NATS
// server in this process behind it or one that stands already.
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
)

// Node is a connection to NATS. It connects again whenever it is cut; meanwhile what
// is published fails and isn't held.
type Node struct {
	conn     *nats.Conn
	server   *server.Server // nil where NATS stands elsewhere
	name     string
	replicas int
}

// Conn returns the connection, which is the node's to close.
func (n *Node) Conn() *nats.Conn { return n.conn }

// Name returns what names this node among the others.
func (n *Node) Name() string { return n.name }

// Replicas returns how many copies of a stream there should be.
func (n *Node) Replicas() int { return n.replicas }

// Close closes the connection and ends the server, if it is in this process; then
// its goroutines have ended.
func (n *Node) Close() error {
	n.conn.Close()
	if n.server != nil {
		n.server.Shutdown()
		n.server.WaitForShutdown()
	}
	return nil
}

const (
	// reconnectWait is the pause between two tries to connect.
	reconnectWait = 200 * time.Millisecond
	// writeWithin bounds a write: a server that takes nothing is left.
	writeWithin = 5 * time.Second
	// pingEvery is how often it is asked whether the other side is there; two
	// answers that are missing are enough.
	pingEvery = 5 * time.Second
	// maxReplicas is how many copies of a stream survive one loss, and are quick.
	maxReplicas = 3
)

// common are the options of any connection.
func common(name string, log *slog.Logger) []nats.Option {
	return []nats.Option{
		nats.Name("snug " + name),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.ReconnectBufSize(-1), // what can't be sent now fails now
		nats.FlusherTimeout(writeWithin),
		nats.PingInterval(pingEvery),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("the connection to NATS is cut", "err", err)
			}
		}),
		nats.ReconnectHandler(func(c *nats.Conn) { log.Info("NATS is connected again", "url", c.ConnectedUrlRedacted()) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { log.Debug("NATS says", "err", err) }),
	}
}

// Standing is how to connect to a NATS that stands already.
type Standing struct {
	URLs  []string // as nats://host:4222 or tls://user:password@host:4222
	Name  string   // of this node
	Creds string   // a file with credentials, as nsc makes; may be empty
	CA    string   // a PEM file with the authority of the servers' certificates; may be empty
	Log   *slog.Logger
}

// stillEvery is how often the log is told that there is no connection yet.
const stillEvery = 10 * time.Second

// Connect connects, and waits until it is, or ctx ends.
func Connect(ctx context.Context, s Standing) (*Node, error) {
	connected := make(chan struct{}, 1)
	options := append(common(s.Name, s.Log),
		nats.RetryOnFailedConnect(true),
		nats.ConnectHandler(func(*nats.Conn) { connected <- struct{}{} }))
	if s.Creds != "" {
		if _, err := os.Stat(s.Creds); err != nil {
			return nil, err
		}
		options = append(options, nats.UserCredentials(s.Creds))
	}
	if s.CA != "" {
		options = append(options, nats.RootCAs(s.CA))
	}
	conn, err := nats.Connect(strings.Join(s.URLs, ","), options...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	still := time.NewTicker(stillEvery)
	defer still.Stop()
	for !conn.IsConnected() {
		select {
		case <-connected:
		case <-still.C:
			s.Log.Warn("there is no connection to NATS yet", "urls", len(s.URLs), "err", conn.LastError())
		case <-ctx.Done():
			err := errors.Join(ctx.Err(), conn.LastError())
			conn.Close()
			return nil, fmt.Errorf("connect to NATS: %w", err)
		}
	}
	replicas := 1
	if len(conn.Servers()) >= maxReplicas {
		replicas = maxReplicas
	}
	return &Node{conn: conn, name: s.Name, replicas: replicas}, nil
}
