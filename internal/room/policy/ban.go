package policy

import (
	"maps"
	"slices"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// Ban keeps a member out, and those who come without a seat from the same addresses.
// A kick is a short ban that is not listed.
type Ban struct {
	protocol.Ban
	Kicked    bool     `json:"kicked,omitempty"`
	Addresses []string `json:"addresses,omitempty"` // of the member, keyed

	stored []byte // the value in the journal
}

// over reports whether the ban has ended by now.
func (b *Ban) over(now time.Time) bool { return b.Until != nil && !now.Before(*b.Until) }

// refusal is the error that a member gets whom b keeps out.
func (b *Ban) refusal(member string, now time.Time) *protocol.Error {
	e := &protocol.Error{Code: protocol.Banned, Message: "you are banned from this room", Reason: b.Reason, Until: b.Until, Address: b.Member != member}
	switch {
	case e.Address && b.Kicked:
		e.Message = "you, or somebody at your address, were kicked from this room"
	case e.Address:
		e.Message = "you, or somebody at your address, are banned from this room"
	case b.Kicked:
		e.Message = "you were kicked from this room"
	}
	if b.Reason != "" {
		e.Message += " (" + b.Reason + ")"
	}
	if b.Until == nil {
		e.Message += ": ask its owner to let you in again"
		return e
	}
	e.RetryAfter = b.Until.Sub(now)
	e.Message += ": come back in " + (e.RetryAfter + time.Second - 1).Truncate(time.Second).String()
	return e
}

// banned returns the ban that keeps a member out. A member without a seat (isNew) is
// also kept out by another member's ban if that member came from the same address.
func (p *Policy) banned(member, address string, isNew bool, now time.Time) (Ban, bool) {
	if b, ok := p.bans[member]; ok && !b.over(now) {
		return b, true
	}
	if !isNew || address == "" {
		return Ban{}, false
	}
	for _, b := range p.bans {
		if !b.over(now) && slices.Contains(b.Addresses, address) {
			return b, true
		}
	}
	return Ban{}, false
}

// banUnchanged returns the condition that a member's ban, or that there is none, is
// still what p knows.
func (p *Policy) banUnchanged(member string) journal.Condition {
	return journal.Condition{Key: keyBan + member, Value: p.bans[member].stored}
}

// expired returns the members whose bans have ended by now.
func (p *Policy) expired(now time.Time) (members []string) {
	for member, b := range p.bans {
		if b.over(now) {
			members = append(members, member)
		}
	}
	slices.Sort(members)
	return members
}

// Bans returns the bans that hold, except kicks, ordered by member.
func (p *Policy) Bans(now time.Time) []protocol.Ban {
	all := []protocol.Ban{}
	for _, member := range slices.Sorted(maps.Keys(p.bans)) {
		if b := p.bans[member]; !b.Kicked && !b.over(now) {
			all = append(all, b.Ban)
		}
	}
	return all
}
