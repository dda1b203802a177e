package client

import (
	"testing"
	"time"
)

// A server that is only slow would otherwise get ever more to do.
func TestRepeatsOnOneConnectionGetRarer(t *testing.T) {
	c := &command{id: "x"}
	wait := time.Duration(0)
	for n := range 100 {
		next := c.repeatAfter(20 * time.Millisecond)
		if n == 0 && next != 20*time.Millisecond || n > 0 && next < min(2*wait, longestWait/2) || next > longestWait {
			t.Errorf("repeat %d comes after %v, the one before after %v", n+1, next, wait)
		}
		wait = next
		c.writes++
	}
	if c.writes = 0; c.repeatAfter(time.Hour) != time.Hour {
		t.Error("a server's own time isn't kept")
	}
}
