package protocol

import (
	"strings"
	"unicode/utf8"
)

// What is here is encoding/json's business, done sooner where it is simple, as it is
// in nearly every message: objects of strings in which nothing is escaped. Whatever
// else there is, encoding/json reads and writes; a fuzz test holds the two together.

// names are those of the strings that an object may have.
type names [3]string

// readStrings reads data if it is an object with nothing but such strings, under these
// names, each as it is written. The values are data's own bytes; one that isn't there
// is empty.
func (n *names) readStrings(data []byte) (values [len(names{})][]byte, ok bool) {
	rest := skip(data, '{')
	for rest != nil {
		var name, value []byte
		name, rest = cutString(rest)
		value, rest = cutString(skip(rest, ':'))
		i := n.index(name)
		if rest == nil || i < 0 {
			return values, false
		}
		values[i] = value
		if end := skip(rest, '}'); end != nil {
			return values, len(end) == 0
		}
		rest = skip(rest, ',')
	}
	return values, false
}

func (n *names) index(name []byte) int {
	for i := range n {
		if n[i] == string(name) && len(name) > 0 {
			return i
		}
	}
	return -1
}

// skip returns what follows c, with spaces about it, or nil.
func skip(data []byte, c byte) []byte {
	data = spaces(data)
	if len(data) == 0 || data[0] != c {
		return nil
	}
	return spaces(data[1:])
}

func spaces(data []byte) []byte {
	for len(data) > 0 && data[0] == ' ' {
		data = data[1:]
	}
	return data
}

// cutString returns the string that data begins with, and what follows it; nil if it
// begins with none, or something in it is escaped.
func cutString(data []byte) (s, rest []byte) {
	if len(data) == 0 || data[0] != '"' {
		return nil, nil
	}
	for i := 1; i < len(data); i++ {
		switch c := data[i]; {
		case c == '"':
			return data[1:i], data[i+1:]
		case c == '\\', c < ' ':
			return nil, nil
		}
	}
	return nil, nil
}

// appendString appends s as JSON.
func appendString(dst []byte, s string) []byte {
	i := 0
	for i < len(s) && asIs[s[i]] {
		i++
	}
	if strings.IndexFunc(s[i:], unusual) >= 0 {
		return appendValue(dst, s)
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// asIs are the ASCII characters that aren't.
var asIs = func() (as [256]bool) {
	for c := range rune(utf8.RuneSelf) {
		as[c] = !unusual(c)
	}
	return as
}()

// unusual reports whether a character may have to be escaped.
func unusual(c rune) bool {
	return c < ' ' || c == '"' || c == '\\' || c == '\u2028' || c == '\u2029' || c == '\uFFFD' || c == 0x7F
}
