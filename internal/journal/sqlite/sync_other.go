//go:build !unix

package sqlite

// syncDir does nothing: there a directory can't be synced, and a rename is
// written through by the file system's own journal.
func syncDir(string) error { return nil }
