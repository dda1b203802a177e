package cli

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// Version is a flag that prints the variable "version" and exits. Unlike kong's own, it fails if the version can't be
// written.
type Version bool

// BeforeReset prints the version. kong calls it.
func (Version) BeforeReset(app *kong.Kong, vars kong.Vars) error {
	if _, err := fmt.Fprintln(app.Stdout, vars["version"]); err != nil {
		return err
	}
	app.Exit(0)
	return nil
}
