package test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestSoakHalfOpenConnectionsAreNoticed: the link to ten members goes down, and
// not a byte says so.
func TestSoakHalfOpenConnectionsAreNoticed(t *testing.T) {
	soak(t)
	t.Parallel()
	near, far := namespace(t, "near"), namespace(t, "far")
	run(t, "ip", "-n", near, "link", "add", "snug0", "type", "veth", "peer", "name", "snug1", "netns", far)
	for ns, end := range map[string]string{near: "snug0", far: "snug1"} {
		run(t, "ip", "-n", ns, "link", "set", "lo", "up")
		run(t, "ip", "-n", ns, "address", "add", map[string]string{near: "10.0.0.1/24", far: "10.0.0.2/24"}[ns], "dev", end)
		run(t, "ip", "-n", ns, "link", "set", end, "up")
	}
	s := newSite(t, "--addr=10.0.0.1:0")
	s.within = []string{"ip", "netns", "exec", near}
	s.start()

	watcher := s.joinFrom(t, near, "watcher")
	const members = 10
	for i := range members {
		s.joinFrom(t, far, fmt.Sprint("far ", i))
		if _, err := nextOf(watcher, "joined"); err != nil {
			t.Fatal(err)
		}
	}
	run(t, "ip", "-n", far, "link", "set", "snug1", "down")
	began := time.Now()
	for range members {
		if _, err := nextOf(watcher, "left"); err != nil {
			t.Fatal(err)
		}
	}
	took := time.Since(began)
	figure(t, "half-open: veth down", members, "all of them gone from presence after %v", took.Round(100*time.Millisecond))
}

// namespace makes a network namespace, until the end of the test.
func namespace(t *testing.T, name string) string {
	t.Helper()
	name = fmt.Sprintf("snug-%d-%s-%s", os.Getpid(), strings.ReplaceAll(t.Name(), "/", "-"), name)
	if said, err := exec.Command(needs(t, "ip", "networks that fail"), "netns", "add", name).CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: a network namespace is refused here: %v: %s", err, said)
	}
	t.Cleanup(func() { run(t, "ip", "netns", "delete", name) })
	return name
}

// joinFrom joins as a member out of a network namespace, and answers pings from then
// on.
func (s *site) joinFrom(t *testing.T, ns, nick string) io.Reader {
	t.Helper()
	conn, err := in(ns, func() (*net.TCPConn, error) { return handshake(s.address(), "room") })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // the server may have
	if _, err := conn.Write(masked(fmt.Sprintf(`{"type":"join","nick":%q}`, nick))); err != nil {
		t.Fatal(err)
	}
	welcome, err := nextOf(conn, "welcome")
	if err != nil {
		t.Fatal(err)
	}
	s.secret(welcome.You.Seat)
	return conn
}

// in does f on a thread that is in a network namespace. What sockets it opens
// stay there.
func in(ns string, f func() (*net.TCPConn, error)) (conn *net.TCPConn, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		var file *os.File
		if file, err = os.Open("/run/netns/" + ns); err != nil {
			return
		}
		defer file.Close()
		if err = unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err == nil {
			conn, err = f()
		}
	}()
	<-done
	return conn, err
}
