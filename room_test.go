package snug_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"snug"
	"snug/protocol"
)

func TestAProgramSendsToARoom(t *testing.T) {
	s, err := snug.New(t.Context(), options(t))
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(s)
	t.Cleanup(front.Close)
	ops := s.Room("Ops")
	first, err := ops.Send(t.Context(), snug.Post{ID: "1", Author: "deploy", Content: "begun"})
	if err != nil || first.Epoch == "" || first.Seq != 1 {
		t.Fatalf("%+v, %v", first, err)
	}
	if again, err := ops.Send(t.Context(), snug.Post{ID: "1", Author: "deploy", Content: "begun"}); err != nil || again != first {
		t.Errorf("a repeat: %+v, %v", again, err)
	}
	for name, c := range map[string]struct {
		code string
		post snug.Post
		want protocol.ErrorCode
	}{
		"another content":        {"ops", snug.Post{ID: "1", Author: "deploy", Content: "ended"}, protocol.IDConflict},
		"no content":             {"ops", snug.Post{Author: "deploy"}, protocol.Empty},
		"too much content":       {"ops", snug.Post{Author: "deploy", Content: strings.Repeat("x", 4001)}, protocol.TooLong},
		"content that isn't UTF": {"ops", snug.Post{Author: "deploy", Content: "\xff"}, protocol.BadField},
		"no author":              {"ops", snug.Post{Content: "hi"}, protocol.BadField},
		"a code that is none":    {"a b", snug.Post{Author: "deploy", Content: "hi"}, protocol.BadField},
		"an ID that is none":     {"ops", snug.Post{ID: "\n", Author: "deploy", Content: "hi"}, protocol.BadField},
		"a reply to nothing":     {"ops", snug.Post{Author: "deploy", Content: "hi", ReplyTo: 99}, protocol.NotFound},
	} {
		_, err := s.Room(c.code).Send(t.Context(), c.post)
		var refusal *protocol.Error
		if !errors.As(err, &refusal) || refusal.Code != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}

	// A lock, a password and slow mode are for others.
	v1 := talk(t, front.URL, "snug.v1")
	v1(`{"type":"join","nick":"ann"}`, "welcome")
	v1(`{"type":"set","id":"2","locked":true,"password":"secret","slow_ms":60000}`, `"id":"2"`)
	var sending sync.WaitGroup
	for range 20 {
		sending.Go(func() {
			if _, err := ops.Send(t.Context(), snug.Post{Author: "deploy", Content: "on the way"}); err != nil {
				t.Error(err)
			}
		})
	}
	sending.Wait()
	if got := v1(`{"type":"ping"}`, `"on the way"`); !strings.Contains(got, `"nick":"deploy"`) || !strings.Contains(got, `"bot":true`) {
		t.Errorf("the message is %s", got)
	}
	v1(`{"type":"close","id":"3"}`, "goodbye")
	var refusal *protocol.Error
	if _, err := ops.Send(t.Context(), snug.Post{Author: "deploy", Content: "hi"}); !errors.As(err, &refusal) || refusal.Code != protocol.Closed {
		t.Errorf("a closed room: %v", err)
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if _, err := ops.Send(t.Context(), snug.Post{Author: "deploy", Content: "hi"}); !errors.Is(err, snug.ErrShutdown) {
		t.Errorf("after Shutdown: %v", err)
	}
}
