package snug

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"snug/internal/cluster"
	"snug/internal/journal"
	"snug/internal/journal/jetstream"
)

const (
	// clusterStream is the name of the stream, with which all subjects begin.
	clusterStream = "SNUG"
	// clusterGrace is how long a node without a log waits for a node that brings the log
	// of a single server, with which the stream then begins.
	clusterGrace = 3 * time.Second
)

// nodeNames are the names that NATS accepts and that stay readable.
var nodeNames = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

// checkCluster returns an *OptionError for the first option of a cluster that is wrong, or
// that is given without a cluster.
func (o *Options) checkCluster() error {
	engine, rest, _ := strings.Cut(o.Journal, ":")
	embedded, external := engine == "cluster", engine == "nats" || engine == "tls"
	for _, c := range []struct {
		option string
		given  bool
		value  any
		with   bool
		want   string
	}{
		{"ClusterListen", o.ClusterListen != "", o.ClusterListen, embedded, "it is for a journal as cluster:DIR"},
		{"ClusterPeers", len(o.ClusterPeers) > 0, o.ClusterPeers, embedded, "it is for a journal as cluster:DIR"},
		{"ClusterSecretFile", o.ClusterSecretFile != "", o.ClusterSecretFile, embedded, "it is for a journal as cluster:DIR"},
		{"ClusterCreds", o.ClusterCreds != "", o.ClusterCreds, external, "it is for a journal as nats://HOST:PORT"},
		{"ClusterAuthority", o.ClusterAuthority != "", o.ClusterAuthority, external, "it is for a journal as nats://HOST:PORT"},
	} {
		if c.given && !c.with {
			return &OptionError{c.option, c.value, c.want}
		}
	}
	switch {
	case !embedded && !external:
		return nil
	case rest == "" || external && !strings.HasPrefix(rest, "//"):
		return &OptionError{"Journal", o.Journal, wantedJournal(o.Journal)}
	case o.ClusterName != "" && !nodeNames.MatchString(o.ClusterName):
		return &OptionError{"ClusterName", o.ClusterName, "a node's name has up to 64 letters, digits, - _ and ."}
	case o.ClusterKeep <= 0:
		return &OptionError{"ClusterKeep", o.ClusterKeep, "a time above 0"}
	case external && o.ClusterFile == "":
		return &OptionError{"ClusterFile", o.ClusterFile, "a file"}
	case len(o.ClusterPeers) > 0 && o.ClusterListen == "":
		return &OptionError{"ClusterListen", o.ClusterListen, "an address such as 10.0.0.1:6222, at which the other servers reach this one"}
	case o.ClusterListen != "" && len(o.ClusterPeers) == 0:
		// It would be alone, with a log of its own, while its operator expects a cluster.
		return &OptionError{"ClusterPeers", o.ClusterPeers, "the addresses of all servers of the cluster, or no ClusterListen"}
	}
	return nil
}

// connect connects this node to the cluster that o.Journal names. It also returns the name of
// the file that the log is projected into.
func (o *Options) connect(ctx context.Context) (n *cluster.Node, file string, err error) {
	name := o.ClusterName
	if name == "" {
		if name, err = os.Hostname(); err != nil {
			return nil, "", fmt.Errorf("this machine's name, for ClusterName: %w", err)
		}
	}
	engine, dir, _ := strings.Cut(o.Journal, ":")
	if engine != "cluster" {
		n, err = cluster.Connect(ctx, cluster.External{
			URLs: strings.Split(o.Journal, ","), Name: name, Creds: o.ClusterCreds, CA: o.ClusterAuthority, Log: o.Log,
		})
		return n, o.ClusterFile, err
	}
	var secret []byte
	if o.ClusterSecretFile != "" {
		if secret, err = cluster.ReadSecret(o.ClusterSecretFile); err != nil {
			return nil, "", &OptionError{"ClusterSecretFile", o.ClusterSecretFile, err.Error()}
		}
	}
	n, err = cluster.Start(cluster.Embedded{
		Dir: dir, Name: name, Listen: o.ClusterListen, Peers: o.ClusterPeers, Secret: secret, Log: o.Log,
	})
	return n, filepath.Join(dir, "snug.db"), err
}

// openCluster opens the journal of a cluster.
func openCluster(ctx context.Context, o *Options) (journal.Journal, *cluster.Node, error) {
	n, file, err := o.connect(ctx)
	if err != nil {
		return nil, nil, err
	}
	grace := clusterGrace
	if n.Replicas() == 1 {
		grace = 0
	}
	copies := 1 // with NATS on other machines, it isn't known how many servers there are
	if engine, _, _ := strings.Cut(o.Journal, ":"); engine == "cluster" {
		copies = n.Replicas()/2 + 1
	}
	j, err := jetstream.Open(ctx, n.Conn(), file, jetstream.Options{
		Log: o.Log, Stream: clusterStream, Node: n.Name(), Replicas: n.Replicas(),
		Keep: o.ClusterKeep, MaxBytes: o.MaxJournal, MaxFiles: o.MaxFiles, Grace: grace, Copies: copies,
	})
	if err != nil {
		return nil, nil, errors.Join(err, n.Close())
	}
	return j, n, nil
}

// Ended yields an error if the server can't go on: it still serves the log that it has, but
// accepts no messages, and has to be shut down and started again. It is nil for a
// journal to which that can't happen.
func (s *Server) Ended() <-chan error {
	if j, ok := s.journal.(interface{ Ended() <-chan error }); ok {
		return j.Ended()
	}
	return nil
}
