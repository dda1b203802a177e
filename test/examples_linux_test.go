package test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"snug/internal/servertest/capture"
	"snug/internal/servertest/vacant"
)

// hookOf makes a hook as the owner of a room, and returns what the command prints.
func (s *site) hookOf(room string, flags ...string) []string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), snugProgram, append([]string{"hook", room, "--server=http://" + s.address()}, flags...)...)
	cmd.Env = environment("XDG_CONFIG_HOME=" + s.config("owner"))
	var failed capture.Text
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("%v: %s", err, failed.String())
	}
	lines := strings.Fields(string(out))
	for _, secret := range lines {
		s.secret(secret)
	}
	return lines
}

// example starts a bot. It and what it has started are killed by the function that it
// returns, or at the end of the test.
func example(t *testing.T, cmd *exec.Cmd) (kill func()) {
	t.Helper()
	var said capture.Text
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // fails only if all have ended
		_ = cmd.Wait()                                      // it was killed
		if t.Failed() {
			t.Logf("%s: %s", cmd.Path, said.String())
		}
	})
	t.Cleanup(kill)
	return kill
}

// lastOf waits until the last event of a room is by a nick, and returns it.
func (s *site) lastOf(room, nick string) (last event) {
	s.t.Helper()
	eventually(s.t, nick+" has said something", func() bool {
		log := s.readLog(room)
		last = log[len(log)-1]
		return last.From.Nick == nick
	})
	return last
}

func TestTheBotInGoAnswers(t *testing.T) {
	t.Parallel()
	bot := filepath.Join(t.TempDir(), "echobot")
	build := exec.Command("go", "build", "-o", bot, "./examples/echobot")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build it: %v\n%s", err, out)
	}
	unsigned := exec.CommandContext(within(t), bot)
	unsigned.Env = environment("LISTEN=127.0.0.1:0", "SECRET=")
	if out, err := unsigned.CombinedOutput(); err == nil || !strings.Contains(string(out), "SECRET") {
		t.Errorf("without a secret: %v\n%s", err, out)
	}
	address := vacant.Address(t)
	s := newSite(t, "--outgoing-hooks=private")
	s.start()
	hook := s.hookOf("room1", "--name=Echo", "--events=mentions", "--to=http://"+address+"/")
	// It starts after what it is told: the server tries again.
	c := s.client("room1", "ann")
	connect(t, []*client{c})
	if err := c.session.line.send(within(t), fields{"type": "send", "id": "1", "content": "@echo hello"}); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bot)
	cmd.Env = environment("LISTEN="+address, "SECRET="+hook[1])
	example(t, cmd)
	if e := s.lastOf("room1", "Echo"); e.Content != "You said: @echo hello" {
		t.Errorf("it says %+v", e)
	}
}

func TestTheBotInShellAnswers(t *testing.T) {
	t.Parallel()
	needs(t, "curl", "the bot in shell")
	s := newSite(t)
	s.start()
	hook := s.hookOf("room1", "--name=Clock")
	place := filepath.Join(t.TempDir(), "place")
	run := func() (kill func()) {
		cmd := exec.Command("../examples/timebot.sh", "http://"+s.address()+"/r/room1", hook[0], place)
		return example(t, cmd)
	}
	kill := run()
	var begun []byte
	eventually(t, "it reads", func() (ok bool) {
		var err error
		begun, err = os.ReadFile(place)
		return err == nil
	})
	c := s.client("room1", "ann")
	connect(t, []*client{c})
	say := func(id, content string) {
		if err := c.session.line.send(within(t), fields{"type": "send", "id": id, "content": content}); err != nil {
			t.Fatal(err)
		}
	}
	say("1", "!time")
	first := s.lastOf("room1", "Clock")
	log := s.readLog("room1")
	if question := log[len(log)-2]; first.Content != "It is "+question.At {
		t.Errorf("it says %+v", first)
	}
	kill()
	if err := os.WriteFile(place, begun, 0o600); err != nil { // as if killed before it has kept its place
		t.Fatal(err)
	}
	say("2", "!time") // while it is away
	eventually(t, "the message is there", func() bool { log := s.readLog("room1"); return log[len(log)-1].ID == "2" })
	run()
	// The answer to the first question is not there twice, and the second one has its own.
	if e := s.lastOf("room1", "Clock"); e.Seq != first.Seq+2 || !strings.HasSuffix(e.ID, fmt.Sprintf(":%d", first.Seq+1)) {
		t.Errorf("it says %+v", e)
	}
}
