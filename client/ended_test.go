package client_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"snug/client"
	"snug/protocol"
)

func TestAGoodbyeWithoutItsCloseIsForGoodToo(t *testing.T) {
	t.Parallel()
	for _, why := range []string{protocol.GoodbyeKicked, protocol.GoodbyeBanned} {
		addr := startFake(t, func(f *fakeConn) {
			if f.n > 1 {
				t.Errorf("came back after %s", why)
			}
			f.welcome("e", 0)
			f.event(protocol.EventGoodbye, protocol.Goodbye{Code: why})
			_ = f.ws.CloseNow()
		})
		var ended *client.EndedError
		if err := ends(t, join(t, addr, client.Options{})); !errors.As(err, &ended) || ended.Reason != why || ended.Code != protocol.CloseBanned {
			t.Errorf("%s: %v", why, err)
		}
	}
}

func TestWhoWasBannedWhileCutOffStaysAway(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	p := newProxy(t, s.Addr, 0, 0)
	ann, bob := join(t, s.Addr, client.Options{}), join(t, p.addr, client.Options{Nick: "bob"})
	p.hold()
	if err := ann.Ban(t.Context(), bob.You().Member, "spam", 0); err != nil {
		t.Fatal(err)
	}
	p.cut() // with the goodbye
	if err := ends(t, bob); !code(protocol.Banned)(err) || !strings.Contains(err.Error(), "spam") {
		t.Errorf("the events end with %v", err)
	}
	if _, err := bob.Send(t.Context(), client.Message{Content: "but"}); !code(protocol.Banned)(err) {
		t.Errorf("a message afterwards: %v", err)
	}
}

func TestWhichRefusalsOfAJoinAreForGood(t *testing.T) {
	t.Parallel()
	for refusal, final := range map[protocol.ErrorCode]bool{
		protocol.Banned: true, protocol.Locked: true, protocol.BadPassword: true,
		protocol.RoomFull: false, protocol.TooMany: false, protocol.Unavailable: false,
	} {
		t.Run(string(refusal), func(t *testing.T) {
			t.Parallel()
			addr := startFake(t, func(f *fakeConn) {
				switch f.n {
				case 1:
					f.welcome("e", 0)
				case 2:
					f.say(protocol.AppendError(nil, &protocol.Error{Code: refusal, Message: "why", RetryAfter: time.Millisecond}))
					_ = f.ws.Close(websocket.StatusPolicyViolation, "")
				default:
					if final {
						t.Error("came back again")
					}
					f.welcome("e", 0)
					f.drain()
				}
			})
			r := join(t, addr, client.Options{})
			var seen []string
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var last error
			for e, err := range r.Events(ctx) {
				switch e := e.(type) {
				case *client.Connected:
					if seen = append(seen, "connected"); len(seen) > 1 {
						cancel()
					}
				case *client.Disconnected:
					if code(refusal)(e.Err) {
						seen = append(seen, "refused")
					}
				}
				last = err
			}
			if final && !code(refusal)(last) {
				t.Errorf("the events end with %v", last)
			}
			if want := []string{"connected", "refused", "connected"}; !final && !slices.Equal(seen, want) {
				t.Errorf("%v, then %v; want %v", seen, last, want)
			}
		})
	}
}

func TestSomeClosingsAreForGood(t *testing.T) {
	t.Parallel()
	for _, code := range []websocket.StatusCode{4401, 4403, 4404} {
		addr := startFake(t, func(f *fakeConn) {
			if f.n > 1 {
				t.Errorf("came back after %d", code)
			}
			f.welcome("e", 0)
			f.message(1, "m2", "x", "the last words")
			f.hear()
			_ = f.ws.Close(code, "why")
		})
		r := join(t, addr, client.Options{})
		_, err := r.Send(t.Context(), client.Message{Content: "x"})
		var unknown *client.UnknownError
		if errors.As(err, &unknown) != (code != 4404) { // with its room, a message is over, too
			t.Errorf("%d: the message under way: %v", code, err)
		}
		if got := contents(t, r, 1); got[0] != "the last words" {
			t.Errorf("%d: read %q", code, got)
		}
		var ended *client.EndedError
		for _, err = range r.Events(t.Context()) {
		}
		if !errors.As(err, &ended) || ended.Code != protocol.CloseCode(code) || ended.Reason != "why" {
			t.Errorf("%d: the events end with %v", code, err)
		}
		if _, err := r.Send(t.Context(), client.Message{Content: "x"}); !errors.As(err, &ended) {
			t.Errorf("%d: a message afterwards: %v", code, err)
		}
		if err := r.Close(); err != nil {
			t.Errorf("%d: close: %v", code, err)
		}
	}
}

func TestGoodbyeSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	addr := startFake(t, func(f *fakeConn) {
		f.welcome("e", 0)
		f.event(protocol.EventGoodbye, protocol.Goodbye{Code: protocol.GoodbyeDraining, ReconnectAfterMS: 4321})
		_ = f.ws.Close(websocket.StatusGoingAway, "")
	})
	r := join(t, addr, client.Options{})
	if d := until[*client.Disconnected](t, r); d.Retry != 4321*time.Millisecond {
		t.Errorf("comes back in %v", d.Retry)
	}
}
