package snug_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/coder/websocket"

	"snug"
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
