package chat_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"snug/internal/chat"
	"snug/internal/journal/memory"
	"snug/internal/room"
	"snug/protocol"
)

// FuzzFrames sends any bytes after a handshake: the server survives, what it
// answers are frames, and the connection ends.
func FuzzFrames(f *testing.F) {
	for _, seed := range []string{
		"",
		frame(final|text, joinAnn),
		frame(final|text, joinAnn) + frame(final|text, `{"type":"send","id":"1","content":"hi"}`) + frame(final|closes, "\x03\xe8"),
		frame(final|text, joinAnn) + frame(final|text, `{"type":"history","ref":"r","limit":200}`) + frame(final|ping, "x"),
		frame(final|text, joinAnn) + frame(final|text, `{"type":"nick","nick":"bob"}`) + frame(final|text, `{"type":"typing"}`),
		frame(final|text, `{"type":"join","nick":"a","since":{"epoch":"e","seq":1},"seat":"a.b"}`),
		frame(final|text, `{"Author":"client 1","Content":"content1"}`) + frame(final|text, `{"Content":"\ud83d\ude42"}`),
		frame(text, "{") + frame(final|ping, "") + frame(final|more, "}"),
		frame(final|binaryData, "\xff") + frame(final|text, "\xff"),
		unmasked(final|text, "x"),
		string(header(final|text, 1<<63)),
		frame(final|closes, "\x03\xed"),
		strings.Repeat(frame(final|text, ""), 150),
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	path, said := serveUnix(f)
	var rooms atomic.Uint64
	f.Fuzz(func(t *testing.T, input string, v1 bool) {
		conn, err := (&net.Dialer{Timeout: patience}).DialContext(t.Context(), "unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		subprotocol := ""
		if v1 {
			subprotocol = protocol.Subprotocol
		}
		c := handshakeOn(t, conn, fmt.Sprintf("r%d", rooms.Add(1)), subprotocol)
		go func() {
			_, _ = io.WriteString(conn, input) // the server may have closed before the end
			_ = conn.(*net.UnixConn).CloseWrite()
		}()
		for ended := false; ; {
			op, _, err := readFrame(c.in)
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) {
				break // whoever stops sending is let go, in the middle of a frame if need be
			}
			if err != nil {
				t.Fatalf("%q: %v", input, err)
			}
			if ended {
				t.Errorf("%q: after the close there is a frame %x", input, op)
			}
			ended = op == closes
		}
		if all := said.all(); len(all) > 0 {
			t.Fatalf("%q: the server logged %s", input, all)
		}
	})
}

// serveUnix starts a server on a Unix socket, which runs out of no ports.
func serveUnix(f *testing.F) (path string, said *errorLog) {
	f.Helper()
	said = &errorLog{}
	log := slog.New(said)
	j := memory.Open(memory.Options{ForgetAfter: time.Second})
	rooms := room.NewRegistry(room.Options{Journal: j, Log: log, Idle: time.Millisecond, MaxChars: 100})
	server := chat.NewServer(chat.Options{Rooms: rooms, Log: log, MaxChars: 100, History: 50, MessageRate: 0, MaxWaiting: 64 << 10, BadFrames: 100, Strangers: true})
	path = filepath.Join(f.TempDir(), "s")
	l, err := new(net.ListenConfig).Listen(f.Context(), "unix", path)
	if err != nil {
		f.Fatal(err)
	}
	front := &http.Server{Handler: server, ReadHeaderTimeout: patience}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = front.Serve(l) // ends with Close
	}()
	f.Cleanup(func() {
		_ = front.Close()
		<-served
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := server.Drain(ctx); err != nil {
			f.Errorf("a connection doesn't end: %v", err)
		}
		rooms.Close()
		if err := j.Close(); err != nil {
			f.Error(err)
		}
	})
	return path, said
}
