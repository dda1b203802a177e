package auth

import (
	"bytes"
	"cmp"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/text/unicode/norm"

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
// duplicate name, and a claim of another type than it should have, is an error, a
// [*protocol.Error]. So is null: a claim that is null is not absent.
func (c *Claims) UnmarshalJSON(data []byte) error {
	fields, err := strictObject(data)
	if err != nil {
		return bad("the token's claims are not a valid JSON object: %v", err)
	}
	*c = Claims{}
	for _, claim := range []struct {
		name  string
		to    any
		kinds []string // jsonKind of what it may be
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
		kind := jsonKind(value)
		if !slices.Contains(claim.kinds, kind) {
			return bad("the token's claim %q is %s: it must be %s", claim.name, kind, strings.Join(claim.kinds, " or "))
		}
		if kind == "a list" {
			if err := checkStrings(claim.name, value); err != nil {
				return err
			}
		}
		if err := json.Unmarshal(value, claim.to); err != nil {
			return bad("the token's claim %q can't be read: %v", claim.name, err)
		}
	}
	return nil
}

// checkStrings reports an element of a list that isn't a string.
func checkStrings(claim string, list json.RawMessage) error {
	var elements []json.RawMessage
	if err := json.Unmarshal(list, &elements); err != nil {
		return bad("the token's claim %q can't be read: %v", claim, err)
	}
	for _, e := range elements {
		if !bytes.HasPrefix(e, []byte(`"`)) {
			return bad("the token's claim %q has %s in its list: it must be a list of strings", claim, jsonKind(e))
		}
	}
	return nil
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

// roleIn returns the highest role that the token grants in a room. It reports false if the token has
// a role that doesn't exist, in whichever room.
func (c *Claims) roleIn(room string) (highest protocol.Role, ok bool) {
	highest = cmp.Or(c.Role, protocol.RoleMember)
	if highest.Rank() < 0 {
		return "", false
	}
	for glob, role := range c.Roles {
		if role.Rank() < 0 {
			return "", false
		}
		if role.Rank() > highest.Rank() && matches(glob, room) {
			highest = role
		}
	}
	return highest, true
}
