package main

import (
	"context"
	"errors"

	"snug/client"
)

// visit is a user's stay in a room.
type visit struct {
	*client.Room
	seat   *seat // nil if there is no place to store it
	closed bool  // by this visit, for everyone
}

// visit joins a room, for a command that only owners, moderators or members can use: it
// doesn't make the user the owner of a room that has none.
func (s *site) visit(ctx context.Context, room string, by via, std *streams) (*visit, error) {
	code, err := s.find(room)
	if err != nil {
		return nil, err
	}
	return s.enter(ctx, code, client.Options{History: -1, Transport: by.Transport, NoClaim: true}, std)
}

// enter joins the room as the same member as before, and stores the seat. Where there is
// no place to store it, as in a service without a home, the user joins as somebody new.
func (s *site) enter(ctx context.Context, code string, o client.Options, std *streams) (*visit, error) {
	seat, err := s.openSeat(ctx, code)
	o.Waiting = std.waiting
	var room *client.Room
	switch {
	case errors.Is(err, errNoPlace):
		std.say("%v: you join as somebody new", err)
		seat = nil
		room, err = s.join(ctx, code, o)
	case err == nil:
		room, err = seat.join(ctx, s, code, o)
	}
	if err != nil {
		return nil, err
	}
	return &visit{Room: room, seat: seat}, nil
}

// end leaves the room, and stores the seat, which may have changed. If the visit has ended
// with an error that says that the room was closed, the seat is removed. It returns all
// errors.
func (v *visit) end(err error) error {
	_ = v.Close() // it fails if the server doesn't answer the goodbye; what the command has asked for was answered before
	switch {
	case v.seat == nil:
	case v.closed || client.IsRoomClosed(err):
		err = errors.Join(err, v.seat.drop())
	default:
		err = errors.Join(err, v.seat.keep(v.Room))
	}
	return err
}
