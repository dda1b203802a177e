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
	slots []slot        // by descriptor
	look  time.Duration // when to look for connections that are due; 0 for never

	// The arguments of Park to arm, and its result. arm is made once, because a closure for each
	// call would allocate. mu guards them.
	arm    func(fd uintptr)
	arming *Conn
	due    time.Duration
	err    error
}

// slot is the connection with a descriptor, and when it is due.
type slot struct {
	conn *Conn         // nil for none
	due  time.Duration // when to wake it if nothing arrives; 0 if it isn't parked
}

// parking is what a Poller needs to know of a connection.
type parking struct {
	owner Waker

	// The Poller's mutex guards these.
	fd        int32 // its descriptor; 0 before it was parked
	forgotten bool  // Forget was called
}

// lookEvery is the pause between two looks for connections that are due, at least.
const lookEvery = 100 * time.Millisecond

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
			for _, c := range p.removeDue(time.Since(p.began)) {
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
		s := &p.slots[e.Fd]
		c := s.conn
		s.due = 0
		p.mu.Unlock()
		if c != nil { // it may be forgotten by now
			c.parking.owner.Wake(false)
		}
	}
}

// removeDue returns the connections that are due, and ends their parking. It sets when to look again.
func (p *Poller) removeDue(now time.Duration) (due []*Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var next time.Duration
	for i := range p.slots {
		switch s := &p.slots[i]; {
		case s.due == 0:
		case s.due <= now:
			s.due = 0
			due = append(due, s.conn)
		case next == 0 || s.due < next:
			next = s.due
		}
	}
	if p.look = 0; next != 0 {
		p.lookAt(next, now)
	} else {
		_ = p.file.SetReadDeadline(time.Time{}) // fails only if it is closed, and then run ends
	}
	return due
}

// lookAt has the Poller look for connections that are due at a time, or lookEvery after now if that is
// later, unless it looks before that. The caller holds p.mu.
func (p *Poller) lookAt(at, now time.Duration) {
	if at = max(at, now+lookEvery); p.look == 0 || at < p.look {
		p.look = at
		_ = p.file.SetReadDeadline(p.began.Add(at)) // as above
	}
}

// Park has c's owner woken as soon as there is something to read from c, or the connection ends;
// and at the time due or at most lookEvery later, if neither happens before. It reports whether the
// owner will be woken.
func (p *Poller) Park(c *Conn, due time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.arming, p.due = c, max(1, due.Sub(p.began))
	defer func() { p.arming = nil }() // it may be closed before the next one comes
	return !c.parking.forgotten && c.raw.Control(p.arm) == nil && p.err == nil
}

// armConn arms p.arming, whose descriptor is fd. The caller holds p.mu.
func (p *Poller) armConn(fd int) error {
	if missing := fd + 1 - len(p.slots); missing > 0 {
		p.slots = append(p.slots, make([]slot, missing)...)
	}
	op := unix.EPOLL_CTL_MOD
	if p.slots[fd].conn != p.arming {
		op = unix.EPOLL_CTL_ADD
	}
	once := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLONESHOT, Fd: int32(fd)}
	if err := unix.EpollCtl(p.fd, op, fd, &once); err != nil {
		return err
	}
	p.slots[fd], p.arming.parking.fd = slot{p.arming, p.due}, int32(fd)
	if p.look == 0 || p.due < p.look {
		p.lookAt(p.due, time.Since(p.began))
	}
	return nil
}

// Forget ends the parking of c: Park reports false from now on. It is called before c is closed.
func (p *Poller) Forget(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.parking.forgotten = true
	if fd := int(c.parking.fd); fd < len(p.slots) && p.slots[fd].conn == c { // and not another connection with its descriptor
		p.slots[fd] = slot{}
	}
}
