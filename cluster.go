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
	// clusterStream is what the stream is called, and all subjects begin with.
	clusterStream = "SNUG"
	// clusterGrace is how long a node without a log leaves the beginning of the
	// stream to one that brings a log of one machine.
	clusterGrace = 3 * time.Second
)

// nodeNames are those that NATS takes, and that stay readable.
var nodeNames = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

// checkCluster returns an *OptionError for the first option of a cluster's that is
// wrong, or is there without one.
func (o *Options) checkCluster() error {
	engine, rest, _ := strings.Cut(o.Journal, ":")
	embedded, standing := engine == "cluster", engine == "nats" || engine == "tls"
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
		{"ClusterCreds", o.ClusterCreds != "", o.ClusterCreds, standing, "it is for a journal as nats://HOST:PORT"},
		{"ClusterAuthority", o.ClusterAuthority != "", o.ClusterAuthority, standing, "it is for a journal as nats://HOST:PORT"},
	} {
		if c.given && !c.with {
			return &OptionError{c.option, c.value, c.want}
		}
	}
	switch {
	case !embedded && !standing:
		return nil
	case rest == "" || standing && !strings.HasPrefix(rest, "//"):
		return &OptionError{"Journal", o.Journal, wantedJournal(o.Journal)}
	case o.ClusterName != "" && !nodeNames.MatchString(o.ClusterName):
		return &OptionError{"ClusterName", o.ClusterName, "a node's name has up to 64 letters, digits, - _ and ."}
	case o.ClusterKeep <= 0:
		return &OptionError{"ClusterKeep", o.ClusterKeep, "a time above 0"}
	case standing && o.ClusterFile == "":
		return &OptionError{"ClusterFile", o.ClusterFile, "a file"}
	case len(o.ClusterPeers) > 0 && o.ClusterListen == "":
		return &OptionError{"ClusterListen", o.ClusterListen, "an address as 10.0.0.1:6222, at which the others reach this node"}
	}
	return nil
}

// connect returns this node's place in the cluster that o.Journal names, and the file
// that its log is projected into.
func (o *Options) connect(ctx context.Context) (n *cluster.Node, file string, err error) {
	name := o.ClusterName
	if name == "" {
		if name, err = os.Hostname(); err != nil {
			return nil, "", fmt.Errorf("this machine's name, for ClusterName: %w", err)
		}
	}
	engine, dir, _ := strings.Cut(o.Journal, ":")
	if engine != "cluster" {
		n, err = cluster.Connect(ctx, cluster.Standing{
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
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, "", fmt.Errorf("the directory of %s: %w: name a directory that this user can create or write", o.Journal, err)
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
	j, err := jetstream.Open(ctx, n.Conn(), file, jetstream.Options{
		Log: o.Log, Stream: clusterStream, Node: n.Name(), Replicas: n.Replicas(),
		Keep: o.ClusterKeep, MaxBytes: o.MaxJournal, Grace: grace,
	})
	if err != nil {
		return nil, nil, errors.Join(err, n.Close())
	}
	return j, n, nil
}

// Ended yields an error if the server can't go on as it is: it serves what it has,
// takes no messages, and is to be shut down and started again. It is nil for a
// journal to which that can't happen.
func (s *Server) Ended() <-chan error {
	if j, ok := s.journal.(interface{ Ended() <-chan error }); ok {
		return j.Ended()
	}
	return nil
}
