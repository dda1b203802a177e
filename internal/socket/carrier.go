package socket

import (
	"errors"
	"net"
	"sync"
	"syscall"
)

// Listen returns a listener of l's connections that are fit to carry TLS: over them, TryWrite
// writes as it does without TLS. Where the system can't, or a connection isn't the system's,
// it is as in l.
func Listen(l net.Listener) net.Listener { return carriers{l} }

type carriers struct{ net.Listener }

func (l carriers) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if raw := rawConn(nc); raw != nil && canTry {
		nc = &carrier{Conn: nc, raw: raw}
	}
	return nc, nil
}

const (
	// tlsPiece is how many bytes are encrypted before the socket is written to, at most.
	tlsPiece = 64 << 10
	// maxRest bounds what a carrier keeps: a piece with what TLS adds to it, and what TLS answers
	// of its own, which a client that reads nothing could ask for without end.
	maxRest = 4 * tlsPiece
)

var errTooMuchKept = errors.New("the client asks for answers of TLS that it doesn't read")

// carrier is the connection under one of TLS. Since hold, its Write doesn't wait: it keeps what the
// socket has no space for, and flush writes it. With one that waits, whoever wants to write
// would wait for TLS's lock meanwhile, also a room's goroutine.
type carrier struct {
	net.Conn
	raw syscall.RawConn

	mu       sync.Mutex
	holds    bool
	flushing bool
	rest     []byte // what is to be written next
}

// SyscallConn implements [syscall.Conn].
func (c *carrier) SyscallConn() (syscall.RawConn, error) { return c.raw, nil }

func (c *carrier) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holds = true
}

// kept reports whether there is something for flush to write.
func (c *carrier) kept() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.rest) > 0
}

func (c *carrier) Write(b []byte) (n int, err error) {
	if n, held, err := c.keep(b); held {
		return n, err
	}
	return c.Conn.Write(b)
}

func (c *carrier) keep(b []byte) (n int, held bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.holds {
		return 0, false, nil
	}
	if len(c.rest) == 0 && !c.flushing {
		n = writeReady(c.raw, b)
	}
	if len(c.rest)+len(b)-n > maxRest {
		return n, true, errTooMuchKept
	}
	c.rest = append(c.rest, b[n:]...)
	return len(b), true, nil
}

// flush writes what is kept. It blocks while the peer doesn't read.
func (c *carrier) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.rest) > 0 {
		rest := c.rest
		c.rest, c.flushing = nil, true
		c.mu.Unlock()
		_, err := c.Conn.Write(rest)
		c.mu.Lock()
		c.flushing = false
		if err != nil {
			return err
		}
	}
	return nil
}
