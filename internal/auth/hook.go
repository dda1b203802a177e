package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// Hooks makes and opens the secrets of hooks' URLs. Nothing is stored for a secret: it is
// the hook's place, encrypted and authenticated, so that it can be neither read nor forged
// without the key. Whether the hook is still there is for the room to know. It is safe for
// concurrent use.
type Hooks struct {
	aead    cipher.AEAD
	nonces  MAC
	signing MAC
}

// HookPlace says which hook a secret stands for.
type HookPlace struct {
	Room       string // the canonical code
	Generation uint32 // of the room: a secret isn't valid in a later one with the same code
	Member     string // the hook's own: see NewMember
}

// NewHooks returns the hooks under a secret key of 32 bytes.
func NewHooks(key []byte) Hooks {
	keys := NewMAC(key)
	sealing, nonces, signing := keys.Sum("seal"), keys.Sum("nonce"), keys.Sum("sign")
	block, err := aes.NewCipher(sealing[:])
	if err != nil {
		panic("auth: 32 bytes are no AES key: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("auth: AES has no GCM: " + err.Error())
	}
	return Hooks{aead, NewMAC(nonces[:]), NewMAC(signing[:])}
}

// What is sealed, in this order: hookFormat, the member, the generation, the room's code,
// and zero bytes up to a multiple of hookStep. A secret so has one of few lengths, which
// hardly tell how long the code is.
const (
	hookFormat = 0
	hookStep   = 48
	hookHeader = 1 + memberBytes + 4
)

// Secret returns the secret of a hook, which is always the same one. It is empty if the
// member isn't one that NewMember has made.
func (h Hooks) Secret(p HookPlace) string {
	member, err := hex.DecodeString(p.Member)
	if err != nil || len(member) != memberBytes {
		return ""
	}
	place := make([]byte, 0, 2*hookStep)
	place = append(append(place, hookFormat), member...)
	place = append(binary.BigEndian.AppendUint32(place, p.Generation), p.Room...)
	place = append(place, make([]byte, (hookStep-len(place)%hookStep)%hookStep)...)
	// The nonce depends on all that is sealed and on a key of its own, so no two places have
	// the same one, as in the SIV mode (RFC 5297).
	nonce := h.nonces.Sum(string(place))
	n := h.aead.NonceSize()
	return base64.RawURLEncoding.EncodeToString(h.aead.Seal(nonce[:n:n], nonce[:n], place, nil))
}

// Open returns which hook a secret stands for; ok is false if it is none.
func (h Hooks) Open(secret string) (p HookPlace, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(secret)
	n := h.aead.NonceSize()
	if err != nil || len(sealed) < n {
		return HookPlace{}, false
	}
	place, err := h.aead.Open(nil, sealed[:n], sealed[n:], nil)
	if err != nil || len(place) < hookHeader || place[0] != hookFormat {
		return HookPlace{}, false
	}
	member, rest := place[1:1+memberBytes], place[1+memberBytes:]
	p = HookPlace{
		Room:       strings.TrimRight(string(rest[4:]), "\x00"), // no code has a zero byte
		Generation: binary.BigEndian.Uint32(rest),
		Member:     hex.EncodeToString(member),
	}
	return p, h.Secret(p) == secret // several strings decode to the same bytes
}

// SigningSecret returns what the deliveries of an outgoing hook are signed with, in the
// form of Standard Webhooks: "whsec_" and a key in base64. It is always the same one.
func (h Hooks) SigningSecret(p HookPlace) string {
	key := h.signing.Sum(h.Secret(p))
	return "whsec_" + base64.StdEncoding.EncodeToString(key[:sha256.Size])
}
