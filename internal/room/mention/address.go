package mention

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// beginsAddress reports whether a text begins as an address does that the page makes a link
// of.
func beginsAddress(text []byte) bool {
	for _, scheme := range []string{"http://", "https://", "mailto:"} {
		if len(text) >= len(scheme) && bytes.EqualFold(text[:len(scheme)], []byte(scheme)) {
			return true
		}
	}
	return false
}

// hideAddresses returns a text in which the addresses of the web have no @. Those of mail
// keep theirs, which follows a word.
func hideAddresses(content string) []byte {
	text := []byte(content)
	for end := 0; ; {
		mark := strings.Index(content[end:], "://")
		if mark < 0 {
			return text
		}
		mark += end
		end = mark + len("://")
		begin, is := cutScheme(content[:mark])
		if last := lastRune(begin); !is || last != '_' && isWordCharacter(last) {
			continue
		}
		length, is := address(content[end:])
		if !is {
			continue
		}
		for range length {
			if text[end] == '@' {
				text[end] = '.'
			}
			end++
		}
	}
}

// cutScheme returns text without http or https at its end, and reports whether it has that.
func cutScheme(text string) (before string, is bool) {
	for _, scheme := range []string{"https", "http"} {
		if n := len(text) - len(scheme); n >= 0 && strings.EqualFold(text[n:], scheme) {
			return text[:n], true
		}
	}
	return text, false
}

// address returns how much of a text, after ://, is the rest of an address. That may be more
// than in the page, by marks at its end. An address with a user's name is none: in
// https://bank.example@evil.example the host is the second one.
func address(rest string) (length int, is bool) {
	open, inHost := 0, true
	for i, r := range rest {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r), r == '<', r == '>', r == '`', r == '|':
			return i, true
		case r == '/', r == '?', r == '#':
			inHost = false
		case inHost && r == '@' && i > 0:
			return 0, false
		case inHost && r >= utf8.RuneSelf && unicode.IsPunct(r):
			return i, true
		case r == '(', r == '[', r == '{':
			open++
		case r == ')', r == ']', r == '}':
			if open--; open < 0 {
				return i, true
			}
		}
	}
	return len(rest), true
}
