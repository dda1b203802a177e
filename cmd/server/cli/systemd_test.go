package cli

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A server that doesn't work must not feed the watchdog, or systemd would never restart it.
func TestWatchdogHearsNothingOfAServerThatDoesNotWork(t *testing.T) {
	file := filepath.Join(t.TempDir(), "notify")
	notes, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: file, Net: "unixgram"})
	if err != nil {
		t.Skipf("NOT TESTED: systemd's watchdog: %v", err)
	}
	defer notes.Close()
	t.Setenv("NOTIFY_SOCKET", file)
	t.Setenv("WATCHDOG_USEC", "3000")
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	alive := func() error { // from the third time on it doesn't work
		if asked++; asked <= 2 {
			return nil
		}
		if asked == 5 {
			cancel()
		}
		return errors.New("it doesn't work")
	}
	var watching sync.WaitGroup
	watching.Go(func() { feedWatchdog(ctx, alive, slog.New(slog.DiscardHandler)) })
	watching.Wait()
	notify("END=1", slog.New(slog.DiscardHandler))
	if err := notes.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"WATCHDOG=1", "WATCHDOG=1", "END=1"} {
		note := make([]byte, 100)
		if n, err := notes.Read(note); err != nil || string(note[:n]) != want {
			t.Fatalf("systemd hears %q, %v; want %s", note[:n], err, want)
		}
	}
}

func TestOfSeveralWrongSocketsTheFirstIsNamed(t *testing.T) {
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		return l
	}
	twice := []net.Listener{listen(), listen()}
	for range 20 {
		_, err := byFlag(map[string][]net.Listener{"http": twice, "admin": twice, "snug.socket": twice, "a": nil})
		if err == nil || !strings.Contains(err.Error(), "two sockets for --admin:") {
			t.Fatalf("it says: %v", err)
		}
		err = passedSockets{"--http-addr": listen(), "--addr": listen(), "--admin": listen()}.unused()
		if err == nil || !strings.HasPrefix(err.Error(), "systemd has passed a socket for --addr,") {
			t.Fatalf("it says: %v", err)
		}
	}
}
