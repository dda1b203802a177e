//go:build unix

package test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The README's first commands, to the letter. Variables set only the address and the
// journal.
func TestGoRunStartsTheServer(t *testing.T) {
	for _, c := range []struct{ dir, command string }{
		{"../cmd/server", "go run main.go"},
		{"..", "go run ./cmd/server"},
	} {
		t.Run(c.command, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "snug.db")
			args := strings.Fields(c.command)
			cmd := exec.Command(args[0], args[1:]...)
			cmd.Dir = c.dir
			// CGO_ENABLED so that what TestMain has built is used again.
			cmd.Env = environment("CGO_ENABLED=0", "SNUG_ADDR=127.0.0.1:0", "SNUG_JOURNAL=sqlite:"+file)
			// As from a terminal: ^C goes to the program that go has started, too.
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			p := launch(t, cmd)
			group := -cmd.Process.Pid
			t.Cleanup(func() { _ = syscall.Kill(group, syscall.SIGKILL) }) // fails only if all of it has ended

			addr := p.address(t)
			originalsMessage(t, addr)
			if err := syscall.Kill(group, syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			p.wait(t) // go's own exit status is 1 after any ^C
			if said := p.err.String(); !strings.Contains(said, "msg=stopped") || strings.Contains(said, "exit status") {
				t.Errorf("it has not stopped well: %s", said)
			}
			for _, want := range []string{"ws://" + addr + "/ws?roomCode=room1", `{"Author": "client 1", "Content": "content1"}`, "sqlite:" + file} {
				if !strings.Contains(p.out.String(), want) {
					t.Errorf("the greeting lacks %s:\n%s", want, p.out.String())
				}
			}
		})
	}
}
