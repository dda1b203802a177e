package main

import (
	"fmt"
	"slices"

	"github.com/alecthomas/kong"
)

// unused are the flags of site that do nothing for a command, by its first word; nil stands for all of them.
var unused = map[string][]string{
	"admin": nil, "convert": nil, "token": nil, "completion": nil,
	"bench": {"password"}, // its rooms have none
}

// doesNothing reports whether f is a flag of site that does nothing for the command of ctx, and returns that.
func doesNothing(ctx *kong.Context, f *kong.Flag) (command string, nothing bool) {
	for _, p := range ctx.Path {
		if p.Command != nil {
			command = p.Command.Name
			names, some := unused[command]
			ofSite := slices.Contains(ctx.Model.Flags, f) && f.Name != "help" && f.Name != "version"
			return command, ofSite && some && (names == nil || slices.Contains(names, f.Name))
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
