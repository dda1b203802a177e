package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// DecodeObject unmarshals data, which must be valid UTF-8 and one JSON object, into v. Unlike
// [json.Unmarshal] it refuses null and unpaired surrogates, instead of silently turning
// them into nothing and into U+FFFD. The error is for whoever has sent data.
func DecodeObject(data []byte, v any) *Error {
	if t := bytes.TrimLeft(data, " \t\r\n"); len(t) == 0 || t[0] != '{' {
		return Errorf(BadJSON, "not a JSON object: one is wanted, {…}")
	}
	if err := json.Unmarshal(data, v); err != nil {
		return decodeError(err)
	}
	if loneSurrogate(data) {
		return Errorf(BadJSON, `half a surrogate pair: \ud800 to \udfff stand for a character only in pairs (RFC 8259, section 8.2)`)
	}
	return nil
}

// decodeError returns an error of encoding/json in the client's terms.
func decodeError(err error) *Error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return Errorf(BadField, `"%s" is %s where %s is wanted`, wrongType.Field, jsonKind(wrongType.Value), goKind(wrongType.Type.String()))
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return Errorf(BadJSON, "not JSON at byte %d, %v: one JSON object is wanted, {…}", syntax.Offset, syntax)
	}
	return Errorf(BadJSON, "not JSON, %v: one JSON object is wanted, {…}", err)
}

// jsonKind names the kind of an UnmarshalTypeError's value. The value, such as
// "number 1e999", may be as long as the frame, so it is not repeated.
func jsonKind(value string) string {
	kind, _, _ := strings.Cut(value, " ")
	switch kind {
	case "array", "object":
		return "an " + kind
	case "bool":
		return "true or false"
	}
	return "a " + kind
}

func goKind(typ string) string {
	switch typ {
	case "uint64":
		return "a whole number from 0 on, without fraction or exponent,"
	case "bool":
		return "true or false"
	case "int", "int64":
		return "a whole number, without fraction or exponent,"
	case "[]string":
		return "an array of strings"
	case "protocol.Position":
		return `{"epoch":…,"seq":…}`
	case "protocol.Quiet":
		return `{"from":…,"to":…,"zone":…}`
	}
	return "a string"
}

// loneSurrogate reports whether data, which is valid JSON, has an escaped surrogate that
// is not part of a pair (RFC 8259, section 7).
func loneSurrogate(data []byte) bool {
	for {
		i := bytes.IndexByte(data, '\\')
		if i < 0 {
			return false
		}
		data = data[i:]
		first := escapedUnit(data)
		if !utf16.IsSurrogate(first) {
			data = data[len(`\\`):] // past the escaped character, which may be a backslash
			continue
		}
		if utf16.DecodeRune(first, escapedUnit(data[len(`\ud800`):])) == utf8.RuneError {
			return true
		}
		data = data[len(`\ud800\udc00`):]
	}
}

// escapedUnit returns the UTF-16 unit that data, a part of valid JSON, begins with as an
// escape; 0 if it begins with anything else.
func escapedUnit(data []byte) rune {
	if len(data) < 2 || data[0] != '\\' || data[1] != 'u' {
		return 0
	}
	unit, _ := strconv.ParseUint(string(data[2:len(`\ud800`)]), 16, 16)
	return rune(unit)
}

// quote quotes a piece of a client's input for an error: on one line, and at most 20
// characters of it.
func quote(s string) string {
	const most = 20
	n := 0
	for i := range s {
		if n == most {
			return strconv.Quote(s[:i] + "…")
		}
		n++
	}
	return strconv.Quote(s)
}
