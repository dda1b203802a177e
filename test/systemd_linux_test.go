package test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test has systemd's end of both: the socket that the server serves, and the one on which it says how it is.
func TestSystemdPassesASocketAndHearsHowTheServerIs(t *testing.T) {
	notes, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer notes.Close()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	passed, err := socket.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer passed.Close()

	s := newSite(t, "--addr=127.0.0.1:1") // which isn't used
	s.within = []string{"sh", "-c", `LISTEN_PID=$$ exec "$@"`, "sh"}
	s.env = []string{"NOTIFY_SOCKET=" + notes.LocalAddr().String(), "WATCHDOG_USEC=30000", "LISTEN_FDS=1"}
	cmd := s.command()
	cmd.ExtraFiles = []*os.File{passed} // as 3
	p := launch(t, cmd)
	heard := func() string {
		t.Helper()
		if err := notes.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		note := make([]byte, 100)
		n, err := notes.Read(note)
		if err != nil {
			t.Fatalf("%v\n%s", err, p.err.String())
		}
		return string(note[:n])
	}
	for _, want := range []string{"READY=1", "WATCHDOG=1", "WATCHDOG=1"} {
		if got := heard(); got != want {
			t.Errorf("systemd hears %s, want %s", got, want)
		}
	}
	if at := p.address(t); at != socket.Addr().String() {
		t.Errorf("it is at %s, and not at the socket's address %s", at, socket.Addr())
	}
	if got := healthz(t, http.DefaultClient, "http://"+socket.Addr().String()); got != "ok\n" {
		t.Errorf("over the socket: %q", got)
	}
	p.signal(t, syscall.SIGTERM)
	for got := ""; got != "STOPPING=1"; {
		if got = heard(); got != "STOPPING=1" && got != "WATCHDOG=1" {
			t.Fatalf("while it stops, systemd hears %s", got)
		}
	}
	if status := p.wait(t); status != 0 {
		t.Errorf("exit status %d: %s", status, p.err.String())
	}
}

func TestUnitsAreValid(t *testing.T) {
	analyze := needs(t, "systemd-analyze", "the systemd units")
	dir := t.TempDir()
	for _, unit := range []string{"snug.service", "snug.socket"} {
		text, err := os.ReadFile("../packaging/" + unit)
		if err != nil {
			t.Fatal(err)
		}
		text = []byte(strings.ReplaceAll(string(text), "/usr/local/bin/snug-server", program))
		if err := os.WriteFile(filepath.Join(dir, unit), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(analyze, "verify", filepath.Join(dir, "snug.service"), filepath.Join(dir, "snug.socket"))
	if said, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(said), dir) {
		t.Errorf("%v: %s", err, said)
	}
}

func TestServerAtAUnixSocketReplacesOnlyADeadOne(t *testing.T) {
	file := filepath.Join(t.TempDir(), "s")
	s := newSite(t, "--addr=unix:"+file, "--max-connections-per-address=1")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", file)
	}}}
	start := func() *process {
		t.Helper()
		p := s.launch()
		eventually(t, "it has greeted", func() bool {
			select {
			case <-p.exited:
				t.Fatal(p.err.String())
			case _, open := <-p.greets: // closed, as unix:FILE is no URL
				return !open
			default:
			}
			return false
		})
		if got := healthz(t, client, "http://unix"); got != "ok\n" {
			t.Errorf("over the unix socket: %q", got)
		}
		return p
	}
	first := start()
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("%v, %v", info, err)
	}
	other := newSite(t, "--addr=unix:"+file)
	if p := launch(t, other.command()); p.wait(t) != 1 || !strings.Contains(p.err.String(), "listens on "+file) {
		t.Errorf("a second server at the socket: %s", p.err.String())
	}
	first.kill9(t)
	if _, err := os.Stat(file); err != nil {
		t.Fatal("the killed server has removed its socket, so this tests nothing")
	}
	second := start()
	second.signal(t, syscall.SIGTERM)
	second.wait(t)
	if _, err := os.Stat(file); err == nil {
		t.Error("it has stopped, and its socket is still there")
	}

	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p := launch(t, other.command()); p.wait(t) != 1 || !strings.Contains(p.err.String(), "is no socket") {
		t.Errorf("a file in the socket's place: %s", p.err.String())
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "precious" {
		t.Errorf("the file has become %q, %v", text, err)
	}
}

func TestOnlyTrustedProxiesNameClientsByThePROXYProtocol(t *testing.T) {
	s := newSite(t, "--proxy-protocol", "--trusted-proxies=127.0.0.1", "--max-connections-per-address=1")
	p := s.start()
	const request = "GET /ws?roomCode=a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Forwarded-For: 192.0.2.99\r\n\r\n"
	const v1 = "PROXY TCP4 203.0.113.7 127.0.0.1 5 6\r\n"
	const v2 = "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xcb\x00\x71\x08\x7f\x00\x00\x01\x00\x05\x00\x06" // of 203.0.113.8
	for _, c := range []struct{ what, from, header, status string }{
		{"a client", "127.0.0.1", v1, "101"},
		{"the same client again", "127.0.0.1", v1, "429"},
		{"another client, by version 2", "127.0.0.1", v2, "101"},
		{"the same again", "127.0.0.1", v2, "429"},
		{"the proxy without a header", "127.0.0.1", "", ""},
		{"the proxy with a broken header", "127.0.0.1", "PROXY TCP4 nobody\r\n", ""},
		{"an untrusted one with a header", "127.0.0.2", v1, "400"},
		{"an untrusted one without", "127.0.0.2", "", "101"},
	} {
		conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(c.from)}}).DialContext(t.Context(), "tcp", s.address())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(c.header + request)); err != nil {
			t.Fatal(err)
		}
		line := make([]byte, len("HTTP/1.1 101"))
		n, _ := io.ReadFull(conn, line) // nothing, if it closes the connection
		if got := strings.TrimPrefix(string(line[:n]), "HTTP/1.1 "); got != c.status {
			t.Errorf("%s: %q, want %q", c.what, got, c.status)
		}
	}
	silent, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.address()) // a health check
	if err != nil {
		t.Fatal(err)
	}
	_ = silent.Close() // it was asked for nothing
	p.signal(t, syscall.SIGTERM)
	p.wait(t)
	if said := p.err.String(); strings.Count(said, "a trusted proxy was refused") != 2 || strings.Count(said, "proxy=127.0.0.1:") != 2 {
		t.Errorf("of two wrong headers it says:\n%s", said)
	}
}

// healthz asks the server at base whether it serves.
func healthz(t *testing.T, client *http.Client, base string) string {
	t.Helper()
	answer, err := client.Get(base + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
