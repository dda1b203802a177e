package client

import (
	"iter"
	"slices"
	"time"

	"snug/protocol"
)

// Line is a message as a room shows it, with its edits and reactions.
type Line struct {
	Seq     uint64
	At      time.Time       // when it was sent; of an imported message, in the room that it comes from
	From    protocol.Member // as it was when it sent the message
	As      string          // of a hook's message: who its sender says it is; empty if it doesn't
	Content string
	ReplyTo uint64 // the seq of the message that this one replies to; 0 for none
	Files   []protocol.File

	// Mentions is the members that the message mentioned when it was sent, by their IDs. An
	// edit doesn't change them.
	Mentions []string

	Edited  bool
	Deleted bool // the line remains, without content

	// Reactions are the IDs of the members who reacted, by emoji, in the order in
	// which they did. No list is empty.
	Reactions map[string][]string
}

// Fold turns the events of a log into lines. The zero value is that of an empty log.
// It isn't safe for concurrent use, and keeps all lines in memory.
//
// Apply events in the order of the log. After a [Connected] that isn't resumed, start
// with a new Fold. To show what a search found, which is the newest first, apply it to a new
// Fold from the last event to the first. To show a page of history above the present lines,
// apply the page to a new Fold, and then the events that follow it.
type Fold struct {
	lines []*Line // ascending
	last  uint64
}

// Lines returns the lines, from the oldest to the newest. They belong to the Fold:
// read them before the next Apply, and don't change them.
func (f *Fold) Lines() iter.Seq[*Line] { return slices.Values(f.lines) }

// Apply applies an event of the log, and returns the line that it has added or
// changed. It returns nil for an event that does neither: one of an unknown type,
// one about a message that isn't here, or one that isn't newer than the last one.
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
		// The same line as that of a message that was erased before it was read.
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

// Prune removes the lines before seq first, which are no longer kept: after a
// [*protocol.Pruned], and after a [Connected] that is resumed.
func (f *Fold) Prune(first uint64) {
	f.lines = slices.DeleteFunc(f.lines, func(l *Line) bool { return l.Seq < first })
}

func (f *Fold) add(e *protocol.Event) *Line {
	m, err := e.Message()
	if err != nil {
		return nil
	}
	l := &Line{Seq: e.Seq, At: e.At, From: e.From, As: m.As, Content: m.Content, ReplyTo: m.ReplyTo, Files: m.Files, Mentions: m.Mentions, Edited: m.Edited, Deleted: m.Deleted}
	if m.SentAt != nil {
		l.At = *m.SentAt
	}
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
