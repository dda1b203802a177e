package client_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"snug"
	"snug/client"
	"snug/protocol"
)

// bubble is a listener in memory, for a server in a synctest bubble.
type bubble struct {
	conns chan net.Conn
	done  chan struct{}
	shut  atomic.Bool // no connection can be opened
	deaf  atomic.Bool // what the server sends from now on is lost
	mute  atomic.Bool // the server's pings are lost
}

func (b *bubble) Accept() (net.Conn, error) {
	select {
	case c := <-b.conns:
		return c, nil
	case <-b.done:
		return nil, net.ErrClosed
	}
}

func (b *bubble) Close() error   { return nil }
func (b *bubble) Addr() net.Addr { return &net.UnixAddr{Name: "bubble", Net: "pipe"} }

func (b *bubble) dial(context.Context, string, string) (net.Conn, error) {
	if b.shut.Load() {
		return nil, errors.New("nobody is here")
	}
	near, far := net.Pipe()
	b.conns <- far
	return &lossy{near, b}, nil
}

func (b *bubble) join(t *testing.T, nick string) *client.Room {
	t.Helper()
	r, err := client.Join(t.Context(), "http://bubble", "lobby", client.Options{
		Nick:       nick,
		Transport:  transport(t),
		HTTPClient: &http.Client{Transport: &http.Transport{DialContext: b.dial, DisableKeepAlives: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

type lossy struct {
	net.Conn
	b *bubble
}

func (l *lossy) Read(b []byte) (int, error) {
	for {
		n, err := l.Conn.Read(b)
		ping := n == 2 && b[0] == 0x89 // alone: the room is quiet
		if err != nil || !l.b.deaf.Load() && !(ping && l.b.mute.Load()) {
			return n, err
		}
	}
}

// inBubble joins a room of a server in a synctest bubble, and calls test.
func inBubble(t *testing.T, test func(*testing.T, *bubble, *client.Room, *snug.Server), changes ...func(*snug.Options)) {
	inBubbleWith(t, func(o *snug.Options, _ *client.Options) {
		for _, change := range changes {
			change(o)
		}
	}, test)
}

// inBubbleWith is inBubble with other options.
func inBubbleWith(t *testing.T, change func(*snug.Options, *client.Options), test func(*testing.T, *bubble, *client.Room, *snug.Server)) {
	synctest.Test(t, func(t *testing.T) {
		o := snug.Defaults()
		o.Journal, o.Log, o.Limits.Off, o.Rooms.NoOwners = "memory:", slog.New(slog.DiscardHandler), true, true
		b := &bubble{conns: make(chan net.Conn), done: make(chan struct{})}
		as := client.Options{
			Nick:       "ann",
			Transport:  transport(t),
			HTTPClient: &http.Client{Transport: &http.Transport{DialContext: b.dial, DisableKeepAlives: true}},
		}
		change(&o, &as)
		server, err := snug.New(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		front := &http.Server{Handler: server, ReadHeaderTimeout: time.Minute}
		go func() { _ = front.Serve(b) }() // ends with done
		r, err := client.Join(t.Context(), "http://bubble", "lobby", as)
		if err != nil {
			t.Fatal(err)
		}
		test(t, b, r, server)
		b.deaf.Store(false)
		_ = r.Close()
		_ = server.Shutdown(context.Background()) // maybe for the second time
		close(b.done)
		_ = front.Close()
	})
}

// next reads up to the next event of type E, however long that takes in the bubble's time.
func next[E client.Event](t *testing.T, r *client.Room) E {
	t.Helper()
	for e, err := range r.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := e.(E); ok {
			return e
		}
	}
	panic("never")
}

func TestAQuietConnectionIsKept(t *testing.T) {
	for name, mute := range map[string]bool{"by the server's pings": false, "by its own": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble, r *client.Room, _ *snug.Server) {
				next[*client.Connected](t, r)
				b.mute.Store(mute)
				ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
				defer cancel()
				for e, err := range r.Events(ctx) {
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("in a quiet room came %+v, %v", e, err)
					}
				}
			})
		})
	}
}

func TestADeadConnectionIsLeftAfterAMinute(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble, r *client.Room, _ *snug.Server) {
		next[*client.Connected](t, r)
		start := time.Now()
		b.deaf.Store(true)
		d := next[*client.Disconnected](t, r)
		if after := time.Since(start); after > 61*time.Second || after < 30*time.Second || !strings.Contains(d.Err.Error(), "60 s") {
			t.Errorf("disconnected after %v: %v", after, d.Err)
		}
		b.deaf.Store(false)
		if c := next[*client.Connected](t, r); !c.Resumed {
			t.Error("not resumed")
		}
	})
}

func TestAClientComesBackWhenTheServerAskedItTo(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble, r *client.Room, server *snug.Server) {
		next[*client.Connected](t, r)
		start := time.Now()
		go func() { _ = server.Shutdown(context.Background()) }()
		d := next[*client.Disconnected](t, r)
		if d.Retry < 500*time.Millisecond {
			t.Errorf("comes back in %v, and was asked to wait for longer", d.Retry)
		}
		said := time.Now()
		d2 := next[*client.Disconnected](t, r) // a server that is down refuses
		if waited := time.Since(said); waited < d.Retry {
			t.Errorf("came back after %v of %v", waited, d.Retry)
		}
		if !status(http.StatusServiceUnavailable)(d2.Err) && !code(protocol.Unavailable)(d2.Err) || d2.Retry < time.Second {
			t.Errorf("%v after the start: %+v", time.Since(start), d2)
		}
	})
}

func TestAttemptsGetFewerAndNeverEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble, r *client.Room, server *snug.Server) {
		next[*client.Connected](t, r)
		b.shut.Store(true)
		_ = server.Shutdown(t.Context())
		next[*client.Disconnected](t, r)
		longest := time.Duration(0)
		for n := range 100 {
			d := next[*client.Disconnected](t, r)
			if most := min(2*time.Second<<min(n, 5), 30*time.Second); d.Retry < 0 || d.Retry > most {
				t.Errorf("attempt %d is to come after %v", n, d.Retry)
			}
			longest = max(longest, d.Retry)
		}
		if longest < 20*time.Second {
			t.Errorf("of 100 attempts the longest wait was %v", longest)
		}
	})
}

// A server that takes connections and says nothing, as one that hangs does, isn't waited for for ever.
func TestASilentServerIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, far) }() // until near is closed
			return near, nil
		}
		o := client.Options{Nick: "ann", Transport: transport(t), HTTPClient: &http.Client{Transport: &http.Transport{DialContext: silent, DisableKeepAlives: true}}}
		for name, ask := range map[string]func() error{
			"join": func() error {
				_, err := client.Join(t.Context(), "http://bubble", "lobby", o)
				return err
			},
			"read": func() error {
				_, err := client.Read(t.Context(), "http://bubble", "lobby", o)
				return err
			},
			"search": func() error {
				_, err := client.Search(t.Context(), "http://bubble", "lobby", client.Query{Text: "tea"}, o)
				return err
			},
			"export": func() error {
				return client.Export(t.Context(), "http://bubble", "lobby", "jsonl", io.Discard, o)
			},
		} {
			start := time.Now()
			if err := ask(); err == nil || errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "30") {
				t.Errorf("%s: %v", name, err)
			}
			if d := time.Since(start); d != 30*time.Second { // the bubble's time
				t.Errorf("%s: given up after %v", name, d)
			}
		}
	})
}

// A program may say "as many as you like" by the largest number that there is.
func TestLimitsAtTheirBoundsDelayNobody(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *bubble, r *client.Room, _ *snug.Server) {
		start := time.Now()
		if _, err := r.Send(t.Context(), client.Message{Content: "hello"}); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d >= time.Second { // the bubble's time
			t.Errorf("it took %v", d)
		}
	}, func(o *snug.Options) {
		o.Limits = snug.Defaults().Limits
		o.Limits.MessageRate, o.Limits.MessageBurst = math.MaxFloat64, math.MaxInt
		o.Limits.MaxConnections, o.Limits.MaxRooms, o.Limits.MaxMembers = math.MaxInt, math.MaxInt, math.MaxInt
		o.Limits.MaxConnectionsPerAddress, o.Limits.JoinsPerMinute, o.Limits.NewRoomsPerMinute = math.MaxInt, math.MaxInt, math.MaxInt
		o.Limits.BadFrames, o.Limits.MaxWaiting, o.Limits.MaxJournal = math.MaxInt, math.MaxInt, math.MaxInt64
		o.Rooms.Idle = math.MaxInt64
	})
}
