package auth_test

import (
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"snug/internal/auth"
)

var from = auth.Requester{Address: "ann", Room: "lobby"}

func hash(t *testing.T, p *auth.Passwords, password, occasion string) string {
	t.Helper()
	h, err := p.Hash(t.Context(), from, password, occasion)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestCheckRecognisesThePasswordOfAHash(t *testing.T) {
	p := auth.NewPasswords([]byte("key"))
	for _, password := range []string{"pässwörd 🙂", "a\x00b"} {
		h := hash(t, p, password, "1")
		if strings.Contains(h, password) {
			t.Errorf("%q is in %s", password, h)
		}
		for try, want := range map[string]bool{password: true, password + "x": false, "": false, strings.ToUpper(password): false} {
			if right, err := p.Check(t.Context(), from, h, try); right != want || err != nil {
				t.Errorf("%q instead of %q: %t, %v", try, password, right, err)
			}
		}
	}
}

func TestSpellingsOfOnePasswordAreThePassword(t *testing.T) {
	for _, spellings := range [][]string{{"caf\u00e9", "cafe\u0301"}, {"so long", "so\u00a0long", "so\u3000long"}} {
		for _, set := range spellings {
			h := hash(t, auth.NewPasswords([]byte("key")), set, "1")
			for _, try := range spellings {
				if right, err := auth.NewPasswords([]byte("key")).Check(t.Context(), from, h, try); !right || err != nil {
					t.Errorf("%q instead of %q: %t, %v", try, set, right, err)
				}
			}
		}
	}
}

func TestAPasswordThatWasSetBeforeSpellingsWereOneStaysRight(t *testing.T) {
	const set = "cafe\u0301"
	h, err := argon2id.CreateHash(set, &argon2id.Params{Memory: 1 << 10, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	p := auth.NewPasswords([]byte("key"))
	for range 2 { // the second time it is known
		if right, err := p.Check(t.Context(), from, h, set); !right || err != nil {
			t.Errorf("%t, %v", right, err)
		}
	}
}

// RFC 9106 and OWASP's Password Storage Cheat Sheet: argon2id with at least 19 MiB
// and two passes.
func TestHashesHaveTheRecommendedCost(t *testing.T) {
	cost, salt, key, err := argon2id.DecodeHash(hash(t, auth.NewPasswords([]byte("key")), "secret", "1"))
	if err != nil || cost.Memory < 19<<10 || cost.Iterations < 2 || len(salt) < 16 || len(key) < 32 {
		t.Errorf("%+v, a salt of %d bytes, a key of %d, %v", cost, len(salt), len(key), err)
	}
}

func TestEachSettingHasItsOwnSalt(t *testing.T) {
	p := auth.NewPasswords([]byte("key"))
	h := hash(t, p, "secret", "1")
	if again := hash(t, auth.NewPasswords([]byte("key")), "secret", "1"); again != h {
		t.Error("the same password on the same occasion has another hash")
	}
	if hash(t, p, "other", "1") == h {
		t.Error("another password has the same hash")
	}
	for what, other := range map[string]string{
		"another occasion": hash(t, p, "secret", "2"),
		"another key":      hash(t, auth.NewPasswords([]byte("other")), "secret", "1"),
	} {
		if strings.Split(other, "$")[4] == strings.Split(h, "$")[4] {
			t.Errorf("%s has the same salt", what)
		}
	}
}

func TestInvalidHashesAreErrors(t *testing.T) {
	p := auth.NewPasswords([]byte("key"))
	for _, h := range []string{"", "secret", "$argon2id$v=19$m=19456,t=2,p=1$!$!", "$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA"} {
		if right, err := p.Check(t.Context(), from, h, "secret"); right || err == nil {
			t.Errorf("%q: %t, %v", h, right, err)
		}
	}
}
