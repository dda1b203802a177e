package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"snug/internal/strictjson"
	"snug/protocol"
)

const (
	// tokenBytes bounds a token: it must fit in a request's header. Usual claims need
	// much less.
	tokenBytes = 8 << 10
	// leeway is how much the clocks of the issuer and the server may differ. A token is
	// valid that much earlier and longer.
	leeway = 10 * time.Second
	// longest bounds the time that a token is valid.
	longest = 100 * 365 * 24 * time.Hour
)

// Holder is the person that a token identifies.
type Holder struct {
	Issuer, Subject string        // together they identify one member
	Name            string        // the nick; empty if the token has none
	Role            protocol.Role // the minimum role in the room
	Until           time.Time     // when the token expires, with a monotonic reading
}

// Same reports whether two tokens are of the same member.
func (h *Holder) Same(other *Holder) bool {
	return h.Issuer == other.Issuer && h.Subject == other.Subject
}

// Member returns the holder's member ID. It is an HMAC under a secret key, so that nobody
// can find the subject of a member ID by trying all subjects.
func (h *Holder) Member(key []byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%d %s%s", len(h.Issuer), h.Issuer, h.Subject) // a hash returns no error
	return hex.EncodeToString(mac.Sum(nil)[:memberBytes])
}

// Verifier says who has a token. It is safe for concurrent use.
type Verifier interface {
	// Holder returns the holder of a token that admits to a room. It may wait, at most until ctx
	// ends. The error is a [*protocol.Error].
	Holder(ctx context.Context, token, room string) (*Holder, error)
	// Close is called once, after the last call of Holder.
	Close()
}

// VerifierFunc is a Verifier that has nothing to close. It is called with tokens that aren't empty and
// not too long.
type VerifierFunc func(ctx context.Context, token, room string) (*Holder, error)

// Holder calls f, unless there is no token or it is too long.
func (f VerifierFunc) Holder(ctx context.Context, token, room string) (*Holder, error) {
	if err := checkLength(token); err != nil {
		return nil, err
	}
	return f(ctx, token, room)
}

// Close does nothing.
func (f VerifierFunc) Close() {}

// checkLength returns an error for a token that is missing or too long, a [*protocol.Error].
func checkLength(token string) error {
	switch {
	case token == "":
		return bad("a token is missing: this server admits only clients with a token")
	case len(token) > tokenBytes:
		return bad("the token has %d bytes: at most %d", len(token), tokenBytes)
	}
	return nil
}

// Expiry returns until with a monotonic reading, so that it stays when the clock is set. It is at most
// a century ahead, as for until zero, which means never.
func Expiry(until time.Time) time.Time {
	now := time.Now()
	if until.IsZero() {
		return now.Add(longest)
	}
	return now.Add(min(until.Sub(now), longest))
}

// TokenOptions are what Tokens requires of a token in addition to its signature.
type TokenOptions struct {
	Audience string // "aud" must include it; if it is empty, a token must have no "aud"
	Issuer   string // "iss" must be it; if it is empty, "iss" may be anything
}

// Tokens is the Verifier of tokens that somebody has signed (JWTs). It is safe for concurrent use.
type Tokens struct {
	keys      keys
	validator *jwt.Validator
	aud       string
}

// keys finds the keys that may verify a token, by its header's "kid" (empty if it has
// none) and "alg". There is at least one, and all of them permit alg. The error is a
// [*protocol.Error].
type keys interface {
	candidates(ctx context.Context, kid, alg string) ([]any, error)
	close()
}

func newTokens(k keys, o TokenOptions) *Tokens {
	options := []jwt.ParserOption{jwt.WithLeeway(leeway), jwt.WithExpirationRequired()}
	if o.Audience != "" {
		options = append(options, jwt.WithAudience(o.Audience))
	}
	if o.Issuer != "" {
		options = append(options, jwt.WithIssuer(o.Issuer))
	}
	return &Tokens{keys: k, validator: jwt.NewValidator(options...), aud: o.Audience}
}

// Close ends fetches of keys, and waits for them. It is called once, after the last call
// of Holder.
func (t *Tokens) Close() { t.keys.close() }

// Holder returns the holder of a token that admits to a room. It may wait for keys to be
// fetched, at most until ctx ends. The error is a [*protocol.Error]: bad-token, or
// unavailable if the keys can't be fetched.
func (t *Tokens) Holder(ctx context.Context, token, room string) (*Holder, error) {
	if err := checkLength(token); err != nil {
		return nil, err
	}
	u, err := parse(token)
	if err != nil {
		return nil, err
	}
	found, err := t.keys.candidates(ctx, u.kid, u.method.Alg())
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(found, u.isSignedBy) {
		return nil, bad("the token isn't signed by the key that this server trusts")
	}
	c := &u.claims
	if err := t.validator.Validate(c); err != nil {
		return nil, refusal(err)
	}
	switch {
	case t.aud == "" && len(c.Audience) > 0:
		return nil, bad("the token is for an audience, and this server is told of none: ask for a token without \"aud\"")
	case c.Subject == "":
		return nil, bad(`the token has no "sub": it must say who its holder is`)
	case !c.opens(room):
		return nil, bad("the token isn't for this room: ask for one whose rooms have it")
	}
	return &Holder{Issuer: c.Issuer, Subject: c.Subject, Name: c.Name, Role: c.roleIn(room), Until: Expiry(c.ExpiresAt.Time).Add(leeway)}, nil
}

// unverified is a token that has been read, and whose signature hasn't been verified. Of its header,
// only "alg" and "kid" count: anybody can write everything else that it says about keys.
type unverified struct {
	method    jwt.SigningMethod
	kid       string // empty if there is none
	claims    Claims
	signed    string // the bytes that are signed
	signature []byte
}

func (u *unverified) isSignedBy(key any) bool {
	return u.method.Verify(u.signed, u.signature, key) == nil
}

// parse reads a token: a JWS in the compact serialization (RFC 7515, section 7.1).
//
// It doesn't leave that to package jwt, which decodes JSON as encoding/json does: see [strictjson.Object].
func parse(token string) (*unverified, error) {
	const count = 3
	parts := strings.SplitN(token, ".", count+1)
	if len(parts) != count {
		return nil, errNoToken()
	}
	var decoded [count][]byte
	for i, part := range parts {
		var err error
		decoded[i], err = base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil || strings.ContainsAny(part, "\r\n") { // package base64 passes over line breaks
			return nil, errNoToken()
		}
	}
	header, err := strictjson.Object(decoded[0])
	if err != nil {
		return nil, bad("the token's header can't be read: %v", err)
	}
	if _, there := header["crit"]; there { // RFC 7515, section 4.1.11
		return nil, bad(`the token's header has "crit": this server knows no critical extensions`)
	}
	u := &unverified{signed: token[:strings.LastIndexByte(token, '.')], signature: decoded[2]}
	alg, _ := strictjson.String(header, "alg")
	if u.method = jwt.GetSigningMethod(canonicalAlg(alg)); u.method == nil {
		return nil, bad("the token isn't signed in a way that is taken here")
	}
	var isString bool
	if u.kid, isString = strictjson.String(header, "kid"); !isString {
		return nil, bad(`the "kid" in the token's header must be a string`)
	}
	return u, u.claims.UnmarshalJSON(decoded[1])
}

func errNoToken() error {
	return bad("that is no token: a token is a JWT, three parts in base64url with dots between them")
}

func bad(format string, args ...any) *protocol.Error {
	return protocol.Errorf(protocol.BadToken, format, args...)
}

// refusal returns what is wrong with claims, which a [jwt.Validator] has said.
func refusal(err error) error {
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return bad("the token has ended: ask for a fresh one")
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return bad("the token isn't valid yet: try again later")
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return bad(`the token lacks a claim: it needs "sub" and "exp", and "iss" and "aud" where the server names them`)
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return bad("the token is for another audience than this server")
	case errors.Is(err, jwt.ErrTokenInvalidIssuer):
		return bad("the token is another issuer's than the one this server trusts")
	}
	return bad("the token isn't accepted: its claims aren't valid")
}
