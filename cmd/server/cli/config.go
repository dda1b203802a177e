package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"snug/internal/cli"
	"snug/internal/keyfile"
	"snug/internal/strictjson"
)

// configFile is a file with the values of flags, for those that neither the command line nor the environment sets.
type configFile string

// BeforeResolve reads the file that the flag names. kong calls it.
func (configFile) BeforeResolve(ctx *kong.Context, at *kong.Path) error {
	file := ctx.FlagValue(at.Flag).(configFile) //nolint:forcetypeassert // it is the value of this flag
	if file == "" {
		return nil // cli.Parse refuses it
	}
	data, err := keyfile.Read(string(file))
	if err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	c, err := readConfig(data, ctx.Model)
	if err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	ctx.AddResolver(c)
	return nil
}

// config has the values of flags by their names, as kong takes them. It implements [kong.Resolver].
type config map[string]any

// readConfig reads a JSON object, whose keys are flags of app without their dashes: {"max-rooms": 7}.
func readConfig(data []byte, app *kong.Application) (config, error) {
	fields, err := strictjson.Object(data)
	if err != nil {
		return nil, fmt.Errorf("not a JSON object, such as {\"max-rooms\": 7}: %w", err)
	}
	flags := make(map[string]*kong.Flag)
	for _, flag := range app.Flags {
		if len(flag.Envs) > 0 && flag.Name != "config" {
			flags[flag.Name] = flag
		}
	}
	c := make(config)
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		flag := flags[key]
		if flag == nil {
			if near := cli.Nearest(key, slices.Sorted(maps.Keys(flags))); near != "" {
				return nil, fmt.Errorf("unknown key %q: did you mean %q?", key, near)
			}
			return nil, fmt.Errorf("unknown key %q: the keys are the flags that --help lists, such as \"max-rooms\"", key)
		}
		if c[key], err = valueOf(flag, fields[key]); err != nil {
			return nil, fmt.Errorf("%q %w", key, err)
		}
	}
	return c, nil
}

// errEmpty is the error for a value of a config that sets nothing.
var errEmpty = errors.New("is empty: leave it out, or set it")

// valueOf returns the value that a config has for a flag, as kong takes it. The error begins with a verb.
func valueOf(flag *kong.Flag, value json.RawMessage) (any, error) {
	switch kind := strictjson.Kind(value); {
	case kind == "null":
		return nil, errEmpty
	case kind == "a boolean" && flag.IsBool():
		return string(value) == "true", nil
	case kind == "a number" && !flag.IsBool():
		return string(value), nil
	case kind == "a string":
		return nonempty(value)
	case kind == "a list" && flag.IsSlice():
		return listOf(value)
	case flag.IsBool():
		return nil, fmt.Errorf("is %s: it must be true or false", kind)
	case flag.IsSlice():
		return nil, fmt.Errorf("is %s: it must be a list of strings", kind)
	default:
		return nil, fmt.Errorf("is %s: it must be a string or a number", kind)
	}
}

// listOf returns the strings in a list, of which there is at least one.
func listOf(list json.RawMessage) (elements []any, err error) {
	var all []json.RawMessage
	if err := json.Unmarshal(list, &all); err != nil {
		return nil, err
	}
	for _, value := range all {
		if kind := strictjson.Kind(value); kind != "a string" {
			return nil, fmt.Errorf("has %s in its list: it must be a list of strings", kind)
		}
		element, err := nonempty(value)
		if err != nil {
			return nil, fmt.Errorf("has an element that %w", err)
		}
		elements = append(elements, element)
	}
	if len(elements) == 0 {
		return nil, errEmpty
	}
	return elements, nil
}

// nonempty returns a string, which must have more than spaces.
func nonempty(value json.RawMessage) (s string, err error) {
	if err := json.Unmarshal(value, &s); err != nil {
		return "", err
	}
	if strings.TrimSpace(s) == "" {
		return "", errEmpty
	}
	return s, nil
}

// Validate implements [kong.Resolver]: readConfig has checked everything.
func (config) Validate(*kong.Application) error { return nil }

// Resolve implements [kong.Resolver].
func (c config) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if os.Getenv(name) != "" {
			return nil, nil //nolint:nilnil // this is how kong's resolvers say that they have no value
		}
	}
	return c[flag.Name], nil
}
