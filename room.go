package snug

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"unicode/utf8"

	"snug/internal/room"
	"snug/protocol"
)

// ErrShutdown says that the server was shut down.
var ErrShutdown = errors.New("the server was shut down")

// Room is a room of a server, in which the program that embeds the server can act without a
// connection.
type Room struct {
	server *Server
	code   string
}

// Room returns the room with a code. It need not exist, and isn't made by this. Whether the code is
// valid is for the methods of the room to say.
func (s *Server) Room(code string) Room { return Room{s, code} }

// Post is a message of the program's.
type Post struct {
	// ID makes it safe to send the message again: of several with the same ID and Author, the room
	// gets the first, if they have the same content. If it is empty, each one is a new message.
	ID string
	// Author is the name that the message is shown by, as that of an app. The same Author is the
	// same member, who is never present. If somebody in the room has that nick, it gets
	// a suffix.
	Author string
	// Content is the text, at most Limits.MaxContent characters.
	Content string
	// ReplyTo is the message to which this one replies; 0 for none.
	ReplyTo uint64
}

// Send sends a message to the room, as a POST to the room's link does, and returns its position in the
// room's log once it is durable. A room that is new is opened by it, without an owner. Neither lock,
// password, slow mode nor rate keeps the program out; Options.Filter decides about its message as
// about all others, so a filter that sends messages must not do so without an end.
//
// Send waits for the journal, until ctx ends. It is safe for concurrent use. After Shutdown has begun,
// it returns ErrShutdown. Otherwise the error is a [*protocol.Error] if the message can't be sent, such
// as with the code closed, or unavailable if its outcome isn't known: then send it again with the
// same ID.
func (r Room) Send(ctx context.Context, p Post) (protocol.Position, error) {
	if !r.server.requests.begin() {
		return protocol.Position{}, fmt.Errorf("send to room %q: %w", r.code, ErrShutdown)
	}
	defer r.server.requests.underWay.Done()
	at, err := r.send(ctx, p)
	if err != nil {
		return at, fmt.Errorf("send to room %q: %w", r.code, room.Refusal(err))
	}
	return at, nil
}

func (r Room) send(ctx context.Context, post Post) (at protocol.Position, err error) {
	code, err := room.ParseCode(r.code)
	if err != nil {
		return at, err
	}
	if err := protocol.CheckLabel("ID", post.ID); err != nil {
		return at, err
	}
	if !utf8.ValidString(post.Content) {
		return at, protocol.Errorf(protocol.BadField, "the content is not UTF-8")
	}
	author, err := room.ParseNick(post.Author)
	if err != nil {
		return at, err
	}
	p, err := r.server.rooms.Visit(ctx, code, room.Request{Dialect: protocol.Stream, Nick: author, Program: true})
	if err != nil {
		return at, err
	}
	defer p.Leave()
	if err := p.Reach(ctx, post.ReplyTo); err != nil {
		return at, err
	}
	d, err := p.Send(ctx, room.Message{ID: cmp.Or(post.ID, rand.Text()), Content: post.Content, ReplyTo: post.ReplyTo})
	if err != nil {
		return at, err
	}
	o, err := p.Commit(ctx, d)
	if err != nil {
		return at, err
	}
	at.Epoch, _, _ = p.Position()
	at.Seq = o.Seq
	return at, nil
}
