package room

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"snug/protocol"
)

// refusedAs checks that err is a refusal with code that a person could read.
func refusedAs(t tb, what string, err error, code protocol.ErrorCode) {
	t.Helper()
	var e *protocol.Error
	if !errors.As(err, &e) || e.Code != code || e.Message == "" {
		t.Errorf("%s: %v, want it refused as %s", what, err, code)
	}
}

func TestSpellingsOfOneCodeAreOneRoom(t *testing.T) {
	for _, c := range []struct{ name, code, want string }{
		{"plain", "lobby", "lobby"},
		{"case", "Room1", "room1"},
		{"width", "Ｒｏｏｍ１", "room1"},
		{"half width", "ｶﾞ", "ガ"},
		{"NFC", "caf\u00e9", "caf\u00e9"},
		{"NFD", "cafe\u0301", "caf\u00e9"},
		{"NFD and case", "CAFE\u0301", "caf\u00e9"},
		{"sharp s", "Stra\u1e9ee", "straße"},
		{"right to left", "אבג", "אבג"},
		{"right to left with digits", "אבג1", "אבג1"},
		{"no case at all", "日本語", "日本語"},
		{"digits of another script", "१२३", "१२३"},
		{"all that may be inside", "a-b_c.d", "a-b_c.d"},
		{"begins with a digit", "1a", "1a"},
		{"Hindi", "हिन्दी", "हिन्दी"},
		{"Thai", "กิน", "กิน"},
		{"Tamil", "தமிழ்", "தமிழ்"},
		{"Bengali", "বাংলা", "বাংলা"},
		{"Khmer", "ខ្មែរ", "ខ្មែរ"},
		{"marks and case", "A\u0332\u0333b", "a\u0332\u0333b"},
		{"one", "a", "a"},
		{"64", strings.Repeat("a", 64), strings.Repeat("a", 64)},
		{"64 letters of two bytes", strings.Repeat("é", 64), strings.Repeat("é", 64)},
		{"64 once they are composed", strings.Repeat("e\u0301", 64), strings.Repeat("é", 64)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := ParseCode(c.code); err != nil || string(got) != c.want {
				t.Errorf("%q is %q, %v; want %q", c.code, got, err, c.want)
			}
		})
	}
}

func TestInvalidCodesAreRefused(t *testing.T) {
	for name, code := range map[string]string{
		"empty":                 "",
		"up":                    "../",
		"up, encoded":           "%2e%2e",
		"NUL":                   "a\x00b",
		"NUL alone":             "\x00",
		"newline":               "a\nb",
		"emoji":                 "😀",
		"star":                  "a*",
		"greater":               ">",
		"slash":                 "a/b",
		"space":                 "a b",
		"leading space":         " a",
		"trailing space":        "a ",
		"wide space":            "a\u3000b",
		"leading hyphen":        "-a",
		"leading dot":           ".a",
		"leading underscore":    "_a",
		"leading wide dot":      "．a",
		"65":                    strings.Repeat("a", 65),
		"65 of two bytes":       strings.Repeat("é", 65),
		"10 KiB":                strings.Repeat("a", 10<<10),
		"10 KiB of marks":       "a" + strings.Repeat("\u0301", 5<<10),
		"turned around":         "a\u202eb",
		"zero width":            "a\u200bb",
		"joiner":                "a\u200db",
		"not UTF-8":             "a\xffb",
		"ligature":              "ﬁ",
		"both directions":       "אa",
		"right to left, with _": "אב_",
		"mark alone":            "\u0301",
		"mark on a digit":       "a1\u0332",
		"mark on a hyphen":      "a-\u0332",
		"many marks":            "a" + strings.Repeat("\u0332", maxMarks+1),
		"keycap":                "a\u20e3",
		"grapheme joiner":       "a\u034f",
		"variation selector":    "a\ufe0f",
		"invisible vowel":       "ខ\u17b4",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseCode(code)
			refusedAs(t, name, err, protocol.BadField)
			if got != "" {
				t.Errorf("refused, and returned %q", got)
			}
		})
	}
}

// All of these have nothing but letters, digits and hyphens, so a list of those would help nobody.
func TestACodeOfBothDirectionsIsToldSo(t *testing.T) {
	for _, code := range []string{"אa", "aא", "room-חדר", "1אב", "אב-", "٣a"} {
		_, err := ParseCode(code)
		refusedAs(t, code, err, protocol.BadField)
		if err != nil && !strings.Contains(err.Error(), "from right to left") {
			t.Errorf("%s: %v", code, err)
		}
	}
	for _, code := range []string{"אב", "אב1", "א-ב", "חדר٣"} {
		if _, err := ParseCode(code); err != nil {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func FuzzParseCode(f *testing.F) {
	for _, s := range []string{"Room1", "a-b_c.d", "CAFE\u0301", "אבג1", "İ", "ᾳΣ", "../", "a\x00"} {
		f.Add(s)
	}
	f.Fuzz(checkCode)
}

func TestACanonicalCodeIsItsOwnCanonicalForm(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) { checkCode(t, hardString(rt)) })
}

func checkCode(t *testing.T, s string) {
	code, err := ParseCode(s)
	if err != nil {
		refusedAs(t, s, err, protocol.BadField)
		return
	}
	if again, err := ParseCode(string(code)); err != nil || again != code {
		t.Errorf("%q is %q, which is %q, %v", s, code, again, err)
	}
	if n := utf8.RuneCountInString(string(code)); n < 1 || n > protocol.MaxCodeChars || !utf8.ValidString(string(code)) {
		t.Errorf("%q is %q, of %d characters", s, code, n)
	}
	if strings.ContainsAny(string(code), "/\\%*> \x00\n") || strings.Contains(string(code), "..") && code[0] == '.' {
		t.Errorf("%q is %q", s, code)
	}
}

// hardString draws strings of what names have trouble with.
func hardString(rt *rapid.T) string {
	hard := rapid.SampledFrom([]rune("aAzZ09-_. éÉ\u0301\u0327ßẞΣςİıᾳﬁⅣ²①Ａ１．אבא١१ガｶﾞ語·l्क\u200d\u200c\u3000\u00a0ﷺ㎞̇\u0345ͅ🙂한ㅎ"))
	return rapid.StringOf(rapid.OneOf(hard, rapid.Rune())).Draw(rt, "s")
}
