package test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"snug/internal/servertest/vacant"
)

// talksInTwoRooms goes from a terminal's room tea to another one and back.
func talksInTwoRooms(t *testing.T, s *site, x *terminal, nick, other string) {
	t.Helper()
	bob := s.guestIn(t, "bob", "tea")
	x.sees("› Say something", "●")
	rings := x.Rings()
	x.keys("/join " + other + enter)
	x.sees("1 tea  [2 " + other + "]")
	x.keys("hello" + enter)
	x.matches(`┃ hello`)
	says(t, bob, "@"+nick+" where are you?")
	x.sees("1 tea (@1)")
	x.until("the bell", func(string) bool { return x.Rings() > rings })
	x.keys(altOne)
	x.sees("[1 tea]  2 "+other, "where are you?")
	last := "the last one, " + nick
	for range 22 {
		says(t, bob, "another line")
	}
	says(t, bob, last)
	x.sees(last)
	x.seesNot("where are you?")
	x.keys(strings.Repeat(wheelUp, 4))
	x.sees("where are you?")
	x.seesNot(last)
	x.keys(strings.Repeat(wheelDown, 5))
	x.sees(last)
	x.keys("/quit" + enter)
	x.leaves()
}

func TestATerminalInTmux(t *testing.T) {
	tmux := needs(t, "tmux", "snug join in tmux")
	s := newSite(t, "--limits=off")
	s.start()
	for _, term := range []string{"screen", "tmux-256color"} {
		t.Run(term, func(t *testing.T) {
			dir := t.TempDir()
			conf := fmt.Sprintf("set -g default-terminal %s\nset -g status off\nset -g mouse on\n", term)
			if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(conf), 0o600); err != nil {
				t.Fatal(err)
			}
			nick := "ann-" + term
			join := s.joinCommand(nick, []string{"tea"})
			socket := filepath.Join(dir, "socket")
			cmd := exec.Command(tmux, append([]string{"-S", socket, "-f", filepath.Join(dir, "conf"), "new-session"}, join.Args...)...)
			cmd.Env = append(join.Env, "TMUX=")
			t.Cleanup(func() { _ = exec.Command(tmux, "-S", socket, "kill-server").Run() }) // it may have ended
			talksInTwoRooms(t, s, openTerminal(t, cmd, 80, 24), nick, "ops-"+term)
		})
	}
}

// sshd starts an SSH server for this user, and returns the command that runs a program there
// in a terminal.
func sshd(t *testing.T) (ssh []string) {
	t.Helper()
	const what = "snug join over SSH"
	server, client, keygen := needs(t, "sshd", what), needs(t, "ssh", what), needs(t, "ssh-keygen", what)
	if os.Getuid() == 0 { // which sshd then wants to be there. It stays: another one may be using it
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Skipf("NOT TESTED: %s: %v", what, err)
		}
	}
	dir := t.TempDir()
	host, key := filepath.Join(dir, "host"), filepath.Join(dir, "key")
	for _, file := range []string{host, key} {
		run(t, keygen, "-q", "-t", "ed25519", "-N", "", "-f", file)
	}
	_, port, err := net.SplitHostPort(vacant.Address(t))
	if err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, "ListenAddress 127.0.0.1\nPort %s\nHostKey %s\nAuthorizedKeysFile %s.pub\nPidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nPrintMotd no\n", port, host, key), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(server, "-D", "-e", "-f", conf)
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(log)
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has nothing to keep
		<-done
		_ = cmd.Wait()
	})
	listens := false
	for !listens && said.Scan() {
		listens = strings.Contains(said.Text(), "Server listening on")
	}
	go func() {
		defer close(done)
		for said.Scan() { // or it would wait for somebody to read
		}
	}()
	if !listens {
		t.Skipf("NOT TESTED: %s: sshd says: %s", what, said.Text())
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	ssh = []string{client, "-F", "none", "-p", port, "-i", key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-tt", me.Username + "@127.0.0.1"}
	if out, err := exec.Command(ssh[0], append(ssh[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: %s: this user can't log in: %v: %s", what, err, out)
	}
	return ssh
}

func TestATerminalOverSSH(t *testing.T) {
	ssh := sshd(t)
	s := newSite(t, "--limits=off")
	s.start()
	for _, term := range []string{"screen", "xterm-256color", "dumb"} {
		t.Run(term, func(t *testing.T) {
			nick := "ann-" + term
			join := s.joinCommand(nick, []string{"tea"})
			there := append([]string{"env", "LC_ALL=C.UTF-8", "XDG_CONFIG_HOME=" + s.config(nick)}, join.Args...)
			cmd := exec.Command(ssh[0], append(ssh[1:], there...)...)
			cmd.Env = append(join.Env, "TERM="+term)
			x := openTerminal(t, cmd, 80, 24)
			if term != "dumb" {
				talksInTwoRooms(t, s, x, nick, "ops-"+term)
				return
			}
			x.keys("hello" + enter)
			x.sees(nick + ": hello")
			x.seesNot("●")
			x.keys("\x04") // the end of the input
			x.leaves()
		})
	}
}
