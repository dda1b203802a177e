// Package strictjson reads JSON objects in the one way in which all programs understand them.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"unicode/utf8"

	"snug/protocol"
)

// Object returns the fields of one JSON object by their exact names. The error is for
// whoever has sent it.
//
// Package encoding/json matches names without regard to case, lets the last of two equal
// names win, and turns bytes that aren't UTF-8 and half surrogates into U+FFFD. Two programs
// that read one token could then see two different roles, and two subjects could be one
// member. So all of these are errors, at any depth (RFC 7519, sections 4 and 7.2; RFC 8259,
// section 8).
func Object(data []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	fields := make(map[string]json.RawMessage) // its keys keep their case
	if err := protocol.DecodeObject(data, &fields); err != nil {
		return nil, errors.New(err.Message)
	}
	return fields, CheckNames(data, AnyDepth)
}

// String returns a field of an object that is a string; "" if it isn't there. It reports false for a field
// of another type.
func String(fields map[string]json.RawMessage, name string) (s string, ok bool) {
	value, there := fields[name]
	if !there {
		return "", true
	}
	if Kind(value) != "a string" {
		return "", false
	}
	return s, json.Unmarshal(value, &s) == nil
}

// AnyDepth has [CheckNames] look at all objects.
const AnyDepth = math.MaxInt

// CheckNames returns an error if an object in data has a name twice that is inside fewer than depth others
// and arrays. The error is for whoever has sent data.
func CheckNames(data []byte, depth int) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var open []map[string]bool // the objects and arrays around the token; nil for an array
	isName := false
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'):
			open, isName = append(open, make(map[string]bool)), true
			continue
		case json.Delim('['):
			open, isName = append(open, nil), false
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		default:
			if isName {
				name, names := t.(string), open[len(open)-1]
				if names[name] && len(open) <= depth {
					return fmt.Errorf("the name %q appears twice in one object", name)
				}
				names[name], isName = true, false
				continue
			}
		}
		// A value has ended: in an object, a name follows.
		isName = len(open) > 0 && open[len(open)-1] != nil
	}
}

// Kind names the kind of a JSON value, with its article.
func Kind(value json.RawMessage) string {
	switch value = bytes.TrimSpace(value); {
	case len(value) == 0:
		return "nothing"
	case value[0] == '"':
		return "a string"
	case value[0] == '{':
		return "an object"
	case value[0] == '[':
		return "a list"
	case value[0] == 't', value[0] == 'f':
		return "a boolean"
	case value[0] == 'n':
		return "null"
	}
	return "a number"
}
