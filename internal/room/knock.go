package room

import (
	"context"
	"errors"
	"time"

	"snug/internal/journal"
	"snug/internal/room/policy"
	"snug/protocol"
)

// Newcomers may wait before a locked room until somebody lets them in. That they wait is in the
// room's state, so that owners and moderators on all nodes are told; the node that a newcomer is
// connected to has its Knocker, and gives it a seat when the log says that it is admitted.

// Knocker is one connection that waits before a locked room, from [Registry.Knock] to Leave. Its
// methods are safe for concurrent use.
type Knocker struct {
	room    *Room
	client  Client
	dialect protocol.Dialect
	knock   policy.Knock
	nick    Nick // that was asked for
	visitor policy.Visitor
	byToken bool // who it is, a token says

	// Of the room's goroutine.
	answered bool // the client was told that it waits
	admitted bool // by somebody, so the log's state no longer says that it waits
	mayJoin  bool // it was admitted, or nothing keeps it out any more
	unlocked bool // the client was told that the room isn't locked any more, but has a password
}

// Knock has a connection wait before a room, and tells its client so, and later, when somebody
// admits it, the seat to join with. It waits for the journal. The error is a [*protocol.Error],
// with code forbidden if the room isn't locked, ErrTooMany, ErrClosed, ctx's or the journal's.
// The caller calls [Knocker.Leave] in the end.
func (g *Registry) Knock(ctx context.Context, code Code, q Request, note string) (*Knocker, error) {
	r, err := g.acquire(code)
	if err != nil {
		return nil, err
	}
	j := g.newJoining(r, q)
	k := &Knocker{room: r, client: j.Client, dialect: q.Dialect, byToken: q.Holder != nil}
	if err = r.catchUp(ctx); err == nil { // which waits until the room is open
		j.identify()
		k.knock = policy.Knock{Member: j.member.Member, Note: note, Address: j.participant.address}
		k.nick, k.visitor = q.Nick, j.visitor()
		err = k.wait(ctx)
	}
	if err != nil {
		k.Leave()
		return nil, err
	}
	return k, nil
}

// wait makes the knock part of the room's state, and then tells the client.
func (k *Knocker) wait(ctx context.Context) error {
	type answer struct {
		draft   journal.Draft
		refusal *protocol.Error
		err     error
	}
	for range stateTries {
		var a answer
		err := k.room.find(ctx, func() bool { // another node may have told of the lock
			if a.refusal = k.room.judgeKnock(k, time.Now()); a.refusal == nil {
				a.draft, a.err = k.room.registerKnock(k, time.Now())
			}
			return !mayBeLifted(a.refusal)
		})
		switch {
		case err != nil:
			return err
		case a.refusal != nil:
			return a.refusal
		case a.err != nil:
			k.room.log().Error("a knock can't be encoded", "err", a.err)
			return internalError()
		}
		switch _, err := journal.Commit(ctx, k.room.journal, a.draft); {
		case err == nil:
			_, err = ask(ctx, k.room, func() (none struct{}) {
				k.tell(protocol.EventKnock, protocol.Knock{Member: k.knock.Member, Nick: k.knock.Nick, Note: k.knock.Note})
				if k.answered = true; k.mayJoin {
					k.tellSeat()
				}
				k.room.reviewKnocker(k)
				return none
			})
			return err
		case !errors.Is(err, journal.ErrChanged):
			return Refusal(err)
		}
	}
	return Refusal(journal.ErrUnavailable)
}

// judgeKnock returns why a newcomer may not wait before the room; nil if it may. This and what
// follows runs on the room's goroutine.
func (r *Room) judgeKnock(k *Knocker, now time.Time) *protocol.Error {
	if e := r.closing.refusal(now); e != nil {
		return e
	}
	switch admission := r.policy.Admit(k.visitor, now); {
	case admission.Refusal == nil:
		return protocol.Errorf(protocol.Forbidden, "the room isn't locked: join it")
	case admission.Refusal.Code != protocol.Locked:
		return admission.Refusal
	}
	var under []policy.Knock
	for _, other := range r.knockers {
		if other != k {
			under = append(under, other.knock)
		}
	}
	return r.policy.JudgeKnock(k.knock, under, now)
}

// registerKnock returns the draft by which k waits.
func (r *Room) registerKnock(k *Knocker, now time.Time) (d journal.Draft, err error) {
	k.knock.Nick = r.roster.free(k.nick).Shown // or it would look like somebody inside
	k.knock.Until = now.Add(protocol.KnockFor).UTC().Truncate(time.Millisecond)
	if d, k.knock, err = r.policy.Wait(string(r.code), k.knock, now); err != nil {
		return d, err
	}
	if r.knockers == nil {
		r.knockers = make(map[string]*Knocker)
	}
	r.knockers[k.knock.Member] = k
	return d, nil
}

func (k *Knocker) tell(typ protocol.EventType, fields any) {
	k.client.Answer(k.room.fanout.EncodeEvent(k.dialect, typ, fields))
}

func (k *Knocker) tellSeat() {
	member := k.knock.Member
	k.tell(protocol.EventSeat, protocol.Seat{Seat: k.room.seat(member, k.room.policy.SeatGeneration(member), k.byToken)})
}

// admitKnocker gives a member that was admitted its seat, if it waits on this node.
func (r *Room) admitKnocker(member string) {
	if k := r.knockers[member]; k != nil {
		k.admitted = true
		k.letIn()
	}
	r.updateKnocks()
}

// reviewKnocker gives k its seat if nothing keeps it out any more, such as when the room was unlocked, and
// ends its connection if somebody at its address was banned meanwhile. A seat would be as good as the
// room's password, which k hasn't shown to know: it is told to join with it.
func (r *Room) reviewKnocker(k *Knocker) {
	if !k.answered || k.mayJoin {
		return
	}
	admission := r.policy.Admit(k.visitor, time.Now())
	told := k.unlocked
	k.unlocked = admission.Refusal == nil && admission.Password != ""
	switch {
	case k.unlocked && !told:
		k.client.Tell(protocol.Errorf(protocol.Forbidden, "the room isn't locked any more, but has a password: join it with that"))
	case k.unlocked:
	case admission.Refusal == nil:
		k.letIn()
	case admission.Refusal.Address: // who is banned itself is expelled
		k.client.Refuse(admission.Refusal)
	}
}

// letIn gives k's client its seat, once.
func (k *Knocker) letIn() {
	if k.mayJoin {
		return
	}
	if k.mayJoin = true; k.answered {
		k.tellSeat()
	}
}

// updateKnocks tells owners and moderators who waits now, and who no longer does.
func (r *Room) updateKnocks() {
	waiting := make(map[string]bool)
	r.timers.stop(knockTimer)
	for _, k := range r.policy.Knocks(time.Now()) {
		if len(waiting) == 0 { // it has waited for longest
			r.timers.set(knockTimer, time.Until(k.Until)+time.Millisecond)
		}
		waiting[k.Member] = true
		if told := (protocol.Knock{Member: k.Member, Nick: k.Nick, Note: k.Note}); r.knocks[k.Member] != told {
			if r.knocks == nil {
				r.knocks = make(map[string]protocol.Knock)
			}
			r.knocks[k.Member] = told
			r.tellModerators(told)
		}
	}
	for member := range r.knocks {
		if !waiting[member] {
			delete(r.knocks, member)
			r.tellModerators(protocol.Knock{Member: member, Gone: true})
		}
	}
}

func (r *Room) tellModerators(k protocol.Knock) {
	for _, m := range r.roster.members {
		for _, p := range m.conns {
			r.tellKnock(p, k)
		}
	}
}

// tellKnock tells p of somebody who waits, or no longer does, if p is for an owner or a moderator.
func (r *Room) tellKnock(p *Participant, k protocol.Knock) {
	if d := p.Cursor.Dialect(); d.ShowsPresence() && policy.AtLeast(p.You().Role, protocol.RoleModerator) && !r.closing.seen {
		p.client.Deliver(r.fanout.EncodeEvent(d, protocol.EventKnock, k))
	}
}

// tellKnocks tells connections of all who wait.
func (r *Room) tellKnocks(conns ...*Participant) {
	for _, p := range conns {
		for _, k := range r.knocks {
			r.tellKnock(p, k)
		}
	}
}

// Until returns when the connection has waited for too long.
func (k *Knocker) Until() time.Time { return k.knock.Until }

// Leave ends the wait. It is called once. It waits for the journal, for at most RetryAfter: if that
// accepts nothing, the others find out when the newcomer would have waited for too long.
func (k *Knocker) Leave() {
	defer k.room.registry.release(k.room)
	ctx, cancel := context.WithTimeout(context.Background(), RetryAfter)
	defer cancel()
	waits, err := ask(ctx, k.room, func() bool {
		if k.room.knockers[k.knock.Member] != k {
			return false
		}
		delete(k.room.knockers, k.knock.Member)
		return !k.admitted
	})
	if err == nil && waits {
		_, _ = journal.Commit(ctx, k.room.journal, k.knock.Gone(string(k.room.code))) // see above
	}
}
