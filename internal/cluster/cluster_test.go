package cluster

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"

	"snug/internal/servertest/capture"
	"snug/internal/servertest/vacant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func startNode(t *testing.T, e Embedded) *Node {
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

// eventually waits until cond is true.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	const patience = 3 * time.Minute
	for end := time.Now().Add(patience); !cond(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not after %v: %s", patience, what)
		}
	}
}

func TestNodesWithTheSameSecretConnect(t *testing.T) {
	at := vacant.Addresses(t, 3)
	var nodes []*Node
	for i, name := range []string{"n1", "n2", "n3"} {
		nodes = append(nodes, startNode(t, Embedded{Name: name, Listen: at[i], Peers: at, Secret: []byte("their common secret")}))
	}
	if r := nodes[0].Replicas(); r != 3 {
		t.Errorf("%d replicas, want 3", r)
	}
	heard, err := nodes[0].Conn().SubscribeSync("hello")
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "one node receives another's message", func() bool {
		if err := nodes[2].Conn().Publish("hello", nil); err != nil {
			t.Fatal(err)
		}
		_, err := heard.NextMsg(50 * time.Millisecond)
		return err == nil
	})
}

// Of three nodes, one has another secret, and one has none.
func TestANodeWithAnotherSecretIsKeptOut(t *testing.T) {
	at := vacant.Addresses(t, 3)
	var log capture.Text
	first := startNode(t, Embedded{Name: "n1", Listen: at[0], Peers: at, Secret: []byte("their common secret"), Log: slog.New(slog.NewTextHandler(&log, nil))})
	other := startNode(t, Embedded{Name: "n2", Listen: at[1], Peers: at, Secret: []byte("some other secret")})
	none := startNode(t, Embedded{Name: "n3", Listen: at[2], Peers: at})
	eventually(t, "the log says that another node has another secret", func() bool { return strings.Contains(log.String(), "has another secret") })
	for _, n := range []*Node{other, none} {
		heard, err := n.Conn().SubscribeSync("hello")
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(first.Conn().Publish("hello", nil), first.Conn().Flush()); err != nil {
			t.Fatal(err)
		}
		if waiting, _, err := heard.Pending(); waiting > 0 || err != nil {
			t.Errorf("%s receives what is for the others: %d messages, %v", n.Name(), waiting, err)
		}
		if routes := n.server.NumRoutes(); routes != 0 { // over which messages would come later
			t.Errorf("%s has %d routes", n.Name(), routes)
		}
	}
	if n := first.server.NumRoutes(); n != 0 {
		t.Errorf("the first has %d routes", n)
	}
}

func TestWrongOptionsAreRefused(t *testing.T) {
	at := vacant.Addresses(t, 3)
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for name, c := range map[string]struct {
		Embedded
		says string
	}{
		"two nodes":                     {Embedded{Listen: at[0], Peers: at[:2]}, "name one node, or three"},
		"other machines":                {Embedded{Listen: "10.0.0.1:6222", Peers: at}, "name a file with the secret"},
		"all machines":                  {Embedded{Listen: ":6222", Peers: at}, "name a file with the secret"},
		"a peer elsewhere":              {Embedded{Listen: at[0], Peers: []string{at[0], at[1], "chat.example:6222"}}, "name a file with the secret"},
		"no port":                       {Embedded{Listen: "127.0.0.1", Peers: at}, "such as 10.0.0.1:6222"},
		"a peer that is listed twice":   {Embedded{Listen: at[0], Peers: []string{at[0], at[1], at[1]}}, "listed twice"},
		"a peer that is a URL":          {Embedded{Listen: at[0], Peers: []string{at[0], at[1], "nats://127.0.0.1:6222"}}, "such as 10.0.0.1:6222"},
		"a port that somebody else has": {Embedded{Listen: busy.Addr().String(), Peers: append(at[:2:2], busy.Addr().String())}, "address already in use"},
	} {
		c.Dir, c.Name, c.Log = t.TempDir(), "n1", slog.New(slog.DiscardHandler)
		n, err := Start(c.Embedded)
		if err == nil {
			t.Errorf("%s: the node starts", name)
			_ = n.Close()
		} else if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %q in it", name, err, c.says)
		}
	}
}

func TestADirectoryBelongsToOneNode(t *testing.T) {
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
		t.Errorf("%v, want ErrName and the name of the node", err)
	}
}

// What a node of a cluster would write alone, the others would never get.
func TestANodeOfAClusterDoesNotStartAlone(t *testing.T) {
	at := vacant.Addresses(t, 3)
	e := Embedded{Dir: t.TempDir(), Name: "n1", Listen: at[0], Peers: at, Unsynced: true, Log: slog.New(slog.DiscardHandler)}
	n, err := Start(e)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	for name, peers := range map[string][]string{"no peers": nil, "itself as its peer": at[:1]} {
		e.Peers = peers
		n, err := Start(e)
		if err == nil {
			_ = n.Close()
		}
		if !errors.Is(err, ErrSeveral) {
			t.Errorf("%s: %v, want ErrSeveral", name, err)
		}
	}
}

func TestADirectoryIsForOneProcess(t *testing.T) {
	e := Embedded{Dir: t.TempDir(), Name: "n1", Unsynced: true, Log: slog.New(slog.DiscardHandler)}
	n, err := Start(e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Start(e); !errors.Is(err, ErrInUse) {
		t.Errorf("a second node in the directory: %v, want ErrInUse", err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	if n, err = Start(e); err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

func TestUnsuitableDirectoriesAreRefused(t *testing.T) {
	dir := t.TempDir()
	file, link, full := filepath.Join(dir, "chat.db"), filepath.Join(dir, "link"), filepath.Join(dir, "full")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Symlink(filepath.Join(dir, "unmounted"), link), os.MkdirAll(filepath.Join(full, "node"), 0o700)); err != nil {
		t.Fatal(err)
	}
	for at, says := range map[string]string{
		file:                      "as snug.db",
		filepath.Join(file, "in"): "name a directory",
		link:                      "is a link to",
		full:                      "isn't a regular file",
	} {
		n, err := Start(Embedded{Dir: at, Name: "n1", Unsynced: true, Log: slog.New(slog.DiscardHandler)})
		if err == nil {
			t.Errorf("%s: the node starts", at)
			_ = n.Close()
		} else if !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v; want %q in it", at, err, says)
		}
	}
}

func TestReadSecretReadsTheFirstLine(t *testing.T) {
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
			t.Errorf("from %q: %q, %v", text, secret, err)
		}
	}
}

// The existing NATS is one in this process that is connected to by TCP.
func TestConnectConnectsToAnExistingNATS(t *testing.T) {
	existing, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, Username: "ann", Password: "secret", NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	existing.Start()
	defer existing.WaitForShutdown()
	defer existing.Shutdown()
	if !existing.ReadyForConnections(3 * time.Minute) {
		t.Fatal("NATS doesn't start")
	}
	at := strings.Replace(existing.ClientURL(), "nats://", "nats://ann:secret@", 1)
	n, err := Connect(t.Context(), External{URLs: []string{at}, Name: "n1", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Conn().Flush(); err != nil || n.Replicas() != 1 || n.Name() != "n1" {
		t.Errorf("%q, %d replicas, %v", n.Name(), n.Replicas(), err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}

func TestConnectSaysAtOnceWhyItWaitsUntilItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	said := lineFunc(func(line string) {
		if strings.Contains(line, "not connected to NATS yet") && strings.Contains(line, "connection refused") {
			cancel()
		}
	})
	_, err := Connect(ctx, External{URLs: []string{"nats://" + vacant.Address(t)}, Name: "n1", Log: slog.New(slog.NewTextHandler(said, nil))})
	if !errors.Is(err, context.Canceled) || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%v", err)
	}
}

// lineFunc gets the lines of a log.
type lineFunc func(line string)

func (f lineFunc) Write(p []byte) (int, error) {
	f(string(p))
	return len(p), nil
}
