package auth

import (
	"crypto/hmac"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// Invites makes and verifies the secrets of invites. Nothing is stored for a secret: it is the
// invite, and an HMAC of room and invite. Whether the invite still holds is for the room to
// know. It is safe for concurrent use.
type Invites struct{ mac MAC }

// NewInvites returns the invites under a secret key of 32 bytes.
func NewInvites(key []byte) Invites { return Invites{NewMAC(key)} }

// Secret returns the secret of an invite to a room, which is always the same one.
func (i Invites) Secret(room, invite string) string {
	mac := i.mac.Sum("secret", "\x00", room, "\x00", invite)
	return invite + "." + base64.RawURLEncoding.EncodeToString(mac[:16])
}

// Open returns the invite to room that a secret stands for; ok is false if it is none. The time
// that it takes doesn't tell how much of a wrong secret is right.
func (i Invites) Open(room, secret string) (invite string, ok bool) {
	invite, _, found := strings.Cut(secret, ".")
	if !found || strings.Contains(secret, "\x00") || !hmac.Equal([]byte(secret), []byte(i.Secret(room, invite))) {
		return "", false
	}
	return invite, true
}

// Newcomer returns the member that somebody becomes who joins a room by an invite, with the id
// of the join: each time the same one.
func (i Invites) Newcomer(room, invite, id string) string {
	mac := i.mac.Sum("newcomer", "\x00", room, "\x00", invite, "\x00", id)
	return hex.EncodeToString(mac[:memberBytes])
}

// Admission returns the id of the event that admits a member by an invite, with the id of the
// join. Everyone can read it: the id of the join itself would let others be that member, who
// have the invite, too.
func (i Invites) Admission(room, invite, member, id string) string {
	mac := i.mac.Sum("admission", "\x00", room, "\x00", invite, "\x00", member, "\x00", id)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(mac[:15])
}
