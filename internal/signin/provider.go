package signin

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"snug/internal/strictjson"
)

const (
	// requestWithin bounds a request to the provider.
	requestWithin = 5 * time.Second
	// responseBytes bounds what is read of a response.
	responseBytes = 1 << 20
	// requestsAtOnce bounds the connections to the provider: anyone can cause requests.
	requestsAtOnce = 32
	// clockSkew is how much the clocks of the provider and the server may differ.
	clockSkew = time.Minute
	// discoverEvery is the shortest time between two attempts to find the provider, and
	// discoverAtMost the longest time that run waits between them.
	discoverEvery, discoverAtMost = time.Second, time.Minute
)

// reason is why a sign-in has failed. The page has a text for each one.
type reason string

const (
	denied      reason = "denied"      // the user has refused, at the provider
	stale       reason = "stale"       // the state is unknown, used, or too old
	clock       reason = "clock"       // the clocks differ too much
	unreachable reason = "unreachable" // the provider doesn't answer
	refused     reason = "refused"     // the provider refuses, or what it answers isn't valid
	forbidden   reason = "forbidden"   // the user may enter no room
)

// failure is the error of a sign-in, with its reason.
type failure struct {
	reason reason
	err    error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// user is who has signed in, as the provider says it.
type user struct {
	subject, name string
	groups        []string
}

// provider is the OpenID Provider. It is safe for concurrent use.
type provider struct {
	options *Options
	client  *http.Client

	mu    sync.Mutex
	found *oidc.Provider // nil until it was found
	tried time.Time      // the end of the last attempt to find it
	err   error          // of that
}

func newProvider(o *Options) *provider {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxConnsPerHost = requestsAtOnce
	return &provider{options: o, client: &http.Client{
		Timeout:   requestWithin,
		Transport: bounded{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the operator and the provider name the addresses
		},
	}}
}

// bounded cuts responses off that are too long.
type bounded struct{ *http.Transport }

// RoundTrip implements [http.RoundTripper].
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.Transport.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, responseBytes), resp.Body}
	}
	return resp, err
}

// run looks for the provider until it is found, or ctx ends.
func (p *provider) run(ctx context.Context) {
	for wait := discoverEvery; ; wait = min(2*wait, discoverAtMost) {
		if _, err := p.discover(ctx); err == nil {
			return
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// discover returns the provider as its metadata describes it, which is fetched until that succeeds.
func (p *provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	if p.err != nil && time.Since(p.tried) < discoverEvery {
		return nil, p.err
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.options.Issuer)
	p.tried = time.Now()
	switch {
	case ctx.Err() != nil:
		return nil, &failure{unreachable, ctx.Err()}
	case err != nil && p.err == nil:
		p.options.Log.Error("the provider of sign-in can't be reached: nobody can sign in until it can", "issuer", p.options.Issuer, "err", err)
	case err == nil:
		p.options.Log.Info("the provider of sign-in is reached", "issuer", p.options.Issuer)
	}
	if err != nil {
		p.err = &failure{unreachable, err}
		return nil, p.err
	}
	p.found, p.err = found, nil
	return found, nil
}

func (p *provider) config(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.options.ClientID, ClientSecret: string(p.options.ClientSecret), Endpoint: found.Endpoint(),
		RedirectURL: p.options.PublicURL + Route[1:] + "/callback",
		Scopes:      append([]string{oidc.ScopeOpenID}, p.options.Scopes...),
	}
}

// begin returns the address at which a user signs in, with a new state; with again, also if they have a session
// at the provider. It completes f.
func (p *provider) begin(ctx context.Context, f *flow, again bool) (state, address string, err error) {
	found, err := p.discover(ctx)
	if err != nil {
		return "", "", err
	}
	state, f.Nonce, f.Verifier = rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	options := []oauth2.AuthCodeOption{oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)}
	if again {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"))
	}
	return state, p.config(found).AuthCodeURL(state, options...), nil
}

// finish returns who has signed in, by the parameters with which the provider has sent the user back. The
// error is a *failure. It contains no code, token or secret.
func (p *provider) finish(ctx context.Context, query url.Values, f *flow) (*user, error) {
	if code := query.Get("error"); code == "access_denied" {
		return nil, &failure{denied, errors.New("access_denied")}
	} else if code != "" {
		return nil, &failure{refused, fmt.Errorf("the provider says %.100q: %.300q", code, query.Get("error_description"))}
	}
	found, err := p.discover(ctx)
	if err != nil {
		return nil, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	tokens, err := p.config(found).Exchange(ctx, query.Get("code"), oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return nil, failed("exchange the code", err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	if raw == "" {
		return nil, &failure{refused, errors.New("the provider has sent no ID token")}
	}
	now := p.options.Now()
	// An ID token that has just been issued has expired only by a clock that is wrong.
	verifier := found.VerifierContext(ctx, &oidc.Config{ClientID: p.options.ClientID, Now: func() time.Time { return now.Add(-clockSkew) }})
	id, err := verifier.Verify(ctx, raw)
	var expired *oidc.TokenExpiredError
	switch {
	case errors.As(err, &expired):
		return nil, &failure{clock, fmt.Errorf("the ID token expired at %v, and here it is %v", expired.Expiry.UTC(), now.UTC())}
	case err != nil:
		return nil, failed("verify the ID token", err)
	case id.IssuedAt.After(now.Add(clockSkew)):
		return nil, &failure{clock, fmt.Errorf("the ID token was issued at %v, and here it is %v", id.IssuedAt.UTC(), now.UTC())}
	case id.Nonce != f.Nonce:
		return nil, &failure{refused, errors.New("the ID token is another sign-in's: its nonce is wrong")}
	case id.Subject == "":
		return nil, &failure{refused, errors.New(`the ID token has no "sub"`)}
	}
	var object json.RawMessage
	if err := id.Claims(&object); err != nil {
		return nil, failed("read the ID token", err)
	}
	claims, err := strictjson.Object(object) // or two subjects could be one user: package oidc isn't strict
	if err != nil {
		return nil, failed("read the ID token", err)
	}
	if found.UserInfoEndpoint() != "" {
		// Many providers put names and groups only there (OpenID Connect Core, section 5.4).
		info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
		if err != nil {
			return nil, failed("ask who the user is", err)
		}
		if info.Subject != id.Subject { // section 5.3.2
			return nil, &failure{refused, errors.New("the provider describes another user than the one who has signed in")}
		}
		if err := info.Claims(&claims); err != nil {
			return nil, failed("read who the user is", err)
		}
	}
	u := &user{subject: id.Subject, groups: list(claims[p.options.GroupsClaim])}
	for _, claim := range []string{"name", "preferred_username", "nickname"} {
		if u.name == "" {
			_ = json.Unmarshal(claims[claim], &u.name) // a name that is no string is none
		}
	}
	return u, nil
}

// failed returns the failure of a request to the provider.
func failed(what string, err error) *failure {
	why := refused
	var network *url.Error
	var answer *oauth2.RetrieveError
	if errors.As(err, &network) || errors.As(err, &answer) && answer.Response.StatusCode >= http.StatusInternalServerError {
		why = unreachable
	}
	return &failure{why, fmt.Errorf("%s: %.500w", what, err)}
}

// list returns the strings of a claim, which may also be a single one.
func list(claim json.RawMessage) []string {
	var one string
	if json.Unmarshal(claim, &one) == nil && one != "" {
		return []string{one}
	}
	var all []string
	_ = json.Unmarshal(claim, &all) // what is no list of strings is none
	return all
}
