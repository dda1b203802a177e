package chat_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestGoodbyeReachesOneThatIsBehind: when the server stops, the network holds a megabyte
// for one client, which goes on sending. It begins to read when the others are gone.
func TestGoodbyeReachesOneThatIsBehind(t *testing.T) {
	h := open(t)
	behind, ann := h.joinRaw(t, "room1", "behind"), h.joinRaw(t, "room1", "ann")
	for i := range 1000 {
		ann.say(fmt.Sprintf(`{"type":"send","id":"%d","content":"%01000d"}`, i, i))
	}
	ann.logEvents(1, 1000)
	go func() {
		for range time.Tick(time.Millisecond) { // a steady trickle, not a flood
			if _, err := behind.Write(masked(final|text, []byte(`{"type":"typing"}`))); err != nil {
				return
			}
		}
	}()
	done := h.drained()
	if got := ann.closed(); got != 1001 {
		t.Errorf("a client that is not behind was closed with %d", got)
	}
	behind.logEvents(1, 1000)
	for !hasType(behind.until(text), "goodbye") {
	}
	if op, _ := behind.read(); op != closes {
		t.Errorf("after the goodbye came %x", op)
	}
	_ = behind.Close()
	if err := <-done; err != nil {
		t.Errorf("drain: %v", err)
	}
}

// The server reads only some of what a client goes on sending after the end. It doesn't cut it
// then: the client gets what was written for it.
func TestGoodbyeReachesOneThatFloods(t *testing.T) {
	h := open(t, func(s *setup) { s.buffers = 200_000 }) // of the system, which has all messages at the end
	behind, ann := h.joinRaw(t, "room1", "behind"), h.joinRaw(t, "room1", "ann")
	behind.buffer(32 << 10)
	const n = 200
	for i := range n {
		ann.say(fmt.Sprintf(`{"type":"send","id":"%d","content":"%01000d"}`, i, i))
	}
	ann.logEvents(1, n)
	flood := bytes.Repeat(masked(final|text, []byte(`{"type":"typing"}`)), 1000)
	done := h.drained()
	if got := ann.closed(); got != 1001 {
		t.Errorf("a client that is not behind was closed with %d", got)
	}
	var sent atomic.Int64
	var flooding sync.WaitGroup
	flooding.Go(func() {
		for {
			if _, err := behind.Write(flood); err != nil {
				return
			}
			sent.Add(1)
		}
	})
	for was := int64(-1); was != sent.Load(); time.Sleep(50 * time.Millisecond) {
		was = sent.Load() // while the server still reads; if it reads on later, that is fine too
	}
	behind.logEvents(1, n)
	for !hasType(behind.until(text), "goodbye") {
	}
	if op, _ := behind.read(); op != closes {
		t.Errorf("after the goodbye came %x", op)
	}
	_ = behind.Close()
	flooding.Wait()
	if err := <-done; err != nil {
		t.Errorf("drain: %v", err)
	}
}

func TestDrainDoesNotWaitForTheStalled(t *testing.T) {
	h := open(t, func(s *setup) { s.buffers = smallBuffer })
	stalled := h.joinRaw(t, "room1", "stalled")
	stalled.buffer(smallBuffer)
	ann := h.joinRaw(t, "room1", "ann")
	const n = 4000 // of 1 KB each: far more than TCP takes for one
	content := fmt.Sprintf("%01000d", 7)
	for i := range n {
		ann.say(fmt.Sprintf(`{"type":"send","id":"%d","content":"%s"}`, i, content))
		if i%100 == 99 {
			ann.logEvents(uint64(i-98), uint64(i+1))
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- h.Drain(ctx) }()
	if got := ann.closed(); got != 1001 {
		t.Errorf("a client that reads was closed with %d", got)
	}
	select {
	case err := <-done:
		t.Fatalf("drain returned %v, and one client is stalled", err)
	default:
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("drain returned %v, and one client was stalled", err)
	}
	if head, _ := h.logged(t, "room1"); head != n {
		t.Errorf("the log has %d messages, %d were sent", head, n)
	}
	stalled.setPatience()
	if _, err := io.Copy(io.Discard, stalled.in); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the stalled client's connection isn't ended")
	}
}
