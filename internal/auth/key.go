package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"snug/internal/keyfile"
)

// OpenTokens returns a verifier of tokens with the key that from names:
//
//   - "hmac:FILE", a secret of 32 bytes or more, shared with the issuer of tokens;
//   - "key:FILE", a public key in PEM: Ed25519, RSA or EC;
//   - "jwks:URL", the public keys of an issuer (RFC 7517), fetched when they are
//     needed. Failures to fetch them are logged to log.
//
// The caller ends the verifier with Close.
func OpenTokens(from string, o TokenOptions, log *slog.Logger) (*Tokens, error) {
	kind, what, _ := strings.Cut(from, ":")
	switch kind {
	case "hmac":
		secret, err := ReadSecret(what)
		if err != nil {
			return nil, err
		}
		return secret.Tokens(o), nil
	case "key":
		public, err := readPublic(what)
		if err != nil {
			return nil, err
		}
		return newTokens(singleKey{public}, o), nil
	case "jwks":
		u, err := url.Parse(what)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return nil, errors.New("a JWKS is named by a URL such as https://example.com/keys.json")
		}
		return newTokens(newJWKS(u.String(), log), o), nil
	}
	return nil, errors.New("it must be hmac:FILE, key:FILE or jwks:URL")
}

// key is a key that tokens are verified with.
type key struct {
	public any      // of a type that package jwt accepts
	algs   []string // the algorithms that a token may be signed with (RFC 7518, RFC 8037), as canonicalAlg names them
}

// singleKey is the only key of all tokens. It ignores their "kid".
type singleKey struct{ key }

// candidates implements keys.
func (k singleKey) candidates(_ context.Context, _, alg string) ([]any, error) {
	if !slices.Contains(k.algs, alg) {
		return nil, bad("the token is signed with an algorithm that doesn't fit the key: it permits %s", strings.Join(k.algs, ", "))
	}
	return []any{k.public}, nil
}

func (singleKey) close() {}

// canonicalAlg returns the name that an algorithm has here: Ed25519 (RFC 9864) is what EdDSA
// (RFC 8037) is with an Ed25519 key, the only one here of that kind.
func canonicalAlg(alg string) string {
	if alg == "Ed25519" {
		return "EdDSA"
	}
	return alg
}

func hmacAlgs() []string { return []string{"HS256", "HS384", "HS512"} }

// newKey returns a key that verifies tokens with a public key.
func newKey(public any) (key, error) {
	switch public := public.(type) {
	case ed25519.PublicKey:
		return key{public, []string{"EdDSA"}}, nil
	case *rsa.PublicKey:
		const least = 2048
		if n := public.N.BitLen(); n < least {
			return key{}, fmt.Errorf("an RSA key of %d bits: at least %d", n, least)
		}
		return key{public, []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}}, nil
	case *ecdsa.PublicKey:
		switch public.Curve {
		case elliptic.P256():
			return key{public, []string{"ES256"}}, nil
		case elliptic.P384():
			return key{public, []string{"ES384"}}, nil
		case elliptic.P521():
			return key{public, []string{"ES512"}}, nil
		}
	}
	return key{}, fmt.Errorf("a key of type %T: Ed25519, RSA, or EC on P-256, P-384 or P-521", public)
}

// readFile reads the file that is named after the colon.
func readFile(file string) ([]byte, error) {
	if file == "" {
		return nil, errors.New("no file is named after the colon")
	}
	return keyfile.Read(file)
}

// readPEM returns the first block of a PEM file.
func readPEM(file string) (*pem.Block, error) {
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s is no PEM file: such a file begins with -----BEGIN …", file)
	}
	return block, nil
}

func readPublic(file string) (key, error) {
	block, err := readPEM(file)
	if err != nil {
		return key{}, err
	}
	var public any
	switch block.Type {
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var cert *x509.Certificate
		if cert, err = x509.ParseCertificate(block.Bytes); err == nil {
			public = cert.PublicKey
		}
	default:
		return key{}, fmt.Errorf("%s is a %s: it must be a PUBLIC KEY, such as the output of openssl pkey -in FILE -pubout", file, strings.ToLower(block.Type))
	}
	if err != nil {
		return key{}, fmt.Errorf("read the key in %s: %w", file, err)
	}
	k, err := newKey(public)
	if err != nil {
		return key{}, fmt.Errorf("%s is %w", file, err)
	}
	return k, nil
}

// readPrivate reads a private key to sign with.
func readPrivate(file string) (crypto.Signer, error) {
	block, err := readPEM(file)
	if err != nil {
		return nil, err
	}
	var private any
	switch block.Type {
	case "PRIVATE KEY":
		private, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		private, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		private, err = x509.ParseECPrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("%s is a %s: signing needs the PRIVATE KEY", file, strings.ToLower(block.Type))
	}
	if err != nil {
		return nil, fmt.Errorf("read the key in %s: %w", file, err)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%s can't sign: use an Ed25519, RSA or EC key", file)
	}
	return signer, nil
}
