package test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestFloodsCostHonestClientsNothing(t *testing.T) { floods(t, 2*time.Second) }

func TestSoakFloodsCostHonestClientsNothing(t *testing.T) {
	soak(t)
	floods(t, 60*time.Second)
}

// floods lets 20 clients talk in 5 rooms for a while in peace, and for as long
// among floods of every kind in the same rooms, from other addresses.
func floods(t *testing.T, long time.Duration) {
	s := newSite(t, "--new-rooms-per-minute=5") // which is what the honest need
	s.start()
	clients := s.talkers()
	peace := s.talking(clients, long, nil, func() bool { return true })
	var refused, closed atomic.Int64
	among := s.talking(clients, long, func(ctx context.Context) {
		var all sync.WaitGroup
		for i, flood := range []func(context.Context, *flooder, int) error{sends, frames, typing, pings, pages, joins, rooms, gets} {
			for k := range 2 {
				f := &flooder{addr: s.address(), from: fmt.Sprintf("127.0.0.%d", 10+2*i+k), room: fmt.Sprintf("room%d", i%5)}
				all.Go(func() {
					for n := 0; ctx.Err() == nil; n++ {
						switch err := flood(ctx, f, n); {
						case errors.Is(err, errRefused):
							refused.Add(1)
						case websocket.CloseStatus(err) == websocket.StatusPolicyViolation:
							closed.Add(1)
						}
					}
				})
			}
		}
		all.Wait()
	}, func() bool { return refused.Load() > 0 && closed.Load() > 0 }) // on a busy machine, floods rise slowly
	s.settle(clients)
	if s.ledger.verdict() != newLedger(t).verdict() {
		t.Error(s.ledger.verdict())
	}
	if refused.Load() == 0 || closed.Load() == 0 {
		t.Errorf("%d floods were refused and %d closed: there was none", refused.Load(), closed.Load())
	}
	confirmed, _ := s.ledger.figures()
	t.Logf("%d messages confirmed; %s; %d connections of floods refused, %d closed; p50 and p99 of a message %v, %v in peace, %v, %v among floods",
		confirmed, s.ledger.verdict(), refused.Load(), closed.Load(), middle(peace, 50), middle(peace, 99), middle(among, 50), middle(among, 99))
}

// talking lets clients talk for a while, and until enough, with something else going on,
// and returns how long their messages took.
func (s *site) talking(clients []*client, long time.Duration, with func(context.Context), enough func() bool) (took []time.Duration) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	stop := make(chan struct{})
	context.AfterFunc(ctx, func() { close(stop) })
	var all sync.WaitGroup
	each(clients, func(c *client) {
		session, err := c.connect(within(s.t))
		if err != nil {
			s.t.Error(err)
			return
		}
		all.Go(func() { session.talk(s.t.Context(), stop, 500*time.Millisecond) })
	})
	if with != nil {
		all.Go(func() { with(ctx) })
	}
	all.Go(func() {
		defer cancel()
		time.Sleep(long)
		for end := time.Now().Add(patience); !enough() && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		}
	})
	all.Wait()
	for _, c := range clients {
		eventually(s.t, c.nick+" is settled", func() bool { return len(c.waiting()) == 0 })
		c.mu.Lock()
		took, c.took = append(took, c.took...), nil
		c.mu.Unlock()
		c.session.line.cut()
		<-c.session.ended
	}
	return took
}

// middle returns what so many percent of took are below.
func middle(took []time.Duration, percent int) time.Duration {
	slices.Sort(took)
	return took[min(len(took)-1, len(took)*percent/100)].Round(10 * time.Microsecond)
}

// flooder is a stranger at an address.
type flooder struct{ addr, from, room string }

var errRefused = errors.New("too many")

func (f *flooder) transport() *http.Transport {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(f.from)}}
	return &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}
}

// join connects to a room and joins it.
func (f *flooder) join(ctx context.Context, room string) (line, error) {
	ws, resp, err := websocket.Dial(ctx, "ws://"+f.addr+"/ws?roomCode="+room,
		&websocket.DialOptions{Subprotocols: []string{"snug.v1"}, HTTPClient: &http.Client{Transport: f.transport()}})
	if err != nil {
		if resp != nil && resp.StatusCode == http.StatusTooManyRequests {
			return line{}, errRefused
		}
		return line{}, err
	}
	ws.SetReadLimit(-1)
	return line{ws}, line{ws}.send(ctx, fields{"type": "join", "nick": "flood", "history": 0})
}

// over sends a frame over and over, until the server has had enough.
func (f *flooder) over(ctx context.Context, frame func(i int) string) error {
	l, err := f.join(ctx, f.room)
	if err != nil {
		return err
	}
	defer l.cut()
	ended := make(chan error, 1)
	go func() {
		for {
			if _, _, err := l.ws.Read(ctx); err != nil {
				ended <- err
				return
			}
		}
	}()
	for i := 0; ; i++ {
		if err := l.ws.Write(ctx, websocket.MessageText, []byte(frame(i))); err != nil {
			break
		}
	}
	return <-ended
}

func sends(ctx context.Context, f *flooder, n int) error {
	return f.over(ctx, func(i int) string { return fmt.Sprintf(`{"type":"send","id":"%d-%d","content":"flood"}`, n, i) })
}

func frames(ctx context.Context, f *flooder, _ int) error {
	return f.over(ctx, func(i int) string { return strings.Repeat("[", i%4000) })
}

func typing(ctx context.Context, f *flooder, _ int) error {
	return f.over(ctx, func(int) string { return `{"type":"typing"}` })
}

func pings(ctx context.Context, f *flooder, _ int) error {
	return f.over(ctx, func(int) string { return `{"type":"ping","ref":"r"}` })
}

func pages(ctx context.Context, f *flooder, _ int) error {
	return f.over(ctx, func(int) string { return `{"type":"history","ref":"r","limit":200}` })
}

func joins(ctx context.Context, f *flooder, _ int) error {
	l, err := f.join(ctx, f.room)
	if err == nil {
		l.cut()
	}
	return err
}

func rooms(ctx context.Context, f *flooder, n int) error {
	l, err := f.join(ctx, fmt.Sprintf("new-%s-%d", f.from, n))
	if err != nil {
		return err
	}
	defer l.cut()
	e, err := l.next(ctx)
	if e.Code == "too-many" {
		return errRefused
	}
	return err
}

// gets asks for a room without an upgrade.
func gets(ctx context.Context, f *flooder, _ int) error {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(f.from)}}
	conn, err := dialer.DialContext(ctx, "tcp", f.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "GET /ws?roomCode=x HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", f.addr); err != nil {
		return err
	}
	_, err = bufio.NewReader(conn).ReadString('\n')
	return err
}
