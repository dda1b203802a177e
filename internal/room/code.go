package room

import (
	"errors"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/bidirule"
	"golang.org/x/text/secure/precis"

	"snug/protocol"
)

// Code is a room code in its canonical form. Two spellings that differ only in case,
// width or composition have the same Code. The zero Code is no room's.
type Code string

// maxNameBytes is how long a code or nick may be before it is normalised: more than any
// spelling of a valid one needs.
const maxNameBytes = 1024

// ParseCode returns the canonical form of a room code by the PRECIS
// UsernameCaseMapped profile (RFC 8265, section 3.3). The error is a
// [*protocol.Error].
func ParseCode(s string) (Code, error) {
	if s == "" {
		return "", protocol.Errorf(protocol.BadField, "the room code is missing: add ?roomCode=CODE to the address")
	}
	code, err := "", error(nil)
	if len(s) <= maxNameBytes {
		code, err = precis.UsernameCaseMapped.String(s)
	}
	if errors.Is(err, bidirule.ErrInvalid) {
		return "", protocol.Errorf(protocol.BadField, "not a room code: one with letters that are written from right to left begins with such a letter, ends with one or with a digit, and has no letters that are written from left to right")
	}
	if err != nil || code == "" || utf8.RuneCountInString(code) > protocol.MaxCodeChars {
		return "", badCode()
	}
	before := '.'
	for i, r := range code {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
		case i > 0 && (r == '-' || r == '_' || r == '.'):
		case unicode.Is(unicode.M, r) && unicode.In(before, unicode.L, unicode.M):
		default:
			return "", badCode()
		}
		before = r
	}
	if manyMarks(code) {
		return "", badCode()
	}
	return Code(code), nil
}

func badCode() error {
	return protocol.Errorf(protocol.BadField, "not a room code: it has 1 to %d letters with their marks, digits, - _ and ., beginning with a letter or digit", protocol.MaxCodeChars)
}
