package journal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"hash"
	"strings"
	"sync"
	"time"

	"snug/protocol"
)

// Identity distinguishes a journal from every other one. The secret stays the same for
// the journal's whole life. The incarnation is renewed when a server is started on a
// backup.
type Identity struct {
	Secret      [32]byte
	Incarnation [16]byte
}

// NewIdentity returns a random identity.
func NewIdentity() Identity {
	var id Identity
	rand.Read(id.Secret[:]) // never fails: crypto/rand's contract
	rand.Read(id.Incarnation[:])
	return id
}

// Key derives 32 bytes for a purpose from the secret (HKDF, RFC 5869).
func (id *Identity) Key(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, id.Secret[:], nil, "snug "+purpose, 32)
	if err != nil { // only for lengths that SHA-256 can't give
		panic(fmt.Sprintf("journal: derive a key: %v", err))
	}
	return key
}

// Epoch returns the name of a room's log. generation counts how often the room was
// forgotten and made again. The epoch needs no storage, can't be guessed without the
// secret, and changes for all rooms when the incarnation does.
func (id *Identity) Epoch(room string, generation uint64) string {
	mac := hmac.New(sha256.New, id.Key("epoch"))
	mac.Write(id.Incarnation[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, generation))
	mac.Write([]byte(room))
	// Base32 in lower case: letters and digits that are hard to confuse.
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(mac.Sum(nil)[:10]))
}

// Digest distinguishes a repeat of a command from another command with the same ID. It
// is keyed, so that nobody who reads the file can confirm a guess of an erased text.
type Digest [16]byte

// Digester computes digests. It is safe for concurrent use.
type Digester struct {
	macs *sync.Pool // reused, because a used one need not hash the key again
}

// NewDigester returns the digester for the journal with this identity.
func NewDigester(id *Identity) Digester {
	key := id.Key("digest")
	return Digester{&sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// Digest returns the digest of a draft's type, target and body (or DedupBody). The
// sender isn't part of it.
func (dg Digester) Digest(d *Draft) Digest {
	mac := dg.macs.Get().(hash.Hash)
	defer dg.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte(d.Event.Type))
	mac.Write(binary.BigEndian.AppendUint64([]byte{0}, d.Event.Target))
	if d.DedupBody != nil {
		mac.Write(d.DedupBody)
	} else {
		mac.Write(d.Event.Body)
	}
	var sum [sha256.Size]byte
	return Digest(mac.Sum(sum[:0])[:len(Digest{})])
}

// StillKnown reports whether a repeat of the command that made entry seq at time then
// is still recognised at time now, when the room's newest entry is head.
func StillKnown(seq, head uint64, then, now time.Time) bool {
	return head-seq < protocol.DuplicateSeqs && now.Sub(then) < protocol.DuplicateTime
}
