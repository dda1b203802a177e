package test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each server of a cluster has an index of its own: what is said on one is found on all, what is
// erased is found on none, and one that was killed and has lost its index builds it anew.
func TestClusterSearchesOnEveryServer(t *testing.T) {
	c := newCluster(t)
	c.start(0, 1, 2)
	l := linkClient{t, "searched"}
	const canary = "zqxj-canary-of-search"
	owner := l.nextEvent(l.stream(c.sites[0], http.MethodPost, `{"type":"join","nick":"ann"}`)).You.Seat
	find := func(s *site) string {
		resp := l.openOnce(s, http.MethodGet, "/search?q=canary", "", "Snug-Seat", owner)
		if resp == nil {
			return ""
		}
		defer resp.Body.Close()
		text := new(strings.Builder)
		_ = resp.Write(text)
		return text.String()
	}
	status, body := l.post(c.sites[1], "/commands", `{"type":"send","id":"m","content":"`+canary+`"}`, "Snug-Seat", owner)
	if status != http.StatusOK {
		t.Fatalf("a message: %d %s", status, body)
	}
	for _, s := range c.sites {
		eventually(t, "it is found on every server", func() bool { return strings.Contains(find(s), canary) })
		eventually(t, "it is in every index", func() bool {
			held := func(suffix string) bool {
				bytes, err := os.ReadFile(s.file + "-search" + suffix)
				return err == nil && strings.Contains(string(bytes), canary)
			}
			return held("-wal") || held("") // it goes from the one to the other
		})
	}
	c.runs[2].kill9(t)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(c.sites[2].file + "-search" + suffix); err != nil {
			t.Fatal(err)
		}
	}
	if status, body := l.post(c.sites[0], "/commands", `{"type":"delete","id":"d","seq":2}`, "Snug-Seat", owner); status != http.StatusOK {
		t.Fatalf("the erasure: %d %s", status, body)
	}
	for i := range 100 {
		l.post(c.sites[0], "/commands", fmt.Sprintf(`{"type":"send","id":"n%d","content":"later canary %[1]d"}`, i), "Snug-Seat", owner)
	}
	c.start(2)
	for _, s := range c.sites {
		eventually(t, "what stays is found on every server", func() bool { return strings.Contains(find(s), "later canary 99") })
		eventually(t, "it is in no file of any server", func() bool { return filesWith(t, filepath.Dir(s.file), canary) == "" })
		if found := find(s); strings.Contains(found, canary) {
			t.Errorf("what is erased is found: %s", found)
		}
	}
}
