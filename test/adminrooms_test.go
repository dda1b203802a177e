package test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// operatorRooms runs snug admin rooms, and returns what it prints and says.
func operatorRooms(t *testing.T, operator, input string, args ...string) (out, said string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), snugProgram, append([]string{"admin", "rooms", "--admin=" + operator}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

func mustRooms(t *testing.T, operator, input string, args ...string) (out, said string) {
	t.Helper()
	out, said, err := operatorRooms(t, operator, input, args...)
	if err != nil {
		t.Fatalf("snug admin rooms %v: %v\n%s", args, err, said)
	}
	return out, said
}

func TestTheOperatorsCommandsAboutRooms(t *testing.T) {
	s := newSite(t, "--limits=off", "--admin=127.0.0.1:0")
	operator := s.start().operator(t)
	mustRooms(t, operator, `{"nick":"ada","content":"hello","at":"2019-07-20T20:17:00Z"}`+"\n"+`{"nick":"bob","content":"ho","at":"2019-07-20T20:18:00Z"}`, "import", "lab")

	if out, _ := mustRooms(t, operator, ""); !strings.Contains(out, "CODE") || !strings.Contains(out, "lab") {
		t.Errorf("the rooms are\n%s", out)
	}
	if out, _ := mustRooms(t, operator, "", "--search", "LA", "--json"); !strings.Contains(out, `"room":"lab"`) || !strings.Contains(out, `"messages":2`) {
		t.Errorf("the room is %s", out)
	}
	if out, _ := mustRooms(t, operator, "", "--search", "nowhere", "--json"); out != "" {
		t.Errorf("no room is %s", out)
	}
	if out, _ := mustRooms(t, operator, "", "read", "lab"); !strings.Contains(out, "ada: hello") {
		t.Errorf("the log is\n%s", out)
	}
	mustRooms(t, operator, "", "lock", "lab")
	if out, _ := mustRooms(t, operator, "", "show", "lab"); !strings.Contains(out, "locked    true") {
		t.Errorf("the room is\n%s", out)
	}
	mustRooms(t, operator, "", "unlock", "lab")

	file := filepath.Join(t.TempDir(), "lab.jsonl")
	mustRooms(t, operator, "", "export", "lab", file)
	if _, said, err := operatorRooms(t, operator, "", "export", "lab", file); err == nil || !strings.Contains(said, "exists already") {
		t.Errorf("over another file: %v, %s", err, said)
	}
	if _, said := mustRooms(t, operator, "", "import", "copy", file); !strings.Contains(said, "2 messages") {
		t.Errorf("imported: %s", said)
	}
	if out, _ := mustRooms(t, operator, "", "export", "copy", "--format", "txt"); !strings.Contains(out, "20:17 ada [guest]: hello") {
		t.Errorf("the copy is\n%s", out)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	part, _, _ := strings.Cut(string(whole), `{"end"`)
	if _, said, err := operatorRooms(t, operator, part, "import", "part"); err == nil || !strings.Contains(said, "isn't complete") {
		t.Errorf("a part of a file: %v, %s", err, said)
	}
	if _, said, err := operatorRooms(t, operator, "hello", "import", "part"); err == nil || !strings.Contains(said, "line 1: ") {
		t.Errorf("no file: %v, %s", err, said)
	}

	for _, action := range []string{"erase", "close"} {
		if _, said, err := operatorRooms(t, operator, "", action, "lab"); err == nil || !strings.Contains(said, "--confirm") {
			t.Errorf("%s without being sure: %v, %s", action, err, said)
		}
		mustRooms(t, operator, "", action, "lab", "--confirm")
		if out, _, _ := operatorRooms(t, operator, "", "read", "lab"); strings.Contains(out, "hello") {
			t.Errorf("after %s, the log is\n%s", action, out)
		}
	}
	if _, said, err := operatorRooms(t, operator, "", "show", "lab"); err == nil || !strings.Contains(said, "was closed") {
		t.Errorf("a closed room: %v, %s", err, said)
	}
}

// The server is killed while it imports. The same command again adds the rest, and nothing twice.
func TestAnImportSurvivesAKill(t *testing.T) {
	s := newSite(t, "--limits=off", "--admin=127.0.0.1:0")
	p := s.start()
	operator := p.operator(t)
	const n = 30_000
	var file strings.Builder
	for i := range n {
		fmt.Fprintf(&file, `{"nick":"ada","content":"message %05d","at":"2019-07-20T20:17:00Z"}`+"\n", i)
	}
	failed := make(chan error, 1)
	go func() {
		_, _, err := operatorRooms(t, operator, file.String(), "import", "lab")
		failed <- err
	}()
	for end := time.Now().Add(time.Minute); ; {
		if out, _, _ := operatorRooms(t, operator, "", "--json"); strings.Contains(out, `"room":"lab"`) || time.Now().After(end) {
			break
		}
	}
	p.kill9(t)
	if err := <-failed; err == nil {
		t.Log("the import was done before the kill")
	}
	operator = s.start().operator(t)
	_, said := mustRooms(t, operator, file.String(), "import", "lab")
	if !strings.Contains(said, " known from before") || strings.Contains(said, " 0 known") {
		t.Errorf("the second import found nothing of the first: %s", said)
	}
	out, _ := mustRooms(t, operator, "", "export", "lab")
	lines := strings.Split(out, "\n")
	seen := 0
	for _, line := range lines {
		if strings.Contains(line, fmt.Sprintf("message %05d", seen)) {
			seen++
		}
	}
	if messages := strings.Count(out, `"type":"message"`); messages != n || seen != n {
		t.Errorf("%d messages, %d of them in order; want %d", messages, seen, n)
	}
}
