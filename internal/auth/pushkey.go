package auth

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"strconv"
)

// NewPushKey returns the key pair by which push services know a server (VAPID, RFC 8292, section 2),
// on the curve P-256. It is derived from a key, so that all nodes that share a journal have the same
// one, and browsers keep their subscriptions when the server restarts.
func NewPushKey(key []byte) *ecdh.PrivateKey {
	for try := 0; ; try++ { // one number in 2^32 isn't below the order of the curve, and the next one is tried
		scalar, err := hkdf.Key(sha256.New, key, nil, "vapid "+strconv.Itoa(try), sha256.Size)
		if err != nil {
			panic("auth: derive a key: " + err.Error()) // only for lengths that SHA-256 can't give
		}
		if private, err := ecdh.P256().NewPrivateKey(scalar); err == nil {
			return private
		}
	}
}
