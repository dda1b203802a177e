package snug_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/coder/websocket"

	"snug"
	"snug/protocol"
)

// A server is an http.Handler: it may be one part of a larger program.
func ExampleNew() {
	ctx := context.Background()
	options := snug.Defaults()
	options.Journal = "memory:"
	server, err := snug.New(ctx, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/chat/", http.StripPrefix("/chat", server))
	front := httptest.NewServer(mux)
	defer front.Close()

	conn, _, err := websocket.Dial(ctx, front.URL+"/chat/ws?roomCode=room1", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = conn.Write(ctx, websocket.MessageText, []byte(`{"Author": "client 1", "Content": "content1"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, message, err := conn.Read(ctx)
	fmt.Println(string(message), err)
	_ = conn.Close(websocket.StatusNormalClosure, "")

	fmt.Println(server.Shutdown(ctx))
	// Output:
	// {"Author":"client 1","Content":"content1"} <nil>
	// <nil>
}

// A filter accepts, changes or refuses messages.
func ExampleOptions_filter() {
	ctx := context.Background()
	options := snug.Defaults()
	options.Journal, options.Log = "memory:", slog.New(slog.DiscardHandler)
	options.Filter = func(_ context.Context, m *snug.Message) error {
		if strings.Contains(m.Content, "password") {
			return snug.Refuse("never write passwords here, " + m.From.Nick)
		}
		m.Content = strings.ReplaceAll(m.Content, "JIRA-", "https://jira.example/browse/JIRA-")
		return nil
	}
	server, err := snug.New(ctx, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	front := httptest.NewServer(server)
	defer front.Close()

	for _, text := range []string{"look at JIRA-42", "the password is 1234"} {
		resp, err := http.Post(front.URL+"/r/ops?nick=ann", "text/plain", strings.NewReader(text))
		if err != nil {
			fmt.Println(err)
			return
		}
		var answer struct{ Content, Detail string }
		err = json.NewDecoder(resp.Body).Decode(&answer)
		fmt.Println(resp.Status, answer.Content, answer.Detail, err, resp.Body.Close())
	}
	fmt.Println(server.Shutdown(ctx))
	// Output:
	// 201 Created look at https://jira.example/browse/JIRA-42  <nil> <nil>
	// 403 Forbidden  never write passwords here, ann <nil> <nil>
	// <nil>
}

// A program knows who its users are, by whatever it has given them as tokens.
func ExampleAuthOptions_authenticate() {
	ctx := context.Background()
	sessions := map[string]snug.Identity{
		"s3cr3t": {Subject: "17", Name: "ann", Role: protocol.RoleModerator},
	}
	options := snug.Defaults()
	options.Journal, options.Log = "memory:", slog.New(slog.DiscardHandler)
	options.Auth.Authenticate = func(_ context.Context, token, _ string) (snug.Identity, error) {
		id, ok := sessions[token]
		if !ok {
			return id, snug.Refuse("sign in again")
		}
		return id, nil
	}
	server, err := snug.New(ctx, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	front := httptest.NewServer(server)
	defer front.Close()

	for _, token := range []string{"s3cr3t", "guessed"} {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, front.URL+"/r/ops", strings.NewReader("hello"))
		if err != nil {
			fmt.Println(err)
			return
		}
		request.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(request)
		if err != nil {
			fmt.Println(err)
			return
		}
		var answer struct {
			From   protocol.Member
			Detail string
		}
		err = json.NewDecoder(resp.Body).Decode(&answer)
		fmt.Println(resp.Status, answer.From.Nick, answer.Detail, err, resp.Body.Close())
	}
	fmt.Println(server.Shutdown(ctx))
	// Output:
	// 201 Created ann  <nil> <nil>
	// 401 Unauthorized  sign in again <nil> <nil>
	// <nil>
}

// A program sends messages to a room without a connection.
func ExampleRoom_Send() {
	ctx := context.Background()
	options := snug.Defaults()
	options.Journal, options.Log = "memory:", slog.New(slog.DiscardHandler)
	server, err := snug.New(ctx, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	ops := server.Room("ops")
	for _, id := range []string{"build-41", "build-42", "build-42"} { // the last one is sent again
		at, err := ops.Send(ctx, snug.Post{ID: id, Author: "ci", Content: id + " is green"})
		fmt.Println(at.Seq, err)
	}
	fmt.Println(server.Shutdown(ctx))
	// Output:
	// 1 <nil>
	// 2 <nil>
	// 2 <nil>
	// <nil>
}
