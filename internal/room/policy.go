package room

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// policy is whose a room is, who may come in, and its settings: what the
// moderated events of its log have made of it. It is a plain value of its room's
// goroutine.
//
// It is also the room's state in the journal, key for key: project says what an
// event changes there, and apply makes the same change here.
type policy struct {
	claimed  bool // it has, or had, an owner
	settings protocol.Settings
	password string                   // its hash; empty for none
	roles    map[string]protocol.Role // those above member
	bans     map[string]ban           // by member
}

// ban keeps a member out, and whoever comes new from the same addresses.
type ban struct {
	protocol.Ban
	Kicked    bool     `json:"kicked,omitempty"` // for a moment, and not listed
	Addresses []string `json:"addresses,omitempty"`

	kept []byte // as the journal keeps it
}

// The keys of a room's state.
const (
	keyClaimed  = "claimed"
	keyRole     = "role/" // and the member
	keyBan      = "ban/"  // and the member
	keyTopic    = "set/topic"
	keyLocked   = "set/locked"
	keyPassword = "set/password"
	keySlow     = "set/slow_ms"
)

// newPolicy reads what a journal keeps.
func newPolicy(state map[string][]byte) (policy, error) {
	p := policy{roles: make(map[string]protocol.Role), bans: make(map[string]ban)}
	for key, value := range state {
		if err := p.apply(journal.Change{Key: key, Value: value}); err != nil {
			return p, err
		}
	}
	return p, nil
}

// apply makes a change of the state.
func (p *policy) apply(c journal.Change) error {
	unset := c.Value == nil
	if member, ok := strings.CutPrefix(c.Key, keyRole); ok {
		if delete(p.roles, member); !unset {
			p.roles[member] = protocol.Role(c.Value)
		}
		return nil
	}
	if member, ok := strings.CutPrefix(c.Key, keyBan); ok {
		delete(p.bans, member)
		if unset {
			return nil
		}
		var b ban
		if err := json.Unmarshal(c.Value, &b); err != nil {
			return fmt.Errorf("read the room's %s: %w", c.Key, err)
		}
		b.kept = c.Value
		p.bans[member] = b
		return nil
	}
	switch c.Key {
	case keyClaimed:
		p.claimed = !unset
	case keyTopic:
		p.settings.Topic = string(c.Value)
	case keyLocked:
		p.settings.Locked = !unset
	case keyPassword:
		p.password, p.settings.Password = string(c.Value), !unset
	case keySlow:
		p.settings.SlowMS = 0
		if unset {
			return nil
		}
		var err error
		if p.settings.SlowMS, err = strconv.ParseInt(string(c.Value), 10, 64); err != nil {
			return fmt.Errorf("read the room's %s: %w", c.Key, err)
		}
	}
	return nil
}

// role returns what a member may do.
func (p *policy) role(member string) protocol.Role {
	if r, ok := p.roles[member]; ok {
		return r
	}
	return protocol.RoleMember
}

// is returns the condition that a member still has its role.
func (p *policy) is(member string) journal.Condition {
	return journal.Condition(role(member, p.role(member)))
}

// still returns the condition that a member's ban, or that it has none, is as it was.
func (p *policy) still(member string) journal.Condition {
	return journal.Condition{Key: keyBan + member, Value: p.bans[member].kept}
}

// rank orders roles by what they may do; unknown ones are like member.
func rank(r protocol.Role) int {
	return slices.Index([]protocol.Role{protocol.RoleModerator, protocol.RoleOwner}, r)
}

// higher returns the role of the two that may do more.
func higher(a, b protocol.Role) protocol.Role {
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// otherOwner returns an owner beside member, if there is one.
func (p *policy) otherOwner(member string) (other string, ok bool) {
	for m, r := range p.roles {
		if m != member && r == protocol.RoleOwner {
			return m, true
		}
	}
	return "", false
}

func (b *ban) over(now time.Time) bool { return b.Until != nil && !now.Before(*b.Until) }

// banned returns the ban that keeps a member out. One who is new is kept out by
// another's ban, too, that holds for the address.
func (p *policy) banned(member, address string, isNew bool, now time.Time) (ban, bool) {
	if b, ok := p.bans[member]; ok && !b.over(now) {
		return b, true
	}
	if !isNew || address == "" {
		return ban{}, false
	}
	for _, b := range p.bans {
		if !b.over(now) && slices.Contains(b.Addresses, address) {
			return b, true
		}
	}
	return ban{}, false
}

// expired returns whose bans have run out.
func (p *policy) expired(now time.Time) (members []string) {
	for member, b := range p.bans {
		if b.over(now) {
			members = append(members, member)
		}
	}
	slices.Sort(members)
	return members
}

// list returns the bans that hold, but for kicks, by member.
func (p *policy) list(now time.Time) []protocol.Ban {
	all := []protocol.Ban{}
	for _, member := range slices.Sorted(maps.Keys(p.bans)) {
		if b := p.bans[member]; !b.Kicked && !b.over(now) {
			all = append(all, b.Ban)
		}
	}
	return all
}
