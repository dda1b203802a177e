package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

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

// openSeat reads the seat in the user's configuration, or begins a new one there.
func openSeat(server, room, as string) (*seat, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return nil, fmt.Errorf("find where seats are kept: %w", err)
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
