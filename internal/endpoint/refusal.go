package endpoint

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"snug/internal/retryafter"
)

// Refusal is a server's answer over HTTP to a request that it doesn't carry out.
type Refusal struct {
	Status     int           // the HTTP status code
	Code       string        // the protocol's code of the error; empty if the answer has none
	Detail     string        // what is wrong and what to do, mostly in the server's words (RFC 9457); empty if the answer has none
	RetryAfter time.Duration // when to try again (RFC 9110, section 10.2.3); 0 if the server doesn't say
	Location   string        // the scheme and host to which the answer redirects; empty if it doesn't, or to the same
}

// mostDetail bounds what is read of an answer's body, in bytes.
const mostDetail = 64 << 10

// ReadRefusal reads a refusal from an answer, and at most 64 KiB of its body, which
// remains the caller's to close.
func ReadRefusal(resp *http.Response) Refusal {
	r := Refusal{Status: resp.StatusCode, RetryAfter: retryafter.Read(resp.Header, time.Now()), Location: RedirectsTo(resp)}
	if resp.Body == nil {
		return r
	}
	body := io.LimitReader(resp.Body, mostDetail)
	if kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil || kind != "application/problem+json" {
		if resp.StatusCode == http.StatusBadRequest && wantsTLS(body) {
			r.Detail = "the server takes requests only over TLS: its address begins with https://"
		}
		return r
	}
	var problem struct{ Detail, Code string }
	if json.NewDecoder(body).Decode(&problem) == nil {
		r.Detail, r.Code = problem.Detail, problem.Code
	}
	return r
}

// wantsTLS reports whether an answer is that of a server that expects TLS, and was asked without it: of Go's,
// "Client sent an HTTP request to an HTTPS server."; of nginx, "The plain HTTP request was sent to HTTPS port".
func wantsTLS(body io.Reader) bool {
	says, _ := io.ReadAll(body) // what can't be read says nothing
	return bytes.Contains(says, []byte("HTTP request")) && bytes.Contains(says, []byte("HTTPS"))
}

// RedirectsTo returns the scheme and host to which an answer redirects, unless they are those that were asked; empty for none. It
// leaves the rest out, which may have the room's code.
func RedirectsTo(resp *http.Response) string {
	to, err := resp.Location()
	if err != nil || resp.StatusCode < 300 || resp.StatusCode > 399 {
		return ""
	}
	if from := resp.Request; from != nil && from.URL.Scheme == to.Scheme && from.URL.Host == to.Host {
		return ""
	}
	return (&url.URL{Scheme: to.Scheme, Host: to.Host}).String()
}

// StayHome is for the CheckRedirect of an [http.Client]. It follows a redirect only if it repeats the request
// to the same host, and a few times at most: others mustn't see who joins. Otherwise, the
// redirect is the answer.
func StayHome(req *http.Request, via []*http.Request) error {
	const most = 3
	first := via[0].URL
	if len(via) >= most || req.Method != via[0].Method || req.URL.Hostname() != first.Hostname() || first.Scheme == "https" && req.URL.Scheme != "https" {
		return http.ErrUseLastResponse
	}
	return nil
}

// Unreachable explains err, for which no connection to the server could be opened.
// It leaves out the URL that was requested: that holds the room code, which may be
// a secret.
func Unreachable(s Server, err error) error {
	if untrusted := (*tls.CertificateVerificationError)(nil); errors.As(err, &untrusted) {
		return fmt.Errorf("the certificate of %s isn't trusted on this machine: is that the server's name, and who signed the certificate? (%w)", s, untrusted.Err)
	}
	if errors.As(err, new(tls.RecordHeaderError)) || errors.Is(err, http.ErrSchemeMismatch) {
		plain := s
		plain.base.Scheme = "http"
		return &unreachableError{fmt.Sprintf("the server at %s doesn't speak TLS: is its address %s?", s, plain), err}
	}
	return &unreachableError{fmt.Sprintf("no server answers at %s: does it run, and is this its address? (%s)", s, reason(err)), err}
}

// unreachableError has a text of its own: that of its cause repeats addresses.
type unreachableError struct {
	text  string
	cause error
}

func (e *unreachableError) Error() string { return e.text }
func (e *unreachableError) Unwrap() error { return e.cause }

// reason returns the innermost reason for which a connection failed.
func reason(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var name *net.DNSError
	var number syscall.Errno
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return "there is no host " + name.Name
	case errors.As(err, &name):
		return "the address of " + name.Name + " can't be looked up"
	case errors.As(err, &number):
		return number.Error()
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it closed the connection"
	}
	return err.Error()
}
