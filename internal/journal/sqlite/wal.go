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

// SQLite takes the first frame of a -wal that doesn't fit for its end, as it is after
// a loss of power. So it does where a bit has flipped, and drops without a word what
// was committed after it. But a commit is written only when the one before is on disk:
// a loss of power leaves one behind the end at the most.
// (SQLite, "Database File Format", sections 4.1 to 4.4.)

const (
	walHeader   = 32
	frameHeader = 24
)

// checkWAL refuses a -wal that has several commits behind what SQLite takes for its
// end.
func checkWAL(path string) error {
	file, err := os.Open(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close() // it is only read
	header := make([]byte, walHeader)
	if _, err := io.ReadFull(file, header); err != nil {
		return atEnd(err)
	}
	pageSize := binary.BigEndian.Uint32(header[8:])
	if pageSize < 512 || pageSize > 65536 || pageSize&(pageSize-1) != 0 {
		pageSize = 4096 // the header is damaged: what create gives every log
	}
	var order binary.ByteOrder = binary.LittleEndian
	if header[3]&1 == 1 {
		order = binary.BigEndian
	}
	sum := walSum{order: order}
	sum.add(header[:24])
	ended := !sum.is(header[24:])
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
			ended = !same || !sum.is(frame[16:frameHeader])
		}
		if commit := binary.BigEndian.Uint32(frame[4:]) != 0; ended && same && commit {
			if behind++; behind > 1 {
				return damaged(errors.New("its -wal is, before its end"))
			}
		}
	}
}

// atEnd is nil for the end of a file, wherever it comes.
func atEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return fmt.Errorf("read its -wal: %w", err)
}

// walSum is the checksum of a -wal, which goes on from frame to frame.
type walSum struct {
	order  binary.ByteOrder
	s0, s1 uint32
}

// add takes in bytes, a multiple of eight.
func (s *walSum) add(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		s.s0 += s.order.Uint32(b) + s.s1
		s.s1 += s.order.Uint32(b[4:]) + s.s0
	}
}

// is reports whether the checksum is what was written, in big-endian whatever the
// order.
func (s *walSum) is(written []byte) bool {
	return binary.BigEndian.Uint32(written) == s.s0 && binary.BigEndian.Uint32(written[4:]) == s.s1
}
