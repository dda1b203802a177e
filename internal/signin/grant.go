package signin

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"snug/internal/auth"
	"snug/protocol"
)

// Everyone is the group of all users.
const Everyone = "*"

// Grant lets the users of a group into rooms.
type Grant struct {
	Group string        // Everyone for all users
	Rooms string        // a glob of room codes
	Role  protocol.Role // the least that they have there
}

// ParseGrant parses GROUP=ROOMS or GROUP=ROOMS:ROLE, such as "staff=team-*:moderator". The last "="
// counts, as groups of directories have others.
func ParseGrant(s string) (Grant, error) {
	at := strings.LastIndexByte(s, '=')
	if at <= 0 {
		return Grant{}, errors.New("it must be GROUP=ROOMS or GROUP=ROOMS:ROLE, such as staff=team-*:moderator")
	}
	rooms, role, given := strings.Cut(s[at+1:], ":")
	g := Grant{Group: s[:at], Rooms: rooms, Role: protocol.RoleMember}
	if given {
		g.Role = protocol.Role(role)
	}
	if g.Role.Rank() < 0 {
		return Grant{}, fmt.Errorf("%q is no role: it must be member, moderator or owner", role)
	}
	if _, err := path.Match(rooms, ""); rooms == "" || err != nil {
		return Grant{}, fmt.Errorf("%q is no pattern of room codes, such as team-*, or * for all", rooms)
	}
	return g, nil
}

// isFor reports whether a grant is for a user in some groups.
func (g Grant) isFor(groups []string) bool {
	return g.Group == Everyone || slices.Contains(groups, g.Group)
}

// grant writes into c what a user in some groups may do. It reports false if that is nothing. Without
// any grants, users may enter all rooms.
func grant(c *auth.Claims, grants []Grant, groups []string) bool {
	if len(grants) == 0 {
		return true
	}
	var rooms []string
	for _, g := range grants {
		if !g.isFor(groups) {
			continue
		}
		rooms = append(rooms, g.Rooms)
		if c.Roles == nil {
			c.Roles = make(map[string]protocol.Role)
		}
		if g.Role.Rank() > c.Roles[g.Rooms].Rank() {
			c.Roles[g.Rooms] = g.Role
		}
	}
	c.Rooms = &rooms
	return len(rooms) > 0
}
