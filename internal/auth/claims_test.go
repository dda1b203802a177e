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
		{`"rooms":[null]}`, `"rooms" has null in it: it must be a list of strings`},
		{`"rooms":["room1",7]}`, `"rooms" has a number in it`},
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
		{`"aud":["a",1]}`, `"aud" has a number in it`},

		// The highest role counts that is for the room.
		{`"roles":{"ROOM?":"owner"}}`, "owner"},
		{`"roles":{"other":"owner"}}`, "member"},
		{`"role":"moderator","roles":{"*":"member"}}`, "moderator"},
		{`"roles":{"*":"moderator","room1":"owner"}}`, "owner"},
		{`"roles":{"other":"admin"}}`, "unknown role"},
		{`"roles":{"*":""}}`, "unknown role"},
		{`"role":""}`, "unknown role"},
		{`"role":"Owner"}`, "unknown role"},
		{`"roles":{"other":null}}`, `"roles" has null in it`},
		{`"roles":{"*":7}}`, `"roles" has a number in it: it must be an object of strings`},
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
		`null`:                            "claims can't be read: not a JSON object",
	} {
		if _, err := tokens.Holder(t.Context(), byHand(header, claims), "room1"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", claims, err, want)
		}
	}
}

func TestATimeOutOfRangeIsRefused(t *testing.T) {
	tokens := verifier(t, "hmac:"+file(t, []byte(secret)), auth.TokenOptions{})
	for _, date := range []string{"1e19", "-1e19", "1e300", "-1e300", "1e400", "9007199254740994", "18446744073709551617", "1764525600000000000"} {
		for _, claims := range []string{
			`{"sub":"ann","exp":` + date + `}`,
			`{"sub":"ann","exp":99999999999,"nbf":` + date + `}`,
			`{"sub":"ann","exp":99999999999,"iat":` + date + `}`,
		} {
			h, err := tokens.Holder(t.Context(), byHand(`{"alg":"HS256"}`, claims), "room1")
			if !isBad(err) || !strings.Contains(err.Error(), "is out of range: it must be a time in seconds") {
				t.Errorf("%s: %+v, %v", claims, h, err)
			}
		}
	}
	for _, claims := range []string{`{"sub":"ann","exp":9007199254740992,"nbf":-1,"iat":0}`, `{"sub":"ann","exp":9.9e10,"nbf":1.5}`} {
		if _, err := tokens.Holder(t.Context(), byHand(`{"alg":"HS256"}`, claims), "room1"); err != nil {
			t.Errorf("%s: %v", claims, err)
		}
	}
}

// A decoder that turns what isn't Unicode into U+FFFD would make one member of many subjects.
func TestTextThatIsNotUnicodeIsRefused(t *testing.T) {
	tokens := verifier(t, "hmac:"+file(t, []byte(secret)), auth.TokenOptions{})
	const header, rest = `{"alg":"HS256"}`, `","exp":99999999999}`
	for _, c := range []struct{ header, claims, want string }{
		{header, `{"sub":"u` + "\xff" + rest, "the token's claims can't be read: not UTF-8"},
		{header, `{"sub":"u` + "\xed\xa0\x80" + rest, "claims can't be read: not UTF-8"}, // a surrogate
		{header, `{"sub":"u\ud800` + rest, "claims can't be read: half a surrogate pair"},
		{header, `{"sub":"u\udfff` + rest, "half a surrogate pair"},
		{header, `{"x":[{"\ud800":1}],"sub":"u` + rest, "half a surrogate pair"}, // in a claim that is ignored
		{`{"alg":"HS256","kid":"` + "\xff" + `"}`, `{"sub":"u` + rest, "the token's header can't be read: not UTF-8"},
		{`{"alg":"HS256","kid":"\ud800"}`, `{"sub":"u` + rest, "header can't be read: half a surrogate pair"},
	} {
		h, err := tokens.Holder(t.Context(), byHand(c.header, c.claims), "room1")
		if !isBad(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %+v, %v; want %q", c.claims, h, err, c.want)
		}
	}
	for claims, want := range map[string]string{`{"sub":"u\ufffd` + rest: "u\ufffd", `{"sub":"\ud83d\ude00` + rest: "😀"} {
		if h, err := tokens.Holder(t.Context(), byHand(header, claims), "room1"); err != nil || h.Subject != want {
			t.Errorf("%s: %+v, %v; want %q", claims, h, err, want)
		}
	}
}

func TestARefusalSaysWhichPartIsNoJSONObject(t *testing.T) {
	tokens := verifier(t, "hmac:"+file(t, []byte(secret)), auth.TokenOptions{})
	const header, claims = `{"alg":"HS256"}`, `{"sub":"ann","exp":99999999999}`
	for _, bad := range []struct{ header, claims, want string }{
		{header, claims + " {}", "the token's claims can't be read: not JSON at byte 33"},
		{header, claims + "x", "claims can't be read: not JSON at byte 32"},
		{header, "", "claims can't be read: not a JSON object"},
		{header, "\ufeff" + claims, "claims can't be read: not a JSON object"},
		{header, "[]", "claims can't be read: not a JSON object"},
		{"[]", claims, "the token's header can't be read: not a JSON object"},
		{header + " x", claims, "header can't be read: not JSON at byte 17"},
		{"null", claims, "header can't be read: not a JSON object"},
		{"hello", claims, "header can't be read: not a JSON object"},
	} {
		_, err := tokens.Holder(t.Context(), byHand(bad.header, bad.claims), "room1")
		if !isBad(err) || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%s.%s: %v; want %q", bad.header, bad.claims, err, bad.want)
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
