package chat

import (
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// poller waits for the sockets of all connections that rest, with epoll(7). Its zero
// value is ready, and its methods are safe for concurrent use.
type poller struct {
	once  sync.Once
	file  *os.File        // the epoll instance; nil if there is none
	fd    int             // its descriptor
	ready syscall.RawConn // the same, to wait for
	done  chan struct{}   // run has ended

	mu    sync.Mutex
	conns map[int]*conn // by descriptor
}

// spot is a connection as the poller knows it. It is guarded by the poller's mutex.
type spot struct {
	fd    int
	arm   func(fd uintptr) // the poller's, for this connection: to make one allocates
	err   error            // of arm
	ended bool             // forget was called
}

// there reports whether connections can rest. The first call begins with it.
func (p *poller) there() bool {
	p.once.Do(p.open)
	return p.file != nil
}

func (p *poller) open() {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return
	}
	_ = unix.SetNonblock(fd, true) // so that the runtime waits for it as for a socket; seen below
	file := os.NewFile(uintptr(fd), "epoll")
	ready, err := file.SyscallConn()
	if err != nil || file.SetReadDeadline(time.Time{}) != nil {
		_ = file.Close() // nothing was written
		return
	}
	p.file, p.fd, p.ready, p.done, p.conns = file, fd, ready, make(chan struct{}), make(map[int]*conn)
	go p.run()
}

// close ends the poller. No connection is left.
func (p *poller) close() {
	if p.file != nil {
		_ = p.file.Close() // nothing was written
		<-p.done
	}
}

// run wakes those from whom something has come.
func (p *poller) run() {
	defer close(p.done)
	var events [128]unix.EpollEvent
	var n int
	for p.ready.Read(func(fd uintptr) bool {
		n, _ = unix.EpollWait(int(fd), events[:], 0) // which, as it doesn't wait, doesn't fail
		return n > 0
	}) == nil {
		for _, e := range events[:n] {
			p.mu.Lock()
			c := p.conns[int(e.Fd)]
			p.mu.Unlock()
			if c != nil { // it may have ended
				c.wake()
			}
		}
	}
}

// await has c woken, once, as soon as there is something to read, or the end of it. It
// reports whether that will be.
func (p *poller) await(c *conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &c.resting.spot
	if s.arm == nil {
		s.arm = func(fd uintptr) { s.err = p.arm(int(fd), c) }
	}
	return !s.ended && c.sock.system.Control(s.arm) == nil && s.err == nil
}

func (p *poller) arm(fd int, c *conn) error {
	op := unix.EPOLL_CTL_MOD
	if p.conns[fd] != c {
		op = unix.EPOLL_CTL_ADD
	}
	once := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLONESHOT, Fd: int32(fd)}
	if err := unix.EpollCtl(p.fd, op, fd, &once); err != nil {
		return err
	}
	p.conns[fd], c.resting.spot.fd = c, fd
	return nil
}

// forget lets go of c, which has ended.
func (p *poller) forget(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &c.resting.spot
	s.ended = true
	if p.conns[s.fd] == c { // not another that has got its descriptor
		delete(p.conns, s.fd)
	}
}
