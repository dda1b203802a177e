package client_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"snug/client"
	"snug/protocol"
)

func TestAMessageWhoseIDMayBeForgottenIsNotSentAgain(t *testing.T) {
	t.Parallel()
	addr := startFake(t, func(f *fakeConn) {
		if f.n == 1 {
			f.welcome("e", 0)
			f.hear()
			return
		}
		f.welcome("e", 20_001)
		f.event(protocol.EventGap, protocol.Gap{First: 1, Last: 20_000})
		f.message(20_001, "m2", "x", "x")
		if c := f.hear(); c.Type != "" {
			t.Errorf("sent again: %+v", c)
		}
	})
	r := join(t, addr, client.Options{})
	_, err := r.Send(t.Context(), client.Message{Content: "x"})
	var unknown *client.UnknownError
	if !errors.As(err, &unknown) || !errors.Is(err, client.ErrTooOld) {
		t.Errorf("the outcome is %v", err)
	}
}

func TestUnsettledMessagesAreSentAgainInOrderAfterTheReplay(t *testing.T) {
	t.Parallel()
	const messages = 20
	again := make(chan []string, 1)
	addr := startFake(t, func(f *fakeConn) {
		switch f.n {
		case 1:
			f.welcome("e", 0)
			for range messages {
				f.hear()
			}
		case 2:
			if f.join.Since == nil || f.join.Since.Seq != 0 || f.join.Seat != "s" {
				t.Errorf("came back with %+v", f.join)
			}
			heard := make(chan protocol.Command, messages)
			go func() {
				for c := f.hear(); c.Type != ""; c = f.hear() {
					heard <- c
				}
				close(heard)
			}()
			f.welcome("e", 2)
			f.message(1, "m1", "3", "x") // one of them had arrived
			for range 20 {               // the client has read as far as this, and has had time
				_ = f.ws.Ping(context.Background())
			}
			if len(heard) > 0 {
				t.Error("the rest is sent before the replay is read")
			}
			f.message(2, "m2", "5", "x") // another member's id is nothing to us
			var ids []string
			for len(ids) < messages-1 {
				c := <-heard
				ids = append(ids, c.ID)
				f.message(uint64(len(ids)+2), "m1", c.ID, c.Content)
			}
			again <- ids
			for range heard {
			}
		}
	})
	r := join(t, addr, client.Options{})
	sent := make(chan error)
	for n := range messages {
		go func() {
			_, err := r.Send(t.Context(), client.Message{ID: fmt.Sprint(n), Content: "x"})
			sent <- err
		}()
	}
	for range messages {
		if err := <-sent; err != nil {
			t.Error(err)
		}
	}
	ids := <-again
	if slices.Contains(ids, "3") || !slices.Contains(ids, "5") {
		t.Errorf("sent again: %v", ids)
	}
}

func TestSilenceAndUnavailableAreAnsweredWithTheSameAgain(t *testing.T) {
	t.Parallel()
	addr := startFake(t, func(f *fakeConn) {
		f.impatient = true
		f.welcome("e", 0)
		first := f.hear()
		for n := range 3 {
			again := f.hear() // the first time nothing is said
			if again.ID != first.ID || again.Content != "hi" {
				t.Errorf("%d: sent again as %+v, was %+v", n, again, first)
			}
			if n < 2 {
				f.say(protocol.AppendError(nil, &protocol.Error{Code: protocol.Unavailable, Message: "later", ID: first.ID}))
			}
		}
		f.event(protocol.EventAck, protocol.Ack{ID: first.ID, Seq: 7, Duplicate: true})
		f.drain()
	})
	r := join(t, addr, client.Options{})
	if seq := say(t, r, "hi"); seq != 7 {
		t.Errorf("settled as %d", seq)
	}
}
