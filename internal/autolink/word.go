package autolink

import "unicode"

// spaceless are scripts that put no spaces between words, or hang particles on them.
var spaceless = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Hangul,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
}

// IsWordCharacter reports whether a character is a part of words that end at spaces: e is,
// 小 and the full stop are not. The page has the same in web/src/markdown/words.ts.
func IsWordCharacter(r rune) bool {
	switch {
	case r < 0x80:
		return r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	case r == 'ー' || r == '々' || r == '〆':
		return false
	}
	return unicode.In(r, unicode.L, unicode.N, unicode.M) && !unicode.In(r, spaceless...)
}
