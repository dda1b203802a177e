package sqlite

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// openWithFewFiles is the process of the next test: it opens a log with a low limit of
// open files, and prints the error.
func openWithFewFiles(path, limit string) {
	n, err := strconv.Atoi(limit)
	if err == nil {
		most := syscall.Rlimit{Cur: uint64(n), Max: uint64(n)}
		err = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &most)
	}
	if err == nil {
		var f *File
		if f, err = Open(context.Background(), path); err == nil {
			_ = f.Close()
		}
	}
	fmt.Println(err)
	os.Exit(0)
}

func TestTooFewOpenFilesAreSaid(t *testing.T) {
	opened, failed := 0, 0
	for limit := 8; limit < 40; limit += 3 {
		path := filepath.Join(t.TempDir(), "log.snug")
		other := exec.Command(os.Args[0])
		other.Env = append(os.Environ(), "SNUG_TEST_FILES="+strconv.Itoa(limit), "SNUG_TEST_PATH="+path)
		out, err := other.CombinedOutput()
		if err != nil {
			t.Fatalf("with %d: %v\n%s", limit, err, out)
		}
		said := string(out)
		switch {
		case said == "<nil>\n":
			opened++
		case !strings.Contains(said, "ulimit -n"):
			t.Errorf("with %d open files it says %q", limit, said)
		default:
			failed++
		}
	}
	if opened == 0 || failed == 0 {
		t.Errorf("with 8 to 39 open files it opened %d times and failed %d times", opened, failed)
	}
}
