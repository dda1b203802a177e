package room

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"snug/internal/auth"
	"snug/internal/room/policy"
	"snug/protocol"
)

// Visit admits somebody to a room who has no connection to it, for one command: as Join
// does, except that nobody is told, the roster stays as it is, and no room is claimed. The
// member has the nick that it has in the room, or Request.Nick, or else one made of its ID;
// a nick that somebody else has gets a suffix. Visit waits and fails as Join does. The
// caller calls [Participant.Leave] in the end.
func (g *Registry) Visit(ctx context.Context, code Code, q Request) (*Participant, error) {
	j, err := g.enter(ctx, code, q, true)
	if err != nil {
		return nil, err
	}
	return j.participant, nil
}

// visit makes the visitor of j the member that it acts as. It runs on the room's goroutine.
func (r *Room) visit(j *joining) {
	p, who := j.participant, j.member
	if j.Reads {
		p.you.Store(&memberInfo{})
		return
	}
	if !j.Program {
		p.visitor = &entrant{j.visitor(), j.seatGeneration}
	}
	m := r.roster.byID[who.Member]
	if m == nil {
		nick := j.Nick
		if nick == (Nick{}) {
			nick = nickOfMember(who)
		}
		who.Role = r.policy.Role(who.Member)
		m = r.roster.visitor(who, r.roster.free(nick), p.address)
	}
	p.member, p.spoke, p.seats = m, &m.spoke, j.seatGeneration
	if m.Guest {
		p.spoke = r.guestTurns.of(p.address)
	}
	p.you.Store(m.withRole(policy.Higher(m.stored, p.granted)))
}

// updateVisitor gives a visitor that is a member the role that it has by now. It runs on the room's goroutine.
func (r *Room) updateVisitor(p *Participant) {
	if p.visits && p.member != nil {
		you := p.you.Load()
		stored := r.policy.Role(you.Member.Member)
		p.you.Store(&memberInfo{you.withRole(policy.Higher(stored, p.granted)).Member, stored})
	}
}

// nickOfMember returns the nick of a member that has chosen none.
func nickOfMember(who protocol.Member) Nick {
	kind := "member-"
	if who.Guest {
		kind = "guest-"
	}
	id := strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' {
			return c
		}
		return -1
	}, strings.ToLower(who.Member))
	nick, _ := comparableNick(kind + id[:min(len(id), nickOfMemberChars)]) // it has nothing that PRECIS refuses
	return nick
}

// nickOfMemberChars is how much of a member's ID is in the nick that is made of it.
const nickOfMemberChars = 6

// guestTurns is when guests without a connection last had a turn in slow mode, by their
// keyed address: each of their messages may be another member's.
type guestTurns map[string]*lastTurn

// maxGuestTurns bounds the addresses that are remembered.
const maxGuestTurns = 1000

func (g *guestTurns) of(address string) *lastTurn {
	narrow, _, _ := strings.Cut(address, policy.NetworkSeparator)
	if t := (*g)[narrow]; t != nil {
		return t
	}
	if *g == nil {
		*g = make(guestTurns)
	}
	if len(*g) >= maxGuestTurns {
		g.forget()
	}
	t := new(lastTurn)
	(*g)[narrow] = t
	return t
}

// forget forgets the turns that no slow mode asks for any more or, if there are none, any
// one.
func (g *guestTurns) forget() {
	before := len(*g)
	for address, t := range *g {
		if at := t.Load(); at == nil || time.Since(*at) > protocol.MaxSlow {
			delete(*g, address)
		}
	}
	for address := range *g { // any one: map order is random
		if len(*g) < before {
			return
		}
		delete(*g, address)
	}
}

// GuestMember returns the member of somebody without a seat who sends a command to a room
// from an address, with a key: with the same key it is the same member, so that a retry is
// recognised. Without a key it is a new one.
func (g *Registry) GuestMember(code Code, address, key string) string {
	if key == "" {
		return auth.NewMember()
	}
	mac := g.addresses.Sum("guest", "\x00", string(code), "\x00", address, "\x00", key)
	return hex.EncodeToString(mac[:len(auth.NewMember())/2])
}

// programMember returns the member that the program which embeds the server is by a nick.
func (g *Registry) programMember(nick Nick) string {
	mac := g.addresses.Sum("program", "\x00", nick.Shown)
	return hex.EncodeToString(mac[:len(auth.NewMember())/2])
}

// Describe returns what somebody should know of a room before they join it: of a locked one
// or one with a password only that. It opens the room, but makes nothing.
func (g *Registry) Describe(ctx context.Context, code Code) (protocol.Description, error) {
	r, err := g.acquire(code)
	if err != nil {
		return protocol.Description{}, err
	}
	defer g.release(r)
	a, err := ask(ctx, r, func() (a described) {
		if a.refusal = r.closing.refusal(time.Now()); a.refusal != nil {
			return a
		}
		s := r.policy.Settings()
		d := &a.Description
		*d = protocol.Description{Locked: s.Locked, Password: s.Password}
		if !s.Locked && !s.Password {
			count := r.roster.count()
			d.Topic, d.Count = &s.Topic, &count
			d.Members = r.roster.list()[:min(count, protocol.MembersDescribed)]
			if s.Name != "" {
				d.Name = &s.Name
			}
		}
		return a
	})
	if err == nil && a.refusal != nil {
		err = a.refusal
	}
	return a.Description, err
}

// described is a description, or why there is none.
type described struct {
	protocol.Description
	refusal *protocol.Error
}
