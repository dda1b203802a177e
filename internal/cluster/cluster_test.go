package cluster

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// said is a log that can be read.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) has(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(s.text.String(), text)
}

// addresses returns ones that nobody listens on.
func addresses(t *testing.T, n int) (all []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		all = append(all, l.Addr().String())
	}
	return all
}

func begin(t *testing.T, e Embedded) *Node {
	t.Helper()
	e.Dir, e.Unsynced = t.TempDir(), true
	if e.Log == nil {
		e.Log = slog.New(slog.DiscardHandler)
	}
	n, err := Start(e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

func TestNodesWithOneSecretHearEachOther(t *testing.T) {
	at := addresses(t, 3)
	var nodes []*Node
	for i, name := range []string{"n1", "n2", "n3"} {
		nodes = append(nodes, begin(t, Embedded{Name: name, Listen: at[i], Peers: at, Secret: []byte("what they all know")}))
	}
	if r := nodes[0].Replicas(); r != 3 {
		t.Errorf("there should be %d copies, want 3", r)
	}
	heard, err := nodes[0].Conn().SubscribeSync("hello")
	if err != nil {
		t.Fatal(err)
	}
	wait(t, "one hears another", func() bool {
		if err := nodes[2].Conn().Publish("hello", nil); err != nil {
			t.Fatal(err)
		}
		_, err := heard.NextMsg(50 * time.Millisecond)
		return err == nil
	})
}

// Of three nodes one has another secret, and one has none.
func TestAStrangerIsKeptOut(t *testing.T) {
	at := addresses(t, 3)
	var log said
	first := begin(t, Embedded{Name: "n1", Listen: at[0], Peers: at, Secret: []byte("what they all know"), Log: slog.New(slog.NewTextHandler(&log, nil))})
	other := begin(t, Embedded{Name: "n2", Listen: at[1], Peers: at, Secret: []byte("what nobody knows")})
	none := begin(t, Embedded{Name: "n3", Listen: at[2], Peers: at})
	wait(t, "it says that there is a stranger", func() bool { return log.has("has another secret") })
	for _, n := range []*Node{other, none} {
		heard, err := n.Conn().SubscribeSync("hello")
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(first.Conn().Publish("hello", nil), first.Conn().Flush()); err != nil {
			t.Fatal(err)
		}
		if _, err := heard.NextMsg(200 * time.Millisecond); err == nil {
			t.Errorf("%s hears what is said among the others", n.Name())
		}
	}
	if n := first.server.NumRoutes(); n != 0 {
		t.Errorf("it has %d routes", n)
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	at := addresses(t, 3)
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for name, c := range map[string]struct {
		Embedded
		says string
	}{
		"two nodes":                     {Embedded{Listen: at[0], Peers: at[:2]}, "name one, or three"},
		"other machines":                {Embedded{Listen: "10.0.0.1:6222", Peers: at}, "name a file with the secret"},
		"all machines":                  {Embedded{Listen: ":6222", Peers: at}, "name a file with the secret"},
		"a peer elsewhere":              {Embedded{Listen: at[0], Peers: []string{at[0], at[1], "chat.example:6222"}}, "name a file with the secret"},
		"no port":                       {Embedded{Listen: "127.0.0.1", Peers: at}, "is as 10.0.0.1:6222"},
		"a port that somebody else has": {Embedded{Listen: busy.Addr().String(), Peers: append(at[:2:2], busy.Addr().String())}, "address already in use"},
	} {
		c.Dir, c.Name, c.Log = t.TempDir(), "n1", slog.New(slog.DiscardHandler)
		n, err := Start(c.Embedded)
		if err == nil {
			t.Errorf("%s: it starts", name)
			_ = n.Close()
		} else if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want that it says %q", name, err, c.says)
		}
	}
}

func TestADirectoryIsOneNodes(t *testing.T) {
	e := Embedded{Dir: t.TempDir(), Name: "n1", Unsynced: true, Log: slog.New(slog.DiscardHandler)}
	n, err := Start(e)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	e.Name = "n2"
	if _, err := Start(e); !errors.Is(err, ErrName) || !strings.Contains(err.Error(), `"n1"`) {
		t.Errorf("%v, want ErrName and whose it is", err)
	}
}

func TestASecretIsTheFirstLineOfAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	for text, want := range map[string]string{
		"0123456789abcdef\nmore\n": "0123456789abcdef",
		"  0123456789abcdef  ":     "0123456789abcdef",
		"short\n":                  "",
		"":                         "",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		secret, err := ReadSecret(file)
		if string(secret) != want || (err == nil) != (want != "") {
			t.Errorf("of %q: %q, %v", text, secret, err)
		}
	}
}

// A NATS that stands is one in this process, spoken to by TCP.
func TestAStandingNATSIsConnectedTo(t *testing.T) {
	standing, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, Username: "ann", Password: "secret", NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	standing.Start()
	defer standing.WaitForShutdown()
	defer standing.Shutdown()
	if !standing.ReadyForConnections(30 * time.Second) {
		t.Fatal("it isn't there")
	}
	at := strings.Replace(standing.ClientURL(), "nats://", "nats://ann:secret@", 1)
	n, err := Connect(t.Context(), Standing{URLs: []string{at}, Name: "n1", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Conn().Flush(); err != nil || n.Replicas() != 1 || n.Name() != "n1" {
		t.Errorf("%q, %d copies, %v", n.Name(), n.Replicas(), err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

func TestItWaitsForNATSNoLongerThanItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := Connect(ctx, Standing{URLs: []string{"nats://" + addresses(t, 1)[0]}, Name: "n1", Log: slog.New(slog.DiscardHandler)})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}
