//go:build unix

package cluster_test

import (
	"log/slog"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"snug/internal/cluster"
)

func TestANamedPipeInThePlaceOfTheNodesNameIsRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "node")
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := cluster.Start(cluster.Embedded{Dir: dir, Name: "n1", Log: slog.New(slog.DiscardHandler)})
	if err == nil {
		_ = n.Close()
	}
	if err == nil || !strings.Contains(err.Error(), file+" isn't a regular file") {
		t.Errorf("got %v, want that it isn't a regular file", err)
	}
}
