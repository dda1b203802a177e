package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"snug/client"
	"snug/test/screen"
)

// talk is what ann sees.
func talk(ctx context.Context, server string, ann *screen.Screen) error {
	if err := shows(ctx, ann, "connected"); err != nil {
		return err
	}
	var rooms []*client.Room
	defer func() {
		for _, r := range rooms {
			_ = r.Close() // the picture is made
		}
	}()
	for _, member := range []struct{ nick, room string }{{"bob", "teahouse"}, {"小林", "teahouse"}, {"dana", "teahouse"}, {"eve", "ops"}, {"kim", "lobby"}} {
		r, err := client.Join(ctx, server, member.room, client.Options{Nick: member.nick})
		if err != nil {
			return err
		}
		rooms = append(rooms, r)
	}
	bob, kobayashi, dana, eve, kim := rooms[0], rooms[1], rooms[2], rooms[3], rooms[4]

	var last uint64
	say := func(r *client.Room, content string) func() error {
		return func() (err error) {
			last, err = r.Send(ctx, client.Message{Content: content})
			return err
		}
	}
	keys := func(text string) func() error { return func() error { return ann.Type(text) } }
	// What is done, and what ann sees of it.
	for _, step := range []struct {
		do   func() error
		sees string
	}{
		{keys("/topic Tea, mostly green, and whatever comes with it\r"), "Tea, mostly green"},
		{keys("/role bob moderator\r"), "made bob a moderator"},
		{say(bob, "The new server is up. I pulled its plug twice while you were typing, just to see."), "just to see"},
		{keys("and? I saw “reconnecting in 2 s”, and then everything was there\r"), "then everything"},
		{say(bob, "nothing lost, nothing doubled"), "nothing doubled"},
		{say(bob, "it even kept my place"), "my place"},
		{func() error { return kobayashi.React(ctx, last, "👍") }, "👍"},
		{say(kobayashi, "お茶はいかがですか？ The sencha is ready"), "ready"},
		{keys("/react :tea:\r"), "🍵"},
		{say(eve, "the disk of the old server is wiped"), "2 ops (1)"},
		{say(eve, "and its name is free"), "2 ops (2)"},
		{say(kim, "@ann are you coming to lunch?"), "3 lobby (@1)"},
		{say(dana, "/me pours a cup for everyone, slowly, so that a line that is too long for the window can be seen to wrap"), "pours a cup"},
		{say(dana, "we should write that down"), "down"},
		{keys("/reply done: it is in the README\r"), "done: it is"},
		{func() error { return kobayashi.Typing(ctx) }, "is typing"},
		{keys("who would like"), "would like"},
	} {
		if err := step.do(); err != nil {
			return err
		}
		if err := shows(ctx, ann, step.sees); err != nil {
			return err
		}
	}
	return nil
}

// shows waits until the screen has text.
func shows(ctx context.Context, s *screen.Screen, text string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for !strings.Contains(s.String(), text) {
		select {
		case <-look.C:
		case <-ctx.Done():
			return fmt.Errorf("%q isn't seen: %w", text, ctx.Err())
		}
	}
	return nil
}
