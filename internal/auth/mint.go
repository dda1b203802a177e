package auth

import (
	"crypto"
	"errors"
	"fmt"
	"strings"

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
		secret, err := readSecret(file)
		if err != nil {
			return "", err
		}
		by, alg = secret, hmacAlgs()[0]
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
	token, err := jwt.NewWithClaims(jwt.GetSigningMethod(alg), claims).SignedString(by)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return token, nil
}

// signing returns how to sign with a private key.
func signing(private crypto.Signer) (by any, alg string, err error) {
	k, err := newKey(private.Public())
	if err != nil {
		return nil, "", err
	}
	return private, k.algs[0], nil
}
