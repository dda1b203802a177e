package sqlite

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// SQLite takes the first invalid frame of a -wal for its end, as it is after a loss of
// power. If the frame is invalid because a bit has flipped, SQLite silently drops what
// was committed after it. But a commit is written only when the one before it is on disk,
// so a loss of power leaves at most one commit behind the first invalid frame.
// (SQLite, "Database File Format", sections 4.1 to 4.4.)

const (
	walHeader   = 32
	frameHeader = 24
)

// checkWAL refuses a -wal that has several commits behind its first invalid frame.
func checkWAL(path string) error {
	file, err := os.Open(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close() // it was only read
	header := make([]byte, walHeader)
	if _, err := io.ReadFull(file, header); err != nil {
		return atEnd(err)
	}
	pageSize := binary.BigEndian.Uint32(header[8:])
	if pageSize < 512 || pageSize > 65536 || pageSize&(pageSize-1) != 0 {
		pageSize = 4096 // the header is damaged; this is the size that create sets
	}
	var order binary.ByteOrder = binary.LittleEndian
	if header[3]&1 == 1 {
		order = binary.BigEndian
	}
	sum := walSum{order: order}
	sum.add(header[:24])
	ended := !sum.matches(header[24:])
	salts := header[16:24]
	frame := make([]byte, frameHeader+pageSize)
	for behind, first := 0, true; ; first = false {
		if _, err := io.ReadFull(file, frame); err != nil {
			return atEnd(err)
		}
		if first && ended {
			salts = bytes.Clone(frame[8:16])
		}
		same := bytes.Equal(frame[8:16], salts)
		if !ended {
			sum.add(frame[:8])
			sum.add(frame[frameHeader:])
			ended = !same || !sum.matches(frame[16:frameHeader])
		}
		if commit := binary.BigEndian.Uint32(frame[4:]) != 0; ended && same && commit {
			if behind++; behind > 1 {
				return damaged(errors.New("its -wal has a damaged frame before its end"))
			}
		}
	}
}

// atEnd returns nil if err says that the file has ended.
func atEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return fmt.Errorf("read its -wal: %w", err)
}

// walSum is the running checksum of a -wal over all frames so far.
type walSum struct {
	order  binary.ByteOrder
	s0, s1 uint32
}

// add adds bytes to the checksum. Their number must be a multiple of eight.
func (s *walSum) add(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		s.s0 += s.order.Uint32(b) + s.s1
		s.s1 += s.order.Uint32(b[4:]) + s.s0
	}
}

// matches reports whether written is this checksum, which is stored in big-endian
// whatever the order.
func (s *walSum) matches(written []byte) bool {
	return binary.BigEndian.Uint32(written) == s.s0 && binary.BigEndian.Uint32(written[4:]) == s.s1
}
