package policy

import (
	"time"

	"snug/protocol"
)

// Visitor is someone who wants to join.
type Visitor struct {
	Member   string
	Granted  protocol.Role // by a token; empty for none
	Address  string        // keyed; empty where a ban can't go by it
	IsNew    bool          // comes without a seat of the room
	Password string        // the hash of the password that the visitor has proved to know; empty for none
	Reads    bool          // only wants to read
	Admitted bool          // by an invite
}

// Admission is how a visitor's join goes on, as far as the policy says.
type Admission struct {
	Refusal  *protocol.Error // the visitor is not let in
	Password string          // the visitor must prove to know the password with this hash; empty if not
	Always   bool            // comes in even when the room is full
}

// Admit says whether v may come in. Owners always may, or a room could be lost.
func (p *Policy) Admit(v Visitor, now time.Time) Admission {
	if Higher(p.Role(v.Member), v.Granted) == protocol.RoleOwner {
		return Admission{Always: true}
	}
	if b, ok := p.banned(v.Member, v.Address, v.IsNew, now); ok {
		return Admission{Refusal: b.refusal(v.Member, now)}
	}
	if v.IsNew && v.Reads && p.settings.Reading == protocol.ReadingMembers {
		return Admission{Refusal: protocol.Errorf(protocol.Forbidden, "only members may read this room: join it")}
	}
	if v.IsNew && !v.Admitted && p.settings.Locked {
		return Admission{Refusal: protocol.Errorf(protocol.Locked, "the room is locked and lets nobody new in: ask someone inside to unlock it")}
	}
	if v.IsNew && !v.Admitted && p.password != "" && v.Password != p.password {
		return Admission{Password: p.password}
	}
	return Admission{}
}
