package client_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"snug"
	"snug/client"
	"snug/internal/auth"
	"snug/protocol"
)

// mint writes a secret into a file, and returns it as a value of --auth.
func mint(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(strings.Repeat("s", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	return "hmac:" + file
}

func token(t testing.TB, from, subject string, lasts time.Duration) string {
	t.Helper()
	token, err := auth.Mint(from, auth.Claims{RegisteredClaims: jwt.RegisteredClaims{Subject: subject, ExpiresAt: jwt.NewNumericDate(time.Now().Add(lasts))}})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestWithATokenSourceARoomStays(t *testing.T) {
	from := mint(t)
	var given, failing atomic.Int64
	source := func(context.Context) (string, error) {
		if failing.Load() > 0 {
			failing.Add(-1)
			return "", errors.New("no token now")
		}
		given.Add(1)
		return token(t, from, "ann", time.Minute), nil
	}
	inBubbleWith(t, func(s *snug.Options, c *client.Options) { s.Auth.Method, c.TokenSource = from, source },
		func(t *testing.T, _ *bubble, r *client.Room, _ *snug.Server) {
			next[*client.Connected](t, r)
			failing.Store(3) // and then it works again
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			for e, err := range r.Events(ctx) {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("in a quiet room came %+v, %v", e, err)
				}
			}
			if n := given.Load(); n < 60 || n > 80 {
				t.Errorf("in an hour %d tokens of 70 s were asked for", n)
			}
			// A source that fails for too long costs the connection, and not the Room.
			failing.Store(25)
			next[*client.Disconnected](t, r)
			if c := next[*client.Connected](t, r); !c.Resumed {
				t.Error("not resumed")
			}
		})
}

func TestWithoutASourceARoomEndsWithItsToken(t *testing.T) {
	from := mint(t)
	inBubbleWith(t, func(s *snug.Options, c *client.Options) {
		s.Auth.Method, c.Token = from, token(t, from, "ann", time.Minute)
	},
		func(t *testing.T, _ *bubble, r *client.Room, _ *snug.Server) {
			begun := time.Now()
			var ended *client.EndedError
			for _, err := range r.Events(t.Context()) {
				if err != nil && !errors.As(err, &ended) {
					t.Fatal(err)
				}
			}
			if ended == nil || ended.Code != protocol.CloseBadToken || time.Since(begun).Round(time.Second) != 70*time.Second {
				t.Errorf("after %v: %v", time.Since(begun), ended)
			}
		})
}

func TestRefusedTokenIsTheEnd(t *testing.T) {
	from := mint(t)
	s := startServer(t, "memory:", func(o *snug.Options) { o.Auth.Method = from })
	for name, o := range map[string]client.Options{
		"none":         {},
		"a bad one":    {Token: "x"},
		"a bad source": {TokenSource: func(context.Context) (string, error) { return "x", nil }},
	} {
		o.Nick, o.Transport = "ann", transport(t)
		_, err := client.Join(t.Context(), "http://"+s.Addr, "lobby", o)
		var refused *protocol.Error
		if !errors.As(err, &refused) || refused.Code != protocol.BadToken {
			t.Errorf("%s: %v", name, err)
		}
	}
	failed := errors.New("no token now")
	_, err := client.Join(t.Context(), "http://"+s.Addr, "lobby", client.Options{TokenSource: func(context.Context) (string, error) { return "", failed }})
	if !errors.Is(err, failed) {
		t.Errorf("a source that fails: %v", err)
	}
	if r := join(t, s.Addr, client.Options{Token: token(t, from, "ann", time.Hour)}); say(t, r, "hi") != 1 {
		t.Error("the first message isn't the first")
	}
}

func TestTheTokenIsShownOnEachConnection(t *testing.T) {
	t.Parallel()
	tokens := make(chan string, 2)
	addr := startFake(t, func(f *fakeConn) {
		tokens <- f.join.Token
		f.welcome("e", 0)
		if f.n > 1 {
			f.drain()
		}
	})
	join(t, addr, client.Options{Token: "t0ken"})
	for n := range 2 {
		if got := <-tokens; got != "t0ken" {
			t.Errorf("connection %d shows %q", n+1, got)
		}
	}
}
