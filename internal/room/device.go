package room

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"snug/internal/journal"
	"snug/internal/room/policy"
	"snug/protocol"
)

// A member may be in the room on several devices. How far it has read is told to all of them,
// and a code makes another device the same member. Both are in the room's state, and not in the
// log.

// applyChanges makes of the room what changes of its state say that were made without an entry.
// It runs on the room's goroutine.
func (r *Room) applyChanges(changes []journal.Change) {
	if err := r.policy.Change(changes); err != nil {
		r.log().Error("a change of the room's state can't be applied", "err", err)
	}
	if slices.ContainsFunc(changes, func(c journal.Change) bool { return strings.HasPrefix(c.Key, policy.KeyKnock) }) {
		r.updateKnocks()
	}
	if slices.ContainsFunc(changes, func(c journal.Change) bool { return strings.HasPrefix(c.Key, policy.KeyDevice) }) {
		r.updateDeviceNicks()
	}
	for _, c := range changes {
		if member, ok := strings.CutPrefix(c.Key, policy.KeySeen); ok && c.Value != nil {
			r.tellSeen(member)
		}
	}
}

// tellSeen tells the connections that a member has on this node how far it has read, but for
// the one that said so.
func (r *Room) tellSeen(member string) {
	m, seq := r.roster.byID[member], r.policy.Seen(member)
	if m == nil {
		return
	}
	for _, p := range m.conns {
		if p.seen < seq && p.Cursor.Dialect().ShowsPresence() {
			p.client.Deliver(r.fanout.EncodeEvent(p.Cursor.Dialect(), protocol.EventSeen, protocol.Seen{Seq: seq}))
		}
	}
}

// stateTries bounds how often a change of the state is tried that others come before.
const stateTries = 5

// Seen notes that the member has read the events up to seq, and tells its other connections.
// It waits for the journal. The error is a [*protocol.Error], ErrClosed or ctx's.
func (p *Participant) Seen(ctx context.Context, seq uint64) error {
	you := p.You()
	if you.Guest || you.Member == "" || p.hook != nil {
		return protocol.Errorf(protocol.Forbidden, "nothing is stored for who has no seat in the room: join it")
	}
	if head := p.room.Head(); seq > head {
		return protocol.Errorf(protocol.NotFound, "there is no event %d to have seen: the last one is %d", seq, head)
	}
	return p.changeState(ctx, func(r *Room) (journal.Draft, bool, error) {
		p.seen = max(p.seen, seq)
		d, ok := r.policy.SeeUpTo(string(r.code), you.Member, seq)
		return d, ok, nil
	})
}

// changeState appends the draft that change returns, which runs on the room's goroutine; ok is
// false if there is nothing to change. If others have changed the same before, it asks again.
func (p *Participant) changeState(ctx context.Context, change func(*Room) (d journal.Draft, ok bool, err error)) error {
	type answer struct {
		journal.Draft
		ok  bool
		err error
	}
	for range stateTries {
		a, err := ask(ctx, p.room, func() (a answer) {
			p.room.takeCommitted()
			a.Draft, a.ok, a.err = change(p.room)
			return a
		})
		if err == nil {
			err = a.err
		}
		if err != nil || !a.ok {
			return err
		}
		switch _, err := journal.Commit(ctx, p.room.journal, a.Draft); {
		case err == nil:
			return nil
		case !errors.Is(err, journal.ErrChanged):
			return Refusal(err)
		}
	}
	return Refusal(journal.ErrUnavailable)
}

// Transfer returns a code by which another device becomes the same member, once. The URL is
// relative to the server's own. It waits and fails as Seen does.
func (p *Participant) Transfer(ctx context.Context) (t protocol.Transfer, err error) {
	you := p.You()
	if you.Guest || you.Member == "" || p.hook != nil || p.byToken {
		return t, protocol.Errorf(protocol.Forbidden, "only who joined with a seat can pass it on to another device: with a token, join there with the token")
	}
	code := newTransferCode()
	err = p.changeState(ctx, func(r *Room) (journal.Draft, bool, error) {
		d, until, err := r.policy.NewTransfer(string(r.code), r.transferKey(code), you.Member, p.seats, time.Now())
		t = protocol.Transfer{Code: code, URL: LinkPath + string(r.code) + "#transfer=" + code, Until: until}
		return d, true, err
	})
	return t, err
}

// LinkPath is the path of a room's link, below the server's own, without the code.
const LinkPath = "r/"

// transferAlphabet is Crockford's base 32, without I, L, O and U.
const transferAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// transferChars is how long a code is: 50 bits, for two minutes, with few guesses a minute.
const transferChars = 10

func newTransferCode() string {
	var b [transferChars]byte
	rand.Read(b[:]) // never fails: crypto/rand's contract
	for i := range b {
		b[i] = transferAlphabet[b[i]%byte(len(transferAlphabet))]
	}
	return string(b[:transferChars/2]) + "-" + string(b[transferChars/2:])
}

// transferKey returns what is stored of a code, as people may have typed it.
func (r *Room) transferKey(code string) string {
	plain := strings.Map(func(c rune) rune {
		switch c {
		case '-', ' ':
			return -1
		case 'I', 'L':
			return '1'
		case 'O':
			return '0'
		}
		return c
	}, strings.ToUpper(code))
	mac := r.registry.transfers.Sum(r.seatScope(), "\x00", plain)
	return hex.EncodeToString(mac[:16])
}

// redeem makes the joining client the member that its code of a transfer stands for.
func (j *joining) redeem(ctx context.Context) error {
	if j.Transfer == "" {
		return nil
	}
	if j.Holder != nil {
		return protocol.Errorf(protocol.Forbidden, "a token says who you are: join without the code of a transfer")
	}
	var t policy.Transfer
	right, retryAfter, err := j.Quota.TryPassword(ctx, func() (right bool, err error) {
		t, err = j.room.redeem(ctx, j.Transfer)
		return t.Member != "", err
	})
	switch {
	case retryAfter > 0:
		return tooManyPasswords(retryAfter)
	case err != nil:
		return err
	case !right:
		return protocol.Errorf(protocol.NotFound, "the code is wrong, was used, or is too old: ask for another one on the other device")
	}
	j.member = protocol.Member{Member: t.Member, Role: protocol.RoleMember}
	j.isNew, j.seatGeneration = false, t.Seats
	return nil
}

// redeem uses up the code of a transfer, and returns what it stood for; without a member for
// nothing.
func (r *Room) redeem(ctx context.Context, code string) (t policy.Transfer, err error) {
	key := r.transferKey(code)
	holds := false
	err = r.find(ctx, func() bool {
		t, holds = r.policy.Transfer(key, time.Now())
		return holds
	})
	if err != nil || !holds {
		return policy.Transfer{}, err
	}
	switch _, err := journal.Commit(ctx, r.journal, t.Redeem(string(r.code))); {
	case errors.Is(err, journal.ErrChanged): // another one was first, or it is too late
		return policy.Transfer{}, nil
	case err != nil:
		return policy.Transfer{}, Refusal(err)
	}
	return t, nil
}
