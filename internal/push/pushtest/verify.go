package pushtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// verify checks the Authorization of a push to a push service (RFC 8292): the claims, and the signature
// by the key that it names. It returns who has sent it and the key.
func verify(authorization, origin string, now time.Time) (contact, key string, err error) {
	rest, ok := strings.CutPrefix(authorization, "vapid t=")
	token, key, found := strings.Cut(rest, ", k=")
	parts := strings.Split(token, ".")
	if !ok || !found || len(parts) != 3 {
		return "", "", fmt.Errorf("it is %q", authorization)
	}
	var header struct{ Alg, Typ string }
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	for i, to := range []any{&header, &claims} {
		data, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err == nil {
			err = json.Unmarshal(data, to)
		}
		if err != nil {
			return "", "", err
		}
	}
	left := time.Unix(claims.Exp, 0).Sub(now)
	switch {
	case header.Alg != "ES256":
		return "", "", fmt.Errorf("it is signed by %s", header.Alg)
	case claims.Aud != origin:
		return "", "", fmt.Errorf("it is for %s", claims.Aud)
	case left <= 0 || left > 24*time.Hour:
		return "", "", fmt.Errorf("it is valid for another %v", left)
	case !strings.HasPrefix(claims.Sub, "https://") && !(strings.HasPrefix(claims.Sub, "mailto:") && strings.Contains(claims.Sub, "@")):
		return "", "", fmt.Errorf("its sub is %q, which Apple's and Mozilla's services refuse", claims.Sub)
	}
	point, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil {
		return "", "", err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return "", "", err
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(signature) != 64 { // RFC 7518, section 3.4
		return "", "", fmt.Errorf("the signature has %d bytes, %w", len(signature), err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return "", "", errors.New("it isn't signed by the key that it names")
	}
	return claims.Sub, key, nil
}
