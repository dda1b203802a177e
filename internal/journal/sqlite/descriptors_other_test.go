//go:build !linux

package sqlite

// openWithFewFiles is for Linux only: see descriptors_linux_test.go.
func openWithFewFiles(string, string) {}
