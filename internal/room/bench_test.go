package room

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"snug/internal/journal"
	"snug/internal/journal/memory"
)

// One message is sent and read by everyone, without sockets.
func BenchmarkFanOut(b *testing.B) {
	for _, cursors := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint("cursors=", cursors), func(b *testing.B) {
			g := newOwnerless(b, Options{Journal: memoryJournal(b, memory.Options{Keep: 10_000})})
			var reading sync.WaitGroup
			sender := mustJoin(b, g, v1("sender"))
			for i := range cursors {
				c := mustJoin(b, g, v1(fmt.Sprint("n", i)))
				reading.Go(func() { c.follow(b, uint64(b.N)) })
			}
			m := Message{Content: string(bytes.Repeat([]byte("x"), 64))}
			b.ResetTimer()
			for n := range uint64(b.N) {
				d, err := sender.Send(b.Context(), m)
				if err == nil {
					err = sender.Append(b.Context(), d, func(journal.Outcome, error) {})
				}
				if err != nil {
					b.Fatal(err)
				}
				for sender.room.Head()+512 < n {
					runtime.Gosched()
				}
			}
			reading.Wait()
			b.ReportMetric(float64(b.N)*float64(cursors)/b.Elapsed().Seconds(), "deliveries/s")
		})
	}
}

// follow reads up to seq.
func (c *client) follow(b *testing.B, seq uint64) {
	for c.Cursor.Delivered() < seq {
		frames, err := c.Cursor.Next(b.Context())
		if err != nil {
			b.Error(err)
			return
		}
		if c.Cursor.MarkWritten(); len(frames) == 0 && c.Cursor.Delivered() < seq {
			<-c.more
		}
	}
}

func BenchmarkRosterJoin(b *testing.B) {
	for _, c := range []struct{ name, nick string }{
		{"own nick", "zoe"},
		{"taken nick", "bob"},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := testRoster{roster: newRoster()}
			for range 1000 {
				r.stranger("bob")
			}
			b.ReportAllocs()
			for b.Loop() {
				r.leave(r.stranger(c.nick))
			}
		})
	}
}
