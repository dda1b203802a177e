package chat

import "sync"

// latch is opened once, and others can wait for that. It is a channel that is made only when
// somebody waits: there are many connections, and few for which anybody does. The zero latch is
// ready to use, and its methods are safe for concurrent use.
type latch struct {
	mu     sync.Mutex
	opened chan struct{} // alreadyOpen if the latch was opened before anybody waited; nil if neither happened
}

var alreadyOpen = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// open frees everybody who waits, now and later. It may be called once.
func (l *latch) open() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opened == nil {
		l.opened = alreadyOpen
		return
	}
	close(l.opened)
}

// wait returns a channel that is closed once the latch is open.
func (l *latch) wait() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opened == nil {
		l.opened = make(chan struct{})
	}
	return l.opened
}
