package room

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// Moderation is a command about the room itself or someone in it.
type Moderation struct {
	ID       string
	Action   protocol.Action
	Member   string                  // kick, ban, unban, role: whom
	Reason   string                  // kick, ban
	For      time.Duration           // ban; 0 for good
	Role     protocol.Role           // role
	Settings protocol.SettingsChange // set
	Password string                  // set: the new one, if Settings say that there is one
}

// Moderate carries m out as far as the member may. It waits for the room, and
// where a password is set for its hash; what became of it comes to done. It is
// refused with a [*protocol.Error], by the error or to done.
func (p *Participant) Moderate(ctx context.Context, m Moderation, done journal.Done) error {
	o := order{participant: p, Moderation: m}
	if m.Settings.Password != nil && *m.Settings.Password {
		// As a guess that is wrong, since hashing costs as much.
		_, err := p.client.Guess(ctx, func() (bool, error) {
			hash, err := p.room.registry.passwords.Hash(ctx, m.Password, string(p.room.code)+"/"+p.You().Member+"/"+m.ID)
			o.hash = hash
			return false, err
		})
		if err != nil {
			e := *Refusal(err)
			if e.Code == protocol.TooMany { // whether it repeats one that was taken only its hash tells
				e.Code = protocol.Unavailable
			}
			return &e
		}
	}
	m.Password = o.hash // a digest of the password itself would be a quick way to guess it
	said, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write what was said: %w", err)
	}
	r, err := ask(ctx, p.room, func() ruling { return p.room.rule(&o) })
	if err != nil {
		return Refusal(err)
	}
	r.draft.DedupBody = said
	if r.refusal != nil {
		return p.refuse(ctx, r.draft, r.refusal, done)
	}
	return p.append(ctx, r.draft, done)
}

// Bans lists who is banned. The error is a [*protocol.Error] or ErrClosed.
func (p *Participant) Bans(ctx context.Context) ([]protocol.Ban, error) {
	if rank(p.You().Role) < rank(protocol.RoleModerator) {
		return nil, forbidden("see who is banned")
	}
	return ask(ctx, p.room, func() []protocol.Ban { return p.room.policy.list(time.Now()) })
}

// moderated is the draft of a moderated event.
func moderated(code Code, id string, from protocol.Member, body protocol.ModeratedBody, private hidden) (journal.Draft, error) {
	d := journal.Draft{
		Room:  string(code),
		Event: protocol.Event{Type: protocol.EventModerated, ID: id, From: from, Body: body.Encode()},
	}
	var err error
	if d.Private, err = json.Marshal(private); err != nil {
		return d, fmt.Errorf("write what is private: %w", err)
	}
	d.State, err = project(&d.Event, d.Private)
	return d, err
}

// moderate makes the room what a moderated event of its log says it is now.
func (r *Room) moderate(e *journal.Entry) {
	changes, err := project(&e.Event, e.Private)
	for _, c := range changes {
		if err == nil {
			err = r.policy.apply(c)
		}
	}
	if err != nil {
		r.log().Error("a room doesn't understand its log", "seq", e.Seq, "err", err)
		return
	}
	r.slow.Store(r.policy.settings.SlowMS)
	body, _ := e.Moderated() // project has read it
	switch body.Action {
	case protocol.ActionClaim, protocol.ActionRole:
		r.roster.promote(body.Member, body.Role)
	case protocol.ActionKick:
		r.expel(body.Member, protocol.GoodbyeKicked)
	case protocol.ActionBan:
		r.expel(body.Member, protocol.GoodbyeBanned)
	}
}
