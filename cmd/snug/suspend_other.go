//go:build !unix

package main

import "github.com/charmbracelet/x/term"

// withoutSuspend is for Unix: elsewhere there is no such key.
func withoutSuspend(s term.State) *term.State { return &s }
