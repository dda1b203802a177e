package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"snug/client"
	"snug/protocol"
)

// fakeStream is a stream of a server that sends what a test wants.
type fakeStream struct {
	http.ResponseWriter
	*http.Request
	n    int              // counts the streams, from 1
	join protocol.Command // the client's join
}

// startStreams starts a server that calls events for each stream after its join, and
// commands for each command. A stream ends when events returns.
func startStreams(t testing.TB, events func(*fakeStream), commands func(http.ResponseWriter, *http.Request, protocol.Command)) (addr string) {
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var c protocol.Command
		if err := json.NewDecoder(r.Body).Decode(&c); err != nil || r.Method != http.MethodPost {
			t.Errorf("%s: %v", r.Method, err)
		}
		switch r.URL.Path {
		case "/r/lobby/events":
			w.Header().Set("Content-Type", "text/event-stream")
			events(&fakeStream{w, r, int(n.Add(1)), c})
		case "/r/lobby/commands":
			commands(w, r, c)
		default:
			t.Errorf("asked for %s", r.URL.Path)
		}
	}))
	t.Cleanup(func() {
		s.CloseClientConnections() // or a stream that a failed test has left would be waited for
		s.Close()
	})
	return strings.TrimPrefix(s.URL, "http://")
}

// say sends text as it is.
func (f *fakeStream) say(text string) {
	_, _ = io.WriteString(f.ResponseWriter, text) // the client may have gone
	_ = http.NewResponseController(f.ResponseWriter).Flush()
}

func (f *fakeStream) event(typ protocol.EventType, fields any) {
	f.say(fmt.Sprintf("event: %s\ndata: %s\n\n", typ, protocol.AppendEvent(nil, typ, fields)))
}

func (f *fakeStream) message(e protocol.Event) {
	f.say(fmt.Sprintf("id: e:%d\ndata: %s\n\n", e.Seq, e.AppendJSON(nil)))
}

// welcome sends the welcome of member m1, into a log with head events.
func (f *fakeStream) welcome(head uint64) { f.welcomeFor(head, 0) }

// welcomeFor is welcome with a token that is valid for a while.
func (f *fakeStream) welcomeFor(head uint64, lasts time.Duration) {
	f.event(protocol.EventWelcome, protocol.Welcome{
		Room: "lobby", Epoch: "e", First: 1, Head: head, Resumed: f.join.Since != nil,
		You:    protocol.You{Member: protocol.Member{Member: "m1", Nick: "ann", Role: "member"}, Seat: "s"},
		Limits: protocol.Limits{ContentChars: 100, FrameBytes: 5000, EventBytes: 500_000, RetryMS: 20}, TokenMS: lasts.Milliseconds(),
	})
}

// wait waits until the client has gone.
func (f *fakeStream) wait() { <-f.Context().Done() }

// await waits for a channel to be closed, or until the client has gone.
func (f *fakeStream) await(c <-chan bool) {
	select {
	case <-c:
	case <-f.Context().Done():
	}
}

// answer answers a command.
func answer(w http.ResponseWriter, e protocol.Event) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(e.AppendJSON(nil)) // the client may have gone
}

func overHTTP(t *testing.T, addr string) *client.Room {
	t.Helper()
	r, err := client.Join(t.Context(), "http://"+addr, "lobby", client.Options{Nick: "ann", Transport: client.HTTP})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() }) // an error is of no interest here
	return r
}

func TestTheLastEventOfAStreamSaysWhatAClosingWould(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		last func(*fakeStream)
		is   func(error) bool
	}{
		{"kicked", func(f *fakeStream) { f.event(protocol.EventGoodbye, protocol.Goodbye{Code: protocol.GoodbyeKicked}) }, closed(protocol.CloseBanned, protocol.GoodbyeKicked)},
		{"revoked", func(f *fakeStream) { f.event(protocol.EventGoodbye, protocol.Goodbye{Code: protocol.GoodbyeRevoked}) }, closed(protocol.CloseBanned, protocol.GoodbyeRevoked)},
		{"expired", func(f *fakeStream) { f.event(protocol.EventGoodbye, protocol.Goodbye{Code: protocol.GoodbyeExpired}) }, closed(protocol.CloseBadToken, protocol.GoodbyeExpired)},
		{"locked", func(f *fakeStream) { f.refuse(protocol.Locked) }, code(protocol.Locked)},
		{"a bad token", func(f *fakeStream) { f.refuse(protocol.BadToken) }, closed(protocol.CloseBadToken, "why")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			addr := startStreams(t, func(f *fakeStream) {
				if f.n > 1 {
					t.Error("came back")
				}
				f.welcome(0)
				c.last(f)
			}, nil)
			if err := ends(t, overHTTP(t, addr)); !c.is(err) {
				t.Errorf("the events end with %v", err)
			}
		})
	}
}

func (f *fakeStream) refuse(code protocol.ErrorCode) {
	f.say(fmt.Sprintf("event: error\ndata: %s\n\n", protocol.AppendError(nil, &protocol.Error{Code: code, Message: "why", RetryAfter: time.Millisecond})))
}

func closed(code protocol.CloseCode, reason string) func(error) bool {
	return func(err error) bool {
		var ended *client.EndedError
		return errors.As(err, &ended) && ended.Code == code && ended.Reason == reason
	}
}

func TestSomeEndsOfAStreamAreNone(t *testing.T) {
	t.Parallel()
	addr := startStreams(t, func(f *fakeStream) {
		switch f.n {
		case 1:
			f.welcome(0)
			f.event(protocol.EventGoodbye, protocol.Goodbye{Code: protocol.GoodbyeDraining, ReconnectAfterMS: 1})
		case 2:
			f.welcome(0)
			f.refuse(protocol.TooMany)
		default:
			f.welcome(0)
			f.wait()
		}
	}, nil)
	r := overHTTP(t, addr)
	if d := until[*client.Disconnected](t, r); d.Retry != time.Millisecond || !strings.Contains(d.Err.Error(), "restarting") {
		t.Errorf("after the goodbye: %v, %v", d.Retry, d.Err)
	}
	if d := until[*client.Disconnected](t, r); !code(protocol.TooMany)(d.Err) {
		t.Errorf("after the error: %v", d.Err)
	}
	until[*client.Connected](t, r)
}

func TestHalfAnEventIsNone(t *testing.T) {
	t.Parallel()
	one, two := logged(1, "m2", "x", "one"), logged(2, "m2", "x", "two")
	addr := startStreams(t, func(f *fakeStream) {
		if f.n == 1 {
			f.welcome(0)
			f.message(one)
			half := fmt.Sprintf("id: e:2\ndata: %s", two.AppendJSON(nil))
			f.say(half[:len(half)/2])
			return
		}
		if f.join.Since == nil || f.join.Since.Seq != 1 {
			t.Errorf("came back with %+v", f.join.Since)
		}
		f.welcome(2)
		f.say(":\n\n")
		f.message(two)
		f.wait()
	}, nil)
	if got := contents(t, overHTTP(t, addr), 2); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("read %q", got)
	}
}

// A command whose answer is lost is sent again, on the next stream, and after the replay.
func TestALostAnswerIsAskedForAgain(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var ids []string
	addr := startStreams(t, func(f *fakeStream) {
		f.welcome(0)
		f.wait()
	}, func(w http.ResponseWriter, r *http.Request, c protocol.Command) {
		if r.Header.Get("Snug-Seat") != "s" {
			t.Errorf("the seat is %q", r.Header.Get("Snug-Seat"))
		}
		mu.Lock()
		defer mu.Unlock()
		if ids = append(ids, c.ID); len(ids) <= 2 {
			panic(http.ErrAbortHandler)
		}
		answer(w, logged(1, "m1", c.ID, c.Content))
	})
	if seq := say(t, overHTTP(t, addr), "once"); seq != 1 {
		t.Errorf("it is event %d", seq)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(ids) != 3 || ids[0] != ids[1] || ids[1] != ids[2] {
		t.Errorf("the IDs are %q", ids)
	}
}

// What is wrong with a request, rather than with the command in it, is no outcome.
func TestARefusedRequestIsNoOutcome(t *testing.T) {
	t.Parallel()
	refusals := []string{
		`{"status":429,"code":"too-many","detail":"too many requests","retry_after_ms":1}`,
		`{"status":503,"code":"unavailable","detail":"the server is shutting down","retry_after_ms":1}`,
		`{"status":401,"code":"bad-token","detail":"the token has ended"}`,
	}
	var streams, commands atomic.Int64
	addr := startStreams(t, func(f *fakeStream) {
		streams.Add(1)
		f.welcome(0)
		f.wait()
	}, func(w http.ResponseWriter, _ *http.Request, c protocol.Command) {
		n := commands.Add(1)
		if n > int64(len(refusals)) {
			answer(w, logged(1, "m1", c.ID, c.Content))
			return
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, refusals[n-1])
	})
	r, err := client.Join(t.Context(), "http://"+addr, "lobby", client.Options{
		Nick: "ann", Transport: client.HTTP, TokenSource: func(context.Context) (string, error) { return "t", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	if seq := say(t, r, "x"); seq != 1 || commands.Load() != 4 || streams.Load() != 2 {
		t.Errorf("event %d, after %d commands on %d streams", seq, commands.Load(), streams.Load())
	}
}

// A stream ends with its token, so that another one takes its place before. What both bring
// is there once, and nobody notices the change.
func TestAFreshTokenNeedsAnotherStream(t *testing.T) {
	t.Parallel()
	opened, shown := make(chan bool), make(chan bool)
	tokens := make(chan string, 2)
	addr := startStreams(t, func(f *fakeStream) {
		switch f.n {
		case 1:
			tokens <- f.join.Token
			f.welcomeFor(0, time.Second)
			f.message(logged(1, "m2", "x", "one"))
			f.await(opened)
			f.message(logged(2, "m2", "x", "two"))
		case 2:
			tokens <- f.join.Token
			if f.join.Since == nil || f.join.Since.Seq != 1 || f.join.Seat != "s" {
				t.Errorf("came back with %+v", f.join)
			}
			close(opened)
			f.await(shown) // the first stream has brought it
			f.welcomeFor(2, time.Hour)
			f.message(logged(2, "m2", "x", "two"))
			f.message(logged(3, "m2", "x", "three"))
		default:
			t.Errorf("stream %d is opened, with %+v", f.n, f.join)
		}
		f.wait()
	}, nil)
	var given atomic.Int64
	r, err := client.Join(t.Context(), "http://"+addr, "lobby", client.Options{
		Nick: "ann", Transport: client.HTTP, TokenSource: func(context.Context) (string, error) { return fmt.Sprint("token ", given.Add(1)), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	until[*client.Connected](t, r)
	for n, want := range []string{"one", "two", "three"} {
		e, ok := read(t, r).(*protocol.Event)
		if !ok || e.Seq != uint64(n)+1 {
			t.Fatalf("in place of %s came %+v", want, e)
		}
		if want == "two" {
			close(shown)
		}
	}
	if first, second := <-tokens, <-tokens; first != "token 1" || second != "token 2" {
		t.Errorf("the tokens are %q and %q", first, second)
	}
}

func TestHTTP2CarriesStreamAndCommands(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:")
	var version atomic.Int64
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		version.Store(int64(r.ProtoMajor))
		s.ServeHTTP(w, r)
	}))
	front.EnableHTTP2 = true
	front.StartTLS()
	t.Cleanup(front.Close)
	r, err := client.Join(t.Context(), front.URL, "lobby", client.Options{Nick: "ann", Transport: client.HTTP, HTTPClient: front.Client()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	for n := range 20 {
		say(t, r, fmt.Sprint(n))
	}
	if got := contents(t, r, 20); got[19] != "19" || version.Load() != 2 {
		t.Errorf("read %q over HTTP/%d", got, version.Load())
	}
}

func TestCommandsGoOneAtATimeAndInOrder(t *testing.T) {
	t.Parallel()
	const messages = 50
	var under atomic.Int64
	var got []string // by one request at a time
	addr := startStreams(t, func(f *fakeStream) {
		f.welcome(0)
		f.wait()
	}, func(w http.ResponseWriter, _ *http.Request, c protocol.Command) {
		if under.Add(1) > 1 {
			t.Error("two commands at a time")
		}
		got = append(got, c.Content)
		under.Add(-1)
		answer(w, logged(uint64(len(got)), "m1", c.ID, c.Content))
	})
	r := overHTTP(t, addr)
	var sending sync.WaitGroup
	for range messages {
		sending.Go(func() { say(t, r, "x") })
	}
	sending.Wait()
	if len(got) != messages {
		t.Errorf("%d of %d came", len(got), messages)
	}
}

func TestTheSeatIsNotShownToOthers(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another server is asked for %s, with the seat %q", r.URL, r.Header.Get("Snug-Seat"))
	}))
	t.Cleanup(elsewhere.Close)
	other := strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1)
	moved := startStreams(t, func(f *fakeStream) { f.welcome(0); f.wait() }, func(w http.ResponseWriter, r *http.Request, _ protocol.Command) {
		http.Redirect(w, r, other+r.URL.Path, http.StatusPermanentRedirect)
	})
	r := overHTTP(t, moved)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _, _ = r.Send(ctx, client.Message{Content: "x"}) }() // until ctx ends
	var refused *client.RefusedError
	if d := until[*client.Disconnected](t, r); !errors.As(d.Err, &refused) || refused.Status != http.StatusPermanentRedirect {
		t.Errorf("%v", d.Err)
	}
}

func TestAJoinOverHTTPThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	silent := startStreams(t, func(f *fakeStream) { f.say(":\n\n"); f.wait() }, nil)
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		says    string
		is      func(error) bool
	}{
		{"another server", http.NotFound, "is the address right", status(404)},
		{"a page", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, "a stream of events", nil},
		{"a refusal", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"status":429,"code":"room-full","detail":"50 are here"}`)
		}, "50 are here", func(err error) bool {
			var refused *protocol.Error
			return errors.As(err, &refused) && refused.Code == protocol.RoomFull && refused.RetryAfter == 3*time.Second
		}},
		{"a server that is full", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"status":503,"detail":"as many connections as it accepts"}`)
		}, "as many connections", status(503)},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(c.handler)
			defer s.Close()
			_, err := client.Join(t.Context(), s.URL, "lobby", client.Options{Nick: "ann", Transport: client.HTTP})
			if err == nil || !strings.Contains(err.Error(), c.says) || c.is != nil && !c.is(err) {
				t.Errorf("%v", err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := client.Join(ctx, "http://"+silent, "lobby", client.Options{Nick: "ann", Transport: client.HTTP}); !errors.Is(err, context.Canceled) {
		t.Errorf("without a welcome: %v", err)
	}
	if _, err := client.Join(t.Context(), "http://"+silent, "", client.Options{Nick: "ann", Transport: client.HTTP}); err == nil || !strings.Contains(err.Error(), "code is empty") {
		t.Errorf("without a code: %v", err)
	}
	if _, err := client.Join(t.Context(), "http://"+silent, "lobby", client.Options{Nick: "ann", Transport: "pigeon"}); err == nil || !strings.Contains(err.Error(), "pigeon") {
		t.Errorf("by pigeon: %v", err)
	}
}
