// Package listener accepts requests: it has the server's listeners, TLS, and certificates.
//
// Over TLS it speaks HTTP/1.1 and HTTP/2. A WebSocket starts with an upgrade, which HTTP/2
// doesn't have: clients open another connection for it.
//
// [Front.Serve] starts one goroutine for each listener and waits for them.
package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"snug/internal/ownaddr"
	"snug/internal/problem"
	"snug/internal/socket"
)

// Options configure a Front.
type Options struct {
	Addr     string // HOST:PORT, or unix:FILE
	HTTPAddr string // where requests without TLS are redirected to HTTPS; empty for nowhere

	// Listen listens at an address, which a flag has named; nil for the function [Listen].
	Listen func(flag, addr string) (net.Listener, error)

	// For TLS, PEM files with a certificate and its key…
	CertFile, KeyFile string
	// …or names to obtain certificates for by ACME (RFC 8555), which are stored in the
	// directory CertCache. Directory is the URL of the authority's directory; empty for
	// Let's Encrypt's.
	Domains   []string
	CertCache string
	Directory string

	Log *slog.Logger
}

// Front is one or two listeners, each with an HTTP server: the first serves the handler,
// the second redirects to it. Its methods are safe for concurrent use.
type Front struct {
	secure    bool
	open      func(flag, addr string) (net.Listener, error)
	listeners []net.Listener
	servers   []*http.Server
}

// Open listens. The error names the flag that is wrong. The caller ends the Front with
// Close.
func Open(o Options) (*Front, error) {
	config, challenges, ours, err := o.tls()
	if err != nil {
		return nil, err
	}
	if o.HTTPAddr != "" && config == nil {
		return nil, errors.New("--http-addr redirects to HTTPS: it needs --tls-cert or --domain")
	}
	listen := o.Listen
	if listen == nil {
		listen = Listen
	}
	f := &Front{secure: config != nil}
	f.open = f.Beside(listen)
	if err := f.listen("--addr", o.Addr, newServer(config, o.Log)); err != nil {
		return nil, err
	}
	if o.HTTPAddr != "" {
		redirect := newServer(nil, o.Log)
		redirect.Handler = withoutPort(challenges(toHTTPS(f.listeners[0].Addr(), ours)))
		if err := f.listen("--http-addr", o.HTTPAddr, redirect); err != nil {
			f.Close()
			return nil, err
		}
	}
	return f, nil
}

// newServer bounds how long a client may make it wait. Upgraded connections have bounds of
// their own.
func newServer(config *tls.Config, log *slog.Logger) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true) // over TLS
	return &http.Server{
		TLSConfig:      config,
		Protocols:      &protocols,
		ReadTimeout:    10 * time.Second,
		WriteTimeout:   time.Minute, // or a client that reads nothing would stay forever
		IdleTimeout:    time.Minute,
		MaxHeaderBytes: 16 << 10,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

func (f *Front) listen(flag, addr string, s *http.Server) error {
	l, err := f.open(flag, addr)
	if err != nil {
		return err
	}
	f.listeners, f.servers = append(f.listeners, l), append(f.servers, s)
	return nil
}

// Beside returns listen, whose error says so if it is the Front itself that has the port of an address already.
func (f *Front) Beside(listen func(flag, addr string) (net.Listener, error)) func(flag, addr string) (net.Listener, error) {
	return func(flag, addr string) (net.Listener, error) {
		l, err := listen(flag, addr)
		if errors.Is(err, syscall.EADDRINUSE) {
			for i, own := range f.listeners {
				if tcp, ok := own.Addr().(*net.TCPAddr); ok && strings.HasSuffix(addr, ":"+strconv.Itoa(tcp.Port)) {
					return nil, fmt.Errorf("%s: %s is the port of %s: choose another", flag, addr, [...]string{"--addr", "--http-addr"}[i])
				}
			}
		}
		return l, err
	}
}

// Serve serves requests with h until StopAccepting or Close, or until a listener fails; then
// it returns why. It is called once.
func (f *Front) Serve(h http.Handler) error {
	if f.secure {
		h = strict(h)
	}
	f.servers[0].Handler = h
	served := make(chan error, len(f.servers))
	for i, s := range f.servers {
		go func() {
			if s.TLSConfig != nil {
				served <- s.ServeTLS(socket.Listen(f.listeners[i]), "", "")
			} else {
				served <- s.Serve(f.listeners[i])
			}
		}()
	}
	var failed error
	for range f.servers {
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			failed = errors.Join(failed, err)
			f.Close() // one listener is useless without the other
		}
	}
	return failed
}

// StopAccepting closes the listeners and idle connections. Requests under way go on.
func (f *Front) StopAccepting() {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	f.Finish(ended)
}

// Finish is StopAccepting, and waits until the requests under way have their answers, or
// ctx ends.
func (f *Front) Finish(ctx context.Context) {
	for _, s := range f.servers {
		_ = s.Shutdown(ctx) // its error is ctx's, or the listener's, which is closed anyway
	}
}

// Close ends the listeners and the requests in progress. Upgraded connections belong to
// their handler.
func (f *Front) Close() {
	for i, s := range f.servers {
		_ = s.Close() // its error is the listener's, which is closed anyway
		_ = f.listeners[i].Close()
	}
}

// URL is the address for clients on this machine. It is unix:FILE for a unix socket, which has none that a
// browser could open.
func (f *Front) URL() string {
	if at, ok := f.listeners[0].Addr().(*net.UnixAddr); ok {
		return unixPrefix + at.Name
	}
	return f.scheme() + reached(f.listeners[0])
}

func (f *Front) scheme() string {
	if f.secure {
		return "https://"
	}
	return "http://"
}

// NetworkURL is the address for clients on other machines of the network, as far as this
// machine knows; empty if there is none.
func (f *Front) NetworkURL() string {
	tcp, ok := f.listeners[0].Addr().(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return ""
	}
	from, ok := ownaddr.Default()
	if !ok {
		return ""
	}
	return f.scheme() + net.JoinHostPort(from.String(), strconv.Itoa(tcp.Port))
}

// PlainURL is the address of HTTPAddr for clients on this machine; empty if there is
// none.
func (f *Front) PlainURL() string {
	if len(f.listeners) < 2 {
		return ""
	}
	return "http://" + reached(f.listeners[1])
}

// Port is the port of the first listener.
func (f *Front) Port() int {
	if tcp, ok := f.listeners[0].Addr().(*net.TCPAddr); ok {
		return tcp.Port
	}
	return 0
}

func reached(l net.Listener) string {
	if tcp, ok := l.Addr().(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("localhost:%d", tcp.Port)
	}
	return l.Addr().String()
}

// tls returns the configuration of TLS, nil without TLS; a wrapper that answers ACME's
// challenges over plain HTTP; and a function that reports whether the certificates are for a name.
func (o *Options) tls() (_ *tls.Config, challenges func(http.Handler) http.Handler, ours func(host string) bool, err error) {
	none := func(h http.Handler) http.Handler { return h }
	switch {
	case len(o.Domains) > 0 && o.CertFile+o.KeyFile != "":
		return nil, nil, nil, errors.New("--domain obtains certificates, and --tls-cert names one: use one of them")
	case len(o.Domains) > 0:
		m, err := o.manager()
		if err != nil {
			return nil, nil, nil, err
		}
		config := newConfig(m.GetCertificate)
		config.NextProtos = []string{"h2", "http/1.1", acme.ALPNProto}
		return config, m.HTTPHandler, func(host string) bool { return m.HostPolicy(context.Background(), host) == nil }, nil
	case o.CertFile == "" && o.KeyFile == "":
		return nil, none, nil, nil
	case o.CertFile == "" || o.KeyFile == "":
		return nil, nil, nil, errors.New("--tls-cert and --tls-key go together: a certificate, and its key")
	}
	c, err := openCertificate(o.CertFile, o.KeyFile, o.Log)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	config := newConfig(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(time.Now()), nil })
	return config, none, func(host string) bool { return c.current(time.Now()).Leaf.VerifyHostname(host) == nil }, nil
}

// newConfig permits TLS 1.3, and TLS 1.2 with forward secrecy and authenticated encryption
// (RFC 9325, section 4.2).
func newConfig(certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{
		GetCertificate: certificate,
		MinVersion:     tls.VersionTLS12,
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
	}
}

// manager obtains certificates for the domains, and for no other name that a client may
// ask for.
func (o *Options) manager() (*autocert.Manager, error) {
	for _, d := range o.Domains {
		if !strings.Contains(d, ".") || strings.ContainsAny(d, "*:/ ") || net.ParseIP(d) != nil {
			return nil, fmt.Errorf("--domain is %q: a name such as chat.example.com, without a port", d)
		}
	}
	// Checked now and not when the first client comes: a certificate that can't be stored would
	// be requested again at each start, and authorities limit that.
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

// strict tells browsers to use only TLS for a year (RFC 6797).
func strict(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		h.ServeHTTP(w, r)
	})
}

// toHTTPS redirects a request to the same address over TLS, if the certificates are for its
// name. It doesn't repeat secrets: a token or password in the query has already been sent without TLS, and a
// redirect would only put it into more logs.
func toHTTPS(secure net.Addr, ours func(host string) bool) http.Handler {
	port := ""
	if tcp, ok := secure.(*net.TCPAddr); ok && tcp.Port != 443 {
		port = ":" + strconv.Itoa(tcp.Port)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Referrer-Policy", "no-referrer")
		switch {
		case !ours(strings.ToLower(strings.TrimSuffix(r.Host, "."))):
			problem.Write(w, http.StatusMisdirectedRequest, "this server isn't known by the name that the request is for")
		case hasSecret(r.URL.RawQuery):
			problem.Write(w, http.StatusForbidden, "a request with a token or password needs TLS: use https or wss, and get a new token, since this one was sent in the clear")
		default:
			http.Redirect(w, r, "https://"+r.Host+port+r.URL.RequestURI(), http.StatusPermanentRedirect) //nolint:gosec // to a name of this server
		}
	})
}

// hasSecret reports whether a query may have a token or password. It counts names in any case, and
// parts that other parsers than Go's would understand.
func hasSecret(query string) bool {
	for part := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' }) {
		name, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "token", "access_token", "password":
			return true
		}
	}
	return false
}

// withoutPort removes the port from the name that a request is for: the handlers behind
// it compare names, or add another port.
func withoutPort(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i := strings.LastIndex(r.Host, ":"); i > strings.LastIndex(r.Host, "]") {
			r.Host = r.Host[:i]
		}
		h.ServeHTTP(w, r)
	})
}
