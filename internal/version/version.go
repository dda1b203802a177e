// Package version says which Snug this is.
package version

import "runtime/debug"

// release is the version that packaging/release.sh builds; else empty.
var release string

// String is that of the release, or else the module's or the commit's.
func String() string {
	if release != "" {
		return "snug " + release
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		return "snug " + info.Main.Version
	}
	return "snug (unknown version)"
}
