package main

import (
	"fmt"
	"slices"

	"github.com/alecthomas/kong"
)

// unused are the flags of site that do nothing for a command, by its first word.
var unused = map[string][]string{
	"admin": siteFlags, "convert": siteFlags, "token": siteFlags, "completion": siteFlags,
	"bench": {"password"}, // its rooms have none
}

var siteFlags = []string{"server", "nick", "password", "token"}

// doesNothing reports whether f is a flag of site that does nothing for the command of ctx, and returns that.
func doesNothing(ctx *kong.Context, f *kong.Flag) (command string, nothing bool) {
	for _, p := range ctx.Path {
		if p.Command != nil {
			command = p.Command.Name
			return command, slices.Contains(ctx.Model.Flags, f) && slices.Contains(unused[command], f.Name)
		}
	}
	return "", false
}

// checkUnused returns an error if there is a flag that does nothing.
func checkUnused(ctx *kong.Context) error {
	for _, p := range ctx.Path {
		if p.Flag == nil {
			continue
		}
		if command, nothing := doesNothing(ctx, p.Flag); nothing {
			return fmt.Errorf("--%s does nothing for snug %s: snug %[2]s --help lists its flags", p.Flag.Name, command)
		}
	}
	return nil
}

// printHelp prints the help of a command, without the flags that do nothing for it.
func printHelp(o kong.HelpOptions, ctx *kong.Context) error {
	for _, f := range ctx.Model.Flags {
		if _, nothing := doesNothing(ctx, f); nothing {
			f.Hidden = true
		}
	}
	return kong.DefaultHelpPrinter(o, ctx)
}
