package room

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"snug/protocol"
)

func TestANickIsShownAsItWasMeant(t *testing.T) {
	for _, c := range []struct{ name, nick, shown string }{
		{"plain", "Ann", "Ann"},
		{"leading and trailing spaces", "  Ann ", "Ann"},
		{"spaces inside", "Ann   of  Kent", "Ann of Kent"},
		{"wide and hard spaces", "Ann\u3000of\u00a0Kent", "Ann of Kent"},
		{"wide letters", "Ａｎｎ", "Ann"},
		{"composed", "Rene\u0301", "Ren\u00e9"},
		{"emoji", "Ann 🙂", "Ann 🙂"},
		{"a script with marks", "हिन्दी", "हिन्दी"},
		{"four marks on a letter", "e" + strings.Repeat("\u0324", 4), "e" + strings.Repeat("\u0324", 4)},
		{"32", strings.Repeat("a", 32), strings.Repeat("a", 32)},
		{"32 of four bytes", strings.Repeat("🙂", 32), strings.Repeat("🙂", 32)},
		{"32 without the spaces around", " " + strings.Repeat("a", 32) + " ", strings.Repeat("a", 32)},
		{"one sign that is four words", "ﷺ", "صلى الله عليه وسلم"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := ParseNick(c.nick); err != nil || got.Shown != c.shown {
				t.Errorf("%q is shown as %q, %v; want %q", c.nick, got.Shown, err, c.shown)
			}
		})
	}
}

func TestWhatCannotBeReadIsNoNick(t *testing.T) {
	for _, c := range []struct {
		name, nick string
		code       protocol.ErrorCode
	}{
		{"empty", "", protocol.BadField},
		{"space", " ", protocol.BadField},
		{"spaces of all kinds", " \u00a0\u3000", protocol.BadField},
		{"NUL", "a\x00", protocol.BadField},
		{"control", "a\x1b[2J", protocol.BadField},
		{"newline", "a\nb", protocol.BadField},
		{"line separator", "a\u2028b", protocol.BadField},
		{"turned around", "a\u202eb", protocol.BadField},
		{"isolate", "a\u2066b", protocol.BadField},
		{"zero width space", "a\u200bb", protocol.BadField},
		{"zero width alone", "\u200b", protocol.BadField},
		{"word joiner", "a\u2060", protocol.BadField},
		{"byte order mark", "\ufeffa", protocol.BadField},
		{"soft hyphen", "a\u00adb", protocol.BadField},
		{"letters that show nothing", "\u3164\u115f", protocol.BadField},
		{"tag", "a\U000e0041", protocol.BadField},
		{"not UTF-8", "a\xff", protocol.BadField},
		{"five marks on a letter", "e" + strings.Repeat("\u0324", 5), protocol.BadField},
		{"fifty marks on a letter", "e" + strings.Repeat("\u0324", 50), protocol.BadField},
		{"33", strings.Repeat("a", 33), protocol.TooLong},
		{"33 of four bytes", strings.Repeat("🙂", 33), protocol.TooLong},
		{"two signs that are eight words", "ﷺﷺ", protocol.TooLong},
		{"10,000", strings.Repeat("a", 10_000), protocol.TooLong},
		{"10,000 spaces", strings.Repeat(" ", 10_000), protocol.TooLong},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseNick(c.nick)
			refusedAs(t, c.name, err, c.code)
			if got != (Nick{}) {
				t.Errorf("it is refused, and is %+v", got)
			}
		})
	}
}

func TestNicksThatLookTheSameHaveOneKey(t *testing.T) {
	for _, same := range [][]string{
		{"Ann", "ann", "ANN", "Ａｎｎ", " ann "},
		{"René", "rene\u0301", "RENÉ", "ＲＥＮＥ\u0301"},
		{"Ann B", "ann  b", "ann\u00a0b", "ANN\u3000B"},
		{"Ⅳ", "IV", "iv"},
		{"ﬁn", "fin", "FIN"},
		{"Straẞe", "straße"},
	} {
		for _, s := range same {
			if a, b := nick(same[0]), nick(s); a.key != b.key {
				t.Errorf("%q has the key %q, %q the key %q", same[0], a.key, s, b.key)
			}
		}
	}
	if a, b := nick("ann"), nick("anne"); a.key == b.key {
		t.Error("ann and anne have one key")
	}
}

func FuzzParseNick(f *testing.F) {
	for _, s := range []string{"Ann", " a  b ", "Ⅳﷺ", strings.Repeat("İ", 32), "aaaaaaaaaaaaaaaaaaaaaaaaaaaal·laaa", "e\u0301\u0301", "\u202e"} {
		f.Add(s)
	}
	f.Fuzz(checkNick)
}

func TestANickAsShownIsItself(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := hardString(rt)
		if rapid.Bool().Draw(rt, "long") {
			s = string([]rune(strings.Repeat(s, 32))[:min(32, 32*utf8.RuneCountInString(s))])
		}
		checkNick(t, s)
	})
}

func checkNick(t *testing.T, s string) {
	n, err := ParseNick(s)
	if err != nil {
		return
	}
	sound(t, s, n)
	for _, suffix := range []string{"-2", "-20", "-abcdef"} {
		with := n.with(suffix)
		if sound(t, s+" with "+suffix, with); !strings.HasSuffix(with.Shown, suffix) {
			t.Errorf("%q with %q is %q", s, suffix, with.Shown)
		}
	}
}

// sound checks that who asks for n as it is shown gets n and nothing else.
func sound(t *testing.T, what string, n Nick) {
	t.Helper()
	if again, err := ParseNick(n.Shown); err != nil || again != n {
		t.Errorf("%q is %+v, which is %+v, %v", what, n, again, err)
	}
	if chars := utf8.RuneCountInString(n.Shown); chars < 1 || chars > protocol.MaxNickChars {
		t.Errorf("%q is %q, of %d characters", what, n.Shown, chars)
	}
}

func TestASuffixLeavesANickThatCanBeAskedFor(t *testing.T) {
	for _, s := range []string{
		"ann",
		strings.Repeat("a", 32),
		strings.Repeat("🙂", 32),
		strings.Repeat("İ", 32),           // a key of 64
		strings.Repeat("a", 28) + "l·laa", // cut after the dot, which must stand between two l
		strings.Repeat("a", 29) + " aa",   // cut after the space
		strings.Repeat("a", 25) + "क\u094d\u200dककक", // cut after the joiner
		strings.Repeat("・", 30) + "アア",               // cut down to dots, which must stand beside kana
	} {
		if utf8.RuneCountInString(s) > protocol.MaxNickChars {
			s = string([]rune(s)[1:])
		}
		checkNick(t, s)
	}
}
