package convert

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"snug/internal/archive"
	"snug/internal/room"
	"snug/protocol"
)

// Written is a file that was written.
type Written struct {
	File     string // its name, which is the code of a room and .jsonl
	Channel  string // as it was called
	Messages int
	Changes  int // edits and reactions
}

// Write writes the files into a directory, which exists.
func (c *Collector) Write(directory string) ([]Written, error) {
	codes := c.codes()
	w := fileWriter{directory: directory}
	err := c.sorter.sorted(func(r record) error {
		if c.ctx.Err() != nil {
			return context.Cause(c.ctx)
		}
		return w.write(c.channels[r.channel], codes[r.channel], r)
	})
	if err = errors.Join(err, w.end()); err != nil {
		return nil, err
	}
	var all []Written
	for _, ch := range slices.SortedFunc(slices.Values(c.channels), byName) {
		if ch.messages > 0 {
			all = append(all, Written{codes[ch.index] + ".jsonl", ch.name, ch.messages, ch.changes})
		}
	}
	return all, nil
}

// codes returns the codes of the channels' rooms, by their indexes: each is one that a room can have,
// and no other channel has it.
func (c *Collector) codes() []string {
	codes := make([]string, len(c.channels))
	taken := make(map[string]bool, len(c.channels))
	for _, ch := range slices.SortedFunc(slices.Values(c.channels), byName) {
		code := codeOf(ch.name)
		if taken[code] && ch.beside != "" {
			code = codeOf(ch.beside + "." + code)
		}
		for n, plain := 2, code; taken[code]; n++ {
			suffix := "-" + strconv.Itoa(n)
			runes := []rune(plain)
			code = string(runes[:min(len(runes), protocol.MaxCodeChars-len(suffix))]) + suffix
		}
		taken[code] = true
		codes[ch.index] = code
	}
	return codes
}

// codeOf returns a room's code that is like the name of a channel.
func codeOf(name string) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.ToLower(name) {
		switch {
		case n == protocol.MaxCodeChars:
		case unicode.IsLetter(r), unicode.IsDigit(r), n > 0 && unicode.Is(unicode.M, r):
			b.WriteRune(r)
			n++
		case n > 0:
			if r != '.' && r != '_' {
				r = '-'
			}
			b.WriteRune(r)
			n++
		}
	}
	code, err := room.ParseCode(strings.TrimRight(b.String(), "-"))
	if err != nil {
		return "channel"
	}
	return string(code)
}

// fileWriter writes records, which come in order, into the files of their channels.
type fileWriter struct {
	directory string

	// Of the file that is being written.
	channel *channel
	file    *os.File
	out     *bufio.Writer
	lines   *archive.LineWriter
	last    uint64 // the number of the event before
}

func (w *fileWriter) write(ch *channel, code string, r record) error {
	if ch != w.channel {
		if err := w.end(); err != nil {
			return err
		}
		if err := w.begin(ch, code); err != nil {
			return err
		}
	}
	var e protocol.Event
	if err := json.Unmarshal(r.event, &e); err != nil {
		return fmt.Errorf("read the temporary file: %w", err)
	}
	if e.Seq <= w.last { // two in the same microsecond
		e.Seq = w.last + 1
	}
	w.last = e.Seq
	if e.Type == protocol.EventMessage {
		ch.messages++
	} else {
		ch.changes++
	}
	w.lines.Event(&e)
	return nil
}

// begin begins the file of a channel.
func (w *fileWriter) begin(ch *channel, code string) (err error) {
	w.file, err = os.OpenFile(filepath.Join(w.directory, code+".jsonl"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w.out = bufio.NewWriterSize(w.file, 64<<10)
	about := archive.Room{Code: code, Name: ch.name, Epoch: ch.epoch, First: 1, Head: protocol.MaxSeq}
	w.channel, w.last = ch, 0
	w.lines = archive.NewLineWriter(w.out, about, ch.last, "snug convert")
	return nil
}

// end ends the file that is being written, if there is one.
func (w *fileWriter) end() error {
	if w.file == nil {
		return nil
	}
	w.lines.End()
	err := errors.Join(w.out.Flush(), w.file.Close())
	w.file, w.channel = nil, nil
	return err
}
