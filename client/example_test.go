package client_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"time"

	"snug"
	"snug/client"
	"snug/protocol"
)

// serve stands for a server that runs elsewhere.
func serve(changes ...func(*snug.Options)) (url string, stop func()) {
	o := snug.Defaults()
	o.Journal, o.Log, o.Rooms.NoOwners = "memory:", slog.New(slog.DiscardHandler), true
	for _, change := range changes {
		change(&o)
	}
	server, err := snug.New(context.Background(), o)
	if err != nil {
		panic(err)
	}
	front := httptest.NewServer(server)
	return front.URL, func() {
		front.Close()
		_ = server.Shutdown(context.Background())
	}
}

func ExampleJoin() {
	url, stop := serve()
	defer stop()
	ctx := context.Background()

	room, err := client.Join(ctx, url, "lobby", client.Options{Nick: "ann"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer room.Close()

	seq, err := room.Send(ctx, client.Message{Content: "hello"})
	fmt.Println("event", seq, err)

	for e, err := range room.Events(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		switch e := e.(type) {
		case *client.Connected:
			fmt.Println("in", e.Room, "with", e.Count)
		case *protocol.Event:
			if m, err := e.Message(); err == nil {
				fmt.Printf("%s: %s\n", e.From.Nick, m.Content)
			}
			return
		}
	}
	// Output:
	// event 1 <nil>
	// in lobby with 1
	// ann: hello
}

// What to save is a seat and a position: with them a program that was started
// again is who it was, and misses nothing.
func ExampleRoom_Position() {
	url, stop := serve()
	defer stop()
	ctx := context.Background()
	var saved struct {
		Seat string
		At   protocol.Position
	}

	for _, run := range []string{"first", "second"} {
		room, err := client.Join(ctx, url, "lobby", client.Options{Nick: "ann", Seat: saved.Seat, Since: saved.At})
		if err != nil {
			fmt.Println(err)
			return
		}
		saved.Seat = room.Seat()
		for n := range 2 {
			if _, err := room.Send(ctx, client.Message{Content: fmt.Sprint(run, " run, message ", n)}); err != nil {
				fmt.Println(err)
			}
		}
		for e, err := range room.Events(ctx) {
			if err != nil {
				fmt.Println(err)
				return
			}
			if e, ok := e.(*protocol.Event); ok {
				m, _ := e.Message()
				fmt.Println(e.Seq, m.Content)
				saved.At = room.Position()
				if run == "first" || e.Seq == 4 {
					break // the first run stops early
				}
			}
		}
		_ = room.Close()
	}
	// Output:
	// 1 first run, message 0
	// 2 first run, message 1
	// 3 second run, message 0
	// 4 second run, message 1
}

func ExampleFold() {
	url, stop := serve()
	defer stop()
	ctx := context.Background()
	room, err := client.Join(ctx, url, "lobby", client.Options{Nick: "ann"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer room.Close()
	for _, content := range []string{"one", "two"} {
		if _, err := room.Send(ctx, client.Message{Content: content}); err != nil {
			fmt.Println(err)
		}
	}

	var shown client.Fold
	for e, err := range room.Events(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		switch e := e.(type) {
		case *client.Connected:
			if !e.Resumed {
				shown = client.Fold{}
			}
		case *protocol.Event:
			shown.Apply(e)
		}
		if room.Position().Seq == 2 {
			break
		}
	}
	for line := range shown.Lines() {
		fmt.Printf("%s: %s\n", line.From.Nick, line.Content)
	}
	// Output:
	// ann: one
	// ann: two
}

func ExampleRoom_Edit() {
	url, stop := serve()
	defer stop()
	ctx := context.Background()
	room, err := client.Join(ctx, url, "lobby", client.Options{Nick: "ann"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer room.Close()

	seq, err := room.Send(ctx, client.Message{Content: "helo"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := room.Edit(ctx, seq, "hello"); err != nil {
		fmt.Println(err)
	}
	if err := room.React(ctx, seq, "👋"); err != nil {
		fmt.Println(err)
	}

	var shown client.Fold
	for e, err := range room.Events(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if e, ok := e.(*protocol.Event); ok {
			shown.Apply(e)
		}
		if room.Position().Seq == 3 {
			break
		}
	}
	for line := range shown.Lines() {
		fmt.Println(line.Content, "edited:", line.Edited, "waved:", len(line.Reactions["👋"]))
	}
	// Output:
	// hello edited: true waved: 1
}

// The first member of a new room owns it.
func Example_moderation() {
	url, stop := serve(func(o *snug.Options) { o.Rooms.NoOwners = false })
	defer stop()
	ctx := context.Background()
	ann, err := client.Join(ctx, url, "lobby", client.Options{Nick: "ann"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ann.Close()
	bob, err := client.Join(ctx, url, "lobby", client.Options{Nick: "bob"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer bob.Close()
	fmt.Println(ann.You().Nick, "is", ann.You().Role, "and", bob.You().Nick, "is", bob.You().Role)

	if err := ann.Set(ctx, client.Change{Topic: new("tea"), Slow: new(10 * time.Second)}); err != nil {
		fmt.Println(err)
	}
	fmt.Println("topic:", ann.Settings().Topic)

	var refused *protocol.Error
	if err := bob.Kick(ctx, ann.You().Member, "boring"); errors.As(err, &refused) {
		fmt.Println("bob kicks ann:", refused.Code)
	}
	if err := ann.Ban(ctx, bob.You().Member, "spam", time.Hour); err != nil {
		fmt.Println(err)
	}
	for e, err := range bob.Events(ctx) {
		var ended *client.EndedError
		if errors.As(err, &ended) {
			fmt.Println("bob is", ended.Reason)
		}
		if e, ok := e.(*protocol.Event); ok && e.Type == protocol.EventModerated {
			body, _ := e.Moderated()
			fmt.Printf("%d: %s by %s\n", e.Seq, body.Action, e.From.Nick)
		}
	}
	// Output:
	// ann is owner and bob is member
	// topic: tea
	// bob kicks ann: forbidden
	// 1: claim by ann
	// 2: set by ann
	// 3: ban by ann
	// bob is banned
}
