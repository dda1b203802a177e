package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"snug/client"
	"snug/internal/endpoint"
	"snug/protocol"
)

// seat is what makes a user the same member when they come back. It is stored in a file
// for each server, room and --nick, so that a user can be several members of a room.
type seat struct {
	Server string            `json:"server"`
	Room   string            `json:"room"`
	As     string            `json:"as,omitempty"`     // --nick
	Nick   string            `json:"nick"`             // the last one
	Seat   string            `json:"seat"`             // a secret
	Read   protocol.Position `json:"read"`             // up to where the room was shown
	Invite string            `json:"invite,omitempty"` // makes a second try to come in by an invite safe; empty after the first join

	file string
}

var errNoPlace = errors.New("there is no place to store a seat")

// openSeat reads the user's seat in a room, or returns a new one.
func (s *site) openSeat(ctx context.Context, code string) (*seat, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoPlace, err)
	}
	server, err := endpoint.ParseServer(s.Server)
	if err != nil {
		return nil, err
	}
	found := newSeat(dir, server.ID(), code, s.Nick)
	data, err := readFile(ctx, found.file)
	for _, before := range []string{server.String(), strings.TrimRight(s.given, "/")} { // as earlier versions named the server
		if errors.Is(err, fs.ErrNotExist) && before != "" {
			data, err = readFile(ctx, newSeat(dir, before, code, s.Nick).file)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return found, nil
	case err != nil:
		return nil, fmt.Errorf("read the seat: %w", err)
	}
	if err := json.Unmarshal(data, found); err != nil {
		return nil, fmt.Errorf("read the seat in %s: %w; without that file you join as somebody new", found.file, err)
	}
	found.Server = server.ID()
	return found, nil
}

func newSeat(dir, server, code, as string) *seat {
	s := &seat{Server: server, Room: strings.ToLower(code), As: as}
	name := sha256.Sum256([]byte(s.Server + "\n" + s.Room + "\n" + s.As))
	s.file = filepath.Join(dir, "snug", "seats", hex.EncodeToString(name[:12])+".json")
	return s
}

// asBefore returns the options of requests by the member that the user was before, if there is
// one.
func (s *site) asBefore(ctx context.Context, code string) (client.Options, error) {
	o := client.Options{Token: s.Token, Password: s.Password}
	seat, err := s.openSeat(ctx, code)
	switch {
	case err == nil:
		o.Seat = seat.Seat
	case !errors.Is(err, errNoPlace):
		return o, err
	}
	return o, nil
}

// asReader calls request with the options of asBefore, and again without the seat if the server
// no longer knows it: to read a room, one may not need any.
func (s *site) asReader(ctx context.Context, code string, request func(client.Options) error) error {
	o, err := s.asBefore(ctx, code)
	if err != nil {
		return err
	}
	err = request(o)
	var refused *protocol.Error
	if o.Seat == "" || !errors.As(err, &refused) || refused.Code != protocol.Forbidden {
		return err
	}
	o.Seat = ""
	return request(o)
}

// read reads the room without joining it.
func (s *site) read(ctx context.Context, code string, o client.Options) (r *client.Reader, err error) {
	err = s.asReader(ctx, code, func(as client.Options) error {
		o.Token, o.Password, o.Seat = as.Token, as.Password, as.Seat
		r, err = client.Read(ctx, s.Server, code, o)
		return err
	})
	return r, err
}

// join joins the room with the seat, and stores the one that the server returns.
func (s *seat) join(ctx context.Context, as *site, code string, o client.Options) (*client.Room, error) {
	who := *as
	if s.Nick != "" {
		who.Nick = s.Nick
	}
	o.Seat = s.Seat
	switch {
	case who.secrets.Transfer != "":
		o.Seat = "" // another member's takes its place
	case who.secrets.Invite != "" && s.Seat == "":
		if s.Invite == "" {
			s.Invite = rand.Text()
			if err := s.save(); err != nil {
				return nil, err
			}
		}
		o.InviteID = s.Invite
	}
	room, err := who.join(ctx, code, o)
	if err != nil {
		if client.IsRoomClosed(err) {
			err = errors.Join(err, s.drop())
		}
		return nil, err
	}
	if err := s.keep(room); err != nil { // now, while the user sees the error
		return nil, errors.Join(err, room.Close())
	}
	return room, nil
}

// keep stores the member's nick and seat, unless they are stored already.
func (s *seat) keep(room *client.Room) error {
	nick, secret := room.You().Nick, room.Seat()
	if s.Nick == nick && s.Seat == secret {
		return nil
	}
	s.Nick, s.Seat, s.Invite = nick, secret, ""
	return s.save()
}

// drop removes the file: the room was closed.
func (s *seat) drop() error {
	if err := os.Remove(s.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the seat of a closed room: %w", err)
	}
	return nil
}

// save writes the file, which only the user can read. It replaces the file at once:
// others read the old content or the new one.
func (s *seat) save() error {
	if err := s.write(); err != nil {
		return fmt.Errorf("store the seat: %w", err)
	}
	return nil
}

func (s *seat) write() (err error) {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.file), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(s.file), ".seat-*") // with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(append(data, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), s.file)
}
