package signin_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"snug/internal/signin"
)

// wrongProvider does what a real provider doesn't do.
type wrongProvider struct {
	*httptest.Server
	key    *rsa.PrivateKey
	down   atomic.Bool
	nonce  string         // of the sign-in under way
	claims map[string]any // in the ID token, instead of the right ones
	info   map[string]any // from the UserInfo endpoint
	status int            // of the answer to a code, unless 0
}

func newWrongProvider(t *testing.T) *wrongProvider {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &wrongProvider{key: key}
	mux := http.NewServeMux()
	answer := func(path string, what func() any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if err := json.NewEncoder(w).Encode(what()); err != nil {
				t.Error(err)
			}
		})
	}
	answer("/.well-known/openid-configuration", func() any {
		return map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"userinfo_endpoint": p.URL + "/info", "id_token_signing_alg_values_supported": []string{"RS256"},
		}
	})
	answer("/keys", func() any {
		encoded := base64.RawURLEncoding.EncodeToString
		return map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "n": encoded(key.N.Bytes()), "e": "AQAB"}}}
	})
	answer("/info", func() any { return p.info })
	answer("/token", func() any {
		claims := jwt.MapClaims{"iss": p.URL, "sub": "ann", "aud": "snug", "nonce": p.nonce, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix()}
		maps.Copy(claims, p.claims)
		id, err := jwt.NewWithClaims(jwt.SigningMethodRS256, claims).SignedString(key)
		if err != nil {
			t.Error(err)
		}
		return map[string]any{"access_token": "secret-access", "token_type": "Bearer", "id_token": id}
	})
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.down.Load() || p.status != 0 && r.URL.Path == "/token" {
			w.WriteHeader(max(p.status, http.StatusBadGateway))
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// signIn signs in at the wrong provider, and returns what the page is told of it; empty if nothing.
func (p *wrongProvider) signIn(t *testing.T, s *site) string {
	b := s.newBrowser()
	_, address := b.get(s.url + "sign-in?room=tea")
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if at.Fragment != "" {
		return at.Fragment
	}
	q := at.Query()
	p.nonce = q.Get("nonce")
	if q.Get("code_challenge") == "" || q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" {
		t.Errorf("there is no PKCE in %s", address)
	}
	_, to := b.get(s.url + "sign-in/callback?code=secret-code&state=" + q.Get("state"))
	return strings.TrimPrefix(to, s.url+"r/tea")
}

func TestWhatAProviderSaysIsChecked(t *testing.T) {
	p := newWrongProvider(t)
	s := newSite(t)
	s.start(1, signin.Options{Issuer: p.URL})
	right := map[string]any{"sub": "ann"}
	for _, c := range []struct {
		what         string
		claims, info map[string]any
		status       int
		want         string
	}{
		{what: "all is right", info: right, want: ""},
		{what: "another sign-in's ID token", claims: map[string]any{"nonce": "other"}, info: right, want: "#sign-in=refused"},
		{what: "another client's", claims: map[string]any{"aud": "other"}, info: right, want: "#sign-in=refused"},
		{what: "another issuer's", claims: map[string]any{"iss": "https://other.example"}, info: right, want: "#sign-in=refused"},
		{what: "nobody's", claims: map[string]any{"sub": ""}, info: right, want: "#sign-in=refused"},
		{what: "somebody's whose name is half a character", claims: map[string]any{"sub": json.RawMessage(`"u\ud800"`)}, info: map[string]any{"sub": "u\ufffd"}, want: "#sign-in=refused"},
		{what: "it has expired", claims: map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}, info: right, want: "#sign-in=clock"},
		{what: "another user is described", info: map[string]any{"sub": "bob"}, want: "#sign-in=refused"},
		{what: "the description has no end", info: map[string]any{"sub": "ann", "more": strings.Repeat("x", 2<<20)}, want: "#sign-in=refused"},
		{what: "the name and groups are something else", info: map[string]any{"sub": "ann", "name": 7, "groups": map[string]any{"a": 1}}, want: ""},
		{what: "it is overloaded", info: right, status: http.StatusServiceUnavailable, want: "#sign-in=unreachable"},
	} {
		p.claims, p.info, p.status = c.claims, c.info, c.status
		if got := p.signIn(t, s); got != c.want {
			t.Errorf("%s: %q, want %q:\n%s", c.what, got, c.want, s.log)
		}
	}
	for _, leak := range []string{"secret-", "eyJ", secret} {
		if strings.Contains(s.log.String(), leak) {
			t.Errorf("the log has %q:\n%s", leak, s.log)
		}
	}
}

func TestAProviderMayComeLater(t *testing.T) {
	p := newWrongProvider(t)
	p.down.Store(true)
	s := newSite(t)
	s.start(1, signin.Options{Issuer: p.URL})
	if got := p.signIn(t, s); got != "sign-in=unreachable" {
		t.Errorf("the page is told %q", got)
	}
	p.down.Store(false)
	p.info = map[string]any{"sub": "ann"}
	s.all[0].Run(t.Context()) // returns when the provider is found
	if got := p.signIn(t, s); got != "" {
		t.Errorf("the page is told %q", got)
	}
	if log := s.log.String(); !strings.Contains(log, "can't be reached") || !strings.Contains(log, "is reached") {
		t.Errorf("the log doesn't say so: %s", log)
	}
}
