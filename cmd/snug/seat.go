package main

import (
	"context"
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
	"snug/protocol"
)

// seat is what makes one the same member on return: a file of one's own for each
// server, room and --nick, so that one may be several members of a room.
type seat struct {
	Server string            `json:"server"`
	Room   string            `json:"room"`
	As     string            `json:"as,omitempty"` // --nick
	Nick   string            `json:"nick"`         // the last one
	Seat   string            `json:"seat"`         // a secret
	Read   protocol.Position `json:"read"`         // what was shown up to

	file string
}

var errNoPlace = errors.New("there is no place to keep a seat")

// openSeat reads the seat in the user's configuration, or begins a new one there.
func openSeat(server, room, as string) (*seat, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoPlace, err)
	}
	s := &seat{Server: strings.TrimRight(server, "/"), Room: strings.ToLower(room), As: as}
	name := sha256.Sum256([]byte(s.Server + "\n" + s.Room + "\n" + s.As))
	s.file = filepath.Join(dir, "snug", "seats", hex.EncodeToString(name[:12])+".json")
	data, err := os.ReadFile(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the seat: %w", err)
	}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("read the seat in %s: %w; without that file you come in as somebody new", s.file, err)
	}
	return s, nil
}

// enter joins the room as who one was there before, and keeps the seat. Where there
// is no place for it, as in a service without a home, one comes in as somebody new.
func (s *site) enter(ctx context.Context, code string, o client.Options, std *streams) (*client.Room, error) {
	place, err := openSeat(s.Server, code, s.Nick)
	if errors.Is(err, errNoPlace) {
		std.say("%v: you come in as somebody new", err)
		return s.join(ctx, code, o)
	}
	if err != nil {
		return nil, err
	}
	return place.join(ctx, *s, code, o)
}

// join joins the room with the seat, and keeps what the room makes of it.
func (s *seat) join(ctx context.Context, who site, code string, o client.Options) (*client.Room, error) {
	if s.Nick != "" {
		who.Nick = s.Nick
	}
	o.Seat = s.Seat
	room, err := who.join(ctx, code, o)
	if err != nil {
		return nil, err
	}
	if err := s.keep(room); err != nil { // while it can still be told
		return nil, errors.Join(err, room.Close())
	}
	return room, nil
}

// keep saves who one is in the room, unless that stands there already.
func (s *seat) keep(room *client.Room) error {
	nick, secret := room.You().Nick, room.Seat()
	if s.Nick == nick && s.Seat == secret {
		return nil
	}
	s.Nick, s.Seat = nick, secret
	return s.save()
}

// save writes it, for its owner's eyes alone. Whoever reads it meanwhile gets what
// was there before, or this.
func (s *seat) save() error {
	if err := s.write(); err != nil {
		return fmt.Errorf("keep the seat: %w", err)
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
	f, err := os.CreateTemp(filepath.Dir(s.file), ".seat-*") // made with mode 0600
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
