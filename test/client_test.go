package test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// client is a member of a room over any number of connections. It keeps its seat and its
// position, and sends again what isn't confirmed.
type client struct {
	site       *site
	room, nick string
	padding    string // ends each of its messages

	mu       sync.Mutex
	seat     string
	member   string
	epoch    string
	seq      uint64 // the last log event shown
	sent     int    // ids given
	pending  []unsettled
	took     []time.Duration // what was settled
	settling chan struct{}   // one slot: fewer are pending

	session *session // the last one; of whoever connects
}

// unsettled is a message whose seq its sender hasn't been shown.
type unsettled struct {
	id, content string
	said        time.Time
}

func (s *site) client(room, nick string) *client {
	return &client{site: s, room: room, nick: nick, settling: make(chan struct{}, 1)}
}

// talkers are 20 clients in 5 rooms.
func (s *site) talkers() []*client {
	var all []*client
	for i := range 20 {
		all = append(all, s.client(fmt.Sprintf("room%d", i%5), fmt.Sprintf("talker %d", i)))
	}
	return all
}

// session is one connection of a client's that has joined. It reads by itself
// until it ends.
type session struct {
	client  *client
	line    line
	ended   chan struct{}
	err     error // why; set before ended is closed
	goodbye event // if there was one
}

// connect joins, resuming where there is something to resume, and sends again
// what is unsettled. It connects again if the join was too late.
func (c *client) connect(ctx context.Context) (*session, error) {
	for {
		if s, err := c.connectOnce(ctx); !tooLate(err) {
			return s, err
		}
	}
}

// tooLate reports whether a server may have ended a connection because no request, or no join, has come
// for 10 s: on a busy machine, this process may not have run for so long.
func tooLate(err error) bool {
	return errors.Is(err, io.EOF) ||
		websocket.CloseStatus(err) == websocket.StatusPolicyViolation && strings.Contains(err.Error(), "the first command must be a join")
}

func (c *client) connectOnce(ctx context.Context) (*session, error) {
	l, err := c.site.dial(ctx, c.room)
	if err != nil {
		return nil, err
	}
	s := &session{client: c, line: l, ended: make(chan struct{})}
	if err := s.join(ctx); err != nil {
		l.cut()
		return nil, err
	}
	c.session = s
	go s.read(c.site.t.Context())
	for _, u := range c.waiting() {
		_ = l.send(ctx, fields{"type": "send", "id": u.id, "content": u.content}) // the reader says why it failed
	}
	return s, nil
}

func (s *session) join(ctx context.Context) error {
	c := s.client
	c.mu.Lock()
	join := fields{"type": "join", "nick": c.nick}
	resuming := c.seat != ""
	if resuming {
		join["seat"], join["since"] = c.seat, fields{"epoch": c.epoch, "seq": c.seq}
	}
	c.mu.Unlock()
	if err := s.line.send(ctx, join); err != nil {
		return err
	}
	w, err := s.line.next(ctx)
	if err != nil {
		return err
	}
	if w.Type != "welcome" {
		return fmt.Errorf("the first event is %+v", w)
	}
	c.site.secret(w.You.Seat)
	c.site.ledger.opened(c.room, w.Epoch)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !resuming:
		c.seq = w.Head - min(w.Head, 50) // where the replay begins: all events are messages
	case !w.Resumed || w.Head < c.seq:
		c.site.t.Errorf("%s was not resumed after %d: resumed %v, head %d", c.nick, c.seq, w.Resumed, w.Head)
	case w.You.Member != c.member || w.You.Nick != c.nick || w.You.Seat != c.seat:
		c.site.t.Errorf("%s has come back as %+v", c.nick, w.You.Nick)
	}
	c.seat, c.member, c.epoch, c.nick = w.You.Seat, w.You.Member, w.Epoch, w.You.Nick
	return nil
}

// read takes what comes until the connection ends.
func (s *session) read(ctx context.Context) {
	defer close(s.ended)
	for {
		e, err := s.line.next(ctx)
		if err != nil {
			s.err = err
			s.line.cut()
			return
		}
		s.client.take(&e)
		if e.Type == "goodbye" {
			s.goodbye = e
		}
	}
}

func (c *client) take(e *event) {
	switch e.Type {
	case "message", "moderated":
		c.mu.Lock()
		defer c.mu.Unlock()
		if e.Seq != c.seq+1 {
			c.site.t.Errorf("%s was shown %d after %d", c.nick, e.Seq, c.seq)
		}
		c.seq = e.Seq
		c.site.ledger.saw(c.room, e)
		if e.From.Member == c.member {
			c.settle(e, false)
		}
	case "ack":
		c.mu.Lock()
		defer c.mu.Unlock()
		c.settle(e, true)
	case "error", "gap":
		if e.Code == "unavailable" && c.site.broken {
			c.site.ledger.unavailable()
			return // it stays unsettled
		}
		c.site.t.Errorf("%s got %+v", c.nick, *e)
	}
}

// connect connects all of them at once, or ends the test.
func connect(t *testing.T, clients []*client) {
	t.Helper()
	each(clients, func(c *client) {
		if _, err := c.connect(within(t)); err != nil {
			t.Error(err)
		}
	})
	if t.Failed() {
		t.FailNow()
	}
}

// settle is called with mu held.
func (c *client) settle(e *event, byAck bool) {
	c.site.ledger.confirm(c.room, command{c.member, e.ID}, e.Seq, byAck)
	c.pending = slices.DeleteFunc(c.pending, func(u unsettled) bool {
		if u.id == e.ID {
			c.took = append(c.took, time.Since(u.said))
		}
		return u.id == e.ID
	})
	select {
	case c.settling <- struct{}{}:
	default:
	}
}

// waiting are the unsettled messages, oldest first.
func (c *client) waiting() []unsettled {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.pending)
}

// say sends a new message.
func (s *session) say(ctx context.Context) error {
	c := s.client
	c.mu.Lock()
	c.sent++
	id := fmt.Sprintf("m%d", c.sent)
	content := fmt.Sprintf("%s %s %s %d%s", contents, c.room, c.nick, c.sent, c.padding)
	c.pending = append(c.pending, unsettled{id, content, time.Now()})
	c.mu.Unlock()
	return s.line.send(ctx, fields{"type": "send", "id": id, "content": content})
}

// position returns how far the client has read.
func (c *client) position() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seq
}
