package test

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestNothingConfirmedIsLostByKill9(t *testing.T) { killRounds(t, 1, 5, 400*time.Millisecond) }

func TestSoakNothingConfirmedIsLostByKill9(t *testing.T) {
	soak(t)
	killRounds(t, 10, 20, 1500*time.Millisecond)
}

// killRounds lets 20 senders talk in 5 rooms and kills the server under them,
// again and again: rounds times on each of so many files, which are several
// because all of a log is read after each round.
func killRounds(t *testing.T, files, rounds int, longest time.Duration) {
	const shortest = 50 * time.Millisecond
	messages, repeats, cutShort, unsettled := 0, 0, 0, 0
	for range files {
		s := newSite(t, "--limits=off")
		clients := s.talkers()
		for range rounds {
			p := s.start()
			s.killInTraffic(p, 10, shortest+rand.N(longest-shortest))
			each(clients, func(c *client) {
				session, err := c.connect(within(t))
				if err == nil {
					session.talk(within(t), nil, 20*time.Millisecond)
				}
			})
			p.wait(t)
			s.checkFile()
			waiting := 0
			for _, c := range clients {
				waiting += len(c.waiting())
			}
			unsettled += waiting
			if waiting > 0 {
				cutShort++
			}

			p = s.start()
			s.settle(clients)
			p.kill9(t) // with the clients still there, and nothing under way
			if t.Failed() {
				t.Fatal(s.ledger.verdict())
			}
		}
		confirmed, acks := s.ledger.figures()
		messages, repeats = messages+confirmed, repeats+acks
		if s.ledger.verdict() != newLedger(t).verdict() {
			t.Error(s.ledger.verdict())
		}
	}
	figure(t, "kill -9 in traffic", files*rounds, "%d messages confirmed; %s; %d kills with messages unsettled, %d of them sent again, of which %d were there already; every integrity check ok",
		messages, newLedger(t).verdict(), cutShort, unsettled, repeats)
	if messages < files*rounds*10 || cutShort == 0 {
		t.Error("there was hardly any traffic to kill")
	}
}

// killInTraffic kills the server a while after so many more messages are confirmed.
func (s *site) killInTraffic(p *process, messages int, after time.Duration) {
	enough := s.ledger.count() + messages
	go func() {
		for end := time.Now().Add(patience); s.ledger.count() < enough && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(after)
		_ = p.cmd.Process.Kill() // the test notices if it isn't there
	}()
}
