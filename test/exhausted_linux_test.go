package test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestDescriptorsRunOut: 400 clients connect to a server with 256 descriptors. Members who
// are connected go on, the server doesn't spin, and it accepts again when some have left.
func TestDescriptorsRunOut(t *testing.T) {
	t.Parallel()
	const limit, come = 256, 400
	s := newSite(t, "--limits=off")
	server := s.command()
	server.Args = append([]string{"sh", "-c", fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, limit)}, server.Args...)
	var err error
	if server.Path, err = exec.LookPath("sh"); err != nil {
		t.Fatal(err)
	}
	p := launch(t, server)
	s.runs = append(s.runs, p)
	s.listens(p)
	clients := s.talkers()
	for _, c := range clients { // one after another, or the journal opens for reading what it needs now
		connect(t, []*client{c})
	}
	var readers []line
	for range 20 {
		l, _ := s.enter(t, "room0")
		readers = append(readers, l)
	}
	stop := s.talk(clients, 1)
	crowd := s.connectMany(come)
	eventually(t, "there are no descriptors left", func() bool { return s.says(p, "too many open files") > 0 })

	before := s.ledger.count()
	busy, began := cpuTime(t, p), time.Now()
	var reading sync.WaitGroup
	for _, l := range readers {
		reading.Go(func() {
			if err := l.send(within(t), fields{"type": "history", "ref": "r", "after": 0, "limit": 200}); err != nil {
				t.Error(err)
			}
			if _, err := l.await(within(t), "history"); err != nil {
				t.Errorf("one who is in can't read: %v", err)
			}
		})
	}
	reading.Wait()
	said := func() int { return s.ledger.count() - before }
	eventually(t, "those who are in talk on", func() bool { return said() > 500 })
	stop()
	// From now on, nothing happens but the attempts to connect.
	idle, from := cpuTime(t, p), time.Now()
	eventually(t, "it has waited a while", func() bool { return time.Since(from) > 2*time.Second })
	if idled := cpuTime(t, p) - idle; idled > time.Since(from)/4 {
		t.Errorf("it spins: %v of CPU in %v", idled, time.Since(from))
	}
	busy, took := cpuTime(t, p)-busy, time.Since(began)
	for _, conn := range crowd {
		_ = conn.Close() // it may have been reset
	}
	s.enter(t, "room0")
	if told := s.says(p, "too many open files"); told > 10 {
		t.Errorf("the operator is told %d times", told)
	}
	figure(t, "descriptors run out", 1, "256 of them and 400 clients: those who were in sent %d messages in %v for %v of CPU and read; it accepted again; %d lines of it in the log",
		said(), took.Round(time.Second), busy, s.says(p, "too many open files"))
	hangUp(clients)
	p.kill9(t)
	s.start()
	s.settle(clients)
}

// connectMany connects so many that ask for an upgrade and wait.
func (s *site) connectMany(n int) []net.Conn {
	s.t.Helper()
	conns := make([]net.Conn, n)
	for i := range conns {
		conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", s.address())
		if err != nil {
			s.t.Fatal(err)
		}
		s.t.Cleanup(func() { _ = conn.Close() })
		if _, err := fmt.Fprintf(conn, "GET /ws?roomCode=crowd HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", s.address()); err != nil {
			s.t.Fatal(err)
		}
		conns[i] = conn
	}
	return conns
}

// cpuTime is the CPU time that the process has taken.
func cpuTime(t *testing.T, p *process) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	const tick = time.Second / 100 // USER_HZ, whatever the kernel's own
	_, after, _ := strings.Cut(string(stat), ") ")
	var user, system int
	f := strings.Fields(after)
	if _, err := fmt.Sscan(f[11]+" "+f[12], &user, &system); err != nil {
		t.Fatal(err)
	}
	return time.Duration(user+system) * tick
}
