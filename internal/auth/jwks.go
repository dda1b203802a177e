package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/MicahParks/jwkset"

	"snug/protocol"
)

const (
	// keysFresh is how long keys are used without another look at what is
	// published…
	keysFresh = 5 * time.Minute
	// …and keysKept for how long they still are where such looks fail.
	keysKept = 24 * time.Hour
	// fetchEvery is how often the keys are fetched at the most for tokens that name
	// an unknown one.
	fetchEvery = 10 * time.Second
	// fetchWithin bounds a fetch, and so how long a join may wait for it.
	fetchWithin = 5 * time.Second
	// keysBytes and keysAtMost bound what is read of a set.
	keysBytes  = 256 << 10
	keysAtMost = 100
)

// jwks is the keys that an issuer publishes. It has no goroutine: who needs a key
// that isn't there, or is no longer fresh, fetches, and the others wait for it.
type jwks struct {
	url    string
	client *http.Client
	log    *slog.Logger
	turn   chan struct{} // one slot: held by who looks or fetches

	// Under turn.
	keys    map[string]key // by kid
	fetched time.Time      // when they were; zero for never
	tried   time.Time      // when that was last tried
	failed  error          // why it has failed last
}

func newJWKS(url string, log *slog.Logger) *jwks {
	return &jwks{url: url, log: log, turn: make(chan struct{}, 1), client: &http.Client{
		Timeout:   fetchWithin,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the operator has named the place
		},
	}}
}

// key implements keys.
func (j *jwks) key(ctx context.Context, kid string) (key, error) {
	select {
	case j.turn <- struct{}{}:
		defer func() { <-j.turn }()
	case <-ctx.Done():
		return key{}, noKeys()
	}
	k, known := j.find(kid)
	now, rest := time.Now(), fetchEvery
	if known {
		rest = keysFresh
	}
	if j.tried.IsZero() || now.Sub(j.tried) >= rest {
		j.fetch(ctx, now)
		k, known = j.find(kid)
	}
	switch {
	case j.fetched.IsZero(), j.failed != nil && now.Sub(j.fetched) >= keysKept:
		return key{}, noKeys()
	case !known:
		return key{}, bad("the token is signed with a key that its issuer doesn't publish")
	}
	return k, nil
}

func noKeys() *protocol.Error {
	e := protocol.Errorf(protocol.Unavailable, "the keys that tokens are checked with can't be had now: come back in a while")
	e.RetryAfter = fetchEvery
	return e
}

// find returns the key of an id. A token needn't name the only one there is.
func (j *jwks) find(kid string) (key, bool) {
	if k, ok := j.keys[kid]; ok || kid != "" || len(j.keys) != 1 {
		return k, ok
	}
	for _, k := range j.keys {
		return k, true
	}
	return key{}, false
}

// fetch fetches the keys, and leaves those that are there if it fails. It says so
// when that begins and when it is over.
func (j *jwks) fetch(ctx context.Context, now time.Time) {
	j.tried = now
	keys, err := j.get(ctx)
	switch {
	case err != nil && j.failed == nil:
		j.log.Error("the keys that tokens are checked with can't be fetched", "url", j.url, "err", err)
	case err == nil && j.failed != nil:
		j.log.Info("the keys that tokens are checked with are fetched again", "url", j.url)
	}
	if j.failed = err; err == nil {
		j.keys, j.fetched = keys, now
	}
}

func (j *jwks) get(ctx context.Context) (map[string]key, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, j.url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := j.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %s, not 200 OK", resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, keysBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > keysBytes:
		return nil, fmt.Errorf("the answer has more than %d bytes", keysBytes)
	}
	var set jwkset.JWKSMarshal
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("the answer is no JWKS: %w", err)
	}
	return usable(set.Keys)
}

// usable returns the keys of a set that can verify. Those of kinds that aren't
// known here are passed over (RFC 7517, section 5), and so are secrets: what is
// published is none.
func usable(set []jwkset.JWKMarshal) (map[string]key, error) {
	if len(set) > keysAtMost {
		return nil, fmt.Errorf("the set has %d keys: at most %d", len(set), keysAtMost)
	}
	keys := make(map[string]key)
	for _, m := range set {
		if m.KTY == jwkset.KtyOct || m.USE != "" && m.USE != jwkset.UseSig {
			continue
		}
		// The key alone: nothing that would have to be fetched.
		jwk, err := jwkset.NewJWKFromMarshal(jwkset.JWKMarshal{KTY: m.KTY, CRV: m.CRV, X: m.X, Y: m.Y, N: m.N, E: m.E}, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
		if err != nil {
			continue
		}
		k, err := newKey(jwk.Key())
		if err != nil || m.ALG != "" && !slices.Contains(k.algs, string(m.ALG)) {
			continue
		}
		if m.ALG != "" {
			k.algs = []string{string(m.ALG)}
		}
		keys[m.KID] = k
	}
	if len(keys) == 0 {
		return nil, errors.New("the set has no key that can verify: Ed25519, RSA of 2048 bits or more, or EC")
	}
	return keys, nil
}
