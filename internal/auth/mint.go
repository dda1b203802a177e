package auth

import (
	"crypto"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Mint signs a token with claims, with the key that from names: "hmac:FILE", a secret, or
// "key:FILE", a private key in PEM. The verifier that [OpenTokens] returns for the same secret,
// or for the public part of the key, accepts it.
func Mint(from string, claims Claims) (string, error) {
	kind, file, _ := strings.Cut(from, ":")
	var by any
	var alg string
	switch kind {
	case "hmac":
		secret, err := ReadSecret(file)
		if err != nil {
			return "", err
		}
		by, alg = []byte(secret), hmacAlgs()[0]
	case "key":
		private, err := readPrivate(file)
		if err != nil {
			return "", err
		}
		if by, alg, err = signing(private); err != nil {
			return "", fmt.Errorf("%s is %w", file, err)
		}
	default:
		return "", errors.New("a token is signed with hmac:FILE or key:FILE")
	}
	return sign(by, alg, claims)
}

func sign(by any, alg string, claims Claims) (string, error) {
	token, err := jwt.NewWithClaims(jwt.GetSigningMethod(alg), claims).SignedString(by)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return token, nil
}

// Secret is an HMAC key of 32 bytes or more, with which this server both signs tokens and verifies
// them.
type Secret []byte

// ReadSecret reads a secret from a file. A newline at its end isn't part of it: some editors add one.
func ReadSecret(file string) (Secret, error) {
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	const least = 32 // RFC 7518, section 3.2
	secret := strings.TrimRight(string(data), "\r\n")
	switch {
	case strings.HasPrefix(secret, "-----BEGIN "):
		return nil, fmt.Errorf("%s is a key in PEM, which may be public, and not a secret: name it key:%s", file, file)
	case strings.TrimSpace(secret) == "":
		return nil, fmt.Errorf("%s has no secret, only space", file)
	case len(secret) < least:
		return nil, fmt.Errorf("the secret in %s has %d bytes: at least %d, such as the output of openssl rand -hex 32", file, len(secret), least)
	}
	return Secret(secret), nil
}

// Mint signs a token with claims, that is valid from one time until another.
func (s Secret) Mint(claims Claims, from, until time.Time) (string, error) {
	claims.IssuedAt, claims.ExpiresAt = jwt.NewNumericDate(from), jwt.NewNumericDate(until)
	return sign([]byte(s), hmacAlgs()[0], claims)
}

// Tokens returns a verifier of the tokens that are signed with s.
func (s Secret) Tokens(o TokenOptions) *Tokens {
	return newTokens(singleKey{key{[]byte(s), hmacAlgs()}}, o)
}

// signing returns how to sign with a private key.
func signing(private crypto.Signer) (by any, alg string, err error) {
	k, err := newKey(private.Public())
	if err != nil {
		return nil, "", err
	}
	return private, k.algs[0], nil
}
