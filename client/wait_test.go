package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"snug/client"
	"snug/protocol"
)

const unavailable = `{"status":503,"code":"unavailable","detail":"nicks can't be given now","retry_after_ms":1}`

// A cluster that has just lost a server lets nobody in for a while.
func TestAJoinWaitsWhileTheServerIsUnavailable(t *testing.T) {
	t.Parallel()
	refusals := 0
	o := client.Options{Nick: "ann", Waiting: func(why error, retry time.Duration) {
		refusals++
		if !code(protocol.Unavailable)(why) || retry <= 0 {
			t.Errorf("waits for %v, because of %v", retry, why)
		}
	}}
	addr := startFake(t, func(f *fakeConn) {
		if f.n < 3 {
			f.say(protocol.AppendError(nil, &protocol.Error{Code: protocol.Unavailable, Message: "nicks can't be given now", RetryAfter: time.Millisecond}))
			_ = f.ws.Close(websocket.StatusPolicyViolation, "")
			return
		}
		f.welcome("e", 0)
		f.drain()
	})
	join(t, addr, o)
	if refusals != 2 {
		t.Errorf("waited %d times over a WebSocket", refusals)
	}

	streams := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if streams++; streams%2 == 1 {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, unavailable)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		f := &fakeStream{ResponseWriter: w, Request: r}
		f.welcome(0)
		f.wait()
	}))
	t.Cleanup(s.Close)
	refusals = 0
	o.Transport = client.HTTP
	r, err := client.Join(t.Context(), s.URL, "lobby", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	reader, err := client.Read(t.Context(), s.URL, "lobby", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reader.Close() })
	if refusals != 2 {
		t.Errorf("waited %d times over HTTP", refusals)
	}
}

func TestAJoinThatWaitsEndsWithItsContext(t *testing.T) {
	t.Parallel()
	addr := startFake(t, func(f *fakeConn) {
		f.say(protocol.AppendError(nil, &protocol.Error{Code: protocol.Unavailable, Message: "nicks can't be given now", RetryAfter: time.Hour}))
		_ = f.ws.Close(websocket.StatusPolicyViolation, "")
	})
	ctx, cancel := context.WithCancel(t.Context())
	_, err := client.Join(ctx, addr, "lobby", client.Options{Nick: "ann", Waiting: func(error, time.Duration) { cancel() }})
	if !errors.Is(err, context.Canceled) || !code(protocol.Unavailable)(err) || !strings.Contains(err.Error(), "nicks can't be given now") {
		t.Errorf("the join ends with %v", err)
	}
}

// Over HTTP, the answer to a command may overtake the stream.
func TestACommandThatChangesTheRoomIsOverWhenTheRoomKnows(t *testing.T) {
	t.Parallel()
	answered := make(chan bool)
	set := logged(1, "m1", "", "")
	set.Type, set.Body = protocol.EventModerated, protocol.ModeratedBody{Action: protocol.ActionSet, Settings: &protocol.SettingsChange{Name: new("Tea room")}}.Encode()
	addr := startStreams(t, func(f *fakeStream) {
		f.welcome(0)
		f.await(answered)
		time.Sleep(20 * time.Millisecond) // the stream is slow
		f.message(set)
		f.wait()
	}, func(w http.ResponseWriter, _ *http.Request, c protocol.Command) {
		set.ID = c.ID
		answer(w, set)
		close(answered)
	})
	r := overHTTP(t, addr)
	if err := r.Set(t.Context(), client.Change{Name: new("Tea room")}); err != nil {
		t.Fatal(err)
	}
	if got := r.Settings().Name; got != "Tea room" {
		t.Errorf("after the command, the room's name is %q", got)
	}
}
