package chat_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// reading is how a client of BenchmarkReaders reads.
type reading struct {
	ready func()            // reads up to the first message
	read  func(n int) error // reads about n messages
}

// BenchmarkReaders has one member send b.N messages of 64 bytes, with a bounded number
// under way, to a thousand who read them in v1: over WebSockets, or as streams.
func BenchmarkReaders(b *testing.B) {
	b.Run("websocket", func(b *testing.B) {
		readAll(b, func(h *testServer) reading {
			c := h.connectRaw(b, "room", "snug.v1")
			c.say(`{"type":"join","nick":"reader"}`)
			_ = c.SetDeadline(time.Time{})
			return reading{
				ready: func() {
					for !strings.Contains(string(c.until(text)), `"message"`) {
					}
				},
				read: c.frames,
			}
		})
	})
	b.Run("stream", func(b *testing.B) {
		readAll(b, func(h *testServer) reading {
			conn := h.tcp(b)
			if _, err := io.WriteString(conn, "GET /r/room/events HTTP/1.1\r\nHost: snug\r\n\r\n"); err != nil {
				b.Fatal(err)
			}
			s := &eventStream{t: b, in: bufio.NewReader(conn)}
			if resp, err := http.ReadResponse(s.in, nil); err != nil || resp.StatusCode != http.StatusOK { // the rest is the stream
				b.Fatal(resp, err)
			}
			lines := 0
			return reading{
				ready: func() { s.until("message") },
				read: func(n int) error { // a message has three lines: id, data, and an empty one
					for lines += 3 * n; lines > 0; {
						if _, err := s.in.Peek(1); err != nil {
							return err
						}
						chunk, _ := s.in.Peek(s.in.Buffered()) // never fails
						lines -= bytes.Count(chunk, []byte{'\n'})
						_, _ = s.in.Discard(len(chunk)) // never fails
					}
					return nil
				},
			}
		})
	})
}

func readAll(b *testing.B, connect func(h *testServer) reading) {
	const readers, underWay, batch = 1000, 64, 16
	h := open(b)
	sender := h.connectRaw(b, "room", "snug.v1")
	sender.say(`{"type":"join","nick":"sender"}`)
	sender.until(text)
	_ = sender.SetDeadline(time.Time{})
	message := func(id int) []byte {
		return masked(final|text, fmt.Appendf(nil, `{"type":"send","id":"%d","content":"%064d"}`, id, 7))
	}
	var all []reading
	for range readers {
		all = append(all, connect(h))
	}
	go func() { _, _ = io.Copy(io.Discard, sender) }() // ends with the connection
	sender.raw(message(-1))
	for _, r := range all {
		r.ready()
	}
	turn := make(chan struct{}, underWay/batch)
	var done sync.WaitGroup
	b.ResetTimer()
	for i, r := range all {
		done.Go(func() {
			for got := 0; got < b.N; got += batch {
				if err := r.read(min(batch, b.N-got)); err != nil {
					b.Error(err)
					return
				}
				if i == 0 {
					<-turn
				}
			}
		})
	}
	for sent := 0; sent < b.N; {
		turn <- struct{}{}
		var burst []byte
		for range min(batch, b.N-sent) {
			burst = append(burst, message(sent)...)
			sent++
		}
		sender.raw(burst)
	}
	done.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N*readers)/b.Elapsed().Seconds(), "deliveries/s")
}
