package room

import (
	"time"

	"snug/internal/room/policy"
	"snug/protocol"
)

// Readers read a room without being members of it. They are admitted by the same rules,
// and again whenever the room's policy changes. The members are told how many there are
// on this node. What is here runs on the room's goroutine.

// entrant is what admits somebody who isn't in the roster: a reader, or a visitor.
type entrant struct {
	policy.Visitor
	seatGeneration uint64 // of the seat that it came with
}

// attachReader puts a reader at the end of the buffer, and fills its welcome.
func (r *Room) attachReader(j *joining) {
	p := j.participant
	p.you.Store(&memberInfo{})
	r.timers.stop(idleTimer)
	r.timers.set(trimTimer, trimAfter) // of the pages that the reader is going to read
	if r.readers == nil {
		r.readers = make(map[*Participant]entrant)
	}
	r.readers[p] = entrant{j.visitor(), j.seatGeneration}
	r.countReaders()
	r.fillWelcome(j, r.fanout.Attach(&p.Cursor, j.Dialect, p.client))
}

// leaveReader removes a reader from the room.
func (r *Room) leaveReader(p *Participant) {
	r.fanout.Detach(&p.Cursor)
	delete(r.readers, p)
	r.countReaders()
	if r.idleIfUnread(); r.unused() {
		r.timers.set(idleTimer, retireUnused)
	}
}

// retireUnused is how long an unused room stays open: as long as it takes who has looked at
// it to let it go.
const retireUnused = 100 * time.Millisecond

// unused reports whether nobody is in the room, and nobody has ever said anything there. A
// room that was only looked at, or that refused who came, would otherwise take a place for a
// while, and codes cost nothing.
func (r *Room) unused() bool { return r.Head() == 0 && !r.fanout.HasReaders() }

// idleTime returns how long the room stays open in which nobody is.
func (r *Room) idleTime() time.Duration {
	if r.unused() {
		return min(retireUnused, r.registry.options.Idle)
	}
	return r.registry.options.Idle
}

// countReaders has the members told how many readers there are, for all changes within a
// second.
func (r *Room) countReaders() {
	if !r.readersPending {
		r.readersPending = true
		r.timers.set(readersTimer, protocol.CrowdEvery)
	}
}

// broadcastReaders tells the number of readers, if it isn't what was told last.
func (r *Room) broadcastReaders() {
	r.readersPending = false
	if n := len(r.readers); n != r.readersTold {
		r.readersTold = n
		r.broadcast(protocol.EventReaders, protocol.Readers{Count: n})
	}
}

// admitReadersAgain ends the connections of readers whom the policy no longer admits.
func (r *Room) admitReadersAgain() {
	for p, v := range r.readers {
		switch refusal := r.admitAgain(&v); {
		case r.isRevoked(&v):
			p.client.Expel(protocol.GoodbyeRevoked)
		case refusal != nil:
			p.client.Refuse(refusal)
		}
	}
}

// admitAgain returns why the policy no longer admits somebody; nil if it does.
func (r *Room) admitAgain(v *entrant) *protocol.Error {
	admission := r.policy.Admit(v.Visitor, time.Now())
	switch {
	case r.isRevoked(v):
		return seatRevoked()
	case admission.Refusal != nil:
		return admission.Refusal
	case admission.Password != "" && v.Password != "":
		return protocol.Errorf(protocol.BadPassword, "the room has another password now: come back with that")
	case admission.Password != "":
		return protocol.Errorf(protocol.BadPassword, "the room has a password now: come back with that")
	}
	return nil
}

// isRevoked reports whether the seat that somebody came with was revoked.
func (r *Room) isRevoked(v *entrant) bool {
	return !v.IsNew && v.seatGeneration < r.policy.SeatGeneration(v.Member)
}
