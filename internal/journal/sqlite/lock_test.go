package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// hold is the other process of the test: it has the log open until it is killed.
func hold(path string) {
	f, err := Open(context.Background(), path)
	if err == nil {
		_, err = f.try(drafts("lobby", "", 3))
	}
	fmt.Println("held:", err)
	select {}
}

func TestOneProcessHasALogOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.snug")
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), "SNUG_TEST_HOLD="+path)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "held: <nil>\n" {
		t.Fatalf("the other process prints %q, %v", line, err)
	}
	before := files(t, path)
	_, err = Open(t.Context(), path)
	if holder := fmt.Sprint("process ", other.Process.Pid); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), holder) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want that %s has %s open", err, holder, path)
	}
	untouched(t, path, before)

	_ = other.Process.Kill()
	_ = other.Wait() // the error says that it was killed
	f := openFile(t, path)
	defer f.Close()
	if page, err := f.ReadAfter(t.Context(), "lobby", 0, 10); err != nil || len(page) != 3 {
		t.Errorf("after the other was killed: %d entries, %v; want its 3", len(page), err)
	}
}

func TestAllNamesOfAFileHaveTheSameLock(t *testing.T) {
	f := newFile(t)
	dir := filepath.Dir(f.path)
	elsewhere := t.TempDir()
	for name, target := range map[string]string{"file": f.path, "dir": dir} {
		if err := os.Symlink(target, filepath.Join(elsewhere, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, path := range []string{f.path, filepath.Join(elsewhere, "file"), filepath.Join(elsewhere, "dir", "log.snug"), "log.snug", "./../" + filepath.Base(dir) + "/log.snug"} {
		if second, err := Open(t.Context(), path); !errors.Is(err, ErrInUse) {
			t.Errorf("%s: %v, %v; want ErrInUse", path, second, err)
		}
	}
}
