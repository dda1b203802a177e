package auth

import (
	"cmp"
	"encoding/json"
	"iter"
	"maps"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/text/unicode/norm"

	"snug/internal/strictjson"
	"snug/protocol"
)

// Claims are the claims that the server reads from a token (RFC 7519).
type Claims struct {
	jwt.RegisteredClaims
	Name  string                   `json:"name,omitempty"`
	Rooms *[]string                `json:"rooms,omitempty"` // globs of room codes; nil for all rooms
	Role  protocol.Role            `json:"role,omitempty"`
	Roles map[string]protocol.Role `json:"roles,omitempty"` // by globs of room codes, in addition to Role
}

// UnmarshalJSON reads claims by their exact names, and ignores all others. A
// duplicate name, a string that isn't Unicode, and a claim of another type than it should
// have, is an error, a [*protocol.Error]. So is null: a claim that is null is not absent.
func (c *Claims) UnmarshalJSON(data []byte) error {
	fields, err := strictjson.Object(data)
	if err != nil {
		return bad("the token's claims can't be read: %v", err)
	}
	*c = Claims{}
	for _, claim := range []struct {
		name  string
		to    any
		kinds []string // strictjson.Kind of what it may be
	}{
		{"sub", &c.Subject, []string{"a string"}},
		{"iss", &c.Issuer, []string{"a string"}},
		{"aud", &c.Audience, []string{"a string", "a list"}},
		{"exp", &c.ExpiresAt, []string{"a number"}},
		{"nbf", &c.NotBefore, []string{"a number"}},
		{"iat", &c.IssuedAt, []string{"a number"}},
		{"name", &c.Name, []string{"a string"}},
		{"rooms", &c.Rooms, []string{"a list"}},
		{"role", &c.Role, []string{"a string"}},
		{"roles", &c.Roles, []string{"an object"}},
	} {
		value, there := fields[claim.name]
		if !there {
			continue
		}
		kind := strictjson.Kind(value)
		if !slices.Contains(claim.kinds, kind) {
			return bad("the token's claim %q is %s: it must be %s", claim.name, kind, strings.Join(claim.kinds, " or "))
		}
		if kind == "a number" && !isDate(value) {
			return bad("the token's claim %q is out of range: it must be a time in seconds since 1970", claim.name)
		}
		for value := range elements(value) {
			if is := strictjson.Kind(value); is != "a string" {
				return bad("the token's claim %q has %s in it: it must be %s of strings", claim.name, is, kind)
			}
		}
		if json.Unmarshal(value, claim.to) != nil {
			return bad("the token's claim %q can't be read", claim.name)
		}
	}
	roles := slices.Collect(maps.Values(c.Roles))
	if _, there := fields["role"]; there {
		roles = append(roles, c.Role)
	}
	if slices.ContainsFunc(roles, func(r protocol.Role) bool { return r.Rank() < 0 }) {
		return bad("the token has an unknown role: it must be one of %s, %s, %s", protocol.RoleMember, protocol.RoleModerator, protocol.RoleOwner)
	}
	return nil
}

// isDate reports whether a number is a NumericDate (RFC 7519, section 2) that fits in an integer of
// all programs. Package jwt takes others modulo 2^64.
func isDate(number json.RawMessage) bool {
	const most = 1 << 53
	seconds, err := strconv.ParseFloat(string(number), 64)
	return err == nil && math.Abs(seconds) <= most
}

// elements returns the values in a list or an object; none for anything else.
func elements(value json.RawMessage) iter.Seq[json.RawMessage] {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) == nil {
		return slices.Values(list)
	}
	var object map[string]json.RawMessage
	_ = json.Unmarshal(value, &object) // anything else has none
	return maps.Values(object)
}

// opens reports whether the token admits its holder to a room.
func (c *Claims) opens(room string) bool {
	if c.Rooms == nil {
		return true
	}
	return slices.ContainsFunc(*c.Rooms, func(glob string) bool { return matches(glob, room) })
}

// matches reports whether a glob of room codes matches a room. Like codes, globs are compared
// without regard to case and form.
func matches(glob, room string) bool {
	ok, err := path.Match(norm.NFC.String(strings.ToLower(glob)), room)
	return ok && err == nil
}

// roleIn returns the highest role that the token grants in a room.
func (c *Claims) roleIn(room string) protocol.Role {
	highest := cmp.Or(c.Role, protocol.RoleMember)
	for glob, role := range c.Roles {
		if role.Rank() > highest.Rank() && matches(glob, room) {
			highest = role
		}
	}
	return highest
}
