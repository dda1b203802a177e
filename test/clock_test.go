package test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// clock is the wall clock of servers, which can be set.
type clock struct {
	t    *testing.T
	file string // seconds that it is ahead
}

// TestSoakClockThatJumpsHarmsNothing sets the server's wall clock an hour and a
// year ahead, and back by two.
func TestSoakClockThatJumpsHarmsNothing(t *testing.T) {
	soak(t)
	c := clock{t, filepath.Join(t.TempDir(), "clock")}
	c.ahead(0)
	s := newSite(t, "--limits=off")
	s.program = c.build()
	s.env = []string{"SNUG_TEST_CLOCK=" + c.file}
	p := s.start()
	clients := s.talkers()
	connect(t, clients)
	s.talk(clients, 200)()

	const hour, year = time.Hour, 365 * 24 * time.Hour
	jumps := []time.Duration{hour, year, -year, 0, year, -hour}
	closed := make(chan time.Duration, len(jumps))
	for i, ahead := range jumps {
		silent, err := handshake(s.address(), "room") // and never joins
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		began := time.Now()
		c.ahead(ahead)
		go func() {
			_ = silent.SetReadDeadline(time.Now().Add(patience))
			_, _ = silent.Read(make([]byte, 1)) // its close frame
			closed <- time.Since(began)
		}()
		s.talk(clients, 200)()
		s.repeats(t, fmt.Sprint("repeats", i), func() { c.ahead(ahead - hour) })
	}
	for range jumps {
		if lived := <-closed; lived < 9*time.Second || lived > patience {
			t.Errorf("one who never joins is let go after %v", lived)
		}
	}
	s.checkConnected(clients)
	hangUp(clients)
	p.kill9(t)
	c.ahead(0) // a year before the log's own clock
	s.start()
	s.settle(clients)
	log, err := s.read(within(t), "room0")
	if err != nil {
		t.Fatal(err)
	}
	back := 0
	for i := range log[1:] {
		if log[i+1].At < log[i].At {
			back++
		}
	}
	if first, last := log[0].At, log[len(log)-1].At; back > 0 || last[:4] == first[:4] {
		t.Errorf("the log's clock runs from %s to %s and back %d times", first, last, back)
	}
	figure(t, "clock jumps an hour, a year, back", len(jumps), "%s; cut 0; who never joined was let go after 10 s; the log's clock ran back %d times", s.ledger.verdict(), back)
}

// TestSoakClockThatIsWrongEmptiesNoLog starts a server whose clock is 400 days ahead.
func TestSoakClockThatIsWrongEmptiesNoLog(t *testing.T) {
	soak(t)
	c := clock{t, filepath.Join(t.TempDir(), "clock")}
	c.ahead(0)
	s := newSite(t, "--limits=off", "--keep=30d")
	s.program = c.build()
	s.env = []string{"SNUG_TEST_CLOCK=" + c.file}
	p := s.start()
	clients := s.talkers()
	connect(t, clients)
	s.talk(clients, 200)()
	hangUp(clients)
	p.kill9(t)

	c.ahead(400 * 24 * time.Hour)
	p = s.start()
	eventually(t, "the log announces the pruning", func() bool { return s.says(p, "waits for an hour") > 0 })
	s.settle(clients)
	if log, err := s.read(within(t), "room0"); err != nil || len(log) == 0 || log[0].Seq != 1 {
		t.Errorf("%d entries are left, %v; want all", len(log), err)
	}
}

// repeats sends a message to a new room, and once more when the clock was set back:
// it is known.
func (s *site) repeats(t *testing.T, room string, setBack func()) {
	t.Helper()
	l, _ := s.enter(t, room)
	message := fields{"type": "send", "id": "1", "content": contents}
	if err := l.send(within(t), message); err != nil {
		t.Fatal(err)
	}
	first, err := l.await(within(t), "message")
	if err != nil {
		t.Fatal(err)
	}
	setBack()
	if err := l.send(within(t), message); err != nil {
		t.Fatal(err)
	}
	if ack, err := l.await(within(t), "ack"); err != nil || ack.Seq != first.Seq {
		t.Errorf("a repeat of %d is answered with %d: %v", first.Seq, ack.Seq, err)
	}
}

// ahead sets the clock ahead by so much.
func (c *clock) ahead(by time.Duration) {
	c.t.Helper()
	fresh := c.file + ".new" // a reader finds the old one or the new one
	write(c.t, fresh, []byte(strconv.Itoa(int(by/time.Second))))
	if err := os.Rename(fresh, c.file); err != nil {
		c.t.Fatal(err)
	}
}

// jump is added to package time.
const jump = `package time

import "syscall"

var clockFile, _ = syscall.Getenv("SNUG_TEST_CLOCK")

func ahead() (seconds int64) {
	fd, err := syscall.Open(clockFile, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer syscall.Close(fd)
	var text [20]byte
	n, _ := syscall.Read(fd, text[:])
	sign := int64(1)
	for i := 0; i < n; i++ {
		if text[i] == '-' {
			sign = -1
		} else {
			seconds = 10*seconds + int64(text[i]-'0')
		}
	}
	return sign * seconds
}
`

// build builds the server with a package time whose Now tells this clock's time;
// its monotonic part is as it was. That is the one place where Go programs learn
// the time of day.
func (c *clock) build() (program string) {
	c.t.Helper()
	dir := c.t.TempDir()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		c.t.Fatal(err)
	}
	std := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	replaced := map[string]string{filepath.Join(std, "ahead.go"): filepath.Join(dir, "ahead.go")}
	write(c.t, filepath.Join(dir, "ahead.go"), []byte(jump))
	for _, edit := range []struct{ file, old, now string }{
		{"time.go", "func Now() Time {\n", "func Now() Time {\n\tt := unset()\n\tt.addSec(ahead())\n\treturn t\n}\n\nfunc unset() Time {\n"},
		{"sleep.go", "<- Now().Add(", "<- unset().Add("}, // which has no stack to read a file with
	} {
		source, err := os.ReadFile(filepath.Join(std, edit.file))
		if err != nil {
			c.t.Fatal(err)
		}
		if strings.Count(string(source), edit.old) != 1 {
			c.t.Fatalf("%s of package time is written otherwise than in Go 1.26: look where it reads the clock", edit.file)
		}
		write(c.t, filepath.Join(dir, edit.file), []byte(strings.Replace(string(source), edit.old, edit.now, 1)))
		replaced[filepath.Join(std, edit.file)] = filepath.Join(dir, edit.file)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		c.t.Fatal(err)
	}
	write(c.t, filepath.Join(dir, "overlay.json"), overlay)
	program = filepath.Join(dir, "server")
	build := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, "./cmd/server")
	build.Dir = ".."
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		c.t.Fatalf("%v: %s", err, said)
	}
	return program
}
