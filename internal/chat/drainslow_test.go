package chat_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"
)

// TestGoodbyeReachesOneThatIsBehind: its network holds a megabyte for it when the
// server stops, it goes on sending, and takes its time.
func TestGoodbyeReachesOneThatIsBehind(t *testing.T) {
	h := open(t)
	behind, ann := h.seated(t, "room1", "behind"), h.seated(t, "room1", "ann")
	for i := range 1000 {
		ann.say(fmt.Sprintf(`{"type":"send","id":"%d","content":"%01000d"}`, i, i))
	}
	ann.logEvents(1, 1000)
	go func() {
		for {
			if _, err := behind.Write(masked(final|text, []byte(`{"type":"typing"}`))); err != nil {
				return
			}
			time.Sleep(time.Millisecond) // a steady trickle, not a flood
		}
	}()
	done := h.drained(patience)
	if got := ann.closed(); got != 1001 {
		t.Errorf("who is not behind was closed with %d", got)
	}
	time.Sleep(1500 * time.Millisecond) // longer than many a server waits
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

func TestDrainDoesNotWaitForTheStalled(t *testing.T) {
	h := open(t, func(s *setup) { s.buffers = smallBuffer })
	stalled := h.seated(t, "room1", "stalled")
	stalled.buffer(smallBuffer)
	ann := h.seated(t, "room1", "ann")
	const n = 4000 // of 1 KB each: far more than TCP takes for one
	content := fmt.Sprintf("%01000d", 7)
	for i := range n {
		ann.say(fmt.Sprintf(`{"type":"send","id":"%d","content":"%s"}`, i, content))
		if i%100 == 99 {
			ann.logEvents(uint64(i-98), uint64(i+1))
		}
	}
	begun := time.Now()
	done := h.drained(500 * time.Millisecond)
	if got := ann.closed(); got != 1001 {
		t.Errorf("who reads was closed with %d", got)
	}
	if err := <-done; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("drain returned %v, and one client was stalled", err)
	}
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("drain took %v, and was given half a second", took)
	}
	if head, _ := h.logged(t, "room1"); head != n {
		t.Errorf("the log has %d messages, %d were sent", head, n)
	}
	if _, err := io.Copy(io.Discard, stalled.in); errors.Is(err, context.DeadlineExceeded) {
		t.Error("the stalled one's connection isn't ended")
	}
}
