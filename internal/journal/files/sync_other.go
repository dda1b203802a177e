//go:build !unix

package files

// syncDir does nothing, because directories can't be synced on this system. The file
// system's own journal makes renames durable.
func syncDir(string) error { return nil }
