package listener_test

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"

	"snug/internal/listener"
)

// authority is Let's Encrypt's own test server, Pebble, on loopback.
type authority struct {
	*httptest.Server
	ca *ca.CAImpl
}

// announced returns an authority that has an address, and answers once it is told
// where names' servers listen.
func announced(t *testing.T) *authority {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: certificates by ACME: only on Linux does a variable name whom to trust")
	}
	return &authority{Server: httptest.NewUnstartedServer(nil)}
}

func (a *authority) directory() string { return "https://" + a.Listener.Addr().String() + "/dir" }

// start makes it look for names at these ports of 127.0.0.1.
func (a *authority) start(t *testing.T, httpPort, tlsPort int) {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	quiet := slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	store := db.NewMemoryStore()
	a.ca = ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {}})
	judge := va.New(quiet, httpPort, tlsPort, false, names(t), store)
	face := wfe.New(quiet, store, judge, a.ca, []string{"pebble.example"}, false, false, 1, 1)
	a.Config.Handler = face.Handler()
	a.StartTLS()
	t.Cleanup(a.Close)
}

// names is a DNS server to which every name is this machine.
func names(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	up := make(chan struct{})
	s := &dns.Server{Listener: l, NotifyStartedFunc: func() { close(up) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		a := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			a.Answer = append(a.Answer, &dns.A{
				Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET},
				A:   net.IPv4(127, 0, 0, 1),
			})
		}
		_ = w.WriteMsg(a) // or Pebble asks again
	})}
	done := make(chan error, 1)
	go func() { done <- s.ActivateAndServe() }()
	<-up
	t.Cleanup(func() {
		if err := s.Shutdown(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func port(t *testing.T, url string) int {
	t.Helper()
	n, err := strconv.Atoi(url[strings.LastIndex(url, ":")+1:])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCertificatesByACME(t *testing.T) {
	for name, wrongTLS := range map[string]bool{"over TLS": false, "over plain HTTP, where TLS isn't reached": true} {
		t.Run(name, func(t *testing.T) {
			a, cache := announced(t), filepath.Join(t.TempDir(), "certs")
			f := open(t, listener.Options{Domains: []string{"chat.example.com"}, CertCache: cache, Directory: a.directory(), HTTPAddr: "127.0.0.1:0"})
			tlsPort := port(t, f.URL())
			if wrongTLS {
				tlsPort = 1
			}
			a.start(t, port(t, f.PlainURL()), tlsPort)

			addr := strings.TrimPrefix(f.URL(), "https://")
			dial := func(name string) error {
				conn, err := tls.Dial("tcp", addr, &tls.Config{ServerName: name, RootCAs: roots(t, a)})
				if err == nil {
					_ = conn.Close()
				}
				return err
			}
			if err := dial("chat.example.com"); err != nil {
				t.Fatal(err)
			}
			if err := dial("other.example.com"); err == nil {
				t.Error("it has got a certificate for a name that isn't its own")
			}
			info, err := os.Stat(cache)
			if err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("the cache is %v, %v", info, err)
			}
			for host, want := range map[string]int{"chat.example.com": http.StatusPermanentRedirect, "evil.example": http.StatusMisdirectedRequest} {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.PlainURL()+"/", nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Host = host
				resp, err := trusting(t, nil).Do(r)
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
				if resp.StatusCode != want {
					t.Errorf("over plain HTTP, for %s: %s", host, resp.Status)
				}
			}

			// Another start has it from the cache, and asks nobody.
			again := open(t, listener.Options{Domains: []string{"chat.example.com"}, CertCache: cache, Directory: "https://127.0.0.1:1/"})
			addr = strings.TrimPrefix(again.URL(), "https://")
			if err := dial("chat.example.com"); err != nil {
				t.Errorf("from the cache: %v", err)
			}
		})
	}
}

func roots(t *testing.T, a *authority) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(a.ca.GetRootCert(0).PEM()) {
		t.Fatal("the authority has no root")
	}
	return pool
}
