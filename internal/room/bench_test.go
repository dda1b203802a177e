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

func BenchmarkWire(b *testing.B) {
	frame := bytes.Repeat([]byte("x"), 200)
	w := new(wire)
	var at int64
	seq := uint64(0)
	b.SetBytes(int64(len(frame)))
	b.ReportAllocs()
	for b.Loop() {
		seq++
		w.append(frame, seq)
		for r := w.after(at); len(r.frames) > 0; r = w.after(at) {
			at += int64(len(r.frames))
		}
	}
}

// A message is said and everyone has read it; there is no socket.
func BenchmarkFanOut(b *testing.B) {
	for _, cursors := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint("cursors=", cursors), func(b *testing.B) {
			g := open(b, Options{Journal: kept(b, memory.Options{Keep: 10_000})})
			var reading sync.WaitGroup
			sender := enter(b, g, v1("sender"))
			for i := range cursors {
				c := enter(b, g, v1(fmt.Sprint("n", i)))
				reading.Go(func() { c.follow(b, uint64(b.N)) })
			}
			m := Message{Content: string(bytes.Repeat([]byte("x"), 64))}
			b.ResetTimer()
			for n := range uint64(b.N) {
				if err := sender.Send(b.Context(), m, func(journal.Outcome, error) {}); err != nil {
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
	for c.Cursor.seq < seq {
		frames, err := c.Cursor.Next(b.Context())
		if err != nil {
			b.Error(err)
			return
		}
		if len(frames) == 0 && c.Cursor.seq < seq {
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
			r := seated{roster: newRoster()}
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
