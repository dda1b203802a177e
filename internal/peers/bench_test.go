package peers

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"snug/internal/room"
)

// What it costs that one comes and goes in a room of 10,000 that is spread over
// three nodes: until it is welcomed and, for the messages, until all nodes know.
func BenchmarkPresence(b *testing.B) {
	b.Run("servers=1", func(b *testing.B) { presence(b, three(b, room.Options{NoOwners: true})) })
	b.Run("servers=3", func(b *testing.B) { presence(b, spread(b)) })
}

func presence(b *testing.B, n [3]*house) {
	const members, atOnce = 10_000, 64
	began := time.Now()
	var joining sync.WaitGroup
	for w := range atOnce {
		joining.Go(func() {
			for i := w; i < members; i += atOnce {
				if _, err := n[i%3].try(b, "lobby", v1(fmt.Sprint("m", i))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	joining.Wait()
	filled := time.Since(began)
	for _, h := range n {
		counted(b, h, members)
	}
	before := told(n)
	b.ReportAllocs()
	i := 0
	var joins time.Duration
	for b.Loop() {
		asked := time.Now()
		c, err := n[i%3].try(b, "lobby", v1(fmt.Sprint("passer-by ", i)))
		if err != nil {
			b.Fatal(err)
		}
		joins += time.Since(asked)
		c.Leave()
		i++
	}
	b.StopTimer()
	for _, h := range n {
		counted(b, h, members)
	}
	b.ReportMetric(float64(told(n)-before)/float64(b.N), "messages/op")
	b.ReportMetric(joins.Seconds()*1000/float64(b.N), "ms/join")
	b.ReportMetric(filled.Seconds(), "s/fill")
}

// counted waits until a node knows of so many.
func counted(b *testing.B, h *house, members int) {
	b.Helper()
	within(b, patience, "a node knows of all", func() bool {
		c := h.enter(b, v1("looker"))
		defer c.Leave()
		return c.welcome.Count == members+1
	})
}

// told is how many messages nodes have sent to NATS.
func told(n [3]*house) (messages uint64) {
	for _, h := range n {
		messages += h.nc.Stats().OutMsgs
	}
	return messages
}
