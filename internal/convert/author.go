package convert

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"

	"snug/internal/room"
	"snug/protocol"
)

// author returns who has sent a message: the ID tells them from others of the same export for good,
// and the first name of which a nick can be made is their nick.
func author(id string, names ...string) protocol.Member {
	m := protocol.Member{Member: id, Role: protocol.RoleMember}
	for _, name := range names {
		if m.Nick = fitNick(name); m.Nick != "" {
			return m
		}
	}
	hash := sha256.Sum256([]byte(id))
	m.Nick = "user-" + hex.EncodeToString(hash[:3])
	return m
}

// fitNick returns a nick that is like a name; empty if there is none. What nicks can't have, such
// as a badge, becomes a hyphen.
func fitNick(name string) string {
	plain := strings.Trim(strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.L, unicode.N, unicode.M) || strings.ContainsRune(" ._-'", r) {
			return r
		}
		return '-'
	}, name), " -")
	for _, s := range []string{name, plain} {
		if n, err := room.FitNick(s); err == nil {
			return n.Shown
		}
	}
	return ""
}

// fitNickWith is fitNick for a name and what tells it from others of that name.
func fitNickWith(name, beside string) string {
	suffix := fmt.Sprintf(" (%s)", beside)
	runes := []rune(name)
	if most := protocol.MaxNickChars - len([]rune(suffix)); most > 0 && len(runes) > most {
		name = string(runes[:most])
	}
	return fitNick(strings.TrimSpace(name) + suffix)
}
