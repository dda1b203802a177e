package lookalike

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestNamesThatLookAlikeHaveOneSkeleton(t *testing.T) {
	for _, same := range [][]string{
		{"admin", "Admin", "ADMIN", "admın", "adm1n", "adrnin", "АDМIN", "аdmin", "ɑdmin", "adⅿin", "𝐚𝐝𝐦𝐢𝐧", "ᴀᴅᴍɪɴ", "ꭺꭰmin", "ᎪᎠmin", "ꓮꓓꓟꓲꓠ", "🄰🄳🄼🄸🄽", "🅐🅓🅜🅘🅝", "🅰🅳🅼🅸🅽", "🇦🇩🇲🇮🇳", "ad\u200cmin", "admin\ufe0f", "adm\u0456n"},
		{"owner", "0wner", "οwner", "OWNER", "ᴏᴡɴᴇʀ", "оwnеr"},
		{"system", "ѕуѕтем", "ЅУЅТЕМ", "systern", "ꜱʏꜱᴛᴇᴍ"},
		{"Bob", "В0b", "Ьob", "BOB", "ʙᴏʙ"},
		{"Вова", "вова", "ВОВА", "BOBA", "boba"},
		{"paypal", "раураl", "PAYPAI", "рaypal", "ρaypal"},
		{"Աննա", "աննա", "ԱՆՆԱ"},
		{"Ꮳꮃꭹ", "ꮳꮃꭹ", "ᏣᎳᎩ"},
		{"Σίσυφος", "σίσυφοσ", "ΣΊΣΥΦΟΣ"},
		{"René", "RENE\u0301"},
		{"می\u200cخواهم", "میخواهم"},
		{"İbrahim", "i̇brahim"},
	} {
		for _, s := range same[1:] {
			if a, b := Skeleton(same[0]), Skeleton(s); a != b {
				t.Errorf("%q has the skeleton %q, %q the skeleton %q", same[0], a, s, b)
			}
		}
	}
}

func TestNamesThatDifferHaveTheirOwnSkeletons(t *testing.T) {
	names := []string{
		"ann", "anne", "anna", "Zoë", "Zoe", "René", "Rene", "bob", "bob-2", "bob-3", "bob-11", "bob-12", "client 1", "client 2", "client 10", "小明", "小红", "さくら", "サクラ",
		"김민준", "김서연", "สมชาย", "สมหญิง", "கண்ணன்", "முருகன்", "हिन्दी", "علی", "حسن", "محمد", "שרה", "רחל", "Արամ", "Աննա", "ნინო", "დავით", "Маша", "Миша", "Саша", "Ωmega", "ᏣᎳᎩ", "ᎠᏂ", "🙂", "🙃", "Ann 🙂",
	}
	seen := make(map[string]string)
	for _, name := range names {
		s := Skeleton(name)
		if other, ok := seen[s]; ok {
			t.Errorf("%q and %q have the skeleton %q", name, other, s)
		}
		seen[s] = name
	}
}

func TestOfficialNames(t *testing.T) {
	for _, s := range []string{
		"admin", "Admin.", "admın", "ADMINS", "adm1n", "4dmin", "@dmin", "adm!n", "adm|n", "[adm|n]", "Ann (0ff|c|a|)", "adm∣n", "@dm|n", "@admin", "~admin", "&admin", "admin1", "007admin", "a.d.m.i.n", "A D M I N", "a-d-m-i-n", "ádmin", "a\u0332d\u0332m\u0332i\u0332n", "o̵wner",
		"ᴀᴅᴍɪɴ", "ꓮꓓꓟꓲꓠ", "🇦🇩🇲🇮🇳", "Ann (owner)", "Ann [mod]", "Ann | admin", "admin_ann", "Moderator Ann", "the Owner", "ＡＤＭＩＮ", "System", "$ystem", "5ystem", "Server", "sysop", "m0derator", "0wner", "Ann · staff", "✓ verified", "[OFFICIAL] Ann", "房主", "小明（管理员）", "管理員 小明", "管 理 员", "ADMİN", "аԁmіո", "ЅУЅТЕМ",
	} {
		if !Official(s) {
			t.Errorf("%q is nobody's role", s)
		}
	}
	for _, s := range []string{
		"Ann", "Adminah", "Modesty", "Homeowner", "Systematic", "Serverus", "Badmin", "Domino", "mode", "Madmen", "Stafford", "Ada", "Mo", "4", "", "-2", "🙂", "Ann (Berlin)", "Ann [away]", "A|ice", "Ann | Bob", "小明 (东京)", "админка",
		"nimda", "小明", "管小明", "房子", "own", "operating", "Добрыня", "guest-057440", "guest-111111",
	} {
		if Official(s) {
			t.Errorf("%q is taken for a role", s)
		}
	}
}

func TestBlanks(t *testing.T) {
	for _, s := range []string{"\u2800", "Ann\u2800", "\U0001d159", "\ufffc", "\ufffd", "\u3164", "\u115f\u1160", "\uffa0", "a\u034fb", "\u17b4", "\U00013441", "\U00016fe4", "\u0301", "\u0301a", "\ufe0f", "a\ufe0f", "\U000e0100"} {
		if !Blank(s) {
			t.Errorf("%q has nothing that can't be seen", s)
		}
	}
	for _, s := range []string{"a", "e\u0301", "한", "\u2801", "🙂", "、", "・", "ភាសា", "កែវ"} {
		if Blank(s) {
			t.Errorf("%q has something that can't be seen", s)
		}
	}
}

func TestBadges(t *testing.T) {
	for _, s := range []string{"Ann ★", "⚝Ann", "⛤", "Ann ⍣", "⍻", "𐄂 Ann", "🟙", "🨀", "🨐 Ann", "🩑", "🫅", "🮱", "★Ann★", "Ann ☆", "Ann ⭐", "Ann ✓", "✔ Ann", "Ann ✅", "☑", "👑 Ann", "Ann 🛡", "Ann ®", "Ann ™", "Ann 🅼", "@Ann", "Ann ⋆", "Ann √", "Ann 🌠", "Ann ♛", "🔰", "🏅", "👮"} {
		if !Badge(s) {
			t.Errorf("%q has no badge", s)
		}
	}
	for _, s := range []string{"Ann", "Ann 🙂", "Ann ❤", "✨Ann✨", "Ann 🇩🇪", "🌸", "Ann (she)", "[Ann]", "ann@home", "C++", "♥", "☕", "Ann ✝", "☮", "Ann ✡", "☪"} {
		if Badge(s) {
			t.Errorf("%q has a badge", s)
		}
	}
}

func TestMixedScripts(t *testing.T) {
	for _, s := range []string{"аdmin", "Αnn", "Annա", "ᎪnnA", "ꓮnn", "ᗩnn", "Ann ѕmith", "вовa", "ⲁdmin", "Ⴑan"} {
		if !MixedScripts(s) {
			t.Errorf("%q is of one script", s)
		}
	}
	for _, s := range []string{"Ann", "Анна Ann", "Ann小明", "東京タワーです", "Tシャツ", "한국K팝", "Աննա", "ᏣᎳᎩ", "علی Ali", "คุณAnn", "नमस्ते", "சென்னை", "Ωmega"[2:], "Ann-Анна", "ნინო"} {
		if MixedScripts(s) {
			t.Errorf("%q mixes scripts", s)
		}
	}
}

// checkSkeleton checks what nicks rely on.
func checkSkeleton(t *testing.T, s string) {
	t.Helper()
	if len(s) > 1024 { // longer than any name that is looked at
		return
	}
	if a, b := Skeleton(s), Skeleton(s); a != b {
		t.Errorf("%q has the skeletons %q and %q", s, a, b)
	}
	Official(s)
	Blank(s)
	Badge(s)
	MixedScripts(s)
	// ASCII letters have the same skeleton in any case.
	ascii := strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return 'x'
		}
		return r
	}, s)
	if a, b := Skeleton(strings.ToUpper(ascii)), Skeleton(strings.ToLower(ascii)); a != b {
		t.Errorf("%q has the skeletons %q and %q in upper and lower case", ascii, a, b)
	}
}

func TestSkeletonsIgnoreCase(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) { checkSkeleton(t, rapid.String().Draw(rt, "s")) })
}

func TestTheSkeletonOfASCIIIsThatOfItsCharacters(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom(nil, &unicode.RangeTable{R16: []unicode.Range16{{0, unicode.MaxASCII, 1}}})).Draw(rt, "s")
		if a, b := Skeleton(s), skeletonOf(s); a != b {
			rt.Errorf("%q has the skeleton %q, and by characters %q", s, b, a)
		}
	})
}

func FuzzSkeleton(f *testing.F) {
	for _, s := range []string{"admin", "ᎪᎠmin", "Вова", "ﷺ", "\u2800", "🅰", "i̇", "ß"} {
		f.Add(s)
	}
	f.Fuzz(checkSkeleton)
}
