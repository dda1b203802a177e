package chat_test

import (
	"bytes"
	"math"
	"runtime"
	"testing"

	"snug/protocol"
)

// heap is what lives after a collection, in bytes.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // pools let go in two steps
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// tooLarge reads the bad-frame that a client is told, and then 1009.
func tooLarge(t *testing.T, c *rawClient) {
	t.Helper()
	if payload := c.until(text); !bytes.Contains(payload, []byte("bad-frame")) {
		t.Errorf("the client was told %s, want bad-frame", payload)
	}
	if code := c.closed(); code != 1009 {
		t.Errorf("the connection was closed with %d, want 1009", code)
	}
}

func TestGiantFrameIsRefusedByItsHeader(t *testing.T) {
	h := open(t)
	limit := uint64(h.v1(t, "room1", "other").limit.FrameBytes)
	for _, subprotocol := range []string{"", protocol.Subprotocol} {
		for what, head := range map[string][]byte{
			"limit + 1":           header(final|text, limit+1),
			"2^31":                header(final|text, 1<<31),
			"2^63 - 1":            header(final|text, math.MaxInt64),
			"2^63 - 1 for a rest": append(masked(text, []byte("{")), header(final|more, math.MaxInt64)...),
			"the limit and one":   append(header(text, limit), append(bytes.Repeat([]byte(" "), int(limit)), header(final|more, 1)...)...),
		} {
			t.Run(what+" "+subprotocol, func(t *testing.T) {
				c := h.connectRaw(t, "room1", subprotocol)
				before := heap()
				c.raw(head) // and not a byte of the payload
				tooLarge(t, c)
				if grown := heap() - before; grown > 256<<20 { // of 2 GiB and more that most of them announce
					t.Errorf("the heap has grown by %d KiB", grown>>10)
				}
			})
		}
		// The rest of a binary one is skipped, and yet bounded.
		c := h.connectRaw(t, "room1", subprotocol)
		c.raw(append(masked(binaryData, []byte("x")), header(more, math.MaxInt64)...))
		c.until(text)
		tooLarge(t, c)
	}
}

func TestEndlessFragmentsEndAtTheLimit(t *testing.T) {
	h := open(t)
	h.v1(t, "room1", "other")
	c := h.connectRaw(t, "room1", protocol.Subprotocol)
	thousand := bytes.Repeat(masked(more, []byte("x")), 1000)
	c.raw(masked(text, []byte("x")))
	go func() { // until the server has closed
		for {
			if _, err := c.Conn.Write(thousand); err != nil {
				return
			}
		}
	}()
	if payload := c.until(text); !bytes.Contains(payload, []byte("bad-frame")) {
		t.Errorf("the client was told %s, want bad-frame", payload)
	}
	if code := c.until(closes); !bytes.HasPrefix(code, []byte{1009 >> 8, 1009 & 0xff}) {
		t.Errorf("the close is %q, want 1009", code)
	}
	_ = c.Close()
	waitUntil(t, "the connection has ended", func() bool { return h.Connections() == 1 })
}

func TestLargeFrameLeavesNoLargeBufferBehind(t *testing.T) {
	h := open(t, func(s *setup) { s.chat.MaxChars, s.room.MaxChars = 100_000, 100_000 })
	var all []*rawClient
	for range 20 {
		all = append(all, h.joinRaw(t, "room1", "ann"))
	}
	before := heap()
	for _, c := range all {
		c.raw(masked(final|text, append([]byte(`{"type":"ping"}`), bytes.Repeat([]byte(" "), 1<<20)...)))
		for !hasType(c.until(text), "pong") {
		}
	}
	if grown := heap() - before; grown > 10<<20 {
		t.Errorf("after 20 frames of 1 MiB the heap has grown by %d KiB", grown>>10)
	}
}
