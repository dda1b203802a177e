package chat_test

import (
	"encoding/binary"
	"fmt"
	"sync"
	"testing"
	"time"
)

// frames reads n frames as fast as it goes and looks at nothing in them.
func (c *rawClient) frames(n int) error {
	for range n {
		head, err := c.in.Peek(4)
		if err != nil {
			return err
		}
		size := 2 + int(head[1])
		if head[1] == 126 {
			size = 4 + int(binary.BigEndian.Uint16(head[2:]))
		}
		if _, err := c.in.Discard(size); err != nil {
			return err
		}
	}
	return nil
}

// deliver has one member of each room send b.N messages of 64 bytes, with a
// bounded number under way, and everyone read them all.
func deliver(b *testing.B, rooms, members int) {
	const underWay, batch = 512, 16
	h := open(b)
	var all []*rawClient
	for r := range rooms {
		for range members {
			c := h.connectRaw(b, fmt.Sprint("room", r), "")
			c.say(`{"Author":"me","Content":""}`) // whoever gets its refusal is seated
			c.until(text)
			all = append(all, c)
		}
	}
	message := masked(final|text, fmt.Appendf(nil, `{"Author":"ann","Content":"%064d"}`, 7))
	var reading sync.WaitGroup
	b.ResetTimer()
	for i, c := range all {
		reading.Go(func() {
			_ = c.SetDeadline(time.Time{})
			sender := i%members == 0
			turn := make(chan struct{}, underWay/batch)
			if sender {
				go func() {
					for sent := 0; sent < b.N; {
						turn <- struct{}{}
						var burst []byte
						for range min(batch, b.N-sent) {
							burst = append(burst, message...)
							sent++
						}
						if _, err := c.Write(burst); err != nil {
							b.Error(err)
							return
						}
					}
				}()
			}
			for got := 0; got < b.N; got += batch {
				if err := c.frames(min(batch, b.N-got)); err != nil {
					b.Error(err)
					return
				}
				if sender {
					<-turn
				}
			}
		})
	}
	reading.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N*rooms*members)/b.Elapsed().Seconds(), "deliveries/s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rooms*members), "ns/delivery")
}

func BenchmarkOneRoom(b *testing.B) {
	for _, members := range []int{2, 100, 1000} {
		b.Run(fmt.Sprint("members=", members), func(b *testing.B) { deliver(b, 1, members) })
	}
}

func BenchmarkHundredRoomsOfTwo(b *testing.B) { deliver(b, 100, 2) }
