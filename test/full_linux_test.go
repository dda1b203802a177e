package test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestFullDiskRefusesMessagesAndNothingElse(t *testing.T) {
	t.Parallel()
	fullDisk(t, 1)
}

func TestSoakFullDiskRefusesMessagesAndNothingElse(t *testing.T) {
	soak(t)
	fullDisk(t, 10)
}

// fullDisk fills the disk that the journal is on, and frees it again.
func fullDisk(t *testing.T, rounds int) {
	refused := 0
	for range rounds {
		disk := mounted(t, "-t", "tmpfs", "-o", "size=64m", "none")
		s := newSite(t, "--limits=off")
		s.file = filepath.Join(disk, "snug.db")
		ballast := filepath.Join(disk, "ballast")
		refused += s.survives(s.start(), outage{
			begin: func() { fill(t, ballast) },
			end: func() {
				if err := os.Remove(ballast); err != nil {
					t.Fatal(err)
				}
			},
			refuses: 200,
		})
		if t.Failed() {
			break
		}
	}
	figure(t, "disk full, then freed", rounds, "%d times unavailable, joins, reads and presence went on, it mended itself", refused)
}

// fill writes a file until there is no space left.
func fill(t *testing.T, file string) {
	t.Helper()
	out, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for err == nil {
		_, err = out.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}
