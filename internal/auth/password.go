package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"runtime"

	"github.com/alexedwards/argon2id"
	"golang.org/x/crypto/argon2"
)

// Passwords hashes rooms' passwords (argon2id, RFC 9106) and checks them. That is
// slow and takes memory by design, so only a few are done at once, and the others
// wait. It is safe for concurrent use.
type Passwords struct {
	turns chan struct{}
	key   []byte // of the salts
}

// What a hash costs is the first that OWASP's Password Storage Cheat Sheet names
// for argon2id with little memory.
const (
	hashKiB     = 19 << 10
	hashPasses  = 2
	hashThreads = 1
	hashBytes   = 32
	saltBytes   = 16
)

// NewPasswords returns one with nothing to do, whose salts are made under key. It
// uses half of the processors at the most, with 19 MiB for each.
func NewPasswords(key []byte) Passwords {
	return Passwords{turns: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), key: key}
}

// Hash returns what is kept of a password, with its salt and its cost. It waits
// for its turn, until ctx ends. The salt is made of occasion, which no other
// setting of a password shares: set again on the same one, the same password has
// the same hash and another hasn't, and nothing else has to be kept to tell.
func (p Passwords) Hash(ctx context.Context, password, occasion string) (string, error) {
	done, err := p.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	mac := hmac.New(sha256.New, p.key)
	mac.Write([]byte(occasion))
	salt := mac.Sum(nil)[:saltBytes]
	hash := argon2.IDKey([]byte(password), salt, hashPasses, hashKiB, hashThreads, hashBytes)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashKiB, hashPasses, hashThreads,
		b64.EncodeToString(salt), b64.EncodeToString(hash)), nil
}

// Check reports whether password is the one that hash was made of. It waits for
// its turn, until ctx ends. How much of a wrong one is right can't be told by the
// time it takes.
func (p Passwords) Check(ctx context.Context, hash, password string) (bool, error) {
	done, err := p.turn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	right, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("check a password: %w", err)
	}
	return right, nil
}

func (p Passwords) turn(ctx context.Context) (done func(), err error) {
	select {
	case p.turns <- struct{}{}:
		return func() { <-p.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
