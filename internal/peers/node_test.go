package peers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"snug/internal/journal"
	"snug/internal/journal/memory"
	"snug/internal/room"
	"snug/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must happen, on a machine that may be busy.
const patience = 3 * time.Minute

// eventually waits until cond is true.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !cond(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not after %v: %s", patience, what)
		}
	}
}

// testNode is one node: a registry of rooms, and its Network.
type testNode struct {
	*room.Registry
	network *Network
	nc      *nats.Conn
	once    sync.Once
}

// startNode starts a node that uses the NATS at url. It ends with the test.
func startNode(t testing.TB, url, name string, j journal.Journal, o room.Options, mo Options) *testNode {
	t.Helper()
	nc, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.PingInterval(time.Second), nats.MaxPingsOutstanding(2), nats.IgnoreDiscoveredServers(), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	mo.Log = slog.New(slog.DiscardHandler)
	h := &testNode{nc: nc}
	if h.network, err = New(nc, name, mo); err != nil {
		t.Fatal(err)
	}
	o.Journal, o.Peers, o.Log = j, h.network, slog.New(slog.DiscardHandler)
	if o.Idle == 0 {
		o.Idle = time.Minute
	}
	h.Registry = room.NewRegistry(o)
	h.network.AnswerVisible(h.Registry.Visible)
	t.Cleanup(h.stop)
	return h
}

// stop ends a node cleanly.
func (h *testNode) stop() {
	h.once.Do(func() {
		h.Close()
		h.network.Close()
		h.nc.Close()
	})
}

// kill cuts a node off without a goodbye.
func (h *testNode) kill() {
	h.nc.Close()
}

// newJournal returns a journal in memory that ends with the test.
func newJournal(t testing.TB) journal.Journal {
	j := memory.Open(memory.Options{})
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Errorf("close the journal: %v", err)
		}
	})
	return j
}

// startThree starts nodes with one NATS and one journal, and waits until they know each other.
func startThree(t testing.TB, o room.Options) (all [3]*testNode) {
	t.Helper()
	url, j := startNATS(t).ClientURL(), newJournal(t)
	for i := range all {
		all[i] = startNode(t, url, fmt.Sprint("n", i), j, o, Options{})
	}
	awaitPeers(t, all[:]...)
	return all
}

// awaitPeers waits until the nodes know each other.
func awaitPeers(t testing.TB, all ...*testNode) {
	t.Helper()
	eventually(t, "the nodes know each other", func() bool {
		return !slices.ContainsFunc(all, func(h *testNode) bool {
			h.network.mu.Lock()
			defer h.network.mu.Unlock()
			return len(h.network.nodes) != len(all)-1 || !h.network.settled
		})
	})
}

func (h *testNode) tryJoin(t testing.TB, code string, q room.Request) (*client, error) {
	c := &client{t: t}
	q.Client = c
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var err error
	c.Participant, c.welcome, err = h.Join(ctx, room.Code(code), q)
	return c, err
}

// answered calls ask until it fails for another reason than that nicks can't be given now, or
// not at all, and returns its error. On a busy machine, the store may be too slow at any time.
func answered(t testing.TB, ask func() error) (err error) {
	t.Helper()
	eventually(t, "the store of nicks answers", func() bool {
		err = ask()
		var refusal *protocol.Error
		return !errors.As(err, &refusal) || refusal.Code != protocol.Unavailable
	})
	return err
}

// askJoin is tryJoin, again while nicks can't be given.
func (h *testNode) askJoin(t testing.TB, code string, q room.Request) (c *client, err error) {
	t.Helper()
	err = answered(t, func() (err error) {
		c, err = h.tryJoin(t, code, q)
		return err
	})
	return c, err
}

// join joins the room "lobby".
func (h *testNode) join(t testing.TB, q room.Request) *client {
	t.Helper()
	return h.joinRetrying(t, "lobby", q)
}

// joinRetrying joins a room. While that is unavailable it tries again, as a client does.
func (h *testNode) joinRetrying(t testing.TB, code string, q room.Request) *client {
	t.Helper()
	c, err := h.askJoin(t, code, q)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// otherNicks returns the nicks that a client which joins the room is welcomed with; none
// while joining is unavailable.
func (h *testNode) otherNicks(t testing.TB) []string {
	t.Helper()
	c, err := h.tryJoin(t, "lobby", room.Request{Dialect: protocol.Plain, Nick: nick("observer")})
	if err != nil {
		refused(t, err, protocol.Unavailable)
		return nil
	}
	defer c.Leave()
	return slices.DeleteFunc(nicksOf(c.welcome.Members), func(n string) bool { return n == c.You().Nick })
}
