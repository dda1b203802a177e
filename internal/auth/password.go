package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
	"golang.org/x/crypto/argon2"
	"golang.org/x/text/secure/precis"
)

// Passwords hashes rooms' passwords (argon2id, RFC 9106) and checks them. Hashing is slow
// and takes memory by design, so only a few passwords are hashed at once, and the
// addresses and rooms that ask for it take turns. It is safe for concurrent use.
type Passwords struct {
	key    []byte // of the salts
	queue  *fairQueue
	proven proven
}

// The cost of a hash is the first that OWASP's Password Storage Cheat Sheet recommends for
// argon2id with little memory.
const (
	hashKiB     = 19 << 10
	hashPasses  = 2
	hashThreads = 1
	hashBytes   = 32
	saltBytes   = 16
)

const (
	// maxQueued bounds the passwords that wait to be hashed, and so the wait: a hash
	// takes some 30 ms.
	maxQueued = 128
	// retryBusy is when a client may try again for which the queue was too long.
	retryBusy = 5 * time.Second
)

// NewPasswords returns Passwords that make salts under key. They use at most half of the
// processors, with 19 MiB for each.
func NewPasswords(key []byte) *Passwords {
	return &Passwords{key: key, queue: newFairQueue(max(1, runtime.GOMAXPROCS(0)/2), maxQueued), proven: newProven()}
}

// Hash returns the hash to store of a password, with its salt and cost. It waits until
// ctx ends for a slot; the error may be a *protocol.Error. The salt is derived from occasion, which no
// other setting of a password shares: set again on the same occasion, the same
// password has the same hash and another hasn't, so nothing else has to be stored to
// recognise a repeat. Spellings of a password that look the same are the same: see [normalized].
func (p *Passwords) Hash(ctx context.Context, from Requester, password, occasion string) (string, error) {
	release, err := p.queue.acquire(ctx, from)
	if err != nil {
		return "", err
	}
	defer release()
	mac := hmac.New(sha256.New, p.key)
	mac.Write([]byte(occasion))
	salt := mac.Sum(nil)[:saltBytes]
	hash := argon2.IDKey([]byte(normalized(password)), salt, hashPasses, hashKiB, hashThreads, hashBytes)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashKiB, hashPasses, hashThreads,
		b64.EncodeToString(salt), b64.EncodeToString(hash)), nil
}

// Check reports whether password is the one that hash was made of. A password that was
// right lately is checked without hashing it again. For others, Check waits until ctx ends
// for a slot; the error may be a *protocol.Error. The time that it takes doesn't tell how
// much of a wrong password is right.
func (p *Passwords) Check(ctx context.Context, from Requester, hash, password string) (bool, error) {
	spellings := []string{normalized(password)}
	if spellings[0] != password {
		spellings = append(spellings, password) // earlier versions made hashes of passwords as they came
	}
	proven := func(spelling string) bool { return p.proven.has(hash, spelling) }
	if slices.ContainsFunc(spellings, proven) {
		return true, nil
	}
	release, err := p.queue.acquire(ctx, from)
	if err != nil {
		return false, err
	}
	defer release()
	if slices.ContainsFunc(spellings, proven) { // another client proved it meanwhile
		return true, nil
	}
	for _, spelling := range spellings {
		right, err := argon2id.ComparePasswordAndHash(spelling, hash)
		if err != nil {
			return false, fmt.Errorf("check a password: %w", err)
		}
		if right {
			p.proven.add(hash, spelling)
			return true, nil
		}
	}
	return false, nil
}

// normalized returns the form in which a password is hashed, by the PRECIS OpaqueString profile (RFC 8265,
// section 4.2): keyboards differ in how they compose é, and in their spaces. A password that the profile
// doesn't allow, such as one with control characters, stays as it is.
func normalized(password string) string {
	if s, err := precis.OpaqueString.String(password); err == nil {
		return s
	}
	return password
}

// proven remembers of some hashes which password is the right one, by an HMAC under a key
// that only this process has. It is safe for concurrent use.
type proven struct {
	mac MAC

	mu    *sync.Mutex
	right map[string][sha256.Size]byte // by hash
}

// maxProven bounds the hashes that are remembered, one for each room with a password.
const maxProven = 4096

func newProven() proven {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails
	return proven{mac: NewMAC(key), mu: new(sync.Mutex), right: make(map[string][sha256.Size]byte)}
}

func (p proven) has(hash, password string) bool {
	p.mu.Lock()
	want, ok := p.right[hash]
	p.mu.Unlock()
	got := p.mac.Sum(hash, "\x00", password)
	return ok && hmac.Equal(got[:], want[:])
}

func (p proven) add(hash, password string) {
	code := p.mac.Sum(hash, "\x00", password)
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.right) >= maxProven {
		for other := range p.right { // any one: map order is random
			delete(p.right, other)
			break
		}
	}
	p.right[hash] = code
}
