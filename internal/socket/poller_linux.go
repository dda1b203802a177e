package socket

import (
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Poller waits for all parked connections with epoll(7), in one goroutine, which starts
// with the first AllowParking and ends with Close. Its zero value is ready to use, and its
// methods are safe for concurrent use.
type Poller struct {
	once  sync.Once
	file  *os.File        // the epoll instance; nil if there is none
	fd    int             // its descriptor
	ready syscall.RawConn // the same, to wait for
	done  chan struct{}   // closed when run has ended

	mu    sync.Mutex
	conns map[int]*Conn // by descriptor
}

// parking is what a Poller knows about a connection. The Poller's mutex guards it.
type parking struct {
	fd        int
	arm       func(fd uintptr) // arms the connection; kept, because a closure allocates
	err       error            // of arm
	wake      func()
	forgotten bool // Forget was called
}

// available reports whether connections can be parked.
func (p *Poller) available() bool {
	p.once.Do(p.open)
	return p.file != nil
}

func (p *Poller) open() {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return
	}
	_ = unix.SetNonblock(fd, true) // so that the runtime waits for it as for a socket; checked below
	file := os.NewFile(uintptr(fd), "epoll")
	ready, err := file.SyscallConn()
	if err != nil || file.SetReadDeadline(time.Time{}) != nil {
		_ = file.Close() // nothing was written
		return
	}
	p.file, p.fd, p.ready, p.done, p.conns = file, fd, ready, make(chan struct{}), make(map[int]*Conn)
	go p.run()
}

// Close ends the Poller, and waits until it has ended. All connections must be
// forgotten.
func (p *Poller) Close() {
	if p.file != nil {
		_ = p.file.Close() // nothing was written
		<-p.done
	}
}

// run wakes connections on which something has arrived.
func (p *Poller) run() {
	defer close(p.done)
	var events [128]unix.EpollEvent
	var n int
	for p.ready.Read(func(fd uintptr) bool {
		n, _ = unix.EpollWait(int(fd), events[:], 0) // doesn't block, so it doesn't fail
		return n > 0
	}) == nil {
		for _, e := range events[:n] {
			p.mu.Lock()
			c := p.conns[int(e.Fd)]
			p.mu.Unlock()
			if c != nil { // it may be forgotten by now
				c.parking.wake()
			}
		}
	}
}

// Park has wake called once, in the Poller's goroutine, as soon as there is something to
// read from c, or the connection ends. wake must be the same function every time, and must not
// block. Park reports whether wake will be called.
func (p *Poller) Park(c *Conn, wake func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := &c.parking
	if k.arm == nil {
		k.wake = wake
		k.arm = func(fd uintptr) { k.err = p.arm(int(fd), c) }
	}
	return !k.forgotten && c.raw.Control(k.arm) == nil && k.err == nil
}

func (p *Poller) arm(fd int, c *Conn) error {
	op := unix.EPOLL_CTL_MOD
	if p.conns[fd] != c {
		op = unix.EPOLL_CTL_ADD
	}
	once := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLONESHOT, Fd: int32(fd)}
	if err := unix.EpollCtl(p.fd, op, fd, &once); err != nil {
		return err
	}
	p.conns[fd], c.parking.fd = c, fd
	return nil
}

// Forget ends the parking of c. After that, c isn't woken, and Park reports false. It is
// called before c is closed.
func (p *Poller) Forget(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.parking.forgotten = true
	if p.conns[c.parking.fd] == c { // and not another connection with its descriptor
		delete(p.conns, c.parking.fd)
	}
}
