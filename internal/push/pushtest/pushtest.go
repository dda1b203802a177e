// Package pushtest has a push service (RFC 8030) for tests, with the browsers that use it. It checks the
// signature of each push and decrypts it, with code of its own over the standard library, so that a fault
// of the library that the server uses is found.
package pushtest

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds every wait. A test that passes doesn't wait that long.
const patience = 5 * time.Minute

// Service is a push service. It is safe for concurrent use, and ends with its test.
type Service struct {
	URL string

	t      testing.TB
	server *httptest.Server

	mu       sync.Mutex
	answer   func(http.ResponseWriter, *Browser, int)
	browsers map[string]*Browser // by the path of the endpoint
}

// Start starts a push service on this machine, without TLS.
func Start(t testing.TB) *Service {
	s := &Service{t: t, browsers: make(map[string]*Browser)}
	s.server = httptest.NewServer(s)
	s.URL = s.server.URL
	t.Cleanup(s.server.Close)
	return s
}

// Answer has the service answer by a function, which gets the browser that a push is for and the
// number of the push, from 1. Pushes that it answers with another status than 2xx, which is what it
// answers if it writes nothing, don't reach the browser.
func (s *Service) Answer(answer func(w http.ResponseWriter, to *Browser, n int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// Push is a push that has reached a browser.
type Push struct {
	Payload             []byte
	Topic, Urgency, TTL string
	Contact             string // the "sub" of the signature
	Key                 string // of the server, as the signature has it
	Bytes               int    // of the body
}

// Browser is a push subscription.
type Browser struct {
	Endpoint, P256DH, Auth string // as a browser gives them to its page

	service *Service
	private *ecdh.PrivateKey
	secret  []byte
	got     chan Push

	mu    sync.Mutex
	tries int
}

// maxPushes is how many pushes may reach a browser that nobody reads.
const maxPushes = 20_000

// Subscribe makes a browser that is called by a name, which is part of its endpoint.
func (s *Service) Subscribe(name string) *Browser {
	s.t.Helper()
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	b := &Browser{Endpoint: s.URL + "/" + name, service: s, private: private, secret: make([]byte, 16), got: make(chan Push, maxPushes)}
	_, _ = rand.Read(b.secret) // never fails: crypto/rand's contract
	b.P256DH = base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes())
	b.Auth = base64.RawURLEncoding.EncodeToString(b.secret)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.browsers["/"+name] = b
	return b
}

// ServeHTTP takes a push, as RFC 8030, section 5 says.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender has ended
	}
	s.mu.Lock()
	b, answer := s.browsers[r.URL.Path], s.answer
	s.mu.Unlock()
	if b == nil {
		http.NotFound(w, r)
		return
	}
	b.mu.Lock()
	b.tries++
	n := b.tries
	b.mu.Unlock()
	status := &statusWriter{ResponseWriter: w}
	if answer != nil {
		answer(status, b, n)
	}
	if status.status > 299 {
		return
	}
	p := Push{
		Topic: r.Header.Get("Topic"), Urgency: r.Header.Get("Urgency"), TTL: r.Header.Get("TTL"), Bytes: len(body),
	}
	if p.Contact, p.Key, err = verify(r.Header.Get("Authorization"), s.URL, time.Now()); err != nil {
		s.t.Errorf("the signature of a push: %v", err)
	}
	if p.Payload, err = Decrypt(b.private, b.secret, body); err != nil {
		s.t.Errorf("a push can't be decrypted: %v", err)
	}
	if r.Method != http.MethodPost || r.Header.Get("Content-Encoding") != "aes128gcm" || len(p.Topic) > 32 || strings.Trim(p.Topic, base64url) != "" {
		s.t.Errorf("a push is %s with %v", r.Method, r.Header)
	}
	b.got <- p
	if status.status == 0 {
		w.WriteHeader(http.StatusCreated)
	}
}

const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// statusWriter notes the status of a response.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Next waits for the next push to the browser.
func (b *Browser) Next() Push {
	b.service.t.Helper()
	select {
	case p := <-b.got:
		return p
	case <-time.After(patience):
		b.service.t.Fatal("nothing was pushed to " + b.Endpoint)
		return Push{}
	}
}

// Waiting returns how many pushes have reached the browser that Next hasn't returned.
func (b *Browser) Waiting() int { return len(b.got) }

// Tries returns how many pushes were tried.
func (b *Browser) Tries() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tries
}
