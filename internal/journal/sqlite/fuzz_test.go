package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A damaged -wal is refused or has an end, whatever is in it.
func FuzzCheckWAL(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x37\x7f\x06\x82\x00\x2d\xe2\x18\x00\x00\x02\x00 a header of a -wal, and a frame"))
	f.Add(make([]byte, walHeader+3*(frameHeader+512)))
	path := filepath.Join(f.TempDir(), "log.snug")
	f.Fuzz(func(t *testing.T, wal []byte) {
		if err := os.WriteFile(path+"-wal", wal, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := checkWAL(path); err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("got %v, want nil or ErrDamaged", err)
		}
	})
}
