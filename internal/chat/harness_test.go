package chat_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"snug/internal/chat"
	"snug/internal/journal"
	"snug/internal/journal/local"
	"snug/internal/journal/memory"
	"snug/internal/room"
	"snug/internal/search"
	"snug/internal/socket"
	"snug/protocol"
)

func TestMain(m *testing.M) {
	// net/http lingers for a moment where it hasn't read a body to its end.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// patience bounds every wait of a test, also on a busy machine.
const patience = 5 * time.Minute

// soak reports whether the long versions of the tests run.
func soak() bool { return os.Getenv("SNUG_SOAK") != "" }

// short returns n, or the number of the long version with SNUG_SOAK=1.
func short(n, long int) int {
	if soak() {
		return long
	}
	return n
}

// figure adds a line to the table at the end of make soak.
func figure(t *testing.T, what string, rounds int, seen string) {
	t.Helper()
	if t.Failed() {
		seen = "FAILED: " + seen
	}
	t.Attr("figure", fmt.Sprintf("%s\t%d\t%s", what, rounds, seen))
}

// testServer is a server over TCP, assembled as in snug.go.
type testServer struct {
	*chat.Server
	rooms   *room.Registry
	journal journal.Journal
	front   *http.Server
	addr    string
	file    string // the journal's, if it has one
	secure  bool   // it speaks TLS
	errors  *errorLog
}

// setup is what a test may change.
type setup struct {
	chat       chat.Options
	room       room.Options
	sqlite     bool
	maxJournal int64            // bytes of its file
	keep       int              // messages that memory keeps of a room; 0 for its own number
	cert       *tls.Certificate // to speak TLS with; nil for plain TCP
	buffers    int              // of the server's TCP, in bytes; 0 for the system's
	noSearch   bool
	mayFail    bool // errors in the log are what the test is about
	journalOf  func(journal.Journal) journal.Journal
}

// open starts a server. It ends with the test, after the clients that were opened later. By
// then it must not have logged an error.
func open(t testing.TB, changes ...func(*setup)) *testServer {
	t.Helper()
	h := &testServer{errors: &errorLog{}}
	log := slog.New(h.errors)
	s := setup{
		chat: chat.Options{Log: log, MaxChars: 4000, History: protocol.DefaultHistory, MessageRate: 0, BadFrames: 100, MaxWaiting: 64 << 10},
		room: room.Options{Log: log, Idle: time.Minute, MaxChars: 4000, NoOwners: true},
	}
	for _, change := range changes {
		change(&s)
	}
	h.journal = memory.Open(memory.Options{Keep: s.keep})
	if s.sqlite {
		h.file = filepath.Join(t.TempDir(), "log.snug")
		j, err := local.Open(t.Context(), h.file, local.Options{Log: log, MaxBytes: s.maxJournal})
		if err != nil {
			t.Fatal(err)
		}
		h.journal = j
	}
	if s.journalOf != nil {
		h.journal = s.journalOf(h.journal)
	}
	s.room.Journal = h.journal
	h.rooms = room.NewRegistry(s.room)
	s.chat.Rooms = h.rooms
	stopSearch := func() {}
	if j, ok := h.journal.(search.Journal); ok && !s.noSearch {
		o := search.Options{Journal: j, Log: log, Look: patience}
		if s.sqlite {
			o.Path = h.file + "-search"
		}
		s.chat.Search = search.New(o)
		stopSearch = run(s.chat.Search)
	}
	h.Server = chat.NewServer(s.chat)

	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.addr, h.secure = l.Addr().String(), s.cert != nil
	h.front = &http.Server{Handler: h.handler(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(h.errors, slog.LevelError)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		l := net.Listener(buffered{l, s.buffers})
		if h.secure {
			l = tls.NewListener(socket.Listen(l), &tls.Config{Certificates: []tls.Certificate{*s.cert}})
		}
		_ = h.front.Serve(l) // ends with Close
	}()
	t.Cleanup(func() {
		_ = h.front.Close()
		<-served
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := h.Drain(ctx); err != nil {
			t.Errorf("drain: %v", err)
		}
		h.rooms.Close()
		stopSearch()
		if err := h.journal.Close(); err != nil {
			t.Errorf("close the journal: %v", err)
		}
		if n := h.Connections(); n != 0 {
			t.Errorf("%d connections are counted after the end", n)
		}
		if !s.mayFail {
			for _, what := range h.errors.all() {
				t.Errorf("the server logged: %s", what)
			}
		}
	})
	return h
}

// run runs an index until stop is called.
func run(x *search.Index) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		x.Run(ctx)
	}()
	return func() { cancel(); <-done }
}

// buffered is a listener whose connections have buffers of size bytes.
type buffered struct {
	net.Listener
	size int
}

func (b buffered) Accept() (net.Conn, error) {
	conn, err := b.Listener.Accept()
	if err == nil && b.size > 0 {
		tcp := conn.(*net.TCPConn)
		err = errors.Join(tcp.SetWriteBuffer(b.size), tcp.SetReadBuffer(b.size))
	}
	return conn, err
}

// errorLog collects the errors in a server's log.
type errorLog struct {
	slog.Handler // never called

	mu   sync.Mutex
	said []string
}

func (f *errorLog) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }
func (f *errorLog) WithAttrs([]slog.Attr) slog.Handler           { return f }
func (f *errorLog) WithGroup(string) slog.Handler                { return f }

func (f *errorLog) Handle(_ context.Context, r slog.Record) error {
	what := r.Message
	r.Attrs(func(a slog.Attr) bool {
		what += fmt.Sprintf(" %s=%v", a.Key, a.Value)
		return true
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.said = append(f.said, what)
	return nil
}

func (f *errorLog) all() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.said
}

// waitUntil waits until a condition is true. It is for states without an event, such as counts.
func waitUntil(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %v it is still not so: %s", patience, what)
		}
	}
}
