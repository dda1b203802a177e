// Package auth identifies members: by seats, which give a client that returns its member
// again, and by tokens, which somebody else has signed.
package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
)

// Seats makes and verifies seats. Nothing is stored for a seat: it is the member, the
// generation of the member's seats, and an HMAC of room, member and generation. So the
// key proves to be any member, and with another key all seats are invalid. Whether a
// generation has been revoked is for the room to know. It is safe for concurrent use.
type Seats struct{ mac MAC }

// NewSeats returns the seats under a secret key of 32 bytes.
func NewSeats(key []byte) Seats { return Seats{NewMAC(key)} }

// memberBytes is the size of a member ID: large enough that no two are equal.
const memberBytes = 10

// NewMember returns a new member ID: 80 random bits.
func NewMember() string {
	var b [memberBytes]byte
	rand.Read(b[:]) // never fails: crypto/rand's contract
	return hex.EncodeToString(b[:])
}

// IsMember reports whether s has the form of a member ID.
func IsMember(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == memberBytes && s == strings.ToLower(s)
}

// Seat returns the seat of a member in a room. Generation 0 is that of members whose seats
// were never revoked.
func (s Seats) Seat(room, member string, generation uint64) string {
	if generation == 0 {
		return member + "." + s.sign(room, "\x00", member) // no room code and no member has a zero byte
	}
	g := strconv.FormatUint(generation, 10)
	return member + "." + g + "." + s.sign(room, "\x00", member, "\x00", g)
}

func (s Seats) sign(parts ...string) string {
	mac := s.mac.Sum(parts...)
	return base64.RawURLEncoding.EncodeToString(mac[:16])
}

// Member returns the member that a seat in room belongs to, and the generation of the
// seat. ok is false if it isn't a seat of the room. The time that it takes doesn't tell
// how much of a wrong seat is right.
func (s Seats) Member(room, seat string) (member string, generation uint64, ok bool) {
	if strings.Contains(seat, "\x00") {
		return "", 0, false // it could make the parts of one HMAC look like those of another
	}
	member, rest, found := strings.Cut(seat, ".")
	if g, _, numbered := strings.Cut(rest, "."); numbered {
		var err error
		if generation, err = strconv.ParseUint(g, 10, 64); err != nil {
			return "", 0, false
		}
	}
	// The whole seat is compared, since several strings decode to the same bytes.
	if !found || !hmac.Equal([]byte(seat), []byte(s.Seat(room, member, generation))) {
		return "", 0, false
	}
	return member, generation, true
}
