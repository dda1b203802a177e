package policy

import (
	"maps"
	"slices"
	"strings"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// Ban keeps a member out, and those who come without a seat from the same addresses.
// A kick is a short ban that is not listed.
type Ban struct {
	protocol.Ban
	Kicked    bool     `json:"kicked,omitempty"`
	Addresses []string `json:"addresses,omitempty"` // of the member, keyed; see NetworkSeparator

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
	e.Message += ": come back in " + WholeSeconds(e.RetryAfter).String()
	return e
}

// WholeSeconds rounds a wait up for people: whoever came back earlier would be refused
// again.
func WholeSeconds(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}

// banned returns the ban that keeps a member out; of several, the one that ends last, and of those
// that end at the same time the first by member. A member without a seat (isNew) is also kept out
// by bans of members who came from the same address, and by bans of members from two addresses of
// the same network: somebody who is banned and has a whole network would otherwise come back from
// its next address.
func (p *Policy) banned(member, address string, isNew bool, now time.Time) (longest Ban, ok bool) {
	consider := func(b Ban) {
		if !ok || b.endsAfter(longest) || !longest.endsAfter(b) && b.Member < longest.Member {
			longest, ok = b, true
		}
	}
	if b, banned := p.bans[member]; banned && !b.over(now) {
		consider(b)
	}
	if !isNew || address == "" {
		return longest, ok
	}
	_, network, _ := strings.Cut(address, NetworkSeparator)
	near := make(map[string]bool) // addresses of banned members in the same network
	var neighbours []Ban
	for _, b := range p.bans {
		if b.over(now) {
			continue
		}
		same := false
		for _, a := range b.Addresses {
			narrow, wide, _ := strings.Cut(a, NetworkSeparator)
			if narrow == addressOf(address) {
				consider(b)
			} else if wide != "" && wide == network {
				near[narrow], same = true, true
			}
		}
		if same {
			neighbours = append(neighbours, b)
		}
	}
	if len(near) > 1 && len(neighbours) > 1 {
		for _, b := range neighbours {
			consider(b)
		}
	}
	return longest, ok
}

// NetworkSeparator stands between an address and the network that it belongs to, both
// keyed, where the network is known.
const NetworkSeparator = "/"

func addressOf(address string) string {
	narrow, _, _ := strings.Cut(address, NetworkSeparator)
	return narrow
}

// endsAfter reports whether b ends after other.
func (b *Ban) endsAfter(other Ban) bool {
	switch {
	case other.Until == nil:
		return false
	case b.Until == nil:
		return true
	}
	return b.Until.After(*other.Until)
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
