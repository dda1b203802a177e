package jetstream_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"snug/internal/cluster"
	"snug/internal/journal"
	"snug/internal/journal/jetstream"
	"snug/internal/journal/journaltest"
	"snug/internal/servertest/vacant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quiet returns the log of tests, which SNUG_TEST_LOG=1 shows.
func quiet() *slog.Logger {
	if os.Getenv("SNUG_TEST_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return slog.New(slog.DiscardHandler)
}

// alone starts a cluster of one node.
func alone(t testing.TB) *cluster.Node {
	t.Helper()
	n, _ := aloneIn(t)
	return n
}

// aloneIn is alone, and also returns the directory of the files.
func aloneIn(t testing.TB) (*cluster.Node, string) {
	t.Helper()
	dir := t.TempDir()
	n, err := cluster.Start(cluster.Embedded{Dir: dir, Name: "n1", Unsynced: unsynced(t), Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n, dir
}

// unsynced reports whether files needn't be synced: in tests, but not in benchmarks.
func unsynced(t testing.TB) bool {
	_, test := t.(*testing.T)
	return test
}

// stored is a journal with its node, file and stream.
type stored struct {
	*jetstream.Journal
	node   *cluster.Node
	path   string
	stream string
}

var streams atomic.Int64

// newStream returns a name that no stream has yet.
func newStream() string { return fmt.Sprint("S", streams.Add(1)) }

func open(t testing.TB, n *cluster.Node, stream, path string) *stored {
	t.Helper()
	return openAs(t, n, n.Name(), stream, path)
}

// openAs is open for a node with this name.
func openAs(t testing.TB, n *cluster.Node, name, stream, path string) *stored {
	t.Helper()
	return openWithTimeout(t, n, name, stream, path, 5*time.Second)
}

// openWithTimeout opens a journal in which a draft's outcome counts as unknown after the
// timeout.
func openWithTimeout(t testing.TB, n *cluster.Node, name, stream, path string, timeout time.Duration) *stored {
	t.Helper()
	j, err := jetstream.OpenWithTimeout(context.Background(), n.Conn(), path, jetstream.Options{
		Log: quiet(), Stream: stream, Node: name, Replicas: n.Replicas(), Keep: 24 * time.Hour,
		Copies: 1, // most tests open the journal on one node only
	}, timeout)
	if err != nil {
		t.Error(err) // not Fatal, because this may be another goroutine
		return nil
	}
	return &stored{j, n, path, stream}
}

// purge removes everything from the stream.
func (s *stored) purge(ctx context.Context) error {
	js, err := natsjs.New(s.node.Conn())
	if err != nil {
		return err
	}
	stream, err := js.Stream(ctx, s.stream)
	if err != nil {
		return err
	}
	return stream.Purge(ctx)
}

func conform(t *testing.T, n *cluster.Node) {
	// The suite wants the real outcomes, also on a machine that is busy.
	open := func(t *testing.T, stream, path string) *stored {
		return openWithTimeout(t, n, n.Name(), stream, path, time.Hour)
	}
	journaltest.Run(t,
		func(t *testing.T) journal.Journal {
			return open(t, newStream(), filepath.Join(t.TempDir(), "log.snug"))
		},
		journaltest.Engine{
			OwnClock: true,
			Reopen: func(t *testing.T, closed journal.Journal) journal.Journal {
				was := closed.(*stored)
				return open(t, was.stream, was.path)
			},
			Restore: func(t *testing.T, backup []byte) journal.Journal {
				path := filepath.Join(t.TempDir(), "log.snug")
				if err := os.WriteFile(path, backup, 0o600); err != nil {
					t.Fatal(err)
				}
				return open(t, newStream(), path)
			},
			HasBytes: func(j journal.Journal, id string) bool {
				_, err := os.Stat(filepath.Join(j.(*stored).path+"-files", id[:2], id))
				return err == nil
			},
		})
}

func TestConformanceAlone(t *testing.T) {
	t.Parallel()
	conform(t, alone(t))
}

// trio is a cluster of three nodes, each with a directory.
type trio struct {
	t     testing.TB
	peers []string
	dirs  []string
	nodes []*cluster.Node // nil where one is stopped
}

func three(t testing.TB) *trio {
	t.Helper()
	c := &trio{t: t, peers: vacant.Addresses(t, 3), nodes: make([]*cluster.Node, 3)}
	for range 3 {
		c.dirs = append(c.dirs, t.TempDir())
	}
	for i := range 3 {
		c.start(i)
	}
	t.Cleanup(func() {
		for i := range 3 {
			c.stop(i)
		}
	})
	return c
}

func (c *trio) start(i int) *cluster.Node {
	c.t.Helper()
	n, err := cluster.Start(cluster.Embedded{
		Dir: c.dirs[i], Name: fmt.Sprint("n", i+1), Listen: c.peers[i], Peers: c.peers,
		Secret: []byte("a secret of the nodes"), Unsynced: unsynced(c.t), Log: quiet(),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.nodes[i] = n
	return n
}

func (c *trio) stop(i int) {
	c.t.Helper()
	if n := c.nodes[i]; n != nil {
		c.nodes[i] = nil
		if err := n.Close(); err != nil {
			c.t.Error(err)
		}
	}
}

func (c *trio) path(i int) string { return filepath.Join(c.dirs[i], "log.snug") }

func TestConformanceOfThree(t *testing.T) {
	t.Parallel()
	conform(t, three(t).nodes[1])
}

func BenchmarkAppendAlone(b *testing.B) {
	n := alone(b)
	journaltest.BenchmarkAppend(b, func(b *testing.B) journal.Journal {
		return open(b, n, newStream(), filepath.Join(b.TempDir(), "log.snug"))
	})
}

func BenchmarkAppendOfThree(b *testing.B) {
	c := three(b)
	journaltest.BenchmarkAppend(b, func(b *testing.B) journal.Journal {
		return open(b, c.nodes[0], newStream(), filepath.Join(b.TempDir(), "log.snug"))
	})
}

// The other nodes fetch the files, too.
func BenchmarkAppendBesideUploadsOfThree(b *testing.B) {
	c := three(b)
	journaltest.BenchmarkAppendBesideUploads(b, func(b *testing.B) journal.Journal {
		stream := newStream()
		open := func(i int) *stored { return open(b, c.nodes[i], stream, filepath.Join(b.TempDir(), "log.snug")) }
		first, others := open(0), []*stored{open(1), open(2)}
		b.Cleanup(func() {
			for _, j := range others {
				if err := j.Close(); err != nil {
					b.Error(err)
				}
			}
		})
		return first
	})
}
