package chat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"snug/protocol"
)

// smallBuffer is the size of a TCP buffer: little compared to what the tests send, but as much as
// loopback puts into a packet. With less, it waits between packets.
const smallBuffer = 128 << 10

// buffer sets the size of the client's receive buffer.
func (c *rawClient) buffer(size int) {
	c.t.Helper()
	if err := c.Conn.(interface{ SetReadBuffer(int) error }).SetReadBuffer(size); err != nil {
		c.t.Fatal(err)
	}
}

// logEvents reads the log events up to seq n and checks that their seq increases by one.
func (c *rawClient) logEvents(first, n uint64) {
	c.t.Helper()
	for want := first; want <= n; {
		op, payload := c.read()
		if op != text || !hasType(payload, "message") {
			if hasType(payload, "gap") || hasType(payload, "error") || op == closes {
				c.t.Fatalf("before %d of %d came %x %s", want, n, op, payload)
			}
			continue
		}
		var e struct{ Seq uint64 }
		if err := json.Unmarshal(payload, &e); err != nil || e.Seq != want {
			c.t.Fatalf("event %d of %d is %s (%v)", want, n, payload, err)
		}
		want++
		if want%1000 == 0 {
			c.setPatience()
		}
	}
}

// One member reads nothing while many messages pass. The others get them all, and later it does
// too.
func TestSlowReaderHoldsUpNoOneAndLosesNothing(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		const n = 20_000 // which memory itself keeps
		slowReader(t, open(t, func(s *setup) { s.keep, s.buffers = n+1, smallBuffer }), n, 64)
	})
	t.Run("sqlite", func(t *testing.T) {
		slowReader(t, open(t, func(s *setup) { s.sqlite, s.buffers = true, smallBuffer }), short(3000, 100_000), 1000)
	})
}

func slowReader(t *testing.T, h *testServer, n, size int) {
	slow := h.connectRaw(t, "room1", protocol.Subprotocol)
	slow.buffer(smallBuffer)
	slow.say(joinAnn)
	others := []*rawClient{h.joinRaw(t, "room1", "bob"), h.joinRaw(t, "room1", "cem"), h.joinRaw(t, "room1", "dan")}
	content := strings.Repeat("x", size)

	before := heap()
	var talking sync.WaitGroup
	for i, c := range others {
		talking.Go(func() { c.logEvents(1, uint64(n)) })
		if i > 1 {
			continue
		}
		talking.Go(func() {
			for m := range n / 2 {
				if _, err := c.Write(masked(final|text, fmt.Appendf(nil, `{"type":"send","id":"%d","content":"%s"}`, m, content))); err != nil {
					t.Errorf("send: %v", err)
					return
				}
			}
		})
	}
	talking.Wait()
	grown := heap() - before
	// What waits for the slow one. Of less, the journal and the tests' own clients are more.
	if waits := int64(n) * int64(size); waits > 64<<20 && grown > waits/2 {
		t.Errorf("while %d MiB wait for one that doesn't read, the heap has grown by %d MiB", waits>>20, grown>>20)
	}
	if h.Connections() != 4 {
		t.Fatal("who doesn't read was let go")
	}
	slow.setPatience()
	slow.buffer(4 << 20)
	slow.until(text) // the welcome
	slow.logEvents(1, uint64(n))
	slow.setPatience()
	slow.say(`{"type":"send","id":"live","content":"I am here"}`)
	slow.logEvents(uint64(n+1), uint64(n+1))
	figure(t, "one reads nothing, then all", n, fmt.Sprintf("the others got all meanwhile, it afterwards; the heap grew by %d MiB", grown>>20))
}

// The answers that a client asks for and doesn't read need bounded memory.
func TestCommandsOfOneThatReadsNothingWaitInItsTCP(t *testing.T) {
	for what, command := range map[string]string{
		"command": `{"type":"ping","ref":"0123456789012345678901234567890123456789012345678901234567890123"}`,
		"refused": `{"type":"history","limit":0,"ref":"01234567890123456789012345678901234567890123456789"}`,
		"history": `{"type":"history","ref":"r","limit":200}`,
		"frame":   "",
	} {
		t.Run(what, func(t *testing.T) {
			h := open(t, func(s *setup) { s.buffers = smallBuffer })
			other := h.joinRaw(t, "room1", "bob")
			for i := range 200 {
				other.say(fmt.Sprintf(`{"type":"send","id":"%d","content":"hi"}`, i))
			}
			other.logEvents(1, 200)
			c := h.joinRaw(t, "room1", "ann")
			c.buffer(smallBuffer)
			one, answer := masked(final|text, []byte(command)), byte(text)
			if command == "" {
				one, answer = masked(final|ping, make([]byte, 125)), pong
			}
			// Many in each write: Linux may run out of a socket's memory for small packets, and then drops also what acknowledges others, for good.
			many := bytes.Repeat(one, smallBuffer/2/len(one))
			before := heap()
			var sent, most int
			for most = 64 << 20; sent < most; { // until TCP takes no more
				_ = c.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
				n, err := c.Write(many[sent%len(many):])
				sent += n
				if errors.Is(err, os.ErrDeadlineExceeded) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if sent >= most {
				t.Errorf("%d MiB of commands were taken, and no answer was fetched", sent>>20)
			}
			if grown := heap() - before; grown > int64(most)/4 {
				t.Errorf("while one doesn't read its answers, the heap has grown by %d MiB", grown>>20)
			}
			other.say(`{"type":"send","id":"now","content":"promptly"}`)
			other.logEvents(201, 201)

			c.setPatience() // and now it reads: nothing was dropped
			c.buffer(4 << 20)
			go func() {
				if rest := sent % len(one); rest > 0 {
					_, _ = c.Write(one[rest:]) // or no answer comes, and the test fails
				}
			}()
			answers := (sent + len(one) - 1) / len(one)
			if what == "history" {
				answers = min(answers, 500) // they are long
			}
			for answers > 0 {
				op, payload := c.read()
				if op == answer && !hasType(payload, "message") && !hasType(payload, "joined") {
					answers--
				}
			}
		})
	}
}
