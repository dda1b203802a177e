package archive

import (
	"context"
	"encoding/json"
	"time"

	"snug/internal/version"
	"snug/protocol"
)

// lines is an archive in JSON Lines: a line that describes it, the log events as v1 has them,
// one in each line, and a line that says that it is complete, or why it isn't.
type lines struct {
	room  Room
	log   Log
	at    time.Time
	out   *output
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

// line writes a line that is no event.
func (l *lines) line(name string, value any) {
	line, err := json.Marshal(map[string]any{name: value})
	if err != nil {
		panic("archive: a line can't be encoded: " + err.Error())
	}
	_, _ = l.out.Write(append(line, '\n')) // page reports errors
}

func (l *lines) begin() {
	l.line("export", header{
		Version: formatVersion, Room: l.room.Code, Name: l.room.Name, Epoch: l.room.Epoch, First: l.room.First, Head: l.room.Head,
		At: l.at.UTC().Format(protocol.TimeLayout), Server: version.String(),
	})
}

func (l *lines) events(ctx context.Context) error {
	return walk(ctx, l.log, l.room.First-1, l.room.Head, func(e *protocol.Event) {
		l.count++
		l.buf = append(e.AppendJSON(l.buf[:0]), '\n')
		_, _ = l.out.Write(l.buf) // page reports errors
	}, func(g protocol.Gap) { l.line("gap", g) }, l.out.page)
}

func (l *lines) end() { l.line("end", map[string]int{"events": l.count}) }

func (l *lines) fail(why string) { l.line("error", why) }
