package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// strictObject returns the fields of one JSON object by their exact names.
//
// Package encoding/json matches names without regard to case and lets the last of
// two equal names win. Two programs that read one token could then see two
// different roles, so an object with a duplicate name, at any depth, is an error
// (RFC 7519, section 4).
func strictObject(data []byte) (map[string]json.RawMessage, error) {
	if err := checkNames(data); err != nil {
		return nil, err
	}
	if kind := jsonKind(data); kind != "an object" {
		return nil, fmt.Errorf("it is %s", kind)
	}
	fields := make(map[string]json.RawMessage) // its keys keep their case
	err := json.Unmarshal(data, &fields)
	return fields, err
}

// checkNames reports an object in data that has a name twice.
func checkNames(data []byte) error {
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
				if names[name] {
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

// jsonKind names the kind of a JSON value, with its article.
func jsonKind(value json.RawMessage) string {
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
