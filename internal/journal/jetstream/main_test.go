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

	"go.uber.org/goleak"

	"snug/internal/cluster"
	"snug/internal/journal"
	"snug/internal/journal/jetstream"
	"snug/internal/journal/journaltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quiet is where tests log to; SNUG_TEST_LOG=1 shows it.
func quiet() *slog.Logger {
	if os.Getenv("SNUG_TEST_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return slog.New(slog.DiscardHandler)
}

// alone starts a node that is alone.
func alone(t testing.TB) *cluster.Node {
	t.Helper()
	n, err := cluster.Start(context.Background(), cluster.Embedded{Dir: t.TempDir(), Name: "n1", Unsynced: true, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// stored is a journal that knows where it is kept.
type stored struct {
	*jetstream.Journal
	node   *cluster.Node
	path   string
	stream string
}

var streams atomic.Int64

// newStream returns a name that no stream has.
func newStream() string { return fmt.Sprint("S", streams.Add(1)) }

func open(t testing.TB, n *cluster.Node, stream, path string) *stored {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	j, err := jetstream.Open(ctx, n.Conn(), path, jetstream.Options{
		Log: quiet(), Stream: stream, Node: n.Name(), Replicas: n.Replicas(), Keep: 24 * time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &stored{j, n, path, stream}
}

func conform(t *testing.T, n *cluster.Node) {
	journaltest.Run(t,
		func(t *testing.T) journal.Journal {
			return open(t, n, newStream(), filepath.Join(t.TempDir(), "log.snug"))
		},
		journaltest.Engine{
			OwnClock: true,
			Reopen: func(t *testing.T, closed journal.Journal) journal.Journal {
				was := closed.(*stored)
				return open(t, n, was.stream, was.path)
			},
			Restore: func(t *testing.T, backup []byte) journal.Journal {
				path := filepath.Join(t.TempDir(), "log.snug")
				if err := os.WriteFile(path, backup, 0o600); err != nil {
					t.Fatal(err)
				}
				return open(t, n, newStream(), path)
			},
		})
}

func TestConformanceAlone(t *testing.T) { conform(t, alone(t)) }
