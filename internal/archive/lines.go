package archive

import (
	"bufio"
	"context"
	"encoding/json"
	"time"

	"snug/internal/version"
	"snug/protocol"
)

// lines is an archive in JSON Lines.
type lines struct {
	room   Room
	log    Log
	at     time.Time
	out    *output
	writer *LineWriter
}

func (l *lines) begin() {
	l.writer = NewLineWriter(l.out.Writer, l.room, l.at, version.String())
}

func (l *lines) events(ctx context.Context) error {
	return walk(ctx, l.log, l.room.First-1, l.room.Head, l.writer.Event, func(g protocol.Gap) { l.writer.line("gap", g) }, l.out.page)
}

func (l *lines) end() { l.writer.End() }

func (l *lines) fail(why string) { l.writer.line("error", why) }

// LineWriter writes JSON Lines: a line that describes a room, the log events as v1 has them, one
// in each line, and a line that says that the file is complete. Whoever makes it flushes what it
// writes to, and learns of errors there.
type LineWriter struct {
	out   *bufio.Writer
	buf   []byte
	count int // of the events
}

// formatVersion is the version of the format of JSON Lines.
const formatVersion = 1

// header is what the first line says.
type header struct {
	Version int    `json:"version"` // of the format
	Room    string `json:"room"`
	Name    string `json:"name,omitempty"`
	Epoch   string `json:"epoch"`
	First   uint64 `json:"first"`
	Head    uint64 `json:"head"`
	At      string `json:"at"`
	Server  string `json:"server"`
}

// trailer is what the last line says.
type trailer struct {
	Events int `json:"events"`
}

// NewLineWriter writes the first line: at is when the file was made, and server by which program.
func NewLineWriter(out *bufio.Writer, room Room, at time.Time, server string) *LineWriter {
	w := &LineWriter{out: out}
	w.line("export", header{
		Version: formatVersion, Room: room.Code, Name: room.Name, Epoch: room.Epoch, First: room.First, Head: room.Head,
		At: at.UTC().Format(protocol.TimeLayout), Server: server,
	})
	return w
}

// Event writes an event.
func (w *LineWriter) Event(e *protocol.Event) {
	w.count++
	w.buf = append(e.AppendJSON(w.buf[:0]), '\n')
	_, _ = w.out.Write(w.buf) // Flush reports errors
}

// End writes the last line.
func (w *LineWriter) End() { w.line(lastField, trailer{w.count}) }

// line writes a line that is no event.
func (w *LineWriter) line(name string, value any) {
	line, err := json.Marshal(map[string]any{name: value})
	if err != nil {
		panic("archive: a line can't be encoded: " + err.Error())
	}
	_, _ = w.out.Write(append(line, '\n')) // Flush reports errors
}
