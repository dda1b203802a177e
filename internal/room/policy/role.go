package policy

import (
	"maps"
	"slices"
	"strings"

	"snug/internal/journal"
	"snug/protocol"
)

// Role returns the role of a member by the log.
func (p *Policy) Role(member string) protocol.Role {
	if r, ok := p.roles[member]; ok {
		return r
	}
	return protocol.RoleMember
}

// Roles returns the roles above member, by member.
func (p *Policy) Roles() map[string]protocol.Role { return maps.Clone(p.roles) }

// Owners returns the members that own the room whose state is given, ordered. The state may lack
// keys that don't begin with RoleKeys.
func Owners(state map[string][]byte) (members []string) {
	for key, role := range state {
		if member, ok := strings.CutPrefix(key, keyRole); ok && protocol.Role(role) == protocol.RoleOwner {
			members = append(members, member)
		}
	}
	slices.Sort(members)
	return members
}

// RoleKeys is how the keys of a room's state begin that Owners needs.
const RoleKeys = keyRole

// otherOwner returns an owner other than member, if there is one.
func (p *Policy) otherOwner(member string) (other string, ok bool) {
	for m, r := range p.roles {
		if m != member && r == protocol.RoleOwner {
			return m, true
		}
	}
	return "", false
}

// rank orders roles by what they may do. Unknown roles rank with member.
func rank(r protocol.Role) int { return max(r.Rank(), protocol.RoleMember.Rank()) }

// AtLeast reports whether role r may do all that least may.
func AtLeast(r, least protocol.Role) bool { return rank(r) >= rank(least) }

// Higher returns the one of two roles that may do more.
func Higher(a, b protocol.Role) protocol.Role {
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// RoleIs returns the condition that a member has role r by the log.
func RoleIs(member string, r protocol.Role) journal.Condition {
	return journal.Condition(roleChange(member, r))
}

// roleUnchanged returns the condition that a member's role is still what p knows.
func (p *Policy) roleUnchanged(member string) journal.Condition {
	return RoleIs(member, p.Role(member))
}

// roleChange is the change that gives a member a role. The role that everyone has
// without one is not stored.
func roleChange(member string, r protocol.Role) journal.Change {
	c := journal.Change{Key: keyRole + member}
	if r != protocol.RoleMember {
		c.Value = []byte(r)
	}
	return c
}

// Forbidden is the refusal of what a member's role doesn't allow: to what.
func Forbidden(what string) *protocol.Error {
	return protocol.Errorf(protocol.Forbidden, "your role in this room doesn't let you %s", what)
}
