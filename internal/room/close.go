package room

import (
	"strconv"
	"time"

	"snug/internal/journal"
	"snug/internal/room/policy"
	"snug/protocol"
)

// A room is closed by the last event of its log, after which the journal has erased the log.
// Until the code can be used again, there is an empty room that admits nobody.

// closing is that a room was closed.
type closing struct {
	until time.Time // when the code can be used again; the zero time if the room isn't closed
	seen  bool      // this Room has had the log that was erased, so it can't be the next room
}

// refusal returns what somebody is told who comes to the room; nil if it isn't closed.
func (c *closing) refusal(now time.Time) *protocol.Error {
	if c.seen || now.Before(c.until) {
		return closedRoom(max(c.until.Sub(now), time.Second))
	}
	return nil
}

func closedRoom(retryAfter time.Duration) *protocol.Error {
	e := protocol.Errorf(protocol.Closed, "the room was closed: its code can be used again in %v", policy.WholeSeconds(retryAfter))
	e.RetryAfter = retryAfter
	return e
}

// seatScope is what a seat of the room is bound to: a seat of a room that was closed isn't valid
// in a later one with its code.
func (r *Room) seatScope() string {
	if r.generation == 0 {
		return string(r.code)
	}
	return string(r.code) + "/" + strconv.FormatUint(r.generation, 10) // no code has a slash
}

// seat returns a seat of a member. That of a member with a token is valid only together with one: where
// others come without, it would outlive the token.
func (r *Room) seat(member string, generation uint64, byToken bool) string {
	scope := r.seatScope()
	if byToken {
		scope += tokenScope
	}
	return r.registry.seats.Seat(scope, member, generation)
}

// tokenScope follows the scope of seats of members with a token.
const tokenScope = "/token"

// close ends the connections of everyone in the room, as e, the last event of its log, says.
// It runs on the room's goroutine.
func (r *Room) close(e *journal.Entry) {
	r.closing = closing{until: e.At.Add(protocol.ClosedFor), seen: true}
	for r.fanout.Pending() { // so that everyone first gets the event
		r.flush()
	}
	for _, m := range r.roster.byID {
		for _, p := range m.conns {
			p.client.Expel(protocol.GoodbyeClosed)
		}
	}
	for _, k := range r.knockers {
		k.client.Expel(protocol.GoodbyeClosed)
	}
	refusal := r.closing.refusal(time.Now())
	for p := range r.readers {
		p.client.Refuse(refusal)
	}
	r.idleIfUnread()
}
