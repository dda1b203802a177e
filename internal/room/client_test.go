package room

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"snug/internal/journal"
	"snug/internal/journal/memory"
	"snug/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tb is what a test, a benchmark and a rapid check have in common.
type tb interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
	Context() context.Context
}

// memoryJournal returns a journal in memory that is closed when the test ends.
func memoryJournal(t tb, o memory.Options) journal.Journal {
	return closeAtEnd(t, memory.Open(o))
}

// closeAtEnd closes j when the test ends.
func closeAtEnd(t tb, j journal.Journal) journal.Journal {
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Errorf("close the journal: %v", err)
		}
	})
	return j
}

// newOwnerless returns a registry whose rooms have no owners, until the test ends.
func newOwnerless(t tb, o Options) *Registry {
	o.NoOwners = true
	return newRegistry(t, o)
}

// newRegistry returns a registry whose rooms are owned by their first members, until the
// test ends.
func newRegistry(t tb, o Options) *Registry {
	if o.Journal == nil {
		o.Journal = memoryJournal(t, memory.Options{})
	}
	if o.Idle == 0 {
		o.Idle = time.Minute
	}
	o.Log = slog.New(slog.DiscardHandler)
	g := NewRegistry(o)
	t.Cleanup(g.Close)
	return g
}

// client is one connection to the room "lobby".
type client struct {
	*Participant
	t       tb
	welcome protocol.Welcome
	sent    int
	more    chan struct{} // one slot: there is more to read

	mu  sync.Mutex
	own []byte // frames for this connection alone
	end string // the goodbye with which it was expelled
}

func nick(s string) Nick {
	n, err := ParseNick(s)
	if err != nil {
		panic(err)
	}
	return n
}

// v1 and plain return requests with nothing special.
func v1(name string) Request {
	return Request{Dialect: protocol.V1, Nick: nick(name), History: protocol.DefaultHistory}
}

func plain(name string) Request {
	return Request{Dialect: protocol.Plain, Nick: nick(name)}
}

func mustJoin(t tb, g *Registry, q Request) *client {
	t.Helper()
	c := &client{t: t, more: make(chan struct{}, 1)}
	if q.Client == nil {
		q.Client = c
	}
	var err error
	if c.Participant, c.welcome, err = g.Join(t.Context(), "lobby", q); err != nil {
		t.Fatalf("join: %v", err)
	}
	return c
}

func (c *client) More() {
	select {
	case c.more <- struct{}{}:
	default:
	}
}

func (c *client) Deliver(frame []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.own = append(c.own, frame...)
}

func (c *client) Answer(frame []byte) { c.Deliver(frame) }

func (c *client) Tell(e *protocol.Error) { c.Deliver(protocol.AppendError(nil, e)) }

func (c *client) Refuse(e *protocol.Error) { c.Expel(string(e.Code)) }

func (c *client) Expel(goodbye string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end = goodbye
}

// say sends a message and waits for its outcome.
func (c *client) say(m Message) (o journal.Outcome, err error) {
	return c.submit(c.Send(context.Background(), m))
}

// submit appends a draft and waits for its outcome. The error is the journal's, or the
// refusal of the command.
func (c *client) submit(d Draft, err error) (journal.Outcome, error) {
	if err != nil {
		return journal.Outcome{}, err
	}
	var refusal *protocol.Error
	o, err := outcome(func(done journal.Done) error {
		return c.Append(c.t.Context(), d, func(o journal.Outcome, err error) {
			refusal = d.Settle(o, err)
			done(o, err)
		})
	})
	if errors.Is(err, journal.ErrNotRepeat) {
		err = refusal
	}
	return o, err
}

// outcome waits for the outcome of an append.
func outcome(command func(journal.Done) error) (o journal.Outcome, err error) {
	told := make(chan struct{})
	refused := command(func(got journal.Outcome, failed error) {
		o, err = got, failed
		close(told)
	})
	if refused != nil {
		return o, refused
	}
	<-told
	return o, err
}

// mustSend sends messages, and fails the test unless they are accepted.
func (c *client) mustSend(contents ...string) {
	c.t.Helper()
	for _, content := range contents {
		c.sent++
		o, err := c.say(Message{ID: "c" + strconv.Itoa(c.sent), Content: content})
		if err != nil || o.Duplicate {
			c.t.Fatalf("%q became %+v, %v", content, o, err)
		}
	}
}

// next returns what Cursor.Next returns, decoded.
func (c *client) next() []frame {
	c.t.Helper()
	select {
	case <-c.more: // Next finds what there is
	default:
	}
	b, err := c.Cursor.Next(c.t.Context())
	if err != nil {
		c.t.Fatalf("next: %v", err)
	}
	return decode(c.t, b)
}

// all reads everything that can be read.
func (c *client) all() (frames []frame) {
	c.t.Helper()
	for {
		next := c.next()
		if len(next) == 0 {
			return frames
		}
		frames = append(frames, next...)
	}
}

// read is all as strings.
func (c *client) read() (seen []string) {
	c.t.Helper()
	for _, f := range c.all() {
		seen = append(seen, f.String())
	}
	return seen
}

// sees checks what the client has got since the last call, once all goroutines of the
// synctest bubble are blocked.
func (c *client) sees(want ...string) {
	c.t.Helper()
	synctest.Wait()
	c.same("shown", want, c.read())
}

// gets is sees for frames for this client alone.
func (c *client) gets(want ...string) {
	c.t.Helper()
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	var got []string
	for _, f := range decode(c.t, c.own) {
		got = append(got, f.String())
	}
	c.own = nil
	c.same("for itself", want, got)
}

func (c *client) same(what string, want, got []string) {
	c.t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		c.t.Errorf("%s, %s (-want +got):\n%s", c.You().Nick, what, diff)
	}
}

// collect reads log events, waiting for them, up to and including seq.
func (c *client) collect(upto uint64) (seen []string) {
	c.t.Helper()
	for {
		frames := c.next()
		for _, f := range frames {
			if f.Seq > 0 {
				seen = append(seen, f.String())
			}
			if f.Seq == upto {
				return seen
			}
		}
		if len(frames) == 0 {
			<-c.more
		}
	}
}
