package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/alecthomas/kong"

	"snug/internal/cli"
)

// config is a file with the values of flags, for those that neither the command line nor the environment sets.
// It implements [kong.Resolver].
type config map[string]any

// readConfig reads a JSON object, whose keys are flags without their dashes: {"max-rooms": 7}.
func readConfig(r io.Reader) (kong.Resolver, error) {
	decoder := json.NewDecoder(r)
	decoder.UseNumber()
	var c config
	if err := decoder.Decode(&c); err != nil {
		return nil, fmt.Errorf("--config: not a JSON object, such as {\"max-rooms\": 7}: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("--config: not one JSON object: there is more after it, at byte %d", decoder.InputOffset())
	}
	return c, nil
}

// Validate returns an error for a key that is no flag, and for a value that is nothing.
func (c config) Validate(app *kong.Application) error {
	var names []string
	for _, flag := range app.Flags {
		if len(flag.Envs) > 0 && flag.Name != "config" {
			names = append(names, flag.Name)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c)) {
		switch value := c[key]; {
		case !slices.Contains(names, key):
			if near := cli.Nearest(key, names); near != "" {
				return fmt.Errorf("--config: unknown key %q: did you mean %q?", key, near)
			}
			return fmt.Errorf("--config: unknown key %q: the keys are the flags that --help lists, such as \"max-rooms\"", key)
		case value == nil, value == "":
			return fmt.Errorf("--config: %q is empty: leave it out, or set it", key)
		}
	}
	return nil
}

// Resolve implements [kong.Resolver].
func (c config) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if os.Getenv(name) != "" {
			return nil, nil //nolint:nilnil // this is how kong's resolvers say that they have no value
		}
	}
	if number, ok := c[flag.Name].(json.Number); ok {
		return number.String(), nil
	}
	return c[flag.Name], nil
}
