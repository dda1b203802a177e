package client_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"snug"
	"snug/client"
	"snug/protocol"
)

func TestAHundredGoroutinesSendAtOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:")
	talk(t, []*client.Room{join(t, s.Addr, client.Options{})}, nil, 100, 5, nil)
}

func TestSendNeedsNoReader(t *testing.T) {
	t.Parallel()
	const messages = 1500 // more than wait for a reader
	s := startServer(t, "sqlite:")
	ann := join(t, s.Addr, client.Options{})
	var sending sync.WaitGroup
	for range 30 {
		sending.Go(func() {
			for range messages / 30 {
				if _, err := ann.Send(t.Context(), client.Message{Content: "x"}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	sending.Wait()
	if seq := say(t, ann, "last"); seq != messages+1 {
		t.Errorf("the last of %d messages is event %d", messages+1, seq)
	}
	if got := contents(t, ann, messages+1); got[messages] != "last" {
		t.Errorf("who reads then reads %q last", got[messages])
	}
}

func TestTheSameIDIsSaidOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:")
	ann, bob := join(t, s.Addr, client.Options{}), join(t, s.Addr, client.Options{Nick: "bob"})
	m := client.Message{ID: "1", Content: "hi"}
	first, err := ann.Send(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	again := join(t, s.Addr, client.Options{Seat: ann.Seat()})
	var sending sync.WaitGroup
	for _, r := range []*client.Room{ann, ann, ann, again, again} {
		sending.Go(func() {
			if seq, err := r.Send(t.Context(), m); err != nil || seq != first {
				t.Errorf("said again: event %d, %v; it was %d", seq, err, first)
			}
		})
	}
	sending.Wait()
	if seq, err := bob.Send(t.Context(), m); err != nil || seq != first+1 {
		t.Errorf("another member's message of that ID: event %d, %v", seq, err)
	}
}

func TestRefusedMessagesSayWhy(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:")
	ann := join(t, s.Addr, client.Options{})
	if _, err := ann.Send(t.Context(), client.Message{ID: "taken", Content: "hi"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		m    client.Message
		code protocol.ErrorCode
	}{
		{"nothing in it", client.Message{}, protocol.Empty},
		{"too long", client.Message{Content: strings.Repeat("x", 4001)}, protocol.TooLong},
		{"longer than a frame", client.Message{Content: strings.Repeat("x", 100_000)}, protocol.TooLong},
		{"an answer to nothing", client.Message{Content: "x", ReplyTo: 1000}, protocol.NotFound},
		{"another message's ID", client.Message{ID: "taken", Content: "ho"}, protocol.IDConflict},
		{"an ID that is no ASCII", client.Message{ID: "é", Content: "x"}, protocol.BadField},
		{"too long an ID", client.Message{ID: strings.Repeat("x", 65), Content: "x"}, protocol.BadField},
		{"no UTF-8", client.Message{Content: "\xff"}, protocol.BadField},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ann.Send(t.Context(), c.m)
			var refused *protocol.Error
			if !errors.As(err, &refused) || refused.Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
	if seq := say(t, ann, "fine"); seq != 2 {
		t.Errorf("the next is event %d", seq)
	}
}

func TestHasteIsHeldBackAndNotLost(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:", func(o *snug.Options) {
		o.Limits.Off, o.Limits.MessageRate, o.Limits.MessageBurst = false, 100, 5
	})
	p := newProxy(t, s.Addr, 0, 0)
	talk(t, []*client.Room{join(t, p.addr, client.Options{})}, nil, 200, 1, nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count > 1 {
		t.Error("the server took it for a flood")
	}
}

func TestAllThatTheServerCountsIsHeldBack(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:", func(o *snug.Options) {
		o.Limits.Off, o.Limits.MessageRate, o.Limits.MessageBurst = false, 200, 5
	})
	p := newProxy(t, s.Addr, 0, 0)
	ann := join(t, p.addr, client.Options{})
	hi := say(t, ann, "hi")
	var reacting sync.WaitGroup
	for n := range 300 {
		reacting.Go(func() {
			if err := ann.React(t.Context(), hi, fmt.Sprint(n)); err != nil {
				t.Error(err)
			}
		})
	}
	reacting.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count > 1 {
		t.Error("the server took it for a flood")
	}
}

// canceled returns a context that has ended.
func canceled(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func TestOneGoroutinesMessagesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:", func(o *snug.Options) {
		o.Limits.Off, o.Limits.MessageRate, o.Limits.MessageBurst = false, 200, 1
	})
	ann := join(t, s.Addr, client.Options{})
	for n := range 50 {
		if seq := say(t, ann, fmt.Sprint(n)); seq != uint64(n)+1 {
			t.Fatalf("message %d is event %d", n, seq)
		}
	}
}

func TestWhoGivesUpLearnsTheIDToTryAgainWith(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:")
	p := newProxy(t, s.Addr, 0, 0)
	ann, bob := join(t, p.addr, client.Options{}), join(t, s.Addr, client.Options{Nick: "bob"})
	p.hold()
	ctx, cancel := context.WithCancel(t.Context())
	sent := make(chan error, 1)
	go func() {
		_, err := ann.Send(ctx, client.Message{Content: "hi"})
		sent <- err
	}()
	contents(t, bob, 1)
	cancel()
	err := <-sent
	var unknown *client.UnknownError
	if !errors.As(err, &unknown) || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), unknown.ID) {
		t.Fatalf("gave up with %v", err)
	}
	p.release()
	if seq, err := ann.Send(t.Context(), client.Message{ID: unknown.ID, Content: "hi"}); seq != 1 || err != nil {
		t.Errorf("tried again: event %d, %v", seq, err)
	}
	_, err = ann.Send(canceled(t), client.Message{Content: "never"})
	if errors.As(err, &unknown) || !errors.Is(err, context.Canceled) {
		t.Errorf("what was never written: %v", err)
	}
}
