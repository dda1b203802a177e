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

// Identity is what makes one journal this one: a secret that it keeps for its
// whole life, and the incarnation, which a backup that is started on renews.
type Identity struct {
	Secret      [32]byte
	Incarnation [16]byte
}

// NewIdentity returns a random one.
func NewIdentity() Identity {
	var id Identity
	rand.Read(id.Secret[:]) // never fails: crypto/rand's contract
	rand.Read(id.Incarnation[:])
	return id
}

// Key derives 32 bytes for a purpose (HKDF, RFC 5869).
func (id *Identity) Key(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, id.Secret[:], nil, "snug "+purpose, 32)
	if err != nil { // only for lengths that SHA-256 can't give
		panic(fmt.Sprintf("journal: derive a key: %v", err))
	}
	return key
}

// Epoch names a room's log. generation counts how often the room was forgotten
// and made again. Nothing has to be stored for it, all rooms change at once
// with the incarnation, and it can't be guessed without the secret.
func (id *Identity) Epoch(room string, generation uint64) string {
	mac := hmac.New(sha256.New, id.Key("epoch"))
	mac.Write(id.Incarnation[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, generation))
	mac.Write([]byte(room))
	// Letters and digits that are hard to confuse.
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(mac.Sum(nil)[:10]))
}

// Digest is what tells a repeat of a command from another command under the
// same id. It is keyed, so that what was erased can't be confirmed by a guess.
type Digest [16]byte

// Digester makes digests. It is safe for concurrent use.
type Digester struct {
	macs *sync.Pool // one that was used before has the key hashed already
}

// NewDigester returns the digester of a journal.
func NewDigester(id *Identity) Digester {
	key := id.Key("digest")
	return Digester{&sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// Digest returns the digest of what d says, whoever says it under whatever nick.
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

// StillKnown reports whether a command that made the entry seq at time then is
// still recognised, in a room that has come to head at time now.
func StillKnown(seq, head uint64, then, now time.Time) bool {
	return head-seq < protocol.DuplicateSeqs && now.Sub(then) < protocol.DuplicateTime
}
