package auth

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"snug/protocol"
)

// issuer publishes keys, in memory. Its fields may be changed between requests.
type issuer struct {
	keys    map[string]ed25519.PrivateKey
	extra   []string // further elements of the set
	down    bool
	hang    bool // until the request is cancelled
	fetched int
}

// RoundTrip implements [http.RoundTripper].
func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	i.fetched++
	if i.hang {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if i.down {
		return nil, errors.New("the issuer is down")
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(i.set()))}, nil
}

func (i *issuer) set() []byte {
	keys := []any{}
	for _, element := range i.extra {
		keys = append(keys, json.RawMessage(element))
	}
	for kid, private := range i.keys {
		x := base64.RawURLEncoding.EncodeToString(private.Public().(ed25519.PublicKey))
		keys = append(keys, map[string]string{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "alg": "EdDSA", "use": "sig"})
	}
	data, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		panic(err)
	}
	return data
}

func (i *issuer) add(t *testing.T, kid string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	i.keys[kid] = private
}

// token is signed with a key and names its id.
func (i *issuer) token(t *testing.T, kid string) string {
	t.Helper()
	private, ok := i.keys[kid]
	if !ok {
		_, private, _ = ed25519.GenerateKey(nil)
	}
	return signedBy(t, jwt.SigningMethodEdDSA, private, kid)
}

// signedBy is Ann's token under a key, with its ID if kid isn't empty.
func signedBy(t *testing.T, method jwt.SigningMethod, private any, kid string) string {
	t.Helper()
	token := jwt.NewWithClaims(method, Claims{RegisteredClaims: jwt.RegisteredClaims{
		Subject: "ann", ExpiresAt: jwt.NewNumericDate(time.Now().Add(1000 * time.Hour)),
	}})
	if kid != "" {
		token.Header["kid"] = kid
	}
	signed, err := token.SignedString(private)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// published returns an issuer with a key "1", and who fetches from it.
func published(t *testing.T) (*issuer, *Tokens) {
	i := &issuer{keys: make(map[string]ed25519.PrivateKey)}
	i.add(t, "1")
	keys := newJWKS("https://issuer.example/keys", slog.New(slog.DiscardHandler))
	keys.client.Transport = i
	t.Cleanup(keys.close)
	return i, newTokens(keys, TokenOptions{})
}

func code(err error) protocol.ErrorCode {
	var e *protocol.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func TestPublishedKeysAreFetchedOnceAndAgainInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, tokens := published(t)
		token := i.token(t, "1")
		check := func(want int) {
			t.Helper()
			if _, err := tokens.Holder(t.Context(), token, "room1"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait() // for a fetch in the background
			if i.fetched != want {
				t.Errorf("fetched %d times, want %d", i.fetched, want)
			}
		}
		for range 100 {
			check(1)
		}
		time.Sleep(keysFresh - time.Second)
		check(1)
		time.Sleep(time.Second)
		check(2)

		delete(i.keys, "1") // withdrawn
		i.add(t, "2")
		time.Sleep(keysFresh)
		check(3) // the known key still counts while the keys are fetched
		if _, err := tokens.Holder(t.Context(), token, "room1"); code(err) != protocol.BadToken {
			t.Errorf("a token under a key that was withdrawn: %v", err)
		}
	})
}

func TestKeysThatNobodyNeededForLongAreFetchedBeforeTheyCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, tokens := published(t)
		token := i.token(t, "1")
		if _, err := tokens.Holder(t.Context(), token, "room1"); err != nil {
			t.Fatal(err)
		}
		delete(i.keys, "1") // withdrawn
		i.add(t, "2")
		time.Sleep(keysIdle)
		if _, err := tokens.Holder(t.Context(), token, "room1"); code(err) != protocol.BadToken {
			t.Errorf("a token under a key that was withdrawn: %v", err)
		}
	})
}

func TestAFetchThatHangsDelaysNobodyWithAKnownKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, tokens := published(t)
		token := i.token(t, "1")
		if _, err := tokens.Holder(t.Context(), token, "room1"); err != nil {
			t.Fatal(err)
		}
		i.hang = true
		unknown := i.token(t, "2")
		for range 1000 {
			time.Sleep(time.Minute)
			var strangers sync.WaitGroup
			for range 10 { // they wait for the fetch, all for the same one
				strangers.Go(func() {
					if _, err := tokens.Holder(t.Context(), unknown, "room1"); code(err) != protocol.BadToken {
						t.Errorf("a token under an unknown key: %v", err)
					}
				})
			}
			synctest.Wait()
			began := time.Now() // of the bubble's clock, which stands while anybody computes
			if _, err := tokens.Holder(t.Context(), token, "room1"); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(began); waited != 0 {
				t.Fatalf("the holder of a known key waited for %v", waited)
			}
			strangers.Wait()
		}
		tokens.Close()
	})
}

func TestCloseEndsAFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, tokens := published(t)
		i.hang = true
		done := make(chan error)
		go func() {
			_, err := tokens.Holder(t.Context(), i.token(t, "1"), "room1")
			done <- err
		}()
		synctest.Wait()
		tokens.Close()
		if err := <-done; code(err) != protocol.Unavailable {
			t.Errorf("a token whose key was being fetched: %v", err)
		}
	})
}

// RFC 9864 has a name for EdDSA with an Ed25519 key alone.
func TestEd25519IsEdDSA(t *testing.T) {
	i, tokens := published(t)
	private := i.keys["1"]
	token := func(alg string) string {
		said := encoded(`{"alg":"`+alg+`"}`) + "." + encoded(`{"sub":"ann","exp":99999999999}`)
		return said + "." + encoded(string(ed25519.Sign(private, []byte(said))))
	}
	keys := map[string][]byte{"EdDSA": i.set(), "Ed25519": bytes.Replace(i.set(), []byte(`"EdDSA"`), []byte(`"Ed25519"`), 1)}
	for named, set := range keys {
		found, err := parseKeySet(set)
		if err != nil || len(found) != 1 {
			t.Fatalf("a key for %s: %d keys, %v", named, len(found), err)
		}
		tokens := newTokens(singleKey{found[0].key}, TokenOptions{})
		for _, alg := range []string{"EdDSA", "Ed25519"} {
			if _, err := tokens.Holder(t.Context(), token(alg), "room1"); err != nil {
				t.Errorf("a token by %s with a key for %s: %v", alg, named, err)
			}
		}
		if _, err := tokens.Holder(t.Context(), token("Ed448"), "room1"); code(err) != protocol.BadToken {
			t.Errorf("a token by Ed448: %v", err)
		}
	}
	if _, err := tokens.Holder(t.Context(), token("Ed25519"), "room1"); err != nil {
		t.Errorf("by a key that is published: %v", err)
	}
}

func encoded(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// One ID may stand for keys of two kinds, and a token may name none.
func TestAllKeysThatMayHaveSignedATokenAreTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, tokens := published(t)
		rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		n := base64.RawURLEncoding.EncodeToString(rsaKey.N.Bytes())
		i.extra = []string{`{"kty":"RSA","kid":"1","n":"` + n + `","e":"AQAB"}`, `{"kid":7}`, `"text"`, `null`}
		i.add(t, "2")
		for name, token := range map[string]string{
			"the first key of the ID":        i.token(t, "1"),
			"the second key of the ID":       signedBy(t, jwt.SigningMethodRS256, rsaKey, "1"),
			"no ID, the first of three keys": signedBy(t, jwt.SigningMethodEdDSA, i.keys["1"], ""),
			"no ID, another of three keys":   signedBy(t, jwt.SigningMethodEdDSA, i.keys["2"], ""),
			"no ID, the only one of its alg": signedBy(t, jwt.SigningMethodRS256, rsaKey, ""),
		} {
			if _, err := tokens.Holder(t.Context(), token, "room1"); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, token := range map[string]string{
			"another key's ID": signedBy(t, jwt.SigningMethodEdDSA, i.keys["1"], "2"),
			"a stranger's key": i.token(t, ""),
		} {
			if _, err := tokens.Holder(t.Context(), token, "room1"); code(err) != protocol.BadToken {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestUnknownKeyIsLookedForButNotTooOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, tokens := published(t)
		for n := range 1000 {
			if _, err := tokens.Holder(t.Context(), i.token(t, fmt.Sprint("unknown", n)), "room1"); code(err) != protocol.BadToken {
				t.Fatalf("%v", err)
			}
		}
		if i.fetched != 1 {
			t.Errorf("fetched %d times, want once", i.fetched)
		}
		i.add(t, "2") // the issuer has turned to a new key
		time.Sleep(fetchEvery)
		if _, err := tokens.Holder(t.Context(), i.token(t, "2"), "room1"); err != nil {
			t.Errorf("under the new key: %v", err)
		}
		if _, err := tokens.Holder(t.Context(), i.token(t, ""), "room1"); code(err) != protocol.BadToken {
			t.Errorf("a token that names none of two keys: %v", err)
		}
	})
}

func TestIssuerThatIsDownIsWaitedForWithTheKeysThereAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i, tokens := published(t)
		token := i.token(t, "1")
		i.down = true
		if _, err := tokens.Holder(t.Context(), token, "room1"); code(err) != protocol.Unavailable {
			t.Errorf("before there were keys: %v", err)
		}
		i.down = false
		time.Sleep(fetchEvery)
		if _, err := tokens.Holder(t.Context(), token, "room1"); err != nil {
			t.Error(err)
		}
		i.down = true
		time.Sleep(keysKept - time.Second)
		if _, err := tokens.Holder(t.Context(), token, "room1"); err != nil {
			t.Errorf("within a day: %v", err)
		}
		time.Sleep(keysFresh)
		if _, err := tokens.Holder(t.Context(), token, "room1"); code(err) != protocol.Unavailable {
			t.Errorf("after a day: %v", err)
		}
	})
}

func TestOnlyWhatCanVerifyCountsInASet(t *testing.T) {
	i, _ := published(t)
	good := strings.TrimSuffix(strings.TrimPrefix(string(i.set()), `{"keys":[`), `]}`)
	for name, c := range map[string]struct {
		keys string
		n    int // that count; 0 is an error
	}{
		"one":                {good, 1},
		"a secret":           {`{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","kid":"1"}`, 0},
		"for encryption":     {strings.Replace(good, `"sig"`, `"enc"`, 1), 0},
		"for no use":         {strings.Replace(good, `"sig"`, `""`, 1), 0},
		"use no text":        {strings.Replace(good, `"sig"`, `null`, 1), 0},
		"no use":             {strings.Replace(good, `"use":"sig",`, ``, 1), 1},
		"to encrypt":         {strings.Replace(good, `"use"`, `"key_ops":["encrypt"],"use"`, 1), 0},
		"for no operation":   {strings.Replace(good, `"use"`, `"key_ops":[],"use"`, 1), 0},
		"to sign":            {strings.Replace(good, `"use":"sig"`, `"key_ops":["sign"]`, 1), 0},
		"ops no list":        {strings.Replace(good, `"use"`, `"key_ops":"verify","use"`, 1), 0},
		"ops null":           {strings.Replace(good, `"use"`, `"key_ops":null,"use"`, 1), 0},
		"to sign and verify": {strings.Replace(good, `"use"`, `"key_ops":["sign","verify"],"use"`, 1), 1},
		"another alg":        {strings.Replace(good, `"EdDSA"`, `"HS256"`, 1), 0},
		"broken":             {strings.Replace(good, `"x":"`, `"x":"AA`, 1), 0},
		"of a later kind":    {`{"kty":"NEW"},` + good, 1},
		"with a place":       {strings.Replace(good, `"use"`, `"x5u":"http://127.0.0.1:1/","use"`, 1), 1},
		"odd elements":       {`null,7,"x",[],{"kid":7},{"kty":"OKP","kty":"RSA"},` + good, 1},
		"names in capitals":  {`{"KTY":"OKP","CRV":"Ed25519","X":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`, 0},
		"small RSA":          {`{"kty":"RSA","n":"AQAB","e":"AQAB"}`, 0},
		"too many":           {good + strings.Repeat(","+good, keysAtMost), 0},
		"many odd elements":  {strings.Repeat(`{"kty":"oct","k":"AAAA"},`, keysAtMost) + good, 1},
		"an empty alg":       {strings.Replace(good, `"EdDSA"`, `""`, 1), 0},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `{"keys":[%s]}`, c.keys)
		}))
		keys, err := newJWKS(server.URL, slog.New(slog.DiscardHandler)).get(t.Context())
		server.Close()
		if len(keys) != c.n || (err != nil) != (c.n == 0) {
			t.Errorf("%s: %d keys, %v", name, len(keys), err)
		}
	}
}

func TestAnswersThatAreNoKeys(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"an error": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"a page":   func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/other", http.StatusFound)
		},
		"no keys":            func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"Keys":[]}`) },
		"keys that are null": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"keys":null}`) },
		"null":               func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `null`) },
		"keys twice": func(w http.ResponseWriter, _ *http.Request) {
			i, _ := published(t)
			_, _ = w.Write(append([]byte(`{"keys":[],`), i.set()[1:]...))
		},
		"too much": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"keys":[`+strings.Repeat(" ", keysBytes)+`]}`)
		},
	} {
		server := httptest.NewServer(answer)
		if keys, err := newJWKS(server.URL, slog.New(slog.DiscardHandler)).get(t.Context()); err == nil || strings.Contains(err.Error(), "unexpected end") {
			t.Errorf("%s: %v, %v", name, keys, err)
		}
		server.Close()
	}
}

// Over HTTP, with a token as package jwt and a PEM file make it.
func TestKeysOverHTTP(t *testing.T) {
	i, _ := published(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(i.set()) }))
	defer server.Close()
	der, err := x509.MarshalPKCS8PrivateKey(i.keys["1"])
	if err != nil {
		t.Fatal(err)
	}
	private := filepath.Join(t.TempDir(), "private.pem")
	if err := os.WriteFile(private, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	token, err := Mint("key:"+private, Claims{RegisteredClaims: jwt.RegisteredClaims{Subject: "ann", ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour))}})
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := OpenTokens("jwks:"+server.URL, TokenOptions{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if h, err := tokens.Holder(t.Context(), token, "room1"); err != nil || h.Subject != "ann" {
		t.Errorf("%+v, %v", h, err)
	}
}

func FuzzKeySet(f *testing.F) {
	f.Add(`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a"}]}`)
	f.Add(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},null]}`)
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := parseKeySet([]byte(text))
		if err != nil && keys != nil {
			t.Errorf("%q: keys and an error", text)
		}
		for _, k := range keys {
			if len(k.algs) == 0 {
				t.Errorf("%q: a key without an algorithm", text)
			}
		}
	})
}
