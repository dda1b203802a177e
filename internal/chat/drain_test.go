package chat_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"snug/protocol"
)

// drained starts Drain, which may take as long as patience, and returns its future result.
func (h *testServer) drained() <-chan error {
	done := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		done <- h.Drain(ctx)
	}()
	return done
}

// logged reads a room's log and counts the messages of each nick.
func (h *testServer) logged(t *testing.T, code string) (head uint64, by map[string]int) {
	t.Helper()
	by = map[string]int{}
	for {
		page, err := h.journal.ReadAfter(t.Context(), code, head, 200)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return head, by
		}
		for _, e := range page {
			by[e.From.Nick]++
		}
		head = page[len(page)-1].Seq
	}
}

func TestDrainSaysGoodbyeToEveryone(t *testing.T) {
	h := open(t)
	var programs, hands []*client
	for i := range 30 {
		programs = append(programs, h.v1(t, fmt.Sprint("room", i%3), fmt.Sprint("p", i)))
		if i%3 == 0 {
			hands = append(hands, h.plain(t, fmt.Sprint("room", i%9)))
		}
	}
	unjoined := h.dial(t, "room0", "", protocol.Subprotocol)
	done := h.drained()
	waits := map[int64]bool{}
	for i, c := range append(programs, unjoined) {
		events, code := c.rest()
		if code != 1001 {
			t.Errorf("program %d was closed with %d", i, code)
		}
		if len(events) == 0 {
			t.Fatalf("program %d got no goodbye", i)
		}
		last := events[len(events)-1]
		if last.Type != "goodbye" || last.Code != "draining" || last.ReconnectAfter == nil {
			t.Fatalf("program %d was told %s last", i, last.raw)
		}
		if n := *last.ReconnectAfter; n < 500 || n > 30_000 {
			t.Errorf("reconnect_after_ms is %d", n)
		}
		waits[*last.ReconnectAfter] = true
	}
	if len(waits) < 15 {
		t.Errorf("31 programs are told to come back at %d different times", len(waits))
	}
	for i, c := range hands {
		events, code := c.rest()
		if code != 1001 {
			t.Errorf("hand %d was closed with %d", i, code)
		}
		for _, e := range events {
			if e.Author == "" {
				t.Errorf("hand %d was told %s", i, e.raw)
			}
		}
	}
	if err := <-done; err != nil {
		t.Errorf("drain: %v", err)
	}
	resp, body := h.request(t, upgrade(h.addr, "room1", ""))
	refused(t, resp, body, 503)
}

func TestDrainCommitsWhatWasSent(t *testing.T) {
	h := open(t, func(s *setup) { s.sqlite = true })
	const each = 60
	var all []*client
	for i := range 5 {
		c := h.v1(t, "room1", fmt.Sprint("p", i))
		for n := range each {
			c.send(fmt.Sprint(n), "hi")
		}
		c.say(`{"type":"ping","ref":"sent"}`) // commands are taken in order
		all = append(all, c)
	}
	for _, c := range all {
		c.until("pong")
	}
	done := h.drained()
	var shown uint64
	for _, c := range all {
		events, code := c.rest()
		if code != 1001 || len(events) == 0 || events[len(events)-1].Type != "goodbye" {
			t.Errorf("cut with %d, without a goodbye", code)
		}
		for _, e := range events {
			shown = max(shown, e.Seq)
		}
	}
	if err := <-done; err != nil {
		t.Errorf("drain: %v", err)
	}
	head, by := h.logged(t, "room1")
	if head != 5*each || shown > head {
		t.Errorf("the log has %d messages, %v; %d were sent, and %d was shown", head, by, 5*each, shown)
	}
}

// A client's message is settled by its own event. The client should see that before its
// connection ends, so that it doesn't have to send anything again.
func TestASenderSeesItsOwnMessagesBeforeGoodbye(t *testing.T) {
	h := open(t, func(s *setup) { s.sqlite = true })
	const rounds, each = 20, 50
	var all []*client
	seen := make([]int, rounds)
	for i := range rounds {
		c := h.v1(t, fmt.Sprint("room", i), "ann")
		for n := range each {
			c.send(fmt.Sprint(n), "hi")
		}
		c.say(`{"type":"ping","ref":"sent"}`)
		all = append(all, c)
	}
	for i, c := range all {
		for e := c.next(); e.Type != "pong"; e = c.next() {
			seen[i]++
		}
	}
	done := h.drained()
	for i, c := range all {
		events, _ := c.rest()
		if seen[i] += len(events) - 1; seen[i] != each { // the last is the goodbye
			t.Errorf("in room %d ann saw %d of her %d messages", i, seen[i], each)
		}
	}
	if err := <-done; err != nil {
		t.Errorf("drain: %v", err)
	}
}

// While all clients talk as fast as they can, each is told goodbye, and everything that it was
// shown before is in the log.
func TestDrainInTrafficShowsNothingThatIsNotKept(t *testing.T) {
	h := open(t, func(s *setup) { s.sqlite = true })
	var all []*rawClient
	for i := range 5 {
		c := h.joinRaw(t, "room1", fmt.Sprint("p", i))
		all = append(all, c)
		go func() {
			for n := 0; ; n++ {
				if _, err := c.Write(masked(final|text, fmt.Appendf(nil, `{"type":"send","id":"%d","content":"hi"}`, n))); err != nil {
					return
				}
			}
		}()
	}
	all[0].logEvents(1, 100)
	done := h.drained()
	var shown atomic.Uint64
	var reading sync.WaitGroup
	for i, c := range all {
		reading.Go(func() {
			var last []byte
			for {
				op, payload, err := readFrame(c.in)
				if err != nil {
					t.Errorf("member %d was cut after %.100s: %v", i, last, err)
					return
				}
				if op == closes {
					break
				}
				if last = payload; hasType(payload, "message") {
					shown.Add(1)
				}
			}
			if !hasType(last, "goodbye") {
				t.Errorf("member %d was told %.100s last, not goodbye", i, last)
			}
			_ = c.Close()
		})
	}
	reading.Wait()
	if err := <-done; err != nil {
		t.Errorf("drain: %v", err)
	}
	head, by := h.logged(t, "room1")
	if shown := shown.Load() + 100; shown > 5*head {
		t.Errorf("five members were shown %d messages of %d", shown, head)
	}
	t.Logf("%d messages are kept: %v", head, by)
}
