// Package lookalike finds names that people would take for other names. It is pure: it
// keeps nothing and starts no goroutines.
//
// Which characters look alike is decided by Unicode Technical Standard #39, Unicode
// Security Mechanisms, by the tables of [confusable]. What that standard leaves out,
// because it compares names with their case, is in this package.
package lookalike

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"go.mau.fi/util/confusable"
	"golang.org/x/text/unicode/norm"
)

// Skeleton returns what names are compared by: two names that look alike, in any case,
// have the same skeleton (UTS #39, section 4). It isn't meant to be shown.
//
// The letters i and l have the same skeleton, because I and l look alike.
func Skeleton(s string) string {
	all := ofASCII()
	var skeleton strings.Builder
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return skeletonOf(s)
		}
		skeleton.WriteString(all[s[i]])
	}
	return skeleton.String()
}

// ofASCII returns the skeletons of the ASCII characters. That of a string of them is their
// concatenation, which takes a tenth of the time.
var ofASCII = sync.OnceValue(func() []string {
	all := make([]string, utf8.RuneSelf)
	for c := range all {
		all[c] = skeletonOf(string(rune(c)))
	}
	return all
})

// skeletonOf returns the skeleton of any string.
func skeletonOf(s string) string {
	// Letters that look alike in one case may differ in the other, so the skeleton is
	// that of the upper case: Cyrillic В and Latin B. Lower-case letters that look alike
	// while their capitals don't are found in the second step.
	for range maxSteps {
		next := confusable.Skeleton(strings.ToLower(confusable.Skeleton(strings.ToUpper(plain(s)))))
		next = strings.ToLower(plain(next))
		if next == s {
			break
		}
		s = next
	}
	return norm.NFC.String(strings.ReplaceAll(s, "i", "l"))
}

// maxSteps is how often the skeleton's steps are repeated at most. One step is enough
// for most names. A few characters look like characters that have other cases.
const maxSteps = 4

// plain replaces characters that are drawn as a capital letter, although Unicode gives
// them no case and no decomposition. Unlike capitals, they are never mapped to another
// letter by UTS #39.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x80:
			return r
		case 0x1F130 <= r && r <= 0x1F149: // squared
			return 'A' + r - 0x1F130
		case 0x1F150 <= r && r <= 0x1F169: // negative circled
			return 'A' + r - 0x1F150
		case 0x1F170 <= r && r <= 0x1F189: // negative squared
			return 'A' + r - 0x1F170
		case 0x1F1E6 <= r && r <= 0x1F1FF: // regional indicators
			return 'A' + r - 0x1F1E6
		case unicode.Is(unicode.Variation_Selector, r):
			return -1
		}
		if letter, ok := smallCapital(r); ok {
			return letter
		}
		return r
	}, s)
}

// smallCapital returns the letter that a small capital is a form of. UTS #39 maps some of
// them to turned letters, which come last here.
func smallCapital(r rune) (letter rune, ok bool) {
	const (
		capitals = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢᴁʍɐ"
		letters  = "abcdefghijklmnopqrstuvwyzæma"
	)
	i := strings.IndexRune(capitals, r)
	if i < 0 {
		return 0, false
	}
	// Both constants have one rune for each letter, of different lengths in bytes.
	n := len([]rune(capitals[:i]))
	return []rune(letters)[n], true
}
