package peers

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"snug/internal/journal"
	"snug/internal/journal/memory"
	"snug/internal/room"
	"snug/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = time.Minute

// within waits until what is so.
func within(t testing.TB, d time.Duration, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %v it is still not so: %s", d, what)
		}
	}
}

// serve starts a NATS server with JetStream that ends with the test.
func serve(t testing.TB, changes ...func(*server.Options)) *server.Server {
	t.Helper()
	o := &server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(),
		NoLog: true, NoSigs: true, JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: 64 << 20,
	}
	for _, change := range changes {
		change(o)
	}
	return launch(t, o)
}

func launch(t testing.TB, o *server.Options) *server.Server {
	t.Helper()
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { stop(s) })
	if !s.ReadyForConnections(patience) {
		t.Fatal("NATS doesn't serve")
	}
	return s
}

func stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// house is one node: rooms, and their mesh.
type house struct {
	*room.Registry
	mesh *Network
	nc   *nats.Conn
	once sync.Once
}

// start starts a node whose NATS is at url. It ends with the test.
func start(t testing.TB, url, name string, j journal.Journal, o room.Options, mo Options) *house {
	t.Helper()
	nc, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.PingInterval(time.Second), nats.MaxPingsOutstanding(2), nats.IgnoreDiscoveredServers(), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	mo.Log = slog.New(slog.DiscardHandler)
	h := &house{nc: nc}
	if h.mesh, err = New(nc, name, mo); err != nil {
		t.Fatal(err)
	}
	o.Journal, o.Peers, o.Log = j, h.mesh, slog.New(slog.DiscardHandler)
	if o.Idle == 0 {
		o.Idle = time.Minute
	}
	h.Registry = room.NewRegistry(o)
	t.Cleanup(h.stop)
	return h
}

// stop ends a node as a clean stop does.
func (h *house) stop() {
	h.once.Do(func() {
		h.Close()
		h.mesh.Close()
		h.nc.Close()
	})
}

// kill cuts a node off without a goodbye.
func (h *house) kill() {
	h.nc.Close()
}

// kept is a journal in memory that ends with the test.
func kept(t testing.TB) journal.Journal {
	j := memory.Open(memory.Options{})
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Errorf("close the journal: %v", err)
		}
	})
	return j
}

// three are nodes over one NATS and one journal, which know each other.
func three(t testing.TB, o room.Options) (all [3]*house) {
	t.Helper()
	url, j := serve(t).ClientURL(), kept(t)
	for i := range all {
		all[i] = start(t, url, fmt.Sprint("n", i), j, o, Options{})
	}
	meet(t, all[:]...)
	return all
}

// meet waits until the nodes know each other.
func meet(t testing.TB, all ...*house) {
	t.Helper()
	within(t, patience, "the nodes know each other", func() bool {
		return !slices.ContainsFunc(all, func(h *house) bool {
			h.mesh.mu.Lock()
			defer h.mesh.mu.Unlock()
			return len(h.mesh.nodes) != len(all)-1 || !h.mesh.settled
		})
	})
}

// client is one connection to the room "lobby".
type client struct {
	*room.Participant
	t       testing.TB
	welcome protocol.Welcome

	mu  sync.Mutex
	end string // with which goodbye it was put out
}

func (*client) More()                   {}
func (*client) Deliver([]byte)          {}
func (*client) Create() *protocol.Error { return nil }
func (*client) Guess(_ context.Context, try func() (bool, error)) (bool, error) {
	return try()
}

func (c *client) Expel(goodbye string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end = goodbye
}

func nick(s string) room.Nick {
	n, err := room.ParseNick(s)
	if err != nil {
		panic(err)
	}
	return n
}

func v1(name string) room.Request {
	return room.Request{Dialect: protocol.V1, Nick: nick(name)}
}

func (h *house) try(t testing.TB, code string, q room.Request) (*client, error) {
	c := &client{t: t}
	q.Client = c
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var err error
	c.Participant, c.welcome, err = h.Join(ctx, room.Code(code), q)
	return c, err
}

// enter joins the room "lobby".
func (h *house) enter(t testing.TB, q room.Request) *client {
	t.Helper()
	return h.insist(t, "lobby", q)
}

// insist joins a room, and tries again as a client does where that is unavailable.
func (h *house) insist(t testing.TB, code string, q room.Request) (c *client) {
	t.Helper()
	within(t, 2*patience, "it is let in", func() bool {
		var err error
		if c, err = h.try(t, code, q); err != nil {
			refused(t, err, protocol.Unavailable)
		}
		return err == nil
	})
	return c
}

// again is a request of the same member's.
func (c *client) again(name string) room.Request {
	q := v1(name)
	q.Seat = c.welcome.You.Seat
	return q
}

func (c *client) expelled() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end
}

// event is what a client is shown, of any type.
type event struct {
	Type    protocol.EventType
	Seq     uint64
	Member  string
	Nick    string
	Count   int
	Content string
	Members []protocol.Member
}

func (e event) String() string {
	switch e.Type {
	case protocol.EventJoined, protocol.EventLeft:
		return fmt.Sprintf("%s %s, %d", e.Type, e.Nick, e.Count)
	case protocol.EventRenamed:
		return fmt.Sprintf("renamed to %s", e.Nick)
	case protocol.EventCrowd, protocol.EventMembers:
		return fmt.Sprintf("%s, %d", e.Type, e.Count)
	case protocol.EventMessage:
		return e.Content
	}
	return string(e.Type)
}

// read returns what the client has been shown since it last read.
func (c *client) read() (seen []event) {
	c.t.Helper()
	for {
		b, err := c.Cursor.Next(c.t.Context())
		if err != nil {
			c.t.Fatalf("next: %v", err)
		}
		if len(b) == 0 {
			return seen
		}
		for len(b) > 0 {
			n, head := int(b[1]), 2
			switch n {
			case 126:
				n, head = int(binary.BigEndian.Uint16(b[2:])), 4
			case 127:
				n, head = int(binary.BigEndian.Uint64(b[2:])), 10
			}
			var e event
			if err := json.Unmarshal(b[head:head+n], &e); err != nil {
				c.t.Fatalf("a frame: %v", err)
			}
			seen = append(seen, e)
			b = b[head+n:]
		}
	}
}

// sees waits until the client has been shown what is said, in that order, and
// nothing else.
func (c *client) sees(want ...string) {
	c.t.Helper()
	got := c.await(len(want))
	if !slices.Equal(got, want) {
		c.t.Fatalf("%s has seen\n\t%s\nwant\n\t%s", c.You().Nick, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// await waits until the client has been shown n events, and returns them.
func (c *client) await(n int) (got []string) {
	c.t.Helper()
	for end := time.Now().Add(patience); len(got) < n && time.Now().Before(end); time.Sleep(time.Millisecond) {
		for _, e := range c.read() {
			got = append(got, e.String())
		}
	}
	return got
}

// nicksOf returns by which nicks members go, sorted.
func nicksOf(members []protocol.Member) (all []string) {
	for _, m := range members {
		all = append(all, m.Nick)
	}
	slices.Sort(all)
	return all
}

// welcomed says who is in the room, as one who comes and goes is told; nobody while
// nobody is let in.
func (h *house) welcomed(t testing.TB) []string {
	t.Helper()
	c, err := h.try(t, "lobby", room.Request{Dialect: protocol.Plain, Nick: nick("looker")})
	if err != nil {
		refused(t, err, protocol.Unavailable)
		return nil
	}
	defer c.Leave()
	return slices.DeleteFunc(nicksOf(c.welcome.Members), func(n string) bool { return n == c.You().Nick })
}

// refused checks that err is a refusal by the code, and returns when to come again.
func refused(t testing.TB, err error, code protocol.ErrorCode) time.Duration {
	t.Helper()
	if err == nil || room.Refusal(err).Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	return room.Refusal(err).RetryAfter
}
