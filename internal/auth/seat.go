// Package auth says who is who: seats, which make one who comes back the same
// member, and tokens, by which somebody else says it.
package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// Seats gives seats and knows them again. Nothing is stored for a seat: it is
// the member and an HMAC of room and member, so whoever has the key has all
// seats, and a new key is the end of all of them. It is safe for concurrent use.
type Seats struct{ mac MAC }

// NewSeats returns the seats under a secret key of 32 bytes.
func NewSeats(key []byte) Seats { return Seats{NewMAC(key)} }

// memberBytes is how much a member's name holds: enough that two are never one.
const memberBytes = 10

// NewMember returns a member that there hasn't been before: 80 random bits.
func NewMember() string {
	var b [memberBytes]byte
	rand.Read(b[:]) // never fails: crypto/rand's contract
	return hex.EncodeToString(b[:])
}

// Seat returns the secret that stands for member in room.
func (s Seats) Seat(room, member string) string {
	mac := s.mac.Sum(room, "\x00", member) // no code and no member holds a zero
	return member + "." + base64.RawURLEncoding.EncodeToString(mac[:16])
}

// Member returns whose seat in room it is, or false if it is nobody's. How
// much of a wrong one is right can't be told by the time it takes.
func (s Seats) Member(room, seat string) (member string, ok bool) {
	member, _, found := strings.Cut(seat, ".")
	// Whole against whole: what decodes to the same bytes may be written in more
	// ways than one.
	if !found || !hmac.Equal([]byte(seat), []byte(s.Seat(room, member))) {
		return "", false
	}
	return member, true
}
