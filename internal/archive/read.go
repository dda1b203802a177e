package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"snug/internal/text"
	"snug/protocol"
)

// Item is something in a file of JSON Lines that can be imported into a room.
type Item struct {
	Line int // its number, from 1
	// Number tells the items of a file apart, and grows from each to the next: the event's
	// seq, or the line.
	Number uint64
	Hash   uint32 // of the line; 0 in a file that names its epoch, where the number says everything
	Event  protocol.Event
}

// LineError says what is wrong with a line of a file.
type LineError struct {
	Line int
	Why  string
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Why) }

// Reader reads the items of a file in JSON Lines: an export, other lines with log events of v1,
// or lines with no more than a nick, a content and a time. It needs memory for one line.
type Reader struct {
	lines  *text.Lines
	last   uint64
	file   string
	events int  // that were read
	export bool // it is an export, or part of one
	end    bool // its last line says that it is complete, as it is

	// Of the room that the file was exported from; zero for other files.
	Epoch string
	Head  uint64
}

// NewReader returns a Reader of a file.
func NewReader(r io.Reader) *Reader { return &Reader{lines: text.NewLines(r, maxLine)} }

// File returns what tells this file from others, once something was read: what begins with the
// same line, or was exported from the same log, is the same file.
func (r *Reader) File() string { return r.file }

// Complete reports, after the end of the file, whether it is a whole export: its last line is the
// end, and counts its events. It is true for files that are no exports, which can't say so.
func (r *Reader) Complete() bool { return r.end || !r.export }

// maxLine bounds a line, in bytes: an event has at most half of it.
const maxLine = 4 << 20

// Next returns the next item. The error is io.EOF, a [*LineError], or that of reading.
func (r *Reader) Next() (Item, error) {
	for {
		line, err := r.lines.Next()
		if errors.Is(err, text.ErrLongLine) {
			return Item{}, &LineError{r.lines.Number, fmt.Sprintf("it has more than %d bytes", maxLine)}
		}
		if err != nil {
			return Item{}, err
		}
		if len(line) == 0 {
			continue
		}
		item, is, err := r.parse(line)
		if err != nil {
			return Item{}, &LineError{r.lines.Number, err.Error()}
		}
		if is {
			return item, nil
		}
	}
}

// parse reads a line. is reports whether it is an item.
func (r *Reader) parse(line []byte) (item Item, is bool, err error) {
	if !utf8.Valid(line) {
		return item, false, errors.New("it isn't UTF-8")
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return item, false, errors.New("it is no JSON object: one is wanted in each line")
	}
	hash := sha256.Sum256(line)
	if r.file == "" {
		r.file = hex.EncodeToString(hash[:8])
	}
	item = Item{Line: r.lines.Number, Hash: uint32(hash[0]) | uint32(hash[1])<<8 | uint32(hash[2])<<16 | 1<<24}
	r.end = false
	switch {
	case fields["export"] != nil:
		r.export = true
		return item, false, r.begin(fields["export"])
	case fields["end"] != nil:
		r.export = true
		return item, false, r.finish(fields["end"])
	case fields["error"] != nil:
		r.export = true
		return item, false, nil
	case fields["gap"] != nil:
		return item, false, checkGap(fields["gap"])
	case fields["seq"] != nil && fields["from"] != nil:
		if err := json.Unmarshal(line, &item.Event); err != nil {
			return item, false, fmt.Errorf("it is no log event: %w", err)
		}
		r.events++
		item.Number = item.Event.Seq
		if r.Epoch != "" {
			item.Hash = 0
		}
	case fields["content"] != nil:
		if item.Event, err = readMinimal(line); err != nil {
			return item, false, err
		}
		item.Number = uint64(r.lines.Number)
	default:
		return item, false, errors.New(`it is neither a log event nor {"nick":…,"content":…,"at":…}`)
	}
	if item.Number <= r.last || item.Number > protocol.MaxSeq {
		return item, false, fmt.Errorf("the number %d comes after %d: numbers grow from line to line", item.Number, r.last)
	}
	r.last = item.Number
	return item, true, nil
}

// begin reads the line with which an export begins.
func (r *Reader) begin(value json.RawMessage) error {
	if r.lines.Number != 1 {
		return errors.New("an export begins here: import one file at a time")
	}
	var h header
	if err := json.Unmarshal(value, &h); err != nil || h.Epoch == "" {
		return errors.New("it is no beginning of an export: its epoch is missing")
	}
	if h.Version != formatVersion {
		return fmt.Errorf("the export has version %d, and this server knows version %d", h.Version, formatVersion)
	}
	r.Epoch, r.Head = h.Epoch, h.Head
	hash := sha256.Sum256([]byte("epoch " + h.Epoch))
	r.file = hex.EncodeToString(hash[:8])
	return nil
}

// finish reads the line with which an export ends.
func (r *Reader) finish(value json.RawMessage) error {
	var end trailer
	if err := json.Unmarshal(value, &end); err != nil {
		return errors.New("it is no end of an export: its number of events can't be read")
	}
	r.end = end.Events == r.events
	return nil
}

// checkGap checks a line that stands for events that an export doesn't have.
func checkGap(value json.RawMessage) error {
	var g protocol.Gap
	if err := json.Unmarshal(value, &g); err != nil || g.First < 1 || g.First > g.Last || g.Last > protocol.MaxSeq {
		return fmt.Errorf("it is no gap in an export: first and last are numbers of events, from 1 to %d", uint64(protocol.MaxSeq))
	}
	return nil
}

// readMinimal reads a message of which nothing is known but who said what and when.
func readMinimal(line []byte) (e protocol.Event, err error) {
	var m struct {
		Nick    string     `json:"nick"`
		Content string     `json:"content"`
		At      *time.Time `json:"at"`
	}
	switch err := json.Unmarshal(line, &m); {
	case err != nil:
		return e, fmt.Errorf(`"nick" and "content" are strings, and "at" is a time such as 2026-03-01T12:00:00Z: %w`, err)
	case m.Nick == "":
		return e, errors.New(`"nick" is missing: who said it`)
	case m.At == nil:
		return e, errors.New(`"at" is missing: when it was said, such as 2026-03-01T12:00:00Z`)
	}
	return protocol.Event{
		Type: protocol.EventMessage, At: m.At.UTC(), Body: protocol.MessageBody{Content: m.Content}.Encode(),
		From: protocol.Member{Member: "nick " + m.Nick, Nick: m.Nick, Role: protocol.RoleMember, Guest: true},
	}, nil
}
