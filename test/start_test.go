package test

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

func TestServerStartsAfterAKillWhileItStarted(t *testing.T) { killStarts(t, 10) }

func TestSoakServerStartsAfterAKillWhileItStarted(t *testing.T) {
	soak(t)
	killStarts(t, 100)
}

// killStarts kills servers 0 to 200 ms after their start, in turn on a new file and on one
// whose last server was killed. The next start always works.
func killStarts(t *testing.T, rounds int) {
	const longest = 200 * time.Millisecond
	old := newSite(t, "--limits=off")
	clients := old.talkers()[:5]
	mute, fileless := 0, 0
	for round := range rounds {
		s := old
		if round%2 == 0 {
			s = newSite(t, "--limits=off")
		}
		p := s.launch()
		// Most of them soon: that is where the files are made and opened.
		early := rand.Float64()
		time.AfterFunc(time.Duration(early*early*early*float64(longest)), func() { _ = p.cmd.Process.Kill() })
		p.wait(t)
		if p.out.Len() == 0 {
			mute++
		}
		if _, err := os.Stat(s.file); err != nil {
			fileless++
		}
		p = s.start()
		if s == old {
			s.settle(clients)
			stop := make(chan struct{})
			time.AfterFunc(50*time.Millisecond, func() { close(stop) })
			each(clients, func(c *client) { c.session.talk(within(t), stop, time.Millisecond) })
		} else if _, err := s.read(within(t), "room"); err != nil {
			t.Errorf("the room can't be read: %v", err)
		}
		p.kill9(t)
		if t.Failed() {
			return
		}
	}
	old.start()
	old.settle(clients)
	confirmed, _ := old.ledger.figures()
	figure(t, "kill -9 while starting", rounds, "%d before they listened, %d before there was a file; all the next starts worked; of %d messages on the old file: %s",
		mute, fileless, confirmed, old.ledger.verdict())
}
