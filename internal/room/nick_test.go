package room

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"snug/protocol"
)

func TestNicksAreShownNormalised(t *testing.T) {
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

func TestInvalidNicksAreRefused(t *testing.T) {
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
				t.Errorf("refused, and returned %+v", got)
			}
		})
	}
}

func TestNicksThatLookTheSameHaveOneKey(t *testing.T) {
	for _, same := range [][]string{
		{"Ann", "ann", "ANN", "Ａｎｎ", " ann ", "ᴀɴɴ", "𝓐𝓷𝓷", "Ⓐⓝⓝ"},
		{"René", "rene\u0301", "RENÉ", "ＲＥＮＥ\u0301"},
		{"Ann B", "ann  b", "ann\u00a0b", "ANN\u3000B"},
		{"Ⅳ", "IV", "iv", "lV", "1v"},
		{"ﬁn", "fin", "FIN"},
		{"Straẞe", "straße"},
		{"Bob", "B0b", "ʙᴏʙ", "ВОВ"},
		{"paypal", "раураӏ", "PayPaI"},
		{"Ian", "lan", "ian", "1an"},
		{"Mike", "mike", "rnike"},
		{"Маша", "МАША"},
		{"می\u200cخواهم", "میخواهم"},
	} {
		for _, s := range same {
			a, errA := ParseNick(same[0])
			b, errB := ParseNick(s)
			if errB != nil {
				continue // a look-alike that isn't a nick at all
			}
			if a.key != b.key || errA != nil {
				t.Errorf("%q has the key %q, %q the key %q", same[0], a.key, s, b.key)
			}
		}
	}
	if a, b := nick("ann"), nick("anne"); a.key == b.key {
		t.Error("ann and anne have one key")
	}
}

func TestNamesOfAllScriptsAreNicks(t *testing.T) {
	for _, s := range []string{
		"Zoë", "Đặng Thị", "Łukasz", "Jürgen", "O'Brien", "Ann-Marie", "J. R. R.", "ann_b", "bob.smith", "C3PO", "x",
		"Мария", "Ґанна", "Ελένη", "Արմեն", "Աննա Մարիա", "ნინო", "ᏣᎳᎩ", "ꮳꮃꭹ", "ᐃᓄᒃᑎᑐᑦ", "שרה", "مریم", "می\u200cخواهم", "علی\u200cرضا", "محمد",
		"小明", "王小明", "さくら", "サクラ", "ﾊﾅｺ", "東京 太郎", "김민준", "สมชาย", "முருகன்", "नरेन्द्र", "ক্ষমা", "ක්\u200dෂමා", "မောင်", "ሰላም", "བསྟན་འཛིན", "ភារុណ",
		"Ann 🙂", "🙂", "🌸さくら🌸", "✨Ann✨", "Ann 🇩🇪", "Ann (Berlin)", "Ann [away]", "Tシャツ", "한국K팝", "client 17", "Homeowner", "Adminah", "Modesty", "-2", "...", "C++", "ann@home",
	} {
		n, err := ParseNick(s)
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		sound(t, s, n)
	}
}

func TestNicksThatPretendAreRefused(t *testing.T) {
	for _, s := range []string{
		// Blank, or with something invisible.
		"\u2800", "\u2800\u2800", "\U0001d159", "\ufffc", "\u3164", "\u115f", "\uffa0", "\u034f", "\u17b4", "\U000e0041\U000e0042", "\ufe0f", "\ufe0e\ufe0f", "\U000e0100", "\u0301", "\u00ad", "\u061c", "\u180e",
		"Ann\u2800", "Ann\u3164", "Ann\u115f", "Ann\uffa0", "Ann\u034f", "Ann\U0001d159", "Ann\ufffc", "Ann\u200b", "Ann\u200c", "Ann\u200d", "Ann\u2060", "Ann\u2064", "Ann\ufe0f", "Ann\U000e0020", "Ann\U000e0100", "A\u00adnn", "\u2800Ann", "Ann\u180e", "Ann\u17b5", "Ann\U00013441",
		// Names of roles, and what looks like them.
		"admin", "Admin", "ADMIN", "admin.", "admin!", "-admin-", "@admin", "~admin", "&admin", "%admin", "+admin", "@dmin", "4dmin", "adm1n", "ad min", "a.d.m.i.n", "admın", "admïn", "аdmin", "аԁⅿіո", "ադmin", "Ꭺdmin", "ᎪᎠmin", "ꭺꭰmin", "ᴀᴅᴍɪɴ", "ꓮꓓꓟꓲꓠ", "ａｄｍｉｎ", "𝐚𝐝𝐦𝐢𝐧", "𝔸𝔻𝕄𝕀ℕ", "ⓐⓓⓜⓘⓝ", "🄰🄳🄼🄸🄽", "🅰🅳🅼🅸🅽", "ᵃᵈᵐⁱⁿ", "adrnin", "ɑdmin", "admin1", "admin-2", "the admin", "Ann admin",
		"owner", "0wner", "οwner", "ᴏᴡɴᴇʀ", "Server", "5erver", "system", "ѕуѕtem", "SYSTEM", "m0derator", "Moderators", "operator", "administrator", "staff", "mod", "official", "verified", "房主", "小明（管理员）", "ADMİN",
		// Badges.
		"Ann (owner)", "Ann [mod]", "Ann (Admin)", "Ann | moderator", "Ann {staff}", "Ann 【owner】", "Ann ★", "★ Ann", "Ann ☆", "Ann ⭐", "Ann ✓", "Ann ✔", "Ann ✅", "Ann ☑", "👑Ann", "Ann 🛡", "Ann ™", "Ann ®", "@Ann", "＠Ann", "Ann 🅼",
		// Letters of several scripts in one word.
		"Αnn", "Аnn", "Annа", "Ꭺnn", "ꓮnn", "ᗩnn", "Annа B", "Ⲁnn",
	} {
		if n, err := ParseNick(s); err == nil {
			t.Errorf("%+q is the nick %+q", s, n.Shown)
		} else {
			refusedAs(t, s, err, protocol.BadField)
		}
	}
}

// A node of another version may allow other nicks.
func TestNicksOfOtherNodesAreComparedAndNotRefused(t *testing.T) {
	for _, s := range []string{"Ann ★", "admin", "Аnn", "Ann\u2800", "ann"} {
		n, err := AcceptedNick(s)
		if err != nil || n.Shown != s || n.key == "" {
			t.Errorf("%q is %+v, %v", s, n, err)
		}
		if with := n.with("-2"); !strings.HasSuffix(with.Shown, "-2") {
			t.Errorf("%q with a suffix is %q", s, with.Shown)
		}
	}
	for _, s := range []string{"", "a\x00", strings.Repeat("a", 33)} {
		if n, err := AcceptedNick(s); err == nil {
			t.Errorf("%q is %+v", s, n)
		}
	}
}

func FuzzParseNick(f *testing.F) {
	for _, s := range []string{"Ann", " a  b ", "Ⅳﷺ", strings.Repeat("İ", 32), "aaaaaaaaaaaaaaaaaaaaaaaaaaaal·laaa", "e\u0301\u0301", "\u202e", "Ann ★", "ᎪᎠmin", "Ann (owner)", "\u2800", "🅰", "ß"} {
		f.Add(s)
	}
	f.Fuzz(checkNick)
}

func TestAShownNickIsItsOwnNormalForm(t *testing.T) {
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

func TestANickWithASuffixIsANick(t *testing.T) {
	for _, s := range []string{
		"ann",
		strings.Repeat("a", 32),
		strings.Repeat("🙂", 32),
		strings.Repeat("İ", 32),           // a key of 64
		strings.Repeat("a", 28) + "l·laa", // cut after the dot, which must stand between two l
		strings.Repeat("a", 29) + " aa",   // cut after the space
		strings.Repeat("a", 25) + "क\u094d\u200dककक", // cut after the joiner
		strings.Repeat("・", 30) + "アア",               // cut down to dots, which must stand next to kana
	} {
		if utf8.RuneCountInString(s) > protocol.MaxNickChars {
			s = string([]rune(s)[1:])
		}
		checkNick(t, s)
	}
}

func TestAMissingNickIsCalledMissing(t *testing.T) {
	if _, err := ParseNick(""); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("no nick: %v", err)
	}
}
