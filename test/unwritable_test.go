//go:build unix

package test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestAReadOnlyJournalIsLeftAlone(t *testing.T) {
	for _, c := range []struct {
		name      string
		exists    bool
		dir, file os.FileMode
	}{
		{"directory of a new file", false, 0o555, 0},
		{"directory", true, 0o555, 0o666},
		{"file", true, 0o777, 0o444},
		{"file that may not be read either", true, 0o777, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "snug.db")
			if c.exists {
				begin(t, file)
				if err := os.Chmod(file, c.file); err != nil {
					t.Fatal(err)
				}
				if err := os.Remove(file + ".lock"); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(dir, c.dir); err != nil {
				t.Fatal(err)
			}
			server := newSite(t, "--journal=sqlite:"+file).command()
			if os.Getuid() == 0 { // to whom nothing is forbidden
				const nobody = 65534
				server.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
				if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			refused(t, server, dir, file, "")
			if err := os.Chmod(dir, 0o755); err != nil { // or it can't be removed
				t.Fatal(err)
			}
		})
	}
}
