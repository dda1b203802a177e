package main

import (
	"slices"

	"github.com/alecthomas/kong"
)

// apart are the commands that don't join rooms, for which the flags of site do nothing.
var apart = []string{"admin", "convert", "token", "completion"}

// printHelp prints the help of a command, without the flags that do nothing for it.
func printHelp(o kong.HelpOptions, ctx *kong.Context) error {
	for _, p := range ctx.Path {
		if p.Command == nil || !slices.Contains(apart, p.Command.Name) {
			continue
		}
		for _, f := range ctx.Model.Flags {
			if f.Name != "help" && f.Name != "version" {
				f.Hidden = true
			}
		}
	}
	return kong.DefaultHelpPrinter(o, ctx)
}
