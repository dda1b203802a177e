package auth

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
)

func testHooks(b byte) Hooks { return NewHooks(bytes.Repeat([]byte{b}, 32)) }

func TestAHooksSecretStandsForItsPlace(t *testing.T) {
	h := testHooks(1)
	seen := map[string]HookPlace{}
	for _, p := range []HookPlace{
		{Room: "a", Member: NewMember()},
		{Room: "a", Member: NewMember()},
		{Room: "a", Member: NewMember(), Generation: 1},
		{Room: "b", Member: NewMember(), Generation: 1<<32 - 1},
		{Room: strings.Repeat("x", 64), Member: NewMember()},
		{Room: strings.Repeat("é", 64), Member: NewMember()},
	} {
		s := h.Secret(p)
		if got, ok := h.Open(s); !ok || got != p {
			t.Errorf("%+v comes back as %+v, %t", p, got, ok)
		}
		if h.Secret(p) != s {
			t.Errorf("%+v has another secret the second time", p)
		}
		if other, twice := seen[s]; twice {
			t.Errorf("%+v and %+v have the same secret", p, other)
		}
		seen[s] = p
		if key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(h.SigningSecret(p), "whsec_")); err != nil || len(key) != 32 {
			t.Errorf("it signs with a key of %d bytes, %v", len(key), err)
		}
	}
}

func TestAHooksSecretTellsNothing(t *testing.T) {
	h := testHooks(1)
	p := HookPlace{Room: "confidential", Member: "0123456789abcdef0123"}
	s := h.Secret(p)
	sealed, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range []string{p.Room, p.Member, string([]byte{0x01, 0x23, 0x45, 0x67})} {
		if strings.Contains(s, known) || bytes.Contains(sealed, []byte(known)) {
			t.Errorf("%q is in it", known)
		}
	}
	lengths := map[int]bool{}
	for n := 1; n <= 64; n++ {
		lengths[len(h.Secret(HookPlace{Room: strings.Repeat("x", n), Member: p.Member}))] = true
	}
	if len(lengths) != 2 {
		t.Errorf("codes of 1 to 64 characters have secrets of %d lengths, want 2", len(lengths))
	}
}

func TestWhatIsNoSecretOfAHookIsRefused(t *testing.T) {
	h := testHooks(1)
	p := HookPlace{Room: "lobby", Member: NewMember()}
	good := h.Secret(p)
	bad := map[string]string{
		"nothing":                         "",
		"another key's":                   testHooks(2).Secret(p),
		"a newline, which base64 ignores": good[:8] + "\n" + good[8:],
		"padding":                         good + "=",
		"something after it":              good + "AAAA",
		"cut":                             good[:len(good)-4],
		"shorter than a nonce":            good[:8],
	}
	sealed, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		other := bytes.Clone(sealed)
		other[i] ^= 1
		bad["changed at "+string(rune('0'+i))] = base64.RawURLEncoding.EncodeToString(other)
	}
	for name, s := range bad {
		if got, ok := h.Open(s); ok {
			t.Errorf("%s is taken for %+v", name, got)
		}
	}
	if s := h.Secret(HookPlace{Room: "lobby", Member: "operator"}); s != "" {
		t.Errorf("somebody who is no hook has the secret %q", s)
	}
}
