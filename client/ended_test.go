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
		addr := pretend(t, func(f *fake) {
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
	h := open(t, "sqlite:", owned)
	p := between(t, h.addr, 0, 0)
	ann, bob := join(t, h.addr, client.Options{}), join(t, p.addr, client.Options{Nick: "bob"})
	p.hold()
	if err := ann.Ban(within(t), bob.You().Member, "spam", 0); err != nil {
		t.Fatal(err)
	}
	p.cut() // with the goodbye
	if err := ends(t, bob); !code(protocol.Banned)(err) || !strings.Contains(err.Error(), "spam") {
		t.Errorf("the events end with %v", err)
	}
	if _, err := bob.Send(within(t), client.Message{Content: "but"}); !code(protocol.Banned)(err) {
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
			addr := pretend(t, func(f *fake) {
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
			ctx, cancel := context.WithCancel(within(t))
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
