package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"snug/protocol"
)

const (
	// keysFresh is how long keys are used before they are fetched again.
	keysFresh = 5 * time.Minute
	// keysIdle is the age from which keys are used only after an attempt to fetch
	// them again: nobody has needed them for so long that they may be withdrawn.
	keysIdle = time.Hour
	// keysKept is how long keys are used while fetching fails.
	keysKept = 24 * time.Hour
	// fetchEvery is the shortest time between two fetches for unknown key IDs.
	fetchEvery = 10 * time.Second
	// fetchWithin bounds a fetch, and so how long a join may wait for one.
	fetchWithin = 5 * time.Second
	// keysBytes bounds the size of a key set.
	keysBytes = 256 << 10
)

// jwks is the key set that an issuer publishes (RFC 7517). It is safe for
// concurrent use.
//
// A fetch runs in a goroutine of its own, at most one at a time. Holders of tokens
// under known keys don't wait for it, except after an hour in which nobody needed
// a key.
type jwks struct {
	url    string
	client *http.Client
	log    *slog.Logger

	ctx      context.Context // of fetches; ended by close
	cancel   context.CancelFunc
	fetching sync.WaitGroup

	mu      sync.Mutex
	keys    []publishedKey
	fetched time.Time     // the last successful fetch; zero if there was none
	tried   time.Time     // the start of the last fetch; zero if there was none
	failed  error         // of the last fetch
	flight  chan struct{} // closed when the fetch under way has ended; nil if none is
}

func newJWKS(url string, log *slog.Logger) *jwks {
	j := &jwks{url: url, log: log, client: &http.Client{
		Timeout:   fetchWithin,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the operator has named the address
		},
	}}
	j.ctx, j.cancel = context.WithCancel(context.Background())
	return j
}

// close ends the fetch under way, if there is one, and waits for it.
func (j *jwks) close() {
	j.cancel()
	j.fetching.Wait()
}

// candidates implements keys. It waits for at most one fetch.
func (j *jwks) candidates(ctx context.Context, kid, alg string) ([]any, error) {
	found, flight := j.look(kid, alg)
	if flight != nil {
		select {
		case <-flight:
		case <-ctx.Done():
			return nil, keysUnavailable()
		}
		found, _ = j.look(kid, alg)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.fetched.IsZero(), j.failed != nil && time.Since(j.fetched) >= keysKept:
		return nil, keysUnavailable()
	case len(found) == 0:
		return nil, bad("the token is signed with a key that its issuer doesn't publish")
	}
	return found, nil
}

func keysUnavailable() *protocol.Error {
	e := protocol.Errorf(protocol.Unavailable, "the server can't fetch the keys that it checks tokens with: try again later")
	e.RetryAfter = fetchEvery
	return e
}

// look returns the keys that may have signed a token, and starts a fetch if one is
// due. If the caller should wait for a fetch, flight is closed when it has ended.
func (j *jwks) look(kid, alg string) (found []any, flight <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, k := range j.keys {
		if k.mayHaveSigned(kid, alg) {
			found = append(found, k.public)
		}
	}
	now, rest := time.Now(), fetchEvery
	if len(found) > 0 {
		rest = keysFresh
	}
	if j.flight == nil && (j.tried.IsZero() || now.Sub(j.tried) >= rest) {
		j.tried, j.flight = now, make(chan struct{})
		j.fetching.Go(j.fetch)
	}
	if len(found) > 0 && (j.failed != nil || now.Sub(j.fetched) < keysIdle) {
		return found, nil
	}
	if j.flight == nil {
		return found, nil
	}
	return found, j.flight
}

// fetch fetches the keys. If it fails, the known ones stay. It logs the first
// failure and the recovery.
func (j *jwks) fetch() {
	keys, err := j.get(j.ctx)
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case err != nil && j.failed == nil && j.ctx.Err() == nil:
		j.log.Error("the keys that tokens are checked with can't be fetched", "url", j.url, "err", err)
	case err == nil && j.failed != nil:
		j.log.Info("the keys that tokens are checked with are fetched again", "url", j.url)
	}
	if j.failed = err; err == nil {
		j.keys, j.fetched = keys, time.Now()
	}
	close(j.flight)
	j.flight = nil
}

func (j *jwks) get(ctx context.Context) ([]publishedKey, error) {
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
		return nil, fmt.Errorf("the response is %s, not 200 OK", resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, keysBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > keysBytes:
		return nil, fmt.Errorf("the response has more than %d bytes", keysBytes)
	}
	keys, err := parseKeySet(body)
	if err == nil && len(keys) == 0 {
		err = errors.New("the set has no key that can verify: Ed25519, RSA of 2048 bits or more, or EC")
	}
	return keys, err
}
