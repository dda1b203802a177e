package auth_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"snug/internal/auth"
	"snug/protocol"
)

const secret = "0123456789abcdef0123456789abcdef"

// file writes a file and returns its name.
func file(t testing.TB, data []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// pair returns the files of a key pair.
func pair(t testing.TB, private crypto.Signer) (privateFile, publicFile string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return file(t, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		file(t, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pub}))
}

func verifier(t testing.TB, from string, o auth.TokenOptions) *auth.Tokens {
	t.Helper()
	tokens, err := auth.OpenTokens(from, o, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// claims are right ones of Ann's; changes make them other.
func claims(changes ...func(*auth.Claims)) auth.Claims {
	c := auth.Claims{
		RegisteredClaims: jwt.RegisteredClaims{Subject: "ann", ExpiresAt: in(time.Hour)},
		Name:             "Ann",
	}
	for _, change := range changes {
		change(&c)
	}
	return c
}

func in(d time.Duration) *jwt.NumericDate { return jwt.NewNumericDate(time.Now().Add(d)) }

// signed is a token under the secret.
func signed(t testing.TB, c auth.Claims) string {
	t.Helper()
	token, err := auth.Mint("hmac:"+file(t, []byte(secret)), c)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// byHand is a token of parts that no library would write, under the secret.
func byHand(header, claims string) string {
	b64 := base64.RawURLEncoding
	said := b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(claims))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(said))
	return said + "." + b64.EncodeToString(mac.Sum(nil))
}

func TestEveryKindOfKeyVerifiesWhatItsHolderSigns(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	rsa2048, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]crypto.Signer{"Ed25519": ed, "RSA": rsa2048}
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		if kinds[curve.Params().Name], err = ecdsa.GenerateKey(curve, rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	type kind struct{ sign, verify string }
	all := map[string]kind{"HMAC": {"hmac:" + file(t, []byte(secret)), "hmac:" + file(t, []byte("\uFEFF"+secret+"\n"))}}
	for name, private := range kinds {
		private, public := pair(t, private)
		all[name] = kind{"key:" + private, "key:" + public}
	}
	for name, k := range all {
		t.Run(name, func(t *testing.T) {
			token, err := auth.Mint(k.sign, claims())
			if err != nil {
				t.Fatal(err)
			}
			h, err := verifier(t, k.verify, auth.TokenOptions{}).Holder(t.Context(), token, "room1")
			if err != nil || h.Subject != "ann" || h.Name != "Ann" || h.Role != protocol.RoleMember {
				t.Fatalf("%+v, %v", h, err)
			}
			for other, k := range all {
				if other == name {
					continue
				}
				if _, err := verifier(t, k.verify, auth.TokenOptions{}).Holder(t.Context(), token, "room1"); !isBad(err) {
					t.Errorf("under the key of %s: %v", other, err)
				}
			}
		})
	}
}

func isBad(err error) bool {
	var e *protocol.Error
	return errors.As(err, &e) && e.Code == protocol.BadToken
}

func TestBadTokensAreToldWhatIsWrong(t *testing.T) {
	good := signed(t, claims())
	_, payload, _ := strings.Cut(good, ".")
	payload, _, _ = strings.Cut(payload, ".")
	body, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		t.Fatal(err)
	}
	text := string(body)
	with := func(change func(*auth.Claims)) string { return signed(t, claims(change)) }
	for _, c := range []struct{ name, token, says string }{
		{"none at all", "", "missing"},
		{"no token", "hello", "no token"},
		{"two parts", "a.b", "no token"},
		{"five parts", "a.b.c.d.e", "no token"},
		{"not base64", "!.!.!", "no token"},
		{"a line break at its end", good + "\n", "no token"},
		{"a line break in it", good[:5] + "\r\n" + good[5:], "no token"},
		{"padding", good + "=", "no token"},
		{"a space", good + " ", "no token"},
		{"a mebibyte", strings.Repeat("a", 1<<20), "at most 8192"},
		{"alg none", byHand(`{"alg":"none"}`, text), "doesn't fit the key"},
		{"alg none, unsigned", strings.Join([]string{base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)), payload, ""}, "."), "doesn't fit the key"},
		{"alg None", byHand(`{"alg":"None"}`, text), "isn't signed in a way"},
		{"no alg", byHand(`{}`, text), "isn't signed in a way"},
		{"an alg that is no text", byHand(`{"alg":1}`, text), "isn't signed in a way"},
		{"another kind's alg", byHand(`{"alg":"RS256"}`, text), "doesn't fit the key"},
		{"crit", byHand(`{"alg":"HS256","crit":["b64"],"b64":false}`, text), "crit"},
		{"another secret's", func() string {
			other, err := auth.Mint("hmac:"+file(t, bytes.Repeat([]byte("x"), 32)), claims())
			if err != nil {
				t.Fatal(err)
			}
			return other
		}(), "isn't signed by the key"},
		{"changed claims", strings.Replace(good, payload, base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(text, "ann", "bob", 1))), 1), "isn't signed by the key"},
		{"a cut signature", good[:len(good)-3], "isn't signed by the key"},
		{"no signature", good[:strings.LastIndex(good, ".")+1], "isn't signed by the key"},
		{"expired", with(func(c *auth.Claims) { c.ExpiresAt = in(-time.Minute) }), "has ended"},
		{"no exp", with(func(c *auth.Claims) { c.ExpiresAt = nil }), "lacks a claim"},
		{"an exp beyond all numbers", byHand(`{"alg":"HS256"}`, `{"sub":"ann","exp":1e400}`), "\"exp\" is out of range"},
		{"an exp that is text", byHand(`{"alg":"HS256"}`, `{"sub":"ann","exp":"tomorrow"}`), "\"exp\" is a string: it must be a number"},
		{"not yet valid", with(func(c *auth.Claims) { c.NotBefore = in(time.Minute) }), "isn't valid yet"},
		{"no sub", with(func(c *auth.Claims) { c.Subject = "" }), `no "sub"`},
		{"no aud", with(func(c *auth.Claims) { c.Audience = nil }), "lacks a claim"},
		{"another aud", with(func(c *auth.Claims) { c.Audience = jwt.ClaimStrings{"others"} }), "another audience"},
		{"no iss", with(func(c *auth.Claims) { c.Issuer = "" }), "lacks a claim"},
		{"another iss", with(func(c *auth.Claims) { c.Issuer = "others" }), "another issuer"},
		{"another room", with(func(c *auth.Claims) { c.Rooms = &[]string{"room2", "team-*"} }), "isn't for this room"},
		{"no rooms", with(func(c *auth.Claims) { c.Rooms = &[]string{} }), "isn't for this room"},
		{"rooms that are no globs", with(func(c *auth.Claims) { c.Rooms = &[]string{"[", ""} }), "isn't for this room"},
		{"rooms that are no list", byHand(`{"alg":"HS256"}`, `{"sub":"ann","exp":99999999999,"rooms":"room1"}`), "\"rooms\" is a string: it must be a list"},
		{"an unknown role", with(func(c *auth.Claims) { c.Role = "admin" }), "member, moderator, owner"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := auth.TokenOptions{}
			if strings.Contains(c.name, "aud") {
				o.Audience = "snug"
			}
			if strings.Contains(c.name, "iss") && c.name != "no signature" {
				o.Issuer = "house"
			}
			h, err := verifier(t, "hmac:"+file(t, []byte(secret)), o).Holder(t.Context(), c.token, "room1")
			if !isBad(err) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%+v, %v: want %q", h, err, c.says)
			}
			if err != nil && len(c.token) > 10 && strings.Contains(err.Error(), c.token) {
				t.Error("the error has the token in it")
			}
		})
	}
	h, err := verifier(t, "hmac:"+file(t, []byte(secret)), auth.TokenOptions{}).
		Holder(t.Context(), signed(t, claims(func(c *auth.Claims) { c.Audience = jwt.ClaimStrings{"snug"} })), "room1")
	if !isBad(err) || !strings.Contains(err.Error(), "told of none") {
		t.Errorf("for an audience that the server doesn't know to be: %+v, %v", h, err)
	}
}

// The one that made JWT notorious: the public key, which all know, as a secret.
func TestPublicKeyIsNoSecret(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, public := pair(t, private)
	data, err := os.ReadFile(public)
	if err != nil {
		t.Fatal(err)
	}
	der, _ := pem.Decode(data)
	for _, key := range [][]byte{data, bytes.TrimSpace(data), der.Bytes} {
		for _, alg := range []jwt.SigningMethod{jwt.SigningMethodHS256, jwt.SigningMethodHS512} {
			token, err := jwt.NewWithClaims(alg, claims()).SignedString(key)
			if err != nil {
				t.Fatal(err)
			}
			if h, err := verifier(t, "key:"+public, auth.TokenOptions{}).Holder(t.Context(), token, "room1"); !isBad(err) {
				t.Errorf("%s: %+v, %v", alg.Alg(), h, err)
			}
		}
	}
	if _, err := auth.OpenTokens("hmac:"+public, auth.TokenOptions{}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "key:"+public) {
		t.Errorf("the public key was taken for a secret: %v", err)
	}
}

func TestGoodTokens(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*auth.Claims)
		room   string
	}{
		{"any room", func(*auth.Claims) {}, "room1"},
		{"the room", func(c *auth.Claims) { c.Rooms = &[]string{"lobby", "room1"} }, "room1"},
		{"a glob", func(c *auth.Claims) { c.Rooms = &[]string{"team-*"} }, "team-1"},
		{"a glob in capitals", func(c *auth.Claims) { c.Rooms = &[]string{"TEAM-*"} }, "team-1"},
		{"all", func(c *auth.Claims) { c.Rooms = &[]string{"*"} }, "日本語"},
		{"decomposed", func(c *auth.Claims) { c.Rooms = &[]string{"Cafe\u0301*"} }, "café"},
		{"by little, as clocks differ", func(c *auth.Claims) { c.ExpiresAt, c.NotBefore = in(-3*time.Second), in(3*time.Second) }, "room1"},
		{"for ever", func(c *auth.Claims) { c.ExpiresAt = jwt.NewNumericDate(time.Unix(1<<53, 0)) }, "room1"},
		{"an issuer nobody asked for", func(c *auth.Claims) { c.Issuer = "house" }, "room1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, err := verifier(t, "hmac:"+file(t, []byte(secret)), auth.TokenOptions{}).Holder(t.Context(), signed(t, claims(c.change)), c.room)
			if err != nil {
				t.Fatal(err)
			}
			if !h.Until.After(time.Now()) {
				t.Errorf("it ends at %v", h.Until)
			}
		})
	}
	h, err := verifier(t, "hmac:"+file(t, []byte(secret)), auth.TokenOptions{}).
		Holder(t.Context(), byHand(`{"alg":"HS256","kid":"any","jku":"http://127.0.0.1:1/","x5u":"http://127.0.0.1:1/","jwk":{"kty":"oct","k":"AA"}}`, `{"sub":"ann","exp":99999999999}`), "room1")
	if err != nil || h.Subject != "ann" {
		t.Errorf("what a header says of keys is passed over: %+v, %v", h, err)
	}
}

func TestMemberIsItsIssuersSubjectAndNobodyElse(t *testing.T) {
	key := []byte("key")
	ann := auth.Holder{Issuer: "house", Subject: "ann"}
	if again := (auth.Holder{Issuer: "house", Subject: "ann", Name: "Ann", Role: protocol.RoleOwner}); again.Member(key) != ann.Member(key) || !again.Same(&ann) {
		t.Error("one subject is two members")
	}
	seen := map[string]bool{ann.Member(key): true, ann.Member([]byte("other")): true}
	for _, h := range []auth.Holder{{Issuer: "house", Subject: "bob"}, {Issuer: "other", Subject: "ann"}, {Issuer: "housea", Subject: "nn"}, {Subject: "houseann"}, {Subject: "5 houseann"}} {
		if m := h.Member(key); seen[m] || len(m) != len(auth.NewMember()) || h.Same(&ann) {
			t.Errorf("%+v is %s, who is somebody else", h, m)
		} else {
			seen[m] = true
		}
	}
}

func TestWrongKeysSayWhatWouldBeRight(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	private, _ := pair(t, ed)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	_, smallPublic := pair(t, small)
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, p224Public := pair(t, p224)
	for from, says := range map[string]string{
		"secret":                        "hmac:FILE, key:FILE or jwks:URL",
		"hmac:":                         "no file is named after the colon",
		"hmac:/nowhere":                 "no such file",
		"hmac:" + file(t, []byte("pw")): "at least 32",
		"hmac:" + file(t, bytes.Repeat([]byte(" "), 40)): "only space",
		"key:" + private:               "pubout",
		"key:" + file(t, []byte("hi")): "-----BEGIN",
		"key:" + smallPublic:           "at least 2048",
		"key:" + p224Public:            "P-256",
		"jwks:ftp://example.com":       "https://example.com/keys.json",
		"jwks:/keys.json":              "https://example.com/keys.json",
	} {
		if _, err := auth.OpenTokens(from, auth.TokenOptions{}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", from, err, says)
		}
	}
}

func FuzzTokens(f *testing.F) {
	tokens := verifier(f, "hmac:"+file(f, []byte(secret)), auth.TokenOptions{})
	f.Add(signed(f, claims()))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := tokens.Holder(t.Context(), token, "room1"); err != nil && !isBad(err) {
			t.Errorf("%q: %v", token, err)
		}
	})
}
