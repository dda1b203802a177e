package socket

import (
	"errors"
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
	began time.Time       // what due times are counted from
	done  chan struct{}   // closed when run has ended

	mu    sync.Mutex
	slots []slot // by descriptor
	looks bool   // it looks every dueEvery for connections that are due

	// Park passes these through arm, which is one function for all connections: to create one for
	// each allocates.
	arm     func(fd uintptr)
	parking *Conn
	due     time.Duration
	err     error
}

// slot is what a Poller knows by a connection's descriptor.
type slot struct {
	conn *Conn         // nil for none
	due  time.Duration // when to wake it if nothing arrives; 0 once that was done
}

// parking is what a connection knows about its Poller.
type parking struct {
	owner Parked

	// The Poller's mutex guards these.
	fd        int32 // where the Poller's slot was last; 0 before there was one
	forgotten bool  // Forget was called
}

// dueEvery is how often a Poller looks for connections that are due.
const dueEvery = 100 * time.Millisecond

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
	p.file, p.fd, p.ready, p.began, p.done = file, fd, ready, time.Now(), make(chan struct{})
	p.arm = func(fd uintptr) { p.err = p.armConn(int(fd)) }
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

// run wakes connections on which something has arrived, and those that are due.
func (p *Poller) run() {
	defer close(p.done)
	var events [128]unix.EpollEvent
	var n int
	for {
		err := p.ready.Read(func(fd uintptr) bool {
			n, _ = unix.EpollWait(int(fd), events[:], 0) // doesn't block, so it doesn't fail
			return n > 0
		})
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			for _, c := range p.takeDue(time.Since(p.began)) {
				c.parking.owner.Wake(true)
			}
		case err != nil:
			return
		default:
			p.wake(events[:n])
		}
	}
}

func (p *Poller) wake(events []unix.EpollEvent) {
	for _, e := range events {
		p.mu.Lock()
		c := p.slots[e.Fd].conn
		p.mu.Unlock()
		if c != nil { // it may be forgotten by now
			c.parking.owner.Wake(false)
		}
	}
}

// takeDue returns the connections that are due, and sets when to look again.
func (p *Poller) takeDue(now time.Duration) (due []*Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.looks = false
	for i := range p.slots {
		switch s := &p.slots[i]; {
		case s.due == 0:
		case s.due <= now:
			s.due = 0
			due = append(due, s.conn)
		default:
			p.looks = true
		}
	}
	var next time.Time // for never
	if p.looks {
		next = time.Now().Add(dueEvery)
	}
	_ = p.file.SetReadDeadline(next) // fails only if it is closed, and then Read fails, too
	return due
}

// Park has c's owner woken once there is something to read from c, or the connection ends, or at
// the time due, up to dueEvery later. It reports whether the owner will be woken.
func (p *Poller) Park(c *Conn, due time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.parking, p.due = c, max(1, due.Sub(p.began))
	return !c.parking.forgotten && c.raw.Control(p.arm) == nil && p.err == nil
}

// armConn arms p.parking, whose descriptor is fd. The caller holds p.mu.
func (p *Poller) armConn(fd int) error {
	if missing := fd + 1 - len(p.slots); missing > 0 {
		p.slots = append(p.slots, make([]slot, missing)...)
	}
	op := unix.EPOLL_CTL_MOD
	if p.slots[fd].conn != p.parking {
		op = unix.EPOLL_CTL_ADD
	}
	once := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLONESHOT, Fd: int32(fd)}
	if err := unix.EpollCtl(p.fd, op, fd, &once); err != nil {
		return err
	}
	if !p.looks {
		p.looks = true
		_ = p.file.SetReadDeadline(time.Now().Add(dueEvery)) // fails only if it is closed
	}
	p.slots[fd], p.parking.parking.fd = slot{p.parking, p.due}, int32(fd)
	return nil
}

// Forget ends the parking of c. After that, its owner isn't woken, and Park reports false. It is
// called before c is closed.
func (p *Poller) Forget(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.parking.forgotten = true
	if fd := int(c.parking.fd); fd < len(p.slots) && p.slots[fd].conn == c { // and not another connection with its descriptor
		p.slots[fd] = slot{}
	}
}
