package client

import (
	"context"
	"fmt"

	"snug/protocol"
)

// NewHook is a hook to make: a name under which a program posts in the room, over HTTP.
type NewHook struct {
	Name   string              // a nick that nobody has
	Secret string              // that its senders sign with, up to 128 characters; empty if they don't
	To     string              // a URL to which the room's events are delivered, too; empty for none
	Events protocol.HookEvents // those that are delivered; nil for all
}

// Hook makes a hook, and returns it with its URL, which is a secret. Only moderators may do
// it. It blocks and fails as [Room.Do] does.
func (r *Room) Hook(ctx context.Context, h NewHook) (protocol.HookInfo, error) {
	seq, err := r.Do(ctx, protocol.Command{Type: protocol.CommandHook, Name: &h.Name, Secret: h.Secret, To: h.To, Events: h.Events})
	if err != nil {
		return protocol.HookInfo{}, err
	}
	// The server has told us the URL, unless the connection broke: so ask.
	page, err := r.History(ctx, Page{Before: seq + 1, Limit: 1})
	if err != nil {
		return protocol.HookInfo{}, err
	}
	hooks, err := r.Hooks(ctx)
	if err != nil {
		return protocol.HookInfo{}, err
	}
	for _, e := range page.Events {
		made, err := e.Moderated()
		for _, h := range hooks {
			if err == nil && h.Member == made.Member {
				return h, nil
			}
		}
	}
	return protocol.HookInfo{}, fmt.Errorf("the hook %q was made, and is gone again", h.Name)
}

// Hooks returns the hooks of the room: with their URLs for owners, and for the member who
// made them. Only moderators may read them. It blocks until the server answers, even if
// connections are lost, or until ctx ends.
func (r *Room) Hooks(ctx context.Context) ([]protocol.HookInfo, error) {
	c := newQuery(protocol.Command{Type: protocol.CommandHooks})
	err := r.do(ctx, c)
	return c.hooks, err
}

// Unhook removes a hook, whose URL is then no longer valid. Moderators may do it, and the
// member who made the hook. It blocks and fails as [Room.Do] does.
func (r *Room) Unhook(ctx context.Context, member string) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandUnhook, Member: member})
}
