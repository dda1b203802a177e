package peers

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"snug/internal/room"
)

// BenchmarkPresence measures a join and a leave in a room of 10,000 members on three
// nodes: the time until the welcome, and the messages until all nodes know.
func BenchmarkPresence(b *testing.B) {
	b.Run("servers=1", func(b *testing.B) { presence(b, startThree(b, room.Options{NoOwners: true})) })
	b.Run("servers=3", func(b *testing.B) { presence(b, startSpread(b)) })
}

func presence(b *testing.B, n [3]*testNode) {
	const members, atOnce = 10_000, 64
	began := time.Now()
	var joining sync.WaitGroup
	for w := range atOnce {
		joining.Go(func() {
			for i := w; i < members; i += atOnce {
				if _, err := n[i%3].askJoin(b, "lobby", v1(fmt.Sprint("m", i))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	joining.Wait()
	filled := time.Since(began)
	for _, h := range n {
		awaitCount(b, h, members)
	}
	before := messagesSent(n)
	b.ReportAllocs()
	i := 0
	var joins time.Duration
	for b.Loop() {
		asked := time.Now()
		c, err := n[i%3].askJoin(b, "lobby", v1(fmt.Sprint("passer-by ", i)))
		if err != nil {
			b.Fatal(err)
		}
		joins += time.Since(asked)
		c.Leave()
		i++
	}
	b.StopTimer()
	for _, h := range n {
		awaitCount(b, h, members)
	}
	b.ReportMetric(float64(messagesSent(n)-before)/float64(b.N), "messages/op")
	b.ReportMetric(joins.Seconds()*1000/float64(b.N), "ms/join")
	b.ReportMetric(filled.Seconds(), "s/fill")
}

// awaitCount waits until a node knows of that many members.
func awaitCount(b *testing.B, h *testNode, members int) {
	b.Helper()
	eventually(b, "the node knows all members", func() bool {
		c := h.join(b, v1("observer"))
		defer c.Leave()
		return c.welcome.Count == members+1
	})
}

// messagesSent returns how many messages the nodes have sent to NATS.
func messagesSent(n [3]*testNode) (messages uint64) {
	for _, h := range n {
		messages += h.nc.Stats().OutMsgs
	}
	return messages
}
