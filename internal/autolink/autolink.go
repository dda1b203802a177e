// Package autolink finds the addresses in a text of which the page makes links, and says which
// characters make words. The page takes an address as a whole: no mark and no name in it means
// anything. It finds them with web/src/markdown/autolink.ts; testdata/cases.json has what both are
// tested with. Pure functions.
package autolink

import (
	"iter"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longest is how many bytes of an address are looked at.
const longest = 2048

// All returns where the addresses in a text begin and end. It takes time in proportion to the length
// of the text.
func All(text string) iter.Seq2[int, int] {
	return func(yield func(begin, end int) bool) {
		for i := 0; i < len(text); i++ {
			n := At(text, i)
			if n == 0 {
				continue
			}
			if !yield(i, i+n) {
				return
			}
			i += n - 1
		}
	}
}

// At returns the length of the address that begins at an index of a text; 0 where none does. In the
// page, marks at its end that close an emphasis aren't a part of it.
func At(text string, index int) int {
	scheme := schemeOf(text[index:])
	if scheme == "" {
		return 0
	}
	if before, _ := utf8.DecodeLastRuneInString(text[:index]); before != '_' && IsWordCharacter(before) {
		return 0
	}
	rest := text[index+len(scheme):]
	if len(rest) > longest {
		end := longest
		for end > 0 && !utf8.RuneStart(rest[end]) {
			end--
		}
		rest = rest[:end]
	}
	find := web
	if scheme == "mailto:" {
		find = mailbox
	}
	length := find(rest)
	if length == 0 {
		return 0
	}
	return len(scheme) + length
}

// schemeOf returns the scheme that a text begins with, in small letters; "" for another one.
func schemeOf(text string) string {
	if text == "" || text[0]|0x20 != 'h' && text[0]|0x20 != 'm' {
		return ""
	}
	for _, scheme := range []string{"https://", "http://", "mailto:"} {
		if len(text) >= len(scheme) && strings.EqualFold(text[:len(scheme)], scheme) {
			return scheme
		}
	}
	return ""
}

// endsRun reports whether a character is in no address: a space, a control, one that turns the direction of
// writing around, or a mark that encloses addresses.
func endsRun(r rune) bool {
	switch {
	case r == '<', r == '>', r == '`', unicode.IsSpace(r), unicode.IsControl(r):
		return true
	}
	return r == 0x61c || r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff
}

// web returns the length of an address of the web after its scheme; 0 for none. With a user's name it
// is none: in https://bank.example@evil.example the host is the second one.
func web(s string) int {
	const longestUser = 50
	user := s[:min(len(s), 4*longestUser)]
	if end := strings.IndexAny(user, "@/?#[]()"); end > 0 && s[end] == '@' && !strings.ContainsFunc(s[:end], endsRun) &&
		utf8.RuneCountInString(s[:end]) <= longestUser && hostAndPort(s[end+1:]) > 0 {
		return 0
	}
	n := hostAndPort(s)
	if n == 0 {
		return 0
	}
	return n + path(s[n:])
}

func hostAndPort(s string) int {
	n := host(s)
	if strings.HasPrefix(s, "[") {
		n = strings.IndexByte(s, ']') + 1
		if a, err := netip.ParseAddr(s[min(1, n):max(n-1, 0)]); err != nil || !a.Is6() {
			return 0
		}
	}
	if n == 0 {
		return 0
	}
	if digits, isPort := strings.CutPrefix(s[n:], ":"); isPort {
		if count := len(digits) - len(strings.TrimLeft(digits, "0123456789")); count > 0 {
			if _, err := strconv.ParseUint(digits[:count], 10, 16); err != nil {
				return 0
			}
			n += len(":") + count
		}
	}
	if !endsHost(s[n:]) {
		return 0
	}
	return n
}

// host returns the length of the name of a host: labels with dots between them.
func host(s string) int {
	n := 0
	for range 11 {
		label := strings.IndexFunc(s[n:], func(r rune) bool { return r != '-' && !isLetter(r) })
		if label < 0 {
			label = len(s) - n
		}
		name := s[n : n+label]
		if name == "" || strings.HasPrefix(name, "-") || strings.HasSuffix(name, "-") || strings.ContainsAny(name, "^|") {
			return 0
		}
		n += label
		if next, isDot := strings.CutPrefix(s[n:], "."); !isDot || !isLetter(first(next)) {
			return n
		}
		n++
	}
	return 0
}

// endsHost reports whether a host may end before s.
func endsHost(s string) bool {
	after := ' '
	if s != "" {
		after = first(s[1:])
	}
	switch r := first(s); r {
	case '-', '_':
		return false
	case ':':
		return after < '0' || after > '9'
	case '.':
		return after != '-' && !isLetter(after)
	default:
		return !isLetter(r)
	}
}

// path returns the length of what follows a host: a path, a query and a fragment. It ends before
// punctuation that belongs to the sentence, and before a bracket without its partner.
func path(s string) int {
	if s == "" || !strings.ContainsRune("/?#", rune(s[0])) {
		return 0
	}
	n := 1
	for n < len(s) {
		part := pathPart(s[n:])
		if part == 0 {
			break
		}
		n += part
	}
	if n == 1 && s[0] != '/' {
		return 0
	}
	return n
}

// pathPart returns the length of the next part of a path; 0 where it ends.
func pathPart(s string) int {
	r, size := utf8.DecodeRuneInString(s)
	next := first(s[size:])
	switch r {
	case '(':
		return pair(s, '(', ')')
	case '[':
		return pair(s, '[', ']')
	case '{':
		return pair(s, '{', '}')
	case '"', '\'':
		const most = 100
		switch end := strings.IndexRune(s[1:], r); {
		case end > 0 && utf8.RuneCountInString(s[1:1+end]) <= most && !strings.ContainsFunc(s[1:1+end], endsRun):
			return 1 + end + 1
		case r == '\'' && (next == '-' || isLetter(next)):
			return 1
		}
		return 0
	case '.':
		if next != '.' {
			return ifMore(s, size)
		}
		after := strings.TrimPrefix(strings.TrimLeft(s, "."), ":")
		if c := first(after); c < utf8.RuneSelf && (unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune("%/&", c)) {
			return len(s) - len(after) + 1
		}
		return 0
	case '?':
		if next == '?' {
			return 0
		}
		return ifMore(s, size)
	case ',', ';':
		return ifMore(s, size)
	case '!':
		return ifMore(s, len(s)-len(strings.TrimLeft(s, "!")))
	case '-', '\\', '/', ':', '%', '@', '#', '&', '=', '_', '~', '*':
		return 1
	}
	if !isLetter(r) {
		return 0
	}
	return size
}

// ifMore returns n if the address may go on after n bytes of s, and otherwise 0: they end the sentence.
func ifMore(s string, n int) int {
	if endsRun(first(s[n:])) {
		return 0
	}
	return n
}

// pair returns the length of what is between brackets, with others of their kind in it, and with them;
// 0 if they have no partners.
func pair(s string, opens, closes rune) int {
	const deepest = 4
	depth := 0
	for i, r := range s {
		switch {
		case r == opens:
			depth++
		case r == closes:
			depth--
		}
		if depth == 0 {
			return i + 1
		}
		if depth > deepest || endsRun(r) {
			return 0
		}
	}
	return 0
}

// mailbox returns the length of an address of mail after its scheme; 0 for none.
func mailbox(s string) int {
	name, domain, found := strings.Cut(s, "@")
	if !found || name == "" || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, "..") || strings.ContainsFunc(name, func(r rune) bool {
		return r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-!#$%&'*+/=?^_`{|}~.", r)
	}) {
		return 0
	}
	n := host(domain)
	if n == 0 || !endsHost(domain[n:]) {
		return 0
	}
	return len(name) + len("@") + n
}

// isLetter reports whether a character may be in the name of a host: all but punctuation, and what ends
// the address.
func isLetter(r rune) bool {
	return !unicode.IsPunct(r) && !endsRun(r) && r != '｜'
}

// first returns the first character of s; a space, which is in no address, if it is empty.
func first(s string) rune {
	if s == "" {
		return ' '
	}
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
