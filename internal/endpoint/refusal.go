package endpoint

import (
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
	Detail     string        // what is wrong and what to do, in the server's words (RFC 9457); empty if the answer has none
	RetryAfter time.Duration // when to try again (RFC 9110, section 10.2.3); 0 if the server doesn't say
}

// mostDetail bounds what is read of an answer's body, in bytes.
const mostDetail = 64 << 10

// ReadRefusal reads a refusal from an answer, and at most 64 KiB of its body, which
// remains the caller's to close.
func ReadRefusal(resp *http.Response) Refusal {
	r := Refusal{Status: resp.StatusCode, RetryAfter: retryafter.Read(resp.Header, time.Now())}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || kind != "application/problem+json" || resp.Body == nil {
		return r
	}
	var problem struct{ Detail string }
	if json.NewDecoder(io.LimitReader(resp.Body, mostDetail)).Decode(&problem) == nil {
		r.Detail = problem.Detail
	}
	return r
}

// Unreachable explains err, for which no connection to the server could be opened.
// It leaves out the URL that was requested: that holds the room code, which may be
// a secret.
func Unreachable(s Server, err error) error {
	if untrusted := (*tls.CertificateVerificationError)(nil); errors.As(err, &untrusted) {
		return fmt.Errorf("the certificate of %s isn't trusted on this machine: is that the server's name, and who signed the certificate? (%w)", s, untrusted.Err)
	}
	if plain := (tls.RecordHeaderError{}); errors.As(err, &plain) {
		return fmt.Errorf("the server at %s doesn't speak TLS: is its address http://%s?", s, s.base.Host)
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
