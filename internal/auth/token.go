package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"snug/protocol"
)

const (
	// tokenBytes bounds a token: what goes into a request's header, and more than
	// anyone's claims take.
	tokenBytes = 8 << 10
	// leeway is by how much the clocks of who issues tokens and of the server may
	// differ. A token is good for that much longer, and earlier.
	leeway = 10 * time.Second
	// longest bounds the time that a token is good for.
	longest = 100 * 365 * 24 * time.Hour
)

// Holder is who a token says somebody is.
type Holder struct {
	Issuer, Subject string        // together they are one member's
	Name            string        // to go by; empty if it doesn't say
	Role            protocol.Role // what may be done in the room at least
	Until           time.Time     // when it ends, with a monotonic reading
}

// Same reports whether two tokens are one member's.
func (h *Holder) Same(other *Holder) bool {
	return h.Issuer == other.Issuer && h.Subject == other.Subject
}

// Member returns the member that the holder is, under a secret key: nobody who
// sees it learns whose it is by trying subjects.
func (h *Holder) Member(key []byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%d %s%s", len(h.Issuer), h.Issuer, h.Subject) // a hash takes all
	return hex.EncodeToString(mac.Sum(nil)[:memberBytes])
}

// TokenOptions are what a Tokens asks of a token beside a key's signature.
type TokenOptions struct {
	Audience string // in "aud"; without it a token may have none
	Issuer   string // as "iss"; without it, any
}

// Tokens verifies tokens. It is safe for concurrent use.
type Tokens struct {
	keys   keys
	parser *jwt.Parser
	aud    string
}

// keys finds the keys that may verify a token, by its header's "kid" (empty if it has
// none) and "alg". There is at least one, and all of them permit alg. The error is a
// [*protocol.Error].
type keys interface {
	candidates(ctx context.Context, kid, alg string) ([]any, error)
	close()
}

func newTokens(k keys, o TokenOptions) *Tokens {
	options := []jwt.ParserOption{jwt.WithLeeway(leeway), jwt.WithExpirationRequired(), jwt.WithStrictDecoding()}
	if o.Audience != "" {
		options = append(options, jwt.WithAudience(o.Audience))
	}
	if o.Issuer != "" {
		options = append(options, jwt.WithIssuer(o.Issuer))
	}
	return &Tokens{keys: k, parser: jwt.NewParser(options...), aud: o.Audience}
}

// Close ends what the verifier has under way. It is called once, when Holder is no
// longer called.
func (t *Tokens) Close() { t.keys.close() }

// Holder returns who may enter a room by a token. It may fetch keys, until ctx
// ends. The error is a [*protocol.Error]: bad-token, or unavailable where the keys
// can't be had.
func (t *Tokens) Holder(ctx context.Context, token, room string) (*Holder, error) {
	switch {
	case token == "":
		return nil, bad("a token is missing: this server lets in who has one")
	case len(token) > tokenBytes:
		return nil, bad("the token has %d bytes: at most %d", len(token), tokenBytes)
	}
	var c Claims
	_, err := t.parser.ParseWithClaims(token, &c, func(tok *jwt.Token) (any, error) { return t.keyOf(ctx, tok) })
	if err != nil {
		return nil, refusal(err)
	}
	switch {
	case t.aud == "" && len(c.Audience) > 0:
		return nil, bad("the token is for an audience, and this server is told of none: ask for one without it")
	case c.Subject == "":
		return nil, bad(`the token has no "sub": it must say who its holder is`)
	case !c.opens(room):
		return nil, bad("the token isn't for this room: ask for one whose rooms have it")
	}
	h := &Holder{Issuer: c.Issuer, Subject: c.Subject, Name: c.Name, Role: c.Role}
	switch c.Role {
	case "":
		h.Role = protocol.RoleMember
	case protocol.RoleMember, protocol.RoleModerator, protocol.RoleOwner:
	default:
		return nil, bad("the token has a role that there isn't: one of %s, %s, %s", protocol.RoleMember, protocol.RoleModerator, protocol.RoleOwner)
	}
	now := time.Now()
	h.Until = now.Add(min(c.ExpiresAt.Sub(now), longest) + leeway)
	return h, nil
}

// keyOf returns the keys that may verify a token. Of its header, only "alg" and "kid"
// count: everything else that it says about keys is the claim of whoever wrote it.
func (t *Tokens) keyOf(ctx context.Context, tok *jwt.Token) (any, error) {
	if _, there := tok.Header["crit"]; there { // RFC 7515, section 4.1.11
		return nil, bad(`the token's header has "crit": this server knows no critical extensions`)
	}
	if err := checkHeader(tok.Raw); err != nil {
		return nil, err
	}
	kid, isString := tok.Header["kid"].(string)
	if _, there := tok.Header["kid"]; there && !isString {
		return nil, bad(`the "kid" in the token's header must be a string`)
	}
	found, err := t.keys.candidates(ctx, kid, tok.Method.Alg())
	if err != nil {
		return nil, err
	}
	set := jwt.VerificationKeySet{Keys: make([]jwt.VerificationKey, len(found))}
	for i, k := range found {
		set.Keys[i] = k
	}
	return set, nil
}

// checkHeader refuses a header that has a name twice (RFC 7515, section 4).
func checkHeader(token string) error {
	encoded, _, _ := strings.Cut(token, ".")
	header, err := base64.RawURLEncoding.DecodeString(encoded)
	if err == nil {
		err = checkNames(header)
	}
	if err != nil {
		return bad("the token's header is not a valid JSON object: %v", err)
	}
	return nil
}

func bad(format string, args ...any) *protocol.Error {
	return protocol.Errorf(protocol.BadToken, format, args...)
}

// refusal says what is wrong with a token, without a word of it.
func refusal(err error) *protocol.Error {
	var said *protocol.Error
	switch {
	case errors.As(err, &said):
		return said
	case errors.Is(err, jwt.ErrTokenMalformed):
		return bad("that is no token: it is a JWT, three parts with dots between them")
	case errors.Is(err, jwt.ErrTokenUnverifiable):
		return bad("the token isn't signed in a way that is taken here")
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return bad("the token isn't signed by the key that this server trusts")
	case errors.Is(err, jwt.ErrTokenExpired):
		return bad("the token has ended: ask for a fresh one")
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return bad("the token isn't valid yet: come back later")
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return bad(`the token lacks a claim: it needs "sub" and "exp", and "iss" and "aud" where the server names them`)
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return bad("the token is for another audience than this server")
	case errors.Is(err, jwt.ErrTokenInvalidIssuer):
		return bad("the token is another issuer's than the one this server trusts")
	}
	return bad("the token can't be taken: its claims aren't what they should be")
}
