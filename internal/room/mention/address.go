package mention

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// schemes are how addresses begin that the page makes links of.
var schemes = []string{"http://", "https://", "mailto:"}

// beginsAddress reports whether a text begins as an address does.
func beginsAddress(text []byte) bool {
	for _, scheme := range schemes {
		if len(text) >= len(scheme) && bytes.EqualFold(text[:len(scheme)], []byte(scheme)) {
			return true
		}
	}
	return false
}

// hideAddresses returns a text in which addresses have no @.
func hideAddresses(content string) []byte {
	text := []byte(content)
	for i := 0; ; {
		colon := strings.IndexByte(content[i:], ':')
		if colon < 0 {
			return text
		}
		i += colon + 1
		for _, scheme := range schemes {
			begin := i - 1 - strings.IndexByte(scheme, ':')
			if begin < 0 || len(content)-begin < len(scheme) || !strings.EqualFold(content[begin:begin+len(scheme)], scheme) {
				continue
			}
			if before := lastRune(content[:begin]); before != '_' && isWordCharacter(before) {
				continue
			}
			begin += len(scheme)
			i = begin + addressLength(content[begin:])
			for n := begin; n < i; n++ {
				if text[n] == '@' {
					text[n] = '.'
				}
			}
			break
		}
	}
}

// addressLength returns how much of a text, after a scheme, is the rest of the address. That
// may be more than in the page, by marks at its end.
func addressLength(rest string) int {
	open, host := 0, true
	for i, r := range rest {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r), r == '<', r == '>', r == '`', r == '|':
			return i
		case r == '/', r == '?', r == '#':
			host = false
		case host && r >= utf8.RuneSelf && unicode.IsPunct(r):
			return i
		case r == '(', r == '[', r == '{':
			open++
		case r == ')', r == ']', r == '}':
			if open--; open < 0 {
				return i
			}
		}
	}
	return len(rest)
}
