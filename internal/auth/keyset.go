package auth

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/MicahParks/jwkset"

	"snug/internal/strictjson"
)

// keysAtMost bounds the usable keys of a set, and so the signatures that are computed for
// a token that names no key.
const keysAtMost = 100

// publishedKey is a key of a set. Several keys may have one ID (RFC 7517, section
// 4.5), and some have none.
type publishedKey struct {
	key
	id string
}

// mayHaveSigned reports whether k may verify a token. A token doesn't have to name its
// key.
func (k *publishedKey) mayHaveSigned(kid, alg string) bool {
	return (kid == "" || k.id == kid) && slices.Contains(k.algs, alg)
}

// parseKeySet returns the keys of a JWK set that can verify tokens. It ignores
// elements that are not understood, of whatever shape (RFC 7517, section 5), and
// secrets: a published one is none.
func parseKeySet(data []byte) ([]publishedKey, error) {
	set := make(map[string]json.RawMessage) // its keys keep their case
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, fmt.Errorf("the response is not a JWK set: %w", err)
	}
	if err := strictjson.CheckNames(data, 1); err != nil { // an element with a name twice is an odd one
		return nil, fmt.Errorf("the response is not a JWK set: %w", err)
	}
	if kind := strictjson.Kind(set["keys"]); kind != "a list" {
		return nil, fmt.Errorf(`the response is not a JWK set: its "keys" must be a list, and there is %s`, kind)
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(set["keys"], &elements); err != nil {
		return nil, fmt.Errorf("the response is not a JWK set: %w", err)
	}
	var keys []publishedKey
	for _, element := range elements {
		if k, ok := parseKey(element); ok {
			keys = append(keys, k)
		}
	}
	if len(keys) > keysAtMost {
		return nil, fmt.Errorf("the set has %d keys that can verify: at most %d", len(keys), keysAtMost)
	}
	return keys, nil
}

// parseKey reports false for an element that is no key to verify tokens with.
func parseKey(element json.RawMessage) (k publishedKey, ok bool) {
	fields, err := strictjson.Object(element)
	if err != nil {
		return k, false
	}
	text := make(map[string]string)
	for _, name := range []string{"kty", "alg", "kid", "crv", "x", "y", "n", "e"} {
		if text[name], ok = strictjson.String(fields, name); !ok {
			return k, false
		}
	}
	if text["kty"] == string(jwkset.KtyOct) || !mayVerify(fields) {
		return k, false
	}
	jwk, err := jwkset.NewJWKFromMarshal(jwkset.JWKMarshal{
		KTY: jwkset.KTY(text["kty"]), CRV: jwkset.CRV(text["crv"]),
		X: text["x"], Y: text["y"], N: text["n"], E: text["e"],
	}, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
	if err != nil {
		return k, false
	}
	if k.key, err = newKey(jwk.Key()); err != nil {
		return k, false
	}
	if _, there := fields["alg"]; there {
		alg := canonicalAlg(text["alg"])
		if !slices.Contains(k.algs, alg) {
			return k, false
		}
		k.algs = []string{alg}
	}
	k.id = text["kid"]
	return k, true
}

// mayVerify reports whether a key is meant for signatures, and for verifying them: it says so in what it
// has of "use" and "key_ops" (RFC 7517, sections 4.2 and 4.3).
func mayVerify(fields map[string]json.RawMessage) bool {
	if _, there := fields["use"]; there {
		if use, ok := strictjson.String(fields, "use"); !ok || use != string(jwkset.UseSig) {
			return false
		}
	}
	value, there := fields["key_ops"]
	if !there {
		return true
	}
	var operations []string
	return json.Unmarshal(value, &operations) == nil && slices.Contains(operations, string(jwkset.KeyOpsVerify))
}
