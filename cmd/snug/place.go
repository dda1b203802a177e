package main

import (
	"context"
	"errors"
	"os"

	"snug/client"
	"snug/internal/room"
	"snug/internal/terminal"
	"snug/internal/text"
	"snug/protocol"
)

// place is a room that snug join may join.
type place struct {
	site            // the room's
	by       *join  // how to join
	original site   // of the command line
	home     string // the ID of the server that the token and the password are for
	code     string
}

// find finds the room with a name. The token and the password of the command line are for the
// server whose ID is home only, or for that of the first room if home is "": a link to another one, which may
// come from anybody, must not carry them there.
func (c *join) find(s site, home, name string) (*place, error) {
	p := &place{site: s, by: c, original: s, home: home}
	var err error
	if p.code, err = p.site.locate(name); err != nil {
		return nil, err
	}
	if home == "" {
		p.home = p.serverID()
	}
	if p.serverID() != p.home {
		p.Token, p.Password = "", ""
	}
	return p, nil
}

// id is the same for places that are the same room.
func (p *place) id() string {
	code := p.code
	if canonical, err := room.ParseCode(code); err == nil { // or else the server refuses it
		code = string(canonical)
	}
	return p.serverID() + "\n" + code
}

// enter joins the room. If there is a terminal, it asks for the room's password, or for a note
// to those who can let the user in, and waits for them.
func (p *place) enter(ctx context.Context, o client.Options, in *os.File, std *streams) (*visit, error) {
	seat, err := p.openSeat(ctx, p.code)
	if err != nil {
		return nil, err
	}
	as := p.site
	o.Transport = p.by.Transport
	const tries = 3
	for try := 1; ; try++ {
		room, err := seat.join(ctx, &as, p.code, o)
		if err == nil {
			return &visit{Room: room, seat: seat}, nil
		}
		var refused *protocol.Error
		if in == nil || try == tries || !errors.As(err, &refused) {
			return nil, err
		}
		switch {
		case refused.Code == protocol.BadPassword:
			as.Password, err = askPassword(ctx, in, std.err, "Password of "+p.code)
		case refused.Code == protocol.Locked && !o.Knock && p.by.Transport != client.HTTP:
			std.say("%s is locked. To ask those inside to let you in, write them a line, or just press Enter. Ctrl+C leaves.", p.code)
			o.Knock = true
			if o.Note, err = askNote(ctx, in); err == nil {
				std.say("waiting for somebody to let you in, for up to %s", text.Span(protocol.KnockFor))
			}
		default:
			return nil, err
		}
		if err != nil {
			return nil, err
		}
	}
}

// shown returns the visit for the terminal, where other rooms can be joined from it.
func (p *place) shown(v *visit) *terminal.Visit {
	return &terminal.Visit{
		Room: v.Room, ID: p.id(), Code: p.code, Server: p.serverID(), Read: v.seat.Read,
		Find: func(name string) (terminal.Place, error) { return p.find(name) },
		Leave: func(o terminal.Outcome) error {
			err := o.RoomClosed
			if v.seat.Read != o.Read {
				v.seat.Read = o.Read
				err = errors.Join(err, v.seat.save())
			}
			return v.end(err)
		},
	}
}

// find finds a room for /join: a code alone is of the same server.
func (p *place) find(name string) (terminal.Place, error) {
	beside := p.original
	beside.Server = p.Server
	found, err := p.by.find(beside, p.home, name)
	if err != nil {
		return terminal.Place{}, err
	}
	return terminal.Place{ID: found.id(), Code: found.code, Join: func(ctx context.Context, e terminal.Entry) (*terminal.Visit, error) {
		found.Password = e.Password
		v, err := found.enter(ctx, client.Options{Knock: e.Knock, Note: e.Note, Waiting: e.Waiting}, nil, nil)
		if err != nil {
			return nil, err
		}
		return found.shown(v), nil
	}}, nil
}
