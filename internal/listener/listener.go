// Package listener is where requests come in: the listeners, and TLS.
//
// Over TLS it speaks HTTP/1.1 alone. A WebSocket begins with an upgrade, which
// HTTP/2 hasn't, and a page of a few files gains nothing by it.
package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// Options are what a Front is opened with.
type Options struct {
	Addr     string // HOST:PORT
	HTTPAddr string // where plain requests are sent on to HTTPS; empty for nowhere

	// A certificate and its key, in PEM files: TLS, unless they are empty…
	CertFile, KeyFile string
	// …or the names that certificates are got for by ACME (RFC 8555), kept in the
	// directory CertCache. Directory is the URL of the authority's; empty for Let's
	// Encrypt's.
	Domains   []string
	CertCache string
	Directory string

	Log *slog.Logger
}

// Front is a listener, or two, with a server each: the first is for the handler, the
// second sends on to it. Its methods are safe for concurrent use.
type Front struct {
	secure    bool
	listeners []net.Listener
	servers   []*http.Server
}

// Open listens. The error names the flag of the command that is wrong. Who has a
// Front calls Close.
func Open(o Options) (*Front, error) {
	config, answers, err := o.tls()
	if err != nil {
		return nil, err
	}
	if o.HTTPAddr != "" && config == nil {
		return nil, errors.New("--http-addr sends to HTTPS: it goes with --tls-cert or --domain")
	}
	f := &Front{secure: config != nil}
	if err := f.listen("--addr", o.Addr, newServer(config, o.Log)); err != nil {
		return nil, err
	}
	if o.HTTPAddr != "" {
		redirect := newServer(nil, o.Log)
		redirect.Handler = withoutPort(answers(toHTTPS(f.listeners[0].Addr())))
		if err := f.listen("--http-addr", o.HTTPAddr, redirect); err != nil {
			f.Close()
			return nil, err
		}
	}
	return f, nil
}

// newServer bounds what a stranger may make it wait for; a connection that is
// upgraded has bounds of its own.
func newServer(config *tls.Config, log *slog.Logger) *http.Server {
	var http1 http.Protocols
	http1.SetHTTP1(true)
	return &http.Server{
		TLSConfig:      config,
		Protocols:      &http1,
		ReadTimeout:    10 * time.Second,
		WriteTimeout:   time.Minute, // who reads nothing would stay for good
		IdleTimeout:    time.Minute,
		MaxHeaderBytes: 16 << 10,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

func (f *Front) listen(flag, addr string, s *http.Server) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	f.listeners, f.servers = append(f.listeners, l), append(f.servers, s)
	return nil
}

// Serve hands requests to h until Close, or until a listener fails; then it returns
// why. It is called once.
func (f *Front) Serve(h http.Handler) error {
	if f.secure {
		h = strict(h)
	}
	f.servers[0].Handler = h
	served := make(chan error, len(f.servers))
	for i, s := range f.servers {
		go func() {
			if s.TLSConfig != nil {
				served <- s.ServeTLS(f.listeners[i], "", "")
			} else {
				served <- s.Serve(f.listeners[i])
			}
		}()
	}
	var failed error
	for range f.servers {
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			failed = errors.Join(failed, err)
		}
		f.Close() // one without the other is no front
	}
	return failed
}

// Close ends the listeners, and with them the requests that are under way.
// Connections that were upgraded are their handler's.
func (f *Front) Close() {
	for i, s := range f.servers {
		_ = s.Close() // of listeners that are closed in any case
		_ = f.listeners[i].Close()
	}
}

// URL is where the front is reached from this machine.
func (f *Front) URL() string {
	return f.scheme() + reached(f.listeners[0])
}

func (f *Front) scheme() string {
	if f.secure {
		return "https://"
	}
	return "http://"
}

// NetworkURL is where the front is reached from other machines of the network, as far
// as this one knows; empty where it isn't.
func (f *Front) NetworkURL() string {
	tcp, ok := f.listeners[0].Addr().(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return ""
	}
	route, err := new(net.Dialer).DialContext(context.Background(), "udp", "192.0.2.1:9") // which sends nothing, and finds the way out (RFC 5737)
	if err != nil {
		return ""
	}
	defer route.Close()
	from, ok := route.LocalAddr().(*net.UDPAddr)
	if !ok || from.IP.IsLoopback() {
		return ""
	}
	return f.scheme() + net.JoinHostPort(from.IP.String(), strconv.Itoa(tcp.Port))
}

// PlainURL is where HTTPAddr is reached from this machine; empty without one.
func (f *Front) PlainURL() string {
	if len(f.listeners) < 2 {
		return ""
	}
	return "http://" + reached(f.listeners[1])
}

func reached(l net.Listener) string {
	if tcp, ok := l.Addr().(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("localhost:%d", tcp.Port)
	}
	return l.Addr().String()
}

// tls returns the configuration of TLS, nil without it, and what answers the
// challenges that come over plain HTTP before the rest goes to its handler.
func (o *Options) tls() (*tls.Config, func(http.Handler) http.Handler, error) {
	plain := func(h http.Handler) http.Handler { return h }
	switch {
	case len(o.Domains) > 0 && o.CertFile+o.KeyFile != "":
		return nil, nil, errors.New("--domain gets certificates, --tls-cert has one: one of them is wanted")
	case len(o.Domains) > 0:
		m, err := o.manager()
		if err != nil {
			return nil, nil, err
		}
		return &tls.Config{
			GetCertificate: m.GetCertificate,
			NextProtos:     []string{"http/1.1", acme.ALPNProto},
			MinVersion:     tls.VersionTLS12,
		}, m.HTTPHandler, nil
	case o.CertFile == "" && o.KeyFile == "":
		return nil, plain, nil
	case o.CertFile == "" || o.KeyFile == "":
		return nil, nil, errors.New("--tls-cert and --tls-key go together: a certificate, and its key")
	}
	c, err := openCertificate(o.CertFile, o.KeyFile, o.Log)
	if err != nil {
		return nil, nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	return &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(time.Now()), nil },
		MinVersion:     tls.VersionTLS12,
	}, plain, nil
}

// manager gets certificates for the domains, and for no other name that a client
// may say.
func (o *Options) manager() (*autocert.Manager, error) {
	for _, d := range o.Domains {
		if !strings.Contains(d, ".") || strings.ContainsAny(d, "*:/ ") || net.ParseIP(d) != nil {
			return nil, fmt.Errorf("--domain is %q: a name as chat.example.com, without a port", d)
		}
	}
	// Not when the first client comes: what can't be kept is asked for again at each
	// start, and authorities limit that.
	if err := os.MkdirAll(o.CertCache, 0o700); err != nil {
		return nil, fmt.Errorf("--cert-cache: %w", err)
	}
	probe, err := os.CreateTemp(o.CertCache, ".probe-*")
	if err != nil {
		return nil, fmt.Errorf("--cert-cache: %w", err)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return nil, fmt.Errorf("--cert-cache: %w", err)
	}
	m := &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		HostPolicy: autocert.HostWhitelist(o.Domains...),
		Cache:      autocert.DirCache(o.CertCache),
	}
	if o.Directory != "" {
		m.Client = &acme.Client{DirectoryURL: o.Directory}
	}
	return m, nil
}

// strict tells browsers not to come without TLS for a year (RFC 6797).
func strict(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		h.ServeHTTP(w, r)
	})
}

// toHTTPS sends a request on to the same place over TLS.
func toHTTPS(secure net.Addr) http.Handler {
	port := ""
	if tcp, ok := secure.(*net.TCPAddr); ok && tcp.Port != 443 {
		port = ":" + strconv.Itoa(tcp.Port)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+r.Host+port+r.URL.RequestURI(), http.StatusPermanentRedirect) //nolint:gosec // to the same name, which the client has come to
	})
}

// withoutPort takes the port out of the name that a request is for: what is behind
// it compares names, or adds another.
func withoutPort(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i := strings.LastIndex(r.Host, ":"); i > strings.LastIndex(r.Host, "]") {
			r.Host = r.Host[:i]
		}
		h.ServeHTTP(w, r)
	})
}
