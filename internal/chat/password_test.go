package chat_test

import (
	"fmt"
	"strings"
	"testing"

	"snug/internal/ratelimit"
	"snug/protocol"
)

// guess joins with a password and returns the answer.
func guess(c *client, password string) event {
	c.say(fmt.Sprintf(`{"type":"join","nick":"bob","password":%q}`, password))
	return c.next()
}

func TestWrongPasswordsTellNothing(t *testing.T) {
	h := open(t, func(s *setup) { s.room.NoOwners = false })
	h.v1(t, "room1", "ann").moderate("p", `"type":"set","password":"secret"`)
	c := h.dial(t, "room1", "", protocol.Subprotocol)
	far, near := guess(c, "x"), guess(c, "secreT") // nothing right, and all but one letter
	if far.Code != "bad-password" || near.raw != far.raw {
		t.Errorf("wrong passwords are answered with %s and %s", far.raw, near.raw)
	}
}

func TestWrongPasswordsAreLimited(t *testing.T) {
	h := open(t, withLimits, func(s *setup) {
		// So few that none is free again before a busy machine has checked as many.
		s.chat.AddressLimits, s.room.NoOwners = ratelimit.Limits{WrongPasswordsPerMinute: 2}, false
	})
	owner := h.v1(t, "room1", "ann")
	owner.moderate("p", `"type":"set","password":"secret"`) // which counts as one guess
	c := h.dial(t, "room1", "", protocol.Subprotocol)
	if e := guess(c, "x"); e.Code != "bad-password" {
		t.Fatalf("a wrong password is answered with %s", e.raw)
	}
	if e := guess(c, "secret"); e.Code != "too-many" || e.RetryAfterMS < 1000 {
		t.Errorf("after too many, the right one is answered with %s", e.raw)
	}
	if _, code := c.rest(); code != 4429 {
		t.Errorf("closed with %d", code)
	}
	if again := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"ann","seat":%q}`, owner.you.Seat)); again.you.Role != protocol.RoleOwner {
		t.Error("the owner is locked out")
	}
	if h.errors.all() != nil {
		t.Error("a guess is a fault")
	}
}

func TestAWrongPasswordMayBeTriedAgainInTheSameConnection(t *testing.T) {
	h := open(t, func(s *setup) { s.room.NoOwners = false })
	owner := h.v1(t, "room1", "ann")
	owner.moderate("p", `"type":"set","password":"secret"`)
	c := h.dial(t, "room1", "", protocol.Subprotocol)
	for _, frame := range []string{joinAnn, `{"type":"join","nick":"bob","password":"wrong"}`} {
		c.say(frame)
		if e := c.next(); e.Code != "bad-password" {
			t.Errorf("%s is answered with %s", frame, e.raw)
		}
	}
	h.refusals(t, "bad-password", 2)
	c.say(`{"type":"join","nick":"bob","password":"secret"}`)
	if e := c.next(); e.Type != "welcome" || e.Settings != (protocol.Settings{Password: true}) {
		t.Errorf("the right one is answered with %s", e.raw)
	}
	plainly := h.dial(t, "room1", "&password=wrong")
	if events, code := plainly.rest(); len(events) != 1 || events[0].Error == nil || !strings.HasPrefix(*events[0].Error, "bad-password") || code != 1008 {
		t.Errorf("a plain client is answered with %v and %d", events, code)
	}
	plainly = h.dial(t, "room1", "&password=secret")
	plainly.say(`{"Content":"hi"}`)
	if e := plainly.next(); e.content() != "hi" {
		t.Errorf("the right one is answered with %s", e.raw)
	}
}

// A repeat of what was taken is never refused for good: who sends it doesn't know.
func TestARepeatedPasswordIsNotRefusedForGood(t *testing.T) {
	h := open(t, withLimits, func(s *setup) {
		s.chat.AddressLimits, s.room.NoOwners = ratelimit.Limits{WrongPasswordsPerMinute: 1}, false
	})
	owner := h.v1(t, "room1", "ann")
	owner.moderate("p", `"type":"set","password":"secret"`)
	owner.say(`{"id":"p","type":"set","password":"secret"}`)
	if e := owner.next(); e.ID != "p" || (e.Type != "ack" && (e.Code != "unavailable" || e.RetryAfterMS < 1000)) {
		t.Errorf("it is answered with %s", e.raw)
	}
}
