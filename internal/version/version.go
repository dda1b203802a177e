// Package version identifies the version of Snug.
package version

import "runtime/debug"

// release is set by packaging/release.sh with the linker; otherwise it is empty.
var release string

// String returns the version of the release or, if this is none, of the module or commit.
func String() string {
	if release != "" {
		return "snug " + release
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		return "snug " + info.Main.Version
	}
	return "snug (unknown version)"
}
