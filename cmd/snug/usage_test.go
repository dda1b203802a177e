package main

import (
	"testing"

	"github.com/alecthomas/kong"

	"snug/internal/cli"
)

func TestEveryVariableIsKnown(t *testing.T) {
	var c commands
	var walk func(*kong.Node)
	walk = func(n *kong.Node) {
		for _, flag := range n.Flags {
			for _, env := range flag.Envs {
				if !cli.Knows(env) {
					t.Errorf("internal/cli doesn't know %s", env)
				}
			}
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(kong.Must(&c, vars(), kong.Exit(func(int) {})).Model.Node)
}
