package auth_test

import (
	"errors"
	"strings"
	"testing"

	"snug/internal/auth"
	"snug/protocol"
)

func TestClaimsAreReadByTheirExactNamesAndTypes(t *testing.T) {
	tokens := verifier(t, "hmac:"+file(t, []byte(secret)), auth.TokenOptions{})
	const header, who = `{"alg":"HS256"}`, `{"sub":"ann","exp":99999999999,`
	for _, c := range []struct {
		claims string // after sub and exp
		want   string // the role, or what the refusal says
	}{
		// A claim that is null is not absent.
		{`"rooms":null}`, `"rooms" is null: it must be a list`},
		{`"rooms":[null]}`, `"rooms" has null in its list`},
		{`"rooms":["room1",7]}`, `"rooms" has a number in its list`},
		{`"rooms":"*"}`, `"rooms" is a string: it must be a list`},
		{`"rooms":{}}`, `"rooms" is an object`},
		{`"role":null}`, `"role" is null`},
		{`"aud":null}`, `"aud" is null: it must be a string or a list`},
		{`"nbf":null}`, `"nbf" is null: it must be a number`},
		{`"rooms":[]}`, "isn't for this room"},
		{`"rooms":[""]}`, "isn't for this room"},
		{`"rooms":["*"]}`, "member"},

		// Types.
		{`"role":["owner"]}`, `"role" is a list: it must be a string`},
		{`"role":true}`, `"role" is a boolean`},
		{`"iss":7}`, `"iss" is a number`},
		{`"name":{"first":"Ann"}}`, `"name" is an object`},
		{`"nbf":"1"}`, `"nbf" is a string: it must be a number`},
		{`"aud":["a",1]}`, `"aud" has a number in its list`},

		// The highest role counts that is for the room.
		{`"roles":{"ROOM?":"owner"}}`, "owner"},
		{`"roles":{"other":"owner"}}`, "member"},
		{`"role":"moderator","roles":{"*":"member"}}`, "moderator"},
		{`"roles":{"*":"moderator","room1":"owner"}}`, "owner"},
		{`"roles":{"other":"admin"}}`, "unknown role"},
		{`"roles":{"other":null}}`, "unknown role"},
		{`"roles":{"*":7}}`, `"roles" can't be read`},
		{`"roles":["owner"]}`, `"roles" is a list: it must be an object`},
		{`"roles":{"*":"member","*":"owner"}}`, `"*" appears twice`},

		// Names are compared exactly, and other claims are ignored.
		{`"role":"member","ROLE":"owner"}`, "member"},
		{`"Role":"owner"}`, "member"},
		{`"rooms":["other"],"Rooms":null}`, "isn't for this room"},
		{`"rooms":["other"],"Rooms":["*"]}`, "isn't for this room"},
		{`"ro\u006ce":"owner"}`, "owner"}, // the same name, escaped
		{`"https://site.example/roles":["x",{"y":null}]}`, "member"},

		// A duplicate name is refused wherever it is.
		{`"role":"member","role":"owner"}`, `"role" appears twice`},
		{`"role":"member","r\u006fle":"owner"}`, `"role" appears twice`},
		{`"rooms":["room1"],"rooms":["*"]}`, `"rooms" appears twice`},
		{`"sub":"bob"}`, `"sub" appears twice`},
		{`"x":[{"y":1,"y":2}]}`, `"y" appears twice`},
	} {
		var got string
		h, err := tokens.Holder(t.Context(), byHand(header, who+c.claims), "room1")
		if err != nil {
			got = err.Error()
			var e *protocol.Error
			if !errors.As(err, &e) || e.Code != protocol.BadToken {
				t.Errorf("%s: %v is not a refusal of the token", c.claims, err)
			}
		} else {
			got = string(h.Role)
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: %s; want %q", c.claims, got, c.want)
		}
	}
	for claims, want := range map[string]string{
		`{"sub":7,"exp":99999999999}`:     `"sub" is a number: it must be a string`,
		`{"sub":"ann","exp":null}`:        `"exp" is null: it must be a number`,
		`{"Sub":"ann","exp":99999999999}`: `has no "sub"`,
		`{"sub":"ann","EXP":99999999999}`: "lacks a claim",
		`null`:                            "lacks a claim",
	} {
		if _, err := tokens.Holder(t.Context(), byHand(header, claims), "room1"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", claims, err, want)
		}
	}
}

func TestAHeaderHasEachNameOnce(t *testing.T) {
	tokens := verifier(t, "hmac:"+file(t, []byte(secret)), auth.TokenOptions{})
	for header, want := range map[string]string{
		`{"alg":"HS256","kid":"a","kid":"b"}`: `"kid" appears twice`,
		`{"alg":"none","alg":"HS256"}`:        `"alg" appears twice`,
		`{"alg":"HS256","kid":7}`:             `"kid" in the token's header must be a string`,
	} {
		if _, err := tokens.Holder(t.Context(), byHand(header, `{"sub":"ann","exp":99999999999}`), "room1"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", header, err, want)
		}
	}
}

func FuzzClaims(f *testing.F) {
	f.Add(`{"sub":"ann","exp":1,"rooms":["*"],"role":"owner"}`)
	f.Add(`{"rooms":null,"Rooms":["*"]}`)
	f.Add(`{"a":[{"b":1,"b":2}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var c auth.Claims
		err := c.UnmarshalJSON([]byte(text))
		var e *protocol.Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%q: %v is not a refusal", text, err)
		}
	})
}
