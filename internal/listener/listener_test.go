package listener_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"snug"
	"snug/internal/listener"
)

// An authority of Pebble's has a goroutine that nothing ends.
func TestMain(m *testing.M) {
	// The authority is reached over TLS, too, and trusted as the system's are.
	own := httptest.NewUnstartedServer(nil)
	own.StartTLS()
	own.Close()
	file := filepath.Join(os.TempDir(), fmt.Sprintf("snug-front-%d.pem", os.Getpid()))
	trusted := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate().Raw})
	if err := errors.Join(os.WriteFile(file, trusted, 0o600), os.Setenv("SSL_CERT_FILE", file)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		_ = os.Remove(file) // it is in the system's place for such
		os.Exit(status)
	}), goleak.IgnoreAnyFunction("github.com/letsencrypt/pebble/v2/va.VAImpl.processTasks"))
}

// patience bounds every wait, on a busy machine.
const patience = 5 * time.Minute

// files are a certificate and its key.
type files struct {
	t         testing.TB
	cert, key string
}

func newFiles(t testing.TB) files {
	dir := t.TempDir()
	return files{t, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
}

// write makes a new pair of files, for localhost, and returns who trusts it.
func (f files) write(serial int64) *x509.CertPool {
	f.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		f.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		f.t.Fatal(err)
	}
	f.put(f.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	f.put(f.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		f.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return pool
}

func (f files) put(name string, data []byte) {
	f.t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// open starts a front with a chat server behind it. They end with the test.
func open(t testing.TB, o listener.Options) *listener.Front {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Addr = "127.0.0.1:0"
	f, err := listener.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	so := snug.Defaults()
	so.Journal, so.Log = "memory:", slog.New(slog.DiscardHandler)
	s, err := snug.New(t.Context(), so)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- f.Serve(s) }()
	t.Cleanup(func() {
		f.Close()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return f
}

// trusting is a client that trusts pool, and follows no redirect.
func trusting(t testing.TB, config *tls.Config) *http.Client {
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func TestPlainAsBefore(t *testing.T) {
	f := open(t, listener.Options{})
	resp, err := trusting(t, nil).Get(f.URL() + "/")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if !strings.HasPrefix(f.URL(), "http://") || resp.StatusCode != http.StatusOK || resp.Header.Get("Strict-Transport-Security") != "" {
		t.Errorf("%s: %s, %v", f.URL(), resp.Status, resp.Header)
	}
}

func TestOverTLS(t *testing.T) {
	pair := newFiles(t)
	pool := pair.write(1)
	f := open(t, listener.Options{CertFile: pair.cert, KeyFile: pair.key, HTTPAddr: "127.0.0.1:0"})
	hc := trusting(t, &tls.Config{RootCAs: pool})
	resp, err := hc.Get(f.URL() + "/")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.ProtoMajor != 2 || resp.Header.Get("Strict-Transport-Security") != "max-age=31536000" {
		t.Errorf("%s %s, %v", resp.Proto, resp.Status, resp.Header)
	}
	// Also by a client that would rather speak HTTP/2.
	ws, _, err := websocket.Dial(t.Context(), "wss"+strings.TrimPrefix(f.URL(), "https")+"/ws?roomCode=room1", &websocket.DialOptions{HTTPClient: hc})
	if err != nil {
		t.Fatal(err)
	}
	said := `{"Author":"ann","Content":"hi"}`
	if err := ws.Write(t.Context(), websocket.MessageText, []byte(said)); err != nil {
		t.Fatal(err)
	}
	if _, got, err := ws.Read(t.Context()); err != nil || string(got) != said {
		t.Errorf("%s, %v", got, err)
	}
	_ = ws.CloseNow()

	if conn, err := tls.Dial("tcp", strings.TrimPrefix(f.URL(), "https://"), &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11}); err == nil {
		_ = conn.Close()
		t.Error("it speaks TLS 1.1")
	}

	for path, want := range map[string]string{
		"/":                    f.URL() + "/",
		"/ws?roomCode=a%20b&x": f.URL() + "/ws?roomCode=a%20b&x",
		"//evil.example/x":     f.URL() + "//evil.example/x",
	} {
		resp, err := hc.Get(f.PlainURL() + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if got := resp.Header.Get("Location"); resp.StatusCode != http.StatusPermanentRedirect || got != want {
			t.Errorf("%s: %s to %s, want %s", path, resp.Status, got, want)
		}
	}
}

// Only suites with forward secrecy and authenticated encryption (RFC 9325, section 4.2).
func TestWeakCipherSuitesAreRefused(t *testing.T) {
	pair := newFiles(t)
	pool := pair.write(1)
	addr := strings.TrimPrefix(open(t, listener.Options{CertFile: pair.cert, KeyFile: pair.key}).URL(), "https://")
	dial := func(suite uint16) error {
		conn, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite}})
		if err == nil {
			_ = conn.Close()
		}
		return err
	}
	if err := dial(tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256); err != nil {
		t.Error(err)
	}
	for _, suite := range []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256} {
		if dial(suite) == nil {
			t.Errorf("%s is accepted", tls.CipherSuiteName(suite))
		}
	}
}

// What a client says in the clear is not repeated, and nobody is sent to another's name.
func TestRedirectsRepeatNoSecretAndLeadNowhereElse(t *testing.T) {
	pair := newFiles(t)
	pair.write(1)
	f := open(t, listener.Options{CertFile: pair.cert, KeyFile: pair.key, HTTPAddr: "127.0.0.1:0"})
	plain := strings.TrimPrefix(f.PlainURL(), "http://")
	for request, want := range map[string]int{
		"GET /r/a HTTP/1.1\r\nHost: localhost\r\n":                           http.StatusPermanentRedirect,
		"GET /r/a HTTP/1.1\r\nHost: LOCALHOST:80\r\n":                        http.StatusPermanentRedirect,
		"GET /ws?roomCode=a&token=s3cret HTTP/1.1\r\nHost: localhost\r\n":    http.StatusForbidden,
		"GET /ws?roomCode=a&password=s3cret HTTP/1.1\r\nHost: localhost\r\n": http.StatusForbidden,
		"GET / HTTP/1.1\r\nHost: localhost.\r\n":                             http.StatusPermanentRedirect,
		"GET /ws?roomCode=a;token=s3cret HTTP/1.1\r\nHost: localhost\r\n":    http.StatusForbidden,
		"GET /ws?x=%zz&token=s3cret HTTP/1.1\r\nHost: localhost\r\n":         http.StatusForbidden,
		"GET /ws?T%6Fken=s3cret HTTP/1.1\r\nHost: localhost\r\n":             http.StatusForbidden,
		"GET / HTTP/1.1\r\nHost: evil.example\r\n":                           http.StatusMisdirectedRequest,
		"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n":           http.StatusMisdirectedRequest,
		"GET / HTTP/1.0\r\n": http.StatusMisdirectedRequest,
	} {
		conn, err := net.Dial("tcp", plain)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(patience))
		_, _ = io.WriteString(conn, request+"Connection: close\r\n\r\n")
		answer, err := io.ReadAll(conn)
		_ = conn.Close()
		if err != nil || !strings.Contains(string(answer), fmt.Sprintf(" %d ", want)) || strings.Contains(string(answer), "s3cret") || strings.Contains(string(answer), "evil") {
			t.Errorf("%q: %s, %v; want %d", request, answer, err, want)
		}
	}
}

func TestNewCertificateIsTakenAndABrokenOneIsNot(t *testing.T) {
	pair := newFiles(t)
	first := pair.write(1)
	const refused = "the old one stays"
	told := make(lines, 100)
	f := open(t, listener.Options{CertFile: pair.cert, KeyFile: pair.key, Log: slog.New(slog.NewTextHandler(told, nil))})
	addr := strings.TrimPrefix(f.URL(), "https://")
	serial := func(pool *x509.CertPool) string {
		conn, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: pool})
		if err != nil {
			return err.Error()
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	// until waits for a certificate: the files are looked at once a second.
	until := func(pool *x509.CertPool, want string) {
		t.Helper()
		for end := time.Now().Add(patience); serial(pool) != want; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("it is %s, want %s", serial(pool), want)
			}
		}
	}
	until(first, "1")
	standing, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: first})
	if err != nil {
		t.Fatal(err)
	}
	defer standing.Close()

	second := pair.write(2)
	until(second, "2")

	pair.put(pair.cert, []byte("broken"))
	for broken := false; !broken; {
		if got := serial(second); got != "2" { // which has the server look at the files
			t.Fatalf("with a broken one it is %s", got)
		}
		select {
		case line := <-told:
			broken = strings.Contains(line, refused)
		default:
		}
	}
	if err := os.Remove(pair.key); err != nil {
		t.Fatal(err)
	}
	third := pair.write(3)
	until(third, "3")

	if _, err := fmt.Fprint(standing, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); err != nil {
		t.Error(err)
	}
	if answer, err := io.ReadAll(standing); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200") {
		t.Errorf("a connection that stood is answered %.30q, %v", answer, err)
	}
}

// lines receives what is logged, a line at a time.
type lines chan string

func (l lines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

func TestWrongFrontsSayWhatWouldBeRight(t *testing.T) {
	pair, other := newFiles(t), newFiles(t)
	pair.write(1)
	other.write(2)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for says, o := range map[string]listener.Options{
		"--tls-cert and --tls-key go together":  {CertFile: pair.cert},
		"--tls-key go together":                 {KeyFile: pair.key},
		"private key does not match":            {CertFile: pair.cert, KeyFile: other.key},
		"no such file":                          {CertFile: "/nowhere", KeyFile: pair.key},
		"use one of them":                       {Domains: []string{"chat.example.com"}, CertFile: pair.cert, KeyFile: pair.key},
		"a name such as chat.example.com":       {Domains: []string{"*.example.com"}},
		"without a port":                        {Domains: []string{"chat.example.com:443"}},
		`--domain is "localhost"`:               {Domains: []string{"localhost"}},
		"--http-addr redirects to HTTPS":        {HTTPAddr: ":80"},
		"choose another with --addr":            {Addr: taken.Addr().String()},
		"--http-addr: listen tcp 127.0.0.1":     {CertFile: pair.cert, KeyFile: pair.key, HTTPAddr: taken.Addr().String()},
		"--tls-cert, --tls-key: tls: failed to": {CertFile: pair.key, KeyFile: pair.key},

		"--addr: : has no port: add one":           {Addr: ":"}, // such as of a variable that isn't set
		"127.0.0.1: has no port":                   {Addr: "127.0.0.1:"},
		"did you mean [::1]:8080, or [::1:8080]:P": {Addr: "::1:8080"},
		"did you mean [2001:db8::1]:http-or-so?":   {Addr: "2001:db8::1:http-or-so"},
		"did you mean [::1]:PORT?":                 {Addr: "[::1]"},
		"did you mean :99999?":                     {Addr: "*:99999"},
		"did you mean unix:/run/snug.sock?":        {Addr: "/run/snug.sock"},
		"did you mean unix:./snug.sock?":           {Addr: "./snug.sock"},
		"unknown port: write HOST:PORT":            {Addr: "127.0.0.1:http-or-so"},
		"no such host: write HOST:PORT":            {Addr: "snug.invalid:80"},
		"the directory of the socket isn't there":  {Addr: "unix:/nowhere/snug.sock"},
	} {
		if o.Addr == "" {
			o.Addr = "127.0.0.1:0"
		}
		o.Log = slog.New(slog.DiscardHandler)
		f, err := listener.Open(o)
		if err == nil {
			f.Close()
		}
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}

func TestAPortOfTheServersOwnIsNotAnotherPrograms(t *testing.T) {
	f, err := listener.Open(listener.Options{Addr: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	listen := f.Beside(listener.Listen)
	for _, addr := range []string{"127.0.0.1", ""} {
		addr += ":" + strconv.Itoa(f.Port())
		l, err := listen("--admin", addr)
		if err == nil {
			_ = l.Close()
		}
		if want := "--admin: " + addr + " is the port of --addr: choose another"; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	l, err := listen("--admin", " 127.0.0.1:0\n")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
}

func TestACertCacheThatCannotBeWrittenIsToldAtTheStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := listener.Open(listener.Options{Addr: "127.0.0.1:0", Domains: []string{"chat.example.com"}, CertCache: filepath.Join(file, "certs"), Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "--cert-cache: ") {
		t.Errorf("%v", err)
	}
}
