//go:build unix

package test

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"snug/internal/check"
)

func TestCheckFindsNothingAmidFaults(t *testing.T) {
	t.Parallel()
	judged(t, 6*time.Second)
}

func TestSoakCheckFindsNothingAmidFaults(t *testing.T) {
	soak(t)
	judged(t, 3*time.Minute)
}

// judged has snug check judge a server that is killed and suspended by turns.
func judged(t *testing.T, lasts time.Duration) {
	s := newSite(t, "--limits=off")
	p := s.start()
	s.flags = append([]string{"--addr=" + s.address(), "--log-level=debug"}, "--limits=off") // where check looks for it
	o := check.Defaults()
	o.Server, o.Nick, o.Clients, o.Duration, o.Rate, o.CutEvery = "http://"+s.address(), "judge", 8, lasts, 20, 2*time.Second
	var report check.Report
	var failed error
	done := make(chan struct{})
	go func() {
		defer close(done)
		report, failed = check.Run(t.Context(), o)
	}()
	kills, stops := 0, 0
	for harming := true; harming; {
		select {
		case <-done:
			harming = false
			continue
		case <-time.After(500*time.Millisecond + rand.N(time.Second)):
		}
		if kills > stops {
			stops++
			p.signal(t, syscall.SIGSTOP)
			<-time.After(300 * time.Millisecond)
			p.signal(t, syscall.SIGCONT)
			continue
		}
		kills++
		p.kill9(t)
		p = s.start()
	}
	if failed != nil || report.Faults() > 0 {
		t.Errorf("it finds %+v, %v", report, failed)
	}
	figure(t, "kill -9 and SIGSTOP by turns, judged by snug check", kills+stops, "%d messages confirmed, %d deliveries, %d connections lost; lost %d, doubled %d, reordered %d, damaged %d, late %d",
		report.Confirmed, report.Delivered, report.Drops,
		report.Counts[check.Lost], report.Counts[check.Doubled], report.Counts[check.Reordered], report.Counts[check.Damaged], report.Counts[check.Late])
	if kills == 0 || report.Confirmed < 50 {
		t.Error("there was hardly any traffic to harm")
	}
}
