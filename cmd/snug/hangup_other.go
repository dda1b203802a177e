//go:build !unix

package main

import "os"

// waitHangUp is for Unix: elsewhere the next write fails.
func waitHangUp(*os.File) bool { return false }
