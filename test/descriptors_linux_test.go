package test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
)

func TestRudeClientsLeaveNothingBehind(t *testing.T) { rudeClients(t, 2000) }

func TestSoakRudeClientsLeaveNothingBehind(t *testing.T) {
	soak(t)
	rudeClients(t, 50_000)
}

// rudeClients connect and disconnect in every way there is, half of them in the middle of
// something. Afterwards the server has as many sockets open as before.
func rudeClients(t *testing.T, times int) {
	const atOnce = 20
	s := newSite(t, "--limits=off")
	p := s.start()
	pid := p.cmd.Process.Pid
	rude := func(times int) {
		var all sync.WaitGroup
		for range atOnce {
			all.Go(func() {
				for range times / atOnce {
					if err := beRude(s.address(), rand.N(len(manners))); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
	}
	rude(10 * atOnce) // what is made once and kept
	eventually(t, "the first are gone", func() bool { return sockets(t, s) == 1 })
	_, journalBefore, othersBefore := descriptors(t, s)
	before := resident(t, pid)
	rude(times)
	eventually(t, "all are gone but the listener", func() bool { return sockets(t, s) == 1 })
	_, journalAfter, othersAfter := descriptors(t, s)
	// One writer and up to four readers, each with the file and its -wal; the
	// lock and the -shm. The search index has the same without a lock.
	if journalAfter > 2*(2*5+1)+1 || othersAfter != othersBefore {
		t.Errorf("%d descriptors of the journal's have become %d, %d others %d", journalBefore, journalAfter, othersBefore, othersAfter)
	}
	if _, err := s.read(within(t), "room0"); err != nil {
		t.Errorf("a room can't be read after it: %v", err)
	}
	figure(t, "rude clients", times, "in %d ways: sockets 1 before and after, the journal's descriptors %d and %d, others %d and %d, resident %d and %d MiB",
		len(manners), journalBefore, journalAfter, othersBefore, othersAfter, before, resident(t, pid))
}

// manners are what a client does before it is cut by a reset.
var manners = []struct {
	upgrades bool
	writes   string
}{
	{false, ""},
	{false, "GET /ws?roomCode=room1 HTTP/1.1\r\nHost: a"},
	{false, "GET /ws?roomCode=room1 HTTP/1.1\r\nHost: a\r\n\r\n"},
	{false, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
	{true, ""},
	{true, "\x81\xfe\x01"}, // the beginning of a frame
	{true, string(masked("{}"))},
	{true, string(masked(`{"type":"join","nick":"rude"}`))},
	{true, string(masked(`{"type":"join","nick":"rude"}`)) + string(masked(`{"type":"send","id":"1","content":"`+contents+`"}`))},
	{true, string(masked(`{"type":"join","nick":"rude"}`)) + string(masked(`{"type":"history","ref":"1"}`)) + "\x88\x80\x00\x00\x00\x00"},
}

func beRude(addr string, how int) error {
	manner := manners[how]
	var conn *net.TCPConn
	var err error
	if manner.upgrades {
		conn, err = handshake(addr, fmt.Sprintf("room%d", rand.N(100)))
	} else {
		var c net.Conn
		if c, err = net.DialTimeout("tcp", addr, patience); err == nil {
			conn = c.(*net.TCPConn)
		}
	}
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(manner.writes)); err != nil {
		return err
	}
	if rand.N(2) == 0 { // half of them wait for what is said to them
		one := make([]byte, 1)
		if strings.Contains(manner.writes, "join") || strings.HasSuffix(manner.writes, "\r\n\r\n") {
			_, _ = conn.Read(one) // whatever it is
		}
	}
	return conn.SetLinger(rand.N(2) - 1) // -1 is a clean end of the TCP, 0 a reset
}

func sockets(t *testing.T, s *site) int {
	t.Helper()
	sockets, _, _ := descriptors(t, s)
	return sockets
}

// descriptors counts what the server has open.
func descriptors(t *testing.T, s *site) (sockets, journal, others int) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", s.runs[len(s.runs)-1].cmd.Process.Pid)
	open, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range open {
		to, err := os.Readlink(dir + "/" + fd.Name())
		switch {
		case err != nil: // closed since
		case strings.HasPrefix(to, "socket:"):
			sockets++
		case strings.HasPrefix(to, s.file):
			journal++
		default:
			others++
		}
	}
	return sockets, journal, others
}

// resident is a process's memory in MiB.
func resident(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := bytes.Cut(status, []byte("VmRSS:"))
	var kb int
	if _, err := fmt.Sscan(string(after), &kb); err != nil {
		t.Fatal(err)
	}
	return kb >> 10
}
