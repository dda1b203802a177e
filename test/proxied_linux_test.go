package test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"snug/internal/servertest/capture"
	"snug/internal/servertest/vacant"
)

// proxy is a real proxy before a server: what docs/operations.md gives for it, put
// where the test wants it.
type proxy struct {
	program string
	block   string                                                 // of the docs, by its language
	config  func(lines, dir, addr, cert, key string) (file string) // all that goes into its configuration
	args    func(dir, file string) []string
}

var proxies = map[string]proxy{
	"nginx": {
		program: "nginx", block: "nginx",
		config: func(lines, dir, addr, cert, key string) string {
			lines = strings.NewReplacer("listen 443 ssl", "listen "+addr+" ssl", "/etc/ssl/chat.pem", cert, "/etc/ssl/chat.key", key).Replace(lines)
			return fmt.Sprintf("worker_processes 1;\npid %s/pid;\nevents {}\nhttp {\naccess_log off;\n%s\n%s\n}\n", dir, places(dir), lines)
		},
		args: func(dir, file string) []string {
			return []string{"-p", dir, "-e", "stderr", "-c", file, "-g", "daemon off;"}
		},
	},
	"caddy": {
		program: "caddy", block: "caddy",
		config: func(lines, _, addr, cert, key string) string {
			lines = strings.Replace(lines, "chat.example.com {", fmt.Sprintf("https://%s {\n\tbind 127.0.0.1\n\ttls %s %s", addr, cert, key), 1)
			return "{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + lines
		},
		args: func(_, file string) []string { return []string{"run", "--adapter", "caddyfile", "--config", file} },
	},
}

// places are where nginx may keep what it writes.
func places(dir string) string {
	var lines strings.Builder
	for _, what := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&lines, "%s_temp_path %s/%s;\n", what, dir, what)
	}
	return lines.String()
}

// TestBehindARealProxy: clients at addresses of their own come through nginx and
// through Caddy, over TLS; each is counted by its address, whatever it says of it.
func TestBehindARealProxy(t *testing.T) {
	for name, f := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, "--trusted-proxies=127.0.0.1", "--max-connections-per-address=1")
			s.start()
			addr := f.start(t, s.address())

			ann, _, err := comeFrom(t, "127.0.0.2", addr, nil)
			if err != nil {
				t.Fatalf("the first from an address: %v", err)
			}
			for _, made := range []http.Header{nil, {"X-Forwarded-For": {"9.9.9.9"}}, {"X-Real-Ip": {"9.9.9.9"}}, {"Forwarded": {"for=9.9.9.9"}}} {
				if _, status, err := comeFrom(t, "127.0.0.2", addr, made); err == nil || status != http.StatusTooManyRequests {
					t.Errorf("the second from an address, which says %v: %d, %v", made, status, err)
				}
			}
			if _, status, err := comeFrom(t, "127.0.0.4", addr, http.Header{"Origin": {"https://elsewhere.example"}}); err == nil || status != http.StatusForbidden {
				t.Errorf("a foreign page: %d, %v", status, err)
			}
			bob, _, err := comeFrom(t, "127.0.0.3", addr, http.Header{"Origin": {"https://" + addr}})
			if err != nil {
				t.Fatalf("the server's own page, from another address: %v", err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			want := `{"Author":"ann","Content":"` + contents + `"}`
			if err := ann.Write(ctx, websocket.MessageText, []byte(want)); err != nil {
				t.Fatal(err)
			}
			if _, got, err := bob.Read(ctx); err != nil || string(got) != want {
				t.Errorf("bob gets %q, %v", got, err)
			}
		})
	}
}

// comeFrom joins room1 through the proxy at addr, from a loopback address.
func comeFrom(t *testing.T, from, addr string, header http.Header) (conn *websocket.Conn, status int, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	transport := &http.Transport{
		DialContext:       (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, // the certificate is this test's own
		DisableKeepAlives: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	conn, answer, err := websocket.Dial(ctx, "wss://"+addr+"/ws?roomCode=room1", &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}, HTTPHeader: header})
	if answer != nil {
		status = answer.StatusCode
	}
	if err == nil {
		t.Cleanup(func() { _ = conn.CloseNow() }) // the proxy may have ended
	}
	return conn, status, err
}

// start runs the proxy before the server at backend, until the test ends, and
// returns where it is.
func (f *proxy) start(t *testing.T, backend string) (addr string) {
	t.Helper()
	program := needs(t, f.program, "the server behind it")
	docs, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```" + f.block + "\n(.*?)```").FindSubmatch(docs)
	if block == nil {
		t.Fatal("docs/operations.md has no lines for it")
	}
	dir := t.TempDir()
	cert, key := certificate(t, dir)
	addr = vacant.Address(t)
	file := filepath.Join(dir, "config")
	lines := strings.ReplaceAll(string(block[1]), "127.0.0.1:8080", backend)
	if err := os.WriteFile(file, []byte(f.config(lines, dir, addr, cert, key)), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, f.args(dir, file)...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	serve(t, cmd, addr)
	return addr
}

// serve runs a program until the test ends, and returns when it listens at addr.
func serve(t *testing.T, cmd *exec.Cmd, addr string) {
	t.Helper()
	var said capture.Text
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait() // it is told to end
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // nginx's workers end with it
		<-exited
		if t.Failed() {
			t.Logf("%s said:\n%s", cmd.Path, said.String())
		}
	})
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close() // it listens
			return
		}
		select {
		case <-exited:
			t.Fatalf("%s has ended:\n%s", cmd.Path, said.String())
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("%s doesn't listen:\n%s", cmd.Path, said.String())
		}
	}
}

// certificate writes one for 127.0.0.1 and its key, which are httptest's, into dir.
func certificate(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	pair := server.TLS.Certificates[0]
	pkcs8, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}
