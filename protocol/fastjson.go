package protocol

import (
	"strings"
	"unicode/utf8"
)

// What is here does the work of encoding/json, faster, for the JSON of nearly every
// message: objects of strings in which nothing is escaped. For everything else the callers
// use encoding/json. A fuzz test checks that both agree.

// names are the names of the strings that an object may have.
type names [3]string

// readStrings returns the values of data, if it is an object of unescaped strings with
// these names. The values are parts of data; a string that is absent is empty.
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

// skip returns what follows c and the spaces around it; nil if data doesn't begin so.
func skip(data []byte, c byte) []byte {
	data = spaces(data)
	if len(data) == 0 || data[0] != c {
		return nil
	}
	return spaces(data[1:])
}

// spaces returns data without the spaces that it begins with.
func spaces(data []byte) []byte {
	for len(data) > 0 && data[0] == ' ' {
		data = data[1:]
	}
	return data
}

// cutString returns the string that data begins with, and what follows it; nil if data
// doesn't begin with a string, or something in the string is escaped.
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
	if strings.IndexFunc(s[i:], mayNeedEscape) >= 0 {
		return appendValue(dst, s)
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// asIs marks the ASCII bytes that need no escaping in JSON.
var asIs = func() (as [256]bool) {
	for c := range rune(utf8.RuneSelf) {
		as[c] = !mayNeedEscape(c)
	}
	return as
}()

// mayNeedEscape reports whether a character may have to be escaped in JSON.
func mayNeedEscape(c rune) bool {
	return c < ' ' || c == '"' || c == '\\' || c == '\u2028' || c == '\u2029' || c == '\uFFFD' || 0x7F <= c && c <= 0x9F
}
