package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"
)

// MAC is HMAC-SHA256 under one key (RFC 2104). It is safe for concurrent use.
type MAC struct {
	hashes *sync.Pool // of hash.Hash: one that is reused has hashed the key already
}

// NewMAC returns the MAC with a key.
func NewMAC(key []byte) MAC {
	return MAC{&sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// Sum returns the code of the concatenated parts.
func (m MAC) Sum(parts ...string) (code [sha256.Size]byte) {
	h := m.hashes.Get().(hash.Hash)
	defer m.hashes.Put(h)
	h.Reset()
	for _, p := range parts {
		h.Write([]byte(p))
	}
	h.Sum(code[:0])
	return code
}
