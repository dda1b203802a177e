package client

import (
	"iter"
	"slices"
	"time"

	"snug/protocol"
)

// Line is a message as a room shows it, with what became of it.
type Line struct {
	Seq     uint64
	At      time.Time
	From    protocol.Member // as they were when they sent it
	Content string
	ReplyTo uint64 // the seq of the message that this one answers; 0 for none
	Edited  bool
	Deleted bool // it keeps its place, and has no content

	// Reactions are the members who reacted, by emoji, in the order in which they
	// did. Nobody is none: no list is empty.
	Reactions map[string][]string
}

// Fold makes of a log what a room shows. The zero value is that of an empty log.
// It isn't safe for concurrent use, and keeps all lines.
//
// Events must come in their order. After a [Connected] that isn't resumed, begin
// a new Fold; to show a page of history above what is there, apply that page to a
// new one, and the rest after it.
type Fold struct {
	lines []*Line // ascending
	last  uint64
}

// Lines gives what is shown, from the top. The lines are the Fold's: read them
// before the next Apply, and don't change them.
func (f *Fold) Lines() iter.Seq[*Line] { return slices.Values(f.lines) }

// Apply applies an event of the log and returns the line that it added or
// changed; nil if it did neither, as one of an unknown type, or about a message
// that isn't here. An event that isn't above the last one changes nothing.
func (f *Fold) Apply(e *protocol.Event) *Line {
	if e.Seq <= f.last {
		return nil
	}
	f.last = e.Seq
	if e.Type == protocol.EventMessage {
		return f.add(e)
	}
	l := f.find(e.Target)
	if l == nil || l.Deleted {
		return nil
	}
	var err error
	switch e.Type {
	case protocol.EventEdited:
		var body protocol.EditedBody
		if body, err = e.Edited(); err == nil {
			l.Content, l.Edited = body.Content, true
		}
	case protocol.EventDeleted:
		// As a message that was erased before one came.
		*l = Line{Seq: l.Seq, At: l.At, From: l.From, Deleted: true}
	case protocol.EventReacted:
		var body protocol.ReactedBody
		if body, err = e.Reacted(); err == nil {
			l.react(e.From.Member, body.Emoji, body.Remove)
		}
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	return l
}

func (f *Fold) add(e *protocol.Event) *Line {
	m, err := e.Message()
	if err != nil {
		return nil
	}
	l := &Line{Seq: e.Seq, At: e.At, From: e.From, Content: m.Content, ReplyTo: m.ReplyTo, Deleted: m.Deleted}
	f.lines = append(f.lines, l)
	return l
}

func (f *Fold) find(seq uint64) *Line {
	i, found := slices.BinarySearchFunc(f.lines, seq, func(l *Line, seq uint64) int {
		switch {
		case l.Seq < seq:
			return -1
		case l.Seq > seq:
			return 1
		}
		return 0
	})
	if !found {
		return nil
	}
	return f.lines[i]
}

func (l *Line) react(member, emoji string, remove bool) {
	members := l.Reactions[emoji]
	i := slices.Index(members, member)
	switch {
	case remove && i >= 0:
		if members = slices.Delete(members, i, i+1); len(members) == 0 {
			delete(l.Reactions, emoji)
			return
		}
	case !remove && i < 0:
		members = append(members, member)
	default:
		return
	}
	if l.Reactions == nil {
		l.Reactions = make(map[string][]string)
	}
	l.Reactions[emoji] = members
}
