// Package convert makes the JSON Lines that the operator imports of what other chats export:
// Slack, Mattermost, and the logs of IRC clients. There is one file for each channel.
//
// The same input becomes the same files, byte by byte. What becomes of a message keeps its number
// when a later, longer export is converted, so that importing that adds only what is new.
//
// It starts no goroutine. Whatever the input is, it needs memory for one message, for the names of
// users and channels, and for a bounded part of what it sorts; the rest is in a temporary file.
package convert

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"snug/protocol"
)

// Options are what can be chosen for all formats.
type Options struct {
	MaxChars int      // the most characters of a message: longer ones become several
	Channels []string // the names of the channels to convert; empty for all
}

// Collector collects what is converted. It is not safe for concurrent use.
type Collector struct {
	ctx      context.Context
	options  Options
	channels []*channel
	sorter   *sorter
	leftOut  map[string]int
	split    int // messages that became several
}

// channel is a channel of another chat, which becomes a file.
type channel struct {
	index  uint32
	epoch  string // names the channel for good, as its log
	name   string // as it is called where it comes from
	beside string // what tells it from others of that name; may be empty

	messages, changes int
	last              time.Time // of the messages
}

// NewCollector returns a Collector whose temporary file is in a directory. Close ends it.
func NewCollector(ctx context.Context, directory string, o Options) (*Collector, error) {
	s, err := newSorter(directory, runBytes)
	if err != nil {
		return nil, err
	}
	return &Collector{ctx: ctx, options: o, sorter: s, leftOut: make(map[string]int)}, nil
}

// Close removes the temporary file.
func (c *Collector) Close() error { return c.sorter.close() }

// maxChannels bounds the channels of one conversion.
const maxChannels = 100_000

// add adds a channel. The source and the ID name it for good: messages of the same channel that
// are imported later are found by them.
func (c *Collector) add(source, id, name, beside string) (*channel, error) {
	if len(c.channels) == maxChannels {
		return nil, fmt.Errorf("there are more than %d channels", maxChannels)
	}
	ch := &channel{index: uint32(len(c.channels)), epoch: source + " " + id, name: name, beside: beside}
	c.channels = append(c.channels, ch)
	return ch, nil
}

// wants reports whether a channel with this name is to be converted.
func (c *Collector) wants(name string) bool {
	return len(c.options.Channels) == 0 || slices.Contains(c.options.Channels, name)
}

// found returns an error for a wanted channel that there isn't.
func (c *Collector) found() error {
	for _, name := range c.options.Channels {
		if !slices.ContainsFunc(c.channels, func(ch *channel) bool { return ch.name == name }) {
			return fmt.Errorf("there is no channel %q", name)
		}
	}
	return nil
}

// reading returns a reader that ends with the Collector's context.
func (c *Collector) reading(in io.Reader) io.Reader { return &contextReader{c.ctx, in} }

type contextReader struct {
	ctx context.Context
	in  io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.in.Read(p)
}

// maxKinds bounds how many kinds of what is left out are told apart.
const maxKinds = 50

// skip counts something that isn't converted.
func (c *Collector) skip(kind string) {
	if _, known := c.leftOut[kind]; !known && len(c.leftOut) >= maxKinds {
		kind = "other things"
	}
	c.leftOut[kind]++
}

// Remarks returns what isn't as it was in the export, for people.
func (c *Collector) Remarks() []string {
	var remarks []string
	if c.split > 0 {
		remarks = append(remarks, fmt.Sprintf("%d messages have more than %d characters, and became several", c.split, c.options.MaxChars))
	}
	for _, kind := range slices.Sorted(maps.Keys(c.leftOut)) {
		remarks = append(remarks, fmt.Sprintf("left out: %s: %d", kind, c.leftOut[kind]))
	}
	return remarks
}

// message is a message of another chat.
type message struct {
	number    uint64
	at        time.Time
	from      protocol.Member
	text      string // Markdown
	replyTo   uint64 // the number of the message that it answers; 0 for none
	edited    string // tells an edit from earlier ones; empty if the message wasn't edited
	reactions []reaction
}

// reaction is a reaction to a message.
type reaction struct {
	emoji string
	from  protocol.Member
}

// A message's number is the microsecond in which it was sent, in which other chats, too, have
// seldom more than one message in a channel. Edits and reactions have no time that stays the same
// in later exports: their numbers are hashes of what they are, from firstChange on, and so they come
// after all messages.
const (
	firstChange = 1 << 52
	maxNumber   = firstChange - 1
)

// changeNumber returns the number of a change of a message.
func changeNumber(of uint64, what ...string) uint64 {
	hash := sha256.Sum256([]byte(fmt.Sprintf("%d %q", of, what)))
	return firstChange | binary.BigEndian.Uint64(hash[:])&(firstChange-1)
}

// put adds a message of a channel with what became of it.
func (c *Collector) put(ch *channel, m *message) error {
	parts := splitText(m.text, c.options.MaxChars)
	if len(parts) > 1 {
		c.split++
	}
	if m.at.After(ch.last) {
		ch.last = m.at
	}
	for i, part := range parts {
		number := m.number + uint64(i)
		body := protocol.MessageBody{Content: part}
		if i == 0 {
			body.ReplyTo = m.replyTo
		}
		if err := c.event(ch, &protocol.Event{Type: protocol.EventMessage, Seq: number, At: m.at, From: m.from, Body: body.Encode()}); err != nil {
			return err
		}
		if m.edited == "" {
			continue
		}
		edit := &protocol.Event{
			Type: protocol.EventEdited, Seq: changeNumber(number, "edited", m.edited), At: m.at, From: m.from, Target: number,
			Body: protocol.EditedBody{Content: part}.Encode(),
		}
		if err := c.event(ch, edit); err != nil {
			return err
		}
	}
	for _, r := range m.reactions {
		e := &protocol.Event{
			Type: protocol.EventReacted, Seq: changeNumber(m.number, "reacted", r.emoji, r.from.Member), At: m.at, From: r.from, Target: m.number,
			Body: protocol.ReactedBody{Emoji: r.emoji}.Encode(),
		}
		if err := c.event(ch, e); err != nil {
			return err
		}
	}
	return nil
}

func (c *Collector) event(ch *channel, e *protocol.Event) error {
	return c.sorter.add(record{channel: ch.index, number: e.Seq, event: e.AppendJSON(nil)})
}

// splitText returns a text in parts of at most so many characters, cut at line ends or spaces where
// that is possible. A code block that is cut ends, and begins anew in the next part.
func splitText(s string, limit int) (parts []string) {
	for reopen := ""; ; {
		most := limit - utf8.RuneCountInString(reopen)
		part := firstRunes(s, most)
		if len(part) == len(s) {
			if last := strings.TrimSpace(reopen + part); last != "" || len(parts) == 0 {
				parts = append(parts, last)
			}
			return parts
		}
		part = cutWell(part)
		open := openFence(reopen + part)
		if utf8.RuneCountInString(open) > limit/8 { // it is hardly code
			open = ""
		}
		fence := open[:len(open)-len(strings.TrimLeft(open, "`"))]
		if open != "" {
			part = cutWell(firstRunes(part, most-len(fence)-1))
			open = openFence(reopen + part)
		}
		rest := s[len(part):]
		whole := strings.TrimSpace(reopen + part)
		if reopen = ""; open != "" {
			whole += "\n" + fence
			reopen = open + "\n"
			if line, after, _ := strings.Cut(strings.TrimLeft(rest, "\n"), "\n"); strings.TrimSpace(line) == fence {
				rest, reopen = after, ""
			}
		}
		if s = rest; whole != "" {
			parts = append(parts, whole)
		}
	}
}

// cutWell cuts a text at its last line end, or its last space, if that is in its second half.
func cutWell(s string) string {
	for _, at := range []string{"\n", " "} {
		if i := strings.LastIndex(s, at); i > len(s)/2 {
			return s[:i+1]
		}
	}
	return s
}

// firstRunes returns the first n characters of a text that has as many.
func firstRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// openFence returns the line that begins the code block in which a text ends; empty if it ends in
// none.
func openFence(s string) string {
	open := ""
	for line := range strings.SplitSeq(s, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case open == "" && strings.HasPrefix(trimmed, "```"):
			open = trimmed
		case open != "" && strings.HasPrefix(trimmed, "```") && strings.Trim(trimmed, "`") == "" && len(trimmed) >= len(open)-len(strings.TrimLeft(open, "`")):
			open = ""
		}
	}
	return open
}

// byName orders channels, so that their files get the same names whatever the export's order is.
func byName(a, b *channel) int {
	return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.beside, b.beside), strings.Compare(a.epoch, b.epoch))
}
