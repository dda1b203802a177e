package lookalike

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Blank reports whether s has a character that can't be seen or that stands for nothing,
// or begins with a mark that has no letter to stand on.
func Blank(s string) bool {
	for i, r := range s {
		if unicode.In(r, blanks, unicode.Variation_Selector) || i == 0 && unicode.Is(unicode.M, r) {
			return true
		}
	}
	return false
}

// blanks are graphic characters, by their category, that are drawn as nothing or as a
// placeholder. Control and format characters are no business of this package.
var blanks = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x034F, 0x034F, 1}, // combining grapheme joiner
		{0x115F, 0x1160, 1}, // Hangul fillers
		{0x17B4, 0x17B5, 1}, // Khmer inherent vowels
		{0x2800, 0x2800, 1}, // Braille pattern blank
		{0x3164, 0x3164, 1}, // Hangul filler
		{0xFFA0, 0xFFA0, 1}, // halfwidth Hangul filler
		{0xFFFC, 0xFFFD, 1}, // object replacement, replacement character
	},
	R32: []unicode.Range32{
		{0x1107F, 0x1107F, 1}, // Brahmi number joiner
		{0x13441, 0x13446, 1}, // Egyptian blanks and lost signs
		{0x16FE4, 0x16FE4, 1}, // Khitan filler
		{0x1D159, 0x1D159, 1}, // musical symbol null notehead
		{0x1D173, 0x1D17A, 1}, // musical formatting
	},
}

// Badge reports whether s has what looks like a badge: a sign by which programs mark
// members with a role, or an operator's prefix as on IRC.
func Badge(s string) bool {
	return strings.HasPrefix(s, "@") || strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(badges, r) })
}

// badges are stars, check marks, crowns, shields, medals, enclosed letters and trademarks. The
// signs of faiths are none: people show theirs.
var badges = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x00A9, 0x00A9, 1}, // copyright
		{0x00AE, 0x00AE, 1}, // registered
		{0x066D, 0x066D, 1}, // Arabic five-pointed star
		{0x2120, 0x2122, 2}, // service mark, trademark
		{0x221A, 0x221A, 1}, // square root, drawn as a check mark
		{0x22C6, 0x22C6, 1}, // star operator
		{0x235F, 0x2363, 4}, // circled star, star with dots
		{0x237B, 0x237B, 1}, // not check mark
		{0x2388, 0x2388, 1}, // helm symbol
		{0x2605, 0x2606, 1}, // stars
		{0x2611, 0x2611, 1}, // ballot box with check
		{0x2654, 0x2655, 1}, // chess king and queen
		{0x265A, 0x265B, 1}, // the same in black
		{0x2694, 0x2694, 1}, // crossed swords
		{0x269C, 0x269D, 1}, // fleur-de-lis, outlined star
		{0x26E4, 0x26E7, 1}, // pentagrams
		{0x26E8, 0x26E8, 1}, // black cross on shield
		{0x2705, 0x2705, 1}, // white heavy check mark
		{0x2713, 0x2714, 1}, // check marks
		{0x2726, 0x2727, 1}, // stars, but not the sparkles between them
		{0x2729, 0x2739, 1},
		{0x2742, 0x2742, 1}, // circled open-centre star
		{0x2B50, 0x2B54, 1}, // stars
		{0x2BE8, 0x2BEB, 1}, // stars
	},
	R32: []unicode.Range32{
		{0x10102, 0x10102, 1}, // Aegean check mark
		{0x10AF0, 0x10AF0, 1}, // Manichaean star
		{0x1F10D, 0x1F10F, 1}, // circled signs
		{0x1F150, 0x1F1AD, 1}, // letters and words in circles and squares
		{0x1F31F, 0x1F320, 1}, // glowing and shooting star
		{0x1F396, 0x1F397, 1}, // medals
		{0x1F3C5, 0x1F3C6, 1}, // medal, trophy
		{0x1F451, 0x1F451, 1}, // crown
		{0x1F46E, 0x1F46E, 1}, // police officer
		{0x1F4DB, 0x1F4DB, 1}, // name badge
		{0x1F52F, 0x1F530, 1}, // six-pointed star, beginner's mark
		{0x1F5F8, 0x1F5F9, 1}, // check marks
		{0x1F6E1, 0x1F6E1, 1}, // shield
		{0x1F7C0, 0x1F7D9, 1}, // stars
		{0x1F947, 0x1F949, 1}, // medals
		{0x1FA00, 0x1FA01, 1}, // chess kings and queens, neutral and turned
		{0x1FA09, 0x1FA0A, 1},
		{0x1FA0F, 0x1FA10, 1},
		{0x1FA15, 0x1FA16, 1},
		{0x1FA1E, 0x1FA1F, 1},
		{0x1FA24, 0x1FA25, 1},
		{0x1FA2A, 0x1FA2B, 1},
		{0x1FA33, 0x1FA34, 1},
		{0x1FA39, 0x1FA3A, 1},
		{0x1FA3F, 0x1FA40, 1},
		{0x1FA4E, 0x1FA51, 3}, // chess knight-queens
		{0x1FAC5, 0x1FAC5, 1}, // person with crown
		{0x1FBB1, 0x1FBB1, 1}, // inverse check mark
	},
}

// Official reports whether s could be taken for somebody who runs the server or the
// room: whether a word of it, or all of it, looks like the name of a role. Marks on
// letters, punctuation between letters, and digits around or in place of letters make no
// difference.
func Official(s string) bool {
	words := wordsOf(s)
	joined := strings.Join(words, "")
	if slices.ContainsFunc(chineseRoles, func(role string) bool { return strings.Contains(joined, role) }) {
		return true
	}
	inSkeleton := wordsOf(Skeleton(s)) // there, signs such as | are the letters that they look like
	words = slices.Concat(words, inSkeleton, []string{joined, strings.Join(inSkeleton, "")})
	for word := range strings.FieldsSeq(s) {
		if spelled := signsForLetters.Replace(word); spelled != word {
			words = append(words, spelled)
		}
	}
	for _, word := range words {
		if letters := strings.TrimFunc(word, unicode.IsDigit); letters != word {
			words = append(words, letters)
		}
	}
	slices.Sort(words)
	return slices.ContainsFunc(slices.Compact(words), isRole)
}

// isRole reports whether a word looks like the name of a role.
func isRole(word string) bool {
	_, ok := roles[bare(Skeleton(word))]
	return ok
}

// signsForLetters replaces the digits and signs that people write for letters.
var signsForLetters = strings.NewReplacer("4", "a", "@", "a", "3", "e", "€", "e", "5", "s", "$", "s", "7", "t", "+", "t", "!", "i", "8", "b")

// wordsOf returns the words of s: what is between punctuation, signs and spaces.
func wordsOf(s string) []string {
	return strings.FieldsFunc(bare(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(regional, r)
	})
}

// bare returns s without the marks on its letters, and compatibility characters as the
// letters that they are forms of.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsMark(r) {
			return -1
		}
		return r
	}, norm.NFKD.String(s))
}

// regional are the regional indicators, which are drawn as letters.
var regional = &unicode.RangeTable{R32: []unicode.Range32{{0x1F1E6, 0x1F1FF, 1}}}

// roles has the skeletons of the words that only somebody who runs the server may use.
var roles = func() map[string]struct{} {
	all := make(map[string]struct{})
	for _, word := range []string{
		"admin", "administrator", "mod", "moderator", "official", "operator", "owner", "server", "staff", "sysadmin", "sysop", "system", "verified",
	} {
		all[bare(Skeleton(word))] = struct{}{}
		all[bare(Skeleton(word+"s"))] = struct{}{}
	}
	return all
}()

// chineseRoles are the names of roles in Chinese, which the page speaks, too. Chinese is
// written without spaces between words, so a name must not contain them.
var chineseRoles = []string{"管理员", "管理員", "房主", "版主", "官方"}

// MixedScripts reports whether a word of s has letters of more than one script whose
// letters look alike: it is most likely meant to look like another word. Words of Latin
// letters and, for example, kanji are common and not mixed in this sense.
func MixedScripts(s string) bool {
	var word *unicode.RangeTable // the script of the word so far
	for _, r := range s {
		if !unicode.In(r, unicode.L, unicode.M) {
			word = nil
			continue
		}
		for _, script := range alphabets {
			if !unicode.Is(script, r) {
				continue
			}
			if word != nil && word != script {
				return true
			}
			word = script
			break
		}
	}
	return false
}

// alphabets are the scripts with letters that look like those of others.
var alphabets = []*unicode.RangeTable{
	unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Georgian, unicode.Cherokee, unicode.Coptic, unicode.Lisu,
	unicode.Canadian_Aboriginal, unicode.Deseret, unicode.Glagolitic, unicode.Osage, unicode.Tifinagh, unicode.Vai, unicode.Bamum, unicode.Nko,
	unicode.Runic, unicode.Ogham, unicode.Gothic, unicode.Old_Italic, unicode.Old_Permic, unicode.Carian, unicode.Lycian, unicode.Lydian, unicode.Elbasan,
	unicode.Caucasian_Albanian, unicode.Shavian, unicode.Warang_Citi, unicode.Pau_Cin_Hau, unicode.Miao, unicode.Medefaidrin, unicode.Vithkuqi,
	unicode.Phoenician, unicode.Linear_B,
}
