package search

import (
	"testing"
	"testing/synctest"
	"time"
)

// The time that pauses take, for each time of work, at a rate of commits.
func TestTheIndexTakesLessOfABusyServer(t *testing.T) {
	for _, tt := range []struct {
		rate uint64 // events a second
		want float64
	}{
		{0, 0},
		{10, 0.05},
		{400, 2},
		{2000, 10},
		{10_000, 50},
		{1_000_000, 50},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			p := pacer{committed: func() uint64 { return uint64(time.Since(start).Seconds() * float64(tt.rate)) }}
			p.begin()
			var worked, paused time.Duration
			const piece = slice / 5
			for worked < time.Second {
				time.Sleep(piece)
				worked += piece
				before := time.Now()
				p.yield(t.Context())
				paused += time.Since(before)
			}
			if got := float64(paused) / float64(worked); got < 0.75*tt.want || got > 1.25*tt.want {
				t.Errorf("with %d events a second it pauses %.3f times as long as it works, want %g", tt.rate, got, tt.want)
			}
		})
	}
}
