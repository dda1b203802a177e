package test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"snug/internal/servertest/capture"
)

// tracer returns the path of strace, which traces system calls and makes them fail.
func tracer(t *testing.T) string {
	t.Helper()
	return needs(t, "strace", "system calls that fail")
}

// inject makes system calls of the server's fail from now on, as strace's -e
// inject= says, until stop is called.
func inject(t *testing.T, p *process, calls, how string) (stop func()) {
	t.Helper()
	var said capture.Text
	trace := filepath.Join(t.TempDir(), "trace")
	strace := exec.Command(tracer(t), "-f", "-e", "signal=none", "-e", "trace="+calls, "-e", "inject="+calls+":"+how,
		"-o", trace, "-p", fmt.Sprint(p.cmd.Process.Pid))
	strace.Stderr = &said
	if err := strace.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = strace.Wait() // what it said says more
	}()
	stop = func() {
		_ = strace.Process.Signal(syscall.SIGINT) // it lets go of the server
		<-ended
	}
	t.Cleanup(stop)
	eventually(t, "strace has a hold of the server", func() bool {
		if strings.Contains(said.String(), "Operation not permitted") {
			t.Skipf("NOT TESTED: a process may not be traced here: %s", said.String())
		}
		return strings.Contains(said.String(), "attached")
	})
	return stop
}

// failures of the disk: which calls fail and how, and whether more than once. What
// is counted is counted for each of the server's threads.
var failures = []struct {
	name, calls, how string
	lasting          bool
}{
	{"fsync fails once", "fsync,fdatasync", "error=EIO:when=1", false},
	{"every other fsync fails", "fsync,fdatasync", "error=EIO:when=1+2", false},
	{"fsync fails", "fsync,fdatasync", "error=EIO", true},
	{"write fails once", "pwrite64", "error=EIO:when=1", false},
	{"write fails", "pwrite64", "error=EIO", true},
	{"write finds no space", "pwrite64", "error=ENOSPC", true},
	{"all of it is read-only", "pwrite64,ftruncate,fsync,fdatasync", "error=EROFS", true},
}

func TestFailedWritesAndFsyncsConfirmNothing(t *testing.T) { failingDisk(t, 1) }

func TestSoakFailedWritesAndFsyncsConfirmNothing(t *testing.T) {
	soak(t)
	failingDisk(t, 10)
}

// failingDisk lets calls fail under a server, and then no longer.
func failingDisk(t *testing.T, rounds int) {
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			refused, confirmed := 0, 0
			for range rounds {
				s := newSite(t, "--limits=off")
				p := s.start()
				refuses := 1
				if f.lasting {
					refuses = 200
				}
				var stop func()
				refused += s.survives(p, outage{
					begin:   func() { stop = inject(t, p, f.calls, f.how) },
					end:     func() { stop() },
					refuses: refuses,
					recurs:  !f.lasting, // strace counts the calls of each thread, and there may be new ones
				})
				confirmed += s.ledger.count()
				if t.Failed() {
					break
				}
			}
			figure(t, f.name, rounds, "%d times unavailable; of %d confirmed lost 0, doubled 0", refused, confirmed)
		})
	}
}

// TestReadsThatFailAreToldInAFewLines: every client that connects meanwhile is told to come
// back, and members who are connected go on.
func TestReadsThatFailAreToldInAFewLines(t *testing.T) {
	t.Parallel()
	s := newSite(t, "--limits=off")
	s.broken = true
	p := s.start()
	clients := s.talkers()
	connect(t, clients)
	stop := s.talk(clients, 200)
	settled := resendPending(t, clients)
	mend := inject(t, p, "pread64", "error=EIO")
	refused := 0
	for i := range 200 {
		l, err := s.dial(within(t), "room0")
		if err != nil {
			t.Fatal(err)
		}
		if err := l.send(within(t), fields{"type": "join", "nick": fmt.Sprint("late ", i), "history": 50}); err != nil {
			t.Fatal(err)
		}
		if e, err := l.next(within(t)); err != nil {
			t.Fatal(err)
		} else if e.Type == "error" && e.Code == "unavailable" {
			refused++
		}
		l.cut()
	}
	before := s.ledger.count()
	// They do as long as a commit finds in memory what it needs of the file.
	talk := func() bool { return s.ledger.count() > before+100 }
	eventually(t, "those who are in talk on", func() bool { return talk() || s.says(p, "the journal takes no messages") > 0 })
	mend()
	eventually(t, "those who are in talk on", talk)
	s.enter(t, "room0")
	if _, err := s.read(within(t), "room0"); err != nil {
		t.Error(err)
	}
	stop()
	settled()
	hangUp(clients)
	told := s.says(p, "a room can't be joined")
	if refused < 100 || told > 6 {
		t.Errorf("of 200 who came %d were refused; the operator is told %d times", refused, told)
	}
	p.kill9(t)
	s.start()
	s.settle(clients)
	figure(t, "reads fail for a while", 1, "%d of 200 who came told unavailable, %d lines of it in the log; those who were in talked on; %s", refused, told, s.ledger.verdict())
}
