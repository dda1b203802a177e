package local_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"snug/internal/journal"
	"snug/internal/journal/journaltest"
	"snug/internal/journal/local"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stored is a journal with the path of its file.
type stored struct {
	*local.Journal
	path string
}

func open(t testing.TB, path string) *stored {
	t.Helper()
	j, err := local.Open(context.Background(), path, local.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return &stored{j, path}
}

func TestConformance(t *testing.T) {
	journaltest.Run(t,
		func(t *testing.T) journal.Journal { return open(t, filepath.Join(t.TempDir(), "log.snug")) },
		journaltest.Engine{
			Reopen: func(t *testing.T, closed journal.Journal) journal.Journal {
				return open(t, closed.(*stored).path)
			},
			Restore: func(t *testing.T, backup []byte) journal.Journal {
				path := filepath.Join(t.TempDir(), "log.snug")
				if err := os.WriteFile(path, backup, 0o600); err != nil {
					t.Fatal(err)
				}
				return open(t, path)
			},
			HasBytes: func(j journal.Journal, id string) bool {
				_, err := os.Stat(filepath.Join(j.(*stored).path+"-files", id[:2], id))
				return err == nil
			},
		})
}

func BenchmarkAppend(b *testing.B) {
	journaltest.BenchmarkAppend(b, func(b *testing.B) journal.Journal {
		return open(b, filepath.Join(b.TempDir(), "log.snug"))
	})
}

func BenchmarkAppendBesideUploads(b *testing.B) {
	journaltest.BenchmarkAppendBesideUploads(b, func(b *testing.B) journal.Journal {
		return open(b, filepath.Join(b.TempDir(), "log.snug"))
	})
}
