package snug_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"snug"
)

// A server of a cluster that has no peers has its log to itself, as a single server has.
func TestAServerAloneNeedsNoNATS(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "cluster")
	epochs := make(map[string]string)
	for _, journal := range []string{"cluster:" + dir, "sqlite:" + filepath.Join(dir, "snug.db"), "cluster:" + dir} {
		t.Run(journal[:7], func(t *testing.T) {
			o := options(t)
			o.Journal = journal
			_, epoch := openSite(t, o).say(t, 1)
			epochs[epoch] = journal
		})
	}
	if len(epochs) != 1 {
		t.Errorf("the room has the epochs %v", epochs)
	}
	if _, err := os.Stat(filepath.Join(dir, "nats")); !os.IsNotExist(err) {
		t.Errorf("NATS has a directory: %v", err)
	}
	o := options(t)
	o.Journal = "cluster:" + filepath.Join(dir, "snug.db")
	if _, err := snug.New(t.Context(), o); err == nil || !strings.Contains(err.Error(), "it isn't a directory") {
		t.Errorf("a file instead of a directory: %v", err)
	}
}
