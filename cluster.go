package snug

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	// clusterFile is the name of the log in the directory of an embedded NATS server.
	clusterFile = "snug.db"
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
		{"Cluster.Listen", o.Cluster.Listen != "", o.Cluster.Listen, embedded, "it is for a journal as cluster:DIR"},
		{"Cluster.Peers", len(o.Cluster.Peers) > 0, o.Cluster.Peers, embedded, "it is for a journal as cluster:DIR"},
		{"Cluster.SecretFile", o.Cluster.SecretFile != "", o.Cluster.SecretFile, embedded, "it is for a journal as cluster:DIR"},
		{"Cluster.Creds", o.Cluster.Creds != "", o.Cluster.Creds, external, "it is for a journal as nats://HOST:PORT"},
		{"Cluster.Authority", o.Cluster.Authority != "", o.Cluster.Authority, external, "it is for a journal as nats://HOST:PORT"},
	} {
		if c.given && !c.with {
			return &OptionError{c.option, c.value, c.want}
		}
	}
	switch {
	case !embedded && !external:
		return nil
	case rest == "" || external && (!strings.HasPrefix(rest, "//") || rest == "//"):
		return &OptionError{"Journal", o.Journal, wantedJournal(o.Journal)}
	case o.Cluster.Name != "" && !nodeNames.MatchString(o.Cluster.Name):
		return &OptionError{"Cluster.Name", o.Cluster.Name, "a node's name has up to 64 letters, digits, - _ and ."}
	case o.Cluster.Keep <= 0:
		return &OptionError{"Cluster.Keep", o.Cluster.Keep, "a time above 0"}
	case external && o.Cluster.File == "":
		return &OptionError{"Cluster.File", o.Cluster.File, "a file"}
	case len(o.Cluster.Peers) > 0 && o.Cluster.Listen == "":
		return &OptionError{"Cluster.Listen", o.Cluster.Listen, "an address such as 10.0.0.1:6222, at which the other servers reach this one"}
	case o.Cluster.Listen != "" && len(o.Cluster.Peers) == 0:
		// It would be alone, with a log of its own, while its operator expects a cluster.
		return &OptionError{"Cluster.Peers", o.Cluster.Peers, "the addresses of all servers of the cluster, or no Cluster.Listen"}
	}
	return nil
}

// isAlone reports whether this server of a cluster has the log to itself, in a directory. Where NATS has
// its files there, others may have the log, too.
func (o *Options) isAlone(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, cluster.NATSDir))
	return len(o.Cluster.Peers) == 0 && errors.Is(err, fs.ErrNotExist)
}

// openAlone opens the log of a server that is alone. Once it has peers, it becomes the cluster's.
func openAlone(ctx context.Context, o *Options, dir string) (journal.Journal, error) {
	if err := cluster.CreateDir(dir); err != nil {
		return nil, err
	}
	return openFile(ctx, o, filepath.Join(dir, clusterFile))
}

// connect connects this node to the cluster that o.Journal names. It also returns the name of
// the file that the log is projected into.
func (o *Options) connect(ctx context.Context) (n *cluster.Node, file string, err error) {
	name := o.Cluster.Name
	if name == "" {
		if name, err = os.Hostname(); err != nil {
			return nil, "", &OptionError{"Cluster.Name", "", fmt.Sprintf("a name is needed, as the host has none: %v", err)}
		}
	}
	engine, dir, _ := strings.Cut(o.Journal, ":")
	if engine != "cluster" {
		n, err = cluster.Connect(ctx, cluster.External{
			URLs: strings.Split(o.Journal, ","), Name: name, Creds: o.Cluster.Creds, CA: o.Cluster.Authority, Log: o.Log,
		})
		return n, o.Cluster.File, err
	}
	var secret []byte
	if o.Cluster.SecretFile != "" {
		if secret, err = cluster.ReadSecret(o.Cluster.SecretFile); err != nil {
			return nil, "", &OptionError{"Cluster.SecretFile", o.Cluster.SecretFile, err.Error()}
		}
	}
	n, err = cluster.Start(cluster.Embedded{
		Dir: dir, Name: name, Listen: o.Cluster.Listen, Peers: o.Cluster.Peers, Secret: secret, Log: o.Log,
	})
	return n, filepath.Join(dir, clusterFile), err
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
		Keep: o.Cluster.Keep, MaxBytes: o.Limits.MaxJournal, MaxFiles: o.Files.MaxTotal, Grace: grace, Copies: copies,
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
